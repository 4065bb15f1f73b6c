"""A Chinese font that a page carries with it, where this machine has one; plots with Chinese labels."""

from __future__ import annotations

import base64
import logging
from functools import cache
from io import BytesIO
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTCollection, TTFont
from markupsafe import Markup
from matplotlib import font_manager

FREE = (
    *("NotoSansCJK-Regular", "NotoSansCJKsc-Regular", "NotoSansSC-Regular", "NotoSansSC"),
    *("SourceHanSansSC-Regular", "SourceHanSansCN-Regular", "wqy-microhei", "wqy-zenhei"),
)
"""Files, without ending, of fonts that a page may carry: SIL Open Font License, GPL with font exception."""
OTHERS = ("PingFang", "Hiragino Sans GB", "msyh", "simhei")
"""Files of fonts that come with systems, for plots on this machine."""
SIMPLIFIED = ("SC", "CN")
NAME = "report-zh"  # the last font but one in the styles
FIRST_CHINESE = "\u2e80"


@cache
def chinese_font(names: tuple[str, ...] = FREE + OTHERS) -> Path | None:
    """The file of the first of some fonts that this machine has; None if it has none."""
    files = {Path(file).stem: Path(file) for file in sorted(font_manager.findSystemFonts(), reverse=True)}
    return next((files[name] for name in names if name in files), None)


def font_rule(page: str) -> Markup:
    """Style rules that give a page the Chinese characters it uses.

    Where this machine has no font to embed there are none, and the reader's own font is used. The font holds
    no other characters. The same page gives the same bytes on the same machine.
    """
    file = chinese_font(FREE)
    used = {letter for letter in page if letter >= FIRST_CHINESE}
    if file is None or not used:
        return Markup()
    data = base64.b64encode(_subset(file, frozenset(used))).decode()
    source = f"url(data:font/woff;base64,{data}) format('woff')"
    return Markup(f"@font-face {{ font-family: {NAME}; src: {source}; }}")


@cache
def _subset(file: Path, letters: frozenset[str]) -> bytes:
    """A font with some letters only, as WOFF."""
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    options = subset.Options(flavor="woff", hinting=False, layout_features=[], notdef_outline=True)
    options.recalc_timestamp = False
    made = subset.Subsetter(options)
    made.populate(text="".join(sorted(letters)))
    content = BytesIO()
    with TTFont(file, fontNumber=_face(file), recalcTimestamp=False) as font:
        made.subset(font)
        font.flavor = "woff"
        font.save(content)
    return content.getvalue()


def _face(file: Path) -> int:
    """Number of the font for simplified Chinese in a collection; -1 if the file is no collection."""
    if file.suffix.lower() != ".ttc":
        return -1
    with TTCollection(file, lazy=True) as collection:
        names = [str(font["name"].getBestFamilyName()).split() for font in collection.fonts]
    return next((k for k, name in enumerate(names) if set(name) & set(SIMPLIFIED)), 0)
