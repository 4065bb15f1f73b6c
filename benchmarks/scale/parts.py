"""Processor time and memory of each step from files to a first plan, in a process of its own."""

from __future__ import annotations

import resource
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import trafficopt as to
from trafficopt.errors import TrafficoptWarning
from trafficopt.problem import Problem
from trafficopt.search.first_plan import first_plan
from trafficopt.search.offsets import coordinated
from trafficopt.search.zones import coordination_zones
from trafficopt.stage import Stage
from trafficopt.units import Seconds

ALL_PARTS = (
    "read_scenario",
    "build_problem",
    "stage sequences",
    "zones",
    "first plan",
    "build the queue model",
    "evaluate a plan",
)
UNTIL_FIRST_PLAN = ALL_PARTS[:5]
BYTES_OF_RSS = 1 if sys.platform == "darwin" else 1024

Menu = dict[str, tuple[tuple[Stage, ...], ...]]


@dataclass(frozen=True, slots=True)
class Costs:
    """What a city of one size costs.

    Attributes
    ----------
    seconds
        Processor time of each part, children included.
    memory_mb
        Most memory held until each part was done.
    """

    signals: int
    retimed: int
    vehicles: int
    seconds: dict[str, Seconds] = field(default_factory=dict)
    memory_mb: dict[str, float] = field(default_factory=dict)

    @property
    def until_first_plan_s(self) -> Seconds:
        """All that a first plan takes, from files on."""
        return sum(self.seconds.get(part, 0.0) for part in UNTIL_FIRST_PLAN)


def costs_of(folder: Path) -> Costs:
    """Costs of a scenario; run it in a fresh process, or memory is that of all that went before."""
    warnings.simplefilter("ignore", TrafficoptWarning)
    seconds: dict[str, Seconds] = {}
    memory_mb: dict[str, float] = {}

    @contextmanager
    def part(name: str) -> Iterator[None]:
        began = _processor_s()
        yield
        seconds[name] = _processor_s() - began
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        memory_mb[name] = peak * BYTES_OF_RSS / 1e6

    with part("read_scenario"):
        scenario = to.read_scenario(folder, teleport_s=-1.0)
    with part("build_problem"):
        problem = to.build_problem(scenario)
    with part("stage sequences"):
        menu = _menu(problem)
    with part("zones"):
        zones = coordination_zones(problem, _retimed(problem))
    with part("first plan"):
        first_plan(problem, menu, zones, coordinate=partial(coordinated, problem))
    with part("build the queue model"):
        model = to.QueueModel(problem)
    model.estimate(problem.field_plan)  # compiles, and touches all memory
    with part("evaluate a plan"):
        model.estimate(problem.field_plan)
    return Costs(
        len(scenario.network.intersections), len(scenario.retime), len(scenario.demand), seconds, memory_mb
    )


def _menu(problem: Problem) -> Menu:
    """All candidate sequences of each signal that may be retimed."""
    return {
        node.id: tuple(to.stages_in_order(node, sequence.states) for sequence in to.candidate_sequences(node))
        for node in problem.network.intersections
        if node.id in problem.scenario.retime
    }


def _retimed(problem: Problem) -> list[int]:
    """Indices of the signals that may be retimed."""
    nodes = problem.network.intersections
    return [index for index, node in enumerate(nodes) if node.id in problem.scenario.retime]


def _processor_s() -> Seconds:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime
