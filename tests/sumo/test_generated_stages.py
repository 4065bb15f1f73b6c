"""Generated stage sequences on nets of all kinds: every one can be switched on."""

from __future__ import annotations

from pathlib import Path

import pytest

from trafficopt.plan import SignalTiming
from trafficopt.rules.check import check_rows
from trafficopt.rules.findings import errors
from trafficopt.signals.transitions import stages_in_order
from trafficopt.staging.sequences import candidate_sequences
from trafficopt.sumo.read import read_scenario

SIGNALS, SEQUENCES = 4, 12  # of each net, of each signal


@pytest.mark.parametrize("profile", ["keep", "us"])
def test_generated_sequences_break_no_rule_at_their_least_greens(any_config: Path, profile: str) -> None:
    wrong, tried = [], 0
    for node in read_scenario(any_config, profile=profile).network.intersections[:SIGNALS]:
        drawn = [s for s in candidate_sequences(node) if s.name != "field plan"]
        for sequence in (*drawn[:SEQUENCES], *drawn[SEQUENCES:][-2:]):
            stages = stages_in_order(node, sequence.states)
            greens = tuple(stage.min_green_s for stage in stages)
            cycle_s = sum(greens) + sum(stage.intergreen_s for stage in stages)
            timing = SignalTiming(stages, greens, cycle_s, 0.0)
            wrong += [(sequence.name, str(f)) for f in errors(check_rows(node, timing.intervals, cycle_s))]
            tried += 1
    assert wrong == []
    assert tried
