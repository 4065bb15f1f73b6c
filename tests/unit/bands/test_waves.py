"""Offsets of streets that cross, between bands and delay, on small random networks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import count, pairwise, product

import networkx as nx
import numpy as np
import pytest

from tests.unit.bands.random_corridors import by_seconds, turned
from tests.unit.search.offset_graphs import costs_of
from trafficopt.model.arterial_ways import Direction
from trafficopt.model.corridor import Corridor
from trafficopt.model.link_costs import LinkCosts
from trafficopt.search.bands import waves
from trafficopt.search.bands.arterial_path import ArterialLines, ArterialRows, best_lines
from trafficopt.search.bands.choices import fixed
from trafficopt.search.bands.lines import LinkBands
from trafficopt.search.bands.paths import link_bands
from trafficopt.search.bands.waves import Wave, WavePlan, network_waves
from trafficopt.units import FloatArray

N_STEPS = 20
MUCH = 1e6


def street(names: Sequence[str], seed: int, greens: tuple[int, int] = (5, 10)) -> Wave:
    """A street of random whole seconds, cycle 20 s."""
    rng, n = np.random.default_rng(seed), len(names)
    green, start = rng.integers(*greens, (2, n)).tolist(), rng.integers(0, N_STEPS, (2, n)).tolist()
    travel = rng.integers(3, 40, (2, n - 1)).tolist()
    made = by_seconds(N_STEPS, (green[0], green[1]), (travel[0], travel[1]), (start[0], start[1]))
    signals = tuple(replace(signal, name=name) for signal, name in zip(made.signals, names, strict=True))
    return Wave(replace(made, signals=signals), *rng.uniform(1.0, 3.0, (2, n - 1)))


def path_costs(n: int, seed: int = 0) -> LinkCosts:
    return costs_of(nx.path_graph(n), N_STEPS, seed)


def cross(seed: int) -> tuple[list[Wave], LinkCosts]:
    """Streets 0-1-2 and 3-1-4 with the common signal 1, and signal 5 beside them."""
    graph = nx.Graph([(0, 1), (1, 2), (1, 3), (1, 4), (4, 5), (2, 5)])
    return [street("012", seed), street("314", seed + 100)], costs_of(graph, N_STEPS, seed)


def greens_at(corridor: Corridor, signal: int, direction: Direction, time: int) -> tuple[int, int] | None:
    """Seconds of green before and after a time since the plan's start; None if it is red."""
    for start, green in corridor.windows(signal, 0, direction):
        since = round(time - start) % N_STEPS
        if since <= green:
            return since, round(green) - since
    return None


def seen(plan: WavePlan, streets: Sequence[Wave], costs: LinkCosts) -> tuple[float, float, int]:
    """Bands times volume, the most that greens allow of it, and breaks: from offsets, lines and greens."""
    band = most = 0.0
    n_breaks = 0
    offset = dict(zip(costs.signals, plan.steps.tolist(), strict=True))
    for wave, lines in zip(streets, plan.lines, strict=True):
        corridor = wave.corridor
        for direction, line, volume in (
            (Direction.OUTBOUND, lines.out, wave.volume_out),
            (Direction.INBOUND, lines.into, wave.volume_in),
        ):
            travel = corridor.travel_s(direction)
            for link, ends in enumerate(pairwise(range(len(corridor.signals)))):
                room = [
                    greens_at(corridor, k, direction, int(line[link] + travel[k] - offset[corridor.names[k]]))
                    for k in ends
                ]
                longest = [max(green for _, green in corridor.windows(k, 0, direction)) for k in ends]
                most += volume[link] * min(longest)
                (here, there) = room
                if here is None or there is None or line[link] != line[link + 1]:
                    n_breaks += 1
                else:
                    band += volume[link] * (min(here[0], there[0]) + min(here[1], there[1]))
    return band, most, n_breaks


