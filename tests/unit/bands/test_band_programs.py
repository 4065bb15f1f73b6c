"""The mixed-integer programs: known cases, the exact search on random streets, and what may vary."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.unit.bands.random_corridors import S0, S1, by_seconds, little, random_corridor, turned
from trafficopt.model.arterial_ways import Direction
from trafficopt.model.band_plan import band_through
from trafficopt.model.corridor import Corridor
from trafficopt.search.bands.arcs import widest_bands
from trafficopt.search.bands.choices import fixed
from trafficopt.search.bands.program_rows import BandModel
from trafficopt.search.bands.programs import NoPlan, ProgramAnswer, solve
from trafficopt.units import Seconds

MAXBAND, MULTIBAND, AMBAND, PARTITION = BandModel


def value(corridor: Corridor, model: BandModel = MAXBAND) -> float:
    """What the program reaches [share of the cycle]; -1 if there is no plan."""
    found = solve(corridor, model, gap=1e-7)
    return found.value if found else -1.0


def through_s(corridor: Corridor, found: ProgramAnswer) -> list[Seconds]:
    """Both bands from offsets, cycle and speeds alone [s]."""
    chosen = corridor.at(found.cycle_s, found.travel_out_s.tolist(), found.travel_in_s.tolist())
    pattern = [int(row[k]) for row, k in zip(fixed(chosen).pattern, found.choice, strict=True)]
    offset_s = found.offset * found.cycle_s
    return [band_through(chosen, pattern, offset_s, direction).width_s for direction in Direction]


@pytest.mark.parametrize(
    ("corridor", "model", "known_s"),
    [
        (S0, MAXBAND, 31.0),
        (S0, MULTIBAND, 33.0333),
        (S0, AMBAND, 40.0333),
        (S1, MAXBAND, 22.0),
        (S1, MULTIBAND, 34.5),
        (S1, AMBAND, 46.9),
    ],
)
def test_golden_streets(corridor: Corridor, model: BandModel, known_s: Seconds) -> None:
    assert 60.0 * value(corridor, model) == pytest.approx(known_s, abs=1e-3)


def test_ten_signals_of_little_with_cycle_and_speeds_to_be_found() -> None:
    found = solve(little(), MAXBAND, gap=1e-7)
    assert isinstance(found, ProgramAnswer)
    assert found.value / 2.0 == pytest.approx(0.28141, abs=1e-5)
    assert found.cycle_s == pytest.approx(57.932, abs=1e-2)
    assert sum(through_s(little(), found)) >= found.value * found.cycle_s - 0.01
    free = solve(little(change_s_m=None), MAXBAND, gap=1e-7)
    assert isinstance(free, ProgramAnswer)
    assert (free.value / 2.0, free.cycle_s) == pytest.approx((0.28552, 55.0), abs=1e-4)


@pytest.mark.parametrize(("cycle_s", "speed_m_s", "share"), [(55.0, 13.4, 0.43786), (60.0, 15.65, 0.37785)])
def test_ten_signals_of_little_at_one_cycle_and_speed(
    cycle_s: Seconds, speed_m_s: float, share: float
) -> None:
    assert value(little((cycle_s, cycle_s), (speed_m_s, speed_m_s))) == pytest.approx(share, abs=1e-5)


def test_two_signals_and_eight_streets_of_course_notes() -> None:
    two = by_seconds(60.0, ([30] * 2, [30] * 2), ([35], [35]))
    assert 60.0 * value(two) == pytest.approx(50.0, abs=1e-4)
    travel = [feet / 44.0 for feet in (1320, 1320, 990, 660, 990, 1320, 1320)]
    greens = [60.0 * share for share in (0.50, 0.66, 0.52, 0.75, 0.75, 0.50, 0.66, 0.50)]
    eight = by_seconds(60.0, (greens, greens), (travel, travel))
    assert 60.0 * value(eight) == pytest.approx(60.0, abs=1e-4)


@pytest.fixture(scope="module")
def streets() -> list[Corridor]:
    """Random streets with up to 4 orders of stages, queues, half cycles, and some where no band passes."""
    return [
        random_corridor(
            seed,
            4 + seed % 3 + 4 * (seed % 20 == 0),
            patterns=(1, 1, 2, 4)[seed % 4],
            queues=seed % 3 == 0,
            double=0.3 * (seed % 5 == 0),
            greens=(0.2, 0.4) if seed % 7 == 0 else (0.35, 0.6),
        )
        for seed in range(200)
    ]


@pytest.fixture(scope="module")
def answers(streets: list[Corridor]) -> list[ProgramAnswer | NoPlan]:
    """Answers for the random streets."""
    return [solve(corridor, MAXBAND, gap=1e-7) for corridor in streets]


def test_the_program_and_the_exact_search_agree(
    streets: list[Corridor], answers: list[ProgramAnswer | NoPlan]
) -> None:
    n_blocked = 0
    for corridor, found in zip(streets, answers, strict=True):
        exact = widest_bands(fixed(corridor)).total_s / corridor.cycle_s[0]
        assert (found is NoPlan.INFEASIBLE) == (exact < 0.0)
        n_blocked += found is NoPlan.INFEASIBLE
        if isinstance(found, ProgramAnswer):
            assert found.value == pytest.approx(exact, abs=1e-5)
            assert exact <= found.bound + 1e-6
    assert 5 <= n_blocked <= 100


def test_offsets_give_the_bands_that_are_promised(
    streets: list[Corridor], answers: list[ProgramAnswer | NoPlan]
) -> None:
    for corridor, found in zip(streets, answers, strict=True):
        if isinstance(found, ProgramAnswer):
            promised = found.band_out[0] * found.cycle_s, found.band_in[0] * found.cycle_s
            assert sum(promised) == pytest.approx(found.value * found.cycle_s, abs=1e-4)
            for width_s, band_s in zip(through_s(corridor, found), promised, strict=True):
                assert width_s >= band_s - 0.01


@pytest.mark.parametrize("model", [MULTIBAND, AMBAND, PARTITION])
@pytest.mark.parametrize("seed", range(3))
def test_bands_by_link_do_not_depend_on_which_end_is_first(seed: int, model: BandModel) -> None:
    corridor = random_corridor(seed, 5, queues=True, weighted=True)
    assert value(turned(corridor), model) == pytest.approx(value(corridor, model), abs=1e-5)


@pytest.mark.parametrize("factor", [0.5, 3.0])
def test_lengths_and_speeds_may_be_scaled_together(factor: float) -> None:
    corridor = little()
    links = tuple(replace(link, length_m=factor * (link.length_m or 0.0)) for link in corridor.links)
    scaled = replace(corridor, links=links, slowness_change_s_m=0.0121 / factor)
    assert value(scaled) == pytest.approx(value(corridor), abs=1e-6)
    assert value(replace(scaled, slowness_change_s_m=0.0)) < value(corridor) - 1e-4


@pytest.mark.parametrize("model", [MAXBAND, MULTIBAND, AMBAND])
@pytest.mark.parametrize("seed", range(4))
def test_a_free_cycle_and_free_speeds_never_narrow_bands(seed: int, model: BandModel) -> None:
    free = random_corridor(seed, 5, queues=True, vary=0.1)
    means = [
        [sum(pair) / 2.0 for pair in pairs]
        for pairs in zip(*((link.travel_out_s, link.travel_in_s) for link in free.links), strict=True)
    ]
    rigid = free.at(sum(free.cycle_s) / 2.0, *means)
    only_cycle = replace(rigid, cycle_s=free.cycle_s)
    only_speeds = free.at(rigid.cycle_s[0])
    found = [value(corridor, model) for corridor in (rigid, only_cycle, only_speeds, free)]
    assert found[0] <= min(found[1:3]) + 1e-5
    assert max(found[1:3]) <= found[3] + 1e-5


@pytest.mark.parametrize("seed", range(4))
def test_a_cycle_to_be_found_is_the_best_of_all(seed: int) -> None:
    corridor = random_corridor(seed, 5)
    free = replace(corridor, cycle_s=(60.0, 90.0))
    best = max(
        widest_bands(fixed(free.at(cycle_s))).total_s / cycle_s for cycle_s in np.arange(60.0, 90.01, 0.25)
    )
    assert best - 1e-5 <= value(free) <= best + 0.02


@pytest.mark.parametrize("model", [MULTIBAND, AMBAND])
@pytest.mark.parametrize("seed", range(3))
def test_a_choice_of_stage_orders_never_narrows_bands(seed: int, model: BandModel) -> None:
    corridor = random_corridor(seed, 4, patterns=4, queues=True, vary=0.05)
    firsts = tuple(replace(each, patterns=each.patterns[:1]) for each in corridor.signals)
    assert value(replace(corridor, signals=firsts), model) <= value(corridor, model) + 1e-5


@pytest.mark.parametrize("seed", range(4))
def test_each_freedom_of_bands_by_link_widens_them(seed: int) -> None:
    corridor = random_corridor(seed, 4, queues=True, vary=0.05)
    found = [value(corridor, model) for model in (MULTIBAND, AMBAND, PARTITION)]
    assert (np.diff(found) >= -1e-5).all()


def test_a_break_is_paid_for() -> None:
    values = []
    for price in (0.0, 0.05, 0.1, 3.0):
        found = solve(S1, PARTITION, break_price=price, gap=1e-7)
        assert isinstance(found, ProgramAnswer)
        weights = np.array([[link.weight_out, link.weight_in] for link in S1.links])
        bands = np.stack([found.band_out, found.band_in], axis=1)
        n_broken = found.broken_out.sum() + found.broken_in.sum()
        assert found.value == pytest.approx(((weights * bands).sum() - price * n_broken) / 3.0, abs=1e-6)
        assert bands[:, 0] @ found.broken_out + bands[:, 1] @ found.broken_in < 1e-6
        values.append(found.value)
    assert (np.diff(values) <= 1e-6).all()
    assert values[-1] == pytest.approx(value(S1, AMBAND), abs=1e-5)


@pytest.mark.parametrize("model", [MAXBAND, MULTIBAND, AMBAND])
def test_there_is_no_answer_where_no_band_passes_in_both_directions(model: BandModel) -> None:
    corridor = by_seconds(60.0, ([10] * 2, [10] * 2), ([15], [15]))
    assert widest_bands(fixed(corridor)).total_s == pytest.approx(-10.0)
    assert solve(corridor, model) is NoPlan.INFEASIBLE
    assert value(corridor, PARTITION) > 0.0


@pytest.mark.parametrize("travel_s", [(150.0, 150.0), (1200.0, 35.0)])
def test_a_link_of_many_cycles_needs_as_many_whole_numbers(travel_s: tuple[Seconds, Seconds]) -> None:
    corridor = by_seconds(60.0, ([20, 25, 22], [21, 30, 22]), ([travel_s[0], 13], [travel_s[1], 17]))
    assert 60.0 * value(corridor) == pytest.approx(widest_bands(fixed(corridor)).total_s, abs=1e-4)


def test_a_green_that_starts_late_in_the_plan_may_need_a_negative_whole_number() -> None:
    starts = ([0, 170, 0], [115, 0, 55])
    corridor = by_seconds(60.0, ([20, 25, 22], [21, 30, 22]), ([3, 13], [5, 17]), starts)
    assert 60.0 * value(corridor) == pytest.approx(widest_bands(fixed(corridor)).total_s, abs=1e-4)


@pytest.mark.parametrize("limit_s", [0.0, 1e-6])
@pytest.mark.parametrize("model", BandModel)
def test_an_answer_that_took_too_long_is_cut_or_missing(model: BandModel, limit_s: Seconds) -> None:
    found = solve(random_corridor(3, 14, patterns=4, vary=0.1), model, time_limit_s=limit_s)
    assert found is NoPlan.LATE or (isinstance(found, ProgramAnswer) and found.cut)


def test_an_answer_that_was_cut_is_a_plan_below_its_bound() -> None:
    corridor = random_corridor(3, 14, patterns=4, vary=0.1)
    found = solve(corridor, PARTITION, time_limit_s=0.3)
    assert found is NoPlan.LATE or (isinstance(found, ProgramAnswer) and found.cut)
    if isinstance(found, ProgramAnswer):
        assert found.value <= found.bound
        assert len(found.offset) == 14


def test_a_value_that_is_known_to_be_possible_may_be_named() -> None:
    known = widest_bands(fixed(S0)).total_s / 60.0
    found = solve(S0, MAXBAND, at_least=known)
    assert isinstance(found, ProgramAnswer)
    assert found.value == pytest.approx(known, abs=1e-6)
    assert solve(S0, MAXBAND, at_least=known + 0.01) is NoPlan.INFEASIBLE
