"""What SUMO said of one method on one map, kept in a file so that an interrupted run goes on."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from trafficopt.evaluation import Evaluation, SeedResult
from trafficopt.scenario import SimulationSettings
from trafficopt.units import Seconds

LOCKED_SHARE = 0.05  # of the vehicles: so many more than with the shipped plan do not finish


@dataclass(frozen=True, slots=True)
class Outcome:
    """One method on one map.

    Attributes
    ----------
    runs
        One a seed; empty where the method failed.
    making_s
        Wall-clock time until the plan was there.
    failure
        Why there is no plan, or no answer for it (empty: there is one).
    note
        What the method says of its plan.
    """

    runs: tuple[SeedResult, ...]
    making_s: Seconds
    failure: str = ""
    note: str = ""

    @property
    def evaluation(self) -> Evaluation:
        """The runs, to be compared."""
        return Evaluation("", self.runs)

    @property
    def unfinished_shares(self) -> tuple[float, ...]:
        """Vehicles that had not arrived at the end / demanded vehicles, of each seed."""
        return tuple((run.unfinished + run.undeparted) / run.demanded for run in self.runs)


def lock_ups(outcome: Outcome, shipped: Outcome) -> int:
    """Seeds with which more than 5 % of the vehicles did not arrive beyond those of the shipped plan.

    Examples
    --------
    >>> def left(*unfinished):
    ...     return Outcome(tuple(SeedResult(n, 100, 100 - n, n, 0, *[0] * 7) for n in unfinished), 1.0)
    >>> lock_ups(left(4, 30, 15), left(1, 1, 12))
    1
    """
    pairs = zip(outcome.unfinished_shares, shipped.unfinished_shares, strict=True)
    return sum(ours > theirs + LOCKED_SHARE for ours, theirs in pairs)


def outcome_path(
    cache: Path, map_name: str, settings: SimulationSettings, seeds: Sequence[int], method: str, budget: str
) -> Path:
    """Where the outcome of a method is kept: by input files, window, seeds, and what the method may spend.

    Parameters
    ----------
    budget
        Time and processes of a method that takes all it gets; empty for the others.
    """
    digest = hashlib.sha256()
    for path in settings.inputs:
        digest.update(path.read_bytes())
    window = (settings.begin_s, settings.end_s, settings.step_s, settings.teleport_s)
    digest.update(repr((window, sorted(settings.options.items()), tuple(seeds), budget)).encode())
    name = re.sub(r"[^a-z0-9]+", "-", method.lower()).strip("-")
    return cache / f"{map_name}-{digest.hexdigest()[:12]}" / f"{name}.json"


def load_outcome(path: Path) -> Outcome | None:
    """What is kept, or None."""
    if not path.exists():
        return None
    kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    kept["runs"] = tuple(SeedResult(**run) for run in kept["runs"])
    return Outcome(**kept)


def store_outcome(outcome: Outcome, path: Path) -> None:
    """Keep an outcome; the file is there as a whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(json.dumps(asdict(outcome), indent=1) + "\n", encoding="utf-8")
    part.replace(path)
