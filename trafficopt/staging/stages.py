"""Candidate stages of an intersection, from its conflict matrix."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import networkx as nx
import numpy as np

from trafficopt.intersection import Head, Intersection, Turn, User
from trafficopt.stage import GREEN
from trafficopt.staging.approaches import JunctionLayout
from trafficopt.units import BoolArray

# Beyond so many compatible sets of vehicle movements, only structured ones are drawn.
COMPLETE_SETS = 3000
# Maximal sets of a large intersection that are looked at.
MAXIMAL_SETS = 100


def state_of(intersection: Intersection, green_heads: Iterable[int]) -> str:
    """State string in which `green_heads` are green: `g` where one yields to another green head.

    Heads that serve nobody stay red, and pedestrians see `G`: a lamp for walkers knows no yielding.
    """
    greens = np.zeros((1, intersection.n_heads), dtype=np.bool_)
    greens[0, list(green_heads)] = True
    return states_of(JunctionLayout(intersection), greens)[0]


def states_of(layout: JunctionLayout, greens: BoolArray) -> list[str]:
    """State strings of many sets of green heads, given as rows of shape (n_sets, n_heads)."""
    heads = layout.intersection.heads
    users = np.array([head.user for head in heads])
    shown = greens & (users != User.NOBODY)
    yielding = (shown.astype(np.int64) @ layout.gives_way.T.astype(np.int64)) > 0
    letters = np.where(shown, np.where(yielding & (users == User.VEHICLES), "g", "G"), "r")
    return ["".join(row) for row in letters.tolist()]


def greens_of(state: str) -> tuple[int, ...]:
    """Heads that a state shows green.

    Examples
    --------
    >>> greens_of("rGgy")
    (1, 2)
    """
    return tuple(k for k, letter in enumerate(state) if letter in GREEN)


def canonical(intersection: Intersection, state: str) -> str:
    """The state with its green letters as `state_of` writes them, so that states can be compared."""
    return state_of(intersection, greens_of(state))


def is_compatible(intersection: Intersection, green_heads: Iterable[int]) -> bool:
    """Whether of each pair of heads that meet, one may be green and give way to the other."""
    heads = list(green_heads)
    return bool(JunctionLayout(intersection).compatible[np.ix_(heads, heads)].all())


def blocked_lanes(intersection: Intersection, state: str) -> tuple[tuple[str, int], ...]:
    """Lanes (link, lane) on which one movement is green and another that shares the lane is red.

    Whoever waits at the red one blocks the lane for the others.
    """
    green = set(greens_of(state))
    heads = [(k, h) for k, h in enumerate(intersection.heads) if h.user is User.VEHICLES]
    going = {_lane(head) for k, head in heads if k in green}
    waiting = {_lane(head) for k, head in heads if k not in green}
    return tuple(sorted(going & waiting))


def _lane(head: Head) -> tuple[str, int]:
    return head.from_link, head.lane


def candidate_stages(intersection: Intersection) -> tuple[str, ...]:
    """Stages that make sense at the intersection, those with more green heads first.

    Complete: where there are at most `COMPLETE_SETS` of them (four legs and fewer as a rule), every set
    of movements that may be green together, movements on all their lanes; U-turns count as movements
    while the bound allows and go with the far turn of their approach otherwise.

    Bounded: on larger intersections each movement alone, each approach and each pair of facing ones whole
    and by turn, what these grow to when all that fits is added, and up to `MAXIMAL_SETS` maximal sets with
    and as many without yielding, whole, by one and by two approaches, and by turn.

    Each set of vehicle movements is offered with no crossing, with all crossings that may be green with
    it, and with those that nobody yields to; crossings alone make the stage where all walk. What the field
    plan never stops and nothing forbids (free right turns) is green in every candidate.
    """
    layout = JunctionLayout(intersection)
    free = _mask(layout.free)
    sets = {mask | free for mask in _with_walkers(layout, _vehicle_sets(layout))}
    masks = sorted(sets - {free}) or [free]
    chosen = np.array([[mask >> u & 1 for u in range(len(layout.units))] for mask in masks], dtype=np.int64)
    greens = chosen.reshape(len(masks), len(layout.units)) @ layout.membership.astype(np.int64) > 0
    states = set(states_of(layout, greens)) - {"r" * intersection.n_heads}
    return tuple(sorted(states, key=lambda state: (-len(greens_of(state)), state)))


def _with_walkers(layout: JunctionLayout, sets: set[int]) -> set[int]:
    """Each set of vehicle units with no crossing, the protected ones, and all that are compatible with it."""
    free, crossings = _mask(layout.free), list(layout.crossings)
    widened = sets | {1 << u for u in crossings if layout.unit_clashes[u, crossings].any()}
    for forbidden in (layout.unit_meets | layout.unit_clashes, layout.unit_clashes):
        foes = _masks(forbidden)
        widened |= {_add(mask | free, crossings, foes) for mask in sets}
    return widened


def _vehicle_sets(layout: JunctionLayout) -> set[int]:
    """Sets of vehicle units (bit masks), free ones left out; the empty set is among them."""
    clashes = _masks(layout.unit_clashes)
    movable = [u for u in layout.vehicles if u not in layout.free]
    all_sets = list(islice(_independent(movable, clashes), COMPLETE_SETS + 1))
    if len(all_sets) <= COMPLETE_SETS:
        return set(all_sets)
    u_turns = [u for u in movable if layout.units[u].turn is Turn.U_TURN]
    others = [u for u in movable if u not in u_turns]
    cores = list(islice(_independent(others, clashes), COMPLETE_SETS + 1))
    if len(cores) <= COMPLETE_SETS:
        sets = set(cores) | {_add(mask, u_turns, clashes) for mask in cores}
        sets |= {_add(mask, _beside_far_turn(layout, mask, u_turns), clashes) for mask in cores}
        return sets | {1 << u for u in movable}
    return _structured(layout, movable, clashes)


def _independent(units: Sequence[int], clashes: Sequence[int]) -> Iterator[int]:
    """All sets of units without a clash, the empty set first."""
    stack = [(0, 0)]
    while stack:
        mask, start = stack.pop()
        yield mask
        for position in range(len(units) - 1, start - 1, -1):
            if not clashes[units[position]] & mask:
                stack.append((mask | 1 << units[position], position + 1))


def _beside_far_turn(layout: JunctionLayout, mask: int, u_turns: Sequence[int]) -> list[int]:
    """U-turns of the approaches whose far turn is green; where there is none, whose through is."""
    chosen = []
    for approach in (a for road in layout.roads for a in road):
        if mask & _mask(approach.far or approach.through or approach.near):
            chosen += [u for u in approach.u_turn if u in u_turns]
    return chosen


def _structured(layout: JunctionLayout, movable: Sequence[int], clashes: Sequence[int]) -> set[int]:
    """Single movements, parts of the roads, and maximal sets with their parts by approach and by turn."""
    approaches = [approach for road in layout.roads for approach in road]
    singles = [_mask(approach.all) for approach in approaches]
    near = _mask(u for approach in approaches for u in approach.near)
    turning = _mask(u for approach in approaches for u in approach.turning)
    by_turn = (~0, turning, turning | near, ~turning, ~turning & ~near, ~near)
    roads = [_mask(u for approach in road for u in approach.all) for road in layout.roads]
    within = {1 << u for u in movable} | {a & b & _mask(movable) for a in (*singles, *roads) for b in by_turn}
    within = {mask for mask in within if not any(clashes[u] & mask for u in movable if mask >> u & 1)}
    maximal = {_add(mask, movable, clashes) for mask in within}
    for matrix in (layout.unit_clashes, layout.unit_meets):
        maximal.update(_maximal_sets(matrix, movable))
    pairs = [a | b for k, a in enumerate(singles) for b in singles[k + 1 :]]
    parts = {*pairs, *(a & b for a in (~0, *singles, *roads) for b in by_turn)}
    return {0} | within | {mask & part for mask in maximal for part in parts}


def _maximal_sets(forbidden: BoolArray, units: Sequence[int]) -> list[int]:
    """Sets of units that cannot grow (cliques of what is not forbidden), at most `MAXIMAL_SETS`."""
    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from(units)
    graph.add_edges_from((u, v) for u in units for v in units if u < v and not forbidden[u, v])
    return [_mask(clique) for clique in islice(nx.find_cliques(graph), MAXIMAL_SETS)]


def _add(mask: int, units: Iterable[int], clashes: Sequence[int]) -> int:
    """The set and those of `units`, in their order, that clash with none of it."""
    for u in units:
        if not clashes[u] & mask:
            mask |= 1 << u
    return mask


def _mask(units: Iterable[int]) -> int:
    """Set of units as the bits of a number."""
    return sum(1 << u for u in set(units))


def _masks(matrix: BoolArray) -> list[int]:
    """Rows of a square bool matrix as the bits of numbers."""
    return [_mask(np.flatnonzero(row).tolist()) for row in matrix]
