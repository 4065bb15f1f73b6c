"""Green waves for hand-made streets: what the search sees of a plan, and what it changes in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from tests.conftest import problem_of, steady
from trafficopt.errors import InputError
from trafficopt.intersection import Intersection, Movement, Turn
from trafficopt.limits import Limits
from trafficopt.model.arterial_corridor import arterial_corridor
from trafficopt.model.arterial_ways import Direction
from trafficopt.model.progression import progress
from trafficopt.model.queues.queue_model import QueueModel
from trafficopt.network import Arterial, Link
from trafficopt.plan import SignalTiming, TimingPlan
from trafficopt.problem import Problem
from trafficopt.search.bands import network
from trafficopt.search.bands.network import WaveChoice, WaveDesign, design_waves
from trafficopt.search.bands.waves import Wave, WavePlan, network_waves
from trafficopt.signals.by_hand import intersection_by_hand
from trafficopt.stage import Interval, Stage

OUT, IN = Direction.OUTBOUND, Direction.INBOUND
Maker = Callable[..., Problem]
SIGNALS = ("a0", "a1", "a2", "b0", "b1", "b2")
# Heads: 0 east, 1 west, 2 north, 3 south; intergreens are 12 s.
STAGES = (
    Stage("Grrr", (Interval("Grrr", 4.0),), 1.0, 120.0),
    Stage("GGrr", (Interval("yyrr", 3.0), Interval("rrrr", 1.0)), 1.0, 120.0),
    Stage("rrGG", (Interval("rryy", 3.0), Interval("rrrr", 1.0)), 1.0, 120.0),
)


def timing(offset_s: float, greens_s: tuple[float, ...] = (4.0, 24.0, 20.0)) -> SignalTiming:
    """Of 60 s, east is green for 32 s from 0 s on, west 24 s from 8 s, north and south 20 s from 36 s."""
    return SignalTiming(STAGES, greens_s, sum(greens_s) + 12.0, offset_s)


def link(here: str, there: str) -> str:
    """Name of the link between two signals, or from or to the world (`-`) beside one."""
    return f"{here}>{there}"


def crossing(name: str) -> Intersection:
    """A signal of the grid; west and south of the first and east and north of the last is the world."""
    row, k = name[0], int(name[1])
    west, east = (f"{row}{k + side}" if 0 <= k + side < 3 else f"-{row}{side}" for side in (-1, 1))
    south, north = (f"a{k}", f"-{k}n") if row == "b" else (f"-{k}s", f"b{k}")
    ways = ((west, east), (east, west), (south, north), (north, south))
    movements = tuple(
        Movement(link(start, name), link(name, end), Turn.THROUGH, (head,), (0,), 10.6, 0, ())
        for head, (start, end) in enumerate(ways)
    )
    return intersection_by_hand(name, movements, STAGES, [(0, 2), (0, 3), (1, 2), (1, 3)])


def arterial(name: str, *signals: str) -> Arterial:
    gaps = list(pairwise(signals))
    there = tuple((link(a, b),) for a, b in gaps)
    return Arterial(name, signals, there, tuple((link(b, a),) for a, b in gaps))


STREETS = (
    arterial("A", "a0", "a1", "a2"),
    arterial("B", "b0", "b1", "b2"),
    arterial("0", "a0", "b0"),
    arterial("2", "a2", "b2"),
)


def grid(
    timings: Mapping[str, SignalTiming] | None = None,
    *,
    kept: Sequence[str] = (),
    column_veh_h: float = 150.0,
    extra: Mapping[tuple[str, ...], float] | None = None,
) -> Problem:
    """Streets A and B from west to east, and 0 and 2 from south to north; street 1 is no arterial.

    Links of 400 m are driven at 10 m/s to the east, and at 20 m/s else, 0.6 m/s below the limit: there and
    back takes the cycle, so that A and B can have bands of the whole greens both ways.
    """
    nodes = [crossing(name) for name in SIGNALS]
    keys = sorted({key for node in nodes for m in node.movements for key in (m.from_link, m.to_link)})
    east = {key for street in STREETS[:2] for (key,) in street.outbound}
    links = {key: Link(key, "a", "b", 400.0, 10.6 if key in east else 20.6, 1, ()) for key in keys}
    paths: list[tuple[str, ...]] = [("-a-1", "a0", "a1", "a2", "-a1"), ("-b-1", "b0", "b1", "b2", "-b1")]
    paths += [(f"-{k}s", f"a{k}", f"b{k}", f"-{k}n") for k in range(3)]
    vehicles = []
    for path, veh_h in zip(paths, (400.0, 200.0, *(column_veh_h,) * 3), strict=True):
        for way, share in ((path, 1.0), (path[::-1], 0.5)):
            route = tuple(link(a, b) for a, b in pairwise(way))
            vehicles += steady(route, share * veh_h, 3600.0)
    for route, veh_h in (extra or {}).items():
        vehicles += steady(route, veh_h, 3600.0)
    return problem_of(
        links,
        nodes,
        vehicles,
        {key: timing(7.0) for key in SIGNALS} | dict(timings or {}),
        limits=Limits(),
        period_s=3600.0,
        kept=kept,
        arterials=STREETS,
    )


def designed(problem: Problem, *names: str, band_values: Sequence[float] = (100.0, 1.0, 0.0)) -> WaveDesign:
    return design_waves(problem, problem.field_plan, names or None, band_values=band_values)


def test_a_corridor_has_the_greens_after_the_start_of_each_plan() -> None:
    problem = grid({"a1": timing(55.0)})
    found = arterial_corridor(STREETS[0], problem.network, problem.field_plan)
    assert found.cycle_s == (60.0, 60.0)
    assert found.names == ("a0", "a1", "a2")
    for signal in range(3):
        assert found.windows(signal, 0, OUT) == ((0.0, 32.0),)
        assert found.windows(signal, 0, IN) == ((8.0, 24.0),)


def test_a_corridor_has_travel_times_at_design_speed() -> None:
    problem = grid()
    found = arterial_corridor(STREETS[0], problem.network, problem.field_plan)
    for each in found.links:
        assert each.travel_out_s == pytest.approx((40.0, 40.0))
        assert each.travel_in_s == pytest.approx((20.0, 20.0))
    assert found.travel_s(IN) == pytest.approx([0.0, -20.0, -40.0])


def test_a_signal_with_half_the_cycle_is_green_twice() -> None:
    problem = grid({"a1": timing(20.0, (2.0, 8.0, 8.0))})
    found = arterial_corridor(STREETS[0], problem.network, problem.field_plan)
    assert [signal.double_cycle for signal in found.signals] == [False, True, False]
    assert found.windows(1, 0, OUT) == ((0.0, 14.0), (30.0, 14.0))
    assert found.windows(1, 0, IN) == ((6.0, 8.0), (36.0, 8.0))


def test_the_longest_of_two_greens_counts() -> None:
    problem = grid()
    twice = SignalTiming((STAGES[0], STAGES[2], STAGES[1], STAGES[2]), (5.0, 9.0, 14.0, 12.0), 60.0, 11.0)
    plan = TimingPlan("p", {**problem.field_plan.timings, "a1": twice})
    found = arterial_corridor(STREETS[0], problem.network, plan)
    assert found.windows(1, 0, OUT) == ((22.0, 14.0),)


def test_a_street_with_different_cycles_is_left_out_and_said_why() -> None:
    found = designed(grid({"b1": timing(0.0, (4.0, 30.0, 24.0))}))
    assert sorted(found.arterials) == ["0", "2", "A"]
    assert list(found.left_out) == ["B"]
    assert "no common cycle" in found.left_out["B"]


def test_a_street_with_a_signal_without_timing_is_left_out() -> None:
    problem = grid()
    timings = {key: each for key, each in problem.field_plan.timings.items() if key != "a1"}
    found = design_waves(problem, TimingPlan("p", timings), band_values=[1.0])
    assert "no common cycle" in found.left_out["A"]
    assert "a1" not in found.choices[0].plan


def test_a_street_without_a_through_green_names_the_signals() -> None:
    problem = grid({"a2": SignalTiming(STAGES[:2], (20.0, 32.0), 60.0, 0.0)})
    found = designed(problem, "A", "2")
    assert found.arterials == ("A",)
    assert found.left_out["2"] == "signal a2 shows no green along it"


def test_no_street_that_can_have_a_wave_is_an_error_that_says_why(corridor: Maker) -> None:
    one_way = corridor(n=2, arterial=True)
    with pytest.raises(InputError, match="A1: signal s0 shows no green along it"):
        design_waves(one_way, one_way.field_plan)


def test_an_unknown_street_is_an_error_that_lists_the_known_ones() -> None:
    with pytest.raises(InputError, match=r"no arterial 'C'[^$]*known are A, B, 0, 2"):
        designed(grid(), "A", "C")


def test_a_network_without_arterials_is_an_error(corridor: Maker) -> None:
    problem = corridor(n=2)
    with pytest.raises(InputError, match="the network has none"):
        design_waves(problem, problem.field_plan)


@pytest.mark.parametrize("half", [False, True])
def test_only_offsets_change_and_are_whole_seconds_within_the_cycle(half: bool) -> None:
    problem = grid({"a1": timing(20.0, (2.0, 8.0, 8.0))} if half else {})
    before = problem.field_plan
    for choice in designed(problem).choices:
        assert set(choice.plan) == set(before)
        for key, found in choice.plan.timings.items():
            assert replace(found, offset_s=before[key].offset_s) == before[key]
            assert found.offset_s == int(found.offset_s)
            assert 0.0 <= found.offset_s < found.cycle_s
    assert designed(problem).choices[0].plan != before


def band_s(problem: Problem, plan: TimingPlan, street: Arterial) -> list[float]:
    """Width of the bands through all signals of a street, outbound and inbound."""
    bands = [progress(street, problem.network, plan, direction).band for direction in Direction]
    return [band.width_s for band in bands if band]


def test_streets_that_can_have_them_get_bands_of_the_whole_greens() -> None:
    problem = grid()
    widest, *_ = designed(problem, "A", "B").choices
    assert widest.band == pytest.approx(1.0)
    assert widest.n_breaks == 0
    for street in STREETS[:2]:
        assert band_s(problem, widest.plan, street) == pytest.approx([32.0, 24.0])


def test_each_choice_tells_what_the_queue_model_says_of_it() -> None:
    problem = grid()
    first, *_, last = designed(problem, band_values=(1000.0, 10.0, 1.0, 0.1)).choices
    assert first.band >= last.band
    for each in (first, last):
        said = QueueModel(problem).estimate(each.plan)
        performance = QueueModel(problem).performance(each.plan, said)
        assert (each.delay_s, each.stops) == (performance.delay_s, performance.stops)


def test_signals_that_are_not_retimed_keep_their_offset() -> None:
    problem = grid({"a0": timing(13.0)}, kept=["a0", "b1"])
    for choice in designed(problem).choices:
        assert [choice.plan[key].offset_s for key in ("a0", "b1")] == [13.0, 7.0]


@pytest.mark.parametrize(("greens_s", "offset_s"), [((4.0, 24.0, 20.0), 13.4), ((4.0, 74.0, 50.0), 13.0)])
def test_signals_that_are_not_retimed_keep_also_offsets_between_steps(
    greens_s: tuple[float, ...], offset_s: float
) -> None:
    problem = grid({key: timing(offset_s, greens_s) for key in SIGNALS}, kept=["a0"])
    assert designed(problem, band_values=[1.0]).choices[0].plan["a0"].offset_s == offset_s


def test_streets_of_another_cycle_get_their_own_waves() -> None:
    problem = grid({key: timing(0.0, (4.0, 34.0, 30.0)) for key in ("b0", "b1", "b2")})
    found, alone = designed(problem), designed(problem, "B")
    assert sorted(found.arterials) == ["A", "B"]
    assert sorted(found.left_out) == ["0", "2"]
    assert band_s(problem, found.choices[0].plan, STREETS[0]) == pytest.approx([32.0, 24.0])
    together = band_s(problem, found.choices[0].plan, STREETS[1])
    assert together == band_s(problem, alone.choices[0].plan, STREETS[1])
    # A has twice the traffic of B; all who would arrive after the window are missing.
    shared = (1204.0 * 1.0 + 604.0 * alone.choices[0].band) / 1808.0
    assert found.choices[0].band == pytest.approx(shared, abs=1e-3)


def test_a_street_of_half_the_cycle_keeps_its_wave_beside_others() -> None:
    halves = {key: timing(0.0, (2.0, 8.0, 8.0)) for key in ("b0", "b1", "b2")}
    problem = grid(halves, kept=["a0", "a1", "a2"], column_veh_h=400.0)
    for names in (("B",), ("A", "B")):
        widest, *_ = designed(problem, *names).choices
        assert band_s(problem, widest.plan, STREETS[1]) == pytest.approx([14.0, 8.0])


def test_a_link_counts_by_those_who_go_on_at_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Wave] = []

    def followed(streets: list[Wave], *rest: Any, **more: Any) -> WavePlan:
        seen.extend(streets)
        return network_waves(streets, *rest, **more)

    monkeypatch.setattr(network, "network_waves", followed)
    # They begin on the first link, go on at a1, and end on the second link.
    designed(grid(extra={("a0>a1", "a1>a2"): 72.0}), "A", band_values=[1.0])
    assert seen[0].volume_out == pytest.approx([473.0, 401.0], abs=12.0)
    assert seen[0].volume_in == pytest.approx([201.0, 201.0], abs=12.0)


def test_the_busiest_street_of_a_cycle_comes_first() -> None:
    assert designed(grid(), "2", "B", "A").arterials == ("A", "B", "2")


def test_offsets_that_were_found_are_told_as_given_in_the_same_words() -> None:
    problem = grid()
    found = design_waves(problem, problem.field_plan, band_values=[1000.0])
    again = design_waves(problem, found.choices[0].plan, band_values=[1000.0])
    assert again.given == replace(found.choices[0], band_value=None, plan=found.choices[0].plan)
    assert found.given.band < found.choices[0].band


def choice(band: float, delay: float) -> WaveChoice:
    return WaveChoice(1.0, TimingPlan("p", {}), band, 0, delay, 1.0)


def test_the_widest_is_the_one_of_least_delay_that_keeps_a_share_of_the_widest_bands() -> None:
    wide, near, narrow = choice(0.8, 9.0), choice(0.72, 8.0), choice(0.4, 5.0)
    design = WaveDesign(narrow, (wide, near, narrow), ("A",), {})
    assert design.widest() is wide
    assert design.widest(0.95) is wide
    assert design.widest(0.9) is near
    assert design.widest(0.5) is narrow
    assert design.widest(0.0) is narrow


def test_of_the_same_bands_the_one_of_less_delay_is_the_widest() -> None:
    slow, quick = choice(0.8, 9.0), choice(0.8, 7.0)
    assert WaveDesign(slow, (slow, quick), ("A",), {}).widest() is quick
