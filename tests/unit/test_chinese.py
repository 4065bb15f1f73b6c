"""Chinese words where a font can write them, English ones and a warning where none can."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest
from matplotlib.text import Text

from tests.unit.test_report import grid_network, grid_study
from trafficopt.errors import TrafficoptWarning
from trafficopt.reporting import chinese_labels, plot_time_space
from trafficopt.reporting.pages.report import render_report
from trafficopt.reporting.words.chinese_font import FREE, chinese_font, font_rule

HAS_FONT = chinese_font(FREE) is not None


def labels() -> list[str]:
    network = grid_network(3, 1)
    ax = plot_time_space(network.arterials[0], network, grid_study(3, 1).plan)
    figure = chinese_labels(ax).figure
    figure.canvas.draw()
    return [text.get_text() for text in figure.findobj(Text) if isinstance(text, Text)]


def test_without_a_font_labels_stay_english_with_one_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trafficopt.reporting.plots.plot_language.chinese_font", lambda: None)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        words = labels()
    assert [str(warning.message)[:34] for warning in caught] == ["no font with Chinese characters wa"]
    assert caught[0].category is TrafficoptWarning
    assert {"Time [s]", "Distance [m]"} <= set(words)
    assert not any(letter >= "\u2e80" for word in words for letter in word)


@pytest.mark.skipif(not HAS_FONT, reason="no font with Chinese characters is installed")
def test_with_a_font_labels_are_chinese_without_a_missing_glyph() -> None:
    words = labels()  # a missing glyph would be a warning, and so an error
    assert {"时间 [s]", "距离 [m]"} <= set(words)
    assert not {"Time [s]", "Distance [m]"} & set(words)


@pytest.mark.skipif(not HAS_FONT, reason="no font with Chinese characters is installed")
def test_a_page_carries_the_characters_that_it_uses(tmp_path: Path) -> None:
    page = render_report(grid_study(2, 1))
    assert page.count("@font-face { font-family: report-zh; src: url(data:font/woff;base64,") == 1
    assert "report-zh, sans-serif" in page
    assert font_rule("plain") == ""
    assert len(font_rule("延误")) < len(font_rule("平均延误与相位差")) < 10_000


def test_a_page_without_a_font_to_carry_names_those_of_readers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trafficopt.reporting.words.chinese_font.chinese_font", lambda names: None)
    page = render_report(grid_study(2, 1))
    assert "@font-face" not in page
    assert '"PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC"' in page
