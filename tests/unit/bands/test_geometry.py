"""What a corridor refuses, and what offsets give: bands, edges, whole seconds, and the terms of LKG 1981."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from tests.unit.bands.random_corridors import (
    IN,
    LAGS,
    OUT,
    S0,
    LeftTurns,
    by_seconds,
    little,
    random_corridor,
    turned,
)
from trafficopt.errors import InputError
from trafficopt.model.arterial_ways import Direction
from trafficopt.model.band_plan import BandPlan, advice, band_through, grade, rounded
from trafficopt.model.corridor import Corridor, CorridorLink, CorridorSignal, Pattern, Span
from trafficopt.search.bands.choices import fixed
from trafficopt.search.bands.design import design_bands, whole_seconds
from trafficopt.search.bands.lines import LinkBands
from trafficopt.search.bands.paths import link_bands
from trafficopt.units import Seconds, SecondsArray

LINK = CorridorLink((10.0, 10.0), (10.0, 10.0))


def signal(green: Span, *, twice: bool = False, start: Span = Span()) -> CorridorSignal:  # noqa: B008
    return CorridorSignal("a", (Pattern(start, green, start, green),), twice)


def width_s(corridor: Corridor, offset_s: list[Seconds] | SecondsArray, direction: Direction) -> Seconds:
    pattern = [0] * len(corridor.signals)
    return band_through(corridor, pattern, np.asarray(offset_s, dtype=np.float64), direction).width_s


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"cycle_s": (0.0, 60.0)}, "the cycle is 0 to 60 s"),
        ({"cycle_s": (70.0, 60.0)}, "the cycle is 70 to 60 s"),
        ({"links": ()}, "links: 0, signals: 2"),
        ({"signals": (), "links": ()}, "links: 0, signals: 0"),
        ({"links": (replace(LINK, travel_out_s=(9.0, 8.0)),)}, "link 1 takes 9 to 8 s"),
        ({"links": (replace(LINK, travel_in_s=(-1.0, 8.0)),)}, "link 1 takes -1 to 8 s"),
        ({"links": (replace(LINK, travel_in_s=(1.0, float("nan"))),)}, "link 1 takes 1 to nan s"),
        ({"links": (replace(LINK, queue_out_s=-1.0),)}, "clears in less than no time"),
        ({"links": (replace(LINK, queue_in_s=-1.0),)}, "clears in less than no time"),
        ({"slowness_change_s_m": 0.01}, "link 1 has no length"),
        ({"signals": (CorridorSignal("empty", ()),) * 2}, "signal empty has no greens"),
        ({"signals": (signal(Span(61.0)),) * 2}, "green of signal a is 61 s in a cycle of 60 s"),
        ({"signals": (signal(Span(0.0)),) * 2}, "green of signal a is 0 s"),
        ({"signals": (signal(Span(31.0), twice=True),) * 2}, "31 s in a cycle of 30 s"),
        ({"cycle_s": (60.0, 90.0), "signals": (signal(Span(30.0, -0.5)),) * 2}, "-15 s in a cycle of 90 s"),
    ],
)
def test_a_corridor_whose_numbers_do_not_fit_is_refused(changes: dict[str, object], told: str) -> None:
    good = by_seconds(60.0, ([30.0] * 2, [30.0] * 2), ([10.0], [10.0]))
    with pytest.raises(InputError, match=re.escape(told)):
        replace(good, **changes)  # type: ignore[arg-type]


def test_all_faults_of_a_corridor_are_told_together() -> None:
    links = (replace(LINK, queue_out_s=-1.0), replace(LINK, travel_out_s=(5.0, 4.0)))
    with pytest.raises(InputError) as caught:
        Corridor("c", (60.0, 60.0), (signal(Span(30.0)),) * 2, links)
    assert len(caught.value.faults) == 3


def test_a_cycle_and_travel_times_can_be_fixed() -> None:
    corridor = little()
    assert not corridor.is_fixed
    assert not corridor.at(60.0).is_fixed
    travel = [10.0] * 9
    assert corridor.at(60.0, travel, travel).is_fixed
    with pytest.raises(InputError, match="may vary"):
        fixed(corridor)


def test_a_published_interval_is_found_in_one_direction() -> None:
    # 200 m in 18 s: greens 0-30 and 20-55 leave 2-30 at the first stop line.
    corridor = by_seconds(80.0, ([30, 35], [80, 80]), ([18], [18]))
    assert width_s(corridor, [0.0, 20.0], OUT) == 28.0


def test_two_signals_share_the_loss_of_both_directions() -> None:
    # Course note: 1400 ft at 40 ft/s and an offset of 35 s give bands of 30 and 20 s.
    corridor = by_seconds(60.0, ([30, 30], [30, 30]), ([35], [35]))
    assert width_s(corridor, [0.0, 35.0], OUT) == 30.0
    assert width_s(corridor, [0.0, 35.0], IN) == 20.0


def test_eight_streets_have_a_perfect_wave_both_ways() -> None:
    travel = [feet / 44.0 for feet in (1320, 1320, 990, 660, 990, 1320, 1320)]
    greens = [60.0 * share for share in (0.50, 0.66, 0.52, 0.75, 0.75, 0.50, 0.66, 0.50)]
    corridor = by_seconds(60.0, (greens, greens), (travel, travel))
    centers = np.array([0.0, 30.0, 0.0, 22.5, 22.5, 0.0, 30.0, 0.0])
    assert width_s(corridor, centers, OUT) == pytest.approx(30.0)
    assert width_s(corridor, centers, IN) == pytest.approx(30.0)


def test_a_queue_sets_the_band_back_at_the_downstream_signal_of_its_own_direction() -> None:
    corridor = by_seconds(60.0, ([30, 30], [30, 30]), ([20], [20]), queues=([4], [0]))
    assert width_s(corridor, [0.0, 16.0], OUT) == 30.0  # the second green begins 4 s before the band arrives
    assert width_s(corridor, [0.0, 40.0], IN) == 30.0
    back = by_seconds(60.0, ([30, 30], [30, 30]), ([20], [20]), queues=([0], [4]))
    assert width_s(back, [0.0, 20.0], OUT) == 30.0
    assert width_s(back, [0.0, 44.0], IN) == 30.0


def test_a_signal_with_half_the_cycle_lets_the_band_pass_in_either_of_its_greens() -> None:
    green = Span(0.0, 0.5)
    ends = replace(signal(Span(20.0)), name="end")
    corridor = Corridor("c", (60.0, 60.0), (ends, signal(green, twice=True), ends), (LINK, LINK))
    assert [width_s(corridor, [0.0, at, 20.0], OUT) for at in (10.0, 40.0, 25.0)] == [15.0, 15.0, 5.0]


def test_a_green_may_wrap_past_the_end_of_the_cycle() -> None:
    plain = by_seconds(60.0, ([30, 30], [30, 30]), ([10], [10]))
    wrapped = by_seconds(60.0, ([30, 30], [30, 30]), ([10], [10]), ([50, 0], [50, 0]))
    for direction in Direction:
        assert width_s(wrapped, [10.0, 5.0], direction) == width_s(plain, [0.0, 5.0], direction)


@pytest.mark.parametrize("seed", range(10))
def test_bands_stay_if_all_offsets_move_together(seed: int) -> None:
    corridor = random_corridor(seed, 8, queues=True, double=0.3)
    offset_s = np.random.default_rng(seed).uniform(0.0, 60.0, 8)
    for direction in Direction:
        moved = [width_s(corridor, offset_s + by, direction) for by in (0.0, 13.7, -400.0)]
        assert moved == pytest.approx([moved[0]] * 3, abs=1e-6)


@pytest.mark.parametrize("seed", range(10))
def test_bands_stay_if_the_street_is_looked_at_from_its_other_end(seed: int) -> None:
    corridor = random_corridor(seed, 5, queues=True, greens=(0.6, 0.9))
    offset_s = np.random.default_rng(seed).uniform(0.0, 60.0, 5)
    found = [width_s(corridor, offset_s, direction) for direction in (OUT, IN)]
    assert found == pytest.approx([width_s(turned(corridor), offset_s[::-1], way) for way in (IN, OUT)])


@pytest.mark.parametrize("seed", range(12))
def test_a_band_is_limited_by_the_signals_at_its_edges_alone(seed: int) -> None:
    corridor = random_corridor(seed, 6, queues=True)
    plan = design_bands(corridor)
    names = set()
    for direction in Direction:
        for i in range(6):
            moved = []
            for by in (-0.01, 0.01):
                offset_s = plan.offset_s.copy()
                offset_s[i] += by
                moved.append(width_s(corridor, offset_s, direction))
            is_limiting = i in plan.limits(direction)
            names |= {f"s{i}"} if is_limiting else set()
            assert (min(moved) < plan.band(direction).width_s - 1e-3) == is_limiting
    assert set(plan.limiting) == names


def test_a_plan_states_efficiency_and_attainability() -> None:
    plan = design_bands(S0)
    assert plan.efficiency == pytest.approx(31.0 / 120.0)
    assert plan.attainability == pytest.approx(31.0 / 43.0)
    assert plan.one_way_best_s == 23.0


def test_words_have_no_gaps_between_their_bins() -> None:
    assert [grade(share) for share in (0.0, 0.124, 0.125, 0.245, 0.365, 1.0)] == [
        *("poor", "poor", "fair", "good", "great", "great")
    ]
    assert advice(0.69).startswith("major")
    assert advice(0.70).startswith("fine")
    assert advice(0.99).startswith("increase")


@pytest.mark.parametrize("seed", range(60))
def test_whole_seconds_stay_inside_the_slack_and_lose_two_seconds_at_most(seed: int) -> None:
    plan = design_bands(random_corridor(seed, 4 + seed % 9, queues=seed % 2 == 0))
    whole = rounded(plan)
    assert (whole == np.round(whole)).all()
    low, high = plan.offset_s + plan.slack_s[:, 0], plan.offset_s + plan.slack_s[:, 1]
    before, after = (
        sum(width_s(plan.corridor, offset_s, direction) for direction in Direction)
        for offset_s in (plan.offset_s, whole)
    )
    assert before - after <= 2.0 + 1e-6
    has_whole = np.floor(high) >= np.ceil(low)
    moved = (whole - low) % plan.cycle_s
    assert (moved[has_whole] <= (high - low)[has_whole] + 1e-6).all()


def plan_at(offset_s: list[Seconds]) -> BandPlan:
    return replace(design_bands(S0, "multiband"), offset_s=np.array(offset_s))


def test_the_slack_of_whole_seconds_counts_from_them_also_at_the_end_of_the_cycle() -> None:
    whole = whole_seconds(plan_at([0.0, 59.8, 10.0, 20.0]))
    assert whole.offset_s.tolist() == [0.0, 0.0, 10.0, 20.0]
    assert np.abs(whole.slack_s).max() < 1.0


def test_whole_seconds_are_whole_in_a_cycle_that_is_not() -> None:
    plan = replace(plan_at([0.0, 57.8, 10.0, 20.0]), corridor=S0.at(57.93))
    assert (rounded(plan) % 1.0 == 0.0).all()


def corridor_with_left_turns(seed: int) -> tuple[Corridor, list[LeftTurns]]:
    rng = np.random.default_rng(seed)
    turns = [LeftTurns(*rng.uniform((0.08, 0.08, 0.3), (0.2, 0.2, 0.5)).tolist()) for _ in range(6)]
    base = random_corridor(seed, 6, queues=True)
    signals = tuple(CorridorSignal(f"s{i}", each.patterns()) for i, each in enumerate(turns))
    return replace(base, signals=signals), turns


def loop_residues(
    corridor: Corridor,
    turns: list[LeftTurns],
    pattern: tuple[int, ...],
    place_out: SecondsArray,
    place_in: SecondsArray,
    band_in: float,
) -> SecondsArray:
    """How far both forms of the loop equation of LKG 1981 are from a whole number, shape (n - 1, 2).

    Places are from the start of each green to the band's front, as shares of the cycle; LKG count the inbound
    one from the band's rear to the end of the green. A through movement is red also while the left turn
    against it is green: r = R + opposite left.
    """
    cycle_s, found = corridor.cycle_s[0], []
    lags = [LAGS[p] for p in pattern]
    red = [(each.red + each.back, each.red + each.out) for each in turns]
    w = [place_out[i] + 1.0 - red[i][1] - band_in - place_in[i] for i in range(len(turns))]
    # Center of the outbound red less center of the inbound red.
    between = [
        ((2 * out - 1) * each.out - (2 * back - 1) * each.back) / 2
        for (out, back), each in zip(lags, turns, strict=True)
    ]
    late = [out * each.out - back * each.back for (out, back), each in zip(lags, turns, strict=True)]
    for i, link in enumerate(corridor.links):
        travel = (link.travel_out_s[0] + link.travel_in_s[0]) / cycle_s
        queues = (link.queue_out_s + link.queue_in_s) / cycle_s
        general = w[i] - w[i + 1] + travel - queues + between[i] - between[i + 1]
        general += (sum(red[i]) - sum(red[i + 1])) / 2
        compact = w[i] - w[i + 1] + travel - queues + late[i] - late[i + 1] - (red[i + 1][0] - red[i][0])
        found.append([general, compact])
    return np.array(found) - np.round(found)


@pytest.mark.parametrize("seed", range(10))
def test_bands_through_all_signals_obey_the_loop_equation_of_maxband(seed: int) -> None:
    corridor, turns = corridor_with_left_turns(seed)
    plan = design_bands(corridor)
    assert plan.one_way is None
    places = []
    for direction in Direction:
        travel_s = corridor.travel_s(direction)
        front_s = plan.band(direction).start_s + travel_s - travel_s[-1 if direction is IN else 0]
        starts = [corridor.windows(i, p, direction)[0][0] for i, p in enumerate(plan.pattern)]
        places.append((front_s - plan.offset_s - starts + 1e-9) % plan.cycle_s / plan.cycle_s)
    band_in = plan.band(IN).width_s / plan.cycle_s
    residues = loop_residues(corridor, turns, plan.pattern, places[0], places[1], band_in)
    assert np.abs(residues).max() < 1e-9


@pytest.mark.parametrize("shape", LinkBands)
@pytest.mark.parametrize("seed", range(5))
def test_lines_of_progression_obey_the_loop_equation_of_maxband(seed: int, shape: LinkBands) -> None:
    corridor, turns = corridor_with_left_turns(seed)
    found = link_bands(fixed(corridor), shape)
    out, back = found.line_out_s / corridor.cycle_s[0], found.line_in_s / corridor.cycle_s[0]
    residues = loop_residues(corridor, turns, tuple(found.choice.tolist()), out, back, 0.0)
    assert np.abs(residues).max() < 1e-9
