"""What is proposed for an approach with a right, a through and a left lane, made by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from trafficopt.diagnosis.diagnose import Diagnosis, Point
from trafficopt.diagnosis.figures import IntersectionFigures, MovementFigures
from trafficopt.intersection import Movement, Turn
from trafficopt.network import Link, Network
from trafficopt.plan import SignalTiming, TimingPlan
from trafficopt.programme.places import Site
from trafficopt.programme.proposals import ban_sites, lane_sites, pocket_sites
from trafficopt.signals.by_hand import intersection_by_hand
from trafficopt.stage import Interval, Stage
from trafficopt.treatment import BanTurn, ChangeLaneUse, ExtendPocket

RIGHT = Movement("w", "s", Turn.RIGHT, (0,), (0,), 7.0, 0, ())
THROUGH = Movement("w", "e", Turn.THROUGH, (1,), (1,), 13.9, 0, ())
LEFT = Movement("w", "n", Turn.LEFT, (2,), (2,), 7.0, 0, ())


def network_of(*movements: Movement, lanes_out: int = 2, upstream_m: float = 120.0) -> Network:
    """One signal; its approach `w` has three lanes from a pocket on, the road ahead of it one less."""
    n_lanes = 1 + max(lane for movement in movements for lane in movement.lanes)
    links = {
        "w0": Link("w0", "a", "b", upstream_m, 13.9, n_lanes - 1, ((0.0, 0.0), (upstream_m, 0.0))),
        "w": Link("w", "b", "J1", 50.0, 13.9, n_lanes, ((upstream_m, 0.0), (upstream_m + 50.0, 0.0))),
        **{key: Link(key, "J1", key, 100.0, 13.9, lanes_out, ((200.0, 0.0), (300.0, 0.0))) for key in "sen"},
    }
    yellow = (Interval("y" * 4, 3.0),)
    stages = (Stage("GGrr", yellow), Stage("rrGG", yellow))
    return Network(links, (intersection_by_hand("J1", movements, stages),))


def plan_of(network: Network) -> TimingPlan:
    stages = network["J1"].stages
    return TimingPlan("field", {"J1": SignalTiming(stages, (30.0, 20.0), 56.0, 0.0)})


@pytest.fixture
def found(calm: IntersectionFigures, healthy: MovementFigures) -> Diagnosis:
    """A through lane beyond saturation, with room in the lanes beside."""
    saturation = {RIGHT: 0.1, THROUGH: 1.1, LEFT: 0.3}
    movements = tuple(replace(healthy, id=m.id, turn=m.turn, saturation=x) for m, x in saturation.items())
    return diagnosis_of(calm, *movements)


def diagnosis_of(calm: IntersectionFigures, *movements: MovementFigures) -> Diagnosis:
    points = (Point(replace(calm, movements=movements), ()),)
    return Diagnosis("field", (), 20.0, 20.0, {}, points, (), ())


def with_figures(found: Diagnosis, movement: Movement, **figures: object) -> Diagnosis:
    """The diagnosis with other figures of one movement."""
    point = found.worklist[0]
    movements = tuple(
        replace(m, **figures) if m.id == movement.id else m  # type: ignore[arg-type]
        for m in point.figures.movements
    )
    return replace(found, worklist=(replace(point, figures=replace(point.figures, movements=movements)),))


def test_a_right_turn_lane_is_opened_to_through_traffic_that_is_green_with_it(found: Diagnosis) -> None:
    network = network_of(RIGHT, THROUGH, LEFT)
    assert lane_sites(network, found, plan_of(network)) == (
        Site((ChangeLaneUse("w", {0: ("through", "right")}),)),
    )


def test_no_lane_is_shared_with_who_is_red_meanwhile(found: Diagnosis) -> None:
    other = with_figures(found, RIGHT, saturation=1.05)
    network = network_of(RIGHT, THROUGH, LEFT)
    assert lane_sites(network, other, plan_of(network)) == ()


def test_an_exit_without_a_lane_more_takes_no_more(found: Diagnosis) -> None:
    network = network_of(RIGHT, THROUGH, LEFT, lanes_out=1)
    assert lane_sites(network, found, plan_of(network)) == ()


def test_who_has_several_lanes_gives_one(found: Diagnosis) -> None:
    through = replace(THROUGH, heads=(1,), lanes=(0,))
    lefts = replace(LEFT, heads=(2, 3), lanes=(1, 2))
    network = network_of(through, lefts)
    rest = with_figures(found, RIGHT, id="nobody")
    assert lane_sites(network, rest, plan_of(network)) == (Site((ChangeLaneUse("w", {1: "through"}),)),)
    full = with_figures(rest, LEFT, saturation=0.9)  # one lane less would leave it at 1.8
    assert lane_sites(network, full, plan_of(network)) == ()


def test_nobody_is_short_below_saturation(found: Diagnosis) -> None:
    network = network_of(RIGHT, THROUGH, LEFT)
    assert lane_sites(network, with_figures(found, THROUGH, saturation=0.94), plan_of(network)) == ()


@pytest.mark.parametrize(
    ("queue_m", "upstream_m", "by_m"),
    [
        (41.0, 120.0, 10.0),
        (55.0, 120.0, 20.0),
        (300.0, 120.0, 100.0),
        (300.0, 45.0, 20.0),
        (40.0, 120.0, 0.0),
    ],
)
def test_a_pocket_becomes_as_long_as_its_queue_or_as_its_block_allows(
    found: Diagnosis, queue_m: float, upstream_m: float, by_m: float
) -> None:
    network = network_of(RIGHT, THROUGH, LEFT, upstream_m=upstream_m)
    long = with_figures(found, LEFT, queue_m=queue_m, storage_m=40.0)
    assert pocket_sites(network, long) == ((Site((ExtendPocket("w", by_m),)),) if by_m else ())


def test_a_road_without_a_pocket_gets_none(found: Diagnosis) -> None:
    network = network_of(RIGHT, THROUGH, LEFT)
    wide = Network({**network.links, "w0": replace(network.links["w0"], n_lanes=3)}, network.intersections)
    assert pocket_sites(wide, with_figures(found, LEFT, queue_m=90.0, storage_m=40.0)) == ()


def test_a_pocket_that_begins_at_an_opening_is_moved_with_it(found: Diagnosis) -> None:
    network = network_of(RIGHT, THROUGH, LEFT)
    back = Link("back", "b", "a", 100.0, 13.9, 2, ((100.0, 9.0), (0.0, 9.0)))
    opened = Network({**network.links, "back": back}, network.intersections)
    assert pocket_sites(opened, with_figures(found, LEFT, queue_m=90.0, storage_m=40.0)) == ()


def test_a_turn_that_finds_no_gaps_may_be_banned(found: Diagnosis) -> None:
    assert ban_sites(found) == ()
    waiting = with_figures(found, LEFT, yields=True, saturation=1.2)
    assert ban_sites(waiting) == (Site((BanTurn("w", "n"),)),)
