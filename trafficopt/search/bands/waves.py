"""Green waves on arterials that cross each other: bands first, delay among what keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from trafficopt.model.arterial_ways import Direction
from trafficopt.model.corridor import Corridor
from trafficopt.model.link_costs import LinkCosts
from trafficopt.model.progression import TOLERANCE_S
from trafficopt.search.bands.arterial_path import RED, ArterialLines, ArterialRows, best_lines, lines_through
from trafficopt.search.bands.lines import LinkBands
from trafficopt.search.pair_graph import PairGraph, pair_graph
from trafficopt.units import FloatArray, IntArray, Seconds

SWEEPS = 6
BREAK_PRICE = 0.1  # share of the cycle of band, on a link of mean weight


@dataclass(frozen=True, slots=True)
class Wave:
    """An arterial as part of a network.

    Attributes
    ----------
    corridor
        Its greens and travel times, at the common cycle.
    volume_out, volume_in
        Through traffic of each link, shape (n - 1,), any unit: what its band counts.
    """

    corridor: Corridor
    volume_out: FloatArray
    volume_in: FloatArray


@dataclass(frozen=True, slots=True)
class WavePlan:
    """Offsets of a network with waves.

    Attributes
    ----------
    steps
        Offset of each signal of the costs, shape (n_signals,).
    lines
        Of each arterial.
    band
        Sum over links of bands times volume, as a share of what the shorter greens of their ends allow.
    n_breaks
        Times that a line ends at a link and another begins.
    delay
        On the links between signals [veh*s/s].
    """

    steps: IntArray
    lines: tuple[ArterialLines, ...]
    band: float
    n_breaks: int
    delay: float


def network_waves(
    waves: Sequence[Wave],
    costs: LinkCosts,
    steps: IntArray,
    movable: Sequence[bool],
    band_value: float,
    *,
    break_price: float = BREAK_PRICE,
    shape: LinkBands = LinkBands.SYMMETRIC,
) -> WavePlan:
    """Find offsets with wide bands on all arterials and little delay between all signals.

    One arterial after another gets the best offsets and lines that it can have while all other offsets and
    lines stay; signals beside the arterials follow, one by one. So the sum of bands and delays gets better
    with every step, until none is left. What arterials want at a common junction is part of both sums.

    Parameters
    ----------
    costs
        Delays by differences of offsets, of all signals that the waves and their surroundings have.
    steps
        Offsets to start from, shape (n_signals,).
    movable
        Which signals may change, in the order of the costs.
    band_value
        Delay [veh*s/s] that a second of band of all traffic of the arterials is worth. With 0 there is only
        delay; with much, delay only decides between plans of the same bands.
    break_price
        Of a break, as a share of the cycle of band on a link of mean volume.
    shape
        How bands lie about the lines of progression.
    """
    search = _Search(waves, costs, steps, movable, band_value, break_price, shape)
    best = search.state()
    for _ in range(SWEEPS):
        for number in range(len(waves)):
            search.improve_arterial(number)
        search.improve_others()
        found = search.state()
        if search.value(found) <= search.value(best) + 1e-9:
            break
        best = found
    return best


def present_waves(
    waves: Sequence[Wave],
    costs: LinkCosts,
    steps: IntArray,
    *,
    break_price: float = BREAK_PRICE,
    shape: LinkBands = LinkBands.SYMMETRIC,
) -> WavePlan:
    """Tell the waves that offsets have, shape (n_signals,), with the best lines for them."""
    return _Search(waves, costs, steps, (), 1.0, break_price, shape).state()


class _Search:
    """Offsets and lines so far; `rows` count a second of band of all traffic as 1."""

    def __init__(
        self,
        waves: Sequence[Wave],
        costs: LinkCosts,
        steps: IntArray,
        movable: Sequence[bool],
        band_value: float,
        break_price: float,
        shape: LinkBands,
    ) -> None:
        self.costs, self.steps, self.movable = costs, steps.copy(), movable
        self.n_steps = costs.cost.shape[1]
        self.graph: PairGraph = pair_graph(costs)
        index = {key: i for i, key in enumerate(costs.signals)}
        self.nodes = [np.array([index[key] for key in wave.corridor.names]) for wave in waves]
        volumes = np.concatenate([np.concatenate([w.volume_out, w.volume_in]) for w in waves])
        self.total_volume = float(volumes.sum())
        self.band_value = band_value
        price = float(volumes.mean()) / self.total_volume * break_price * self.n_steps * costs.step_s
        self.rows = [self._rows(wave, price, shape) for wave in waves]
        self.lines = [
            lines_through(rows, self.steps[nodes]) for rows, nodes in zip(self.rows, self.nodes, strict=True)
        ]
        self.on_arterial = frozenset(node for nodes in self.nodes for node in nodes.tolist())

    def _rows(self, wave: Wave, price: float, shape: LinkBands) -> ArterialRows:
        """The arterial on the grid."""
        corridor, step_s = wave.corridor, self.costs.step_s
        greens = [
            [_green_steps(corridor, i, direction, self.n_steps, step_s) for i in range(len(corridor.signals))]
            for direction in Direction
        ]
        before, after = (np.array([[each[k] for each in way] for way in greens]) for k in range(2))
        if shape is LinkBands.SYMMETRIC:
            before = after = np.minimum(before, after)
        weight = np.stack([wave.volume_out, wave.volume_in]) * (step_s / self.total_volume)
        return ArterialRows(
            np.rint(corridor.travel_s(Direction.OUTBOUND) / step_s).astype(np.int64),
            np.rint(-corridor.travel_s(Direction.INBOUND) / step_s).astype(np.int64),
            before,
            after,
            weight,
            price,
        )

    def improve_arterial(self, number: int) -> None:
        """Give one arterial its best offsets and lines; all else stays."""
        nodes, rows = self.nodes[number], self.rows[number]
        inside = set(nodes.tolist())
        own = np.array([self._cost_alone(node, inside, number) for node in nodes.tolist()])
        pair = np.array([self._pair_cost(a, b) for a, b in pairwise(nodes.tolist())])
        worth = replace(rows, weight=rows.weight * self.band_value, price=rows.price * self.band_value)
        self.steps[nodes] = best_lines(worth, own, pair.reshape(len(nodes) - 1, self.n_steps)).offset
        self.lines[number] = lines_through(rows, self.steps[nodes])

    def improve_others(self) -> None:
        """Give each signal beside the arterials its best offset, until none gets better."""
        others = [
            node for node in range(len(self.steps)) if self.movable[node] and node not in self.on_arterial
        ]
        for _ in range(SWEEPS):
            changed = False
            for node in others:
                cost = self._delay_by_offset(node, frozenset())
                best = int(np.argmin(np.round(cost, 9)))
                if cost[best] < cost[self.steps[node]] - 1e-9:
                    self.steps[node], changed = best, True
            if not changed:
                return

    def _cost_alone(self, node: int, inside: set[int], number: int) -> FloatArray:
        """Cost of a signal's offset by all that is no part of its arterial, shape (n_steps,)."""
        if not self.movable[node]:
            cost = np.full(self.n_steps, np.inf)
            cost[self.steps[node]] = 0.0
            return cost
        cost = self._delay_by_offset(node, frozenset(inside))
        for other, lines in enumerate(self.lines):
            if other != number and node in self.nodes[other]:
                place = int(np.flatnonzero(self.nodes[other] == node)[0])
                cost -= self.band_value * self._band_by_offset(other, place, lines)
        return cost

    def _delay_by_offset(self, node: int, without: frozenset[int]) -> FloatArray:
        """Delay on the links to a signal's neighbors by its offset, shape (n_steps,)."""
        graph, cost = self.graph, np.zeros(self.n_steps)
        for side in range(graph.starts[node], graph.starts[node + 1]):
            neighbor = int(graph.neighbor[side])
            if neighbor in without:
                continue
            table = self.costs.cost[graph.pair[side]]
            offsets = np.arange(self.n_steps)
            difference = (
                self.steps[neighbor] - offsets if graph.sign[side] > 0 else offsets - self.steps[neighbor]
            )
            cost += table[difference % self.n_steps]
        return cost

    def _pair_cost(self, first: int, second: int) -> FloatArray:
        """Delay between two signals by the second's offset less the first's, shape (n_steps,)."""
        graph, cost = self.graph, np.zeros(self.n_steps)
        for side in range(graph.starts[first], graph.starts[first + 1]):
            if graph.neighbor[side] == second:
                table = self.costs.cost[graph.pair[side]]
                cost += table if graph.sign[side] > 0 else np.roll(table[::-1], 1)
        return cost

    def _band_by_offset(self, number: int, place: int, lines: ArterialLines) -> FloatArray:
        """Worth of the bands that pass a signal of another arterial, by its offset, with that one's lines."""
        rows = self.rows[number]
        value = np.zeros(self.n_steps)
        for offset in range(self.n_steps):
            moved = self.steps[self.nodes[number]]
            moved[place] = offset
            for link in (place - 1, place):
                if 0 <= link < rows.n - 1:
                    value[offset] += sum(self._link_value(rows, lines, moved, link))
        return value

    def _link_value(
        self, rows: ArterialRows, lines: ArterialLines, offset: IntArray, link: int
    ) -> tuple[float, float]:
        """Worth of both bands of a link, less the price of breaks; a line that meets red breaks."""
        found = []
        for way, line in ((0, lines.out), (1, lines.into)):
            band = link_band(rows, lines, offset, link, way)
            goes_on = line[link] == line[link + 1] and band >= 0
            found.append(float(rows.weight[way, link] * band) if goes_on else -rows.price)
        return found[0], found[1]

    def state(self) -> WavePlan:
        """What is found so far."""
        band = most = 0.0
        n_breaks = 0
        for number, lines in enumerate(self.lines):
            rows = self.rows[number]
            lines = replace(lines, offset=self.steps[self.nodes[number]])
            for link in range(rows.n - 1):
                for way, line in ((0, lines.out), (1, lines.into)):
                    weight = float(rows.weight[way, link])
                    steps = link_band(rows, lines, lines.offset, link, way)
                    goes_on = line[link] == line[link + 1] and steps >= 0
                    band += weight * max(steps, 0) * goes_on
                    n_breaks += not goes_on
                    room = rows.before[way, link : link + 2] + rows.after[way, link : link + 2]
                    most += weight * float(min(room.max(axis=1).min(), self.n_steps))
        kept = tuple(
            replace(lines, offset=self.steps[nodes].copy())
            for nodes, lines in zip(self.nodes, self.lines, strict=True)
        )
        share = band / most if most else 0.0
        return WavePlan(self.steps.copy(), kept, share, n_breaks, self.costs.value(self.steps))

    def value(self, plan: WavePlan) -> float:
        """Bands less price and delay of a state."""
        bands = 0.0
        for rows, lines in zip(self.rows, plan.lines, strict=True):
            bands += sum(sum(self._link_value(rows, lines, lines.offset, k)) for k in range(rows.n - 1))
        return self.band_value * bands - plan.delay


