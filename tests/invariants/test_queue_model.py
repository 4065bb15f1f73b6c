"""What must hold of the queue model for every network, demand and plan, tried on random small ones."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.physics.queue_roads import CAR, Sketch, Trip, passings, steady
from trafficopt.demand import Departure, VehicleType
from trafficopt.intersection import Turn
from trafficopt.model.queues.estimate import QueueEstimate
from trafficopt.model.queues.queue_model import QueueModel
from trafficopt.problem import Problem

ROOT = Path(__file__).resolve().parents[2]
PERIOD_S = 600.0
TRUCK = VehicleType("truck", length_m=12.0, accel_m_s2=1.3, vehicle_class="truck", max_speed_m_s=22.0)
DRIVER = VehicleType("driver")
few = settings(max_examples=25, deadline=None, derandomize=True)
CASES = st.fixed_dictionaries(
    {
        "n": st.integers(1, 3),
        "length_m": st.floats(12.0, 400.0),
        "n_lanes": st.integers(1, 2),
        "keep_clear": st.booleans(),
        "waiting_m": st.sampled_from([0.0, 8.0, 16.0]),
        "greens_s": st.tuples(st.integers(5, 40), st.integers(5, 40)),
        "offsets_s": st.lists(st.integers(0, 17), min_size=3, max_size=3),
        "flows_veh_h": st.tuples(*[st.integers(30, 1200)] * 4),
        "teleport_s": st.sampled_from([-1.0, 60.0]),
        "choosing": st.booleans(),
    }
)


def street(case: dict[str, Any]) -> Sketch:
    """Signals s0, s1, ... on a two-way street m0, m1, ... / b0, b1, ...; at each a side road c to x, which
    the left turn from m to x meets."""
    n, sketch = case["n"], Sketch()
    for name in [f"{kind}{k}" for kind in "mb" for k in range(n + 1)]:
        sketch.link(name, case["length_m"], n_lanes=case["n_lanes"])
    for name in [f"{kind}{k}" for kind in "cx" for k in range(n)]:
        sketch.link(name, 200.0, n_lanes=1)
    for k in range(n):
        clear, top = case["keep_clear"], case["n_lanes"] - 1
        left = sketch.connect(
            *(f"m{k}", f"x{k}"),
            lanes=(top, 0),
            head=(f"s{k}", 2),
            right_of_way="m",
            turn=Turn.LEFT,
            path_m=20.0,
            waiting_m=case["waiting_m"],
            speed_m_s=7.0,
            keep_clear=clear,
        )
        side = sketch.connect(f"c{k}", f"x{k}", head=(f"s{k}", 3), keep_clear=clear)
        for lane in range(case["n_lanes"]):
            out = sketch.connect(
                f"m{k}", f"m{k + 1}", lanes=(lane, lane), head=(f"s{k}", 0), keep_clear=clear
            )
            back = sketch.connect(
                f"b{k + 1}", f"b{k}", lanes=(lane, lane), head=(f"s{k}", 1), keep_clear=clear
            )
            sketch.cross(left, back, (10.0, 15.0), (3.0, 8.0))
            sketch.cross(side, out, (2.0, 6.0), (8.0, 14.0))
            sketch.cross(side, back, (8.0, 12.0), (8.0, 14.0))
    return sketch


def trips(case: dict[str, Any], until_s: float = PERIOD_S) -> list[Trip]:
    n, (out, back, left, side) = case["n"], case["flows_veh_h"]
    main = tuple(f"m{k}" for k in range(n + 1))
    found = steady(main, 3600.0 / out, until_s, kind=DRIVER)
    found += steady(tuple(f"b{k}" for k in range(n, -1, -1)), 3600.0 / back, until_s, from_s=0.25)
    found += steady((*main[:n], f"x{n - 1}"), 3600.0 / left, until_s, from_s=1.0)
    for k in range(n):
        found += steady((f"c{k}", f"x{k}"), 3600.0 / side, until_s, from_s=2.0 + k, kind=TRUCK)
    choosing = Departure(chooses_route=case["choosing"])
    # Quarters of a second can be shifted without rounding.
    return [Trip(round(4 * t.depart_s) / 4, t.route, t.kind, choosing) for t in found]


def problem_of(case: dict[str, Any], shift_s: int = 0, until_s: float = PERIOD_S) -> Problem:
    """The street, everything `shift_s` later."""
    main, side = (float(green) for green in case["greens_s"])
    rows = [("GGgr", main), ("yyyr", 3.0), ("rrrr", 2.0), ("rrrG", side), ("rrry", 3.0), ("rrrr", 1.0)]
    cycle = main + side + 9.0
    names = [f"s{k}" for k in range(case["n"])]
    offsets = {
        name: (offset + shift_s) % cycle for name, offset in zip(names, case["offsets_s"], strict=False)
    }
    return street(case).problem(
        dict.fromkeys(names, rows),
        trips(case, until_s),
        until_s,
        teleport_s=case["teleport_s"],
        begin_s=float(shift_s),
        offsets_s=offsets,
    )


def same(one: QueueEstimate, other: QueueEstimate) -> bool:
    """Whether two estimates agree to the last bit."""
    names = QueueEstimate.__dataclass_fields__
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in names)


@few
@given(case=CASES)
def test_no_vehicle_is_lost_or_counted_twice(case: dict[str, Any]) -> None:
    problem = problem_of(case)
    model = QueueModel(problem)
    found = model.estimate(problem.field_plan)
    left = dict(zip(model.links, found.link_left.tolist(), strict=True))
    arrived = sum(left[link] for link in left if link[0] == "x" or link in ("b0", f"m{case['n']}"))
    assert found.demanded == len(problem.scenario.demand)
    assert found.demanded == arrived + found.unfinished + found.undeparted
    served = dict(zip(found.movements, found.served.tolist(), strict=True))
    for link in left:
        leaving = [count for (origin, _), count in served.items() if origin == link]
        entering = sum(count for (_, target), count in served.items() if target == link)
        assert not leaving or left[link] == sum(leaving)
        if any(target == link for _, target in served):
            assert left[link] <= entering
    assert (found.stops <= found.served).all()


@few
@given(case=CASES)
def test_delays_are_not_negative_and_add_up(case: dict[str, Any]) -> None:
    problem = problem_of(case)
    found = QueueModel(problem).estimate(problem.field_plan)
    # The model's drivers come to the end of a link at whole-second rounding at most before a free one.
    assert found.link_delay_s.min() >= -1e-6 * found.demanded
    assert found.link_depart_delay_s.min() >= 0.0
    total = found.link_delay_s.sum() + found.link_depart_delay_s.sum()
    assert total == pytest.approx(found.mean_delay_s * found.demanded, rel=1e-6, abs=1e-3)
    assert found.mean_depart_delay_s * found.demanded == pytest.approx(found.link_depart_delay_s.sum())


@few
@given(case=CASES)
def test_vehicles_pass_one_stop_line_after_the_other(case: dict[str, Any]) -> None:
    case = case | {"choosing": False}
    problem = problem_of(case)
    before = problem.scenario.demand.depart_s.copy()
    for link in [f"m{k}" for k in range(case["n"] + 1)]:
        times = passings(problem, link)
        passed = ~np.isnan(times[:, 1])
        assert (times[passed, 1] >= times[passed, 0] - 1e-9).all()
        # Links may be so short that a vehicle is over the next stop line at once, never before.
        assert (times[passed, 1] >= before[passed]).all()
        before = np.where(passed, times[:, 1], np.inf)
        if not case["waiting_m"]:  # else those who waited inside pass with those who come after them
            order, lanes = np.sort(times[passed, 1]), case["n_lanes"]
            assert (order[lanes:] - order[:-lanes] > 0.9).all()


@few
@given(case=CASES, shift_s=st.integers(1, 5000))
def test_shifting_everything_changes_nothing_and_runs_repeat(case: dict[str, Any], shift_s: int) -> None:
    here, later = problem_of(case), problem_of(case, shift_s)
    model = QueueModel(here)
    first = model.estimate(here.field_plan)
    assert same(model.estimate(here.field_plan), first)
    assert same(QueueModel(here).estimate(here.field_plan), first)
    assert same(QueueModel(later).estimate(later.field_plan), first)


@few
@given(case=CASES)
def test_a_plan_leaves_no_trace_in_the_next_run(case: dict[str, Any]) -> None:
    here = problem_of(case)
    other = problem_of(case | {"greens_s": case["greens_s"][::-1]})
    model = QueueModel(here)
    first = model.estimate(here.field_plan)
    model.estimate(other.field_plan)
    assert same(model.estimate(here.field_plan), first)


@few
@given(case=CASES)
def test_more_traffic_is_never_served_by_magic(case: dict[str, Any]) -> None:
    # No stop line of a lane passes more than one vehicle every 1.4 s on average: tau and 0.4 s.
    problem = problem_of(case)
    found = QueueModel(problem).estimate(problem.field_plan)
    green = {"m": case["greens_s"][0], "b": case["greens_s"][0], "c": case["greens_s"][1]}
    cycle = sum(case["greens_s"]) + 9.0
    for (origin, _), served in zip(found.movements, found.served.tolist(), strict=True):
        lanes = case["n_lanes"] if origin[0] in "mb" else 1
        cycles = PERIOD_S / cycle + 1
        inside = 3 * cycles if case["waiting_m"] else 0
        assert served <= lanes * cycles * ((green[origin[0]] + 3.0) / 1.4 + 1) + inside + found.teleports


SMALL = {
    "n": 2,
    "length_m": 60.0,
    "n_lanes": 2,
    "keep_clear": False,
    "waiting_m": 16.0,
    "greens_s": (25, 15),
    "offsets_s": [0, 7, 3],
    "flows_veh_h": (700, 500, 200, 400),
    "teleport_s": 60.0,
    "choosing": True,
}


def figures() -> list[float]:
    """What a case with a bit of everything gives."""
    problem = problem_of(SMALL, until_s=240.0)
    found = QueueModel(problem).estimate(problem.field_plan)
    return [
        *(found.mean_delay_s, found.mean_depart_delay_s, found.mean_stops),
        *(float(x) for x in (found.unfinished, found.undeparted, found.teleports)),
        *(float(x) for x in (*found.served, *found.stops, *found.delay_s, *found.link_delay_s)),
    ]


def test_compiled_and_plain_python_agree() -> None:
    code = "import json; from tests.invariants.test_queue_model import figures; print(json.dumps(figures()))"
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    # Compiled code may fuse a multiplication and an addition: nine digits, not all.
    assert figures() == pytest.approx(json.loads(done.stdout), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(("n_vehicles", "programs"), [(1, {}), (0, {"s0": [("GGgr", 60.0)]})])
def test_a_street_without_signal_or_without_vehicles_has_no_delay(
    n_vehicles: int, programs: dict[str, list[tuple[str, float]]]
) -> None:
    trips_of_it = [Trip(0.0, ("m0", "m1", "m2"), CAR)] * n_vehicles
    problem = street(SMALL).problem(programs, trips_of_it, 60.0)
    found = QueueModel(problem).estimate(problem.field_plan)
    assert (found.demanded, found.unfinished, found.undeparted) == (n_vehicles, 0, 0)
    # 180 m and two paths at 0.65 m/s below the limit take 15.9 s instead of 15.1 s.
    assert 0.0 <= found.mean_delay_s <= 1.5
