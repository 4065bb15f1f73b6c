"""Trips along a hand-made arterial, and what hand-made runs say of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import astuple, replace

import numpy as np
import pytest

from tests.unit.test_progression import corridor, timing
from trafficopt.demand import Demand, VehicleType
from trafficopt.model.arterial_trips import ThroughTrip, TripFigures, through_trips, trip_figures
from trafficopt.model.arterial_ways import Direction
from trafficopt.plan import TimingPlan
from trafficopt.trajectories import Trajectories

OUT, IN = Direction.OUTBOUND, Direction.INBOUND
# Signals s0, s1, s2; outbound links o1a and o1b lead to s1, o2a and o2b to s2; inbound i2a and i2b lead
# from s2 to s1, i1a and i1b to s0. Each is 100 m long.
ARTERIAL, NETWORK = corridor(3)
# Of each 60 s, outbound is green from the offset for 30 s, inbound from 10 s after it for 20 s.
PLAN = TimingPlan("by hand", {"s0": timing(0.0), "s1": timing(50.0), "s2": timing(20.0)})
THERE = ("o1a", "o1b", "o2a", "o2b")
BACK = ("i2a", "i2b", "i1a", "i1b")
Row = tuple[float, str, float, float]


def demand_of(*routes: Sequence[str]) -> Demand:
    n = len(routes)
    names, types = tuple(f"v{k}" for k in range(n)), {"car": VehicleType("car")}
    return Demand(names, np.zeros(n), tuple(map(tuple, routes)), ("car",) * n, types)


def run_of(rows: Mapping[str, Sequence[Row]], *, end_s: float = 1000.0, step_s: float = 1.0) -> Trajectories:
    """A run from rows of (time, link, position, speed) by vehicle."""
    flat = [(number, *row) for number, each in enumerate(rows.values()) for row in each]
    links = tuple(sorted({row[2] for row in flat}))
    vehicle, time_s, link, position_m, speed_m_s = zip(*flat, strict=True) if flat else ((),) * 5
    return Trajectories(
        1,
        end_s,
        step_s,
        tuple(rows),
        links,
        np.array(vehicle, dtype=np.int64),
        np.array([links.index(key) for key in link], dtype=np.int64),
        np.array(time_s, dtype=np.float64),
        np.array(position_m, dtype=np.float64),
        np.array(speed_m_s, dtype=np.float64),
    )


def driven(
    links: Sequence[str] = THERE, start_s: float = 100.0, speeds: Mapping[int, float] | None = None
) -> list[Row]:
    """Two rows a link, 5 s apart; speed is 10 m/s but in the rows that `speeds` names."""
    rows = [(link, position) for link in links for position in (10.0, 60.0)]
    return [
        (start_s + 5.0 * k, link, position, (speeds or {}).get(k, 10.0))
        for k, (link, position) in enumerate(rows)
    ]


def figures(
    rows: Sequence[Row], *, end_s: float = 1000.0, direction: Direction = OUT, route: Sequence[str] = THERE
) -> TripFigures:
    """Figures of one vehicle's trip along the whole arterial."""
    demand = demand_of(route)
    return trip_figures(
        [ThroughTrip(0, 0, 1)], run_of({"v0": rows}, end_s=end_s), demand, ARTERIAL, NETWORK, direction, PLAN
    )


def test_a_trip_without_a_stop() -> None:
    # From 100 s to 135 s, and the step of the last row; past s1 at 115 s on green, past s2 at 135 s on red.
    assert figures(driven()) == TripFigures(1, 1, 36.0, 400.0, 0, 2, 2, 1, 1)


def test_an_inbound_trip() -> None:
    found = figures(driven(BACK, speeds={6: 0.0}), direction=IN, route=BACK)
    assert found == TripFigures(1, 1, 36.0, 400.0, 1, 2, 1, 1, 0)


