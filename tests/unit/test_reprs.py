"""Every public type prints as a short table, and is the same table in a notebook."""

from __future__ import annotations

import inspect
import re
from dataclasses import is_dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pytest

import trafficopt as to
from tests.unit.test_calibration import nothing_of
from tests.unit.test_table_repr import Words
from trafficopt.batch.method import Method
from trafficopt.evaluation import SeedResult
from trafficopt.ledger import Effort, Kind, open_matter
from trafficopt.model.corridor import CorridorLink, CorridorSignal, Pattern, Span
from trafficopt.model.queues.fitting import fit_calibration
from trafficopt.model.reconciliation import Pair, Row
from trafficopt.model.timing_answer import TimingModel
from trafficopt.model.wave_design import WaveChoice, WaveDesign
from trafficopt.programme.attribution import Attribution, Effect, Step
from trafficopt.programme.sites import read_sites
from trafficopt.programme.work import City
from trafficopt.reporting.plots.batch_plots import CellFigures
from trafficopt.result import SampleCost
from trafficopt.robustness import FIELD, NEW, DemandOutcome, PlanOutcome
from trafficopt.sumo.run_store import StoredRun
from trafficopt.table_repr import LINE_LENGTH, MOST_LINES, Tabled

PUBLIC = {name: getattr(to, name) for name in to.__all__}
TYPES = sorted(name for name, kind in PUBLIC.items() if inspect.isclass(kind) and is_dataclass(kind))
IN_NOTEBOOKS = (
    *("Scenario", "Network", "TimingPlan", "SignalTiming", "Result", "Study", "Evaluation", "Comparison"),
    *("Change", "Diagnosis", "Explanation", "Robustness", "BatchResults", "Ledger", "Programme"),
    *("Intersection", "Problem", "QueueEstimate", "WaveStudy", "DayPlan"),
)
BEFORE, AFTER = (
    to.Evaluation(
        plan,
        tuple(
            SeedResult(seed, 100, 98, 2, 0, delay, 1.2, 0.3 * delay, 0.0, 0, 0, 0)
            for seed, delay in enumerate(delays, start=1)
        ),
    )
    for plan, delays in (("field", (50.0, 52.0, 51.0)), ("new", (40.0, 43.0, 41.0)))
)
COMPARISON = to.compare(BEFORE, AFTER)
CHANGE = COMPARISON["mean_delay_s"]


def treatments() -> list[object]:
    return [
        to.BanTurn("a", "b", 0.0, 3600.0),
        to.ChangeLaneUse("a", {0: ["through", "right"]}),
        to.CloseOpening("U1", "a", "b"),
        to.ExtendPocket("a", 30.0),
        to.MoveOpening("U1", "a", "b", 60.0),
        to.RemoveIsland("J1"),
    ]


def small_ones(plan: to.TimingPlan) -> list[object]:
    place, day = ("M1", "J1", Kind.INTERSECTION, "waits too long", "93 s"), date(2021, 3, 5)
    matter = open_matter(*place, owner="signals", effort=Effort.SIMPLE, opened=day)
    pair = ((FIELD, BEFORE), (NEW, AFTER))
    demand = {name: PlanOutcome(40.0, each.values("mean_delay_s"), each) for name, each in pair}
    return [
        to.Finding("short-yellow", to.Severity.ERROR, "J1", ("a->b",), "2 s of yellow, 3 s are needed"),
        to.Waiver("short-yellow", "J1", "slow street", ("a->b",)),
        *(matter, to.Ledger((matter,))),
        *(to.Objective(stop_s=10.0, walk=1.0), to.Performance(40.0, 1.2), to.Risk(0.5)),
        *(to.DemandSamples((0.8, 1.0)), to.Robustness(to.Risk(), (DemandOutcome("x1", 1.0, 90, demand),))),
        to.DemandProfile(0.0, 900.0, ("in", "out"), np.array([[1.0, 2.0], [3.0, 4.0]])),
        *(to.Period(0.0, 3600.0, "field"), to.DayPlan((to.Period(0.0, 3600.0, "field"),), {"field": plan})),
        to.queue_measures(90.0, np.array([30.0, 40.0]), 500.0, 1800.0),
    ]


def of_a_corridor() -> list[object]:
    pattern = Pattern(Span(), Span(30.0), Span(), Span(30.0))
    signals = tuple(CorridorSignal(name, (pattern,)) for name in ("J1", "J2"))
    corridor = to.Corridor("A1", (60.0, 60.0), signals, (CorridorLink((20.0, 20.0), (20.0, 20.0)),))
    return [corridor, to.design_bands(corridor)]


