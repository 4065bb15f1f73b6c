"""A diagnosis of a scenario: models asked, SUMO run where it is wanted."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from trafficopt.diagnosis.diagnose import Diagnosis, diagnose_answers
from trafficopt.diagnosis.movements import Answers
from trafficopt.diagnosis_text import diagnosis_object, tables
from trafficopt.model.arrivals import arrivals_on_green
from trafficopt.model.lane_figures import lane_figures
from trafficopt.model.queues.queue_model import QueueModel
from trafficopt.model.signal_model import SignalModel
from trafficopt.outputs import writable
from trafficopt.plan import TimingPlan
from trafficopt.problem import Problem
from trafficopt.reporting.plots.city_map import plot_city_map
from trafficopt.reporting.plots.plot_file import save_plot
from trafficopt.search.explanation import explain
from trafficopt.sumo.measure import measure
from trafficopt.whole_file import write_whole


def diagnose(
    problem: Problem,
    plan: TimingPlan | None = None,
    seeds: Sequence[int] = (),
    *,
    jobs: int | None = None,
) -> Diagnosis:
    """Tell what is wrong where under a plan.

    Parameters
    ----------
    plan
        By default the field plan.
    seeds
        SUMO's; without any, only the models speak.

    Raises
    ------
    InputError
        If the plan does not fit, or the scenario has no lanes.
    SimulationError
        If a run fails.

    Examples
    --------
    >>> import trafficopt as to
    >>> problem = to.build_problem(to.read_scenario(to.example_path("main_street")))
    >>> found = diagnose(problem)
    >>> len(found.worklist) == len(problem.field_plan)
    True
    """
    timed = problem.field_plan if plan is None else plan
    staged = problem.with_stages_of(timed)
    model, signals = QueueModel(staged), SignalModel(staged)
    answers = Answers(
        estimate=model.estimate(timed),
        links=model.links,
        lanes=lane_figures(staged, timed),
        explanations=explain(staged, timed),
        on_green=arrivals_on_green(signals, timed),
        measured=measure(problem.scenario, timed, seeds, jobs=jobs) if seeds else None,
    )
    return diagnose_answers(staged, timed, answers)


def write_diagnosis(diagnosis: Diagnosis, problem: Problem, folder: Path) -> None:
    """Write `diagnosis.json`, a CSV table of each kind of figures, and a map of delays, to a folder.

    Raises
    ------
    InputError
        If the folder cannot be written.
    """
    writable(folder)
    text = json.dumps(diagnosis_object(diagnosis), ensure_ascii=False, allow_nan=False, indent=1)
    for name, content in {"diagnosis.json": text + "\n", **tables(diagnosis)}.items():
        write_whole(folder / name, content)
    delays = {p.figures.id: p.figures.delay_s for p in diagnosis.worklist if np.isfinite(p.figures.delay_s)}
    save_plot(folder / "delays.svg", partial(plot_city_map, problem.network, delays))