@pytest.mark.parametrize(
    ("speeds", "stops"),
    [
        ((9.0, 0.11, 0.2, 0.11), 0),
        ((9.0, 0.1, 0.1, 9.0), 1),
        ((9.0, 0.0, 0.05, 0.1), 1),
        ((0.0, 0.0, 9.0, 9.0), 1),
        ((9.0, 0.1, 0.11, 0.1), 2),
        ((0.0, 9.0, 0.0, 9.0), 2),
    ],
)
def test_a_stop_begins_where_a_vehicle_gets_as_slow_as_standing(
    speeds: tuple[float, ...], stops: int
) -> None:
    assert figures(driven(speeds=dict(enumerate(speeds)))).stops == stops


def test_standing_over_many_rows_is_one_stop_and_one_stop_line() -> None:
    found = figures(driven(speeds={1: 0.0, 2: 0.0, 3: 0.0}))
    assert (found.stops, found.n_passed, found.n_unstopped, found.n_without_stop) == (1, 2, 1, 0)


@pytest.mark.parametrize(
    ("start_s", "stop_at_row", "n_on_green"),
    [(100.0, 3, 1), (100.0, 1, 0), (110.0, 0, 2), (105.0, 0, 1), (160.0, 7, 1), (140.0, 7, 0)],
)
def test_who_stops_arrives_when_the_stop_begins(start_s: float, stop_at_row: int, n_on_green: int) -> None:
    # s1 is green at 50 to 80 s of each minute, s2 at 20 to 50 s; rows 0 to 3 lie before s1, each 5 s long.
    found = figures(driven(start_s=start_s, speeds={stop_at_row: 0.0}))
    assert (found.n_passed, found.n_unstopped, found.n_on_green) == (2, 1, n_on_green)


def test_nobody_arrives_on_green_where_the_plan_times_no_signal() -> None:
    plan = TimingPlan("s2 alone", {"s2": PLAN["s2"]})
    run, trips = run_of({"v0": driven(start_s=125.0)}), [ThroughTrip(0, 0, 1)]
    found = trip_figures(trips, run, demand_of(THERE), ARTERIAL, NETWORK, OUT, plan)
    assert (found.n_passed, found.n_on_green) == (2, 1)


def test_two_stops_before_one_stop_line_leave_the_other_unstopped() -> None:
    found = figures(driven(speeds={4: 0.0, 6: 0.0}))
    assert (found.stops, found.n_passed, found.n_unstopped) == (2, 2, 1)


def test_a_trip_that_the_end_of_the_run_cuts_counts_as_far_as_it_came() -> None:
    # 5 rows: at 120 s it is 10 m into the third link.
    found = figures(driven(speeds={1: 0.0})[:5], end_s=121.0)
    assert found == TripFigures(1, 0, 21.0, 210.0, 1, 1, 0, 0, 0)


def test_a_vehicle_on_its_last_link_when_the_run_ends_has_not_finished() -> None:
    cut = figures(driven(), end_s=136.0)
    assert (cut.n_finished, cut.n_passed, cut.n_without_stop) == (0, 1, 0)
    assert cut.distance_m == 360.0
    assert figures(driven(), end_s=137.0).n_finished == 1


def test_a_trip_that_did_not_begin_counts_for_nothing() -> None:
    demand = demand_of(THERE, THERE)
    trips = [ThroughTrip(0, 0, 1), ThroughTrip(1, 0, 1)]
    elsewhere = run_of({"v0": driven(BACK)})
    found = trip_figures(trips, elsewhere, demand, ARTERIAL, NETWORK, OUT, PLAN)
    assert astuple(found) == (0,) * 9


def test_rows_of_other_vehicles_and_links_do_not_count() -> None:
    demand = demand_of(THERE, ("x", *THERE, "y"), BACK)
    before = [(90.0, "x", 10.0, 0.0), (95.0, "x", 60.0, 10.0)]
    after = [(140.0, "y", 10.0, 0.0)]
    run = run_of({"v2": driven(BACK, speeds={3: 0.0}), "v1": [*before, *driven(), *after]})
    found = trip_figures([ThroughTrip(1, 0, 1)], run, demand, ARTERIAL, NETWORK, OUT, PLAN)
    assert found == TripFigures(1, 1, 36.0, 400.0, 0, 2, 2, 1, 1)


