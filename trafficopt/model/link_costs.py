"""What offsets cost: delay on the links between signals by the difference of their offsets.

Every approach is a vertical queue with cyclic arrivals, as in TRANSYT (Robertson 1969, RRL Report LR 253).
Signals upstream are taken to have steady arrivals, so that a link's delay depends on two signals alone.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from trafficopt.intersection import Intersection, Movement
from trafficopt.model.capacity import gap_headway_s, saturation_headway_s
from trafficopt.model.dispersion import dispersion_by_spread
from trafficopt.model.platoon_queues import add_fed, run_steady
from trafficopt.plan import SignalTiming, TimingPlan
from trafficopt.problem import Platoons, Problem
from trafficopt.stage import GREEN
from trafficopt.units import FloatArray, IntArray, MetersPerSecond, Seconds, SecondsArray, read_only

SPEED_BELOW_LIMIT_M_S: MetersPerSecond = 0.6  # of drivers under way (docs/references.md, "Arrival")


@dataclass(frozen=True, slots=True)
class LinkCosts:
    """Delay on the links between signals by the difference of their offsets.

    Attributes
    ----------
    signals
        Ids, in the index order of the arrays.
    upstream, downstream
        Indices into `signals`, shape (n_pairs,), the lower one upstream; each pair of signals once, with
        the traffic of both directions.
    cost
        Delay [veh*s/s] beyond that of steady arrivals where the downstream offset less the upstream offset
        is k steps (modulo the cycle), shape (n_pairs, n_steps).
    constant
        Delay under steady arrivals [veh*s/s].
    step_s
        Length of a step.
    """

    signals: tuple[str, ...] = field(repr=False)
    upstream: IntArray = field(repr=False)
    downstream: IntArray = field(repr=False)
    cost: FloatArray = field(repr=False)
    constant: float
    step_s: Seconds

    def __post_init__(self) -> None:
        for array in (self.upstream, self.downstream, self.cost):
            read_only(array)

    def value(self, steps: IntArray) -> float:
        """Delay [veh*s/s] with offsets of so many steps, shape (n_signals,)."""
        difference = (steps[self.downstream] - steps[self.upstream]) % self.cost.shape[1]
        return self.constant + float(self.cost[np.arange(len(self.cost)), difference].sum())

    def steps_of(self, plan: TimingPlan) -> IntArray:
        """Offsets of a plan in the nearest whole steps, shape (n_signals,)."""
        offsets_s = np.array([plan[key].offset_s for key in self.signals], dtype=np.float64)
        return np.asarray(np.rint(offsets_s / self.step_s).astype(np.int64) % self.cost.shape[1])


def link_costs(
    problem: Problem, plan: TimingPlan, signals: Sequence[str], cycle_s: Seconds, step_s: Seconds = 1.0
) -> LinkCosts:
    """Delay between the signals of a zone under the stages and greens of a plan, by differences of offsets.

    A queue is fed by platoons of one signal upstream; the rest of its flow, also that of a second signal
    upstream, is steady. Platoons leave at saturation flow, then as they arrive, travel 0.6 m/s below the
    limit and disperse by the spread of drivers' speeds (`dispersion_by_spread`). Green is used as it is
    shown. Queues beyond capacity are left out: no offset mends them.

    Parameters
    ----------
    signals
        Ids of signals whose cycle in `plan` is `cycle_s` or a whole part of it; their offsets do not matter.
    step_s
        About the length of a step: the cycle is cut into a whole number of equal ones.

    Raises
    ------
    ValueError
        If a signal's cycle is no whole part of `cycle_s`.
    """
    n_steps = max(1, round(cycle_s / step_s))
    step_s = cycle_s / n_steps
    queues = _queues(problem, plan, signals, cycle_s, n_steps)
    arriving = queues.flow_veh_s * step_s
    leaving, steady = np.zeros_like(queues.served_veh), np.zeros(len(arriving))
    run_steady(arriving, queues.served_veh, leaving, steady)
    feeds = _feeds(problem, queues, step_s)
    cost = np.zeros((len(feeds.pairs), n_steps))
    add_fed(
        feeds.starts,
        feeds.queue,
        feeds.pair,
        feeds.turned,
        feeds.source,
        feeds.flow_veh_s * step_s,
        feeds.lag_steps,
        feeds.smoothing,
        leaving,
        arriving,
        queues.served_veh,
        steady,
        cost,
    )
    return LinkCosts(
        tuple(signals), feeds.pairs[:, 0].copy(), feeds.pairs[:, 1].copy(), cost, float(steady.sum()), step_s
    )


@dataclass(frozen=True, slots=True)
class _Queues:
    """Movements that share lanes and greens queue together.

    Attributes
    ----------
    of_movement
        Queue of each movement of the problem, -1 where it has none, shape (n_movements,).
    signal
        Index of each queue's signal, shape (n_queues,).
    flow_veh_s
        Shape (n_queues,).
    served_veh
        Vehicles that may leave in each step of the cycle, shape (n_queues, n_steps), offset 0.
    """

    of_movement: IntArray
    signal: IntArray
    flow_veh_s: FloatArray
    served_veh: FloatArray


@dataclass(frozen=True, slots=True)
class _Feeds:
    """Queues with what one signal upstream sends them.

    Attributes
    ----------
    starts
        First platoon of each feed, and the end, shape (n_feeds + 1,).
    queue, pair, turned
        Queue, pair of signals, and 1 where the sender is the pair's second signal, shape (n_feeds,).
    source, flow_veh_s, lag_steps, smoothing
        Queue that a platoon comes from, its flow and dispersion in steps, shape (n_platoons,).
    pairs
        Indices of two signals, the lower one first, shape (n_pairs, 2).
    """

    starts: IntArray
    queue: IntArray
    pair: IntArray
    turned: IntArray
    source: IntArray
    flow_veh_s: FloatArray
    lag_steps: FloatArray
    smoothing: FloatArray
    pairs: IntArray


def _queues(
    problem: Problem, plan: TimingPlan, signals: Sequence[str], cycle_s: Seconds, n_steps: int
) -> _Queues:
    index = {node.id: i for i, node in enumerate(problem.network.intersections)}
    of_movement = np.full(len(problem.movements), -1, dtype=np.int64)
    owner: list[int] = []
    flows: list[FloatArray] = []
    served: list[FloatArray] = []
    for number, key in enumerate(signals):
        node, timing = problem.network.intersections[index[key]], plan[key]
        repeats = round(cycle_s / timing.cycle_s)
        if not math.isclose(repeats * timing.cycle_s, cycle_s, rel_tol=1e-6):
            raise ValueError(f"{key}: a cycle of {timing.cycle_s:g} s is no whole part of {cycle_s:g} s")
        first = int(np.searchsorted(problem.intersection_of, index[key]))
        flow = problem.flow_veh_h[first : first + len(node.movements)] / 3600.0
        headways = [
            saturation_headway_s(
                min(problem.network.links[m.from_link].speed_m_s, m.turn_speed_m_s),
                problem.space_m,
                problem.tau_s,
            )
            for m in node.movements
        ]
        capacity = _served_veh(node, timing, flow, np.array(headways), repeats, n_steps)
        for members in _queueing_together(node.movements, flow, timing):
            of_movement[[first + k for k in members]] = len(owner)
            owner.append(number)
            flows.append(flow[members].sum())
            served.append(capacity[members].sum(axis=0))
    return _Queues(
        of_movement,
        np.array(owner, dtype=np.int64),
        np.array(flows, dtype=np.float64),
        np.array(served, dtype=np.float64).reshape(len(served), n_steps),
    )


def _queueing_together(
    movements: Sequence[Movement], flow: FloatArray, timing: SignalTiming
) -> list[list[int]]:
    """Indices of movements with flow, joined where they share a lane and every letter that is shown."""
    groups: list[tuple[str, set[int], tuple[str, ...], list[int]]] = []
    for k in np.flatnonzero(flow > 0).tolist():
        m = movements[k]
        shown = tuple("".join(sorted({row.state[head] for head in m.heads})) for row in timing.intervals)
        lanes, members = set(m.lanes), [k]
        for group in [g for g in groups if g[0] == m.from_link and g[2] == shown and g[1] & lanes]:
            groups.remove(group)
            lanes |= group[1]
            members += group[3]
        groups.append((m.from_link, lanes, shown, sorted(members)))
    return [members for *_, members in groups]


def _served_veh(
    node: Intersection,
    timing: SignalTiming,
    flow_veh_s: FloatArray,
    headway_s: SecondsArray,
    repeats: int,
    n_steps: int,
) -> FloatArray:
    """Vehicles of each movement that may leave in each step, shape (n_movements, n_steps), offset 0.

    Movements use a shared lane in proportion to what they bring. A green that yields lets vehicles through
    gaps in the flow of those who go first during their green, and at its end those who wait inside.
    """
    rows = timing.intervals
    ends = np.cumsum([row.duration_s for row in rows] * repeats)
    starts = np.concatenate([[0.0], ends[:-1]])
    edges = np.linspace(0.0, timing.cycle_s * repeats, n_steps + 1)
    shown_s = np.minimum(ends[:, None], edges[1:]) - np.maximum(starts[:, None], edges[:-1])
    goes = [[any(row.state[h] in GREEN for h in m.heads) for m in node.movements] for row in rows]
    green_s = np.array([row.duration_s for row in rows]) @ np.array(goes, dtype=np.float64)
    in_green = flow_veh_s * timing.cycle_s / np.maximum(green_s, 1.0)
    brought: Counter[tuple[str, int]] = Counter()
    for m, flow in zip(node.movements, flow_veh_s.tolist(), strict=True):
        brought.update({(m.from_link, lane): flow / len(m.lanes) for lane in m.lanes})
    rate = np.zeros((len(node.movements), len(rows)))
    waiting = np.zeros((len(node.movements), n_steps))
    last_step = np.minimum((ends / edges[1] - 1e-6).astype(np.int64), n_steps - 1)
    for k in np.flatnonzero(flow_veh_s > 0).tolist():
        m = node.movements[k]
        foes = [i for i, other in enumerate(node.movements) if set(m.yields_to) & set(other.heads)]
        for r, row in enumerate(rows):
            if not goes[r][k]:
                continue
            first = sum(float(in_green[i]) for i in foes if goes[r][i])
            gap_s = max(float(headway_s[k]), gap_headway_s(first) if first > 0 else 0.0)
            yields = False
            for head, lane in zip(m.heads, m.lanes, strict=True):
                if row.state[head] in GREEN:
                    yields |= row.state[head] == "g" and first > 0
                    share = flow_veh_s[k] / len(m.lanes) / brought[m.from_link, lane]
                    rate[k, r] += share / (gap_s if row.state[head] == "g" else headway_s[k])
            if yields and not goes[(r + 1) % len(rows)][k]:
                np.add.at(waiting[k], last_step[r :: len(rows)], float(m.waiting_spaces))
    return np.asarray(np.tile(rate, repeats) @ np.maximum(shown_s, 0.0) + waiting)


def _feeds(problem: Problem, queues: _Queues, step_s: Seconds) -> _Feeds:
    platoons = problem.platoons
    inside = _sent(platoons, np.flatnonzero(queues.of_movement >= 0))
    source, queue = (queues.of_movement[of[inside]] for of in (platoons.upstream, platoons.downstream))
    sender, receiver = queues.signal[source], queues.signal[queue]
    kept = np.flatnonzero((queue >= 0) & (sender != receiver))
    kept = kept[np.lexsort((sender[kept], queue[kept]))]
    inside, source, queue, sender, receiver = (of[kept] for of in (inside, source, queue, sender, receiver))
    new = np.ones(len(inside), dtype=np.bool_)
    new[1:] = (np.diff(queue) != 0) | (np.diff(sender) != 0)
    starts = np.flatnonzero(new)
    both = np.sort(np.stack([sender, receiver], axis=1)[starts], axis=1)
    pairs, pair = np.unique(both, axis=0, return_inverse=True)
    leaving = [problem.movements[k].to_link for k in platoons.upstream[inside].tolist()]
    speed = np.array([problem.network.links[link].speed_m_s for link in leaving], dtype=np.float64)
    travel_s = platoons.travel_s[inside] * speed / np.maximum(speed - SPEED_BELOW_LIMIT_M_S, 1.0)
    dispersion = [dispersion_by_spread(steps) for steps in (travel_s / step_s).tolist()]
    return _Feeds(
        starts=np.append(starts, len(inside)),
        queue=queue[starts],
        pair=pair.reshape(-1),
        turned=(sender > receiver)[starts].astype(np.int64),
        source=source,
        flow_veh_s=platoons.flow_veh_h[inside] / 3600.0,
        lag_steps=np.array([d.lag_s for d in dispersion], dtype=np.float64),
        smoothing=np.array([d.smoothing for d in dispersion], dtype=np.float64),
        pairs=pairs.reshape(-1, 2),
    )


def _sent(platoons: Platoons, movements: IntArray) -> IntArray:
    """Indices of the platoons that these movements (ascending indices) send, ascending."""
    first, end = (np.searchsorted(platoons.upstream, movements, side) for side in ("left", "right"))
    counts = end - first
    return np.asarray(np.repeat(first - np.cumsum(counts) + counts, counts) + np.arange(counts.sum()))
