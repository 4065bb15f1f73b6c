"""The files that a batch leaves for people and other programs."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trafficopt.batch.matrix import Matrix
from trafficopt.batch.rows import Cell, Row, RunStatus
from trafficopt.batch.summary import cell_figures, failed_runs, settings_of, summary_object
from trafficopt.batch.table import has_parquet, results_csv, results_parquet, results_table, runs_csv
from trafficopt.evaluation import HEADLINE
from trafficopt.reporting.pages.batch_page import render_batch_page
from trafficopt.reporting.plots.batch_plots import CellFigures
from trafficopt.table_repr import Cell as TableCell
from trafficopt.table_repr import Column, Table, Tabled
from trafficopt.whole_file import write_whole, write_whole_bytes

log = logging.getLogger("trafficopt")
UNSAFE = re.compile(r"[^\w.+-]+")


@dataclass(frozen=True, slots=True, repr=False)
class BatchResults(Tabled):
    """What came of a batch.

    Attributes
    ----------
    folder
        Where its files are.
    table
        Columns of `results.csv`, a value for each run in the order of the matrix: scenario slowest, then
        method, demand, and seed; None where a run has no figures.
    cells
        Runs that differ by seed alone, together.
    summary
        The contents of `summary.json`.
    """

    folder: Path
    table: Mapping[str, Sequence[object]] = field(repr=False)
    cells: tuple[CellFigures, ...] = field(repr=False)
    summary: Mapping[str, Any] = field(repr=False)
    n_ok: int
    n_failed: int

    def _table(self) -> Table:
        columns = (
            *(Column("scenario"), Column("method"), Column("demand"), Column("runs")),
            *(Column("delay", "s", 1), Column("95 % interval", "s"), Column("change", "%", 1)),
        )
        rows: list[tuple[TableCell, ...]] = []
        for cell in self.cells:
            interval = " to ".join(f"{limit:.1f}" for limit in cell.interval_s or ())
            change = cell.changes.get(HEADLINE)
            figures = (cell.totals.get(HEADLINE), interval, change.percent if change else None)
            rows.append((cell.scenario, cell.method, f"{cell.demand:g}", cell.n_ok, *figures))
        title = f"BatchResults in {self.folder}: {self.n_ok} runs, {self.n_failed} failed"
        return Table(
            title, columns, rows, ("Change against the field plan (shipped), same demand and seeds.",)
        )


def write_results(
    matrix: Matrix,
    cells: Sequence[Cell],
    rows: Sequence[Row],
    plans: Mapping[int, Mapping[str, Any]],
    versions: Mapping[str, str],
    folder: Path,
) -> BatchResults:
    """Write tables, summary, page, and the plans if they are wanted.

    Raises
    ------
    OSError
        If a file cannot be written.
    """
    figures, failures = cell_figures(cells, rows, plans), failed_runs(rows)
    summary = summary_object(matrix, figures, failures, versions)
    write_whole(folder / "results.csv", results_csv(rows))
    write_whole(folder / "runs.csv", runs_csv(rows))
    write_whole(folder / "summary.json", json.dumps(summary, indent=1, ensure_ascii=False) + "\n")
    settings = {key: str(value) for key, value in settings_of(matrix).items() if value is not None}
    settings |= {f"version of {name}": value for name, value in versions.items()}
    write_whole(folder / "summary.html", render_batch_page(figures, failures, settings, matrix.source.stem))
    _write_parquet(matrix, rows, folder)
    if "plans" in matrix.keep:
        _write_plans(cells, plans, folder / "plans")
    return BatchResults(
        folder,
        results_table(rows),
        tuple(figures),
        summary,
        sum(row.status is RunStatus.OK for row in rows),
        len(failures),
    )


def _write_parquet(matrix: Matrix, rows: Sequence[Row], folder: Path) -> None:
    if matrix.parquet is False:
        return
    if has_parquet():
        write_whole_bytes(folder / "results.parquet", results_parquet(rows))
    elif matrix.parquet:
        remedy = "pip install 'trafficopt[tables]' and start again: nothing runs twice"
        log.warning("results.parquet is left out: pyarrow is not installed. Remedy: %s", remedy)


def _write_plans(cells: Sequence[Cell], plans: Mapping[int, Mapping[str, Any]], folder: Path) -> None:
    """Plans that were searched or bound, named after their cells."""
    for cell in cells:
        plan = plans.get(cell.index, {})
        if plan.get("plan"):
            parts = (cell.label, cell.method.text, f"{cell.demand:g}")
            name = "-".join(UNSAFE.sub("_", part) for part in parts)
            write_whole(folder / f"{name}.json", plan["plan"])
            write_whole(folder / f"{name}.add.xml", plan["additional"])
