"""What a timing of one signal would bring, in milliseconds: cyclic profiles there and next to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trafficopt.errors import InputError
from trafficopt.model.lane_figures import figures_of
from trafficopt.model.lane_groups import JunctionLanes, following
from trafficopt.model.signal_model import SignalModel
from trafficopt.plan import SignalTiming, TimingPlan
from trafficopt.problem import Problem
from trafficopt.signals.explanation import LaneFigures
from trafficopt.table_repr import Column, Table, Tabled
from trafficopt.units import Seconds


@dataclass(frozen=True, slots=True)
class TimingFigures:
    """A signal under one timing.

    Attributes
    ----------
    delay_s, neighbor_delay_s
        Mean delay [s/veh] of those who pass the signal, and of those who pass the signals next to it, by the
        `SignalModel`.
    saturation
        Degree of saturation (v/c) of the critical lane of each stage, by the HCM as in `explain`; 0 without
        traffic.
    """

    timing: SignalTiming
    delay_s: Seconds
    neighbor_delay_s: Seconds
    saturation: tuple[float, ...]


@dataclass(frozen=True, slots=True, repr=False)
class TimingAnswer(Tabled):
    """A timing of a signal beside that of a plan.

    Attributes
    ----------
    plan
        The plan with this timing instead of its own.
    now, before
        Figures under this timing, and under that of the plan.
    neighbors
        Signals that send platoons to this one, or get some from it.
    """

    signal: str
    plan: TimingPlan
    now: TimingFigures
    before: TimingFigures
    neighbors: tuple[str, ...]

    def _table(self) -> Table:
        one, two = self.before, self.now
        n = len(self.neighbors)
        columns = Column(), Column("plan", "", 2), Column("now", "", 2)
        rows = [
            ("delay here [s/veh]", one.delay_s, two.delay_s),
            *(
                [(f"delay at the {n} signals next to it [s/veh]", one.neighbor_delay_s, two.neighbor_delay_s)]
                if n
                else []
            ),
            *(
                (f"v/c of stage {k}", *loads)
                for k, loads in enumerate(zip(one.saturation, two.saturation, strict=True), start=1)
            ),
        ]
        timing = f"cycle {two.timing.cycle_s:g} s, offset {two.timing.offset_s:g} s"
        greens = " ".join(f"{green:g}" for green in two.timing.greens_s)
        return Table(f"Signal {self.signal}: {timing}, greens {greens} s", columns, rows)


class TimingModel:
    """Answers for timings of one signal; the others keep those of a plan.

    The cyclic model (`SignalModel`) of the signal and of those that exchange platoons with it: it answers
    within milliseconds whatever the size of the network. It knows no spillback; what comes from beyond the
    signals next to this one is taken as steady flow.

    Raises
    ------
    InputError
        If the plan does not time the signal.
    """

    def __init__(self, problem: Problem, plan: TimingPlan, signal: str) -> None:
        timing = plan[signal]
        problem = problem.with_stages_of(plan)
        nodes = problem.network.intersections
        index = next(k for k, node in enumerate(nodes) if node.id == signal)
        beside = (k for k in _exchanging(problem, index) if nodes[k].id in plan)
        self.signal, self.node = signal, nodes[index]
        self.neighbors = {k: nodes[k].id for k in beside}
        self._index, self._model, self._plan = index, SignalModel(problem), plan
        self._near = {key: plan[key] for key in (signal, *self.neighbors.values())}
        self._lanes = JunctionLanes(problem, index, following(problem))
        self.before = self._figures(timing)

    def answer(self, timing: SignalTiming) -> TimingAnswer:
        """Figures under `timing`, which has the stages of the plan's.

        Raises
        ------
        InputError
            If greens and intergreens do not fill the cycle, or stages differ.
        """
        if timing.stages != self.before.timing.stages:
            raise InputError(self.signal, "the stages are not those of the plan", "keep them")
        plan = TimingPlan(f"{self._plan.name} by hand", {**self._plan.timings, self.signal: timing})
        return TimingAnswer(
            self.signal, plan, self._figures(timing), self.before, tuple(self.neighbors.values())
        )

    def _figures(self, timing: SignalTiming) -> TimingFigures:
        found = self._model.estimate(TimingPlan("near", {**self._near, self.signal: timing}))
        beside = list(self.neighbors)
        flow = np.bincount(
            self._model.problem.intersection_of, self._model.problem.flow_veh_h, len(self._model.nodes)
        )[beside]
        lanes, n = figures_of(self._lanes, timing), len(timing.stages)
        return TimingFigures(
            timing=timing,
            delay_s=float(found.delay_s[self._index]),
            neighbor_delay_s=float(found.delay_s[beside] @ flow / flow.sum()) if flow.any() else 0.0,
            saturation=tuple(_critical([lane for lane in lanes if k in lane.stages], n) for k in range(n)),
        )


def slider_answer(
    problem: Problem,
    plan: TimingPlan,
    signal: str,
    cycle_s: Seconds,
    greens_s: tuple[Seconds, ...],
    offset_s: Seconds,
) -> TimingAnswer:
    """What a cycle, greens and an offset of one signal would bring beside those of a plan.

    `TimingModel` answers many such questions of one signal faster.

    Parameters
    ----------
    greens_s
        Displayed green of each stage of the plan.

    Raises
    ------
    InputError
        If the plan does not time the signal, or greens and intergreens do not fill the cycle.

    Examples
    --------
    >>> import trafficopt as to
    >>> problem = to.build_problem(to.read_scenario(to.example_path("main_street")))
    >>> plan = problem.field_plan
    >>> found = slider_answer(problem, plan, "M1", 100.0, (44.0, 8.0, 24.0, 8.0), 10.0)
    >>> [round(load, 2) for load in found.now.saturation]
    [0.62, 0.25, 0.63, 0.16]
    """
    stages = plan[signal].stages
    return TimingModel(problem, plan, signal).answer(SignalTiming(stages, greens_s, cycle_s, offset_s))


def _critical(served: Sequence[LaneFigures], n_stages: int) -> float:
    """Degree of saturation of a stage; a lane that is always green says nothing of one stage."""
    rank = ((len(lane.stages) < n_stages, lane.degree_of_saturation) for lane in served)
    return max(rank, default=(False, 0.0))[1]


def _exchanging(problem: Problem, node: int) -> list[int]:
    """Indices of the signals that send platoons to one, or get some from it."""
    up = problem.intersection_of[problem.platoons.upstream]
    down = problem.intersection_of[problem.platoons.downstream]
    found = {*up[down == node].tolist(), *down[up == node].tolist()}
    return sorted(found - {node})