def link_band(rows: ArterialRows, lines: ArterialLines, offset: IntArray, link: int, way: int) -> int:
    """Band of a link in steps about the line that leaves its first signal; `RED` where it meets red."""
    steps = rows.before.shape[2]
    line = (lines.out, lines.into)[way]
    shift = rows.ahead if way == 0 else -rows.back
    at = [(int(line[link]) + int(shift[k]) - int(offset[k])) % steps for k in (link, link + 1)]
    before = [int(rows.before[way, k, t]) for k, t in zip((link, link + 1), at, strict=True)]
    after = [int(rows.after[way, k, t]) for k, t in zip((link, link + 1), at, strict=True)]
    return RED if min(before) < 0 else min(min(before) + min(after), steps)


def _green_steps(
    corridor: Corridor, signal: int, direction: Direction, n_steps: int, step_s: Seconds
) -> tuple[IntArray, IntArray]:
    """Steps of green before and after each time since the plan's start, shape (n_steps,) each."""
    before = np.full(n_steps, RED, dtype=np.int64)
    after = np.full(n_steps, RED, dtype=np.int64)
    for start, green in corridor.windows(signal, 0, direction):
        if green > corridor.cycle_s[0] - TOLERANCE_S:
            return np.full(n_steps, n_steps, dtype=np.int64), np.full(n_steps, n_steps, dtype=np.int64)
        first, last = int(np.ceil(start / step_s - 1e-6)), int(np.floor((start + green) / step_s + 1e-6))
        last = max(last, first)  # also a green that no step of the grid falls into
        places = np.arange(first, min(last, first + n_steps - 1) + 1)
        before[places % n_steps] = places - first
        after[places % n_steps] = last - places
    return before, after
