"""Mean and conditional value at risk, by hand and by their definition."""

from __future__ import annotations

import itertools
import math
import random

import pytest

from trafficopt.errors import InputError
from trafficopt.risk import MEAN, Risk

VALUES = (20.0, 70.0, 30.0)
WEIGHTS = (0.5, 0.2, 0.3)


def by_definition(values: tuple[float, ...], weights: tuple[float, ...], share: float) -> float:
    """Least of eta + E[(X - eta)+] / share, which some value of X attains (Rockafellar and Uryasev 2000)."""

    def above(eta: float) -> float:
        return sum(w * max(v - eta, 0.0) for v, w in zip(values, weights, strict=True))

    return min(eta + above(eta) / share for eta in values)


def test_cvar_by_hand() -> None:
    # The worst 0.4: 0.2 of 70 and 0.2 of 30.
    assert Risk(0.4).value(VALUES, WEIGHTS) == pytest.approx((0.2 * 70 + 0.2 * 30) / 0.4)
    assert Risk(0.8).value(VALUES, WEIGHTS) == pytest.approx((0.2 * 70 + 0.3 * 30 + 0.3 * 20) / 0.8)
    assert Risk(0.1).value(VALUES, WEIGHTS) == pytest.approx(70.0)
    assert MEAN.value(VALUES, WEIGHTS) == pytest.approx(33.0)


@pytest.mark.parametrize("share", [0.05, 0.2, 0.3, 0.5, 0.75, 1.0])
def test_cvar_is_what_its_definition_says(share: float) -> None:
    chance = random.Random(3)
    for n in (1, 2, 5):
        values = tuple(chance.uniform(0, 100) for _ in range(n))
        drawn = [chance.uniform(0.1, 1) for _ in range(n)]
        weights = tuple(w / sum(drawn) for w in drawn)
        assert Risk(share).value(values, weights) == pytest.approx(by_definition(values, weights, share))


@pytest.mark.parametrize("risk", [MEAN, Risk(0.3), Risk(0.6)])
def test_order_does_not_matter_at_all(risk: Risk) -> None:
    pairs = [(20.1, 0.1), (20.1, 0.3), (33.3, 0.2), (7.7, 0.25), (90.9, 0.15)]
    found = {risk.value(*zip(*order, strict=True)) for order in itertools.permutations(pairs)}
    assert len(found) == 1


@pytest.mark.parametrize("risk", [MEAN, Risk(0.5), Risk(0.25)])
def test_a_bad_plan_ends_early_and_a_good_one_does_not(risk: Risk) -> None:
    value = risk.value(VALUES, WEIGHTS)
    limits: list[float] = []

    def asked(own: float) -> object:
        def ask(limit: float) -> float:
            limits.append(limit)
            return own if own <= limit else math.inf

        return ask

    asks = [asked(v) for v in VALUES]
    assert risk.value_within(asks, WEIGHTS, value + 1e-9) == pytest.approx(value)
    assert risk.value_within(asks, WEIGHTS) == value
    limits.clear()
    assert risk.value_within(asks, WEIGHTS, 0.2 * value) == math.inf
    assert len(limits) == 1  # the first alone is too much
    assert risk.value_within(asks, WEIGHTS, value - 0.1) == math.inf


def test_names() -> None:
    assert (Risk.named("mean"), Risk.named("cvar"), Risk.named("cvar:0.3")) == (MEAN, Risk(0.5), Risk(0.3))
    assert Risk.named(str(Risk(0.3))) == Risk(0.3)
    assert MEAN.is_mean and not Risk(0.9).is_mean


@pytest.mark.parametrize("text", ["", "worst", "cvar:", "cvar:x", "mean:0.3", "cvar:nan", "Mean"])
def test_what_is_no_risk(text: str) -> None:
    with pytest.raises(InputError, match="choose mean, cvar or cvar:SHARE"):
        Risk.named(text)


@pytest.mark.parametrize("share", [0.0, -0.1, 1.1, math.nan])
def test_shares_that_are_none(share: float) -> None:
    with pytest.raises(InputError, match="above 0 and up to 1"):
        Risk(share)
