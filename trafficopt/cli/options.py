"""Arguments and options of the commands, and what they stand for."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from trafficopt.errors import InputError

if TYPE_CHECKING:
    from trafficopt.plan import TimingPlan
    from trafficopt.problem import Problem
    from trafficopt.scenario import Scenario

log = logging.getLogger("trafficopt")

MOST_SEEDS = 10_000
LARGEST_SEED = 2**31 - 1  # of SUMO
ScenarioArgument: TypeAlias = Annotated[
    Path, typer.Argument(metavar="SCENARIO", help="A folder with scenario.toml, that file, or any .sumocfg.")
]
OutOption: TypeAlias = Annotated[
    Path, typer.Option("-o", "--out", metavar="DIR", help="Folder for the results.")
]
SeedsOption: TypeAlias = Annotated[
    str, typer.Option(metavar="N", help="SUMO's seeds: a number N for 1..N, or a list such as 5,6,7.")
]
SecondsOption: TypeAlias = Annotated[
    float, typer.Option(metavar="S", min=1.0, help="Limit of the optimizer's wall-clock time, SUMO included.")
]
SeedOption: TypeAlias = Annotated[
    int, typer.Option(metavar="K", min=1, max=1_000_000, help="The optimizer's seed.")
]
TeleportOption: TypeAlias = Annotated[
    float | None,
    typer.Option(metavar="S", help="Overrides the time to teleport; -1: vehicles are never removed."),
]
MinutesOption: TypeAlias = Annotated[
    float | None, typer.Option(metavar="M", min=1.0, help="Only the first M minutes of the scenario.")
]
PlanOption: TypeAlias = Annotated[
    Path | None,
    typer.Option(metavar="PLAN", help="A plan.json, or a SUMO additional file. Default: the field plan."),
]
ProfileOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="P", help="Rule profile: keep, us, cn or de. Default: that of the scenario, or keep."
    ),
]
JsonOption: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def problem_and_plan(
    scenario: Path,
    plan: Path | None,
    teleport: float | None,
    minutes: float | None,
    profile: str | None = None,
) -> tuple[Problem, TimingPlan]:
    """The problem, and the plan named by PLAN or the field plan."""
    from trafficopt.problem import build_problem
    from trafficopt.sumo.read import read_scenario

    read = read_scenario(scenario, teleport_s=teleport, minutes=minutes, profile=profile)
    problem = build_problem(read)
    return problem, problem.field_plan if plan is None else _plan(plan, problem.scenario)


def _plan(path: Path, scenario: Scenario) -> TimingPlan:
    """The plan of a file, bound to the network; what does not fit is told."""
    from trafficopt.signals.gate import check_fits
    from trafficopt.signals.plan_files import read_plan
    from trafficopt.sumo.plan_programs import read_plan_programs

    if not path.is_file():
        what = "is no file" if path.exists() else "does not exist"
        raise InputError(path, what, "name a plan.json or a SUMO additional file with <tlLogic>")
    if path.suffix != ".json":
        return read_plan_programs(path, scenario)
    bound = read_plan(path, scenario.network)
    check_fits(scenario.network, bound.plan, path)
    for difference in bound.differences:
        log.warning("%s: %s", path, difference)
    return bound.plan


def parse_seeds(text: str) -> tuple[int, ...]:
    """Seeds 1..N of a number N, or those of a list.

    Examples
    --------
    >>> parse_seeds("3"), parse_seeds("5,6")
    ((1, 2, 3), (5, 6))
    """
    try:
        numbers = tuple(int(part) for part in text.split(","))
    except ValueError:
        numbers = ()
    is_list = "," in text
    remedy = "write 5 for seeds 1..5, or 5,6,7"
    if not numbers or min(numbers) < (0 if is_list else 1):
        raise InputError("--seeds", f"{text!r} is no number above zero, and no list", remedy)
    if len(set(numbers)) < len(numbers):
        raise InputError("--seeds", f"{text!r} names a seed twice", remedy)
    if max(numbers) > LARGEST_SEED:
        raise InputError("--seeds", f"{text!r} names a seed above {LARGEST_SEED}", remedy)
    if not is_list and numbers[0] > MOST_SEEDS:
        raise InputError("--seeds", f"{text!r} are more runs than {MOST_SEEDS}", remedy)
    return numbers if is_list else tuple(range(1, numbers[0] + 1))
