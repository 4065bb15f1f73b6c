"""What must hold for every plan and every demand, tried on random ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trafficopt.limits import Limits
from trafficopt.model.signal_model import SignalModel
from trafficopt.plan import SignalTiming, TimingPlan
from trafficopt.problem import Problem
from trafficopt.rules.check import check_rows
from trafficopt.rules.findings import errors
from trafficopt.search.optimize import optimize
from trafficopt.search.splits import round_greens
from trafficopt.signals.plan_files import plan_json, read_plan
from trafficopt.signals.transitions import stages_in_order

Maker = Callable[..., Problem]

few = settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
many = settings(few, max_examples=100)


@st.composite
def streets(draw: st.DrawFn) -> dict[str, object]:
    """Arguments of `corridor`: flows, greens with tenths, intergreens of 4 or 4.5 s, kept signals."""
    n = draw(st.integers(1, 3))
    green = st.integers(80, 600).map(lambda tenths: tenths / 10)
    greens = draw(st.tuples(green, green))
    return {
        "n": n,
        "gap_m": draw(st.floats(80, 700)),
        "main_veh_h": draw(st.integers(50, 900)),
        "cross_veh_h": draw(st.integers(20, 700)),
        "greens_s": greens,
        "yellow_s": draw(st.sampled_from([3.0, 3.5])),
        "min_green_s": draw(st.sampled_from([5.0, 7.5])),
        "offsets_s": draw(st.lists(st.integers(0, 20).map(float), min_size=n, max_size=n)),
        "kept": draw(st.sampled_from([(), ("s0",), ("s1",)])),
        "limits": draw(st.sampled_from([Limits(), Limits(max_cycle_s=80.0), Limits(min_cycle_s=60.5)])),
        "period_s": 900.0,
    }


@few
@given(street=streets(), shift=st.integers(1, 200))
def test_shifting_all_offsets_changes_nothing(corridor: Maker, street: dict[str, object], shift: int) -> None:
    problem = corridor(**{**street, "greens_s": (31.0, 25.0), "yellow_s": 3.0})
    model, plan = SignalModel(problem), problem.field_plan
    moved = {k: replace(t, offset_s=(t.offset_s + shift) % t.cycle_s) for k, t in plan.timings.items()}
    before, after = model.estimate(plan), model.estimate(TimingPlan("moved", moved))
    # Queues settle from an empty street at another second of the cycle: equal to rounding.
    assert after.mean_delay_s == pytest.approx(before.mean_delay_s, rel=1e-6)
    assert after.mean_stops == pytest.approx(before.mean_stops, rel=1e-6)


@few
@given(street=streets(), factor=st.floats(1.05, 2.0))
def test_more_demand_never_means_less_delay(
    corridor: Maker, street: dict[str, object], factor: float
) -> None:
    more = {**street, **{key: round(street[key] * factor) for key in ("main_veh_h", "cross_veh_h")}}  # type: ignore[operator]
    delays = []
    for given_street in (street, more):
        problem = corridor(**given_street)
        state = SignalModel(problem).start(problem.field_plan)
        delays.append(state.delay.sum())
    assert delays[1] >= delays[0] * (1 - 1e-9)


# States in the order shown, their greens, and the offset as a share of the cycle.
timings = st.tuples(
    st.sampled_from([("Gr", "rG"), ("rG", "Gr"), ("Gr", "rG", "Gr"), ("Gr", "rr", "rG")]),
    st.lists(st.floats(5, 200), min_size=3, max_size=3),
    st.floats(0, 0.999),
)


@many
@given(name=st.text(max_size=20), given=st.lists(timings, max_size=4))
def test_a_plan_survives_its_json(
    corridor: Maker,
    name: str,
    given: list[tuple[tuple[str, ...], list[float], float]],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    scenario = corridor(4).scenario
    made = {}
    for node, (states, greens, share) in zip(scenario.network.intersections, given, strict=False):
        stages = stages_in_order(node, states)
        lit = tuple(greens[: len(stages)])
        cycle = sum(lit) + sum(stage.intergreen_s for stage in stages)
        made[node.id] = SignalTiming(stages, lit, cycle, share * cycle)
    plan = TimingPlan(name, made)
    path: Path = tmp_path_factory.mktemp("plans") / "plan.json"
    path.write_text(plan_json(scenario, plan), encoding="utf-8")
    again = read_plan(path, scenario.network)
    assert again.differences == ()
    assert again.plan == plan
    assert plan_json(scenario, again.plan) == plan_json(scenario, plan)


@st.composite
def roundings(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """Greens within bounds, and a total that the bounds allow, in tenths of a second."""
    n = draw(st.integers(1, 6))
    tenths = st.integers(30, 200)
    lower = np.array(draw(st.lists(tenths, min_size=n, max_size=n))) / 10
    upper = lower + np.array(draw(st.lists(st.integers(0, 600), min_size=n, max_size=n))) / 10
    total = round(float(lower.sum() + draw(st.floats(0, 1)) * (upper - lower).sum()), 1)
    total = min(max(total, float(lower.sum())), float(upper.sum()))
    shares = np.array(draw(st.lists(st.floats(0, 1), min_size=n, max_size=n)))
    return lower + shares * (upper - lower), lower, upper, total


@many
@given(case=roundings())
def test_rounded_greens_add_up_and_keep_their_bounds(
    case: tuple[np.ndarray, np.ndarray, np.ndarray, float],
) -> None:
    greens, lower, upper, total = case
    found = round_greens(greens, lower, upper, total)
    assert found.sum() == pytest.approx(total, abs=1e-6)
    assert (found >= lower - 1e-6).all()
    assert (found <= upper + 1e-6).all()


@many
@given(
    greens=st.lists(st.floats(5, 60), min_size=2, max_size=6),
    total=st.integers(40, 150),
)
def test_whole_seconds_stay_whole(greens: list[float], total: int) -> None:
    n = len(greens)
    found = round_greens(np.array(greens), np.full(n, 5.0), np.full(n, 150.0), float(total))
    assert all(float(green).is_integer() for green in found)
    assert found.sum() == total


def assert_sound(problem: Problem, plan: TimingPlan, zones: list[list[int]]) -> None:
    """Legal everywhere; untouched, or one whole-second cycle within the limits, in each zone."""
    nodes, limits = problem.network.intersections, problem.limits
    for node in nodes:
        timing = plan[node.id]
        assert timing.stages == node.stages
        assert not errors(check_rows(node, timing.intervals, timing.cycle_s))
        for stage, green in zip(node.stages, timing.greens_s, strict=True):
            assert green >= stage.min_green_s - 1e-6
        assert 0 <= timing.offset_s < timing.cycle_s
    timed = {nodes[i].id for zone in zones for i in zone}
    assert all(plan[key] == problem.field_plan[key] for key in plan if key not in timed)
    for zone in zones:
        keys = [nodes[i].id for i in zone]
        if all(plan[key] == problem.field_plan[key] for key in keys):
            continue
        (cycle,) = {plan[key].cycle_s for key in keys}
        assert cycle.is_integer()
        assert limits.min_cycle_s <= cycle <= limits.max_cycle_s


@few
@given(street=streets())
def test_every_result_is_sound_and_repeats(corridor: Maker, street: dict[str, object]) -> None:
    problem = corridor(**street)
    result = optimize(problem, max_seconds=600.0, max_evaluations=400)
    zones = [
        [i] for i, node in enumerate(problem.network.intersections) if node.id in problem.scenario.retime
    ]
    assert_sound(problem, result.plan, zones)
    assert result.objective_after <= result.objective_before
    again = optimize(problem, max_seconds=600.0, max_evaluations=400)
    assert plan_json(problem.scenario, again.plan) == plan_json(problem.scenario, result.plan)
