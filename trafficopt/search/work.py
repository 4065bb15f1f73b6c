"""How much work a limit of time allows: decided before any is timed, the same on every machine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from trafficopt.evaluation import Evaluation
from trafficopt.plan import TimingPlan
from trafficopt.problem import Problem
from trafficopt.search.choose import N_TRIED, Judge
from trafficopt.units import Seconds

PROCESSORS = 2  # that the amount of work is planned for
PASSAGE_S = 0.35e-6  # of the queue model for one vehicle on one link, see benchmarks/queue_speed.py
EVALUATION_S = 0.3e-3  # of everything else in an evaluation
WINDOW_S = 1.0e-3  # of everything else in one of a window, with its part of the recorded run
WINDOW_SIGNALS = 3.0  # whose traffic a window has: its own and those downstream
UPDATES_PER_S = 120_000.0  # vehicle seconds that SUMO simulates in a second
SHARE_TO_SEARCH = 0.45  # of the time if a judge comes after it
SHARE_WITHOUT_JUDGE = 0.8
SHARE_FOR_JUDGE = 0.4
SHARE_FOR_TRIALS = 0.3
OVERRUN = 1.3  # of the planned time, on a slow machine: then work is left out
JUDGED = 9  # candidates at most
CHAIN_EVALUATIONS = (100, 60_000)  # of one chain, at least and at most
CHAINS = 4  # a number that does not depend on the machine, so that the plan does not either
LARGE = 12  # signals to retime; beyond, whole runs are too dear to try single changes


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be done.

    Attributes
    ----------
    by_windows
        Whether changes are tried in windows, because whole runs are too dear.
    evaluations
        Plans that the queue model tries.
    n_to_judge
        Candidates that the judge has time for beside the field plan.
    n_trials
        Further training seeds in which the plan that is chosen must not break down.
    search_share
        Part of the time that the search is planned to take.
    """

    by_windows: bool
    evaluations: int
    n_to_judge: int
    n_trials: int
    search_share: float

    @property
    def latest_share(self) -> float:
        """Part of the time after which the search leaves the rest of its work out."""
        return min(0.95, OVERRUN * self.search_share)


def planned_work(
    problem: Problem,
    max_seconds: Seconds,
    *,
    judged: bool,
    max_evaluations: int | None = None,
    demands: Sequence[Problem] = (),
) -> Work:
    """What to do in `max_seconds`.

    Parameters
    ----------
    judged
        Whether there is a judge.
    max_evaluations
        Plans to try, whatever the time.
    demands
        The problem under each demand that every plan meets, where these are several.
    """
    met = demands or (problem,)
    run_s = sum(expected_run_s(each) for each in met)
    n_to_judge = affordable(run_s, max_seconds) if judged else 0
    share = SHARE_TO_SEARCH if n_to_judge else SHARE_WITHOUT_JUDGE
    passages = sum(len(route) for each in met for route in each.scenario.demand.routes)
    processor_s = share * max_seconds * PROCESSORS
    whole = int(processor_s / (PASSAGE_S * passages + EVALUATION_S * len(met)))
    by_windows = len(problem.scenario.retime) > LARGE
    if by_windows:
        part = WINDOW_SIGNALS / max(WINDOW_SIGNALS, len(problem.network.intersections))
        evaluations = int(processor_s / (PASSAGE_S * passages * part + WINDOW_S * len(met)))
    else:
        least, most = CHAIN_EVALUATIONS
        evaluations = max(CHAINS * least, min(CHAINS * most, whole))
    n_trials = int(SHARE_FOR_TRIALS * max_seconds / run_s) if n_to_judge else 0
    return Work(
        by_windows,
        max_evaluations or evaluations,
        n_to_judge,
        min(N_TRIED, n_trials),
        share,
    )


def affordable(run_s: Seconds, max_seconds: Seconds) -> int:
    """Candidates that a judge has time for beside the field plan, if one run of each takes `run_s`."""
    return max(0, min(JUDGED, int(SHARE_FOR_JUDGE * max_seconds / run_s) - 1))


def expected_run_s(problem: Problem) -> Seconds:
    """Guess of SUMO's time for one run, before one was made."""
    links = problem.network.links
    driven = sum(links[link].free_flow_s for route in problem.scenario.demand.routes for link in route)
    return max(driven, 1.0) / UPDATES_PER_S


def counted(judge: Judge, run_s: Seconds, spend: Callable[[Seconds], None]) -> Judge:
    """A judge whose runs count as planned, `PROCESSORS` at a time."""

    def judged(plan: TimingPlan, seeds: Sequence[int]) -> Evaluation:
        spend(run_s * len(seeds) / PROCESSORS)
        return judge(plan, seeds)

    return judged
