"""`run --precision`: seeds are added, or the wish is refused and nothing is lost."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

import trafficopt as to
from tests.sumo.test_cli import EXAMPLE, called
from tests.unit.test_evaluation import run
from trafficopt import study
from trafficopt.evaluation import Evaluation
from trafficopt.precision import LEAST_SEEDS, MOST_SEEDS


class Noise:
    """Answers as SUMO would, with a spread of the delay from seed to seed [s]; notes which seeds ran."""

    def __init__(self, spread_s: float) -> None:
        self.spread_s, self.ran = spread_s, list[tuple[str, tuple[int, ...]]]()

    def __call__(
        self, problem: to.Problem, plan: to.TimingPlan, seeds: Sequence[int], **_: object
    ) -> Evaluation:
        self.ran.append((plan.name, tuple(seeds)))
        is_field = plan.timings == problem.field_plan.timings
        delays = [
            100.0 if is_field else 80.0 + self.spread_s * np.random.default_rng(k).normal() for k in seeds
        ]
        return Evaluation(plan.name, tuple(run(k, delay) for k, delay in zip(seeds, delays, strict=True)))


COMMON = ("run", EXAMPLE, "--minutes", 3, "--max-seconds", 2, "--seeds", "998,3")


def test_seeds_are_added_for_both_plans_and_only_those(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    noise = Noise(1.0)
    monkeypatch.setattr(study, "simulate", noise)
    called(*COMMON, "-o", tmp_path, "--precision", "2%")
    told = json.loads((tmp_path / "summary.json").read_text())
    added = (999, *range(1120, 1120 + LEAST_SEEDS - 3))  # 1000 to 1119 are training seeds
    assert [seeds for _, seeds in noise.ran] == [(998, 3), (998, 3), added, added]
    assert told["seeds"] == [998, 3, *added]
    assert told["precision"]["reached"]
    assert told["change"]["mean_delay_s"]["half_width_percent"] <= 2.0
    assert "(wanted: 2 %)" in told["precision"]["message"]


def test_a_wish_that_takes_too_many_is_refused_and_the_run_reports(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(study, "simulate", Noise(15.0))
    said = called(*COMMON, "-o", tmp_path, "--precision", "1", code=1)
    told = json.loads((tmp_path / "summary.json").read_text())
    needed = told["precision"]["seeds_needed"]
    assert needed > MOST_SEEDS
    assert f"about {needed} seeds" in said.stderr
    assert f"about {needed} seeds" in (tmp_path / "report.html").read_text()
    assert "mean delay before" in said.stdout
    assert len(told["seeds"]) == LEAST_SEEDS
    assert (tmp_path / "plan.json").is_file()


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        (("--precision", "two"), "'two' is no percentage"),
        (("--precision", "0%"), "is 0 %"),
        (("--margin", "-1"), "is -1 %"),
        (("--warm-up", "3"), "takes 3 minutes of the 3"),
        (("--programme", "--precision", "2%"), "says nothing about a programme"),
        (("--programme", "--warm-up", "1"), "says nothing about a programme"),
    ],
)
def test_wishes_that_cannot_be_are_refused_at_once(
    tmp_path: Path, options: tuple[str, ...], fault: str
) -> None:
    assert fault in called(*COMMON, "-o", tmp_path / "out", *options, code=2).stderr
    assert not (tmp_path / "out").exists()
