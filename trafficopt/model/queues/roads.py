"""Lanes and connections as flat arrays: what no plan and no vehicle changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from trafficopt.lanes import Connection, Lane, LaneGraph
from trafficopt.model.queues.physics import CREEPING_M_S, ROLLING_M_S, clearing_s
from trafficopt.model.queues.records import Records, records
from trafficopt.units import BoolArray, IntArray

YIELDING = frozenset("mswo=")  # right-of-way letters whose connections give way
STOPPING = frozenset("sw")
SHORT_M = 45.0  # foes are looked for beyond lanes that are shorter


class Roads(NamedTuple):
    """Lanes, connections and right of way; `*_at` and `*_end` bound the rows of another table.

    Attributes
    ----------
    links
        `length` [m], `speed` (limit, m/s), `lane_at`, `lane_end`.
    lanes
        `link`, `length` [m], `speed` (limit, m/s); `time_factor` of driving over it (1, or measured);
        `connection_at`, `connection_end`: the connections that leave it; `feeder_at`, `feeder_end`: for short
        lanes, the connections into its link, from where foes are seen.
    connections
        `from_lane`, `to_lane`, `to_link`, `node`; `path` [m] and `turn_speed` (limit, m/s) inside the
        junction; `inside`: vehicles that can wait inside the junction, -1 where there is no such place,
        `inside_m`: path up to it, `sticks_out`: vehicles there that no longer fit, so that the last blocks
        its lane; `open_ended`: 1 where vehicles may stand on the junction (no foes, or `keepClear` off);
        `yields`, `stops`: 1 where it gives way, or has to stop, when no signal rules it; `signal`, `head`: -1
        without; `gap`, `gap_inside`, `gap_rolling`: time [s] wanted before a foe comes, after a stop at
        the stop line, from the waiting place, and without a stop; `headway_factor`, `gap_factor` of discharge
        and of gaps (1, or measured); `foe_at`, `foe_end`.
    foes
        `foe`: connection whose path meets; `first`, `first_inside`: 1 where it goes first, at the
        stop line and at the waiting place; `merges`: 1 where both lead to
        the same lane; `near`: begin of the shared area on the own path [m]; `foe_near`, `foe_far`: its bounds
        on the path of the foe, out of reach where the two merge.
    feeders
        Connections.
    n_nodes
        Number of junctions.
    """

    links: Records
    lanes: Records
    connections: Records
    foes: Records
    feeders: IntArray
    n_nodes: int


def build_roads(graph: LaneGraph, signals: Sequence[str], space_m: float, length_m: float) -> Roads:
    """Flat arrays of a lane graph.

    Parameters
    ----------
    signals
        Ids of the signals in the order of the network; connections of others count as unsignalized.
    space_m, length_m
        Mean road that a standing vehicle takes, with and without the gap ahead.
    """
    lanes, connections = graph.lanes, graph.connections
    links = list(dict.fromkeys(lane.link for lane in lanes))
    link_of = {link: k for k, link in enumerate(links)}
    lane_link = np.array([link_of[lane.link] for lane in lanes], dtype=np.int64)
    signal_of = {key: k for k, key in enumerate(signals)}
    from_lane = np.array([c.from_lane for c in connections], dtype=np.int64)
    to_lane = np.array([c.to_lane for c in connections], dtype=np.int64)
    nodes = {node: k for k, node in enumerate(dict.fromkeys(c.node for c in connections))}
    path = np.array([c.length_m for c in connections], dtype=np.float64)
    speed = np.array([c.speed_m_s for c in connections], dtype=np.float64)
    waiting = np.array([c.waiting_m for c in connections], dtype=np.float64)
    n_foes = np.diff(graph.foe_at)
    row = np.repeat(np.arange(len(connections)), n_foes)
    merges = to_lane[row] == to_lane[graph.foe] if len(row) else np.zeros(0, dtype=np.bool_)
    back = _reverse(row, graph.foe, len(connections))
    apart = (back >= 0) & ~merges & (graph.far_m > graph.near_m)
    feeder_at, feeder = _feeders(lanes, lane_link, from_lane, to_lane)
    start = np.full(len(path), CREEPING_M_S)
    approach = np.array([lanes[c.from_lane].speed_m_s for c in connections], dtype=np.float64)
    rolling = np.minimum(ROLLING_M_S, np.minimum(speed, approach))
    table = records(
        {
            "from_lane": from_lane,
            "to_lane": to_lane,
            "to_link": lane_link[to_lane],
            "node": [nodes[c.node] for c in connections],
            "inside": np.where(waiting > 0, np.maximum(1, np.floor((waiting + 1.5) / space_m)), -1).astype(
                int
            ),
            "sticks_out": np.floor((waiting - 2.0 + space_m - length_m) / space_m).astype(int) + 1,
            "open_ended": [not (c.keep_clear and n) for c, n in zip(connections, n_foes, strict=True)],
            "yields": [c.right_of_way in YIELDING for c in connections],
            "stops": [c.right_of_way in STOPPING for c in connections],
            "signal": [signal_of.get(c.signal, -1) for c in connections],
            "head": [c.head for c in connections],
            "foe_at": graph.foe_at[:-1],
            "foe_end": graph.foe_at[1:],
        },
        {
            "path": path,
            "turn_speed": speed,
            "inside_m": waiting,
            "gap": clearing_s(start, path, length_m, speed),
            "gap_inside": clearing_s(start, path - waiting, length_m, speed),
            "gap_rolling": clearing_s(rolling, path, length_m, speed),
            "headway_factor": np.ones(len(connections)),
            "gap_factor": np.ones(len(connections)),
        },
    )
    foes = records(
        {
            "foe": graph.foe,
            "first": graph.yields,
            "first_inside": graph.yields & _goes_first_inside(connections, row, from_lane[graph.foe]),
            "merges": merges,
        },
        {
            "near": graph.near_m,
            "foe_near": np.where(apart, graph.near_m[back], np.inf),
            "foe_far": np.where(apart, graph.far_m[back], -np.inf),
        },
    )
    starts = np.searchsorted(from_lane, np.arange(len(lanes) + 1))
    lane_table = records(
        {
            "link": lane_link,
            "connection_at": starts[:-1],
            "connection_end": starts[1:],
            "feeder_at": feeder_at[:-1],
            "feeder_end": feeder_at[1:],
        },
        {
            "length": [lane.length_m for lane in lanes],
            "speed": [lane.speed_m_s for lane in lanes],
            "time_factor": np.ones(len(lanes)),
        },
    )
    first = np.searchsorted(lane_link, np.arange(len(links) + 1))
    link_table = records(
        {
            "lane_at": first[:-1],
            "lane_end": first[1:],
        },
        {
            "length": [lanes[k].length_m for k in first[:-1]],
            "speed": [lanes[k].speed_m_s for k in first[:-1]],
        },
    )
    return Roads(link_table, lane_table, table, foes, feeder, len(nodes))


def _goes_first_inside(connections: Sequence[Connection], row: IntArray, lane: IntArray) -> BoolArray:
    """Whether traffic of the foe's lane goes first where vehicles wait inside the junction."""
    lanes = [connections[c].waits_for for c in row.tolist()]
    return np.array([w is None or k in w for w, k in zip(lanes, lane.tolist(), strict=True)], dtype=np.bool_)


def _reverse(row: IntArray, foe: IntArray, n: int) -> IntArray:
    """Index of the entry (foe, row) for each entry (row, foe); -1 where there is none."""
    keys = row * n + foe
    order = np.argsort(keys)
    wanted = foe * n + row
    at = np.searchsorted(keys[order], wanted)
    at = np.minimum(at, len(keys) - 1) if len(keys) else at
    found = order[at] if len(keys) else at
    return np.where(keys[found] == wanted, found, -1) if len(keys) else found


def _feeders(
    lanes: Sequence[Lane], lane_link: IntArray, from_lane: IntArray, to_lane: IntArray
) -> tuple[IntArray, IntArray]:
    """Connections into the link of each short lane."""
    into: dict[int, list[int]] = {}
    for c, lane in enumerate(to_lane):
        into.setdefault(int(lane_link[lane]), []).append(c)
    at, flat = [0], []
    for k, lane in enumerate(lanes):
        if lane.length_m < SHORT_M:
            flat += into.get(int(lane_link[k]), [])
        at.append(len(flat))
    return np.array(at, dtype=np.int64), np.array(flat, dtype=np.int64)
