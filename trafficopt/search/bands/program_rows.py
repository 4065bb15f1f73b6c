"""Variables and rows of the mixed-integer program of bands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from scipy.sparse import csr_array

from trafficopt.model.corridor import Corridor, Span
from trafficopt.search.bands.choices import ALWAYS, Choice, choices
from trafficopt.units import FloatArray, IntArray

Terms = Mapping[int, float]
"""Factors of variables by their index."""


class BandModel(StrEnum):
    """What bands are made large."""

    MAXBAND = "maxband"
    MULTIBAND = "multiband"
    AMBAND = "amband"
    PARTITION = "partition"

    @property
    def by_link(self) -> bool:
        """Whether each link has bands of its own."""
        return self is not BandModel.MAXBAND


@dataclass(slots=True)
class _Rows:
    """Rows of a linear program, each between two bounds."""

    terms: list[Terms] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)

    def add(self, terms: Terms, low: float = -np.inf, high: float = np.inf) -> None:
        """Keep the sum of `terms` between `low` and `high`."""
        self.terms.append(terms)
        self.low.append(low)
        self.high.append(high)

    def arrays(self, size: int) -> tuple[csr_array, FloatArray, FloatArray]:
        """Matrix and bounds for SciPy."""
        entries = [(i, k, factor) for i, row in enumerate(self.terms) for k, factor in row.items()]
        rows, columns, factors = (np.array(each) for each in zip(*entries, strict=True))
        matrix = csr_array((factors, (rows, columns)), shape=(len(self.terms), size))
        return matrix, np.array(self.low), np.array(self.high)


def _sum(*parts: tuple[float, Terms]) -> Terms:
    """Weighted sum of terms."""
    total: dict[int, float] = {}
    for weight, terms in parts:
        for index, factor in terms.items():
            total[index] = total.get(index, 0.0) + weight * factor
    return total


class Program:
    """The program of a corridor; each direction is 0 (outbound) or 1 (inbound)."""

    def __init__(self, corridor: Corridor, model: BandModel, break_price: float) -> None:
        self.corridor, self.model, self.break_price = corridor, model, break_price
        self.n, self.size = len(corridor.signals), 0
        self.bounds: list[tuple[float, float]] = []
        self.is_whole: list[int] = []
        self.rows = _Rows()
        shortest, longest = corridor.cycle_s
        self.frequency = self._variable(1.0 / longest, 1.0 / shortest)  # cycles a second
        self.of_signal = [choices(corridor, signal) for signal in corridor.signals]
        self.chosen = [[self._variable(0, 1, whole=True) for _ in each] for each in self.of_signal]
        self.scaled = [self._scaled(each) for each in self.chosen]
        self.offset = [self._variable(-np.inf, np.inf) for _ in corridor.signals]
        self.line = [[self._variable(0.0, 1.0) for _ in range(2)] for _ in corridor.signals]
        self.travel = [self._travel(k) for k in range(self.n - 1)]
        self.breaks = [
            [self._variable(0, int(model is BandModel.PARTITION), whole=True) for _ in range(2)]
            for _ in corridor.links
        ]
        for link in range(self.n - 1):
            self._connect(link)
        self.band = self._bands()
        self._limit_speed_changes()

    @property
    def low(self) -> FloatArray:
        """Lower bounds of the variables."""
        return np.array([low for low, _ in self.bounds])

    @property
    def high(self) -> FloatArray:
        """Upper bounds of the variables."""
        return np.array([high for _, high in self.bounds])

    @property
    def whole(self) -> IntArray:
        """Which variables are whole numbers."""
        return np.array(self.is_whole)

    @property
    def cost(self) -> FloatArray:
        """What is made small: minus the bands, and the price of breaks."""
        cost = np.zeros(self.size)
        for (link, way), terms in self.band.items():
            weight = 1.0
            if self.model.by_link:
                weight = (self.corridor.links[link].weight_out, self.corridor.links[link].weight_in)[way]
                weight /= self.n - 1
                cost[self.breaks[link][way]] = self.break_price / (self.n - 1)
            for index, factor in terms.items():
                cost[index] -= weight * factor
        return cost

    def _variable(self, low: float, high: float, *, whole: bool = False) -> int:
        self.bounds.append((low, high))
        self.is_whole.append(int(whole))
        self.size += 1
        return self.size - 1

    def _scaled(self, chosen: list[int]) -> list[int]:
        """The frequency times each choice: one choice is 1, and its product is the frequency."""
        low, high = self.bounds[self.frequency]
        if len(chosen) == 1:
            self.rows.add({chosen[0]: 1.0}, 1.0, 1.0)
            return [self.frequency]
        products = [self._variable(0.0, high) for _ in chosen]
        self.rows.add(dict.fromkeys(chosen, 1.0), 1.0, 1.0)
        self.rows.add({**dict.fromkeys(products, 1.0), self.frequency: -1.0}, 0.0, 0.0)
        for product, choice in zip(products, chosen, strict=True):
            self.rows.add({product: 1.0, choice: -low}, low=0.0)
            self.rows.add({product: 1.0, choice: -high}, high=0.0)
        return products

    def _span(self, signal: int, what: str) -> Terms:
        """A start or a green of a signal, as a share of the cycle."""
        terms: dict[int, float] = {}
        for k, choice in enumerate(self.of_signal[signal]):
            span: Span = getattr(choice, what)
            for index, factor in (
                (self.chosen[signal][k], span.share),
                (self.scaled[signal][k], span.seconds),
            ):
                terms[index] = terms.get(index, 0.0) + factor
        return terms

    def _travel(self, link: int) -> tuple[int, int]:
        """Travel times each way as a share of the cycle."""
        this = self.corridor.links[link]
        found = []
        for least, most in (this.travel_out_s, this.travel_in_s):
            time = self._variable(0.0, np.inf)
            self.rows.add({time: 1.0, self.frequency: -least}, low=0.0)
            self.rows.add({time: 1.0, self.frequency: -most}, high=0.0)
            found.append(time)
        return found[0], found[1]

    def _connect(self, link: int) -> None:
        """Lines go on from a signal to the next, unless they break; whole cycles are in the inbound row."""
        here, there, this = link, link + 1, self.corridor.links[link]
        may_break = self.model is BandModel.PARTITION
        out = _sum(
            (1.0, {self.offset[there]: 1.0, self.line[there][0]: 1.0, self.offset[here]: -1.0}),
            (1.0, self._span(there, "start_out")),
            (-1.0, self._span(here, "start_out")),
            (1.0, {self.line[here][0]: -1.0, self.travel[link][0]: -1.0, self.frequency: this.queue_out_s}),
        )
        self._equal(out, self.breaks[link][0])
        cycles = self._variable(*self._whole_cycles(link, 1.0 if may_break else 0.0), whole=True)
        back = _sum(
            (1.0, {self.offset[here]: 1.0, self.line[here][1]: 1.0, self.offset[there]: -1.0}),
            (1.0, self._span(here, "start_in")),
            (-1.0, self._span(there, "start_in")),
            (1.0, {self.line[there][1]: -1.0, self.travel[link][1]: -1.0, self.frequency: this.queue_in_s}),
            (1.0, {cycles: 1.0}),
        )
        self._equal(back, self.breaks[link][1])

    def _equal(self, terms: Terms, breaks: int) -> None:
        """Keep `terms` at 0; if the line breaks, within half a cycle, which is no limit on a circle."""
        if self.model is not BandModel.PARTITION:
            self.rows.add(terms, 0.0, 0.0)
            return
        self.rows.add({**terms, breaks: -0.5}, high=0.0)
        self.rows.add({**terms, breaks: 0.5}, low=0.0)

    def _whole_cycles(self, link: int, more: float) -> tuple[int, int]:
        """Least and most whole cycles of a link, from what lines, starts and travel times can add up to.

        `more` stands for what broken lines add.
        """
        this, cycles = self.corridor.links[link], self.corridor.cycle_s
        ends = [self._ends(signal) for signal in (link, link + 1)]
        (least_before, most_before), (least_after, most_after) = (each[0] for each in ends)
        longest_out = [max(each[1] for each in end[1]) for end in ends]
        longest_in = [max(each[2] for each in end[1]) for end in ends]
        clear = [(this.queue_out_s + this.queue_in_s) / cycle for cycle in cycles]
        fast = (this.travel_out_s[0] + this.travel_in_s[0]) / cycles[1]
        slow = (this.travel_out_s[1] + this.travel_in_s[1]) / cycles[0]
        low = fast + least_after - most_before - longest_out[1] - longest_in[0] - max(clear) - more
        high = slow + most_after - least_before + longest_out[0] + longest_in[1] - min(clear) + more
        return int(np.ceil(low - 1e-9)), int(np.floor(high + 1e-9))

    def _ends(self, signal: int) -> tuple[tuple[float, float], list[tuple[Choice, float, float]]]:
        """Least and largest inbound start less outbound start, and the longest greens of each choice."""
        cycles = self.corridor.cycle_s
        apart = [
            (choice.start_in.at(cycle) - choice.start_out.at(cycle)) / cycle
            for choice in self.of_signal[signal]
            for cycle in cycles
        ]
        longest = [
            (
                choice,
                max(choice.green_out.at(cycle) / cycle for cycle in cycles),
                max(choice.green_in.at(cycle) / cycle for cycle in cycles),
            )
            for choice in self.of_signal[signal]
        ]
        return (min(apart), max(apart)), longest

    def _bands(self) -> dict[tuple[int, int], Terms]:
        """Terms of each band, by link and direction; of two through all signals for link 0 alone."""
        if not self.model.by_link:
            found: dict[tuple[int, int], Terms] = {}
            for way in range(2):
                band = self._variable(0.0, 1.0)
                for signal in range(self.n):
                    self._fit(signal, way, {}, {band: 1.0})
                found[0, way] = {band: 1.0}
            return found
        return {(link, way): self._link_band(link, way) for link in range(self.n - 1) for way in range(2)}

    def _link_band(self, link: int, way: int) -> Terms:
        """Parts of a link's band before and after the line, both within the greens at its ends."""
        before = self._variable(0.0, 1.0)
        after = before if self.model is BandModel.MULTIBAND else self._variable(0.0, 1.0)
        for signal in (link, link + 1):
            self._fit(signal, way, {before: 1.0}, {after: 1.0})
        terms = _sum((1.0, {before: 1.0}), (1.0, {after: 1.0}))
        if self.model is BandModel.PARTITION:
            self.rows.add({**terms, self.breaks[link][way]: 1.0}, high=1.0)
        return terms

    def _fit(self, signal: int, way: int, before: Terms, after: Terms) -> None:
        """Keep `before` and `after` the line within the green of a signal, if that has an end."""
        what = ("green_out", "green_in")[way]
        if all(getattr(choice, what) == ALWAYS for choice in self.of_signal[signal]):
            return
        line = {self.line[signal][way]: 1.0}
        green = self._span(signal, what)
        self.rows.add(_sum((1.0, line), (-1.0, before)), low=0.0)
        self.rows.add(_sum((1.0, green), (-1.0, line), (-1.0, after)), low=0.0)

    def _limit_speed_changes(self) -> None:
        """Bound the change of 1 / speed from a link to the next."""
        limit = None if self.corridor.is_fixed else self.corridor.slowness_change_s_m
        for link in range(self.n - 2) if limit is not None else ():
            lengths = [self.corridor.links[k].length_m or 1.0 for k in (link, link + 1)]
            for way in range(2):
                change = {
                    self.travel[link + 1][way]: 1.0 / lengths[1],
                    self.travel[link][way]: -1.0 / lengths[0],
                }
                self.rows.add({**change, self.frequency: -float(limit or 0.0)}, high=0.0)
                self.rows.add({**change, self.frequency: float(limit or 0.0)}, low=0.0)