def test_a_part_of_the_arterial_counts_between_its_own_stop_lines() -> None:
    demand = demand_of(("x", "o2a", "o2b"))
    run = run_of({"v0": driven(("o2a", "o2b"))})
    found = trip_figures([ThroughTrip(0, 1, 1)], run, demand, ARTERIAL, NETWORK, OUT, PLAN)
    assert found == TripFigures(1, 1, 16.0, 200.0, 0, 1, 1, 0, 1)


def test_the_step_of_the_run_is_the_time_of_the_last_row() -> None:
    run = run_of({"v0": driven()}, step_s=0.5)
    found = trip_figures([ThroughTrip(0, 0, 1)], run, demand_of(THERE), ARTERIAL, NETWORK, OUT, PLAN)
    assert found.time_s == 35.5


def test_a_vehicle_that_leaves_and_returns_counts_on_its_longest_part_alone() -> None:
    route = ("o1a", "o1b", "x", *THERE)
    (trip,) = through_trips(ARTERIAL, OUT, demand_of(route))
    assert trip == ThroughTrip(0, 0, 1)
    rows = [*driven(("o1a", "o1b"), 100.0, {2: 0.0}), *driven(THERE, 300.0)]
    assert figures(rows, route=route) == TripFigures(1, 1, 36.0, 400.0, 0, 2, 2, 2, 1)


def test_a_vehicle_that_returns_after_its_trip_has_finished_it() -> None:
    route = (*THERE, "x", "o1a", "o1b")
    rows = [*driven(), *driven(("o1a", "o1b"), 300.0)]
    assert figures(rows, route=route) == TripFigures(1, 1, 36.0, 400.0, 0, 2, 2, 1, 1)


def over_short_links(rows: Sequence[Row], *short: str) -> TripFigures:
    """Figures of a trip where some links are 4 m long: a vehicle drives them within a step."""
    links = {
        key: replace(link, length_m=4.0) if key in short else link for key, link in NETWORK.links.items()
    }
    network = replace(NETWORK, links=links)
    return trip_figures(
        [ThroughTrip(0, 0, 1)], run_of({"v0": rows}), demand_of(THERE), ARTERIAL, network, OUT, PLAN
    )


def test_a_trip_over_a_last_link_too_short_for_a_row_has_finished() -> None:
    rows = [*driven(THERE[:3]), (131.0, "o2a", 98.0, 10.0)]
    found = over_short_links(rows, "o2b")
    assert (found.n_finished, found.n_passed, found.distance_m) == (1, 2, 304.0)


def test_a_stop_line_after_a_gap_too_short_for_a_row_is_passed() -> None:
    found = over_short_links(driven(THERE[2:]), "o1a", "o1b")
    assert (found.n_finished, found.n_passed, found.n_unstopped) == (1, 2, 2)


def test_figures_add_up() -> None:
    some, others = (
        TripFigures(3, 2, 90.0, 800.0, 4, 5, 3, 4, 1),
        TripFigures(1, 1, 30.0, 200.0, 1, 2, 1, 2, 0),
    )
    both = some + others
    assert both == TripFigures(4, 3, 120.0, 1000.0, 5, 7, 4, 6, 1)
    assert (both.s_per_km, both.stops_per_km) == (120.0, 5.0)
    assert both.on_green_share == pytest.approx(6 / 7)
    assert both.unstopped_share == pytest.approx(4 / 7)
    assert both.share_without_stop == pytest.approx(1 / 3)


