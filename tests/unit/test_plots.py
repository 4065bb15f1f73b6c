"""The small calculations behind the plots and the report's words."""

from __future__ import annotations

import pytest

from trafficopt.reporting.pages.map_layers import scale_end
from trafficopt.reporting.pages.tables import fact_rows
from trafficopt.reporting.plots.canvas import short_label, spread_labels
from trafficopt.reporting.plots.city_map import round_length, simplify_shape
from trafficopt.reporting.plots.time_space import red_spans
from trafficopt.reporting.words.wording import MINUS, NOTHING, compact, number, signed
from trafficopt.units import clock


def test_red_is_what_is_not_green() -> None:
    assert red_spans([(50.0, 20.0)], 60.0, 120.0) == [(10.0, 40.0), (70.0, 40.0)]
    assert red_spans([(0.0, 10.0), (30.0, 5.0)], 60.0, 60.0) == [(10.0, 20.0), (35.0, 25.0)]
    assert red_spans([], 60.0, 100.0) == [(0.0, 100.0)]
    assert red_spans([(0.0, 60.0)], 60.0, 180.0) == []


def test_close_labels_move_apart_and_stay_centered() -> None:
    assert spread_labels([0.0, 5.0, 10.0], 2.0) == [0.0, 5.0, 10.0]
    assert spread_labels([0.0, 1.0, 10.0], 2.0) == [0.0, 2.0, 10.0]
    assert spread_labels([0.0, 0.0], 2.0) == [-1.0, 1.0]
    assert spread_labels([], 2.0) == []


def test_long_ids_keep_both_ends() -> None:
    assert short_label("n1") == "n1"
    assert short_label("cluster_1098574052_1098574061") == "cluster…98574061"


def test_shape_keeps_its_corners() -> None:
    corner = ((0.0, 0.0), (10.0, 0.1), (20.0, 0.0), (20.0, 30.0))
    assert simplify_shape(corner, 1.0) == ((0.0, 0.0), (20.0, 0.0), (20.0, 30.0))
    loop = ((0.0, 0.0), (50.0, 0.0), (0.0, 0.0))
    assert simplify_shape(loop, 1.0) == loop


@pytest.mark.parametrize(("length_m", "rounded"), [(99.0, 50.0), (100.0, 100.0), (450.0, 200.0), (3.0, 2.0)])
def test_scale_bar_is_round(length_m: float, rounded: float) -> None:
    assert round_length(length_m) == rounded


def test_few_extremes_do_not_pale_a_city() -> None:
    assert (scale_end([31.0, 12.0]), scale_end([20.0] * 99 + [500.0])) == (31.0, 20.0)


def test_numbers_are_written_for_readers() -> None:
    assert (number(-0.04), number(-1234.5), signed(1.26)) == ("0.0", f"{MINUS}1,234.5", "+1.3")
    assert (signed(-0.04), signed(0.04), signed(-2.0)) == ("0.0", "0.0", f"{MINUS}2.0")
    assert (compact(90.0), compact(22.5), compact(2046.0)) == ("90", "22.5", "2,046")
    assert (clock(86400.0), clock(27000.0)) == ("24:00", "07:30")


def test_nested_facts_become_rows() -> None:
    facts = {
        "versions": {"sumo": "1.28.0"},
        "seeds": [1, 2],
        "exact": True,
        "wall_s": 1.23456789,
        "commit": None,
    }
    assert list(fact_rows(facts)) == [
        (0, "versions", ""),
        (1, "sumo", "1.28.0"),
        (0, "seeds", "1, 2"),
        (0, "exact", "yes"),
        (0, "wall_s", "1.23457"),
        (0, "commit", NOTHING),
    ]
