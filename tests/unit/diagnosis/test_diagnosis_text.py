"""What an engineer reads of a diagnosis."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from trafficopt.diagnosis.causes import weaknesses
from trafficopt.diagnosis.diagnose import Diagnosis, Point
from trafficopt.diagnosis.figures import ArterialFigures, IntersectionFigures, MovementFigures
from trafficopt.diagnosis_text import MOST_WORDS, diagnosis_text
from trafficopt.model.arterial_ways import Direction

LONG = "cluster_" + "_".join(str(1200363791 + k) for k in range(12))
WIDEST = 120


def of(*intersections: IntersectionFigures) -> Diagnosis:
    points = tuple(Point(figures, weaknesses(figures)) for figures in intersections)
    return Diagnosis("field", (), 21.34, math.nan, {}, points, (), ())


def way(name: str, direction: Direction, index: float) -> ArterialFigures:
    nobody = math.nan if math.isnan(index) else 0.4
    return ArterialFigures(name, direction, index, index, nobody, nobody, 3.04)


@pytest.fixture
def silent(calm: IntersectionFigures) -> IntersectionFigures:
    """As `calm`, without SUMO."""
    return replace(calm, sumo_delay_s=math.nan)


def test_a_point_in_full(silent: IntersectionFigures, healthy: MovementFigures) -> None:
    late = replace(healthy, arrivals_on_green=0.2, platoon_loss_veh_h=0.3)
    said = diagnosis_text(of(replace(silent, timing_gain_veh_h=0.5, movements=(late,)))).splitlines()
    assert said[:-2] == [
        "field: 1 signal, mean delay 21.3 s a vehicle",
        "",
        "1. J1: could save 0.8 of 2.0 veh*h; delay 18.0 s, LOS B",
        "     Xc 0.60, green use 50 %, first pass 98 %, imbalance 0.33 (approaches 0.20)",
        "     other greens in a cycle of 70 s instead of 80 s would save 0.5 veh*h",
        "     straight on from the west: 20 % arrive on green, which is 40 % of the cycle",
        "     could help: retime, coordinate",
        "",
    ]
    assert said[-2].startswith("Delay, LOS, stops and what is lost are the queue model's")
    assert "SUMO" not in "\n".join(said)


def test_with_seeds_the_text_says_which_figures_are_sumos(calm: IntersectionFigures) -> None:
    found = replace(of(calm), seeds=(1, 2), sumo_mean_delay_s=19.87)
    said = diagnosis_text(found).splitlines()
    assert said[0] == (
        "field: 1 signal, mean delay 21.3 s a vehicle by the queue model, 19.9 s in SUMO (seeds 1, 2)"
    )
    assert "delay 18.0 s (SUMO 20.0 s), LOS B" in said[2]
    assert said[-1].endswith("SUMO's figures are those that name it.")


def test_a_signal_without_traffic_has_dashes(silent: IntersectionFigures) -> None:
    idle = replace(
        silent,
        vehicles=0.0,
        delay_s=math.nan,
        delay_veh_h=0.0,
        level_of_service="",
        critical_saturation=0.0,
        stage_saturation=(0.0, 0.0),
        green_use=math.nan,
        imbalance=math.nan,
        approach_imbalance=math.nan,
        first_pass_share=math.nan,
        timing_gain_veh_h=0.0,
        movements=(),
    )
    said = diagnosis_text(of(idle)).splitlines()
    assert said[2:5] == [
        "1. J1: could save 0.0 of 0.0 veh*h; delay -, LOS -",
        "     Xc 0.00, green use -, first pass -, imbalance - (approaches -)",
        "     nothing stands out",
    ]
    assert "could help" not in "\n".join(said)


def test_an_infinite_critical_saturation_is_a_dash(silent: IntersectionFigures) -> None:
    said = diagnosis_text(of(replace(silent, critical_saturation=math.inf)))
    assert "     Xc -, green use" in said
    assert "inf" not in said.replace("infra", "")


def test_long_ids_do_not_ruin_the_layout(silent: IntersectionFigures) -> None:
    point = replace(silent, id=LONG, standing=(LONG,))
    ways = (way(LONG, Direction.OUTBOUND, 1.5), way("A1", Direction.INBOUND, 2.0))
    found = replace(of(point), arterials=ways, untimed={LONG: "it is switched off"})
    said = diagnosis_text(found)
    assert max(map(len, said.splitlines())) <= WIDEST
    assert LONG not in said


def test_only_the_first_weaknesses_are_told_and_the_others_counted(
    silent: IntersectionFigures, healthy: MovementFigures
) -> None:
    lanes = tuple(replace(healthy, lane=k, queue_m=300.0) for k in range(5))
    one_more = replace(silent, movements=lanes[: MOST_WORDS + 1])
    for figures, line in (
        (replace(silent, movements=lanes), "     and 2 more weaknesses"),
        (one_more, "     and 1 more weakness"),
    ):
        said = diagnosis_text(of(figures)).splitlines()
        assert line in said
        assert sum("the queue is 300 m long" in each for each in said) == MOST_WORDS
    assert "more weakness" not in diagnosis_text(of(replace(silent, movements=lanes[:MOST_WORDS])))


def test_the_rest_of_a_long_worklist_is_summed_up(silent: IntersectionFigures) -> None:
    points = [replace(silent, id=f"J{k}", timing_gain_veh_h=0.1 * k) for k in range(5, 0, -1)]
    said = diagnosis_text(of(*points), top=2)
    assert "2. J4:" in said
    assert "3. " not in said
    assert "3 more signals, which could save 0.6 veh*h, each taken alone" in said
    assert "more signal" not in diagnosis_text(of(*points), top=5)
    assert "1 more signal, which could save 0.1 veh*h\n" in diagnosis_text(of(*points), top=4)


def test_signals_that_are_not_judged_are_named(silent: IntersectionFigures) -> None:
    untimed = {f"J{k}": "it is switched off" for k in range(2, 7)}
    said = diagnosis_text(replace(of(silent), untimed=untimed)).splitlines()
    assert said[1:6] == [
        "Not judged, because the plan does not time them:",
        "  J2: it is switched off",
        "  J3: it is switched off",
        "  J4: it is switched off",
        "  and 2 more",
    ]


def test_an_empty_worklist_is_told(silent: IntersectionFigures) -> None:
    said = diagnosis_text(replace(of(), untimed={"J1": "it is switched off"}))
    assert said.startswith("field: 0 signals, mean delay 21.3 s a vehicle\nNot judged")


@pytest.mark.parametrize("with_sumo", [False, True])
def test_arterials_stand_in_columns(silent: IntersectionFigures, with_sumo: bool) -> None:
    ways = (way("A1", Direction.OUTBOUND, 1.5), way("Long Street", Direction.INBOUND, math.nan))
    found = replace(of(silent), arterials=ways, seeds=(1,) if with_sumo else (), sumo_mean_delay_s=20.0)
    lines = diagnosis_text(found).splitlines()
    head = next(k for k, line in enumerate(lines) if line.startswith("arterial"))
    table = lines[head : head + 3]
    assert len({len(line) for line in table}) == 1
    assert ("in SUMO" in table[0]) is with_sumo
    assert table[1].split() == ["A1", "outbound", *["1.50"] * (1 + with_sumo), "40", "%", "0.40", "3.0"]
    assert table[2].split() == ["Long", "Street", "inbound", *["-"] * (3 + with_sumo), "3.0"]
