"""Annealing chains in two rounds, with various drivers, half of them under more demand."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from trafficopt.model.queues.queue_model import QueueModel
from trafficopt.objective import Objective
from trafficopt.plan import TimingPlan
from trafficopt.problem import Problem
from trafficopt.search.anneal import Found, Model, Stop, anneal
from trafficopt.search.moves import Moves
from trafficopt.search.sampled import SampledModel
from trafficopt.search.work import CHAINS

RESERVE = 1.1  # demand that half of the chains search with, and that plans are ranked by
DRAWS = 8  # of drivers' wanted speeds, to which chains turn one after the other


@dataclass(frozen=True, slots=True)
class ChainRound:
    """One round of chains.

    Attributes
    ----------
    number
        0, 1, ...: decides the random numbers.
    evaluation_share
        Part of all evaluations of the search.
    heat
        Factor on the temperature.
    """

    number: int
    evaluation_share: float
    heat: float


ROUNDS = (ChainRound(0, 2 / 3, 1.0), ChainRound(1, 1 / 3, 0.4))


def models_by_chance(model: QueueModel | SampledModel) -> tuple[Model, ...]:
    """Models that differ by their drivers: a plan fitted to the chance of one does worse in others."""
    return (model, *(model.redrawn(draw) for draw in range(1, DRAWS)))


def stressed_model(problem: Problem) -> QueueModel:
    """The model with a tenth more demand: plans that break down there may do so on some day without."""
    scenario = problem.scenario
    more = replace(scenario, demand=scenario.demand.scaled(RESERVE))
    return QueueModel(replace(problem, scenario=more))


def run_chains(
    models: Sequence[Sequence[Model]],
    zones: tuple[Moves, ...],
    starts: Sequence[TimingPlan],
    turn: ChainRound,
    *,
    seed: int,
    evaluations: int,
    stop: Stop,
    objective: Objective,
    jobs: int | None,
) -> tuple[list[tuple[Found, ...]], bool]:
    """Let chains run from some plans in turn, several at a time; each has its own random numbers.

    Parameters
    ----------
    models
        Sets of models, each of which every start meets.
    evaluations
        Plans that all chains of all rounds try.
    jobs
        Chains at a time; it never changes a plan.

    Returns
    -------
    found
        What each chain found, see `anneal`.
    interrupted
        Whether the user stopped them.
    """
    interrupted = False

    def run(number: int) -> tuple[Found, ...]:
        return anneal(
            models[number // len(starts) % len(models)],
            zones,
            starts[number % len(starts)],
            seed=1000 * seed + CHAINS * turn.number + number,
            evaluations=max(1, int(turn.evaluation_share * evaluations) // CHAINS),
            stop=lambda: interrupted or stop(),
            objective=objective,
            heat=turn.heat,
        )

    with ThreadPoolExecutor(max_workers=jobs or os.cpu_count() or 1) as pool:
        futures = [pool.submit(run, number) for number in range(CHAINS)]
        try:
            for future in futures:
                future.result()
        except KeyboardInterrupt:
            interrupted = True
    return [future.result() for future in futures], interrupted
