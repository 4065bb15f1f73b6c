"""Results as tables: a row for each run, in the order of the matrix, the same bytes for the same results."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

from trafficopt.batch.rows import Row, RunStatus
from trafficopt.batch.run_outputs import result_of
from trafficopt.evaluation import COUNTS, EXTRAS, MEANS, Evaluation

PLACE = ("scenario", "method", "demand", "seed")
FIGURES = (*MEANS, *EXTRAS, *COUNTS)
"""As `Evaluation.totals` has them."""


def results_table(rows: Sequence[Row]) -> dict[str, Sequence[object]]:
    """Columns by name; None is what a run without figures lacks."""
    results = [result_of(row.entry) if row.status is RunStatus.OK else None for row in rows]
    found = [Evaluation("", (result,)).totals() if result else {} for result in results]
    return {
        "scenario": [row.cell.label for row in rows],
        "method": [row.cell.method.text for row in rows],
        "demand": [row.cell.demand for row in rows],
        "seed": [row.seed for row in rows],
        **{name: [figures.get(name) for figures in found] for name in FIGURES},
        "verdict": [str(result.verdict) if result else None for result in results],
        "status": [row.status.value for row in rows],
    }


def results_csv(rows: Sequence[Row]) -> str:
    """Contents of `results.csv`."""
    return _csv(results_table(rows))


def runs_csv(rows: Sequence[Row]) -> str:
    """Contents of `runs.csv`: where what a run left is kept."""
    table = results_table(rows)
    table |= {"run": [row.key for row in rows], "log": [row.log for row in rows]}
    return _csv({name: table[name] for name in (*PLACE, "status", "run", "log")})


def has_parquet() -> bool:
    """Whether Parquet can be written."""
    try:
        import pyarrow.parquet  # noqa: F401
    except ImportError:
        return False
    return True


def results_parquet(rows: Sequence[Row]) -> bytes:
    """Contents of `results.parquet`: the table of `results.csv` with types."""
    import pyarrow
    import pyarrow.parquet

    table = results_table(rows)
    kinds = dict.fromkeys(table, pyarrow.string()) | dict.fromkeys(FIGURES, pyarrow.float64())
    kinds |= {"demand": pyarrow.float64(), "seed": pyarrow.int64()}
    schema = pyarrow.schema(list(kinds.items()))
    stream = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table(table, schema=schema), stream)
    return stream.getvalue()


def _csv(table: Mapping[str, Sequence[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table)
    writer.writerows(zip(*table.values(), strict=True))
    return text.getvalue()
