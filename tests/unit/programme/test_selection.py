"""Candidates that looked better one by one, and what becomes of them together."""

from __future__ import annotations

import pytest

from trafficopt.evaluation import Change, Verdict
from trafficopt.programme.selection import MODEL, Trial, chosen, confirmed
from trafficopt.treatment import CloseOpening, RemoveIsland

GAIN = Change(-0.5, (-0.9, -0.1), -2.0, Verdict.BETTER)
U1, U2, J1 = CloseOpening("U1", "a", "b"), CloseOpening("U2", "c", "d"), RemoveIsland("J1")
TRIALS = (
    Trial(U1, -0.2, GAIN, "run 1", True),
    Trial(J1, 3.0, None, MODEL, False),
    Trial(U2, 0.1, GAIN, "run 1", True),
)


def test_those_that_lose_less_are_treated() -> None:
    assert chosen(TRIALS) == (U1, U2)


def test_sites_that_are_better_together_too_stay_chosen() -> None:
    together = Change(-1.0, (-3.0, 1.0), -0.5, Verdict.SAME)
    found = confirmed(TRIALS, together, "run 2")
    assert chosen(found) == (U1, U2)
    assert [trial.evidence for trial in found] == ["run 1", MODEL, "run 1"]
    assert [trial.together for trial in found] == [together, None, together]


@pytest.mark.parametrize("mean", [0.0, 2.0])
def test_sites_that_are_no_better_together_are_dropped_with_the_run_that_showed_it(mean: float) -> None:
    found = confirmed(TRIALS, Change(mean, None, 1.0, Verdict.UNKNOWN), "run 2")
    assert chosen(found) == ()
    assert [trial.evidence for trial in found] == ["run 2", MODEL, "run 2"]
    assert [trial.sumo_veh_h for trial in found] == [GAIN, None, GAIN]
