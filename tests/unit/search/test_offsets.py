"""Offsets of a graph of signals, and the bound below them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trafficopt.model.link_costs import LinkCosts, link_costs
from trafficopt.plan import TimingPlan
from trafficopt.problem import Problem
from trafficopt.search.offset_bound import lower_bound
from trafficopt.search.offsets import best_offsets, coordinated, offset_delay

Maker = Callable[..., Problem]


def costs_of(graph: nx.Graph[int], n_steps: int, seed: int, constant: float = 0.0) -> LinkCosts:
    pairs = np.array(sorted(tuple(sorted(edge)) for edge in graph.edges), dtype=np.int64).reshape(-1, 2)
    table = np.random.default_rng(seed).random((len(pairs), n_steps))
    names = tuple(str(node) for node in range(graph.number_of_nodes()))
    return LinkCosts(names, pairs[:, 0].copy(), pairs[:, 1].copy(), table, constant, 1.0)


def grid(rows: int, columns: int) -> nx.Graph[int]:
    return nx.convert_node_labels_to_integers(nx.grid_2d_graph(rows, columns))


def exhaustive(costs: LinkCosts) -> float:
    n_steps = costs.cost.shape[1]
    tries = np.array(list(product(range(n_steps), repeat=len(costs.signals) - 1)), dtype=np.int8)
    total = np.full(len(tries), costs.constant)
    for pair, (a, b) in enumerate(zip(costs.upstream, costs.downstream, strict=True)):
        before = tries[:, a - 1] if a > 0 else 0
        total += costs.cost[pair][(tries[:, b - 1] - before) % n_steps]
    return float(total.min())


def row_by_row(costs: LinkCosts, width: int) -> float:
    """Least cost of a grid, exact: all offsets of one row after another."""
    n_steps, n = costs.cost.shape[1], len(costs.signals)
    table = {
        (int(a), int(b)): cost
        for a, b, cost in zip(costs.upstream, costs.downstream, costs.cost, strict=True)
    }
    rows = np.array(list(product(range(n_steps), repeat=width)))

    def within(first: int) -> np.ndarray:
        pairs = ((first + k, first + k + 1, k) for k in range(width - 1))
        return sum(table[a, b][(rows[:, k + 1] - rows[:, k]) % n_steps] for a, b, k in pairs)  # type: ignore[return-value]

    best = within(0)
    for first in range(width, n, width):
        step = sum(
            table[first - width + k, first + k][(rows[None, :, k] - rows[:, None, k]) % n_steps]
            for k in range(width)
        )
        best = (best[:, None] + step).min(axis=0) + within(first)
    return float(best.min()) + costs.constant


@pytest.mark.parametrize(("rows", "columns", "n_steps"), [(2, 2, 6), (2, 3, 6), (3, 3, 4)])
@pytest.mark.parametrize("seed", range(4))
def test_small_grids_are_solved_as_by_exhaustive_search(
    rows: int, columns: int, n_steps: int, seed: int
) -> None:
    costs = costs_of(grid(rows, columns), n_steps, seed, constant=2.0)
    assert best_offsets(costs, restarts=40).value == pytest.approx(exhaustive(costs))


@pytest.mark.parametrize("seed", range(4))
def test_a_grid_of_sixteen_is_solved_as_by_exhaustive_search(seed: int) -> None:
    costs = costs_of(grid(4, 4), 4, seed)
    assert best_offsets(costs, restarts=200).value == pytest.approx(row_by_row(costs, 4))


def test_row_by_row_is_exhaustive() -> None:
    costs = costs_of(grid(3, 3), 4, 9)
    assert row_by_row(costs, 3) == pytest.approx(exhaustive(costs))


@given(st.integers(0, 10_000), st.integers(2, 6), st.integers(2, 5))
def test_nothing_is_below_the_bound(seed: int, n: int, n_steps: int) -> None:
    graph = nx.gnp_random_graph(n, 0.6, seed=seed)
    costs = costs_of(graph, n_steps, seed)
    assert lower_bound(costs) <= exhaustive(costs) + 1e-9


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
