"""Each cause is told where it is, and nowhere else."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from trafficopt.diagnosis.causes import HELPS, Cause, Weakness, weaknesses
from trafficopt.diagnosis.figures import IntersectionFigures, MovementFigures
from trafficopt.phrase import Phrase
from trafficopt.signals.explanation import BindingLimit
from trafficopt.treatment import Family

NONE, LEAST, WALK = BindingLimit.NONE, BindingLimit.MIN_GREEN, BindingLimit.WALK


def told(figures: IntersectionFigures, *movements: MovementFigures) -> list[Weakness]:
    return list(weaknesses(replace(figures, movements=movements) if movements else figures))


def only(found: list[Weakness]) -> Weakness:
    (weakness,) = found
    return weakness


def test_nothing_is_told_where_nothing_is_wrong(calm: IntersectionFigures) -> None:
    assert told(calm) == []


def test_locked_up(calm: IntersectionFigures) -> None:
    found = only(told(replace(calm, standing=("w",))))
    assert (found.cause, found.delay_veh_h) == (Cause.LOCKED, 2.0)
    assert found.words == "link w has locked up: vehicles stand on it, and nobody leaves it"


@pytest.mark.parametrize(("xc", "is_told"), [(0.94, False), (0.95, True), (1.12, True)])
def test_no_capacity(calm: IntersectionFigures, xc: float, is_told: bool) -> None:
    found = told(replace(calm, critical_saturation=xc))
    assert [w.cause for w in found] == [Cause.NO_CAPACITY] * is_told
    assert all(f"asks for {100 * xc:.0f} % of what a cycle of 80 s gives" in w.words for w in found)


def test_a_cycle_of_intergreens_alone_has_no_percentage(calm: IntersectionFigures) -> None:
    found = only(told(replace(calm, critical_saturation=math.inf)))
    assert found.words == "the intergreens fill the cycle of 80 s"


@pytest.mark.parametrize(("gain", "is_told"), [(0.2, False), (0.21, True)])
def test_greens_and_cycle_from_a_tenth_of_the_delay_on(
    calm: IntersectionFigures, gain: float, is_told: bool
) -> None:
    found = told(replace(calm, timing_gain_veh_h=gain))
    assert [w.cause for w in found] == [Cause.CYCLE] * is_told


def test_greens_and_cycle_say_which_cycle_and_promise_no_more_than_is_lost(calm: IntersectionFigures) -> None:
    other = only(told(replace(calm, timing_gain_veh_h=9.0)))
    assert other.words == "other greens in a cycle of 70 s instead of 80 s would save 2.0 veh*h"
    assert other.delay_veh_h == 2.0
    same = only(told(replace(calm, timing_gain_veh_h=0.5, best_cycle_s=80.0)))
    assert same.words == "other greens in the same cycle of 80 s would save 0.5 veh*h"


def test_a_gain_that_rounds_to_nothing_is_not_told(calm: IntersectionFigures) -> None:
    assert told(replace(calm, delay_veh_h=0.06, timing_gain_veh_h=0.05)) == []


def test_idle_stage(calm: IntersectionFigures) -> None:
    found = only(told(replace(calm, stage_saturation=(0.3, 1.2))))
    assert found.cause is Cause.IDLE_STAGE
    assert found.words == "stage 1 uses 30 % of its green, stage 2 would need 120 % of its own"
    assert found.delay_veh_h == pytest.approx((1.0 - 0.3 / 1.2) * 0.1)


@pytest.mark.parametrize(
    ("loads", "limit"), [((0.3, 0.89), NONE), ((0.5, 1.2), NONE), ((0.3, 1.2), LEAST), ((0.3, 1.2), WALK)]
)
def test_a_stage_idles_only_if_another_is_full_and_it_could_be_shorter(
    calm: IntersectionFigures, loads: tuple[float, float], limit: BindingLimit
) -> None:
    assert told(replace(calm, stage_saturation=loads, stage_limit=(limit, NONE))) == []


def full(movement: MovementFigures, **more: Any) -> MovementFigures:
    return replace(movement, **{"saturation": 1.5, "green_s": 18.0, "needed_green_s": 30.0, **more})


def test_short_green(calm: IntersectionFigures, healthy: MovementFigures) -> None:
    found = only(told(calm, full(healthy)))
    assert found.cause is Cause.SHORT_GREEN
    assert found.words == "straight on from the west needs 30 s of effective green, gets 18 s"
    assert found.delay_veh_h == pytest.approx(400.0 * 18.0 / 3600.0)
    assert told(calm, full(healthy, saturation=0.94)) == []


def test_a_movement_that_is_never_green_is_said_to_be(
    calm: IntersectionFigures, healthy: MovementFigures
) -> None:
    found = only(told(calm, full(healthy, green_share=0.0)))
    assert found.words == "straight on from the west is never green"


def test_few_gaps(calm: IntersectionFigures, healthy: MovementFigures) -> None:
    left = full(healthy, name="left turn from the west", yields=True)
    found = only(told(calm, left))
    assert found.cause is Cause.FEW_GAPS
    assert found.words == (
        "left turn from the west asks for 150 % of what gaps let through, with no green of its own"
    )
    assert told(calm, replace(left, saturation=0.9)) == []


def test_a_shared_lane_is_told_once_with_who_yields_first(
    calm: IntersectionFigures, healthy: MovementFigures
) -> None:
    right = full(healthy, id="w->s", name="right turn from the west", flow_veh_h=50.0, vehicles=50.0)
    found = only(told(calm, right, full(healthy)))
    assert found.words.startswith("straight on from the west (and 1 more on its lane) needs 30 s")
    assert found.delay_veh_h == pytest.approx(450.0 * 18.0 / 3600.0)
    left = replace(right, name="left turn from the west", yields=True)
    assert only(told(calm, full(healthy), left)).cause is Cause.FEW_GAPS
    apart = told(calm, full(healthy), replace(right, lane=1))
    assert [w.cause for w in apart] == [Cause.SHORT_GREEN] * 2


def test_spillback(calm: IntersectionFigures, healthy: MovementFigures) -> None:
    found = only(told(calm, replace(healthy, queue_m=240.0)))
    assert found.cause is Cause.SPILLBACK
    assert found.words == "straight on from the west: the queue is 240 m long, its road 200 m"
    for fits in (replace(healthy, queue_m=200.0), replace(healthy, queue_m=9e3, storage_m=math.inf)):
        assert told(calm, fits) == []


def late(movement: MovementFigures, **more: Any) -> MovementFigures:
    return replace(movement, **{"arrivals_on_green": 0.2, "platoon_loss_veh_h": 0.3, **more})


def test_progression(calm: IntersectionFigures, healthy: MovementFigures) -> None:
    found = only(told(calm, late(healthy)))
    assert found.cause is Cause.PROGRESSION
    assert found.words == "straight on from the west: 20 % arrive on green, which is 40 % of the cycle"
    assert found.delay_veh_h == 0.3


@pytest.mark.parametrize(
    "more",
    [
        {"arrivals_on_green": 0.34},  # platoon ratio 0.85
        {"arrivals_on_green": math.nan},
        {"flow_veh_h": 99.0},
        {"platoon_loss_veh_h": 0.0},
    ],
)
def test_few_vehicles_and_fair_platoons_are_not_told(
    calm: IntersectionFigures, healthy: MovementFigures, more: dict[str, float]
) -> None:
    assert told(calm, late(healthy, **more)) == []


def test_what_costs_most_comes_first(calm: IntersectionFigures, healthy: MovementFigures) -> None:
    small = replace(healthy, from_link="s", vehicles=100.0, queue_m=240.0)
    found = told(replace(calm, standing=("n",)), small, late(healthy))
    assert [w.cause for w in found] == [Cause.LOCKED, Cause.SPILLBACK, Cause.PROGRESSION]


def test_every_cause_has_something_that_could_help() -> None:
    assert set(HELPS) == set(Cause)
    assert all(HELPS.values())
    assert Weakness("J1", Cause.PROGRESSION, Phrase(""), 0.0).treatments == (Family.COORDINATE,)
