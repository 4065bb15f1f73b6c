"""Processor time and memory of each step from files to a first plan, in a process of its own."""

from __future__ import annotations

import resource
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import trafficopt as to
from trafficopt.errors import TrafficoptWarning
from trafficopt.problem import Problem
from trafficopt.search.first_plan import FirstPlan, first_plan
from trafficopt.search.menu import StagePolicy, menus
from trafficopt.search.offsets import coordinated
from trafficopt.search.zones import coordination_zones
from trafficopt.units import Seconds

ALL_PARTS = (
    "read_scenario",
    "build_problem",
    "stage sequences",
    "zones",
    "greens and cycles",
    "offsets",
    "build the queue model",
    "evaluate a plan",
)
UNTIL_FIRST_PLAN = ALL_PARTS[:6]
BYTES_OF_RSS = 1 if sys.platform == "darwin" else 1024


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
        return sum(self.seconds[part] for part in UNTIL_FIRST_PLAN)

    @property
    def first_plan_mb(self) -> float:
        """Most memory held until the first plan was there."""
        return max(self.memory_mb[part] for part in UNTIL_FIRST_PLAN)


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
        choosable = menus(problem, StagePolicy.PROTECTED)
        menu = {key: tuple(map(own.stages, own.sequences)) for key, own in choosable.items()}
    with part("zones"):
        nodes = problem.network.intersections
        zones = coordination_zones(problem, [k for k, node in enumerate(nodes) if node.id in menu])
    with part("greens and cycles"):
        first = first_plan(problem, menu, zones)
    with part("offsets"):
        _coordinate(problem, first)
    with part("build the queue model"):
        model = to.QueueModel(problem)
    model.estimate(problem.field_plan)  # compiles, and touches all memory
    with part("evaluate a plan"):
        model.estimate(problem.field_plan)
    return Costs(
        len(scenario.network.intersections), len(scenario.retime), len(scenario.demand), seconds, memory_mb
    )


def _coordinate(problem: Problem, first: FirstPlan) -> None:
    """Find the offsets of every zone."""
    for zone, cycle_s in zip(first.zones, first.cycle_s, strict=True):
        if len(zone) > 1:
            coordinated(problem, first.plan, zone, cycle_s)


def _processor_s() -> Seconds:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime
