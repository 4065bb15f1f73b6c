"""Bands by link: known cases, all offsets of a tiny street, and bands seen again from the offsets alone."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from tests.unit.bands.random_corridors import S0, S1, by_seconds, random_corridor
from trafficopt.model.arterial_ways import Direction
from trafficopt.model.band_plan import BandPlan, arcs
from trafficopt.model.corridor import Corridor
from trafficopt.search.bands.choices import fixed
from trafficopt.search.bands.design import design_bands
from trafficopt.search.bands.lines import LinkBandPlan, LinkBands
from trafficopt.search.bands.paths import link_bands
from trafficopt.search.bands.program_rows import BandModel
from trafficopt.search.bands.programs import NoPlan, ProgramAnswer, solve
from trafficopt.units import FloatArray, Seconds, SecondsArray

SYMMETRIC, FREE = LinkBands.SYMMETRIC, LinkBands.FREE
Answered = tuple[Corridor, BandModel, LinkBandPlan, ProgramAnswer | NoPlan]


def value_of_offsets(
    corridor: Corridor,
    pattern: list[int],
    offset_s: SecondsArray,
    shape: LinkBands,
    broken: tuple[FloatArray, FloatArray] | None = None,
    price_s: Seconds = 0.0,
) -> Seconds:
    """Weighted mean band by link of the best lines for given offsets, over all lines that matter [s]."""
    n_links = len(corridor.links)
    total = 0.0
    for way, direction in enumerate(Direction):
        cut = np.zeros(n_links) if broken is None else broken[way]
        weights = [(link.weight_out, link.weight_in)[way] for link in corridor.links]
        travel_s, cycle_s = corridor.travel_s(direction), corridor.cycle_s[0]
        greens = [
            [((start - travel_s[i]) % cycle_s, green) for start, green in windows]
            for i, windows in enumerate(arcs(corridor, pattern, offset_s, direction))
        ]
        ends = [-1, *np.flatnonzero(cut > 0.5).tolist(), n_links]
        for before, after in pairwise(ends):
            part = slice(before + 1, after + 1)
            total += _best_line(greens[part], weights[before + 1 : after], cycle_s, shape)
        total -= price_s * float(cut.sum())
    return total / n_links


def _best_line(
    greens: list[list[tuple[Seconds, Seconds]]], weights: list[float], cycle_s: Seconds, shape: LinkBands
) -> Seconds:
    """Largest sum of bands about one line; it lies at a start, an end, or midway between some of both."""
    begins = np.array([start for windows in greens for start, _ in windows])
    ends = np.array([start + green for windows in greens for start, green in windows])
    middles = ((begins[:, None] + ends[None]) / 2.0).ravel()
    lines = np.concatenate([begins, ends, middles, middles + cycle_s / 2.0])
    left, right = np.zeros((len(greens), len(lines))), np.full((len(greens), len(lines)), -np.inf)
    for i, windows in enumerate(greens):
        for start, green in windows:
            after = (lines - start + 1e-6) % cycle_s - 1e-6
            better = green - after > right[i]
            left[i], right[i] = np.where(better, after, left[i]), np.where(better, green - after, right[i])
    passes = (right > -1e-5).all(axis=0)
    before = np.minimum(left[:-1], left[1:])
    behind = np.minimum(right[:-1], right[1:])
    bands = 2.0 * np.minimum(before, behind) if shape is SYMMETRIC else before + behind
    value = (np.array(weights)[:, None] * np.maximum(bands, 0.0)).sum(axis=0)
    return float(np.where(passes, value, -np.inf).max())


def of_plan(plan: BandPlan, shape: LinkBands, price_s: Seconds = 0.0) -> Seconds:
    """Value of a plan from its offsets alone."""
    broken = np.zeros((2, len(plan.corridor.links)))
    broken[0, list(plan.broken_out)] = 1.0
    broken[1, list(plan.broken_in)] = 1.0
    return value_of_offsets(
        plan.corridor, list(plan.pattern), plan.offset_s, shape, (broken[0], broken[1]), price_s
    )


@pytest.mark.parametrize(
    ("corridor", "shape", "known_s"),
    [(S0, SYMMETRIC, 33.0333), (S0, FREE, 40.0333), (S1, SYMMETRIC, 34.5), (S1, FREE, 46.9)],
)
def test_golden_streets(corridor: Corridor, shape: LinkBands, known_s: Seconds) -> None:
    found = link_bands(fixed(corridor), shape)
    assert found.value_s == pytest.approx(known_s, abs=1e-4)
    seen = value_of_offsets(corridor, [0] * 4, found.offset_s, shape)
    assert seen == pytest.approx(found.value_s, abs=1e-5)


@pytest.mark.parametrize("shape", LinkBands)
@pytest.mark.parametrize("seed", range(4))
def test_no_offsets_of_a_tiny_street_give_more(seed: int, shape: LinkBands) -> None:
    rng = np.random.default_rng(seed)
    green, start, travel = (rng.integers(*span, (2, 3)).tolist() for span in ((8, 14), (0, 20), (5, 40)))
    weights = rng.uniform(0.5, 2.0, (2, 2)).tolist()
    corridor = by_seconds(
        20.0,
        (green[0], green[1]),
        (travel[0][:2], travel[1][:2]),
        (start[0], start[1]),
        (weights[0], weights[1]),
    )
    halves = np.arange(0.0, 20.0, 0.5)
    best = max(
        value_of_offsets(corridor, [0] * 3, np.array([0.0, second, third]), shape)
        for second in halves
        for third in halves
    )
    found = link_bands(fixed(corridor), shape)
    assert best - 1e-6 <= found.value_s <= best + 0.5
    assert found.value_s <= value_of_offsets(corridor, [0] * 3, found.offset_s, shape) + 1e-6


@pytest.fixture(scope="module")
def answered() -> list[Answered]:
    """Random streets with both engines' answers."""
    found: list[Answered] = []
    for seed in range(18):
        corridor = random_corridor(
            seed,
            4 + seed % 4,
            patterns=(1, 1, 1, 2, 1, 4)[seed % 6],
            queues=seed % 2 == 0,
            double=0.3 * (seed % 6 < 3),
            weighted=seed % 2 == 0,
        )
        for model, shape in ((BandModel.MULTIBAND, SYMMETRIC), (BandModel.AMBAND, FREE)):
            found.append((corridor, model, link_bands(fixed(corridor), shape), solve(corridor, model)))
    return found


