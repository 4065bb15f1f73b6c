"""Speeds to post on hand-made arterials; every figure is calculated by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.test_progression import corridor, timing
from trafficopt.errors import InputError
from trafficopt.model.arterial_ways import Direction
from trafficopt.model.speed_advice import speed_advice
from trafficopt.network import Network
from trafficopt.plan import TimingPlan
from trafficopt.units import KM_H_PER_M_S

OUT, IN = Direction.OUTBOUND, Direction.INBOUND
# Of each 60 s, outbound is green from the offset for 30 s; inbound from 10 s after it for 20 s. A gap takes
# 200 m / (limit - 0.6 m/s), and nothing inside the junctions.
ARTERIAL, MADE = corridor(3)


def network(limit_km_h: float) -> Network:
    links = {key: replace(link, speed_m_s=limit_km_h / KM_H_PER_M_S) for key, link in MADE.links.items()}
    return replace(MADE, links=links)


def plan(*offsets_s: float) -> TimingPlan:
    return TimingPlan("by hand", {f"s{k}": timing(offset) for k, offset in enumerate(offsets_s)})


def gap_s(speed_km_h: float) -> float:
    """Travel time of a gap driven at a posted speed."""
    return 200.0 / (speed_km_h / KM_H_PER_M_S - 0.6)


def test_offsets_for_a_low_speed_want_it_posted() -> None:
    offset = gap_s(40.0)
    found = speed_advice(ARTERIAL, network(60.0), plan(0.0, offset, 2.0 * offset), OUT)
    assert (found.arterial, found.direction, found.speed_km_h) == (ARTERIAL.name, OUT, 40.0)
    assert found.share == pytest.approx(1.0)
    assert found.share_at_limit == pytest.approx(1.0 - (offset - gap_s(60.0)) / 30.0)


def test_offsets_for_the_limit_want_the_limit() -> None:
    offset = gap_s(60.0)
    found = speed_advice(ARTERIAL, network(60.0), plan(0.0, offset, 2.0 * offset), OUT)
    assert found.speed_km_h == pytest.approx(60.0)
    assert found.share == found.share_at_limit == pytest.approx(1.0)


def test_inbound_offsets_run_the_other_way() -> None:
    offset = gap_s(40.0)
    found = speed_advice(ARTERIAL, network(60.0), plan(2.0 * offset, offset, 0.0), IN)
    assert (found.direction, found.speed_km_h) == (IN, 40.0)
    assert found.share == pytest.approx(1.0)
    assert found.share_at_limit == pytest.approx(1.0 - (offset - gap_s(60.0)) / 20.0)


def test_a_small_gain_is_not_worth_a_sign() -> None:
    # At the limit 1 % of the green comes too early.
    offset = gap_s(60.0) + 0.3
    found = speed_advice(ARTERIAL, network(60.0), plan(0.0, offset, 2.0 * offset), OUT)
    assert found.speed_km_h == pytest.approx(60.0)
    assert found.share == pytest.approx(0.99)


def test_no_speed_is_posted_above_the_limit() -> None:
    offset = gap_s(70.0)
    found = speed_advice(ARTERIAL, network(50.0), plan(0.0, offset, 2.0 * offset), OUT)
    assert found.speed_km_h == pytest.approx(50.0)


def test_links_with_a_lower_limit_keep_it() -> None:
    slow = network(60.0)
    links = {key: replace(slow.links[key], speed_m_s=40.0 / KM_H_PER_M_S) for key in ("o1a", "o1b")}
    mixed = replace(slow, links={**slow.links, **links})
    found = speed_advice(ARTERIAL, mixed, plan(0.0, gap_s(40.0), gap_s(40.0) + gap_s(60.0)), OUT)
    assert found.speed_km_h == pytest.approx(60.0)
    assert found.share == pytest.approx(1.0)


def test_of_speeds_that_are_equally_good_the_highest_is_posted() -> None:
    # The second signal is green from 15 s on for 50 s: at up to 50 km/h the whole green comes then.
    timings = {"s0": timing(0.0), "s1": timing(15.0, (6.0, 40.0, 2.0))}
    pair, made = corridor(2)
    links = {key: replace(link, speed_m_s=60.0 / KM_H_PER_M_S) for key, link in made.links.items()}
    found = speed_advice(pair, replace(made, links=links), TimingPlan("by hand", timings), OUT)
    assert (found.speed_km_h, found.share) == (50.0, pytest.approx(1.0))
    assert found.share_at_limit == pytest.approx(1.0 - (15.0 - gap_s(60.0)) / 30.0)


def test_a_green_of_the_next_cycle_counts() -> None:
    offset = gap_s(40.0)
    offsets_s = (50.0, (50.0 + offset) % 60.0, (50.0 + 2.0 * offset) % 60.0)
    found = speed_advice(ARTERIAL, network(60.0), plan(*offsets_s), OUT)
    assert (found.speed_km_h, found.share) == (40.0, pytest.approx(1.0))


def test_signals_without_a_common_cycle_are_refused() -> None:
    timings = {**plan(0.0, 0.0, 0.0).timings, "s2": timing(0.0, (6.0, 20.0, 25.0))}
    with pytest.raises(InputError, match="no common cycle"):
        speed_advice(ARTERIAL, network(50.0), TimingPlan("by hand", timings), OUT)
