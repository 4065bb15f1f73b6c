"""What was looked at, and how it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

AGAIN = "install the package anew: pip install --force-reinstall 'trafficopt[sumo]'"


class State(StrEnum):
    """How something is: as it should be, usable with a loss, or a reason why something does not work."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Checkup:
    """One thing that was looked at.

    Attributes
    ----------
    found
        What was found, in words.
    remedy
        How to mend it; empty where nothing is wrong.
    """

    name: str
    state: State
    found: str
    remedy: str = ""

    def __str__(self) -> str:
        remedy = f"\n{'':<9}Remedy: {self.remedy}" if self.remedy else ""
        return f"{self.state:<8} {self.name}: {self.found}{remedy}"


Look = Callable[[], Iterable[Checkup]]


def ok(name: str, found: str) -> Checkup:
    """All is well."""
    return Checkup(name, State.OK, found)


def warning(name: str, found: str, remedy: str) -> Checkup:
    """Something is lost."""
    return Checkup(name, State.WARNING, found, remedy)


def problem(name: str, found: str, remedy: str) -> Checkup:
    """Something does not work."""
    return Checkup(name, State.PROBLEM, found, remedy)


def looked_at(name: str, look: Look, remedy: str) -> Iterator[Checkup]:
    """What `look` finds; an error ends it as a problem, so that the rest is looked at all the same.

    Examples
    --------
    >>> def fail():
    ...     yield ok("disk", "8 GB free")
    ...     raise OSError("no such folder")
    >>> for found in looked_at("folder", fail, "make it"):
    ...     print(found)
    ok       disk: 8 GB free
    problem  folder: OSError: no such folder
             Remedy: make it
    """
    try:
        yield from look()
    except Exception as error:  # whatever is broken is what is looked for
        lines = str(error).splitlines() or [""]
        yield problem(name, f"{type(error).__name__}: {' '.join(line.strip() for line in lines[:3])}", remedy)
