"""A plot as a file."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import cast

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from trafficopt.errors import InputError
from trafficopt.reporting.plots.inline_svg import figure_style

FORMATS = (".svg", ".png", ".pdf")
DPI = 200


def save_plot(path: Path, draw: Callable[[], Axes]) -> None:
    """Write what `draw` draws on a figure of its own to a file, whose ending says how.

    Raises
    ------
    InputError
        If the ending is none of .svg, .png and .pdf, or the file cannot be written.
    """
    check_format(path)
    with figure_style(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure = cast(Figure, draw().figure)
        metadata = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}.get(path.suffix)
        try:
            figure.savefig(path, dpi=DPI, metadata=metadata)
        except OSError as error:
            raise InputError(path, error.strerror or str(error), "name a file that can be written") from None


def check_format(path: Path) -> None:
    """Refuse a plot file whose ending says nothing.

    Raises
    ------
    InputError
        If the ending is none of .svg, .png and .pdf.
    """
    if path.suffix not in FORMATS:
        raise InputError(path, f"ends in {path.suffix!r}", f"give one of {', '.join(FORMATS)}")
