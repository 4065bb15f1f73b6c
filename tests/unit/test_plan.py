"""Timings and plans: what they hold, what they show, and what is impossible."""

from __future__ import annotations

import math
import pickle
from dataclasses import replace

import pytest

from trafficopt.plan import SignalTiming, TimingPlan
from trafficopt.stage import Interval, Stage

STAGES = (
    Stage("Gr", (Interval("yr", 3.0), Interval("rr", 1.0))),
    Stage("rG", (Interval("ry", 3.0), Interval("rr", 1.0))),
)
TIMING = SignalTiming(STAGES, (26.0, 26.0), 60.0, 12.5)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"greens_s": (26.0,)}, "one green is needed for each stage"),
        ({"greens_s": (math.nan, 26.0)}, "finite"),
        ({"greens_s": (-1.0, 53.0)}, "not negative"),
        ({"offset_s": 60.0}, "outside the cycle"),
        ({"offset_s": -0.1}, "outside the cycle"),
        ({"offset_s": math.nan}, "outside the cycle"),
        ({"cycle_s": 0.0, "offset_s": 0.0}, "impossible"),
        ({"cycle_s": math.inf}, "impossible"),
    ],
)
def test_impossible_timings_are_refused(change: dict[str, object], match: str) -> None:
    with pytest.raises(ValueError, match=match):
        replace(TIMING, **change)


def test_a_plan_is_a_mapping_that_cannot_change() -> None:
    timings = {"b": TIMING, "a": TIMING}
    plan = TimingPlan("p", timings)
    timings.clear()
    assert (list(plan), len(plan), plan["a"]) == (["b", "a"], 2, TIMING)
    with pytest.raises(TypeError):
        plan.timings["c"] = TIMING  # type: ignore[index]
    assert pickle.loads(pickle.dumps(plan)) == plan


def test_repr_is_a_short_table() -> None:
    plan = TimingPlan("p", {f"s{k}": TIMING for k in range(20)})
    lines = repr(plan).splitlines()
    assert lines[0] == "TimingPlan p: 20 signals"
    assert lines[1] == "signal  cycle [s]  offset [s]  greens [s]"
    assert lines[2] == "s0             60        12.5  26 26"
    assert lines[-1] == "... 8 more"


def test_rows_of_a_cycle_are_greens_and_what_follows_them() -> None:
    rows = [(row.state, row.duration_s) for row in replace(TIMING, greens_s=(20.0, 32.0)).intervals]
    first = [("Gr", 20.0), ("yr", 3.0), ("rr", 1.0)]
    assert rows == [*first, ("rG", 32.0), ("ry", 3.0), ("rr", 1.0)]
    turned = SignalTiming(STAGES[::-1], (32.0, 20.0), 60.0, 0.0)
    assert [(row.state, row.duration_s) for row in turned.intervals] == [*rows[3:], *first]


def test_a_stage_may_be_shown_twice() -> None:
    timing = SignalTiming((STAGES[0], *STAGES), (10.0, 12.0, 26.0), 60.0, 0.0)
    assert [row.state for row in timing.intervals] == ["Gr", "yr", "rr", "Gr", "yr", "rr", "rG", "ry", "rr"]
    assert timing.state_at(15.0) == "Gr"


@pytest.mark.parametrize(
    ("t_s", "state"),
    [
        (12.5, "Gr"),
        (38.4, "Gr"),
        (38.5, "yr"),
        (41.5, "rr"),
        (42.5, "rG"),
        (68.5, "ry"),
        (72.4, "rr"),
        (72.5, "Gr"),
        (12.4, "rr"),
        (0.0, "rG"),
        (25200.0 + 12.5, "Gr"),
        (-60.0 + 12.5, "Gr"),
    ],
)
def test_state_at_a_moment(t_s: float, state: str) -> None:
    assert TIMING.state_at(t_s) == state


def test_sums_of_decimal_greens_do_not_miss_a_switch() -> None:
    # 0.1 + 0.2 is more than 0.3.
    timing = SignalTiming((Stage("G", ()), Stage("g", ()), Stage("r", ())), (0.1, 0.2, 0.7), 1.0, 0.0)
    assert [timing.state_at(t) for t in (0.1, 0.3, 1.0, 1.3)] == ["g", "r", "G", "r"]


def test_stages_that_differ_only_in_bounds_are_equal() -> None:
    bounded = tuple(replace(stage, min_green_s=7.0, max_green_s=30.0) for stage in STAGES)
    assert replace(TIMING, stages=bounded) == TIMING
    assert replace(STAGES[0], intergreen=()) != STAGES[0]
