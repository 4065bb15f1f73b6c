"""The demands that a plan shall be good for, as the command line names them, and what became of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from trafficopt.console import in_words
from trafficopt.errors import InputError
from trafficopt.robustness import FIELD, NEW, NOMINAL, OWN

if TYPE_CHECKING:
    from trafficopt.demand_samples import DemandSamples
    from trafficopt.robustness import DemandOutcome, Robustness

HEADS = {FIELD: "field plan", NEW: "new plan", NOMINAL: "usual demand's", OWN: "its own"}
REMEDY = "write factors and scenarios such as 0.8,1,1.2 or 1,friday.sumocfg"


def read_demands(
    text: str | None,
    teleport: float | None = None,
    minutes: float | None = None,
    profile: str | None = None,
) -> DemandSamples | None:
    """Demands of a list of factors and scenario files; None where there is none.

    Raises
    ------
    InputError
        If a part is neither, or they are none together.
    """
    if text is None:
        return None
    from trafficopt.demand_samples import DemandSamples
    from trafficopt.sumo.read import read_scenario

    parts = parse_demands(text)
    return DemandSamples(
        tuple(
            part
            if isinstance(part, float)
            else read_scenario(part, teleport_s=teleport, minutes=minutes, profile=profile)
            for part in parts
        )
    )


def parse_demands(text: str) -> tuple[float | Path, ...]:
    """Factors and paths of a list.

    Examples
    --------
    >>> parse_demands("0.8, 1,1.2")
    (0.8, 1.0, 1.2)
    """
    parts: list[float | Path] = []
    faults = []
    for part in (piece.strip() for piece in text.split(",")):
        try:
            parts.append(float(part))
        except ValueError:
            parts.append(Path(part))
            if not part or not Path(part).exists():
                faults.append(f"{part!r} is no number and no file")
    if faults:
        raise InputError("--demands", faults, REMEDY)
    return tuple(parts)


def check_options(demands: str | None, risk: str, regret: bool, compare_stages: bool) -> None:
    """Refuse options that say nothing without --demands, or with it.

    Raises
    ------
    InputError
        If there is one.
    """
    for option, is_given in (("--risk", risk != "mean"), ("--regret", regret)):
        if is_given and demands is None:
            raise InputError(option, "speaks of several demands", "add --demands 0.8,1,1.2")
    if compare_stages and demands is not None:
        fault = "compares plans for the usual demand"
        raise InputError("--compare-stages", fault, "leave it out, or leave out --demands")


def robustness_text(found: Robustness) -> str:
    """A line for each demand and one for all of them, in values of the objective in SUMO."""
    names = [name for name in HEADS if name in found.demands[0].plans]
    heads = ["demand", "vehicles", *(HEADS[name] for name in names), "change"]
    rows = [_row(found, demand, names) for demand in found.demands]
    values = [f"{sum(v) / len(v):.2f}" for v in (found.values_s(n) for n in names if n != OWN)]
    blank = [""] * (OWN in names)
    rows.append([str(found.risk), "", *values, *blank, in_words(found.change())])
    if found.knows_regret:
        regrets = [f"{found.worst_regret_s(name):.2f}" for name in names if name != OWN]
        rows.append(["worst regret", "", *regrets, *blank, ""])
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    lines = [
        "  ".join(
            cell.ljust(width) if place in (0, len(heads) - 1) else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in [heads, *rows]
    ]
    said = [f"  under {name} the new plan fails" for name in found.fails_under]
    return "\n".join([*(f"  {line}" for line in lines), *said])


def _row(found: Robustness, demand: DemandOutcome, names: list[str]) -> list[str]:
    means = [f"{demand.plans[name].mean_s:.2f}" for name in names]
    return [demand.name, str(demand.vehicles), *means, in_words(found.change_under(demand))]
