"""The files that a study leaves: plan, figures, manifest, report."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import platform
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from trafficopt.comparison import PLANS, Comparison
from trafficopt.demand_samples import DemandSamples
from trafficopt.errors import InputError
from trafficopt.plan import TimingPlan
from trafficopt.result import Result
from trafficopt.risk import Risk
from trafficopt.robustness_files import robustness_csv, robustness_figures
from trafficopt.rules.findings import count_findings, finding_json
from trafficopt.saved_report import write_shown
from trafficopt.scenario import Scenario
from trafficopt.signals.plan_files import plan_json
from trafficopt.study_findings import Study
from trafficopt.sumo.binary import find_binary, sumo_version
from trafficopt.sumo.programs import write_programs
from trafficopt.sumo.proof import prove_plan
from trafficopt.units import Seconds

PACKAGES = ("numpy", "scipy", "numba", "networkx", "sumolib")


def summary(study: Study, walls: Mapping[str, Seconds]) -> dict[str, object]:
    """The contents of `summary.json`."""
    nodes = study.scenario.network.intersections
    tested = study.rejected or study.comparison
    data: dict[str, object] = {
        "runs": {"verdict": str(tested.run_verdict), "reasons": list(tested.caveats(PLANS))},
        "scenario": study.scenario.name,
        "signals": len(nodes),
        "retimed": len(study.retimed),
        "status": study.status.value,
        "before": study.comparison.before.totals(),
        "after": study.comparison.after.totals(),
        "change": _changes(study.comparison),
        "judged": {
            "margin_percent": tested.margin_percent,
            "alone": [key for key in tested.changes if key not in tested.family],
            "together_by_holm": list(tested.family),
        },
        "seeds": list(study.comparison.before.seeds),
        "findings": {
            "profile": study.scenario.limits.profile,
            "field_plan": count_findings(study.field_findings),
            "plan": count_findings(study.plan_findings),
        },
        "optimize_wall_s": round(walls.get("optimize", 0.0), 1),
        "simulate_wall_s": round(walls.get("simulate", 0.0), 1),
    }
    if "precision" in study.facts:
        data["precision"] = study.facts["precision"]
    if not study.result.objective.is_delay:
        data["objective"] = str(study.result.objective)
    if study.result.link_delay_veh_s_s > 0:
        data["offset_gap"] = round(study.result.gap, 4)
    if study.alternatives:
        data["other_stages"] = {
            other.stages: {
                "after": other.comparison.after.totals(),
                "change": _changes(other.comparison),
                "unprotected": other.n_unprotected,
            }
            for other in study.alternatives
        }
    if study.robustness is not None:
        data["demands"] = robustness_figures(study.robustness)
    if study.rejected is not None:
        data["rejected"] = {"after": study.rejected.after.totals(), "change": _changes(study.rejected)}
    return data


def _changes(comparison: Comparison) -> dict[str, object]:
    return {
        key: {
            **change.row(),
            "p": change.p,
            "p_holm": change.p_adjusted,
            "equivalent": change.equivalent,
            "half_width_percent": change.half_width_percent and round(change.half_width_percent, 3),
            "skewed": change.skewed,
        }
        for key, change in comparison.changes.items()
    }


def write_outputs(study: Study, out: Path, walls: Mapping[str, Seconds]) -> None:
    """Write all files of a study; they appear in `out` together, when all are complete."""
    with tempfile.TemporaryDirectory(prefix=".trafficopt-", dir=out) as name:
        folder = Path(name)
        write_plan(study.scenario, study.plan, folder)
        (folder / "evaluation.csv").write_text(_evaluation_csv(study), encoding="utf-8")
        if study.robustness is not None:
            (folder / "demands.csv").write_text(robustness_csv(study.robustness), encoding="utf-8")
        _write_json(folder / "summary.json", summary(study, walls))
        _write_json(folder / "manifest.json", study.facts)
        _write_json(folder / "findings.json", _findings(study))
        write_shown(study, folder)
        _move_all(folder, out)


def _findings(study: Study) -> dict[str, object]:
    """The contents of `findings.json`."""
    return {
        "profile": study.scenario.limits.profile,
        "field_plan": [finding_json(finding) for finding in study.field_findings],
        "plan": [finding_json(finding) for finding in study.plan_findings],
    }


def write_plan(scenario: Scenario, plan: TimingPlan, out: Path) -> None:
    """Write `plan.json` and `plan.add.xml`, and prove that SUMO shows what the latter says.

    Raises
    ------
    UnsafePlanError
        If the plan breaks a safety rule, or SUMO shows other signals than it says.
    """
    program_id = free_program_id(scenario)
    with tempfile.TemporaryDirectory(prefix=".trafficopt-", dir=out) as name:
        folder = Path(name)
        (folder / "plan.json").write_text(plan_json(scenario, plan), encoding="utf-8")
        write_programs(scenario, plan, folder / "plan.add.xml", program_id)
        prove_plan(scenario, plan, program_id, files=[folder / "plan.add.xml"])
        _move_all(folder, out)


def _move_all(folder: Path, out: Path) -> None:
    for path in sorted(folder.iterdir()):
        os.replace(path, out / path.name)


def free_program_id(scenario: Scenario) -> str:
    """A program id that none of the scenario's signals has."""
    number, name = 1, "trafficopt"
    while name in scenario.program_ids:
        number += 1
        name = f"trafficopt-{number}"
    return name


