"""What a batch says: figures of each cell, and its change against the field plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

from trafficopt.batch.matrix import Matrix
from trafficopt.batch.method import SHIPPED
from trafficopt.batch.rows import Cell, Row, RunStatus
from trafficopt.batch.run_outputs import result_of
from trafficopt.comparison import Change, compare
from trafficopt.evaluation import Evaluation, SeedResult
from trafficopt.paired_differences import half_width
from trafficopt.reporting.pages.batch_page import DOUBTFUL, FailedRun
from trafficopt.reporting.plots.batch_plots import CellFigures


def cell_figures(
    cells: Sequence[Cell], rows: Sequence[Row], plans: Mapping[int, Mapping[str, Any]]
) -> list[CellFigures]:
    """Figures of all cells; `plans` are entries of plans by the index of the cell."""
    n = len(rows) // len(cells)
    by_cell = [rows[cell.index * n : (cell.index + 1) * n] for cell in cells]
    shipped = {
        (cell.scenario, cell.demand): _results(by_cell[cell.index])
        for cell in cells
        if cell.method.is_shipped
    }
    found = []
    for cell, own in zip(cells, by_cell, strict=True):
        results, plan = _results(own), plans.get(cell.index, {})
        base = {} if cell.method.is_shipped else shipped.get((cell.scenario, cell.demand), {})
        found.append(
            CellFigures(
                cell.label,
                cell.method.text,
                cell.demand,
                sum(row.status is RunStatus.FAILED for row in own),
                sum(row.status is RunStatus.OPEN for row in own),
                Evaluation(cell.method.text, tuple(results.values())),
                _interval(results),
                _changes(base, results),
                (str(plan.get("status", "")), str(plan.get("message", ""))),
            )
        )
    return found


def failed_runs(rows: Sequence[Row]) -> list[FailedRun]:
    """Rows that failed, in order."""
    return [
        FailedRun(row.cell.label, row.cell.method.text, row.cell.demand, row.seed, row.message, row.log)
        for row in rows
        if row.status is RunStatus.FAILED
    ]


def summary_object(
    matrix: Matrix, cells: Sequence[CellFigures], failures: Sequence[FailedRun], versions: Mapping[str, str]
) -> dict[str, object]:
    """The contents of `summary.json`: nothing that depends on the clock."""
    return {
        "matrix": matrix.source.name,
        "runs": matrix.n_runs,
        "ok": sum(cell.n_ok for cell in cells),
        "failed": sum(cell.n_failed for cell in cells),
        "open": sum(cell.n_open for cell in cells),
        "verdicts": dict(Counter(str(run.verdict) for cell in cells for run in cell.evaluation.runs)),
        "scenarios": list(matrix.labels),
        "methods": [method.text for method in matrix.methods],
        "demand": list(matrix.demand),
        "seeds": list(matrix.seeds),
        "cells": [_cell_object(cell) for cell in cells],
        "failures": [
            {
                "scenario": run.scenario,
                "method": run.method,
                "demand": run.demand,
                "seed": run.seed,
                "message": run.message,
                "log": run.log,
            }
            for run in failures
        ],
        "settings": settings_of(matrix),
        "versions": dict(versions),
    }


def settings_of(matrix: Matrix) -> dict[str, object]:
    """Settings of a matrix beside its four lists."""
    return {
        "max_seconds": matrix.max_seconds,
        "seed": matrix.seed,
        "objective": matrix.objective,
        "teleport_s": matrix.teleport_s,
        "minutes": matrix.minutes,
        "profile": matrix.profile,
        "warm_up_minutes": matrix.warm_up_minutes,
        "emissions": matrix.emissions,
        "arterials": matrix.arterials,
        "time_limit_s": matrix.time_limit_s,
        "memory_limit_mb": matrix.memory_limit_mb,
    }


def _results(rows: Sequence[Row]) -> dict[int, SeedResult]:
    """Results by seed."""
    return {row.seed: result_of(row.entry) for row in rows if row.status is RunStatus.OK}


def _interval(results: Mapping[int, SeedResult]) -> tuple[float, float] | None:
    """Student's 95 % interval of the mean delay [s/veh]."""
    delays = [result.mean_delay_s for result in results.values()]
    if len(delays) < 2:
        return None
    mean, half = fmean(delays), half_width(delays)
    return (mean - half, mean + half)


def _changes(base: Mapping[int, SeedResult], results: Mapping[int, SeedResult]) -> dict[str, Change]:
    """Changes by measure over the seeds that both have."""
    both = [seed for seed in base if seed in results]
    if not both:
        return {}
    before, after = (Evaluation(SHIPPED, tuple(runs[seed] for seed in both)) for runs in (base, results))
    return dict(compare(before, after).changes)


def _cell_object(cell: CellFigures) -> dict[str, object]:
    return {
        "scenario": cell.scenario,
        "method": cell.method,
        "demand": cell.demand,
        "ok": cell.n_ok,
        "failed": cell.n_failed,
        "figures": dict(cell.totals) or None,
        "mean_delay_ci95": None if cell.interval_s is None else [round(x, 4) for x in cell.interval_s],
        "caveats": [text for verdict in DOUBTFUL for text in cell.evaluation.caveats(verdict)],
        "change": {key: change.row() for key, change in cell.changes.items()} or None,
        "plan": {"status": cell.plan[0], "message": cell.plan[1]} if cell.plan[0] else None,
    }
