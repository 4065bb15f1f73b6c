"""How far queues reach back on the road that is there for them, over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from trafficopt.model.link_storage import FAR_STORAGE_M
from trafficopt.model.queues.passages import Passages
from trafficopt.model.queues.state import WAVE_M_S
from trafficopt.network import Link, Network
from trafficopt.problem import Problem
from trafficopt.table_repr import Tabled
from trafficopt.units import BoolArray, FloatArray, Meters, Seconds, SecondsArray, read_only
from trafficopt.unknown_name import unknown_name

GRID_M: Meters = 2.0
HELD_S: Seconds = 2.0  # who loses less follows somebody and stands in no queue


@dataclass(frozen=True, slots=True, repr=False)
class LinkQueues(Tabled):
    """Back of the queue before some stop lines.

    Attributes
    ----------
    links
        That lead to the stop lines.
    times_s
        Moments [s from midnight], ascending, shape (n_times,).
    back_m
        Distance from the stop line to the back of the queue, shape (n_links, n_times).
    storage_m
        Road for the queue: the link and those that alone lead to it, shape (n_links,).
    space_m
        Road that a standing vehicle takes.
    """

    links: tuple[str, ...]
    times_s: SecondsArray = field(repr=False)
    back_m: FloatArray = field(repr=False)
    storage_m: FloatArray = field(repr=False)
    space_m: Meters

    def __post_init__(self) -> None:
        for array in (self.times_s, self.back_m, self.storage_m):
            read_only(array)

    @property
    def share(self) -> FloatArray:
        """Part of the road that the queue takes, shape (n_links, n_times)."""
        return np.asarray(self.back_m / self.storage_m[:, None])

    @property
    def full(self) -> BoolArray:
        """Whether no further vehicle has room before the begin of the road, shape (n_links, n_times)."""
        return np.asarray(self.back_m > (self.storage_m - self.space_m)[:, None])

    def spillbacks(self, link: str) -> tuple[tuple[Seconds, Seconds], ...]:
        """From when until when the road is full, each time [s from midnight]."""
        full = np.concatenate([[False], self.full[self.links.index(link)], [False]])
        edges = np.minimum(np.flatnonzero(full[1:] != full[:-1]), len(self.times_s) - 1)
        return tuple(zip(self.times_s[edges[::2]].tolist(), self.times_s[edges[1::2]].tolist(), strict=True))


def link_queues(
    problem: Problem, passages: Passages, links: Sequence[str] = (), step_s: Seconds = 5.0
) -> LinkQueues:
    """Follow the back of the queue before stop lines of signals.

    The vehicles between a stop line and a place d before it stand there: those that would have come to the
    stop line by the time t + d / v, less those that have left by t - d / w, since the news that somebody has
    left travels back with w = 8 m/s, as in the queue model. The queue ends where they fill the lanes no more
    (Newell 1993, kinematic waves). Lanes of a link are taken together. A queue goes on into the link that
    alone leads there if the vehicles that are held would fill one lane: turn lanes fill unevenly.

    Parameters
    ----------
    passages
        Of the queue model.
    links
        Links that lead to stop lines; by default those of all signals.
    step_s
        Time between two moments.

    Raises
    ------
    InputError
        If the network has no such link.
    """
    network, settings = problem.network, problem.scenario.simulation
    lines = dict.fromkeys(m.from_link for node in network.intersections for m in node.movements)
    if unknown := [key for key in links if key not in network.links]:
        raise unknown_name("network", "link", unknown[0], lines)
    chosen = tuple(links or lines)
    times_s = np.arange(0.0, settings.period_s + 1e-6, step_s)
    back, storage = np.zeros((len(chosen), len(times_s))), np.zeros(len(chosen))
    for k, key in enumerate(chosen):
        goes_on = np.ones(len(times_s), dtype=np.bool_)
        for link in storage_links(network, key):
            held_m, fills = _queue_on(network.links[link], passages, times_s, problem.space_m)
            back[k] = np.where(goes_on & (held_m > 0.0), storage[k] + held_m, back[k])
            goes_on &= fills
            storage[k] += network.links[link].length_m
    return LinkQueues(chosen, times_s + settings.begin_s, back, storage, problem.space_m)


def storage_links(network: Network, link: str) -> tuple[str, ...]:
    """A link and those that alone lead there, from the stop line back, until the road is long enough.

    A way back from where these links lead does not count.
    """
    found, ahead = [link], {network.links[link].to_node}
    while sum(network.links[key].length_m for key in found) < FAR_STORAGE_M:
        here = network.links[found[-1]].from_node
        leading = [key for start, _, key in network.graph.in_edges(here, keys=True) if start not in ahead]
        if len(leading) != 1 or here in ahead:
            break
        found.append(leading[0])
        ahead.add(here)
    return tuple(found)


def _queue_on(
    link: Link, passages: Passages, times_s: SecondsArray, space_m: Meters
) -> tuple[FloatArray, BoolArray]:
    """Distance from the end of a link to the back of the queue on it [m], and whether it may go on beyond.

    Both of shape (n_times,).
    """
    own = [k for k, (from_link, _) in enumerate(passages.movements) if from_link == link.id]
    held = np.isin(passages.movement, own) & (passages.passed_s - passages.reached_s >= HELD_S)
    if not held.any():
        return np.zeros(len(times_s)), np.zeros(len(times_s), dtype=np.bool_)
    reached, passed = np.sort(passages.reached_s[held]), np.sort(passages.passed_s[held])
    away = np.linspace(0.0, link.length_m, max(1, round(link.length_m / GRID_M)) + 1)
    came = np.searchsorted(reached, times_s[:, None] + away / link.speed_m_s, side="right")
    left = np.searchsorted(passed, times_s[:, None] - away / WAVE_M_S, side="right")
    of_a_lane = away / space_m
    free = came - left <= of_a_lane * link.n_lanes
    back_m = np.where(free.any(axis=1), away[np.argmax(free, axis=1)], link.length_m)
    near = away <= max(0.0, link.length_m - space_m)
    return back_m, np.all((came - left)[:, near] > of_a_lane[near], axis=1)
