"""What the rules find in shipped plans: each was looked at by hand (docs/field_findings.md)."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from trafficopt.rules.findings import errors
from trafficopt.signals.gate import network_findings
from trafficopt.sumo.read import read_scenario

FOUND = {
    "bike-lane": {"permissive-without-yield": 8, "idle-stage": 8},
    "cangzhou": {"always-green": 398},
    "grid-left-hand": {"idle-stage": 8},
    "ingolstadt7": {"merge-within-approach": 1},
    "median": {"u-turn-across-walk": 1},
    "two-way-crossing": {"u-turn-across-walk": 1},
    "u-turns": {"idle-stage": 8},
}


def test_findings_on_shipped_plans_are_those_looked_at_by_hand(any_config: Path) -> None:
    findings = network_findings(read_scenario(any_config))
    assert Counter(finding.rule for finding in findings) == FOUND.get(any_config.stem, {})


def test_profiles_find_short_times_and_nothing_else(any_config: Path) -> None:
    found = {finding.rule for finding in network_findings(read_scenario(any_config))}
    for profile in ("us", "cn", "de"):
        more = errors(network_findings(read_scenario(any_config, profile=profile)))
        short = {"short-yellow", "short-intergreen", "short-green", "short-walk", "short-walk-clearance"}
        assert {finding.rule for finding in more} <= short | found
