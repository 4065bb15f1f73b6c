"""The bound below all offsets, and the short cycles that it rests on."""

from __future__ import annotations

from dataclasses import replace

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.search.offset_graphs import costs_of, exhaustive, grid
from trafficopt.search.offset_bound import lower_bound
from trafficopt.search.pair_graph import LONGEST_CYCLE, PairGraph, pair_graph, short_cycles
from trafficopt.units import IntArray


def is_closed(graph: PairGraph, cycle: IntArray) -> bool:
    """Whether each side leads to the signal that the next one is of, and no signal is met twice."""
    owners = graph.neighbor[graph.twin[cycle]]
    return bool((graph.neighbor[cycle] == np.roll(owners, -1)).all()) and len(set(owners)) == len(cycle)


@given(st.integers(0, 10_000), st.integers(2, 6), st.integers(1, 5))
def test_nothing_is_below_the_bound(seed: int, n: int, n_steps: int) -> None:
    costs = costs_of(nx.gnp_random_graph(n, 0.6, seed=seed), n_steps, seed)
    assert lower_bound(costs) <= exhaustive(costs) + 1e-9


@given(st.integers(0, 10_000), st.integers(2, 6), st.integers(1, 5))
def test_the_bound_is_no_less_than_all_pairs_at_their_best(seed: int, n: int, n_steps: int) -> None:
    costs = costs_of(nx.gnp_random_graph(n, 0.6, seed=seed), n_steps, seed)
    assert lower_bound(costs) >= costs.cost.min(axis=1).sum() - 1e-9


@given(st.integers(0, 10_000))
def test_more_rounds_give_no_less(seed: int) -> None:
    costs = costs_of(grid(3, 3), 6, seed)
    bounds = [lower_bound(costs, rounds) for rounds in (1, 2, 5, 20)]
    assert (np.diff(bounds) >= -1e-9).all()


@given(st.integers(0, 10_000), st.integers(3, 6), st.integers(2, 5))
def test_a_ring_has_no_gap(seed: int, n: int, n_steps: int) -> None:
    costs = costs_of(nx.cycle_graph(n), n_steps, seed, constant=2.0)
    assert lower_bound(costs, rounds=1) == pytest.approx(exhaustive(costs))


@given(st.integers(0, 10_000))
def test_a_tree_has_no_gap(seed: int) -> None:
    costs = costs_of(nx.random_labeled_tree(12, seed=seed), 7, seed)
    assert lower_bound(costs) == pytest.approx(costs.cost.min(axis=1).sum())


@pytest.mark.parametrize("seed", range(4))
def test_the_gap_of_small_grids_is_small(seed: int) -> None:
    costs = costs_of(grid(3, 3), 4, seed)
    assert lower_bound(costs) >= 0.95 * exhaustive(costs)


def test_a_shift_of_a_signal_moves_no_bound() -> None:
    # Costs of another offset of one signal, and so of its pairs in either direction.
    costs = costs_of(grid(3, 3), 6, 2)
    turn = 2 * (costs.downstream == 4) - 2 * (costs.upstream == 4)
    shifted = np.array([np.roll(cost, by) for cost, by in zip(costs.cost, turn, strict=True)])
    assert lower_bound(replace(costs, cost=shifted)) == pytest.approx(lower_bound(costs), rel=1e-6)


def test_signals_without_pairs_have_their_constant() -> None:
    assert lower_bound(costs_of(nx.empty_graph(3), 5, 0, constant=4.0)) == 4.0


def test_the_short_cycles_of_a_grid_are_its_blocks() -> None:
    graph = pair_graph(costs_of(grid(5, 7), 3, 0))
    cycles = short_cycles(graph)
    assert [len(cycle) for cycle in cycles] == [4] * 24
    assert len({frozenset(graph.pair[cycle].tolist()) for cycle in cycles}) == 24


@given(st.integers(0, 10_000), st.integers(1, 12), st.floats(0.0, 0.8))
def test_short_cycles_are_closed_and_independent(seed: int, n: int, density: float) -> None:
    drawn = nx.gnp_random_graph(n, density, seed=seed)
    graph = pair_graph(costs_of(drawn, 3, seed))
    cycles = short_cycles(graph)
    assert all(is_closed(graph, cycle) for cycle in cycles)
    assert len(cycles) <= drawn.number_of_edges() - n + nx.number_connected_components(drawn)
    has_triangle = any(len(clique) > 2 for clique in nx.find_cliques(drawn))
    assert has_triangle == any(len(cycle) == 3 for cycle in cycles)


def test_cycles_that_are_too_long_are_left_out() -> None:
    n_cycles = [
        len(short_cycles(pair_graph(costs_of(nx.cycle_graph(n), 3, 0))))
        for n in (LONGEST_CYCLE, LONGEST_CYCLE + 1)
    ]
    assert n_cycles == [1, 0]
