"""Findings that a scenario accepts."""

from __future__ import annotations

from dataclasses import dataclass

from trafficopt.table_repr import Table, Tabled


@dataclass(frozen=True, slots=True, repr=False)
class Waiver(Tabled):
    """A finding that is accepted, with its reason.

    Attributes
    ----------
    rule
        Id of the rule.
    movements
        Movements or crossings that it is about; empty: any.
    """

    rule: str
    intersection: str
    reason: str
    movements: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise ValueError(f"the waiver of {self.rule!r} at {self.intersection!r} gives no reason")

    def _table(self) -> Table:
        places = f" ({', '.join(self.movements)})" if self.movements else ""
        return Table(f"Waiver of {self.rule} at {self.intersection}{places}: {self.reason}")
