"""Moves of whole forests of signals."""

from __future__ import annotations

from itertools import product

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.search.offset_graphs import costs_of
from trafficopt.search.forest_moves import OUTSIDE, ROOT, grow_forest, move_forest
from trafficopt.search.pair_graph import pair_graph


@given(st.integers(0, 10_000), st.integers(1, 20), st.floats(0.0, 0.6))
def test_forests_have_no_cycle_and_leave_none_out_that_fits(seed: int, n: int, density: float) -> None:
    drawn = nx.gnp_random_graph(n, density, seed=seed)
    graph = pair_graph(costs_of(drawn, 2, seed))
    order = np.random.default_rng(seed).permutation(n)
    line, up = grow_forest(order, graph.starts, graph.neighbor, graph.twin)
    forest = set(line.tolist())
    assert forest == set(np.flatnonzero(up != OUTSIDE).tolist())
    assert nx.is_forest(drawn.subgraph(forest))
    assert not any(nx.is_forest(drawn.subgraph({*forest, other})) for other in set(range(n)) - forest)


@given(st.integers(0, 10_000), st.integers(1, 20))
def test_parents_stand_before_their_children(seed: int, n: int) -> None:
    drawn = nx.gnp_random_graph(n, 0.2, seed=seed)
    graph = pair_graph(costs_of(drawn, 2, seed))
    line, up = grow_forest(np.arange(n), graph.starts, graph.neighbor, graph.twin)
    place = {node: k for k, node in enumerate(line.tolist())}
    children = [node for node in line.tolist() if up[node] != ROOT]
    assert all(place[int(graph.neighbor[up[node]])] < place[node] for node in children)
    assert all(graph.neighbor[graph.twin[up[node]]] == node for node in children)
    assert len(children) == drawn.subgraph(line.tolist()).number_of_edges()


@given(st.integers(0, 10_000), st.integers(1, 7))
def test_no_offsets_of_the_forest_are_better_beside_the_others(seed: int, n: int) -> None:
    n_steps, chance = 3, np.random.default_rng(seed)
    costs = costs_of(nx.gnp_random_graph(n, 0.5, seed=seed), n_steps, seed)
    graph, order = pair_graph(costs), chance.permutation(n)
    start, noise = chance.integers(n_steps, size=n), chance.random((n, n_steps))

    def value(steps: np.ndarray) -> float:
        return costs.value(steps) + float(noise[np.arange(n), steps].sum())

    steps = start.copy()
    move_forest(graph, costs.cost, order, noise.copy(), steps)
    forest, _ = grow_forest(order, graph.starts, graph.neighbor, graph.twin)
    others = np.setdiff1d(np.arange(n), forest)
    assert steps[others].tolist() == start[others].tolist()
    tries = np.tile(start, (n_steps ** len(forest), 1))
    tries[:, forest] = list(product(range(n_steps), repeat=len(forest)))
    assert value(steps) == pytest.approx(min(map(value, tries)))


def test_signals_that_may_not_move_stay() -> None:
    costs = costs_of(nx.path_graph(5), 8, 3)
    steps = np.full(5, 3)
    moved = move_forest(pair_graph(costs), costs.cost, np.array([1, 3]), np.zeros((5, 8)), steps)
    assert moved == 2
    assert steps[[0, 2, 4]].tolist() == [3, 3, 3]


def test_offsets_that_nothing_betters_stay() -> None:
    costs = costs_of(nx.path_graph(4), 5, 1)
    graph, steps = pair_graph(costs), np.zeros(4, dtype=np.int64)
    move_forest(graph, costs.cost, np.arange(4), np.zeros((4, 5)), steps)
    before = steps.copy()
    move_forest(graph, costs.cost, np.array([2, 0, 3, 1]), np.zeros((4, 5)), steps)
    assert steps.tolist() == before.tolist()
