"""Drawings whose words the language switch of a page changes."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

from trafficopt.reporting.words.drawing_words import in_chinese

LABEL = re.compile(r'aria-label="([^"]*)"')


def translatable(svg: str) -> str:
    """Let the switch change the texts of a drawing whose Chinese is known.

    Examples
    --------
    >>> translatable("<text>Time [s]</text><text>A1</text>")
    '<text data-zh="时间 [s]">Time [s]</text><text>A1</text>'
    """
    first, *rest = str(svg).split("<text")
    return "".join([LABEL.sub(_label, first), *map(_with_chinese, rest)])


def _label(found: re.Match[str]) -> str:
    """The name of a drawing in both languages."""
    chinese = in_chinese(Markup(found[1]).unescape())
    return found[0] if chinese is None else f'{found[0]} data-zh-label="{escape(chinese)}"'


def _with_chinese(part: str) -> str:
    """The rest of a text element, with its Chinese words as an attribute."""
    start, end = part.find(">"), part.find("<")
    chinese = in_chinese(Markup(part[start + 1 : end]).unescape().strip())
    known = chinese is None or "data-zh=" in part[:start]
    attribute = "" if known else f' data-zh="{escape(chinese)}"'
    return f"<text{part[:start]}{attribute}{part[start:]}"
