"""Find the plan of a task, or take that of a file; whatever it is, it may be switched on."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trafficopt.batch.digests import content_digest, digest
from trafficopt.batch.tasks import FIELD, PlanTask
from trafficopt.optimizer import optimize
from trafficopt.outputs import write_plan
from trafficopt.plan import TimingPlan
from trafficopt.problem import build_problem
from trafficopt.scenario import Scenario
from trafficopt.signals.gate import check_fits
from trafficopt.signals.plan_files import read_plan

GIVEN = "given"  # status of a plan that nobody searched


def searched(task: PlanTask, scenario: Scenario, scratch: Path) -> Mapping[str, Any]:
    """Entry of a plan that the optimizer finds: the same on any machine.

    Raises
    ------
    TrafficoptError
        If the search fails, or SUMO does not show the plan.
    """
    result = optimize(
        build_problem(scenario),
        stages=task.stages,
        objective=task.objective,
        seed=task.seed,
        max_seconds=task.max_seconds,
        repeatable=True,
        jobs=1,
    )
    return _entry(result.plan, scenario, scratch, result.status.value, result.message)


def bound(file: Path, scenario: Scenario, scratch: Path) -> Mapping[str, Any]:
    """Entry of the plan of a `plan.json`, bound to the network.

    Raises
    ------
    TrafficoptError
        If the plan does not fit the network, breaks a safety rule, or SUMO does not show it.
    """
    found = read_plan(file, scenario.network)
    check_fits(scenario.network, found.plan, file.name)
    return _entry(found.plan, scenario, scratch, GIVEN, "; ".join(found.differences))


def programmed(content: bytes) -> Mapping[str, Any]:
    """Entry of the programs of a SUMO file, which run as they are."""
    rows = f"file {content_digest(content)}"
    return {"rows": rows, "status": GIVEN, "message": "", "plan": "", "additional": ""}


def _entry(
    plan: TimingPlan, scenario: Scenario, scratch: Path, status: str, message: str
) -> Mapping[str, Any]:
    """Texts of a plan's files, proven in SUMO, and the digest of what they show."""
    with tempfile.TemporaryDirectory(dir=scratch) as name:
        folder = Path(name)
        write_plan(scenario, plan, folder)
        again = read_plan(folder / "plan.json", scenario.network).plan
        return {
            "rows": _rows_digest(again, scenario),
            "status": status,
            "message": message,
            "plan": (folder / "plan.json").read_text(encoding="utf-8"),
            "additional": (folder / "plan.add.xml").read_text(encoding="utf-8"),
        }


def _rows_digest(plan: TimingPlan, scenario: Scenario) -> str:
    """Digest of what a plan shows."""
    field = scenario.field_plan.timings
    if all(field.get(key) == timing for key, timing in plan.timings.items()):
        return FIELD
    return digest(
        [
            [key, timing.offset_s, [[row.state, row.duration_s] for row in timing.intervals]]
            for key, timing in sorted(plan.timings.items())
        ]
    )
