"""Numbers and room for text in SVG that is written by hand."""

from __future__ import annotations

import textwrap

WIDE = "\u2e80"  # from here on, characters are about as wide as high
LATIN_EM, WIDE_EM = 0.58, 1.0
"""Width of a character, in sizes of the text, as wide fonts have it on average."""


def number(value: float) -> str:
    """Write a length to a tenth, without needless characters.

    Examples
    --------
    >>> number(12.04), number(-0.04), number(0.25)
    ('12', '0', '0.2')
    """
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def text_width(text: str, size: float) -> float:
    """Room that a text is likely to need, in the unit of its size."""
    n_wide = sum(letter >= WIDE for letter in text)
    return size * (WIDE_EM * n_wide + LATIN_EM * (len(text) - n_wide))


def wrapped(text: str, n_letters: int) -> list[str]:
    """Break a text into lines, between words if it has any; wide letters count twice."""
    n_wide = sum(letter >= WIDE for letter in text)
    if n_wide > len(text) / 2:
        n_letters //= 2
    return textwrap.wrap(text, n_letters) or [""]
