"""Simulated annealing of a whole plan on the queue model."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from trafficopt.model.queues.queue_model import QueueModel
from trafficopt.plan import SignalTiming, TimingPlan
from trafficopt.search.moves import Moves
from trafficopt.units import Seconds

FIRST_TEMPERATURE = 0.02  # of the best delay; falls with the power below (docs/decisions/0008)
COOLING_POWER = 1.5
TWO_AT_ONCE = 0.08
KEPT = 6  # stretches of a chain, each with a plan to show

Stop = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Found:
    """A plan and what the model says of it.

    Attributes
    ----------
    delay_s
        Mean delay over all demanded vehicles.
    """

    plan: TimingPlan = field(repr=False)
    delay_s: Seconds


def anneal(
    model: QueueModel,
    zones: tuple[Moves, ...],
    start: TimingPlan,
    *,
    seed: int,
    evaluations: int,
    stop: Stop,
) -> tuple[Found, ...]:
    """Change a plan at random; accept what is better, and at first also what is a little worse.

    The threshold of acceptance is drawn before a plan is evaluated (Metropolis' rule turned around), so that
    the model may end a bad run early.

    Parameters
    ----------
    zones
        Moves of each coordination zone.
    evaluations
        Plans to try: the temperature falls to zero with them.
    stop
        Asked before each plan: whether to end now.

    Returns
    -------
    tuple[Found, ...]
        The start and the best plan of each stretch of the chain, best first.
    """
    chance = random.Random(seed)
    state = model.blank_state()
    current: dict[str, SignalTiming] = dict(start.timings)
    delay = model.mean_delay_s(start, state)
    best = [Found(start, delay)]
    stretch = max(1, evaluations // KEPT)
    weights = [len(moves.menus) for moves in zones]
    for tried in range(evaluations):
        if stop():
            break
        if tried % stretch == 0:
            best.append(Found(TimingPlan("annealed", current), delay))
        cooled = (1.0 - tried / evaluations) ** COOLING_POWER
        temperature = FIRST_TEMPERATURE * best[-1].delay_s * cooled
        most = delay - temperature * math.log(1.0 - chance.random())
        moves = chance.choices(zones, weights)[0]
        changes = dict(moves.draw(current, chance))
        if changes and chance.random() < TWO_AT_ONCE:
            changes |= moves.draw({**current, **changes}, chance)
        if not changes:
            continue
        plan = TimingPlan("annealed", {**current, **changes})
        answer = model.mean_delay_s(plan, state, most)
        if answer <= most and all(moves.menus[key].is_safe(plan[key]) for key in changes):
            current, delay = dict(plan.timings), answer
            if delay < best[-1].delay_s:
                best[-1] = Found(plan, delay)
    return tuple(sorted(best, key=lambda found: found.delay_s))