def of_searches(scenario: to.Scenario, plan: to.TimingPlan) -> list[object]:
    samples = (SampleCost("x1", 1.0, 50.0, 40.0),)
    result = to.Result(plan, to.Status.IMPROVED, "Time was up.", 50.0, 40.0, (), 1, 4.2, samples=samples)
    choice = WaveChoice(None, plan, 0.5, 1, 40.0, 1.2)
    design = WaveDesign(choice, (choice,), ("Main Street",), {})
    return [
        result,
        to.Study(scenario, result, plan, to.Status.IMPROVED, COMPARISON),
        to.WaveStudy(scenario, design, choice, (), {}),
    ]


def of_many_runs(scenario: to.Scenario, plan: to.TimingPlan, diagnosis: to.Diagnosis) -> list[object]:
    steps = [Step(each.plan, StoredRun(each.plan, each)) for each in (BEFORE, AFTER)]
    attribution = Attribution((Effect("retime", CHANGE, CHANGE, ("1", "2")),), *steps)
    cells = (CellFigures("town", "optimize", 1.0, 0, 0, AFTER, (40.0, 43.0), COMPARISON.changes),)
    return [
        to.Programme(
            scenario, read_sites(scenario), diagnosis, {}, (), (), attribution, City(scenario, plan)
        ),
        to.BatchResults(Path("out"), {}, cells, {}, 3, 0),
        to.Matrix(Path("study.toml"), (), (), (Method("shipped"), Method("optimize")), (0.9, 1.0), (1, 2)),
    ]


@pytest.fixture(scope="module")
def shown() -> dict[str, object]:
    """An object of each public type, by its name; most are those of the example."""
    scenario = to.read_scenario(to.example_path("main_street"), minutes=5)
    problem = to.build_problem(scenario)
    node, plan = problem.network.intersections[0], problem.field_plan
    model = to.QueueModel(problem)
    diagnosis = to.diagnose(problem)
    worst = Row(("a", "b"), Pair(9.0, 9.0), Pair(90.0, 180.0), 1.0)
    agreement = (Pair(40.0, 45.0), (worst,), (), (), 0.9, 0.8)
    objects = [
        *(scenario, problem, problem.network, node, node.heads[0], node.movements[0], node.conflicts),
        *(node.requirements, problem.network.arterials[0], plan, plan[node.id], plan[node.id].stages[0]),
        *(scenario.limits, model, to.SignalModel(problem), model.estimate(plan), model.passages(plan)),
        *(BEFORE, COMPARISON, CHANGE, diagnosis, to.explain(problem, plan)[node.id]),
        *(nothing_of(problem), fit_calibration(problem, plan, nothing_of(problem))),
        *(*treatments(), *small_ones(plan), *of_a_corridor(), *of_searches(scenario, plan)),
        *of_many_runs(scenario, plan, diagnosis),
        to.Reconciliation("field", (1,), 300.0, model.estimate(plan), *agreement),
        to.candidate_sequences(node)[1],
        TimingModel(problem, plan, node.id).answer(plan[node.id]),
        to.link_queues(problem, model.passages(plan)),
        to.offset_delays(to.SignalModel(problem), plan, [node.id], step_s=20.0),
        to.EditedScenario(scenario, plan, tuple(treatments()), {"v": 3.0}),  # type: ignore[arg-type]
        to.BoundPlan(plan, ("J1: has a movement that the plan lacks",)),
    ]
    return {type(each).__name__: each for each in objects}


def test_there_is_an_object_of_every_public_type(shown: dict[str, object]) -> None:
    assert set(TYPES) - set(shown) == set()
    assert set(IN_NOTEBOOKS) <= set(TYPES)


@pytest.mark.parametrize("name", [*TYPES, "QueueModel", "SignalModel"])
def test_it_prints_as_a_short_table(shown: dict[str, object], name: str) -> None:
    lines = repr(shown[name]).splitlines()
    assert 1 <= len(lines) <= MOST_LINES + 5 * (name == "Explanation")
    assert max(map(len, lines)) <= LINE_LENGTH + 40
    assert "object at 0x" not in repr(shown[name])
    assert not re.search(r"array\(|\w+\(\w+=", repr(shown[name]))


@pytest.mark.parametrize("name", [*TYPES, "QueueModel", "SignalModel"])
def test_a_notebook_shows_the_same(shown: dict[str, object], name: str) -> None:
    each = shown[name]
    assert isinstance(each, Tabled)
    page = Words(each._repr_html_())
    assert page.open == []
    assert " ".join(page.texts).split() == repr(each).split()
