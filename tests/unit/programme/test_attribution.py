"""Effects of families of treatments, from made-up runs; every figure is calculated by hand."""

from __future__ import annotations

import pytest

from trafficopt.comparison import Verdict
from trafficopt.evaluation import Evaluation, SeedResult
from trafficopt.programme.attribution import Step, attribute
from trafficopt.sumo.run_store import StoredRun

# 3600 vehicles: a second of mean delay is a vehicle hour.


def step(name: str, *delays_s: float, demanded: int = 3600, detour_s: float = 0.0) -> Step:
    runs = tuple(
        SeedResult(seed, demanded, demanded, 0, 0, delay, 1.0, 0.0, 0.0, 0, 0, 0)
        for seed, delay in enumerate(delays_s, start=1)
    )
    return Step(name, StoredRun(f"run of {name}", Evaluation(name, runs)), detour_s)


FIELD = step("field", 50.0, 52.0)
ISLANDS, WAVES = step("islands", 49.0, 51.2), step("waves", 45.0, 47.0)
BOTH = step("islands and waves", 44.5, 46.5)


def test_detours_count_as_time_that_is_lost() -> None:
    assert step("closed", 10.0, demanded=360, detour_s=7200.0).lost_veh_h() == (3.0,)


def test_fewer_vehicles_lose_less_at_the_same_mean_delay() -> None:
    assert step("fewer", 50.0, demanded=1800).lost_veh_h() == (25.0,)


def test_effects_alone_and_in_order() -> None:
    found = attribute(FIELD, {"island": ISLANDS, "wave": WAVES}, [("island", ISLANDS), ("wave", BOTH)])
    island, wave = found.effects
    assert (island.family, wave.family) == ("island", "wave")
    assert [island.alone.mean, island.in_order.mean] == pytest.approx([-0.9, -0.9])
    assert [wave.alone.mean, wave.in_order.mean] == pytest.approx([-5.0, -4.6])
    assert wave.in_order.percent == pytest.approx(-100.0 * 4.6 / 50.1)
    assert wave.evidence == ("run of waves", "run of islands and waves")


def test_effects_in_order_add_up_to_the_whole_and_those_alone_need_not() -> None:
    found = attribute(FIELD, {"island": ISLANDS, "wave": WAVES}, [("island", ISLANDS), ("wave", BOTH)])
    assert found.change.mean == pytest.approx(sum(effect.in_order.mean for effect in found.effects))
    assert found.change.mean == found.delay_change.mean == pytest.approx(-5.5)
    assert found.overlap_veh_h == pytest.approx(-5.9 + 5.5)


def test_changes_are_paired_by_seed() -> None:
    # Both seeds fall by exactly 5 s, though they differ by 2 s from each other: no width is left.
    found = attribute(FIELD, {"wave": WAVES}, [("wave", WAVES)])
    assert found.change.ci95 == pytest.approx((-5.0, -5.0))
    assert found.change.verdict is Verdict.BETTER


def test_one_seed_has_no_interval() -> None:
    found = attribute(step("field", 50.0), {"wave": step("w", 45.0)}, [("wave", step("w", 45.0))])
    assert (found.change.ci95, found.change.verdict) == (None, Verdict.UNKNOWN)