def _evaluation_csv(study: Study) -> str:
    """One row per plan and seed; the plan that was not better is in too."""
    runs = {"before": study.comparison.before, "after": study.comparison.after}
    if study.rejected is not None:
        runs["rejected"] = study.rejected.after
    text = io.StringIO()
    names = list(study.comparison.before.runs[0].row())
    table = csv.DictWriter(text, ["plan", *names], lineterminator="\n")
    table.writeheader()
    for plan, evaluation in runs.items():
        table.writerows({"plan": plan, **run.row()} for run in evaluation.runs)
    return text.getvalue()


def study_facts(
    scenario: Scenario,
    result: Result,
    seeds: Sequence[int],
    stages: str,
    seed: int,
    max_seconds: Seconds,
    walls: Mapping[str, Seconds],
) -> dict[str, object]:
    """What was run, for the manifest and the report."""
    window = scenario.simulation
    folder = scenario.source.parent.resolve()
    return {
        "scenario": scenario.name,
        "window": {"begin_s": window.begin_s, "end_s": window.end_s, "step_s": window.step_s},
        "teleport_s": window.teleport_s,
        "seeds": list(seeds),
        "optimizer": {
            "stages": stages,
            "seed": seed,
            "max_seconds": max_seconds,
            "steps": len(result.history),
            **({} if result.objective.is_delay else {"objective": str(result.objective)}),
        },
        "versions": _versions(),
        "commit": _commit(),
        "inputs_sha256": _hashes(scenario, folder),
        "wall_s": {step: round(seconds, 1) for step, seconds in walls.items()},
    }


def _hashes(scenario: Scenario, folder: Path) -> dict[str, str]:
    """SHA-256 of a scenario's files, by their path from `folder`."""
    return {
        os.path.relpath(path, folder): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in scenario.simulation.inputs
    }


def demand_facts(scenario: Scenario, demands: DemandSamples, risk: Risk) -> dict[str, object]:
    """Demands and risk as they were asked, with the hashes of other scenarios' files."""
    folder = scenario.source.parent.resolve()
    others = {
        name: _hashes(sample, folder)
        for name, sample in zip(demands.names, demands.samples, strict=True)
        if isinstance(sample, Scenario)
    }
    weights = zip(demands.names, demands.weights, strict=True)
    return {
        "risk": str(risk),
        "weights": {name: round(weight, 4) for name, weight in weights},
        **({"inputs_sha256": others} if others else {}),
    }


def _versions() -> dict[str, str]:
    return {
        "trafficopt": version("trafficopt"),
        "sumo": sumo_version(find_binary("sumo")),
        "python": platform.python_version(),
        **{name: version(name) for name in PACKAGES},
    }


def _commit() -> str | None:
    """Commit of the library where it runs from a checkout."""
    root = Path(__file__).parent.parent
    if not (root / ".git").exists():
        return None
    try:
        command = ["git", "-C", str(root), "rev-parse", "HEAD"]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return None


def _write_json(path: Path, data: Mapping[str, object]) -> None:
    path.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def writable(out: Path) -> Path:
    """Make the folder `out` if need be.

    Raises
    ------
    InputError
        If it cannot be made or written.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=out):
            return out
    except OSError as error:
        raise InputError(
            out, error.strerror or str(error), "name a folder that can be written with -o"
        ) from None
