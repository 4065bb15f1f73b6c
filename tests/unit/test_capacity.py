"""Saturation headways, gaps and lane use, against measurements and hand calculation."""

from __future__ import annotations

import math

import numpy as np
import pytest

from trafficopt.model.capacity import gap_headway_s, lane_flows, saturation_headway_s


@pytest.mark.parametrize(
    ("speed_m_s", "space_m", "measured_s"),
    [(14.0, 5.8, 1.87), (10.6, 5.8, 1.96), (9.5, 5.8, 2.03), (8.2, 5.8, 2.11), (10.6, 7.5, 2.11)],
)
def test_headway_follows_what_was_measured_in_sumo(
    speed_m_s: float, space_m: float, measured_s: float
) -> None:
    assert saturation_headway_s(speed_m_s, space_m, 1.0) == pytest.approx(measured_s, abs=0.06)


@pytest.mark.parametrize(("speed_m_s", "measured_veh_h"), [(13.9, 1822.0), (8.33, 1398.0), (19.4, 2048.0)])
def test_saturation_flow_by_speed_limit(speed_m_s: float, measured_veh_h: float) -> None:
    # Cars of 7.5 m: 50, 30 and 70 km/h.
    flow = 3600.0 / saturation_headway_s(speed_m_s, 7.5, 1.0)
    assert flow == pytest.approx(measured_veh_h, rel=0.16 if speed_m_s < 10 else 0.04)


def test_slower_drivers_take_longer() -> None:
    assert saturation_headway_s(13.9, 7.5, 1.3) - saturation_headway_s(13.9, 7.5, 1.0) == pytest.approx(0.3)


def test_gap_capacity_by_hand() -> None:
    # q = 0.2 veh/s, t_c = 4 s, t_f = 2.2 s: 0.2 e^-0.8 / (1 - e^-0.44) = 0.08987 / 0.35596 = 0.25246 veh/s.
    assert gap_headway_s(0.2) == pytest.approx(1 / 0.25246, rel=1e-4)
    assert gap_headway_s.py_func(0.2) == gap_headway_s(0.2)


def test_gaps_grow_rarer_with_the_foes_flow() -> None:
    waits = [gap_headway_s(q) for q in (0.0, 0.05, 0.1, 0.3, 0.6, 1.0)]
    assert waits == sorted(waits)
    assert waits[0] == 2.2
    assert gap_headway_s(1e-4) == pytest.approx(2.2, abs=0.01)
    assert math.isfinite(gap_headway_s(50.0))


def test_two_lanes_are_used_equally() -> None:
    shares = lane_flows([500.0], [2.0], [[0, 1]])
    assert shares.tolist() == [[250.0, 250.0]]


def test_a_turn_confined_to_one_lane_pushes_through_traffic_aside() -> None:
    # Time in use, 400 x 2 + 100 x 3 = 1,100, is shared: 550 a lane; the turn takes 300 of lane 1.
    shares = lane_flows([400.0, 100.0], [2.0, 3.0], [[0, 1], [1]])
    assert shares[1].tolist() == [0.0, 100.0]
    assert shares[0] == pytest.approx([275.0, 125.0])


def test_a_turn_that_fills_its_lane_keeps_the_others_out() -> None:
    shares = lane_flows([100.0, 700.0], [2.0, 2.0], [[0, 1], [1]])
    assert shares == pytest.approx(np.array([[100.0, 0.0], [0.0, 700.0]]))


def test_flow_is_conserved_and_stays_on_allowed_lanes() -> None:
    flows, lanes = [120.0, 800.0, 310.0, 0.0], [[0], [0, 1, 2], [2, 3], [3]]
    shares = lane_flows(flows, [2.4, 1.9, 2.7, 2.2], lanes)
    assert shares.sum(axis=1) == pytest.approx(flows)
    assert (shares >= 0).all()
    for movement, allowed in enumerate(lanes):
        assert shares[movement, [lane for lane in range(4) if lane not in allowed]].sum() == 0
    used = np.array([2.4, 1.9, 2.7, 2.2]) @ shares
    assert used[:3] == pytest.approx(used[0])


def test_lanes_without_demand_stay_empty() -> None:
    assert lane_flows([0.0, 0.0], [2.0, 2.0], [[0, 1], [1]]).tolist() == [[0.0, 0.0], [0.0, 0.0]]
