"""The example read, checked, estimated and simulated."""

from __future__ import annotations

import time
from collections.abc import Iterator

from trafficopt.doctor.checkup import AGAIN, Checkup, ok, problem, warning
from trafficopt.evaluation import HEADLINE
from trafficopt.examples import example_path
from trafficopt.linter import lint
from trafficopt.model.queues.queue_model import QueueModel
from trafficopt.problem import Problem, build_problem
from trafficopt.rules.findings import errors
from trafficopt.sumo.judge import simulate
from trafficopt.sumo.proof import prove_plan
from trafficopt.sumo.read import read_scenario
from trafficopt.units import Seconds

EXAMPLE = "main_street"
MINUTES = 5.0
TIME_LIMIT_S: Seconds = 120.0  # of each run of SUMO, which takes a second or two
APART = 0.25  # of SUMO's delay; the model and SUMO 1.28 are 3 % apart here


def example_checkups() -> Iterator[Checkup]:
    """Each step of the self-test, with how long it took."""
    begun = time.perf_counter()
    example = build_problem(read_scenario(example_path(EXAMPLE), minutes=MINUTES))
    read = f"{len(example.network.intersections)} signals, {len(example.scenario.demand)} vehicles"
    yield ok("example", f"{EXAMPLE} is read: {read}{_took(begun)}")
    wrong = errors(lint(example))
    if wrong:
        yield problem("safety rules", f"{len(wrong)} errors in the plan of the example", AGAIN)
    else:
        yield ok("safety rules", "no errors in the plan of the example")
    begun = time.perf_counter()
    delay_s = QueueModel(example).estimate(example.field_plan).mean_delay_s
    yield ok("queue model", f"{delay_s:.1f} s of delay a vehicle{_took(begun)}")
    yield _simulated(example, delay_s)


def _simulated(example: Problem, model_s: Seconds) -> Checkup:
    """SUMO must show the field plan, and delay about as the model says."""
    begun, plan = time.perf_counter(), example.field_plan
    prove_plan(example.scenario, plan, time_limit_s=TIME_LIMIT_S)
    found = simulate(example.scenario, plan, (1,), jobs=1, time_limit_s=TIME_LIMIT_S)
    delay_s = found.mean(HEADLINE)
    told = f"the plan is shown, {delay_s:.1f} s of delay a vehicle in {MINUTES:g} minutes{_took(begun)}"
    if abs(model_s - delay_s) > APART * delay_s:
        return warning("SUMO run", f"{told}: far from the queue model", AGAIN)
    return ok("SUMO run", told)


def _took(begun: float) -> str:
    return f" ({time.perf_counter() - begun:.2f} s)"
