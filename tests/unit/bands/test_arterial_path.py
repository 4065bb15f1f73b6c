"""Offsets and lines of one arterial against trying all of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import pytest

from trafficopt.search.bands.arterial_path import RED, ArterialLines, ArterialRows, best_lines, lines_through
from trafficopt.units import BoolArray, FloatArray, IntArray

PRICES = [np.inf, 2.0, 0.5, 0.0]


@dataclass(frozen=True, slots=True)
class Case:
    """Greens by time since the plan's start, shape (2, n, n_steps), and what the search is given of them."""

    green: BoolArray
    rows: ArterialRows
    own: FloatArray
    pair: FloatArray

    @property
    def n_steps(self) -> int:
        return int(self.green.shape[2])


def greens_of(
    windows: list[list[list[tuple[int, int]]]], n_steps: int
) -> tuple[BoolArray, IntArray, IntArray]:
    """Greens, and steps of green before and after each time, from (first, length) by direction and signal."""
    shape = (2, len(windows[0]), n_steps)
    green = np.zeros(shape, dtype=np.bool_)
    before, after = np.full(shape, RED), np.full(shape, RED)
    for way, signal in product(range(2), range(shape[1])):
        for first, length in windows[way][signal]:
            for k in range(length + 1):
                at = (way, signal, (first + k) % n_steps)
                green[at], before[at], after[at] = True, k, length - k
            if length >= n_steps:
                before[way, signal] = after[way, signal] = n_steps
    return green, before, after


