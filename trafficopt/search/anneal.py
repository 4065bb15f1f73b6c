"""Simulated annealing of a whole plan on the queue model."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from trafficopt.objective import DELAY, Objective
from trafficopt.plan import SignalTiming, TimingPlan
from trafficopt.search.moves import Moves
from trafficopt.units import Seconds

FIRST_TEMPERATURE = 0.02  # of the least cost; falls with the power below (docs/decisions/0008)
COOLING_POWER = 1.5
TWO_AT_ONCE = 0.08
TURNS, SHORTEST_TURN = 24, 20  # of a chain, each with the next model; evaluations of one at least
KEPT = 6  # last turns whose plans are compared

Stop = Callable[[], bool]


class Model(Protocol):
    """What tells a chain how a plan does: a queue model, or those of several demands as one."""

    def blank_state(self) -> Any:
        """What one run at a time needs."""

    def cost_s(self, plan: TimingPlan, state: Any, objective: Objective, most_s: Seconds = ...) -> Seconds:
        """Value of the objective for a plan that is known to fit; inf once it is above `most_s`."""


@dataclass(frozen=True, slots=True)
class Found:
    """A plan and what the model says of it.

    Attributes
    ----------
    cost_s
        Value of the objective: seconds of delay a vehicle, means over all demanded vehicles.
    """

    plan: TimingPlan = field(repr=False)
    cost_s: Seconds


def anneal(
    models: Sequence[Model],
    zones: tuple[Moves, ...],
    start: TimingPlan,
    *,
    seed: int,
    evaluations: int,
    stop: Stop,
    objective: Objective = DELAY,
    heat: float = 1.0,
) -> tuple[Found, ...]:
    """Change a plan at random; accept what is better, and at first also what is a little worse.

    The threshold of acceptance is drawn before a plan is evaluated (Metropolis' rule turned around), so that
    the model may end a bad run early. Each turn of the chain has another of the models: a plan that is fitted
    to the chance of one run does worse in the next.

    Parameters
    ----------
    models
        Of one network with one demand, or the same ones; they differ by chance.
    zones
        Moves of each coordination zone.
    evaluations
        Plans to try: the temperature falls to zero with them.
    stop
        Asked before each plan: whether to end now.
    objective
        What is made small.
    heat
        Factor on the temperature.

    Returns
    -------
    tuple[Found, ...]
        The start and the best plan of each of the last turns with their mean cost over all models, best
        first.
    """
    chance = random.Random(seed)
    state = models[0].blank_state()
    current: dict[str, SignalTiming] = dict(start.timings)
    model, cost = models[0], math.inf
    best: list[Found] = []
    turn = max(SHORTEST_TURN, evaluations // TURNS)
    weights = [len(moves.menus) for moves in zones]
    for tried in range(evaluations):
        if stop():
            break
        if tried % turn == 0:
            model = models[tried // turn % len(models)]
            cost = model.cost_s(TimingPlan("annealed", current), state, objective)
            best.append(Found(TimingPlan("annealed", current), cost))
        cooled = (1.0 - tried / evaluations) ** COOLING_POWER
        temperature = heat * FIRST_TEMPERATURE * best[-1].cost_s * cooled
        most = cost - temperature * math.log(1.0 - chance.random())
        moves = chance.choices(zones, weights)[0]
        changes = dict(moves.draw(current, chance))
        if changes and chance.random() < TWO_AT_ONCE:
            changes |= moves.draw({**current, **changes}, chance)
        if not changes:
            continue
        plan = TimingPlan("annealed", {**current, **changes})
        answer = model.cost_s(plan, state, objective, most)
        if answer <= most and all(moves.menus[key].is_safe(plan[key]) for key in changes):
            current, cost = dict(plan.timings), answer
            if cost < best[-1].cost_s:
                best[-1] = Found(plan, cost)
    plans = [start, *(found.plan for found in best[-KEPT:])]
    found = [Found(plan, mean_cost_s(models, plan, state, objective)) for plan in plans]
    return tuple(sorted(found, key=lambda found: found.cost_s))


def mean_cost_s(
    models: Sequence[Model], plan: TimingPlan, state: Any, objective: Objective = DELAY
) -> Seconds:
    """Mean value of the objective over models that differ by chance [s/veh]."""
    return math.fsum(model.cost_s(plan, state, objective) for model in models) / len(models)
