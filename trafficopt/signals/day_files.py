"""A day of plans as JSON: periods in `day.json`, and each plan in a file of its own beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from trafficopt.day_plan import NAME, DayPlan, Period
from trafficopt.errors import InputError
from trafficopt.network import Network
from trafficopt.plan import TimingPlan
from trafficopt.scenario import Scenario
from trafficopt.signals.plan_files import plan_json, read_plan

FORMAT = "trafficopt-day/1"
DAY = "day.json"
REMEDY = "use a day.json that trafficopt wrote, with its plan-NAME.json files beside it"


def write_day(scenario: Scenario, day: DayPlan, folder: Path) -> None:
    """Write `day.json`, and a `plan-NAME.json` for each plan, to a folder that exists.

    Raises
    ------
    InputError
        If a plan does not fit the network.
    UnsafePlanError
        If one breaks a safety rule.
    """
    texts = {name: plan_json(scenario, plan) for name, plan in sorted(day.plans.items())}
    for name, text in texts.items():
        _plan_path(folder, name).write_text(text, encoding="utf-8")
    periods = [{"begin_s": float(p.begin_s), "end_s": float(p.end_s), "plan": p.plan} for p in day.periods]
    text = json.dumps({"format": FORMAT, "periods": periods}, indent=1) + "\n"
    (folder / DAY).write_text(text, encoding="utf-8")


def read_day(path: str | Path, network: Network) -> DayPlan:
    """Read a day that `write_day` wrote, and bind its plans to `network`.

    Parameters
    ----------
    path
        The file `day.json`, or its folder.

    Raises
    ------
    InputError
        If a file is missing or broken, periods leave gaps or overlap, or a plan was made for another
        network.
    """
    path = Path(path)
    path = path / DAY if path.is_dir() else path
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(path, error.strerror or str(error), "check the path") from None
    except ValueError as error:
        raise InputError(path, f"is not JSON: {error}", REMEDY) from None
    found = data.get("format") if isinstance(data, dict) else None
    if found != FORMAT:
        raise InputError(path, f"format is {found!r}, not {FORMAT!r}", REMEDY)
    rows = data.get("periods")
    if not isinstance(rows, list) or not rows:
        raise InputError(path, "periods are no list, or an empty one", REMEDY)
    if faults := [fault for number, row in enumerate(rows, start=1) for fault in _row_faults(number, row)]:
        raise InputError(path, faults, REMEDY)
    names = dict.fromkeys(row["plan"] for row in rows)
    plans = {name: _plan(_plan_path(path.parent, name), name, network) for name in names}
    try:
        return DayPlan(tuple(Period(row["begin_s"], row["end_s"], row["plan"]) for row in rows), plans)
    except ValueError as error:
        raise InputError(path, str(error), REMEDY) from None


def _plan_path(folder: Path, name: str) -> Path:
    return folder / f"plan-{name}.json"


def _plan(path: Path, name: str, network: Network) -> TimingPlan:
    bound = read_plan(path, network)
    if bound.differences:
        raise InputError(path, bound.differences, "use plans made for this network")
    return TimingPlan(name, bound.plan.timings)


def _row_faults(number: int, row: Any) -> Iterator[str]:
    if not isinstance(row, Mapping):
        yield f"period {number} is no object"
        return
    for key in ("begin_s", "end_s"):
        value = row.get(key)
        if isinstance(value, bool) or not isinstance(value, int | float):
            yield f"period {number}: {key} = {value!r} is no number"
    if not isinstance(row.get("plan"), str) or not NAME.fullmatch(row["plan"]):
        yield f"period {number}: plan = {row.get('plan')!r} is no name of a plan"
