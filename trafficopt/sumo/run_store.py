"""Evaluations kept in a folder by what decides them, so that nothing runs twice."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from trafficopt.evaluation import Evaluation, SeedResult
from trafficopt.plan import TimingPlan
from trafficopt.scenario import Scenario
from trafficopt.sumo.cache import key_of
from trafficopt.sumo.judge import simulate
from trafficopt.whole_file import write_whole_bytes

ID_LENGTH = 12


@dataclass(frozen=True, slots=True)
class StoredRun:
    """An evaluation and where it is kept.

    Attributes
    ----------
    id
        Name of its file, by which a ledger can refer to it.
    """

    id: str
    evaluation: Evaluation


def simulate_once(
    scenario: Scenario,
    plan: TimingPlan,
    seeds: Sequence[int],
    folder: Path,
    *,
    jobs: int | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> StoredRun:
    """What `simulate` says, from `folder` if the same files, plan, options and seeds ran before.

    A file there that cannot be read is made again; a run that is broken off leaves none.

    Raises
    ------
    InputError
        As `simulate`.
    SimulationError
        If a run fails.
    """
    id = key_of(scenario, plan, seeds)[:ID_LENGTH]
    path = folder / f"{id}.json.gz"
    found = _stored(path)
    if found is None:
        found = simulate(scenario, plan, seeds, jobs=jobs, on_progress=on_progress)
        _store(found, path)
    return StoredRun(id, replace(found, plan=plan.name))


def _stored(path: Path) -> Evaluation | None:
    """An evaluation of the folder; None if there is none, or none that can be read."""
    try:
        row: dict[str, Any] = json.loads(gzip.decompress(path.read_bytes()))
        rows = row.pop("runs")
        if any("doubts" not in run for run in rows):
            return None  # kept before runs were judged
        runs = tuple(SeedResult(**run) for run in rows)
        return Evaluation(**{**row, "runs": runs, "run_link_delay_s": tuple(row["run_link_delay_s"])})
    except (OSError, EOFError, zlib.error, ValueError, TypeError, KeyError):
        return None


def _store(evaluation: Evaluation, path: Path) -> None:
    """Write an evaluation in one go, the same bytes for the same figures."""
    text = json.dumps({**asdict(evaluation), "wall_s": 0.0})
    write_whole_bytes(path, gzip.compress(text.encode(), mtime=0))
