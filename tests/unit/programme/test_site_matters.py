"""What the ledger says of a site with several options."""

from __future__ import annotations

import pytest

from trafficopt.comparison import Change, Verdict
from trafficopt.programme.selection import MODEL, REFUSED, Trial
from trafficopt.programme.site_matters import _rank, told
from trafficopt.treatment import CloseOpening, MoveOpening

CLOSED, MOVED = CloseOpening("U1", "a", "b"), MoveOpening("U1", "a", "b", 30.0)
NAN = float("nan")


def in_sumo(mean: float, *, chosen: bool = False, together: Change | None = None) -> Trial:
    return Trial(CLOSED, 0.1, Change(mean, None, 1.0, Verdict.UNKNOWN), "run 1", chosen, together)


BY_MODEL = Trial(MOVED, 0.31, None, MODEL, False)
REFUSAL = Trial(MOVED, NAN, None, REFUSED, False, fault="no room")


@pytest.mark.parametrize(
    ("trial", "words"),
    [
        (in_sumo(-0.42, chosen=True), "saves 0.42 veh*h around it in SUMO"),
        (in_sumo(0.2), "would cost 0.20 veh*h around it in SUMO"),
        (BY_MODEL, "would cost 0.31 veh*h around it in the queue model"),
        (REFUSAL, "cannot be built: no room"),
        (
            in_sumo(-0.42, together=Change(3.14, None, 1.0, Verdict.UNKNOWN)),
            "saves 0.42 veh*h around it in SUMO, but all such sites change +3.1 veh*h together",
        ),
        (
            in_sumo(-0.42),
            "saves 0.42 veh*h around it in SUMO, "
            "but another option is better or it cannot be built with what was chosen before",
        ),
    ],
)
def test_each_end_has_its_words(trial: Trial, words: str) -> None:
    assert told(trial) == words


def test_the_chosen_option_speaks_for_the_site_then_sumo_then_the_model() -> None:
    trials = [REFUSAL, BY_MODEL, in_sumo(0.2), in_sumo(-0.1), in_sumo(0.3, chosen=True)]
    assert sorted(trials, key=_rank) == trials[::-1]