def worth(plan: WavePlan, streets: Sequence[Wave], costs: LinkCosts, band_value: float) -> float:
    """What the search makes large."""
    band, _, n_breaks = seen(plan, streets, costs)
    volumes = np.concatenate([[*wave.volume_out, *wave.volume_in] for wave in streets])
    price = 0.1 * N_STEPS * volumes.mean()
    return float(band_value * (band - n_breaks * price) / volumes.sum() - costs.value(plan.steps))


def solved(
    streets: Sequence[Wave], costs: LinkCosts, band_value: float, kept: dict[int, int] | None = None
) -> WavePlan:
    start = np.zeros(len(costs.signals), dtype=np.int64)
    for node, step in (kept or {}).items():
        start[node] = step
    movable = [node not in (kept or {}) for node in range(len(start))]
    return network_waves(streets, costs, start, movable, band_value, shape=LinkBands.FREE)


@pytest.mark.parametrize("band_value", [0.3, 3.0, MUCH])
@pytest.mark.parametrize("seed", range(4))
def test_band_breaks_and_delay_are_what_offsets_and_greens_say(seed: int, band_value: float) -> None:
    streets, costs = cross(seed)
    plan = solved(streets, costs, band_value)
    band, most, n_breaks = seen(plan, streets, costs)
    assert plan.band == pytest.approx(band / most)
    assert plan.n_breaks == n_breaks
    assert plan.delay == pytest.approx(costs.value(plan.steps))


def louder(wave: Wave, times: float) -> Wave:
    return replace(wave, volume_out=times * wave.volume_out, volume_in=times * wave.volume_in)


def test_a_line_that_a_crossing_street_leads_into_red_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waves, "SWEEPS", 1)
    for seed in range(6):
        (quiet, loud), costs = cross(seed)
        streets = [quiet, louder(loud, 1000.0)]
        plan = solved(streets, costs, MUCH, {3: 0, 4: 0})
        assert plan.n_breaks == seen(plan, streets, costs)[2]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0)])
def test_both_links_beside_a_crossing_count(order: tuple[int, ...]) -> None:
    # Only one of them is narrow.
    green, (_, quiet), costs = [[5, 5, 18][k] for k in order], *cross(2)
    made = by_seconds(N_STEPS, (green, green), ([10, 10], [10, 10]))
    signals = tuple(replace(signal, name=str(k)) for k, signal in enumerate(made.signals))
    loud = Wave(replace(made, signals=signals), np.full(2, 1000.0), np.full(2, 1000.0))
    assert solved([loud, quiet], costs, MUCH, {0: 0, 2: 0}).band > 0.998


@pytest.mark.parametrize("seed", range(4))
def test_streets_share_the_offset_of_their_common_signal(seed: int) -> None:
    streets, costs = cross(seed)
    plan = solved(streets, costs, 3.0)
    for wave, lines in zip(streets, plan.lines, strict=True):
        nodes = [costs.signals.index(name) for name in wave.corridor.names]
        assert lines.offset.tolist() == plan.steps[nodes].tolist()


