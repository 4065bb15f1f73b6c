"""Plots with Chinese labels, where this machine can write them."""

from __future__ import annotations

import warnings

from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

from trafficopt.errors import TrafficoptWarning
from trafficopt.reporting.words.chinese_font import FIRST_CHINESE, chinese_font
from trafficopt.reporting.words.drawing_words import in_chinese

NO_FONT = (
    "no font with Chinese characters was found, so the labels stay English; "
    "install one, as Noto Sans CJK (package fonts-noto-cjk on Debian)"
)


def chinese_labels(ax: Axes) -> Axes:
    """Write the labels of a plot in Chinese, as far as their words are known; names and numbers stay.

    On a machine without a font for them they stay English, with a warning.

    Parameters
    ----------
    ax
        What a `plot_*` function gave. All axes of its figure are translated.

    Examples
    --------
    >>> import trafficopt as to
    >>> scenario = to.read_scenario(to.example_path("main_street"))
    >>> street = scenario.network.arterials[0]
    >>> ax = to.chinese_labels(to.plot_time_space(street, scenario.network, scenario.field_plan))
    """
    file = chinese_font()
    if file is None:
        warnings.warn(NO_FONT, TrafficoptWarning, stacklevel=2)
        return ax
    font_manager.fontManager.addfont(file)
    family = font_manager.FontProperties(fname=file).get_name()
    figure = ax.get_figure(root=True)
    assert isinstance(figure, Figure)
    for text in figure.findobj(Text):
        assert isinstance(text, Text)
        if (words := in_chinese(text.get_text())) is not None:
            text.set_text(words)
        if any(letter >= FIRST_CHINESE for letter in text.get_text()):
            text.set_fontfamily([family, "DejaVu Sans"])
    return ax