def test_the_search_is_as_good_as_the_program_and_never_better(answered: list[Answered]) -> None:
    for corridor, _, quick, exact in answered:
        assert isinstance(exact, ProgramAnswer)
        assert quick.value_s <= exact.bound * corridor.cycle_s[0] + 1e-6
        heaviest = max(weight for link in corridor.links for weight in (link.weight_out, link.weight_in))
        assert quick.value_s >= exact.value * corridor.cycle_s[0] - 0.5 * heaviest


def test_offsets_of_both_engines_give_the_link_bands_that_are_promised(answered: list[Answered]) -> None:
    for corridor, model, quick, exact in answered:
        assert isinstance(exact, ProgramAnswer)
        shape = SYMMETRIC if model is BandModel.MULTIBAND else FREE
        cycle_s, pattern = corridor.cycle_s[0], fixed(corridor).pattern
        for choice, offset_s, promised in (
            (quick.choice, quick.offset_s, quick.value_s),
            (exact.choice, exact.offset * cycle_s, exact.value * cycle_s),
        ):
            used = [int(pattern[i, k]) for i, k in enumerate(choice)]
            seen = value_of_offsets(corridor, used, offset_s, shape)
            assert promised - 0.01 <= seen <= exact.bound * cycle_s + 0.01


def test_bands_that_need_not_be_symmetric_are_never_smaller(answered: list[Answered]) -> None:
    for multi, free in zip(answered[::2], answered[1::2], strict=True):
        assert multi[0] == free[0]
        assert free[2].value_s >= multi[2].value_s - 1e-6
        assert isinstance(multi[3], ProgramAnswer)
        assert isinstance(free[3], ProgramAnswer)
        assert free[3].value >= multi[3].value - 1e-4


def test_the_band_of_each_link_lies_about_its_line_within_both_greens(answered: list[Answered]) -> None:
    for corridor, model, quick, _ in answered:
        data, rows = fixed(corridor), np.arange(len(corridor.signals))
        for line, band, green in (
            (quick.line_out_s, quick.band_out_s, data.green_out_s[rows, quick.choice]),
            (quick.line_in_s, quick.band_in_s, data.green_in_s[rows, quick.choice]),
        ):
            assert (line >= -1e-6).all()
            assert (line <= green + 1e-6).all()
            room = np.minimum(line, green - line) if model is BandModel.MULTIBAND else green / 2.0
            assert (band <= 2.0 * np.minimum(room[:-1], room[1:]) + 1e-6).all()