@pytest.mark.parametrize("seed", range(4))
def test_more_sweeps_never_make_it_worse(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    streets, costs = cross(seed)
    values = []
    for sweeps in (1, 2, 3, 6):
        monkeypatch.setattr(waves, "SWEEPS", sweeps)
        values.append(worth(solved(streets, costs, 1.0), streets, costs, 1.0))
    assert values == sorted(values)


@pytest.mark.parametrize("seed", range(3))
def test_one_street_has_the_most_worth_of_all_offsets(seed: int) -> None:
    streets, costs = [street("012", seed)], path_costs(3, seed)
    best = worth(solved(streets, costs, 1.0), streets, costs, 1.0)
    plans = [
        solved(streets, costs, 1.0, dict(enumerate((0, *steps))))
        for steps in product(range(0, N_STEPS, 3), repeat=2)
    ]
    others = [worth(plan, streets, costs, 1.0) for plan in plans if plan.lines]
    assert len(others) > 10
    assert max(others) <= best + 1e-9


@pytest.mark.parametrize("band_value", [0.0, 1.0, MUCH])
def test_kept_signals_keep_their_offset(band_value: float) -> None:
    streets, costs = cross(1)
    plan = solved(streets, costs, band_value, {0: 13, 1: 7, 5: 4})
    assert plan.steps[[0, 1, 5]].tolist() == [13, 7, 4]
    assert solved(streets, costs, band_value).steps[[0, 1, 5]].tolist() != [13, 7, 4]


@pytest.mark.parametrize("seed", range(4))
def test_without_worth_of_bands_delay_does_not_grow(seed: int) -> None:
    streets, costs = cross(seed)
    rng = np.random.default_rng(seed)
    for _ in range(3):
        start = rng.integers(N_STEPS, size=6)
        plan = network_waves(streets, costs, start, [True] * 6, 0.0)
        assert plan.delay <= costs.value(start) + 1e-9


@pytest.mark.parametrize("seed", range(4))
def test_a_street_alone_has_the_least_delay_where_only_delay_counts(seed: int) -> None:
    costs = path_costs(4, seed)
    plan = solved([street("0123", seed)], costs, 0.0)
    assert plan.delay == pytest.approx(costs.cost.min(axis=1).sum())


@pytest.mark.parametrize("seed", range(6))
def test_a_street_alone_has_the_bands_that_the_street_without_network_has(seed: int) -> None:
    wave = street("01234", seed)
    wave = replace(wave, volume_out=np.ones(4), volume_in=np.ones(4))
    plan = solved([wave], path_costs(5, seed), MUCH)
    band_s, _, n_breaks = seen(plan, [wave], path_costs(5, seed))
    alone = link_bands(fixed(wave.corridor), LinkBands.FREE, break_price_s=0.1 * N_STEPS)
    assert alone is not None
    value_s = (band_s - 0.1 * N_STEPS * n_breaks) / 4
    assert value_s <= alone.value_s + 1e-6
    assert value_s >= alone.value_s - 1.0


@pytest.mark.parametrize("band_value", [0.0, 2.0, MUCH])
@pytest.mark.parametrize("seed", range(3))
def test_a_street_looked_at_from_its_other_end_is_worth_the_same(seed: int, band_value: float) -> None:
    wave, costs = street("0123", seed), path_costs(4, seed)
    back = Wave(turned(wave.corridor), wave.volume_in[::-1].copy(), wave.volume_out[::-1].copy())
    here, there = solved([wave], costs, band_value), solved([back], costs, band_value)
    found = worth(here, [wave], costs, band_value), worth(there, [back], costs, band_value)
    assert found[0] == pytest.approx(found[1])


@pytest.mark.parametrize("seed", range(3))
def test_a_signal_beside_the_streets_follows(seed: int) -> None:
    streets, costs = cross(seed)
    plan = solved(streets, costs, MUCH)
    delays = []
    for step in range(N_STEPS):
        moved = plan.steps.copy()
        moved[5] = step
        delays.append(costs.value(moved))
    assert plan.delay == pytest.approx(min(delays))


def test_delay_decides_between_plans_of_the_same_bands() -> None:
    made = by_seconds(N_STEPS, ([8, 4], [8, 4]), ([10], [10]), ([0, 0], [0, 0]))
    names = tuple(replace(signal, name=str(k)) for k, signal in enumerate(made.signals))
    wave, costs = Wave(replace(made, signals=names), np.ones(1), np.ones(1)), path_costs(2)
    plan = solved([wave], costs, MUCH)
    assert plan.band == pytest.approx(1.0)
    # The short green may begin 0 to 4 s after the long one, half a cycle later.
    assert plan.delay == pytest.approx(costs.cost[0, 10:15].min())


@pytest.mark.parametrize("seed", [3, 8, 10])
def test_each_street_of_a_grid_makes_it_better(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    values = values_by_street(seed, monkeypatch)
    assert len(values) >= 6
    assert np.all(np.diff(values) > -1e-9)


def values_by_street(seed: int, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Worth of all after each street of a grid of 2 x 3, from when all have lines."""
    names = ["012", "345", "03", "14", "25"]
    graph = nx.Graph([(0, 1), (1, 2), (3, 4), (4, 5), (0, 3), (1, 4), (2, 5)])
    streets = [street(each, 10 * seed + k) for k, each in enumerate(names)]
    costs, steps = costs_of(graph, N_STEPS, seed), np.zeros(6, dtype=np.int64)
    lines: dict[int, ArterialLines] = {}
    calls, values = count(), []

    def followed(rows: ArterialRows, own: FloatArray, pair: FloatArray) -> ArterialLines:
        number = next(calls) % len(names)
        found = lines[number] = best_lines(rows, own, pair)
        steps[[int(key) for key in names[number]]] = found.offset
        if len(lines) == len(names):
            plan = WavePlan(steps, tuple(lines[k] for k in range(len(names))), 0.0, 0, 0.0)
            values.append(worth(plan, streets, costs, 3.0))
        return found

    monkeypatch.setattr(waves, "best_lines", followed)
    solved(streets, costs, 3.0)
    return values


def test_symmetric_bands_are_twice_the_shorter_side_of_the_line() -> None:
    made = by_seconds(N_STEPS, ([9, 6], [9, 6]), ([10], [10]), ([0, 0], [0, 0]))
    names = tuple(replace(signal, name=str(k)) for k, signal in enumerate(made.signals))
    wave = Wave(replace(made, signals=names), np.ones(1), np.ones(1))
    costs, start = path_costs(2), np.zeros(2, dtype=np.int64)
    plan = network_waves([wave], costs, start, [True, True], MUCH)
    assert plan.band == pytest.approx(1.0)
    free = network_waves([wave], costs, start, [True, True], MUCH, shape=LinkBands.FREE)
    assert free.band == pytest.approx(1.0)


def two_signals(apart: int = 0) -> tuple[list[Wave], LinkCosts]:
    """Two streets that meet nowhere: greens of 6 s, no time between the signals, volumes 3 and 1."""
    made = by_seconds(N_STEPS, ([6, 6], [6, 6]), ([0], [0]), ([0, apart], [0, apart]))
    corridors = [
        replace(made, signals=tuple(replace(s, name=key) for s, key in zip(made.signals, pair, strict=True)))
        for pair in ("01", "23")
    ]
    volumes = (np.array([3.0]), np.array([1.0])), (np.ones(1), np.ones(1))
    return [Wave(c, *v) for c, v in zip(corridors, volumes, strict=True)], costs_of(
        nx.Graph([(0, 1), (2, 3)]), N_STEPS, 0
    )


def test_streets_that_can_have_no_band_have_breaks() -> None:
    streets, costs = two_signals(10)
    plan = solved(streets, costs, 3.0, dict.fromkeys(range(4), 0))
    assert len(plan.lines) == 2
    assert (plan.band, plan.n_breaks) == (0.0, 4)


def test_the_bands_of_offsets_of_least_delay_are_told() -> None:
    streets, costs = two_signals()
    plan = solved(streets, costs, 0.0, dict.fromkeys(range(4), 0))
    assert plan.band == pytest.approx(1.0)
    assert plan.n_breaks == 0


def test_signals_without_red_have_the_cycle_as_their_band() -> None:
    made = by_seconds(N_STEPS, ([20, 20], [20, 20]), ([5], [5]))
    signals = tuple(replace(signal, name=str(k)) for k, signal in enumerate(made.signals))
    plan = solved([Wave(replace(made, signals=signals), np.ones(1), np.ones(1))], path_costs(2), 1.0)
    assert plan.band == pytest.approx(1.0)
