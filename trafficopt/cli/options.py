"""Arguments and options of the commands, and what they stand for."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import typer

from trafficopt.errors import InputError

if TYPE_CHECKING:
    from trafficopt.plan import TimingPlan
    from trafficopt.problem import Problem

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
StagesOption: TypeAlias = Annotated[
    Literal["shipped", "protected", "warranted"],
    typer.Option(
        help="shipped: the field plan's stages; protected: other stages, but who has a protected green keeps "
        "one; warranted: permissive alone where the rule profile allows it."
    ),
]
CompareStagesOption: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--compare-stages", help="Report also what the other choices of --stages would give (three searches)."
    ),
]
ObjectiveOption: TypeAlias = Annotated[
    Literal["delay", "fuel", "arterials", "walk"],
    typer.Option(
        help="What is made small. delay: mean delay; fuel: delay and stops by the fuel that they take; "
        "arterials: delay on arterials counts twice; walk: delay and the wait of pedestrians."
    ),
]
DemandsOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="LIST",
        help="One plan for several demands: factors on the usual one, such as 0.8,1,1.2, and scenarios of "
        "the same network (other days). All count the same.",
    ),
]
RiskOption: TypeAlias = Annotated[
    str,
    typer.Option(
        metavar="R",
        help="What is made small over --demands. mean: the mean; cvar: the mean of the worst half; cvar:0.3: "
        "of the worst 0.3.",
    ),
]
RegretOption: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--regret",
        help="Report also what the usual demand's plan loses under --demands (a search more for each).",
    ),
]
TeleportOption: TypeAlias = Annotated[
    float | None,
    typer.Option(metavar="S", help="Overrides the time to teleport; -1: vehicles are never removed."),
]
MinutesOption: TypeAlias = Annotated[
    float | None, typer.Option(metavar="M", min=1.0, help="Only the first M minutes of the scenario.")
]
PrecisionOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="P%",
        help="Add seeds until the change of mean delay is known within P percent of the delay before.",
    ),
]
MarginOption: TypeAlias = Annotated[
    str, typer.Option(metavar="P%", help="Least change that matters, in percent of the mean before.")
]
WarmUpOption: TypeAlias = Annotated[
    float,
    typer.Option(
        metavar="M", min=0.0, help="Vehicles of the first M minutes drive, but do not count in SUMO."
    ),
]
EmissionsOption: TypeAlias = Annotated[
    bool, typer.Option("--emissions", help="Also measure fuel and CO2 in SUMO, which takes longer.")
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
AgainstSumoOption: TypeAlias = Annotated[
    bool, typer.Option("--against-sumo", help="Also run SUMO, and tell where the two differ and why.")
]
FrozenRoutesOption: TypeAlias = Annotated[
    bool,
    typer.Option("--frozen-routes", help="Keep all drivers on the routes planned before the run."),
]
PlotOption: TypeAlias = Annotated[
    Path | None,
    typer.Option(metavar="FILE.svg", help="With --against-sumo: draw the model's delays over SUMO's."),
]
JsonOption: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def problem_and_plan(
    scenario: Path,
    plan: Path | None,
    teleport: float | None = None,
    minutes: float | None = None,
    profile: str | None = None,
    *,
    safe: bool = False,
) -> tuple[Problem, TimingPlan]:
    """The problem, and the plan named by PLAN or the field plan.

    Programs of a SUMO file become the problem's own; `safe` refuses unsafe ones, since nothing that comes
    after knows what they replaced.
    """
    from trafficopt.problem import build_problem
    from trafficopt.signals.gate import check_fits, require_safe_change
    from trafficopt.signals.plan_files import read_plan
    from trafficopt.sumo.plan_programs import with_programs
    from trafficopt.sumo.read import read_scenario

    if plan is not None and not plan.is_file():
        what = "is no file" if plan.exists() else "does not exist"
        raise InputError(plan, what, "name a plan.json or a SUMO additional file with <tlLogic>")
    read = read_scenario(scenario, teleport_s=teleport, minutes=minutes, profile=profile)
    if plan is not None and plan.suffix != ".json":
        programmed = with_programs(plan, read)
        if safe:
            require_safe_change(read, programmed)
        return build_problem(programmed), programmed.field_plan
    problem = build_problem(read)
    if plan is None:
        return problem, problem.field_plan
    bound = read_plan(plan, read.network)
    check_fits(read.network, bound.plan, plan)
    for difference in bound.differences:
        log.warning("%s: %s", plan, difference)
    return problem, bound.plan


def parse_percent(option: str, text: str) -> float:
    """A percentage, with its sign or without.

    Examples
    --------
    >>> parse_percent("--margin", "2%"), parse_percent("--margin", "0.5")
    (2.0, 0.5)
    """
    try:
        return float(text.strip().removesuffix("%"))
    except ValueError:
        raise InputError(option, f"{text!r} is no percentage", "write 2% or 2") from None


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
