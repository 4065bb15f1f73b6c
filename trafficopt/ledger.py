"""The ledger: every matter found, who answers for it, what was done, and how it was closed."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

import numpy as np

from trafficopt.errors import InputError
from trafficopt.table_repr import LONG_CELL, Column, Table, Tabled
from trafficopt.unknown_name import unknown_name


class State(StrEnum):
    """How far a matter is; the steps are in this order, and the last two are its ends."""

    OPEN = "open"
    PROPOSED = "proposed"
    TESTED = "tested"
    ADOPTED = "adopted"
    REJECTED = "rejected"


class Effort(StrEnum):
    """How much work a matter takes, and so how long its owner has."""

    SIMPLE = "simple"
    COMPLEX = "complex"
    SPECIAL = "special"


class Kind(StrEnum):
    """What kind of place a matter is about."""

    INTERSECTION = "intersection"
    OPENING = "opening"
    ISLAND = "island"
    APPROACH = "approach"
    ARTERIAL = "arterial"
    DISTRICT = "district"


WORKING_DAYS: Mapping[Effort, int] = {Effort.SIMPLE: 2, Effort.COMPLEX: 5, Effort.SPECIAL: 10}
"""Working days that an owner has; a choice, nothing measured."""

USUAL_EFFORT: Mapping[str, Effort] = {
    "retime": Effort.SIMPLE,
    "resequence": Effort.COMPLEX,
    "coordinate": Effort.COMPLEX,
    "u-turn opening": Effort.SPECIAL,
    "island": Effort.SPECIAL,
    "lane use": Effort.SPECIAL,
    "pocket": Effort.SPECIAL,
    "turn ban": Effort.SPECIAL,
    "parking": Effort.SPECIAL,
}
"""Effort by the family of the treatment, unless its owner says otherwise; whatever is built is special."""

CLOSED = (State.ADOPTED, State.REJECTED)
NEXT = {
    State.OPEN: (State.PROPOSED,),
    State.PROPOSED: (State.TESTED,),
    State.TESTED: CLOSED,
    State.ADOPTED: (),
    State.REJECTED: (),
}
GIVEN_FROM = {
    "measure": (State.PROPOSED, State.TESTED, *CLOSED),
    "evidence": (State.TESTED, *CLOSED),
    "reason": CLOSED,
}

TEXTS = ("id", "place", "found", "figure", "measure", "owner", "evidence", "reason")
ALWAYS = ("id", "place", "found", "figure", "owner")
COUNTED = ("state", "kind", "effort", "owner")

FIGURE = re.compile(r"[-+\N{MINUS SIGN}]?\d[\d,]*(\.\d+)? \S.*")
NO_TEXT = ("Cc", "Cs", "Zl", "Zp")  # control characters, halves of pairs, line and paragraph ends
LONGEST_DAYS = 1000


@dataclass(frozen=True, slots=True, repr=False)
class Matter(Tabled):
    """One matter found at one place. It changes only by the steps below, each of which gives a new one.

    Attributes
    ----------
    place, kind
        Id of the place, and what it is.
    found
        What is wrong, in words.
    figure
        The number behind it and its unit, as `93.5 s/veh`.
    measure
        What is to be done, in words; empty until it is proposed.
    owner
        Who answers for it.
    opened, due
        Day it was found, and the day by which it is to be closed.
    evidence
        Id of the run, or path of the file, that shows what the measure does; empty until it is tested.
    reason
        Why it was adopted or rejected; empty until then.

    Raises
    ------
    InputError
        If a text is missing, is not one line, or does not go with the state; names the matter and all faults.

    Examples
    --------
    >>> matter = open_matter(
    ...     "M1", "J0312", Kind.INTERSECTION, "left turn overflows its pocket", "0.98 v/c",
    ...     owner="signals", effort=Effort.SIMPLE, opened=date(2021, 3, 5),
    ... )
    >>> matter.due.isoformat()
    '2021-03-09'
    >>> closed = matter.propose("6 s more for the left turn").test("runs/12").adopt("better in every run")
    >>> str(closed.state), closed.evidence
    ('adopted', 'runs/12')
    """

    id: str
    place: str
    kind: Kind
    found: str
    figure: str
    measure: str
    owner: str
    effort: Effort
    opened: date
    due: date
    state: State = State.OPEN
    evidence: str = ""
    reason: str = ""

    def __post_init__(self) -> None:
        faults = [*text_faults({name: getattr(self, name) for name in TEXTS}), *self._contradictions()]
        if faults:
            raise InputError(f"matter {self.id!r}", faults, "mend what the ledger says of it")

    def _contradictions(self) -> Iterator[str]:
        """What does not go together."""
        if self.due < self.opened:
            yield f"it is due {self.due}, before it was opened ({self.opened})"
        for name, states in GIVEN_FROM.items():
            given = bool(getattr(self, name))
            if self.state in states and not given:
                yield f"it is {self.state}, but {name} is empty"
            if self.state not in states and given and name != "measure":
                yield f"it is {self.state}, so {name} must be empty until it is {' or '.join(states)}"

    @property
    def closed(self) -> bool:
        """Whether it was adopted or rejected."""
        return self.state in CLOSED

    def propose(self, measure: str) -> Matter:
        """Say what is to be done."""
        return self._step(State.PROPOSED, measure=measure)

    def test(self, evidence: str) -> Matter:
        """Name the run, or the file, that shows what the measure does."""
        return self._step(State.TESTED, evidence=evidence)

    def adopt(self, reason: str) -> Matter:
        """Close it: the measure stays."""
        return self._step(State.ADOPTED, reason=reason)

    def reject(self, reason: str) -> Matter:
        """Close it: the measure is dropped."""
        return self._step(State.REJECTED, reason=reason)

    def _step(self, state: State, **texts: str) -> Matter:
        if state not in NEXT[self.state]:
            after = " or ".join(NEXT[self.state]) or "nothing: it is closed"
            fault, remedy = f"cannot go from {self.state} to {state}", f"after {self.state} comes {after}"
            raise InputError(f"matter {self.id!r}", fault, remedy)
        return replace(self, state=state, **texts)  # type: ignore[arg-type]


def text_faults(texts: Mapping[str, str]) -> list[str]:
    """What is wrong with the texts of a matter, each of `TEXTS` by its name, taken by themselves."""
    faults = [f"{name} is empty" for name in ALWAYS if not texts[name]]
    for name, text in texts.items():
        if text != text.strip():
            faults.append(f"{name} begins or ends with a space: {text!r}")
        elif any(unicodedata.category(letter) in NO_TEXT for letter in text):
            faults.append(f"{name} is not one line of text: {text!r}")
        elif name == "figure" and text and not FIGURE.fullmatch(text):
            faults.append(f"figure is {text!r}, not a number, a space and its unit")
    return faults


def due_date(
    opened: date,
    effort: Effort,
    *,
    holidays: Collection[date] = (),
    working_days: Mapping[Effort, int] = WORKING_DAYS,
) -> date:
    """Give the day by which a matter is to be closed.

    Working days are Monday to Friday without holidays. The first is the one after the day of opening.

    Raises
    ------
    InputError
        If an effort has no working days, or not a whole number of them from 1 to 1000.

    Examples
    --------
    >>> due_date(date(2021, 4, 30), Effort.SIMPLE, holidays=[date(2021, 5, 3)]).isoformat()  # a Friday
    '2021-05-05'
    """
    days = working_days.get(effort)
    if not isinstance(days, int) or not 1 <= days <= LONGEST_DAYS:
        remedy = f"give a whole number from 1 to {LONGEST_DAYS}"
        raise InputError("working_days", f"has {days!r} for {effort}", remedy)
    free = np.array(sorted(holidays), dtype="datetime64[D]")
    return date.fromisoformat(str(np.busday_offset(opened, days, roll="preceding", holidays=free)))


def open_matter(
    id: str,
    place: str,
    kind: Kind,
    found: str,
    figure: str,
    *,
    owner: str,
    effort: Effort,
    opened: date,
    holidays: Collection[date] = (),
    working_days: Mapping[Effort, int] = WORKING_DAYS,
) -> Matter:
    """Open a matter that is due by its effort, see `due_date`.

    Raises
    ------
    InputError
        If a text is missing or is not one line, or the effort has no working days.
    """
    due = due_date(opened, effort, holidays=holidays, working_days=working_days)
    return Matter(id, place, kind, found, figure, "", owner, effort, opened, due)


@dataclass(frozen=True, slots=True, repr=False)
class Ledger(Tabled):
    """Matters in the order in which they were found.

    Raises
    ------
    InputError
        If two matters have the same id.
    """

    matters: tuple[Matter, ...] = ()

    def __post_init__(self) -> None:
        twice = [id for id, n in Counter(matter.id for matter in self.matters).items() if n > 1]
        if twice:
            raise InputError("ledger", [f"id {id!r} is given twice" for id in twice], "give each its own")

    def __getitem__(self, id: str) -> Matter:
        if (found := {matter.id: matter for matter in self.matters}.get(id)) is None:
            raise unknown_name("ledger", "matter", id, (matter.id for matter in self.matters))
        return found

    @property
    def closed(self) -> tuple[Matter, ...]:
        """Matters that were adopted or rejected."""
        return tuple(matter for matter in self.matters if matter.closed)

    @property
    def still_open(self) -> tuple[Matter, ...]:
        """Matters that nobody has closed yet."""
        return tuple(matter for matter in self.matters if not matter.closed)

    def count(self, by: str = "state") -> dict[str, int]:
        """Count the matters by state, kind, effort or owner.

        States, kinds and efforts come in the order of their types, with 0 where there is none; owners in
        order of appearance.

        Raises
        ------
        InputError
            If `by` is something else.
        """
        if by not in COUNTED:
            raise InputError("count", f"cannot count by {by!r}", f"choose {', '.join(COUNTED)}")
        every: Iterable[str] = {"state": State, "kind": Kind, "effort": Effort}.get(by, ())
        counts = Counter(str(getattr(matter, by)) for matter in self.matters)
        return {**{str(value): 0 for value in every}, **counts}

    def with_updates(self, changed: Iterable[Matter]) -> Ledger:
        """Give the ledger with matters replaced by those of the same id; the order stays.

        Raises
        ------
        KeyError
            If an id is not in the ledger.
        """
        newer = {matter.id: matter for matter in changed}
        for id in newer:
            self[id]
        return Ledger(tuple(newer.get(matter.id, matter) for matter in self.matters))

    def _table(self) -> Table:
        counts = ", ".join(f"{n} {state}" for state, n in self.count().items())
        title = f"Ledger of {len(self.matters)} matters, {len(self.closed)} closed ({counts})"
        rows = [(m.id, m.state, str(m.due), m.found) for m in (*self.still_open, *self.closed)]
        return Table(title, (*map(Column, ("id", "state", "due")), Column("found", longest=LONG_CELL)), rows)
