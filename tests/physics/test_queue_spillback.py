"""Room on links and pockets, vacancies that travel back, and vehicles that stand on the junction."""

from __future__ import annotations

import numpy as np
import pytest

from tests.physics.queue_roads import SPACE_M, Trip, crossings, steady, two_links, with_pocket
from trafficopt.model.queues.queue_model import QueueModel

AHEAD = ("in", "mid", "out")
FOREVER_S = 3000.0


@pytest.mark.parametrize("length_m", [30.0, 75.0, 150.0, 300.0])
def test_a_link_that_stands_holds_a_vehicle_every_seven_and_a_half_meters(length_m: float) -> None:
    rows = {"s": [("Gr", 60.0)], "t": [("r", FOREVER_S)]}
    problem = two_links(length_m).problem(rows, steady(AHEAD, 4.0, 900.0), 1200.0)
    passed = len(crossings(problem, "in"))
    # One meter of creeping and the gap of the last: floor((L + 2.5 + 1) / 7.5); a moving lane takes two more.
    room = int((length_m + 3.5) // SPACE_M)
    assert room <= passed <= room + 2
    estimate = QueueModel(problem).estimate(problem.field_plan)
    # 600 m behind it fill up likewise, then nobody enters.
    inside = estimate.demanded - estimate.undeparted - passed
    assert 80 <= inside <= 82
    assert "mid" in estimate.standing and "in" in estimate.standing and "out" not in estimate.standing


def entries_after_green(length_m: float) -> np.ndarray:
    """Entries [s] into a link whose queue stood for minutes, from the second on in which it gets green."""
    rows = {"s": [("Gr", 60.0)], "t": [("G", 597.0), ("y", 3.0), ("r", 600.0)]}
    problem = two_links(length_m).problem(rows, steady(AHEAD, 4.0, 500.0), 900.0, offsets_s={"t": 600.0})
    entered = crossings(problem, "in")
    return entered[entered > 600.0] - 600.0


@pytest.mark.parametrize("length_m", [75.0, 150.0, 300.0])
def test_vacancies_travel_back_at_eight_meters_a_second(length_m: float) -> None:
    # The first of the queue leaves after half a second; its vacancy comes L / 8 later to the queue behind,
    # which discharges as at a green (measured fronts). Drivers look once a second, half a second after it.
    fronts = length_m / 8.0 + np.array([0.5, 3.8, 6.2, 8.6, 10.7])
    entered = entries_after_green(length_m)
    assert entered[0] >= length_m / 8.0 + 0.5
    assert entered[:5] == pytest.approx(fronts + 0.5, abs=1.0)


def test_a_link_that_fills_in_red_passes_what_it_holds_and_no_more() -> None:
    cycle = [("G", 27.0), ("y", 3.0), ("r", 30.0)]
    served = {}
    for name, offset_s in {"together": 0.0, "apart": 30.0}.items():
        rows = {"s": [(state + "r", seconds) for state, seconds in cycle], "t": cycle}
        problem = two_links(45.0).problem(rows, steady(AHEAD, 2.5, 1800.0), 1800.0, offsets_s={"t": offset_s})
        served[name] = np.bincount((crossings(problem, "mid") // 60.0).astype(int))[3:-1]
    # Apart: 45 m hold floor(48.5 / 7.5) = 6 vehicles in red, two more while they move; `s` is blocked by
    # them, and shows red while `t` could serve more.
    assert (served["apart"] >= 6).all() and (served["apart"] <= 8).all()
    # Together: both serve what 27 s of green allow, 13.
    assert (np.abs(served["together"] - 13) <= 1).all()


@pytest.mark.parametrize(("n_left", "blocked"), [(6, False), (12, True)])
def test_a_queue_longer_than_its_pocket_blocks_the_lane_beside(n_left: int, blocked: bool) -> None:
    # The pocket of 60 m holds eight left-turners, two more while they move.
    trips = [Trip(3.0 * k, ("in", "bay", "left")) for k in range(n_left)]
    trips += steady(("in", "bay", "on"), 4.0, 200.0, from_s=60.0)
    problem = with_pocket(60.0).problem({"s": [("Gr", 60.0)]}, trips, 400.0)
    estimate = QueueModel(problem).estimate(problem.field_plan)
    served = dict(zip(estimate.movements, estimate.served.tolist(), strict=True))
    assert served["bay", "left"] == 0
    assert served["bay", "on"] == (0 if blocked else 35)


@pytest.mark.parametrize(("n_through", "blocked"), [(6, False), (12, True)])
def test_a_through_queue_keeps_others_out_of_the_pocket(n_through: int, blocked: bool) -> None:
    trips = [Trip(3.0 * k, ("in", "bay", "on")) for k in range(n_through)]
    trips += steady(("in", "bay", "left"), 4.0, 200.0, from_s=60.0)
    problem = with_pocket(60.0).problem({"s": [("rG", 60.0)]}, trips, 400.0)
    estimate = QueueModel(problem).estimate(problem.field_plan)
    served = dict(zip(estimate.movements, estimate.served.tolist(), strict=True))
    assert served["bay", "on"] == 0
    assert served["bay", "left"] == (0 if blocked else 35)


def box(keep_clear: bool) -> tuple[np.ndarray, np.ndarray]:
    """Crossings of the road into a full link of 30 m, and of the street across."""
    # Four (plus two) fill the link; after half a minute others come, in a green of their own.
    trips = [Trip(3.0 * k, AHEAD) for k in range(6)] + [Trip(100.0 + 3.0 * k, AHEAD) for k in range(6)]
    trips += steady(("side", "off"), 5.0, 400.0, from_s=130.0)
    rows = {
        "s": [("Gr", 197.0), ("yr", 3.0), ("rG", 397.0), ("ry", 3.0)],
        "t": [("r", 400.0), ("G", 197.0), ("y", 3.0)],
    }
    problem = two_links(30.0, keep_clear=keep_clear).problem(rows, trips, 600.0)
    return crossings(problem, "in"), crossings(problem, "side")


def test_who_stands_on_the_junction_holds_the_street_across_until_it_moves() -> None:
    ahead, across = box(keep_clear=False)
    # Four on the link, and two on the path of 15 m.
    assert (ahead < 200.0).sum() == 6
    # The link moves at 400.5 s; the one on the path is reached by the vacancy 30 m later, and clears it.
    assert 400.5 + 30.0 / 8.0 <= across[0] <= 400.5 + 30.0 / 8.0 + 10.0


def test_keep_clear_leaves_the_street_across_free() -> None:
    ahead, across = box(keep_clear=True)
    assert (ahead < 200.0).sum() == 4
    assert across[0] == pytest.approx(200.5, abs=0.5)
    # 13 come until the green, every 5 s: all that came until 400 s are through by then.
    assert (across < 400.0).sum() == pytest.approx((400.0 - 130.0 - 300.0 / 13.24) / 5.0, abs=1)
