"""Why each signal of a plan is timed as it is, by analytic delay."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from trafficopt.intersection import Intersection, User
from trafficopt.model.lane_figures import figures_of
from trafficopt.model.lane_groups import JunctionLanes, LaneGroups, following
from trafficopt.plan import SignalTiming, TimingPlan
from trafficopt.problem import Problem
from trafficopt.search.critical_path import path_weights
from trafficopt.search.first_plan import cycles_to_try
from trafficopt.search.moves import at_cycle
from trafficopt.search.splits import (
    delay_veh_s_s,
    green_bounds_s,
    least_cycle_s,
    lost_time_s,
    screen_greens,
)
from trafficopt.signals.explanation import (
    CYCLE_STEP_S,
    GREEN_STEP_S,
    BindingLimit,
    CycleFigures,
    Explanation,
    LaneFigures,
    StageFigures,
)
from trafficopt.stage import GREEN, Stage
from trafficopt.units import FloatArray, Seconds, SecondsArray

ROOM_S = 1.0  # greens are whole seconds: a bound that is nearer binds


def explain(problem: Problem, plan: TimingPlan) -> dict[str, Explanation]:
    """Explain the timing of every signal of `plan`, by id.

    Delay is that of `delay_veh_s_s` (HCM d1 + d2, no platoons), the critical path that of `path_weights`.

    Examples
    --------
    >>> import trafficopt as to
    >>> problem = to.build_problem(to.read_scenario(to.example_path("main_street")))
    >>> explained = to.explain(problem, problem.field_plan)
    >>> list(explained) == list(problem.field_plan)
    True
    """
    driving = following(problem)
    alike: dict[Seconds, list[_Signal]] = defaultdict(list)
    for index, node in enumerate(problem.network.intersections):
        if node.id in plan:
            timing = plan[node.id]
            lanes = JunctionLanes(problem, index, driving)
            alike[timing.cycle_s].append(_Signal(node, timing, lanes, lanes.groups(timing.stages)))
    found = {}
    for cycle, signals in alike.items():
        tried = sorted({float(c) for c in cycles_to_try(problem.limits)} | {cycle})
        delays = np.array([signal.least_delays(tried) for signal in signals])
        same = tried[int(np.argmin(delays.sum(axis=0)))]
        for signal, curve in zip(signals, delays, strict=True):
            found[signal.node.id] = signal.explained(tried, curve, len(signals), same)
    return {key: found[key] for key in plan}


def shifted_greens(
    greens_s: SecondsArray, stage: int, by_s: Seconds, lower_s: SecondsArray, upper_s: SecondsArray
) -> SecondsArray | None:
    """Greens with `by_s` more for one stage, which the others give (or take) in proportion to their room.

    Parameters
    ----------
    greens_s, lower_s, upper_s
        Displayed green [s] of each stage and its bounds, shape (n_stages,).

    Returns
    -------
    SecondsArray | None
        Greens [s], shape (n_stages,), with the sum of `greens_s`; None where the bounds forbid it.

    Examples
    --------
    >>> low, high = np.full(3, 10.0), np.full(3, 60.0)
    >>> shifted_greens(np.array([20.0, 25.0, 20.0]), 0, 5.0, low, high).tolist()
    [25.0, 22.0, 18.0]
    """
    sides = upper_s - greens_s if by_s < 0 else greens_s - lower_s
    # Nobody can take more than the least greens of all others leave.
    sides = np.minimum(sides, greens_s.sum() - (lower_s.sum() - lower_s))
    room = np.maximum(sides, 0.0)
    room[stage] = 0.0
    new = greens_s[stage] + by_s
    if not lower_s[stage] - 1e-9 <= new <= upper_s[stage] + 1e-9 or room.sum() < abs(by_s) - 1e-9:
        return None
    moved = greens_s - by_s * room / room.sum()
    moved[stage] = new
    return np.asarray(moved)


@dataclass(frozen=True, slots=True)
class _Signal:
    """A signal under its timing."""

    node: Intersection
    timing: SignalTiming
    lanes: JunctionLanes
    groups: LaneGroups

    def least_delays(self, cycles_s: Sequence[Seconds]) -> FloatArray:
        """Delay [veh*s/s] at each cycle with greens of its own, shape (n_cycles,); infinite if impossible."""
        greens, costs = screen_greens(self.groups, self.timing.stages, np.array(cycles_s))
        found = [
            self._delay(g, cycle) if math.isfinite(cost) else math.inf
            for g, cost, cycle in zip(greens, costs.tolist(), cycles_s, strict=True)
        ]
        own = cycles_s.index(self.timing.cycle_s)
        found[own] = min(found[own], self._delay(self._greens, self.timing.cycle_s))
        return np.array(found)

    @property
    def _greens(self) -> SecondsArray:
        return np.array(self.timing.greens_s, dtype=np.float64)

    def _delay(self, greens_s: SecondsArray, cycle_s: Seconds) -> float:
        return delay_veh_s_s(self.groups, greens_s, cycle_s)

    def explained(
        self, cycles_s: Sequence[Seconds], delays: FloatArray, n_same: int, same_s: Seconds
    ) -> Explanation:
        """The figures; `delays` are those of `least_delays`, `same_s` suits all signals of this cycle."""
        timing, groups = self.timing, self.groups
        weights = path_weights(groups, math.fsum(timing.greens_s))
        ratios = weights * groups.flow_veh_h / groups.saturation_veh_h
        lost = lost_time_s(timing.stages) - float(weights @ groups.served_s)
        rows = figures_of(self.lanes, timing)
        path = sorted(np.flatnonzero(weights).tolist(), key=lambda k: (rows[k].stages, k))
        delay = self._delay(self._greens, timing.cycle_s)
        best, here = int(np.argmin(delays)), float(delays[cycles_s.index(timing.cycle_s)])
        total = math.fsum(ratios.tolist())
        return Explanation(
            intersection=self.node.id,
            cycle_s=timing.cycle_s,
            flow_veh_h=float(groups.flow_veh_h.sum()),
            delay_veh_s_s=delay,
            stages=tuple(self._stage(k, rows, delay) for k in range(len(timing.stages))),
            path=tuple(rows[k] for k in path),
            flow_ratios=tuple(float(ratios[k]) for k in path),
            lost_time_s=lost,
            overlaps=tuple(self._overlaps()),
            cycle=CycleFigures(
                least_s=least_cycle_s(timing.stages),
                capacity_s=max(0.0, lost) / (1.0 - total) if total < 1.0 else math.inf,
                shorter_veh_s_s=self._at_other_cycle(-CYCLE_STEP_S, delay),
                longer_veh_s_s=self._at_other_cycle(CYCLE_STEP_S, delay),
                alone_s=cycles_s[best],
                alone_veh_s_s=float(delays[best]) - here,
                best_greens_veh_s_s=here - delay,
                n_same=n_same,
                same_s=same_s,
            ),
        )

    def _stage(self, k: int, rows: Sequence[LaneFigures], delay: float) -> StageFigures:
        stage, n = self.timing.stages[k], len(self.timing.stages)
        lower, upper = green_bounds_s(self.timing.stages)
        mine = [row for row in rows if k in row.stages]
        changes = []
        for by in (GREEN_STEP_S, -GREEN_STEP_S):
            greens = shifted_greens(self._greens, k, by, lower, upper)
            changes.append(math.nan if greens is None else self._delay(greens, self.timing.cycle_s) - delay)
        return StageFigures(
            green_s=self.timing.greens_s[k],
            min_green_s=float(lower[k]),
            max_green_s=float(upper[k]),
            limit=binding_limit(self.node, stage, self.timing.greens_s[k]),
            # A lane that is always green says nothing of one stage.
            critical=max(mine, key=lambda r: (len(r.stages) < n, r.degree_of_saturation), default=None),
            more_veh_s_s=changes[0],
            less_veh_s_s=changes[1],
        )

    def _at_other_cycle(self, by_s: Seconds, delay: float) -> float:
        """Change of delay [veh*s/s] in another cycle with greens scaled; nan where bounds forbid it."""
        cycle = self.timing.cycle_s + by_s
        other = at_cycle(self.timing, cycle) if cycle > 0 else None
        return math.nan if other is None else self._delay(np.array(other.greens_s), cycle) - delay

    def _overlaps(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        stages = self.timing.stages
        for movement in self.node.movements:
            on = [k for k, s in enumerate(stages) if any(s.state[head] in GREEN for head in movement.heads)]
            if len(on) > 1 and any((k + 1) % len(stages) in on for k in on):
                yield movement.id, tuple(on)


def binding_limit(node: Intersection, stage: Stage, green_s: Seconds) -> BindingLimit:
    """The bound that leaves a green less than a second of room; `WALK` where vehicles alone need less."""
    if green_s - stage.min_green_s < ROOM_S:
        needed = {User.VEHICLES: 0.0, User.PEDESTRIANS: 0.0}
        for head, letter, least in zip(
            node.heads, stage.state, node.requirements.min_green_s.tolist(), strict=True
        ):
            if letter in GREEN and head.user in needed:
                needed[head.user] = max(needed[head.user], least)
        walk = needed[User.VEHICLES] < stage.min_green_s - 1e-9 <= needed[User.PEDESTRIANS]
        return BindingLimit.WALK if walk else BindingLimit.MIN_GREEN
    if stage.max_green_s - green_s < ROOM_S:
        return BindingLimit.MAX_GREEN
    return BindingLimit.NONE
