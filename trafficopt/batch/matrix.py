"""The matrix of a batch: which scenarios, methods, demands and seeds, and under which settings."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trafficopt.batch.matrix_values import Reader
from trafficopt.batch.method import Method
from trafficopt.batch.tasks import Measured
from trafficopt.errors import InputError
from trafficopt.objective import NAMES as OBJECTIVES
from trafficopt.search.choose import check_unseen
from trafficopt.sumo.input_files import ScenarioFiles
from trafficopt.table_repr import Column, Table, Tabled, counted
from trafficopt.units import Seconds

REMEDY = "docs/batch.md lists all keys and what they may be"
KEEPABLE = ("plans", "links", "trips")


@dataclass(frozen=True, slots=True, repr=False)
class Matrix(Tabled):
    """What is to be run: every method on every scenario with every demand and seed.

    Attributes
    ----------
    source
        The file.
    labels
        What each of `scenarios` is called in the results: its name, or as the matrix has it where two share
        a name.
    demand
        Factors of the vehicles of each scenario; 1 runs its files untouched.
    seeds
        SUMO's.
    seed, max_seconds, objective
        Of each search.
    teleport_s, minutes, profile
        Of each scenario, see `read_scenario`; None: its own.
    warm_up_minutes, emissions, arterials
        Of each judgment, see `simulate`.
    time_limit_s
        Wall-clock time that a run of SUMO may take.
    memory_limit_mb
        Address space that SUMO may take [10^6 bytes]; None: any.
    keep
        Which outputs are left for people: "plans", "links", "trips".
    parquet
        Whether results are wanted as Parquet too; None: where pyarrow is installed.
    """

    source: Path
    scenarios: tuple[ScenarioFiles, ...]
    labels: tuple[str, ...]
    methods: tuple[Method, ...]
    demand: tuple[float, ...]
    seeds: tuple[int, ...]
    max_seconds: Seconds = 60.0
    seed: int = 1
    objective: str = "delay"
    teleport_s: Seconds | None = None
    minutes: float | None = None
    profile: str | None = None
    warm_up_minutes: float = 0.0
    emissions: bool = False
    arterials: bool = False
    time_limit_s: Seconds = 3600.0
    memory_limit_mb: int | None = None
    keep: tuple[str, ...] = ("plans",)
    parquet: bool | None = None

    @property
    def n_runs(self) -> int:
        """Runs of the whole matrix."""
        return len(self.scenarios) * len(self.methods) * len(self.demand) * len(self.seeds)

    def measured(self) -> Measured:
        """What is measured in each run."""
        return Measured(60.0 * self.warm_up_minutes, self.emissions, self.arterials)

    def _table(self) -> Table:
        rows = [
            ("scenarios", len(self.scenarios), ", ".join(self.labels)),
            ("methods", len(self.methods), ", ".join(method.text for method in self.methods)),
            ("demands", len(self.demand), ", ".join(f"{factor:g}" for factor in self.demand)),
            ("seeds", len(self.seeds), ", ".join(map(str, self.seeds))),
        ]
        notes = (f"Each search: {self.objective}, {self.max_seconds:g} s, seed {self.seed}.",)
        title = f"Matrix {self.source.name}: {counted(self.n_runs, 'run')}"
        return Table(title, (Column(), Column(), Column()), rows, notes)


def read_matrix(path: str | Path) -> Matrix:
    """Read a matrix from a TOML file; `docs/batch.md` lists its keys.

    Raises
    ------
    InputError
        With all faults of the file: unknown keys, values that are none, files that are missing, seeds that
        chose the plans.
    """
    path = Path(path)
    table = _table(path)
    read = Reader(table, path.absolute().parent)
    scenarios, written = read.scenarios()
    seeds, seed = read.seeds(), read.whole("seed", 1, least=1, most=1_000_000)
    values: dict[str, Any] = {
        "methods": read.methods(),
        "demand": read.demand(),
        "max_seconds": read.number("max_seconds", 60.0, least=1.0),
        "objective": read.one_of("objective", OBJECTIVES) or "delay",
        "teleport_s": read.number("teleport_s", None),
        "minutes": read.number("minutes", None, least=1.0),
        "profile": read.profile(),
        "warm_up_minutes": read.number("warm_up_minutes", 0.0, least=0.0),
        "emissions": read.switch("emissions") or False,
        "arterials": read.switch("arterials") or False,
        "time_limit_s": read.number("time_limit_s", 3600.0, least=1.0),
        "memory_limit_mb": read.whole("memory_limit_mb", None, least=1),
        "keep": read.some_of("keep", KEEPABLE, ("plans",)),
        "parquet": read.switch("parquet"),
    }
    faults = [*read.unknown(), *read.faults, *_seen(seeds, seed)]
    if values["minutes"] is not None and values["warm_up_minutes"] >= values["minutes"]:
        faults.append(f"warm_up_minutes leaves nothing of minutes = {values['minutes']:g}")
    if faults:
        raise InputError(path, faults, REMEDY)
    assert seed is not None
    return Matrix(path, scenarios, _labels(scenarios, written), seeds=seeds, seed=seed, **values)


def _table(path: Path) -> Mapping[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(path, error.strerror or str(error), "name a matrix in TOML") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(path, f"is not TOML: {error}", "mend the file; TOML is text in UTF-8") from None


def _seen(seeds: tuple[int, ...], seed: int | None) -> list[str]:
    """Say which seed would judge what it chose."""
    try:
        check_unseen(seeds, seed or 1)
    except InputError as error:
        return [f"seeds: {fault}; {error.remedy}" for fault in error.faults]
    return []


def _labels(scenarios: tuple[ScenarioFiles, ...], written: tuple[str, ...]) -> tuple[str, ...]:
    names = [scenario.name for scenario in scenarios]
    return tuple(name if names.count(name) == 1 else text for name, text in zip(names, written, strict=True))
