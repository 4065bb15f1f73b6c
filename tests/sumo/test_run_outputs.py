"""What is read of a run, from files written by hand: warm-up, pedestrians, emissions, queues, lock-ups."""

from __future__ import annotations

from pathlib import Path

import pytest

from trafficopt.errors import InputError
from trafficopt.evaluation import SeedResult
from trafficopt.run_verdict import Cause, RunVerdict
from trafficopt.sumo.link_course import INTERVALS, read_link_course
from trafficopt.sumo.outputs import STATISTICS, TRIPS, read_run

COUNTS = '<statistics><teleports total="0"/><safety collisions="0" emergencyStops="0"/></statistics>'


def trip(id: str, depart: float, arrival: float, delay: float, loss: float, inside: str = "") -> str:
    return (
        f'<tripinfo id="{id}" depart="{depart}" arrival="{arrival}" departDelay="{delay}" timeLoss="{loss}" '
        f'waitingTime="0" waitingCount="1" routeLength="500">{inside}</tripinfo>'
    )


def emissions(fuel_mg: float, co2_mg: float) -> str:
    return f'<emissions CO2_abs="{co2_mg}" fuel_abs="{fuel_mg}"/>'


def read(
    folder: Path, *elements: str, demanded: dict[str, float], warm_up_s: float = 0.0, **known: object
) -> SeedResult:
    (folder / TRIPS).write_text(f"<tripinfos>{''.join(elements)}</tripinfos>", encoding="utf-8")
    (folder / STATISTICS).write_text(COUNTS, encoding="utf-8")
    return read_run(
        folder,
        1,
        demanded,
        {"bus"},
        1000.0,
        begin_s=0.0,
        warm_up_s=warm_up_s,
        **known,  # type: ignore[arg-type]
    )


def test_vehicles_of_the_warm_up_drive_but_do_not_count(tmp_path: Path) -> None:
    trips = (
        trip("early", 90, 400, 0, 100),
        trip("delayed", 120, 400, 30, 100),  # wanted to depart at 90
        trip("late", 130, -1, 30, 10),  # wanted to depart at 100
        trip("bus.0", 110, 300, 20, 100),  # wanted to depart at 90
        trip("bus.1", 110, 300, 10, 20),
        trip("bus.2", -1, -1, 950, 0),  # has waited since 50
        trip("bus.3", -1, -1, 60, 0),
    )
    demanded = {"early": 90.0, "delayed": 90.0, "late": 100.0, "never early": 50.0, "never late": 980.0}
    run = read(tmp_path, *trips, demanded=demanded, warm_up_s=100.0)
    assert (run.demanded, run.completed, run.unfinished, run.undeparted) == (4, 1, 1, 2)
    assert run.mean_delay_s == pytest.approx((40 + 30 + 60 + 20) / 4)
    everybody = read(tmp_path, *trips, demanded=demanded)
    assert (everybody.demanded, everybody.undeparted) == (9, 4)


def test_nobody_left_after_the_warm_up_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="warm-up"):
        read(tmp_path, trip("v", 1, 9, 0, 0), demanded={"v": 1.0}, warm_up_s=500.0)


def test_pedestrians_wait_on_walks_alone(tmp_path: Path) -> None:
    walker = '<personinfo id="p" depart="200"><walk waitingTime="12"/><walk waitingTime="3"/></personinfo>'
    rider = '<personinfo id="q" depart="200"><ride waitingTime="99"/></personinfo>'
    early = '<personinfo id="r" depart="20"><walk waitingTime="50"/></personinfo>'
    standing = '<personinfo id="s" depart="200"><walk waitingTime="25"/></personinfo>'
    car = trip("v", 200, 300, 0, 0)
    run = read(tmp_path, walker, rider, early, standing, car, demanded={"v": 200.0}, warm_up_s=100.0)
    assert run.pedestrian_wait_s == 20.0
    assert read(tmp_path, rider, car, demanded={"v": 200.0}).pedestrian_wait_s is None


def test_fuel_is_told_for_each_km_that_vehicles_drove(tmp_path: Path) -> None:
    run = read(
        tmp_path,
        trip("a", 0, 100, 0, 0, emissions(40_000.0, 120_000.0)),
        trip("b", 0, -1, 0, 0, emissions(60_000.0, 200_000.0)),
        trip("c", -1, -1, 50, 0),
        demanded={"a": 0.0, "b": 0.0, "c": 950.0},
    )
    assert (run.fuel_g_km, run.co2_g_km) == (100.0, 320.0)
    assert read(tmp_path, trip("a", 0, 100, 0, 0), demanded={"a": 0.0}).fuel_g_km is None


