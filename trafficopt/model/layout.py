"""The signals as flat arrays: rows of the programs, lanes, streams, foes and platoons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from trafficopt.intersection import Intersection, Movement
from trafficopt.model.capacity import gap_headway_s, lane_flows, saturation_headway_s
from trafficopt.model.dispersion import robertson_smoothing
from trafficopt.problem import Problem
from trafficopt.units import FloatArray, IntArray, Seconds, SecondsArray

RED, PROTECTED, PERMISSIVE = 0, 1, 2
SPEED_BELOW_LIMIT_M_S = 0.6  # drivers keep a little below the limit (docs/references.md, "Arrival")


class Layout(NamedTuple):
    """What does not change while plans are tried; `*_at` arrays are offsets (n + 1 entries).

    A stream is a movement on one lane. Rows are the greens and intergreens of a signal in order.

    Attributes
    ----------
    row_at, row_stage, row_fixed_s
        Rows of each signal; stage of a green row or -1; duration of an intergreen row [s].
    lane_at
        Lanes of each signal.
    group
        First lane of each lane's lane group: lanes that shared movements join.
    stream_at, stream_movement, stream_share, stream_part
        Streams of each lane; share of the lane's flow; part of the movement's flow.
    stream_headway_s, stream_waiting
        Saturation headway; vehicles that can wait inside the junction.
    kind_at, kind
        Signal of each stream (RED, PROTECTED, PERMISSIVE) by row: `kind[kind_at[stream] + row]`.
    foe_at, foe
        Movements that each stream yields to where it is permissive.
    movement_at, movement_flow
        Movements of each signal; demand [veh/s].
    out_at, out_to, out_flow, out_travel_s, out_smoothing
        Platoons of each movement: downstream movement, flow [veh/s], travel time, Robertson's F.
    node_of
        Signal of each movement.
    lane_slices, slice_s
        Demand [veh/s] by lane and time slice, shape (n_lanes, n_slices); length of a slice [s].
    """

    row_at: IntArray
    row_stage: IntArray
    row_fixed_s: FloatArray
    lane_at: IntArray
    group: IntArray
    stream_at: IntArray
    stream_movement: IntArray
    stream_share: FloatArray
    stream_part: FloatArray
    stream_headway_s: FloatArray
    stream_waiting: FloatArray
    kind_at: IntArray
    kind: IntArray
    foe_at: IntArray
    foe: IntArray
    movement_at: IntArray
    movement_flow: FloatArray
    out_at: IntArray
    out_to: IntArray
    out_flow: FloatArray
    out_travel_s: FloatArray
    out_smoothing: FloatArray
    node_of: IntArray
    lane_slices: FloatArray
    slice_s: float


@dataclass(slots=True)
class _Lanes:
    """Lanes and streams gathered intersection by intersection; the names are those of `Layout`."""

    lane_at: list[int] = field(default_factory=lambda: [0])
    group: list[int] = field(default_factory=list)
    stream_at: list[int] = field(default_factory=lambda: [0])
    movement: list[int] = field(default_factory=list)
    share: list[float] = field(default_factory=list)
    part: list[float] = field(default_factory=list)
    headway: list[float] = field(default_factory=list)
    waiting: list[float] = field(default_factory=list)
    kind_at: list[int] = field(default_factory=list)
    kind: list[int] = field(default_factory=list)
    foe_at: list[int] = field(default_factory=lambda: [0])
    foe: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Stream:
    """A movement (its index) on one lane: head, flow [veh/h] and saturation headway [s]."""

    movement: int
    head: int
    flow: float
    headway: float


def build_layout(problem: Problem) -> Layout:
    """Flat arrays of all signals of `problem`."""
    nodes, lanes = problem.network.intersections, _Lanes()
    rows = [_rows(node) for node in nodes]
    first = _starts([len(node.movements) for node in nodes])
    for i, node in enumerate(nodes):
        _add_lanes(problem, node, int(first[i]), [state for state, _, _ in rows[i]], lanes)
        lanes.lane_at.append(len(lanes.group))
    platoons = problem.platoons
    order = np.argsort(platoons.upstream, kind="stable")
    travel = _travel_times(problem)[order]
    smoothing = np.array([robertson_smoothing(t) for t in travel], dtype=np.float64)
    flat = [row for group in rows for row in group]
    return Layout(
        row_at=_starts([len(group) for group in rows]),
        row_stage=np.array([stage for _, stage, _ in flat], dtype=np.int64),
        row_fixed_s=np.array([seconds for _, _, seconds in flat], dtype=np.float64),
        lane_at=np.array(lanes.lane_at, dtype=np.int64),
        group=np.array(lanes.group, dtype=np.int64),
        stream_at=np.array(lanes.stream_at, dtype=np.int64),
        stream_movement=np.array(lanes.movement, dtype=np.int64),
        stream_share=np.array(lanes.share, dtype=np.float64),
        stream_part=np.array(lanes.part, dtype=np.float64),
        stream_headway_s=np.array(lanes.headway, dtype=np.float64),
        stream_waiting=np.array(lanes.waiting, dtype=np.float64),
        kind_at=np.array(lanes.kind_at, dtype=np.int64),
        kind=np.array(lanes.kind, dtype=np.int64),
        foe_at=np.array(lanes.foe_at, dtype=np.int64),
        foe=np.array(lanes.foe, dtype=np.int64),
        movement_at=first,
        movement_flow=problem.flow_veh_h / 3600.0,
        out_at=np.searchsorted(platoons.upstream[order], np.arange(len(problem.movements) + 1)),
        out_to=platoons.downstream[order],
        out_flow=platoons.flow_veh_h[order] / 3600.0,
        out_travel_s=travel - (1.0 / smoothing - 1.0),
        out_smoothing=smoothing,
        node_of=problem.intersection_of.copy(),
        lane_slices=_lane_slices(problem, lanes),
        slice_s=problem.slice_s,
    )


def _starts(counts: Sequence[int]) -> IntArray:
    """Where each group starts in a flat array, and the end: n + 1 entries."""
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


def _lane_slices(problem: Problem, lanes: _Lanes) -> FloatArray:
    """Demand [veh/s] by lane and time slice."""
    slices = np.zeros((len(lanes.group), problem.slice_flow_veh_h.shape[1]))
    lane_of = np.repeat(np.arange(len(lanes.group)), np.diff(lanes.stream_at))
    movement = np.array(lanes.movement, dtype=np.int64)
    per_stream = np.array(lanes.part)[:, None] * problem.slice_flow_veh_h[movement] / 3600.0
    np.add.at(slices, lane_of, per_stream)
    return slices


def _travel_times(problem: Problem) -> SecondsArray:
    """Mean travel time of each platoon."""
    speeds = np.array([problem.network.links[m.to_link].speed_m_s for m in problem.movements])
    speed = speeds[problem.platoons.upstream] if len(speeds) else np.zeros(0)
    return np.asarray(problem.platoons.travel_s * speed / np.maximum(speed - SPEED_BELOW_LIMIT_M_S, 1.0))


def _rows(node: Intersection) -> list[tuple[str, int, float]]:
    """State, stage (-1 in an intergreen) and fixed duration of each row of the program."""
    rows = []
    for index, stage in enumerate(node.stages):
        rows.append((stage.state, index, 0.0))
        rows += [(interval.state, -1, interval.duration_s) for interval in stage.intergreen]
    return rows or [("r" * node.n_heads, -1, 1.0)]


def _add_lanes(problem: Problem, node: Intersection, first: int, states: list[str], lanes: _Lanes) -> None:
    """Append the lanes of one intersection, whose first movement is `first`."""
    for link in sorted({m.from_link for m in node.movements}):
        members = [(first + k, m) for k, m in enumerate(node.movements) if m.from_link == link]
        heads: dict[int, int] = {}
        for streams, group in _approach(problem, node, first, members):
            lanes.group.append(heads.setdefault(group, len(lanes.group)))
            total = sum(s.flow for s in streams)
            for stream in streams:
                lanes.share.append(stream.flow / total if total > 0 else 1.0 / len(streams))
                _add_stream(problem, node, first, states, stream, lanes)
            lanes.stream_at.append(len(lanes.movement))


def _add_stream(
    problem: Problem, node: Intersection, first: int, states: list[str], stream: _Stream, lanes: _Lanes
) -> None:
    movement, demand = problem.movements[stream.movement], problem.flow_veh_h[stream.movement]
    lanes.movement.append(stream.movement)
    lanes.part.append(stream.flow / demand if demand > 0 else 0.0)
    lanes.headway.append(stream.headway)
    lanes.waiting.append(float(movement.waiting_spaces))
    lanes.kind_at.append(len(lanes.kind))
    lanes.kind += [_kind(movement, stream.head, state) for state in states]
    lanes.foe += _foes(node, first, movement)
    lanes.foe_at.append(len(lanes.foe))


def _approach(
    problem: Problem, node: Intersection, first: int, members: list[tuple[int, Movement]]
) -> list[tuple[list[_Stream], int]]:
    """Streams of each lane of an approach, and the lane's group (lanes joined by shared movements)."""
    demand = problem.scenario.demand
    space, tau = demand.mean_space_m(), demand.mean_tau_s()
    limit = problem.network.links[members[0][1].from_link].speed_m_s
    headways = [saturation_headway_s(min(limit, m.turn_speed_m_s), space, tau) for _, m in members]
    flows = [float(problem.flow_veh_h[k]) for k, _ in members]
    in_use = [
        max(h, _wait_for_gap_s(problem, node, first, m)) for h, (_, m) in zip(headways, members, strict=True)
    ]
    split = lane_flows(flows, in_use, [sorted(set(m.lanes)) for _, m in members])
    group = list(range(split.shape[1]))
    for _, movement in members:
        joined = {group[lane] for lane in movement.lanes}
        group = [min(joined) if g in joined else g for g in group]
    result = []
    for lane in range(split.shape[1]):
        streams = [
            _Stream(k, m.heads[m.lanes.index(lane)], float(split[row, lane]), headways[row])
            for row, (k, m) in enumerate(members)
            if lane in m.lanes and (split[row, lane] > 0 or flows[row] == 0)
        ]
        with_flow = [s for s in streams if s.flow > 0]
        if streams:
            result.append((with_flow or streams, group[lane]))
    return result


