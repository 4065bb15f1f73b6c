"""What must hold for every intersection, stage sequence and field program, tried on random ones."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import trafficopt as to
from trafficopt.demand import Demand
from trafficopt.intersection import Conflicts, Intersection, Movement, Requirements, Turn, User
from trafficopt.limits import PROFILES, Limits
from trafficopt.network import Network
from trafficopt.plan import SignalTiming, TimingPlan
from trafficopt.rules.check import check_rows
from trafficopt.rules.findings import Finding, errors
from trafficopt.scenario import Scenario, SimulationSettings
from trafficopt.signals.by_hand import intersection_by_hand
from trafficopt.signals.plan_files import plan_json, read_plan
from trafficopt.signals.requirements import requirements_of
from trafficopt.signals.transitions import stages_in_order
from trafficopt.stage import GREEN, Interval, Stage
from trafficopt.staging.sequences import candidate_sequences
from trafficopt.sumo.read import read_scenario

WhyUnsafe = Callable[[Intersection, SignalTiming], str]
MOVEMENTS = (
    *(("w", "e", Turn.THROUGH), ("w", "n", Turn.LEFT), ("w", "s", Turn.RIGHT)),
    *(("e", "w", Turn.THROUGH), ("e", "s", Turn.LEFT), ("e", "e", Turn.U_TURN)),
    *(("s", "n", Turn.THROUGH), ("s", "w", Turn.LEFT), ("n", "s", Turn.THROUGH), ("n", "w", Turn.RIGHT)),
)
many = settings(
    max_examples=250,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@st.composite
def intersections(draw: st.DrawFn, profiles: Sequence[str] = PROFILES) -> Intersection:
    """Some movements on one or two lanes, at most two crossings, and any conflicts between approaches.

    Each head has a stage of its own in the field plan.
    """
    chosen = sorted(draw(st.sets(st.integers(0, len(MOVEMENTS) - 1), min_size=2, max_size=5)))
    lanes = [draw(st.integers(1, 2)) if len(chosen) < 4 else 1 for _ in chosen]
    ends = np.cumsum(lanes).tolist()
    heads = [tuple(range(end - n, end)) for end, n in zip(ends, lanes, strict=True)]
    lengths = draw(st.lists(st.floats(3, 25), max_size=2))
    walks = {ends[-1] + k: length for k, length in enumerate(lengths)}
    n = ends[-1] + len(walks)
    links = [MOVEMENTS[c][0] for c, of_lane in zip(chosen, heads, strict=True) for _ in of_lane]
    links += [""] * len(walks)
    meeting, yields = [], [set[int]() for _ in range(n)]
    for a, b in combinations(range(n), 2):
        if links[a] == links[b]:
            continue
        how = draw(st.sampled_from(("apart", "meet", "first waits", "second waits")))
        meeting += [] if how == "apart" else [(a, b)]
        yields[a] |= {b} if how == "first waits" else set()
        yields[b] |= {a} if how == "second waits" and b not in walks else set()
    movements = [
        Movement(*MOVEMENTS[c], of_lane, tuple(range(len(of_lane))), 8.0, 0, ())
        for c, of_lane in zip(chosen, heads, strict=True)
    ]
    stages = field_stages_of([*heads, *((h,) for h in walks)], walks.keys(), n)
    limits = Limits(draw(st.sampled_from(profiles)))
    made = intersection_by_hand("A", movements, stages, meeting, walks_m=walks, limits=limits)
    gives_way = np.array([[b in yields[a] for b in range(n)] for a in range(n)], dtype=np.bool_)
    conflicts = Conflicts.without_geometry(made.conflicts.meets.copy(), gives_way & made.conflicts.meets)
    rows = [row for stage in stages for row in (Interval(stage.state, 30.0), *stage.intergreen)]
    needs = requirements_of(made.heads, conflicts, rows, limits)
    may = draw(st.sampled_from((needs.permissive, gives_way & made.opposed)))
    return replace(made, conflicts=conflicts, requirements=replace(needs, permissive=may))


def field_stages_of(units: Sequence[tuple[int, ...]], walks: object, n: int) -> tuple[Stage, ...]:
    """A stage for each unit: green, then yellow for vehicles, then all-red."""
    stages = []
    for unit in units:
        green = "".join("G" if h in unit else "r" for h in range(n))
        yellow = "r" * n if unit[0] in walks else green.replace("G", "y")  # type: ignore[operator]
        stages.append(Stage(green, (Interval(yellow, 3.0), Interval("r" * n, 1.5)), 5.0))
    return tuple(stages)


@pytest.fixture(scope="session")
def real_nodes() -> dict[str, list[Intersection]]:
    """Signals of the example, and of one net with crossings where it is known, by profile."""
    path = to.example_path("main_street")
    return {
        profile: list(read_scenario(path, minutes=1.0, profile=profile).network.intersections)
        for profile in PROFILES
    }


@st.composite
def timings(draw: st.DrawFn, node: Intersection) -> SignalTiming:
    """Any candidate sequence with greens from the least on, in tenths."""
    sequences = candidate_sequences(node)
    assume(sequences)
    stages = stages_in_order(node, draw(st.sampled_from(sequences)).states)
    more = st.lists(st.integers(0, 200), min_size=len(stages), max_size=len(stages))
    extra = draw(st.one_of(st.just([0] * len(stages)), more))
    greens = tuple(
        max(stage.min_green_s, 1.0) + tenth / 10 for stage, tenth in zip(stages, extra, strict=True)
    )
    cycle = math.fsum(greens) + math.fsum(stage.intergreen_s for stage in stages)
    return SignalTiming(stages, greens, cycle, draw(st.floats(0, 0.999)) * cycle)


def found(node: Intersection, timing: SignalTiming) -> tuple[Finding, ...]:
    return check_rows(node, timing.intervals, timing.cycle_s)


def assert_safe(node: Intersection, timing: SignalTiming, why_unsafe: WhyUnsafe) -> None:
    rows = "\n".join(f"{row.state} {row.duration_s:g}" for row in timing.intervals)
    assert not errors(found(node, timing)), rows
    assert why_unsafe(node, timing) == "", rows
    shown = math.fsum(timing.greens_s) + math.fsum(stage.intergreen_s for stage in timing.stages)
    assert shown == pytest.approx(timing.cycle_s, abs=1e-9)


@many
@given(node=intersections(), data=st.data())
def test_what_is_made_of_a_sequence_is_safe(
    node: Intersection, data: st.DataObject, why_unsafe: WhyUnsafe
) -> None:
    assert_safe(node, data.draw(timings(node)), why_unsafe)


@many
@given(data=st.data())
def test_what_is_made_of_a_real_signals_sequence_is_safe(
    data: st.DataObject, real_nodes: dict[str, list[Intersection]], why_unsafe: WhyUnsafe
) -> None:
    node = data.draw(st.sampled_from(real_nodes[data.draw(st.sampled_from(PROFILES))]))
    assert_safe(node, data.draw(timings(node)), why_unsafe)


@many
@given(node=intersections(), data=st.data())
def test_a_turned_plan_is_the_same_plan(node: Intersection, data: st.DataObject) -> None:
    timing = data.draw(timings(node))
    k = data.draw(st.integers(0, len(timing.stages) - 1))
    later = math.fsum(
        green + stage.intergreen_s
        for green, stage in zip(timing.greens_s[:k], timing.stages[:k], strict=True)
    )
    turned = SignalTiming(
        timing.stages[k:] + timing.stages[:k],
        timing.greens_s[k:] + timing.greens_s[:k],
        timing.cycle_s,
        (timing.offset_s + later) % timing.cycle_s,
    )
    assert found(node, turned) == found(node, timing)
    for t in np.arange(0.05, timing.cycle_s, 0.7):
        near_change = timing.state_at(t - 1e-6) != timing.state_at(t + 1e-6)
        assert near_change or turned.state_at(t) == timing.state_at(t)


def scenario_of(node: Intersection) -> Scenario:
    demand = Demand((), np.zeros(0), (), (), {})
    here = Path("made-up")
    return Scenario(
        name="made-up",
        source=here,
        network=Network({}, (node,)),
        demand=demand,
        field_plan=TimingPlan("field", {}),
        limits=Limits(),
        simulation=SimulationSettings(here, (), (), 0.0, 3600.0),
        retime=frozenset({node.id}),
        demanded={},
    )


def permuted(node: Intersection, order: Sequence[int]) -> Intersection:
    """The same intersection, whose head k was head `order[k]`; lanes of a movement keep their order."""
    grid, old, needs = np.ix_(order, order), node.conflicts, node.requirements
    place = {head: k for k, head in enumerate(order)}
    return replace(
        node,
        heads=tuple(node.heads[head] for head in order),
        movements=tuple(
            replace(m, heads=tuple(place[h] for h in m.heads), yields_to=tuple(place[h] for h in m.yields_to))
            for m in node.movements
        ),
        conflicts=Conflicts(
            old.meets[grid], old.yields[grid], old.near_m[grid], old.far_m[grid], old.unseen[grid]
        ),
        stages=tuple(reordered(stage, order) for stage in node.stages),
        requirements=Requirements(
            needs.yellow_s[list(order)],
            needs.intergreen_s[grid],
            needs.min_green_s[list(order)],
            needs.max_red_s[list(order)],
            needs.permissive[grid],
        ),
    )


def reordered(stage: Stage, order: Sequence[int]) -> Stage:
    def turn(state: str) -> str:
        return "".join(state[head] for head in order)

    between = tuple(replace(row, state=turn(row.state)) for row in stage.intergreen)
    return replace(stage, state=turn(stage.state), intergreen=between)


@many
@given(node=intersections(), data=st.data())
def test_a_plan_survives_its_file_and_another_order_of_heads(
    node: Intersection, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    timing = data.draw(timings(node))
    path: Path = tmp_path_factory.mktemp("plans") / "plan.json"
    path.write_text(plan_json(scenario_of(node), TimingPlan("p", {"A": timing})), encoding="utf-8")
    again = read_plan(path, Network({}, (node,)))
    assert again.differences == ()
    assert again.plan["A"] == timing
    units = data.draw(st.permutations(sorted({head.id for head in node.heads})))
    order = [h for unit in units for h, head in enumerate(node.heads) if head.id == unit]
    other = permuted(node, order)
    moved = read_plan(path, Network({}, (other,)))
    assert moved.differences == ()
    assert moved.plan["A"].stages == tuple(reordered(stage, order) for stage in timing.stages)
    assert moved.plan["A"].greens_s == timing.greens_s
    assert {f.rule for f in found(other, moved.plan["A"])} == {f.rule for f in found(node, timing)}


@st.composite
def field_programs(draw: st.DrawFn, node: Intersection) -> SignalTiming:
    """Random stages without two opposed G, with any yellow from 1 s on and any all-red between them."""
    n = node.n_heads
    stages, greens = [], []
    states = []
    for _ in range(draw(st.integers(2, 4))):
        green: list[int] = []
        for head in draw(st.permutations(range(n))):
            if not any(node.opposed[head, other] for other in green) and draw(st.booleans()):
                green.append(head)
        states.append("".join("G" if h in green else "r" for h in range(n)))
    left = [h for h in range(n) if all(state[h] == "r" for state in states)]
    states += ["".join("G" if k == h else "r" for k in range(n)) for h in left]
    for state, after in zip(states, [*states[1:], states[0]], strict=True):
        ending = [h for h in range(n) if state[h] in GREEN and after[h] not in GREEN]
        walkers = [h for h in ending if node.heads[h].user is User.PEDESTRIANS]
        yellow = "".join("r" if h in walkers else "y" if h in ending else c for h, c in enumerate(state))
        red = yellow.replace("y", "r")
        rows = [
            Interval(yellow, draw(st.integers(10, 60)) / 10),
            Interval(red, draw(st.integers(0, 50)) / 10),
        ]
        between = tuple(row for row in rows if row.duration_s > 0 and ending)
        stages.append(Stage(state, between))
        greens.append(draw(st.integers(10, 500)) / 10)
    cycle = math.fsum(greens) + math.fsum(stage.intergreen_s for stage in stages)
    return SignalTiming(tuple(stages), tuple(greens), cycle, 0.0)


@many
@given(node=intersections(("keep",)), data=st.data())
def test_keeping_what_the_field_shows_never_refuses_it(
    node: Intersection, data: st.DataObject, why_unsafe: WhyUnsafe
) -> None:
    timing = data.draw(field_programs(node))
    limits = Limits("keep", min_green_s=data.draw(st.floats(1, 20)), min_cycle_s=40)
    needs = requirements_of(node.heads, node.conflicts, timing.intervals, limits)
    kept = replace(node, requirements=needs, stages=timing.stages)
    assert_safe(kept, timing, why_unsafe)


@many
@given(node=intersections())
def test_requirements_say_something_of_every_opposed_pair(node: Intersection) -> None:
    needs, opposed = node.requirements, node.opposed
    assert (np.isfinite(needs.intergreen_s) == opposed).all()
    assert (needs.intergreen_s[opposed] > 0).all()
    walks = np.array([head.user is User.PEDESTRIANS for head in node.heads])
    assert (needs.yellow_s[~walks] >= 1).all() and not needs.yellow_s[walks].any()
    assert np.isfinite(needs.min_green_s).all() and (needs.min_green_s > 0).all()
    assert (needs.max_red_s > 0).all()
    for a, b in np.argwhere(opposed & ~walks[:, None]):
        assert needs.intergreen_s[a, b] >= needs.yellow_s[a]
    assert not (needs.permissive & ~(opposed & node.conflicts.yields)).any()
