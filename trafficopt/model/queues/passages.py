"""When each vehicle came to each stop line and passed it: queues and flows over time."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from trafficopt.model.queues.fleet import Fleet
from trafficopt.model.queues.shown import YIELD, Shown
from trafficopt.model.queues.state import State
from trafficopt.table_repr import Table, Tabled
from trafficopt.units import BoolArray, FloatArray, IntArray, SecondsArray, read_only


@dataclass(frozen=True, slots=True, repr=False)
class Passages(Tabled):
    """Vehicles at the stop lines of a run, in the order in which they reached them.

    Attributes
    ----------
    movements
        From and to link of each movement, n_movements of them.
    movement
        Index of the movement, shape (n,).
    reached_s, passed_s
        When the vehicle would have passed if nothing had held it, and when it did (inf: not by the end)
        [s from the begin of the window], shape (n,).
    on_green
        Whether it reached the line while its signal was green, bool array of shape (n,); True without signal.
    """

    movements: tuple[tuple[str, str], ...] = field(repr=False)
    movement: IntArray = field(repr=False)
    reached_s: SecondsArray = field(repr=False)
    passed_s: SecondsArray = field(repr=False)
    on_green: BoolArray = field(repr=False)

    def __post_init__(self) -> None:
        for array in (self.movement, self.reached_s, self.passed_s, self.on_green):
            read_only(array)

    def _table(self) -> Table:
        return Table(f"Passages: {len(self.movement)} at {len(np.unique(self.movement))} movements")

    def arrivals_on_green(self) -> FloatArray:
        """Share of each movement's vehicles that came on green, shape (n_movements,); nan where none came."""
        n = len(self.movements)
        came = np.bincount(self.movement, minlength=n)
        green = np.bincount(self.movement, self.on_green, n)
        return np.divide(green, came, out=np.full(n, np.nan), where=came > 0)

    def queue_veh(self, times_s: SecondsArray) -> IntArray:
        """Vehicles of each movement that are held up at each moment, shape (n_movements, n_times)."""
        return self._counted(self.reached_s, times_s) - self._counted(self.passed_s, times_s)

    def passed_veh(self, times_s: SecondsArray) -> IntArray:
        """Vehicles of each movement that have passed by each moment, shape (n_movements, n_times)."""
        return self._counted(self.passed_s, times_s)

    def _counted(self, moments_s: SecondsArray, times_s: SecondsArray) -> IntArray:
        found = np.zeros((len(self.movements), len(times_s)), dtype=np.int64)
        for k in np.unique(self.movement):
            found[k] = np.searchsorted(np.sort(moments_s[self.movement == k]), times_s, side="right")
        return found


def passages_of(
    fleet: Fleet,
    state: State,
    shown: Shown,
    movements: tuple[tuple[str, str], ...],
    links: tuple[str, ...],
    heads: dict[int, tuple[tuple[int, int], ...]],
) -> Passages:
    """Passages of a recorded run.

    Parameters
    ----------
    heads
        Signal and head (indices) of each signalized movement's connections, by movement.
    """
    index = {movement: k for k, movement in enumerate(movements)}
    end = float(len(state.bucket) - 1)
    rows: list[tuple[float, float, int]] = []
    for vehicle in state.vehicles[state.vehicles.gone > 0]:
        route = int(np.searchsorted(fleet.place_at, vehicle.begin, side="right")) - 1
        driven = fleet.places.link[vehicle.begin : fleet.place_at[route + 1]]
        for j in range(min(int(vehicle.place - vehicle.begin) + 1, len(driven) - 1)):
            reached, passed = state.log[vehicle.log_at + j]
            if np.isnan(passed):
                reached, passed = vehicle.ready, np.inf
            if reached <= end:
                rows.append((float(reached), float(passed), index[links[driven[j]], links[driven[j + 1]]]))
    rows.sort()
    movement = np.array([row[2] for row in rows], dtype=np.int64)
    reached_s = np.array([row[0] for row in rows], dtype=np.float64)
    green = [_is_green(shown, heads.get(k, ()), int(t)) for k, t in zip(movement, reached_s, strict=True)]
    return Passages(
        movements=movements,
        movement=movement,
        reached_s=reached_s,
        passed_s=np.array([row[1] for row in rows], dtype=np.float64),
        on_green=np.array(green, dtype=np.bool_),
    )


def _is_green(shown: Shown, heads: tuple[tuple[int, int], ...], second: int) -> bool:
    """Whether any head of a movement is green; True without heads."""
    for signal, head in heads:
        s = shown.signals[signal]
        row = shown.row[s.second_at + (second + s.shift) % s.cycle]
        if shown.kind[s.kind_at + row * s.n_heads + head] >= YIELD:
            return True
    return not heads
