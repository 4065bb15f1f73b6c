"""How fast the queue model is: beside SUMO, with vehicles and time, and until the first answer.

    python -m benchmarks.queue_speed [against-sumo] [growth] [start]

By default all three. Times are of processors (children included), of one process at a time: other work on the
machine changes them little, but not nothing.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np

import trafficopt as to
from benchmarks.fidelity.scenarios import ROOT, read_case
from benchmarks.fidelity.sizes import MAPS
from trafficopt.demand import Demand
from trafficopt.errors import TrafficoptWarning
from trafficopt.model.agreement import determination
from trafficopt.model.queues.queue_model import QueueModel
from trafficopt.model.queues.state import State, make_state
from trafficopt.scenario import Scenario
from trafficopt.units import FloatArray, Seconds

ROUNDS = 3
CITY = ROOT / "scenarios" / "cangzhou"
MINUTES, SHARES = (15, 30, 45, 60), (0.25, 0.5, 0.75, 1.0)
REPEATS = 5


def children_s() -> Seconds:
    """Processor time of all child processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def read(name: str) -> Scenario:
    """A map by name, or the city for an hour."""
    if name == CITY.name:
        return to.read_scenario(CITY, teleport_s=-1.0, minutes=60)
    with tempfile.TemporaryDirectory() as folder:
        return read_case(name, Path(folder))


def against_sumo() -> None:
    """Evaluations in the processor time of one run of SUMO, both in turn."""
    print("| map | vehicles | SUMO [s] | evaluation [ms] | evaluations a run, by round | median |")
    print("|---|---|---|---|---|---|")
    for name in MAPS:
        scenario = read(name)
        problem, plan = to.build_problem(scenario), scenario.field_plan
        model = QueueModel(problem)
        model.estimate(plan)
        to.simulate(problem, plan, (1,), jobs=1)
        runs, counts = [], []
        for seed in range(1, ROUNDS + 1):
            before = children_s()
            to.simulate(problem, plan, (seed,), jobs=1)
            runs.append(children_s() - before)
            counts.append(_evaluations(model, plan, runs[-1]))
        each = 1000 * np.median(np.array(runs) / counts)
        rounds = ", ".join(f"{count:.0f}" for count in counts)
        cells = (name, len(scenario.demand), f"{np.median(runs):.2f}", f"{each:.2f}", rounds)
        print(f"| {' | '.join(map(str, cells))} | {np.median(counts):.0f} |", flush=True)


def _evaluations(model: QueueModel, plan: to.TimingPlan, seconds: Seconds) -> float:
    """Evaluations in some processor time."""
    began, done = time.process_time(), 0
    while (used := time.process_time() - began) < seconds:
        model.estimate(plan)
        done += 1
    return done * seconds / used


def growth() -> None:
    """Time of an evaluation of the city against vehicles and seconds."""
    whole = read(CITY.name)
    rows = []
    print(
        "| minutes | share of demand | vehicles | vehicle-seconds | evaluation [ms] |\n|---|---|---|---|---|"
    )
    for minutes in MINUTES:
        for share in SHARES:
            problem = to.build_problem(thinned(whole, 60.0 * minutes, share))
            model, plan = QueueModel(problem), problem.field_plan
            under_way_s = vehicle_seconds(model, plan)
            each_ms = 1000 * min(_processor_s(model, plan) for _ in range(REPEATS))
            rows.append((under_way_s, each_ms))
            cells = (minutes, f"{100 * share:.0f} %", len(problem.scenario.demand), f"{under_way_s:.0f}")
            print(f"| {' | '.join(map(str, cells))} | {each_ms:.1f} |", flush=True)
    x, y = np.array(rows).T
    slope, level = np.polyfit(x, y, 1)
    r2 = determination(level + slope * x, y, np.ones(len(x)))
    print(f"\nLine: {level:.1f} ms + {1e6 * slope:.1f} ms a million vehicle-seconds, R2 {r2:.3f}.")


def thinned(scenario: Scenario, period_s: Seconds, share: float) -> Scenario:
    """The first seconds of a scenario, with a share of its vehicles."""
    demand, begin_s = scenario.demand, scenario.simulation.begin_s
    drawn = np.random.default_rng(1).random(len(demand)) < share
    kept = np.flatnonzero(drawn & (demand.depart_s < begin_s + period_s))
    less = Demand(
        vehicles=tuple(demand.vehicles[k] for k in kept),
        depart_s=demand.depart_s[kept],
        routes=tuple(demand.routes[k] for k in kept),
        types=tuple(demand.types[k] for k in kept),
        vehicle_types=demand.vehicle_types,
        departures=tuple(demand.departures[k] for k in kept) if demand.departures else (),
    )
    demanded = {key: scenario.demanded[key] for key in less.vehicles if key in scenario.demanded}
    settings = replace(scenario.simulation, end_s=begin_s + period_s)
    return replace(scenario, demand=less, demanded=demanded, simulation=settings)


def vehicle_seconds(model: QueueModel, plan: to.TimingPlan) -> Seconds:
    """Time that all vehicles are under way within the window [veh*s], by the model."""
    end = model.problem.scenario.simulation.period_s
    state = model.run(plan, make_state(model.roads, model.fleet, int(end), record=True))
    entered = state.vehicles.gone > 0
    until = np.where(state.vehicles.gone == 2, _last_passed_s(state), end)
    return float((until - state.vehicles.departed)[entered].sum())


def _last_passed_s(state: State) -> FloatArray:
    """When each vehicle passed the last stop line or arrived [s], shape (n_vehicles,)."""
    passed = np.where(np.isnan(state.log[:, 1]), -np.inf, state.log[:, 1])
    return np.asarray(np.maximum.reduceat(passed, state.vehicles.log_at))


def _processor_s(model: QueueModel, plan: to.TimingPlan) -> Seconds:
    before = time.process_time()
    model.estimate(plan)
    return time.process_time() - before


def start() -> None:
    """Processor time until the first answer, step by step, and of the window of the largest signal."""
    print(
        "| map | read [s] | build the problem [s] | build the model [s] | first answer [s] "
        "| next [ms] | window of a signal [ms] |"
    )
    print("|---|---|---|---|---|---|---|")
    for name in (*MAPS, CITY.name):
        times = [time.process_time() + children_s()]

        def note(times: list[float] = times) -> None:
            times.append(time.process_time() + children_s())

        scenario = read(name)
        note()
        problem = to.build_problem(scenario)
        note()
        model = QueueModel(problem)
        note()
        model.estimate(problem.field_plan)
        note()
        model.estimate(problem.field_plan)
        note()
        *steps, last = np.diff(times)
        busiest = max(problem.network.intersections, key=lambda node: len(node.movements)).id
        surroundings = model.window([busiest], model.record(problem.field_plan))
        window = 1000 * _processor_s(surroundings, problem.field_plan)
        told = " | ".join(f"{step:.2f}" for step in steps)
        print(f"| {name} | {told} | {1000 * last:.1f} | {window:.1f} |", flush=True)


PARTS = {"against-sumo": against_sumo, "growth": growth, "start": start}


def main() -> None:
    """Print the tables that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parts = parser.parse_args().parts or list(PARTS)
    if unknown := set(parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    warnings.simplefilter("ignore", TrafficoptWarning)
    for number, part in enumerate(parts):
        print("\n" * (number > 0), end="")
        PARTS[part]()


if __name__ == "__main__":
    main()