def test_trips_add_up() -> None:
    demand = demand_of(THERE, THERE)
    run = run_of({"v0": driven(speeds={3: 0.0}), "v1": driven(start_s=400.0)})
    trips = [ThroughTrip(0, 0, 1), ThroughTrip(1, 0, 1)]
    alone = [trip_figures([trip], run, demand, ARTERIAL, NETWORK, OUT, PLAN) for trip in trips]
    assert trip_figures(trips, run, demand, ARTERIAL, NETWORK, OUT, PLAN) == alone[0] + alone[1]
    assert alone[0] != alone[1]


def test_no_trips_have_no_shares() -> None:
    none = trip_figures([], run_of({}), demand_of(), ARTERIAL, NETWORK, OUT, PLAN)
    shares = (none.s_per_km, none.stops_per_km, none.unstopped_share, none.on_green_share)
    shares += (none.share_without_stop,)
    assert all(math.isnan(share) for share in shares)


ROUTES = (
    ("x", *THERE, "y"),
    ("x", "o1a", "o1b", "y"),
    ("o2a", "o2b"),
    ("x", *BACK),
    ("i2a", "i2b"),
    ("o1a", "o1b", "x", "o2a", "o2b"),
    ("x", "y"),
    (),
)


@pytest.mark.parametrize(
    ("direction", "share", "expected"),
    [
        (OUT, 1.0, [(0, 0, 1)]),
        (OUT, 0.5, [(0, 0, 1), (1, 0, 0), (2, 1, 1), (5, 0, 0)]),
        (IN, 1.0, [(3, 0, 1)]),
        (IN, 0.5, [(3, 0, 1), (4, 0, 0)]),
        (OUT, 0.0, [(0, 0, 1), (1, 0, 0), (2, 1, 1), (5, 0, 0)]),
    ],
)
def test_trips_of_a_share_of_the_gaps(
    direction: Direction, share: float, expected: list[tuple[int, int, int]]
) -> None:
    found = through_trips(ARTERIAL, direction, demand_of(*ROUTES), share)
    assert [astuple(trip) for trip in found] == expected


def test_half_of_three_gaps_is_two() -> None:
    longer, _ = corridor(4)
    demand = demand_of(THERE, THERE[:2], (*THERE, "o3a", "o3b"))
    assert [trip.vehicle for trip in through_trips(longer, OUT, demand)] == [0, 2]


def test_the_longest_part_in_a_row_counts() -> None:
    longer, _ = corridor(4)
    route = ("o1a", "o1b", "x", "o2a", "o2b", "o3a", "o3b")
    assert through_trips(longer, OUT, demand_of(route)) == (ThroughTrip(0, 1, 2),)


def test_a_gap_that_is_skipped_ends_the_part() -> None:
    longer, _ = corridor(4)
    route = ("o1a", "o1b", "o3a", "o3b")
    assert through_trips(longer, OUT, demand_of(route), 0.3) == (ThroughTrip(0, 0, 0),)


def test_driving_the_same_gap_twice_is_no_progress() -> None:
    route = ("o1a", "o1b", "x", "o1a", "o1b")
    assert through_trips(ARTERIAL, OUT, demand_of(route), 1.0) == ()


@pytest.mark.parametrize("route", [("o1a", "o1b", "o2a", "x"), ("x", "o1b", "o2a", "o2b")])
def test_a_part_of_a_gap_is_not_the_gap(route: tuple[str, ...]) -> None:
    (trip,) = through_trips(ARTERIAL, OUT, demand_of(route), 0.5)
    assert trip.first == trip.last


def test_distances_are_those_of_links() -> None:
    links = {**NETWORK.links, "o1b": replace(NETWORK.links["o1b"], length_m=250.0)}
    longer = replace(NETWORK, links=links)
    run, demand = run_of({"v0": driven()}, end_s=136.0), demand_of(THERE)
    found = trip_figures([ThroughTrip(0, 0, 1)], run, demand, ARTERIAL, longer, OUT, PLAN)
    assert found.distance_m == 100.0 + 250.0 + 100.0 + 60.0
