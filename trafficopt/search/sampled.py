"""Queue models of several demands as one: what a plan does under each, and one value for all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from trafficopt.model.queues.queue_model import QueueModel
from trafficopt.model.queues.state import State
from trafficopt.model.queues.window import Recording
from trafficopt.objective import Objective
from trafficopt.plan import TimingPlan
from trafficopt.problem import Problem
from trafficopt.risk import Risk
from trafficopt.units import Seconds

States = tuple[State, ...]


class SampledModel:
    """Queue models of one network that differ by demand.

    Parameters
    ----------
    models
        The one with the most vehicles last: it is asked first, so that most bad plans end early.
    weights
        Of the demands; they add up to 1.
    risk
        How values under several demands become one.
    """

    def __init__(self, models: Sequence[QueueModel], weights: Sequence[float], risk: Risk) -> None:
        self.models, self.weights, self.risk = tuple(models), tuple(weights), risk

    @property
    def problem(self) -> Problem:
        """The problem under one of the demands."""
        return self.models[0].problem

    def blank_state(self) -> States:
        """Arrays for one run under each demand."""
        return tuple(model.blank_state() for model in self.models)

    def costs_s(self, plan: TimingPlan, states: States, objective: Objective) -> tuple[Seconds, ...]:
        """Value of the objective under each demand [s/veh]."""
        pairs = zip(self.models, states, strict=True)
        return tuple(model.cost_s(plan, state, objective) for model, state in pairs)

    def cost_s(
        self, plan: TimingPlan, states: States, objective: Objective, most_s: Seconds = float("inf")
    ) -> Seconds:
        """The one value for all demands [s/veh]; inf as soon as it must be above `most_s`."""
        asked: list[Callable[[Seconds], Seconds]] = [
            partial(model.cost_s, plan, state, objective)
            for model, state in zip(self.models, states, strict=True)
        ]
        return self.risk.value_within(asked[::-1], self.weights[::-1], most_s)

    def redrawn(self, draw: int) -> SampledModel:
        """The same models with other drivers, see `QueueModel.redrawn`."""
        return SampledModel([model.redrawn(draw) for model in self.models], self.weights, self.risk)

    def record(self, plan: TimingPlan) -> tuple[Recording, ...]:
        """Who comes where under each demand."""
        return tuple(model.record(plan) for model in self.models)


class SampledWindow:
    """Windows of the same signals under several demands.

    Its value is that of the whole network [s/veh]: what it was under the present plan, and what a change
    in the windows brings.

    Parameters
    ----------
    whole
        The network's models.
    windows, objectives
        Of each demand, with the objective of that window.
    plan
        The present plan.
    costs_s
        Value of the network's objective under each demand with the present plan [s/veh].
    """

    def __init__(
        self,
        whole: SampledModel,
        windows: Sequence[QueueModel],
        objectives: Sequence[Objective],
        plan: TimingPlan,
        costs_s: Sequence[Seconds],
    ) -> None:
        self.risk, self.weights = whole.risk, whole.weights
        self.windows, self.objectives = tuple(windows), tuple(objectives)
        self.shares = [
            len(window.fleet.vehicles) / max(len(model.fleet.vehicles), 1)
            for window, model in zip(windows, whole.models, strict=True)
        ]
        self.beyond_s = [0.0] * len(self.windows)
        here = [ask(float("inf")) for ask in self._asked(plan, self.blank_state())]
        self.beyond_s = [max(0.0, cost - own) for cost, own in zip(costs_s, here, strict=True)]

    def blank_state(self) -> States:
        """Arrays for one run of each window."""
        return tuple(window.blank_state() for window in self.windows)

    def cost_s(
        self, plan: TimingPlan, states: States, objective: Objective, most_s: Seconds = float("inf")
    ) -> Seconds:
        """The one value for all demands [s/veh] by each window's own objective; inf above `most_s`."""
        return self.risk.value_within(self._asked(plan, states)[::-1], self.weights[::-1], most_s)

    def _asked(self, plan: TimingPlan, states: States) -> list[Callable[[Seconds], Seconds]]:
        return [partial(self._cost_s, k, plan, state) for k, state in enumerate(states)]

    def _cost_s(self, k: int, plan: TimingPlan, state: State, most_s: Seconds) -> Seconds:
        """Value under one demand."""
        share, beyond = self.shares[k], self.beyond_s[k]
        if not share:
            return beyond
        return beyond + share * self.windows[k].cost_s(
            plan, state, self.objectives[k], (most_s - beyond) / share
        )