def test_a_queue_to_enter_that_grows_by_one_link_is_doubtful(tmp_path: Path) -> None:
    served = [trip(f"v{k}", 10 * k, 10 * k + 60, 0, 5) for k in range(80)]
    waiting = [trip(f"w{k}", -1, -1, 450 - k, 0) for k in range(20)]
    demanded = {f"v{k}": 10.0 * k for k in range(80)} | {f"w{k}": 550.0 + k for k in range(20)}
    origins = {vehicle: "blocked" if vehicle.startswith("w") else "open" for vehicle in demanded}
    run = read(tmp_path, *served, *waiting, demanded=demanded, origins=origins)
    assert {doubt.cause for doubt in run.doubts} == {Cause.GROWTH, Cause.BLOCKED_ORIGIN}
    assert "20 of 20 vehicles that never entered wanted to do so by blocked" in str(run.row()["reasons"])
    steady = demanded | {f"w{k}": 400.0 + k for k in range(20)}
    assert Cause.GROWTH not in {
        doubt.cause for doubt in read(tmp_path, *served, *waiting, demanded=steady).doubts
    }


def interval(begin: float, end: float, *edges: tuple[str, float, float, int]) -> str:
    rows = (
        f'<edge id="{id}" sampledSeconds="{present}" waitingTime="{standing}" left="{left}" arrived="0"/>'
        for id, present, standing, left in edges
    )
    return f'<interval begin="{begin}" end="{end}" id="i">{"".join(rows)}</interval>'


def course(folder: Path, *intervals: str) -> Path:
    path = folder / INTERVALS
    path.write_text(f"<meandata>{''.join(intervals)}</meandata>", encoding="utf-8")
    return path


def test_longest_queue_is_that_of_one_link_in_one_interval(tmp_path: Path) -> None:
    path = course(
        tmp_path,
        interval(0, 300, ("a", 3000.0, 2400.0, 9), ("b", 900.0, 300.0, 9)),
        interval(300, 600, ("a", 900.0, 600.0, 9), ("b", 1500.0, 1200.0, 9)),
        interval(600, 610, ("a", 100.0, 100.0, 1)),
    )
    assert read_link_course(path, float("-inf")).longest_queue_veh == 8.0
    assert read_link_course(path, 100.0).longest_queue_veh == 4.0
    only = course(tmp_path, interval(0, 100, ("a", 500.0, 200.0, 9)))
    assert read_link_course(only, 50.0).longest_queue_veh == 2.0


def test_what_nobody_leaves_while_somebody_stands_is_locked_up(tmp_path: Path) -> None:
    stuck, short, moving = ("stuck", 900.0, 900.0, 0), ("short", 250.0, 250.0, 0), ("moving", 900.0, 700.0, 3)
    found = read_link_course(course(tmp_path, interval(0, 300, stuck, short, moving)), float("-inf"))
    assert found.locked_veh == {"stuck": 3.0}
    assert found.present_veh == pytest.approx(2050 / 300)
    freed = interval(300, 600, ("stuck", 900.0, 900.0, 1))
    assert read_link_course(course(tmp_path, interval(0, 300, stuck), freed), 0.0).locked_veh == {}


def test_a_standstill_is_invalid_however_long_it_was_ago(tmp_path: Path) -> None:
    stands, drives = ("a", 6000.0, 5900.0, 2), ("a", 6000.0, 1000.0, 9)
    bounds = [(300.0 * k, 300.0 * (k + 1)) for k in range(4)]
    rows = [interval(*b, edge) for b, edge in zip(bounds, (drives, stands, stands, drives), strict=True)]
    assert read_link_course(course(tmp_path, *rows), 0.0).standstill_s == 600.0
    run = read(tmp_path, trip("v", 1, 9, 0, 0), demanded={"v": 1.0})
    assert run.verdict is RunVerdict.INVALID
    assert str(run.doubts[0]) == "nobody moved for 600 s"
    few = interval(0, 300, ("a", 2990.0, 2990.0, 2))
    assert read_link_course(course(tmp_path, few), 0.0).standstill_s == 0.0