@pytest.mark.parametrize("seed", range(8))
def test_breaks_cost_what_they_should(seed: int) -> None:
    corridor = random_corridor(seed, 5, patterns=(1, 2)[seed % 2], queues=True, weighted=True)
    data = fixed(corridor)
    values, counts = [], []
    for price_s in (0.0, 4.0, 12.0, np.inf):
        found = link_bands(data, FREE, break_price_s=price_s)
        broken = (found.broken_out, found.broken_in)
        used = [int(data.pattern[i, k]) for i, k in enumerate(found.choice)]
        price = price_s if np.isfinite(price_s) else 0.0
        seen = value_of_offsets(corridor, used, found.offset_s, FREE, broken, price)
        assert seen == pytest.approx(found.value_s, abs=1e-4)
        values.append(found.value_s)
        counts.append(sum(map(sum, broken)))
    assert values == sorted(values, reverse=True)
    assert counts[-1] == 0
    assert counts[0] >= counts[2]


def test_a_break_is_made_where_it_gains_more_than_its_price() -> None:
    # Golden street 1: one break gains 3 * (48.233 - 46.9) = 4 s of weighted band.
    data = fixed(S1)
    assert link_bands(data, FREE, break_price_s=3.9).broken_in.tolist() == [1.0, 0.0, 0.0]
    assert link_bands(data, FREE, break_price_s=4.1).broken_in.tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("seed", range(8))
def test_broken_waves_of_the_search_are_as_good_as_those_of_the_program(seed: int) -> None:
    corridor = random_corridor(seed, 4, patterns=(1, 2)[seed % 2], queues=True)
    cycle_s = corridor.cycle_s[0]
    exact = solve(corridor, BandModel.PARTITION, break_price=0.1)
    quick = link_bands(fixed(corridor), FREE, break_price_s=0.1 * cycle_s)
    assert isinstance(exact, ProgramAnswer)
    assert exact.value * cycle_s - 0.5 <= quick.value_s <= exact.bound * cycle_s + 1e-6
    used = [int(fixed(corridor).pattern[i, k]) for i, k in enumerate(exact.choice)]
    broken = (exact.broken_out, exact.broken_in)
    seen = value_of_offsets(corridor, used, exact.offset * cycle_s, FREE, broken, 0.1 * cycle_s)
    assert seen >= exact.value * cycle_s - 0.01


@pytest.mark.parametrize("seed", [50, 59, 136])
def test_waves_that_may_break_pass_both_ways_where_no_band_does(seed: int) -> None:
    corridor = random_corridor(seed, 25)
    plan = design_bands(corridor, "partition")
    assert plan.one_way is None
    assert min(plan.link_band_out_s.sum(), plan.link_band_in_s.sum()) > 0.0
    assert plan.broken_out or plan.broken_in
    price_s = 0.1 * plan.cycle_s
    assert of_plan(plan, FREE, price_s) == pytest.approx(plan.value_s, abs=1e-3)
    n_broken = len(plan.broken_out) + len(plan.broken_in)
    bands_s = plan.link_band_out_s.sum() + plan.link_band_in_s.sum()
    assert plan.value_s == pytest.approx((bands_s - n_broken * price_s) / 24.0)


@pytest.mark.parametrize("model", ["multiband", "amband"])
def test_lines_are_found_also_where_they_hardly_pass(model: str) -> None:
    corridor = by_seconds(60.0, ([18.3] * 3, [18.3] * 3), ([0, 0], [0, 0]), ([0, 0, 0], [50.2, 13.9, 35.0]))
    plan = design_bands(corridor, model)
    exact = solve(corridor, BandModel(model))
    assert isinstance(exact, ProgramAnswer)
    shape = SYMMETRIC if model == "multiband" else FREE
    assert of_plan(plan, shape) >= plan.value_s - 0.01
    assert plan.value_s == pytest.approx(60.0 * exact.value, abs=0.5)


@pytest.mark.parametrize("grid_s", [0.25, 1.0, 7.0])
def test_a_line_program_makes_up_for_a_coarse_grid(grid_s: Seconds) -> None:
    fine = link_bands(fixed(S0), SYMMETRIC).value_s
    assert fine - 2.0 * grid_s <= link_bands(fixed(S0), SYMMETRIC, grid_s=grid_s).value_s <= fine + 1e-6
