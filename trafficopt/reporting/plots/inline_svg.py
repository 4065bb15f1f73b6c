"""Figures as SVG text that can stand inside an HTML page."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import StringIO

from markupsafe import Markup, escape
from matplotlib import rc_context, rcdefaults, rcParams
from matplotlib.figure import Figure

from trafficopt.reporting.words.translatable import translatable

FONTS = (
    "system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'PingFang SC', 'Microsoft YaHei', "
    "'Noto Sans CJK SC', report-zh, sans-serif"
)


@contextmanager
def figure_style() -> Iterator[None]:
    """Draw with fixed settings, whatever the user's own are; text stays text."""
    with rc_context():
        rcdefaults()
        rcParams.update({"svg.fonttype": "none", "font.family": "DejaVu Sans", "font.size": 9.5})
        yield


def inline_svg(figure: Figure, key: str, label: str, titles: Mapping[str, str] | None = None) -> Markup:
    """Give a figure as an `<svg>` element, the same bytes for the same figure.

    Parameters
    ----------
    figure
        Drawn within `figure_style`.
    key
        Unique within the page; keeps the ids of several figures apart.
    label
        What the figure shows, for those who cannot see it.
    titles
        Tooltip of each link in the figure, by its target.
    """
    text = StringIO()
    with rc_context({"svg.hashsalt": key}), warnings.catch_warnings():
        # The reader's browser draws the text and has the glyphs that the measuring font lacks.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure.savefig(text, format="svg", metadata={"Date": None})
    return Markup(translatable(_add_titles(_slim(text.getvalue(), label), titles or {})))


def _slim(svg: str, label: str) -> str:
    """Strip what an HTML page does not need, and digits that nobody can see."""
    svg = svg[svg.index("<svg") :]
    for pattern in (r"<metadata>.*?</metadata>", r"<style type=.*?</style>", r"<!--.*?-->"):
        svg = re.sub(pattern, "", svg, flags=re.DOTALL)
    box = re.search(r'viewBox="[^"]*"', svg)
    head = f'<svg {box.group() if box else ""} role="img" aria-label="{escape(label)}">'
    svg = re.sub(r"<svg[^>]*>", lambda _: head, svg, count=1)
    svg = svg.replace("xlink:href", "href")
    svg = re.sub(r"'DejaVu Sans'[^;\"]*", FONTS, svg)
    used = set(re.findall(r"#([\w.-]+)", svg))
    svg = re.sub(r' id="([^"]*)"', lambda found: found.group() if found.group(1) in used else "", svg)
    svg = re.sub(r"<[a-z][^>]*>", lambda tag: re.sub(r"\d+\.\d{3,}", _shorten, tag.group()), svg)
    return re.sub(r"\n\s*", "\n", svg)


def _shorten(number: re.Match[str]) -> str:
    return f"{float(number.group()):.2f}".rstrip("0").rstrip(".")


def _add_titles(svg: str, titles: Mapping[str, str]) -> str:
    """Give links a tooltip, and take them out of the tab order: the table has them too."""

    def entitle(tag: re.Match[str]) -> str:
        title = titles.get(tag.group(1), "")
        return f'<a href="{tag.group(1)}" tabindex="-1"><title>{escape(title)}</title>'

    return re.sub(r'<a href="([^"]*)"[^>]*>', entitle, svg)
