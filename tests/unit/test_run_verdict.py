"""What makes a run doubtful, threshold by threshold."""

from __future__ import annotations

from dataclasses import replace

import pytest

from trafficopt.run_verdict import Cause, Doubt, RunFacts, RunVerdict, doubts_of, worst

VALID, SUSPICIOUS, INVALID = RunVerdict
GOOD = RunFacts(1000, 100, 0, 0, 0, 0, waiting_half=0, present_veh=100.0)


def told(**changes: object) -> dict[Cause, RunVerdict]:
    return {doubt.cause: doubt.verdict for doubt in doubts_of(replace(GOOD, **changes))}  # type: ignore[arg-type]


def test_a_good_run_has_no_doubts() -> None:
    assert doubts_of(GOOD) == ()
    assert worst(()) is VALID


@pytest.mark.parametrize(
    ("changes", "cause", "verdict"),
    [
        ({"teleports": 1}, Cause.TELEPORTS, SUSPICIOUS),
        ({"teleports": 9}, Cause.TELEPORTS, SUSPICIOUS),
        ({"teleports": 10}, Cause.TELEPORTS, INVALID),
        ({"collisions": 1}, Cause.COLLISIONS, SUSPICIOUS),
        ({"collisions": 2}, Cause.COLLISIONS, INVALID),
        ({"emergency_stops": 50}, Cause.EMERGENCY_STOPS, SUSPICIOUS),
        ({"unfinished": 334}, Cause.UNFINISHED, SUSPICIOUS),
        ({"unfinished": 500}, Cause.UNFINISHED, INVALID),
        ({"undeparted": 30, "waiting_half": 20}, Cause.GROWTH, SUSPICIOUS),
        ({"standstill_s": 300.0}, Cause.STANDSTILL, INVALID),
        ({"locked_veh": {"a": 1.0}}, Cause.LOCKED, SUSPICIOUS),
        ({"locked_veh": {"a": 9.0, "b": 12.0}}, Cause.LOCKED, INVALID),
    ],
)
def test_doubts(changes: dict[str, object], cause: Cause, verdict: RunVerdict) -> None:
    assert told(**changes) == {cause: verdict}


@pytest.mark.parametrize(
    "changes",
    [
        {"unfinished": 333},
        {"undeparted": 29, "waiting_half": 20},
        {"undeparted": 200, "waiting_half": None},
    ],
)
def test_what_is_usual_is_no_doubt(changes: dict[str, object]) -> None:
    assert told(**changes) == {}


def test_a_quarter_that_never_entered_is_invalid_whatever_else() -> None:
    assert told(undeparted=250, waiting_half=240)[Cause.UNDEPARTED] is INVALID


def test_one_blocked_origin_is_told_from_queues_everywhere() -> None:
    wanted = {"a": 200, "b": 800}
    blocked = {"undeparted": 40, "waiting_half": 35, "wanted_at": wanted}
    assert told(**blocked, undeparted_at={"a": 36, "b": 4}) == {Cause.BLOCKED_ORIGIN: SUSPICIOUS}
    assert told(**blocked, undeparted_at={"a": 20, "b": 20}) == {}
    assert told(**blocked, undeparted_at={"b": 40}) == {}  # most enter there anyway


def test_a_stray_vehicle_says_nothing() -> None:
    few = RunFacts(20, 9, 9, 1, 0, 0, waiting_half=0, wanted_at={"a": 9, "b": 11}, undeparted_at={"a": 9})
    assert {doubt.cause: doubt.verdict for doubt in doubts_of(few)} == {Cause.TELEPORTS: SUSPICIOUS}


def test_the_worst_comes_first_in_words() -> None:
    found = doubts_of(replace(GOOD, teleports=1, standstill_s=600.0))
    assert [doubt.verdict for doubt in found] == [INVALID, SUSPICIOUS]
    assert str(found[0]) == "nobody moved for 600 s"


@pytest.mark.parametrize("cause", Cause)
def test_every_cause_has_words(cause: Cause) -> None:
    assert "3" in str(Doubt(cause, INVALID, 3, 7, "link"))
