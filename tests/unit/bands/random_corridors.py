"""Arterials for tests of bands: the golden ones, and random ones of 150 to 600 m links by seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from trafficopt.model.arterial_ways import Direction
from trafficopt.model.corridor import Corridor, CorridorLink, CorridorSignal, Pattern, Span
from trafficopt.units import Seconds

OUT, IN = Direction.OUTBOUND, Direction.INBOUND
LAGS = ((0, 0), (0, 1), (1, 0), (1, 1))
"""Whether the outbound and the inbound left turn come last, of each pattern of a street with left turns."""


@dataclass(frozen=True, slots=True)
class LeftTurns:
    """Left greens of both directions and the red that both through movements share [share of the cycle]."""

    out: float
    back: float
    red: float

    def patterns(self, lags: Sequence[tuple[int, int]] = LAGS) -> tuple[Pattern, ...]:
        """Through greens: each is red while the left turn against it is green."""
        street = 1.0 - self.red
        return tuple(
            Pattern(
                Span(0.0, self.back * (1 - back_lags)),
                Span(0.0, street - self.back),
                Span(0.0, self.out * (1 - out_lags)),
                Span(0.0, street - self.out),
            )
            for out_lags, back_lags in lags
        )


def by_seconds(
    cycle_s: Seconds,
    greens: tuple[Sequence[Seconds], Sequence[Seconds]],
    travel: tuple[Sequence[Seconds], Sequence[Seconds]],
    starts: tuple[Sequence[Seconds], Sequence[Seconds]] | None = None,
    weights: tuple[Sequence[float], Sequence[float]] | None = None,
    queues: tuple[Sequence[Seconds], Sequence[Seconds]] | None = None,
) -> Corridor:
    """Corridor with one pattern each, from seconds of the outbound and of the inbound direction."""
    n = len(greens[0])
    starts = starts or ([0.0] * n, [0.0] * n)
    weights = weights or ([1.0] * (n - 1), [1.0] * (n - 1))
    queues = queues or ([0.0] * (n - 1), [0.0] * (n - 1))
    rows = zip(starts[0], greens[0], starts[1], greens[1], strict=True)
    signals = tuple(
        CorridorSignal(f"s{i}", (Pattern(*(Span(float(value)) for value in row)),))
        for i, row in enumerate(rows)
    )
    links = tuple(
        CorridorLink((out, out), (back, back), *more)
        for out, back, *more in zip(*travel, *queues, *weights, strict=True)
    )
    return Corridor("by seconds", (cycle_s, cycle_s), signals, links)


WEIGHTS = ([1.0, 1.5, 0.8], [0.7, 1.2, 1.0])
S0 = by_seconds(
    60.0,
    ([31, 28, 27, 23], [24, 20, 21, 20]),
    ([13, 34, 28], [37, 24, 27]),
    ([58, 43, 37, 32], [59, 53, 31, 39]),
    WEIGHTS,
)
S1 = by_seconds(
    60.0,
    ([26, 27, 30, 33], [20, 22, 31, 33]),
    ([15, 17, 35], [21, 16, 34]),
    ([15, 24, 38, 32], [5, 12, 46, 38]),
    WEIGHTS,
)


def little(
    cycle_s: tuple[Seconds, Seconds] = (55.0, 75.0),
    speed_m_s: tuple[float, float] = (13.4, 17.9),
    change_s_m: float | None = 0.0121,
) -> Corridor:
    """Ten signals of Little's paper of 1966; greens are shares of the cycle, the same both ways."""
    lengths = (168, 213, 335, 213, 244, 198, 122, 213, 137)
    greens = (0.53, 0.60, 0.60, 0.53, 0.52, 0.58, 0.60, 0.60, 0.60, 0.58)
    slow, fast = speed_m_s
    signals = tuple(
        CorridorSignal(f"s{i}", (Pattern(Span(), Span(0.0, share), Span(), Span(0.0, share)),))
        for i, share in enumerate(greens)
    )
    links = tuple(
        CorridorLink((m / fast, m / slow), (m / fast, m / slow), length_m=float(m)) for m in lengths
    )
    return Corridor("little", cycle_s, signals, links, slowness_change_s_m=change_s_m)