def _wait_for_gap_s(problem: Problem, node: Intersection, first: int, movement: Movement) -> Seconds:
    """Time that a vehicle holds its lane where its green yields: drivers behind take another lane.

    Foes are taken to use half of the cycle. Zero for a movement whose green never yields.
    """
    states = [stage.state for stage in node.stages]
    if not any(_kind(movement, head, state) == PERMISSIVE for head in movement.heads for state in states):
        return 0.0
    shown = [
        k
        for k in _foes(node, first, movement)
        if any(_goes(movement, state) and _goes(problem.movements[k], state) for state in states)
    ]
    return float(gap_headway_s(2.0 * float(problem.flow_veh_h[shown].sum()) / 3600.0))


def _foes(node: Intersection, first: int, movement: Movement) -> list[int]:
    """Indices of the movements of `node` that `movement` yields to."""
    heads = set(movement.yields_to)
    return [first + k for k, other in enumerate(node.movements) if heads & set(other.heads)]


def _goes(movement: Movement, state: str) -> bool:
    return any(state[head] in "Gg" for head in movement.heads)


def _kind(movement: Movement, head: int, state: str) -> int:
    """Signal that a head shows in a row: red, green that goes first, or green that yields."""
    if state[head] == "G":
        return PROTECTED
    if state[head] != "g":
        return RED
    return PERMISSIVE if any(state[foe] in "Gg" for foe in movement.yields_to) else PROTECTED
