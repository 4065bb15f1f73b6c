"""Numbers as readers know them."""

from __future__ import annotations

from trafficopt.comparison import Change
from trafficopt.phrase import Phrase

MINUS = "\N{MINUS SIGN}"
NOTHING = "\N{EN DASH}"


def number(value: float | None, digits: int = 1) -> str:
    """Write a number with thousands separators and a true minus sign.

    Examples
    --------
    >>> number(12345.678)
    '12,345.7'
    """
    if value is None:
        return NOTHING
    text = f"{value:,.{digits}f}"
    negative = text.startswith("-") and any(digit in text for digit in "123456789")
    return (MINUS if negative else "") + text.lstrip("-")


def compact(value: float | None) -> str:
    """Write a number without needless zeros: 90, 22.5."""
    if value is None:
        return NOTHING
    text = number(value, 1)
    return text.removesuffix(".0")


def signed(value: float | None, digits: int = 1) -> str:
    """Write a change with its sign.

    Examples
    --------
    >>> signed(2.04), signed(-0.02)
    ('+2.0', '0.0')
    """
    text = number(value, digits)
    grows = value is not None and value > 0 and any(digit in text for digit in "123456789")
    return f"+{text}" if grows else text


def interval(change: Change, digits: int = 1) -> str:
    """Write the 95 % interval of a change, if there is one."""
    if change.ci95 is None:
        return NOTHING
    low, high = change.ci95
    return f"{signed(low, digits)} to {signed(high, digits)}"


def interval_words(change: Change, digits: int = 1) -> Phrase:
    """The 95 % interval of a change in both languages."""
    words = interval(change, digits)
    return Phrase(words, words.replace(" to ", " 至 "))