def made(seed: int, n_steps: int, price: float, *, kind: str = "", n: int = 3) -> Case:
    """Random greens, travel times and costs; the second signal is `double` or `always` green by kind."""
    rng = np.random.default_rng(seed)
    windows = [
        [[(int(rng.integers(n_steps)), int(rng.integers(1, n_steps // 2)))] for _ in range(n)]
        for _ in range(2)
    ]
    for way in range(2):
        if kind == "double":
            windows[way][1] = [(way, 2), (way + n_steps // 2, 2)]
        if kind == "always":
            windows[way][1] = [(0, n_steps)]
    green, before, after = greens_of(windows, n_steps)
    ahead, back = (np.concatenate([[0], rng.integers(1, 3 * n_steps, n - 1).cumsum()]) for _ in range(2))
    rows = ArterialRows(ahead, back, before, after, rng.uniform(0.5, 2.0, (2, n - 1)), price)
    return Case(green, rows, rng.uniform(0.0, 3.0, (n, n_steps)), rng.uniform(0.0, 3.0, (n - 1, n_steps)))


def place(case: Case, way: int, signal: int, line: int, offset: int) -> int:
    """Time after the plan's start at which a line passes a signal."""
    shift = case.rows.ahead[signal] if way == 0 else -case.rows.back[signal]
    return int(line + shift - offset) % case.n_steps


def link_worth(case: Case, way: int, link: int, lines: tuple[int, int], offsets: tuple[int, int]) -> float:
    """What a link brings: its band about the line, found by walking while both signals are green."""
    if lines[0] != lines[1]:
        return -case.rows.price
    here, there = (place(case, way, link + k, lines[k], offsets[k]) for k in range(2))
    n_steps, band = case.n_steps, 0
    for sense in (-1, 1):
        for walked in range(1, n_steps + 1):
            step = sense * walked
            if not (
                case.green[way, link, (here + step) % n_steps]
                and case.green[way, link + 1, (there + step) % n_steps]
            ):
                break
            band += 1
    return float(case.rows.weight[way, link]) * min(band, n_steps)


def value_of(case: Case, found: ArterialLines) -> float:
    """Bands less price and costs of offsets and lines; minus infinity where a line meets red."""
    offset = found.offset.tolist()
    total = -sum(float(case.own[k, theta]) for k, theta in enumerate(offset))
    for way, line in enumerate((found.out.tolist(), found.into.tolist())):
        if not all(case.green[way, k, place(case, way, k, line[k], offset[k])] for k in range(len(line))):
            return -np.inf
        for link in range(len(line) - 1):
            ends = slice(link, link + 2)
            total += link_worth(case, way, link, tuple(line[ends]), tuple(offset[ends]))
    n_steps = case.n_steps
    return total - sum(
        float(case.pair[k, (offset[k + 1] - offset[k]) % n_steps]) for k in range(len(offset) - 1)
    )


def best_value(case: Case) -> float:
    """The largest value of all offsets and all lines of three signals."""
    n_steps = case.n_steps
    times, cycle = np.arange(n_steps), range(n_steps)
    total = -case.own[0][:, None, None] - case.own[1][:, None] - case.own[2]
    total = total - case.pair[0][(times[:, None] - times[:, None, None]) % n_steps]
    total = total - case.pair[1][(times - times[:, None]) % n_steps]
    for way in range(2):
        passes = [
            np.array([[case.green[way, k, place(case, way, k, x, a)] for x in cycle] for a in cycle])
            for k in range(3)
        ]
        worth = np.full((2, *(n_steps,) * 4), -case.rows.price)  # link, offsets, lines
        for link, a, b, x in product(range(2), cycle, cycle, cycle):
            worth[link, a, b, x, x] = link_worth(case, way, link, (x, x), (a, b))
        first = np.where(passes[0][:, None, :, None], worth[0], -np.inf).max(axis=2)
        second = np.where(passes[2][None, :, None], worth[1], -np.inf).max(axis=3)
        middle = np.where(passes[1], 0.0, -np.inf)
        total = total + (first[:, :, None] + (second + middle[:, None])[None]).max(axis=3)
    return float(total.max())


@pytest.mark.parametrize("kind", ["", "double", "always"])
@pytest.mark.parametrize("price", PRICES)
@pytest.mark.parametrize("seed", range(4))
def test_no_offsets_and_lines_are_worth_more(seed: int, price: float, kind: str) -> None:
    case = made(seed, 8 + 2 * (seed % 3), price, kind=kind)
    found = best_lines(case.rows, case.own, case.pair)
    best = best_value(case)
    assert value_of(case, found) == pytest.approx(best)
    assert best > -np.inf or price == np.inf


@pytest.mark.parametrize("price", PRICES[1:])
@pytest.mark.parametrize("seed", range(4))
def test_an_offset_that_is_free_nowhere_else_stays(seed: int, price: float) -> None:
    case = made(seed, 10, price)
    kept = np.random.default_rng(seed).integers(10, size=3)
    for signal in (0, 1, 2)[: 1 + seed]:
        case.own[signal, np.arange(10) != kept[signal]] = np.inf
    found = best_lines(case.rows, case.own, case.pair)
    assert found.offset[: 1 + seed].tolist() == kept[: 1 + seed].tolist()
    assert value_of(case, found) == pytest.approx(best_value(case))


@pytest.mark.parametrize("kind", ["", "double", "always"])
@pytest.mark.parametrize("price", PRICES)
@pytest.mark.parametrize("seed", range(4))
def test_lines_through_known_offsets_are_those_of_the_whole_search(
    seed: int, price: float, kind: str
) -> None:
    n, n_steps = 5, 10 + 2 * seed
    case = made(seed, n_steps, price, n=n, kind=kind)
    offset = np.random.default_rng(seed).integers(n_steps, size=n)
    known = np.where(np.arange(n_steps) == offset[:, None], 0.0, np.inf)
    free = np.zeros((n - 1, n_steps))
    whole, quick = best_lines(case.rows, known, free), lines_through(case.rows, offset)
    bare = replace(case, own=np.zeros((n, n_steps)), pair=free)
    if value_of(bare, quick) > -np.inf:  # without breaks there may be no line at all
        assert [each.tolist() for each in (quick.offset, quick.out, quick.into)] == [
            each.tolist() for each in (whole.offset, whole.out, whole.into)
        ]
    assert value_of(bare, quick) == pytest.approx(value_of(bare, replace(whole, offset=offset)))


def later_value(case: Case) -> float:
    """The largest value of any number of signals, one after another, by all pairs of their states."""
    n, cycle = len(case.own), range(case.n_steps)
    states = list(product(cycle, cycle, cycle))  # offset, both lines
    value: dict[tuple[int, int, int], float] = {}
    for k in range(n):
        green = [
            (a, x, y)
            for a, x, y in states
            if case.green[0, k, place(case, 0, k, x, a)] and case.green[1, k, place(case, 1, k, y, a)]
        ]
        if k == 0:
            value = {state: -float(case.own[0, state[0]]) for state in green}
            continue
        worth = {
            (way, x, b, a): link_worth(case, way, k - 1, (x, x), (b, a))
            for way, x, b, a in product(range(2), cycle, cycle, cycle)
        }
        price = case.rows.price
        value = {
            (a, x, y): max(
                before
                - float(case.pair[k - 1, (a - b) % case.n_steps])
                + (worth[0, x, b, a] if x == x_old else -price)
                + (worth[1, y, b, a] if y == y_old else -price)
                for (b, x_old, y_old), before in value.items()
            )
            - float(case.own[k, a])
            for a, x, y in green
        }
    return max(value.values())


@pytest.mark.parametrize("seed", range(4))
def test_lines_that_are_left_out_would_not_have_been_best(seed: int) -> None:
    # A break costs little, so that most lines are beaten by others after some links.
    case = made(seed, 6, 0.2, n=6)
    assert value_of(case, best_lines(case.rows, case.own, case.pair)) == pytest.approx(later_value(case))


@pytest.mark.parametrize("seed", range(3))
def test_lines_do_not_break_at_an_infinite_price(seed: int) -> None:
    case = made(seed, 12, np.inf, kind="always")
    found = best_lines(case.rows, case.own, case.pair)
    assert len(set(found.out.tolist())) == len(set(found.into.tolist())) == 1


def test_a_line_breaks_where_greens_of_kept_signals_exclude_each_other() -> None:
    green, before, after = greens_of([[[(0, 3)], [(5, 3)]], [[(0, 3)], [(0, 3)]]], 10)
    rows = ArterialRows(np.zeros(2, np.int64), np.zeros(2, np.int64), before, after, np.ones((2, 1)), 0.5)
    case = Case(green, rows, np.full((2, 10), np.inf), np.zeros((1, 10)))
    case.own[:, 0] = 0.0
    found = best_lines(rows, case.own, case.pair)
    assert found.offset.tolist() == [0, 0]
    assert found.out[0] != found.out[1]
    assert found.into[0] == found.into[1]
    assert value_of(case, found) == pytest.approx(3.0 - 0.5)


@pytest.mark.parametrize(("saved", "offset"), [(3.9, 0), (4.1, 5)])
def test_two_lines_that_break_at_one_link_pay_twice(saved: float, offset: int) -> None:
    # In phase both bands are 1; half a cycle apart both lines break.
    _, before, after = greens_of([[[(0, 1)]] * 2] * 2, 10)
    rows = ArterialRows(np.zeros(2, np.int64), np.zeros(2, np.int64), before, after, np.ones((2, 1)), 1.0)
    own = np.full((2, 10), np.inf)
    own[:, 0], own[1, 5] = 0.0, -saved
    assert best_lines(rows, own, np.zeros((1, 10))).offset.tolist() == [0, offset]


def test_one_signal_takes_its_cheapest_offset() -> None:
    case = made(0, 9, 1.0, n=1)
    found = best_lines(case.rows, case.own, case.pair)
    assert found.offset.tolist() == [int(np.argmin(case.own[0]))]
    assert value_of(case, found) == pytest.approx(-case.own.min())


def test_a_perfect_wave_of_three_signals_has_the_whole_green_both_ways() -> None:
    # Half a cycle of travel both ways: every other signal starts half a cycle later.
    green, before, after = greens_of([[[(0, 4)]] * 3] * 2, 12)
    rows = ArterialRows(np.array([0, 6, 12]), np.array([0, 6, 12]), before, after, np.ones((2, 2)), np.inf)
    case = Case(green, rows, np.zeros((3, 12)), np.zeros((2, 12)))
    found = best_lines(rows, case.own, case.pair)
    assert (np.diff(found.offset) % 12).tolist() == [6, 6]
    assert value_of(case, found) == pytest.approx(4 * 4.0)
