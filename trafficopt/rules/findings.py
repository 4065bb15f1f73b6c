"""What a check of a signal found, and what was waived with a reason."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from trafficopt.rules.catalog import RULES, Rule, Severity
from trafficopt.table_repr import Table, Tabled
from trafficopt.waiver import Waiver

__all__ = [
    "RULES",
    "Finding",
    "Rule",
    "Severity",
    "count_findings",
    "covers",
    "errors",
    "finding_json",
    "stale_waivers",
    "waive",
]


@dataclass(frozen=True, slots=True, repr=False)
class Finding(Tabled):
    """A breach of a rule at one intersection.

    Attributes
    ----------
    rule
        Id of the rule in `RULES`.
    movements
        Ids of the heads concerned; of a change the one that ends comes first.
    message
        One sentence with figures and places.
    waived
        Why somebody accepts it (empty: nobody does).
    """

    rule: str
    severity: Severity
    intersection: str
    movements: tuple[str, ...]
    message: str
    waived: str = ""

    def __post_init__(self) -> None:
        _known(self.rule)

    @property
    def source(self) -> str:
        """Where the rule comes from."""
        return RULES[self.rule].source

    @property
    def remedy(self) -> str:
        """How to mend it."""
        return RULES[self.rule].remedy

    def __str__(self) -> str:
        waived = f" (waived: {self.waived})" if self.waived else ""
        return f"{self.severity} {self.intersection} {self.rule}: {self.message}{waived}"

    def _table(self) -> Table:
        return Table(f"Finding: {self}")


def covers(waiver: Waiver, finding: Finding) -> bool:
    """Say whether `finding` is one that a waiver lets pass: it names all of the waiver's movements."""
    same = (waiver.rule, waiver.intersection) == (finding.rule, finding.intersection)
    return same and set(waiver.movements) <= set(finding.movements)


def waive(findings: Iterable[Finding], waivers: Sequence[Waiver]) -> tuple[Finding, ...]:
    """Mark the findings that a waiver covers with the reason of the first that does."""
    return tuple(
        next(
            (replace(finding, waived=waiver.reason) for waiver in waivers if covers(waiver, finding)), finding
        )
        for finding in findings
    )


def stale_waivers(findings: Sequence[Finding], waivers: Iterable[Waiver]) -> tuple[Waiver, ...]:
    """List the waivers that cover none of `findings` and can be taken out."""
    return tuple(waiver for waiver in waivers if not any(covers(waiver, finding) for finding in findings))


def errors(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """List the errors that nobody waived."""
    return tuple(f for f in findings if f.severity is Severity.ERROR and not f.waived)


def count_findings(findings: Sequence[Finding]) -> dict[str, int]:
    """Count the findings by severity, waived ones apart."""
    counts = {str(s): sum(f.severity is s and not f.waived for f in findings) for s in Severity}
    return {**counts, "waived": sum(bool(f.waived) for f in findings)}


def finding_json(finding: Finding) -> dict[str, str | list[str] | None]:
    """Give a finding as an object for JSON; `waived` is the reason or null."""
    return {
        "rule": finding.rule,
        "severity": str(finding.severity),
        "intersection": finding.intersection,
        "movements": list(finding.movements),
        "message": finding.message,
        "source": finding.source,
        "remedy": finding.remedy,
        "waived": finding.waived or None,
    }


def _known(rule: str) -> None:
    """Refuse the id of a rule that the catalog lacks."""
    if rule not in RULES:
        raise ValueError(f"unknown rule {rule!r}; known are {', '.join(RULES)}")
