"""Rows of the results: which run each is, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from trafficopt.batch.matrix import Matrix
from trafficopt.batch.method import Method


class RunStatus(StrEnum):
    """What came of a run; OPEN only where a batch was stopped."""

    OK = "ok"
    FAILED = "failed"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Cell:
    """Runs that differ by seed alone.

    Attributes
    ----------
    index
        Place among all cells.
    scenario
        Index of the scenario in the matrix.
    label
        What the results call it.
    """

    index: int
    scenario: int
    label: str
    method: Method
    demand: float

    def __str__(self) -> str:
        return f"{self.label}, {self.method.text}, demand {self.demand:g}"


@dataclass(slots=True)
class Row:
    """One run.

    Attributes
    ----------
    key
        Of the entry in the store; empty while its plan is not known.
    entry
        What the store has of it.
    message, log
        Why it failed, and the name of the file that tells all of it.
    """

    cell: Cell
    seed: int
    status: RunStatus = RunStatus.OPEN
    key: str = ""
    entry: Mapping[str, Any] = field(default_factory=dict)
    message: str = ""
    log: str = ""


def cells_of(matrix: Matrix) -> list[Cell]:
    """All cells: scenario slowest, then method, then demand."""
    return list(_cells(matrix))


def _cells(matrix: Matrix) -> Iterator[Cell]:
    index = 0
    for scenario, label in enumerate(matrix.labels):
        for method in matrix.methods:
            for demand in matrix.demand:
                yield Cell(index, scenario, label, method, demand)
                index += 1
