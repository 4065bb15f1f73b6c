"""The ledger: legal steps only, days by the calendar, and counts by hand."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from datetime import date

import pytest

from trafficopt.errors import InputError
from trafficopt.ledger import (
    NEXT,
    USUAL_EFFORT,
    Effort,
    Kind,
    Ledger,
    Matter,
    State,
    due_date,
    open_matter,
)
from trafficopt.treatment import Family

FRIDAY = date(2021, 4, 30)


def matter(
    id: str = "M1",
    kind: Kind = Kind.INTERSECTION,
    effort: Effort = Effort.SIMPLE,
    *,
    state: State = State.OPEN,
    owner: str = "signals",
) -> Matter:
    """A matter brought to a state by legal steps."""
    found = open_matter(
        id, "J0312", kind, "left turn overflows", "0.98 v/c", owner=owner, effort=effort, opened=FRIDAY
    )
    if state is State.OPEN:
        return found
    found = found.propose("6 s more for the left turn")
    if state is State.PROPOSED:
        return found
    found = found.test("runs/12")
    ends = {State.ADOPTED: found.adopt, State.REJECTED: found.reject}
    return ends[state]("better in every run") if state in ends else found


@pytest.mark.parametrize(
    ("opened", "effort", "due"),
    [
        (date(2021, 4, 26), Effort.SIMPLE, date(2021, 4, 28)),  # Monday to Wednesday
        (FRIDAY, Effort.SIMPLE, date(2021, 5, 4)),  # over the weekend
        (FRIDAY, Effort.COMPLEX, date(2021, 5, 7)),
        (FRIDAY, Effort.SPECIAL, date(2021, 5, 14)),
        (date(2021, 5, 1), Effort.SIMPLE, date(2021, 5, 4)),  # opened on a Saturday
        (date(2021, 5, 2), Effort.SIMPLE, date(2021, 5, 4)),  # and on a Sunday
    ],
)
def test_weekends_are_no_working_days(opened: date, effort: Effort, due: date) -> None:
    assert due_date(opened, effort) == due


def test_holidays_are_no_working_days_either() -> None:
    holidays = {date(2021, 5, 3), date(2021, 5, 4), date(2021, 5, 5), date(2021, 5, 1)}
    assert due_date(FRIDAY, Effort.SIMPLE, holidays=holidays) == date(2021, 5, 7)
    assert due_date(date(2021, 5, 3), Effort.SIMPLE, holidays=holidays) == date(2021, 5, 7)


def test_working_days_are_an_argument() -> None:
    assert due_date(FRIDAY, Effort.SIMPLE, working_days={Effort.SIMPLE: 1}) == date(2021, 5, 3)
    with pytest.raises(InputError, match="None for complex"):
        due_date(FRIDAY, Effort.COMPLEX, working_days={Effort.SIMPLE: 1})
    for wrong in (0, 2.5, 1001):
        with pytest.raises(InputError, match="whole number from 1"):
            due_date(FRIDAY, Effort.SIMPLE, working_days={Effort.SIMPLE: wrong})  # type: ignore[dict-item]


def test_every_family_of_treatments_has_an_effort() -> None:
    assert set(USUAL_EFFORT) == set(Family)
    assert USUAL_EFFORT[Family.RETIME] is Effort.SIMPLE
    assert USUAL_EFFORT[Family.RESEQUENCE] is USUAL_EFFORT[Family.COORDINATE] is Effort.COMPLEX
    timed = {Family.RETIME, Family.RESEQUENCE, Family.COORDINATE}
    assert {USUAL_EFFORT[family] for family in set(Family) - timed} == {Effort.SPECIAL}


@pytest.mark.parametrize("end", [State.ADOPTED, State.REJECTED])
def test_a_matter_goes_step_by_step_to_its_end(end: State) -> None:
    found = matter(state=end)
    assert (found.state, found.closed) == (end, True)
    assert (found.measure, found.evidence, found.reason) == (
        "6 s more for the left turn",
        "runs/12",
        "better in every run",
    )
    assert found.due == date(2021, 5, 4)


def test_a_step_gives_a_new_matter() -> None:
    first = matter()
    assert first.propose("a longer green") is not first
    assert (first.state, first.measure) == (State.OPEN, "")
    with pytest.raises(FrozenInstanceError):
        first.state = State.ADOPTED  # type: ignore[misc]


STEPS = {State.PROPOSED: "propose", State.TESTED: "test", State.ADOPTED: "adopt", State.REJECTED: "reject"}
ILLEGAL = [(start, end) for start in State for end in STEPS if end not in NEXT[start]]


def test_most_steps_are_illegal() -> None:
    # 5 states x 4 steps, less open-proposed, proposed-tested, tested-adopted and tested-rejected
    assert len(ILLEGAL) == 16


@pytest.mark.parametrize(("start", "end"), ILLEGAL)
def test_illegal_steps_are_refused_by_name(start: State, end: State) -> None:
    with pytest.raises(InputError, match=f"matter 'M7': cannot go from {start} to {end}"):
        getattr(matter("M7", state=start), STEPS[end])("words")


@pytest.mark.parametrize(
    ("state", "step", "word"),
    [
        (State.OPEN, "propose", "measure"),
        (State.PROPOSED, "test", "evidence"),
        (State.TESTED, "adopt", "reason"),
        (State.TESTED, "reject", "reason"),
    ],
)
def test_no_step_without_words(state: State, step: str, word: str) -> None:
    with pytest.raises(InputError, match=f"matter 'M7': .*{word} is empty"):
        getattr(matter("M7", state=state), step)("")


@pytest.mark.parametrize("state", [State.ADOPTED, State.REJECTED])
def test_nothing_is_closed_without_evidence_and_reason(state: State) -> None:
    with pytest.raises(InputError) as caught:
        replace(matter("M7", state=state), evidence="", reason="")
    assert caught.value.where == "matter 'M7'"
    assert caught.value.faults == (
        f"it is {state}, but evidence is empty",
        f"it is {state}, but reason is empty",
    )


def test_an_open_matter_has_neither_evidence_nor_reason() -> None:
    with pytest.raises(InputError) as caught:
        replace(matter(), evidence="runs/12", reason="better")
    assert [fault.split(",")[1] for fault in caught.value.faults] == [
        " so evidence must be empty until it is tested or adopted or rejected",
        " so reason must be empty until it is adopted or rejected",
    ]


@pytest.mark.parametrize(
    ("field", "text", "fault"),
    [
        ("id", "", "id is empty"),
        ("place", "", "place is empty"),
        ("owner", " signals", "owner begins or ends with a space"),
        ("found", "two\nlines", "found is not one line"),
        ("found", "a\x00b", "found is not one line"),
        ("figure", "much", "figure is 'much', not a number"),
        ("figure", "93.5", "not a number, a space and its unit"),
        ("figure", "93.5s", "not a number, a space and its unit"),
        ("due", date(2021, 4, 29), "before it was opened"),
    ],
)
def test_what_a_matter_says_is_checked(field: str, text: object, fault: str) -> None:
    with pytest.raises(InputError, match=fault):
        replace(matter(), **{field: text})  # type: ignore[arg-type]


@pytest.mark.parametrize("figure", ["93.5 s/veh", "−3.2 %", "1,200 veh/h", "+0.5 stops", "6900 泊位"])
def test_figures_have_a_number_and_a_unit(figure: str) -> None:
    assert replace(matter(), figure=figure).figure == figure


LEDGER = Ledger(
    (
        matter("M1", owner="roads"),
        matter("M2", Kind.OPENING, Effort.SPECIAL, state=State.PROPOSED),
        matter("M3", state=State.ADOPTED),
        matter("M4", Kind.ARTERIAL, Effort.COMPLEX, state=State.REJECTED),
    )
)


def test_nothing_is_open_silently() -> None:
    assert [m.id for m in LEDGER.closed] == ["M3", "M4"]
    assert [m.id for m in LEDGER.still_open] == ["M1", "M2"]
    title, _, *rows = repr(LEDGER).splitlines()
    assert title == "Ledger of 4 matters, 2 closed (1 open, 1 proposed, 0 tested, 1 adopted, 1 rejected)"
    assert [row.split()[:2] for row in rows] == [
        ["M1", "open"],
        ["M2", "proposed"],
        ["M3", "adopted"],
        ["M4", "rejected"],
    ]


def test_counts_name_every_value() -> None:
    assert LEDGER.count() == {"open": 1, "proposed": 1, "tested": 0, "adopted": 1, "rejected": 1}
    assert LEDGER.count("kind") == {
        **{"intersection": 2, "opening": 1, "island": 0, "approach": 0, "arterial": 1, "district": 0}
    }
    assert LEDGER.count(by="effort") == {"simple": 2, "complex": 1, "special": 1}
    assert list(LEDGER.count("owner").items()) == [("roads", 1), ("signals", 3)]
    with pytest.raises(InputError, match="cannot count by 'due'"):
        LEDGER.count("due")


def test_ids_are_unique() -> None:
    with pytest.raises(InputError, match="id 'M1' is given twice"):
        Ledger((matter("M1"), matter("M2"), matter("M1", state=State.TESTED)))


def test_updates_keep_the_order() -> None:
    newer = LEDGER["M2"].test("runs/13")
    updated = LEDGER.with_updates([newer])
    assert [m.id for m in updated.matters] == ["M1", "M2", "M3", "M4"]
    assert updated["M2"] is newer
    assert LEDGER["M2"].state is State.PROPOSED
    with pytest.raises(KeyError, match="M9"):
        LEDGER.with_updates([matter("M9")])
