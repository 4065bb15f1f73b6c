"""The lanes of one intersection: flow, saturation flow, storage, and what each stage serves of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from trafficopt.intersection import Movement
from trafficopt.model.capacity import gap_headway_s, lane_flows, peak_factor, saturation_headway_s
from trafficopt.model.link_storage import storage_m
from trafficopt.problem import Problem
from trafficopt.stage import GREEN, Stage
from trafficopt.units import FloatArray, Meters, Seconds, SecondsArray, VehiclesPerHourArray, read_only

# What a green loses to starting beyond what yellow gives back, and as only whole vehicles pass: in SUMO,
# greens of 5, 7 and 11 s serve 2, 3 and 5 vehicles, 1.1 s less than at saturation; 1.2 s fits plans best
START_LOSS_S = 1.2
# Vehicles that would pass in a typical green: how far into the queue a leader held at red is looked for
QUEUE_LOOKED_AT_VEH = 8
# Those who go first bunch in their green, about a third of a short cycle: so much denser they pass
FOES_ON_GREEN = 3.0


@dataclass(frozen=True, slots=True)
class LaneGroups:
    """The lanes in use of one intersection under a sequence of stages.

    Attributes
    ----------
    flow_veh_h, saturation_veh_h
        Demand in its peak quarter (`peak_factor`), and saturation flow where nobody yields [veh/h], shape
        (n_lanes,).
    storage_veh
        Vehicles that fit between the stop line and the next junction upstream, shape (n_lanes,); infinite
        where the lane begins at the border of the network.
    shown, shown_s
        Part of each stage's green in which the lane moves, shape (n_lanes, n_stages), and seconds of a
        cycle beside: green in intergreens, less what starting costs; shape (n_lanes,).
    served, served_s
        Part of the saturation flow that each stage serves, gaps in the traffic that goes first counted, and
        seconds beside: those who wait inside the junction and leave at the end of green; shapes as above.
    """

    flow_veh_h: VehiclesPerHourArray
    saturation_veh_h: VehiclesPerHourArray
    storage_veh: FloatArray
    shown: FloatArray
    shown_s: SecondsArray
    served: FloatArray
    served_s: SecondsArray

    def __post_init__(self) -> None:
        for array in (self.flow_veh_h, self.saturation_veh_h, self.storage_veh, self.shown, self.shown_s):
            read_only(array)
        read_only(self.served)
        read_only(self.served_s)


@dataclass(frozen=True, slots=True)
class Following:
    """How close drivers are: road that a standing vehicle takes, time headway wanted; means of the demand."""

    space_m: Meters
    tau_s: Seconds


def following(problem: Problem) -> Following:
    """Means over all vehicles of the demand."""
    return Following(problem.scenario.demand.mean_space_m(), problem.scenario.demand.mean_tau_s())


def lane_groups(problem: Problem, node: int, stages: Sequence[Stage]) -> LaneGroups:
    """Lanes of intersection `node` (its index) under a sequence of stages, shown one after the other.

    Movements share the lanes of an approach so that all are used equally (`lane_flows`). A green that
    yields lets vehicles through the gaps of a flow three times the mean of those who go first (they use
    about a third of a short cycle), and at its end those who wait inside the junction. A lane that only
    some of its vehicles may leave serves those ahead of the first who may not.
    """
    return JunctionLanes(problem, node, following(problem)).groups(stages)


@dataclass(frozen=True, slots=True)
class _Stream:
    """A movement (index at its intersection) on one lane; head, flow [veh/h], saturation headway [s]."""

    movement: int
    head: int
    flow_veh_h: float
    headway_s: Seconds


@dataclass(frozen=True, slots=True)
class _Lane:
    """A lane in use: its streams with their shares of its flow, and its name among the split approaches."""

    key: tuple[object, ...]
    streams: tuple[_Stream, ...]
    shares: tuple[float, ...]
    flow_veh_h: float
    headway_s: Seconds
    storage_veh: float


@dataclass(frozen=True, slots=True)
class _Green:
    """What a state lets through one lane: parts of time and saturation flow, and seconds at its end."""

    shown: float
    served: float
    waiting_s: Seconds


@dataclass(slots=True)
class JunctionLanes:
    """The approaches of one intersection, prepared once for many sequences of stages.

    Attributes
    ----------
    problem, node
        The intersection, by its index.
    driving
        See `following`.
    """

    problem: Problem
    node: int
    driving: Following
    _movements: tuple[Movement, ...] = field(init=False, repr=False)
    _flow_veh_h: list[float] = field(init=False, repr=False)
    _headway_s: list[Seconds] = field(init=False, repr=False)
    _foes: list[list[int]] = field(init=False, repr=False)
    _links: dict[str, list[int]] = field(init=False, repr=False)
    _storage_veh: dict[str, float] = field(init=False, repr=False)
    _split: dict[tuple[object, ...], list[_Lane]] = field(init=False, repr=False)
    _greens: dict[tuple[object, ...], _Green] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        problem, driving = self.problem, self.driving
        movements = problem.network.intersections[self.node].movements
        first = int(np.searchsorted(problem.intersection_of, self.node))
        self._movements = movements
        mine = slice(first, first + len(movements))
        peak = peak_factor(problem.slice_flow_veh_h[mine], problem.slice_s)
        self._flow_veh_h = (problem.flow_veh_h[mine] * peak).tolist()
        self._headway_s = [
            saturation_headway_s(
                min(problem.network.links[m.from_link].speed_m_s, m.turn_speed_m_s),
                driving.space_m,
                driving.tau_s,
            )
            for m in movements
        ]
        self._foes = [_foes(movements, movement) for movement in movements]
        used = [k for k, flow in enumerate(self._flow_veh_h) if flow > 0]
        self._links = {
            link: [k for k in used if movements[k].from_link == link]
            for link in sorted({movements[k].from_link for k in used})
        }
        self._storage_veh = {link: storage_m(problem, link) / driving.space_m for link in self._links}
        self._split, self._greens = {}, {}

    def groups(self, stages: Sequence[Stage]) -> LaneGroups:
        """What a sequence of stages serves of the lanes in use; see `lane_groups`."""
        lanes = [lane for link in self._links for lane in self._lanes(link, stages)]
        rows = [self._row(lane, stages) for lane in lanes]
        shape = (len(lanes), len(stages))
        return LaneGroups(
            flow_veh_h=np.array([lane.flow_veh_h for lane in lanes], dtype=np.float64),
            saturation_veh_h=np.array([3600.0 / lane.headway_s for lane in lanes], dtype=np.float64),
            storage_veh=np.array([lane.storage_veh for lane in lanes], dtype=np.float64),
            shown=np.array([[green.shown for green in row] for row, *_ in rows]).reshape(shape),
            shown_s=np.array([beside for _, beside, _ in rows], dtype=np.float64),
            served=np.array([[green.served for green in row] for row, *_ in rows]).reshape(shape),
            served_s=np.array([beside for *_, beside in rows], dtype=np.float64),
        )

    def lane_names(self, stages: Sequence[Stage]) -> list[tuple[tuple[str, ...], int]]:
        """Movements, the one with most flow first, and number of each lane, in the order of `groups`."""
        names = []
        for lane in (lane for link in self._links for lane in self._lanes(link, stages)):
            streams = sorted(lane.streams, key=lambda stream: -stream.flow_veh_h)
            first = self._movements[streams[0].movement]
            number = first.lanes[first.heads.index(streams[0].head)]
            names.append((tuple(self._movements[stream.movement].id for stream in streams), number))
        return names

    def _lanes(self, link: str, stages: Sequence[Stage]) -> list[_Lane]:
        """Lanes of an approach with the flows that drivers put on them under these stages."""
        members = self._links[link]
        in_use = [max(self._headway_s[k], self._held_s(k, stages)) for k in members]
        key = (link, *in_use)
        if key not in self._split:
            self._split[key] = self._divided(key, link, in_use)
        return self._split[key]

    def _divided(self, key: tuple[object, ...], link: str, in_use: list[Seconds]) -> list[_Lane]:
        members = self._links[link]
        allowed = [sorted(set(self._movements[k].lanes)) for k in members]
        flows = [self._flow_veh_h[k] for k in members]
        split = lane_flows(flows, in_use, allowed)
        lanes = []
        for lane in np.flatnonzero(split.sum(axis=0) > 0).tolist():
            streams = tuple(
                _Stream(k, _head(self._movements[k], lane), float(split[row, lane]), self._headway_s[k])
                for row, k in enumerate(members)
                if split[row, lane] > 0
            )
            flow = sum(s.flow_veh_h for s in streams)
            shares = tuple(s.flow_veh_h / flow for s in streams)
            headway = sum(share * s.headway_s for share, s in zip(shares, streams, strict=True))
            lanes.append(_Lane((*key, lane), streams, shares, flow, headway, self._storage_veh[link]))
        return lanes

    def _held_s(self, movement: int, stages: Sequence[Stage]) -> Seconds:
        """Time that a vehicle holds its lane in the stages where it yields; 0 if there are none."""
        return max(
            (self._gap_s(movement, stage.state) for stage in stages if self._goes(movement, stage.state)),
            default=0.0,
        )

    def _goes(self, movement: int, state: str) -> bool:
        return any(state[head] in GREEN for head in self._movements[movement].heads)

    def _gap_s(self, movement: int, state: str) -> Seconds:
        """Headway through the gaps of those who go first in a state; 0 where nobody does."""
        if not any(state[head] == "g" for head in self._movements[movement].heads):
            return 0.0
        first = [k for k in self._foes[movement] if self._goes(k, state)]
        if not first:
            return 0.0
        return float(gap_headway_s(FOES_ON_GREEN * sum(self._flow_veh_h[k] for k in first) / 3600.0))

    def _row(self, lane: _Lane, stages: Sequence[Stage]) -> tuple[list[_Green], Seconds, Seconds]:
        """What each stage lets through a lane; seconds beside of time shown, and of saturation flow."""
        greens = [self._green(lane, stage.state) for stage in stages]
        shown_s = served_s = 0.0
        for stage, green, after in zip(stages, greens, [*greens[1:], *greens[:1]], strict=True):
            carried = _carried_s(lane, stage) if green.shown > 0 else 0.0
            goes_on = carried >= stage.intergreen_s - 1e-9 and after.shown > 0
            shown_s += carried * green.shown
            served_s += carried * green.served
            if green.shown > 0 and not goes_on:
                shown_s -= START_LOSS_S * green.shown
                served_s -= START_LOSS_S * green.served
            if not (goes_on and after.waiting_s > 0):
                served_s += green.waiting_s
        return greens, shown_s, served_s

    def _green(self, lane: _Lane, state: str) -> _Green:
        key = (*lane.key, state)
        if key not in self._greens:
            self._greens[key] = self._let_through(lane, state)
        return self._greens[key]

    def _let_through(self, lane: _Lane, state: str) -> _Green:
        going = time = waiting = 0.0
        for stream, share in zip(lane.streams, lane.shares, strict=True):
            if state[stream.head] not in GREEN:
                continue
            gap = max(stream.headway_s, self._gap_s(stream.movement, state))
            going += share
            time += share * gap
            waiting += self._movements[stream.movement].waiting_spaces * (gap - stream.headway_s)
        if going == 0:
            return _Green(0.0, 0.0, 0.0)
        part = _ahead_of_first_held(going)
        moving = lane.headway_s / (time / going)
        return _Green(part, part * min(1.0, moving), part * moving * waiting)


def _ahead_of_first_held(going: float) -> float:
    """Part of a queue that gets away while only a share `going` of its vehicles may.

    Of n vehicles in random order, p + p^2 + ... + p^n stand ahead of the first that is held.
    """
    if going > 0.999:
        return 1.0
    n = QUEUE_LOOKED_AT_VEH
    return going * (1.0 - going**n) / ((1.0 - going) * n)


def _carried_s(lane: _Lane, stage: Stage) -> Seconds:
    """Time from the end of a stage on that all heads of a lane stay green."""
    carried = 0.0
    for row in stage.intergreen:
        if any(row.state[s.head] not in GREEN for s in lane.streams):
            break
        carried += row.duration_s
    return carried


def _head(movement: Movement, lane: int) -> int:
    return movement.heads[movement.lanes.index(lane)]


def _foes(movements: Sequence[Movement], movement: Movement) -> list[int]:
    """Indices of the movements that `movement` yields to."""
    heads = set(movement.yields_to)
    return [k for k, other in enumerate(movements) if heads & set(other.heads)]
