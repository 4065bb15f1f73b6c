"""Offsets of a graph of signals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import networkx as nx
import numpy as np
import pytest

from tests.unit.search.offset_graphs import costs_of, exhaustive, grid, row_by_row
from trafficopt.model.link_costs import link_costs
from trafficopt.plan import TimingPlan
from trafficopt.problem import Problem
from trafficopt.search.offsets import best_offsets, coordinated, offset_delay

Maker = Callable[..., Problem]


@pytest.mark.parametrize(("rows", "columns", "n_steps"), [(2, 2, 6), (2, 3, 6), (3, 3, 4)])
@pytest.mark.parametrize("seed", range(4))
def test_small_grids_are_solved_as_by_exhaustive_search(
    rows: int, columns: int, n_steps: int, seed: int
) -> None:
    costs = costs_of(grid(rows, columns), n_steps, seed, constant=2.0)
    assert best_offsets(costs, restarts=4).value == pytest.approx(exhaustive(costs))


@pytest.mark.parametrize("seed", range(4))
def test_a_grid_of_sixteen_is_solved_as_by_exhaustive_search(seed: int) -> None:
    costs = costs_of(grid(4, 4), 4, seed)
    assert best_offsets(costs, restarts=8).value == pytest.approx(row_by_row(costs, 4))


def test_row_by_row_is_exhaustive() -> None:
    costs = costs_of(grid(3, 3), 4, 9)
    assert row_by_row(costs, 3) == pytest.approx(exhaustive(costs))


def test_a_tree_has_no_gap() -> None:
    costs = costs_of(nx.balanced_tree(2, 3), 30, 1)
    found = best_offsets(costs)
    assert found.value == pytest.approx(costs.cost.min(axis=1).sum())
    assert found.gap == pytest.approx(0.0, abs=1e-9)


def test_a_gap_is_told_where_not_all_can_be_had() -> None:
    costs = costs_of(nx.complete_graph(8), 12, 3)
    found = best_offsets(costs)
    assert 0.0 < found.gap < 0.8
    assert found.value == pytest.approx(costs.value(found.steps))


def test_signals_without_neighbors_are_left_at_zero() -> None:
    costs = costs_of(nx.empty_graph(3), 5, 0, constant=4.0)
    found = best_offsets(costs)
    assert found.steps.tolist() == [0, 0, 0]
    assert (found.value, found.lower_bound, found.gap) == (4.0, 4.0, 0.0)


def test_parts_that_no_pair_joins_are_solved_as_alone() -> None:
    apart = nx.disjoint_union_all([grid(2, 3), nx.empty_graph(2), grid(2, 2)])
    costs = costs_of(apart, 6, 5)
    first = np.flatnonzero(costs.downstream < 6)
    least = [
        exhaustive(
            replace(
                costs,
                signals=tuple("abcdef"),
                upstream=costs.upstream[first],
                downstream=costs.downstream[first],
                cost=costs.cost[first],
            )
        ),
        exhaustive(
            replace(
                costs,
                signals=tuple("abcd"),
                upstream=costs.upstream[len(first) :] - 8,
                downstream=costs.downstream[len(first) :] - 8,
                cost=costs.cost[len(first) :],
            )
        ),
    ]
    found = best_offsets(costs)
    assert found.value == pytest.approx(sum(least))
    assert found.steps[6:8].tolist() == [0, 0]


def test_noise_leads_a_grid_of_a_hundred_past_poor_offsets() -> None:
    # Descent by signals and branches came to 17.5 here, as many moves of forests without noise to 12.4.
    costs = costs_of(grid(10, 10), 45, 1)
    assert np.mean([best_offsets(costs, seed=seed).value for seed in (1, 2, 3)]) < 11.9


def test_the_same_seed_gives_the_same_offsets() -> None:
    costs = costs_of(grid(5, 5), 20, 4)
    first, second = best_offsets(costs, seed=3), best_offsets(costs, seed=3)
    assert first.steps.tolist() == second.steps.tolist()


def test_a_one_way_street_is_coordinated_at_its_travel_time(corridor: Maker) -> None:
    # 300 m at 13.9 - 0.6 m/s are 22.6 s; the platoon's head should meet the begin of green.
    problem = corridor(2, main_veh_h=700.0)
    offsets = coordinated(problem, problem.field_plan, ("s0", "s1"), 60.0)
    assert (offsets["s1"] - offsets["s0"]) % 60.0 == pytest.approx(22.6, abs=4.0)


def test_shifting_all_offsets_changes_no_delay(corridor: Maker) -> None:
    problem = corridor(3)
    costs = link_costs(problem, problem.field_plan, ("s0", "s1", "s2"), 60.0)
    steps = np.array([3, 25, 41])
    assert costs.value((steps + 17) % 60) == pytest.approx(costs.value(steps))


def test_the_gap_of_a_plan_is_that_of_its_offsets(corridor: Maker) -> None:
    problem = corridor(2, main_veh_h=700.0)
    zones = [("s0", "s1")]
    worst, bound = offset_delay(problem, problem.field_plan, zones)
    offsets = coordinated(problem, problem.field_plan, zones[0], 60.0)
    timings = {
        key: replace(timing, offset_s=offsets[key]) for key, timing in problem.field_plan.timings.items()
    }
    best, same = offset_delay(problem, TimingPlan("coordinated", timings), zones)
    assert best < worst
    assert same == pytest.approx(bound)
    assert best == pytest.approx(bound, rel=0.03)  # offsets were found in steps of two seconds


def test_signals_that_no_cycle_joins_are_not_coordinated(corridor: Maker) -> None:
    problem = corridor(2)
    timing = problem.field_plan["s1"]
    longer = replace(timing, greens_s=(40.0, 31.0), cycle_s=79.0)
    plan = TimingPlan("apart", {**problem.field_plan.timings, "s1": longer})
    assert offset_delay(problem, plan, [("s0", "s1")]) == (0.0, 0.0)


def test_a_signal_of_half_the_cycle_has_offsets_that_repeat_with_it(corridor: Maker) -> None:
    problem = corridor(3, main_veh_h=700.0)
    signals = ("s0", "s1", "s2")
    halved = problem.field_plan["s1"]
    plan = TimingPlan(
        "half",
        {
            **problem.field_plan.timings,
            "s1": replace(halved, greens_s=tuple(g - 15.0 for g in halved.greens_s), cycle_s=30.0),
        },
    )
    costs = link_costs(problem, plan, signals, 60.0)
    found = best_offsets(costs)
    assert costs.value((found.steps + np.array([0, 30, 0])) % 60) == pytest.approx(found.value)
    assert found.value == pytest.approx(exhaustive(costs))
    offsets = coordinated(problem, plan, signals, 60.0)
    shifted = {
        key: replace(timing, offset_s=offsets[key] % timing.cycle_s) for key, timing in plan.timings.items()
    }
    value, bound = offset_delay(problem, TimingPlan("coordinated", shifted), [signals])
    assert bound == pytest.approx(found.value)
    assert value == pytest.approx(bound, rel=0.03)