def random_corridor(
    seed: int,
    n: int,
    *,
    patterns: int = 1,
    queues: bool = False,
    double: float = 0.0,
    vary: float = 0.0,
    greens: tuple[float, float] = (0.35, 0.60),
    weighted: bool = False,
) -> Corridor:
    """Make an arterial with links of 150 to 600 m, driven at 11 to 16 m/s.

    Parameters
    ----------
    patterns
        Orders of left turns that each signal may run.
    queues
        Whether queues take up to 6 s to clear.
    double
        Share of signals with half the cycle; these have long greens.
    vary
        By what share speeds may differ from their mean; the cycle may be longer by twice this.
    greens
        Shortest and longest through green [share of the cycle].
    """
    rng = np.random.default_rng(seed)
    cycle_s = float(rng.integers(60, 101))
    mean_m_s, lengths = float(rng.uniform(11.0, 16.0)), rng.uniform(150.0, 600.0, n - 1)
    signals = tuple(_signal(rng, i, patterns, double, greens) for i in range(n))
    links = []
    for length_m in lengths.tolist():
        out_s, in_s = length_m / (mean_m_s * rng.uniform(0.9, 1.1, 2))
        queue = rng.uniform(0.0, 6.0, 2) if queues else np.zeros(2)
        weight = rng.uniform(0.5, 2.0, 2) if weighted else np.ones(2)
        links.append(
            CorridorLink(
                (float(out_s) / (1.0 + vary), float(out_s) / (1.0 - vary)),
                (float(in_s) / (1.0 + vary), float(in_s) / (1.0 - vary)),
                float(queue[0]),
                float(queue[1]),
                float(weight[0]),
                float(weight[1]),
                length_m,
            )
        )
    return Corridor(f"random {seed}", (cycle_s, cycle_s * (1.0 + 2.0 * vary)), signals, tuple(links))


def without(corridor: Corridor, index: int) -> Corridor:
    """Leave out a signal; the two links beside it become one, or the link at the end goes."""
    signals = corridor.signals[:index] + corridor.signals[index + 1 :]
    links = corridor.links
    if 0 < index < len(corridor.signals) - 1:
        here, there = links[index - 1 : index + 1]
        joined = replace(
            here,
            travel_out_s=_both(here.travel_out_s, there.travel_out_s),
            travel_in_s=_both(here.travel_in_s, there.travel_in_s),
            queue_out_s=here.queue_out_s + there.queue_out_s,
            queue_in_s=here.queue_in_s + there.queue_in_s,
            length_m=(here.length_m or 0.0) + (there.length_m or 0.0),
        )
        links = (*links[: index - 1], joined, *links[index + 1 :])
    else:
        links = links[1:] if index == 0 else links[:-1]
    return replace(corridor, signals=signals, links=links)


def _both(here_s: tuple[Seconds, Seconds], there_s: tuple[Seconds, Seconds]) -> tuple[Seconds, Seconds]:
    """Least and longest travel time over two links [s]."""
    return here_s[0] + there_s[0], here_s[1] + there_s[1]


def turned(corridor: Corridor) -> Corridor:
    """The same street looked at from its other end: outbound is inbound, and the last signal is the first."""
    signals = tuple(
        replace(
            signal,
            patterns=tuple(
                Pattern(each.start_in, each.green_in, each.start_out, each.green_out)
                for each in signal.patterns
            ),
        )
        for signal in reversed(corridor.signals)
    )
    links = tuple(
        replace(
            link,
            travel_out_s=link.travel_in_s,
            travel_in_s=link.travel_out_s,
            queue_out_s=link.queue_in_s,
            queue_in_s=link.queue_out_s,
            weight_out=link.weight_in,
            weight_in=link.weight_out,
        )
        for link in reversed(corridor.links)
    )
    volumes = (corridor.volume_in, corridor.volume_out)
    return replace(corridor, signals=signals, links=links, volume_out=volumes[0], volume_in=volumes[1])


def _signal(
    rng: np.random.Generator, number: int, patterns: int, double: float, greens: tuple[float, float]
) -> CorridorSignal:
    """A signal whose through greens are within `greens`, and start anywhere in the plan."""
    twice = bool(rng.random() < double)
    out, back = rng.uniform(*greens, 2)
    if twice:
        out, back = rng.uniform(0.6, 0.8, 2)
    if patterns == 1:
        starts = rng.uniform(0.0, 1.0, 2)
        only = Pattern(Span(0.0, starts[0]), Span(0.0, out), Span(0.0, starts[1]), Span(0.0, back))
        return CorridorSignal(f"s{number}", (only,), twice)
    street = min(0.95, max(out, back) + float(rng.uniform(0.08, 0.15)))
    turns = LeftTurns(float(street - back), float(street - out), float(1.0 - street))
    return CorridorSignal(f"s{number}", turns.patterns(LAGS[:patterns]), twice)
