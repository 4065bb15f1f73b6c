"""The queue model beside SUMO, movement by movement and link by link."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from trafficopt.measured import FIRST_PLACE, LAST_PLACE, N_PLACES, Measured
from trafficopt.model.agreement import determination, rank_correlation
from trafficopt.model.queues.estimate import QueueEstimate
from trafficopt.model.queues.physics import following_speed_m_s, headway_s
from trafficopt.model.queues.queue_model import QueueModel
from trafficopt.problem import Problem
from trafficopt.table_repr import Column, Table, Tabled
from trafficopt.units import FloatArray, IntArray, Seconds

UNKNOWN = float("nan")


class Pair(NamedTuple):
    """One figure, as the model and as SUMO have it."""

    model: float
    sumo: float

    @property
    def difference(self) -> float:
        """The model's less SUMO's."""
        return self.model - self.sumo


NOT_KNOWN = Pair(UNKNOWN, UNKNOWN)


@dataclass(frozen=True, slots=True)
class Row:
    """One movement or link in both.

    Attributes
    ----------
    links
        From and to link of a movement, or the link alone.
    vehicles
        That left the link (or arrived on it); of an entry: that want to depart there.
    total_s
        Time that all of them lost [veh*s].
    share
        Part of the rows' total difference, 0 to 1: difference of `total_s` without its sign, over the sum
        of all rows.
    saturation_veh_h
        Discharge of a standing queue [veh/h], per lane; nan where it is not known.
    error_s
        Standard error of SUMO's delay a vehicle [s]; nan where it is not known.
    """

    links: tuple[str, ...]
    vehicles: Pair
    total_s: Pair
    share: float
    saturation_veh_h: Pair = NOT_KNOWN
    error_s: Seconds = UNKNOWN

    @property
    def name(self) -> str:
        """The link, or `from->to`."""
        return "->".join(self.links)

    @property
    def delay_s(self) -> Pair:
        """Delay a vehicle [s]; nan where there is none."""
        pairs = zip(self.total_s, self.vehicles, strict=True)
        return Pair(*(total / n if n > 0 else UNKNOWN for total, n in pairs))

    def queue_veh(self, period_s: Seconds) -> Pair:
        """Vehicles that are held up, mean over the window.

        By Little's law: time lost [veh*s] over the length of the window [s].
        """
        return Pair(self.total_s.model / period_s, self.total_s.sumo / period_s)


@dataclass(frozen=True, slots=True, repr=False)
class Reconciliation(Tabled):
    """What the queue model and SUMO say of one plan.

    Attributes
    ----------
    plan
        Its name.
    seeds
        SUMO's seeds; its figures are means of them.
    period_s
        Length of the window.
    estimate
        The model's answer.
    mean_delay_s
        Of all demanded vehicles.
    movements, entries
        A row for each movement, and for each link that vehicles waited to enter the network on, greatest
        difference of `total_s` first; shares are of movements and entries together.
    links
        A row for each link, time spent waiting to enter included; shares are of the links.
    r2
        How much of the spread of SUMO's delays a vehicle the model explains without any fitting:
        1 - sum of squared differences / sum of squares about SUMO's mean, over movements, weighted by
        vehicles in SUMO. 1 is agreement; below 0 the mean would do better. nan without spread.
    spearman
        Rank correlation of the delays a vehicle over movements, with the same weights.
    """

    plan: str
    seeds: tuple[int, ...]
    period_s: Seconds
    estimate: QueueEstimate = field(repr=False)
    mean_delay_s: Pair
    movements: tuple[Row, ...] = field(repr=False)
    entries: tuple[Row, ...] = field(repr=False)
    links: tuple[Row, ...] = field(repr=False)
    r2: float
    spearman: float

    def worst(self, n: int = 10) -> tuple[Row, ...]:
        """Movements and entries with the greatest differences of all vehicles' delay."""
        rows = [row for row in (*self.movements, *self.entries) if row.share > 0]
        return tuple(sorted(rows, key=lambda row: -row.share)[:n])

    def _table(self) -> Table:
        columns = (
            Column("place"),
            Column("model", "s", 1),
            Column("SUMO", "s", 1),
            Column("share of difference", "", 2),
        )
        rows = [(row.name, row.delay_s.model, row.delay_s.sumo, row.share) for row in self.worst()]
        mean = f"{self.mean_delay_s.model:.1f} s in the model, {self.mean_delay_s.sumo:.1f} s in SUMO"
        note = f"{len(self.movements)} movements, R2 {self.r2:.2f}, Spearman {self.spearman:.2f}"
        return Table(f"Reconciliation of {self.plan}: mean delay {mean}", columns, rows, (note,))


def reconciled(
    problem: Problem, estimate: QueueEstimate, measured: Measured, saturation_veh_h: FloatArray
) -> Reconciliation:
    """Lay an estimate and SUMO's figures of the same plan side by side.

    Parameters
    ----------
    estimate, measured
        Of the problem's network.
    saturation_veh_h
        The model's discharge of a standing queue by movement [veh/h], per lane; nan where unknown.

    Raises
    ------
    ValueError
        If the two are of different networks.
    """
    if estimate.movements != measured.movements or len(estimate.link_left) != len(measured.links):
        raise ValueError("the estimate and SUMO's figures are of different networks")
    departing = Counter(route[0] for route in problem.scenario.demand.routes)
    wanted = np.array([departing[link] for link in measured.links], dtype=np.float64)
    model_s, sumo_s = estimate.delay_s, measured.delay_s
    waited = (estimate.link_depart_delay_s, measured.link_depart_delay_s)
    lost = np.abs(model_s - sumo_s).sum() + np.abs(waited[0] - waited[1]).sum()
    movements = _rows(
        measured.movements,
        (estimate.served, measured.vehicles),
        (model_s, sumo_s),
        float(lost),
        saturation=(saturation_veh_h, 3600.0 / measured.headway_s),
        error_s=measured.delay_error_s,
    )
    ends = [(link,) for link in measured.links]
    entries = _rows(ends, (wanted, wanted), waited, float(lost))
    whole = (estimate.link_delay_s + waited[0], measured.link_delay_s + waited[1])
    links = _rows(
        ends, (estimate.link_left, measured.link_left), whole, float(np.abs(whole[0] - whole[1]).sum())
    )
    both = (estimate.served > 0) & (measured.vehicles > 0)
    weights = measured.vehicles[both]
    delays = (model_s[both] / estimate.served[both], sumo_s[both] / weights)
    return Reconciliation(
        plan=measured.plan,
        seeds=measured.seeds,
        period_s=problem.period_s,
        estimate=estimate,
        mean_delay_s=Pair(estimate.mean_delay_s, measured.mean_delay_s),
        movements=movements,
        entries=tuple(row for row in entries if any(row.total_s)),
        links=links,
        r2=determination(*delays, weights),
        spearman=rank_correlation(*delays, weights),
    )


def saturation_veh_h(model: QueueModel, place_vehicles: FloatArray) -> FloatArray:
    """The model's discharge of a standing queue [veh/h], per lane, shape (n,), of the mean vehicle.

    Parameters
    ----------
    place_vehicles
        Weights of the places in the queue, `FIRST_PLACE` to `LAST_PLACE`, shape (n, N_PLACES): vehicles
        that SUMO had there, so that the same mix is compared; all places alike where there were none.
    """
    roads, kinds, vehicles = model.roads, model.fleet.kinds, model.fleet.vehicles
    n = len(model.movements)
    if not len(vehicles):
        return np.full(n, UNKNOWN)
    mean = {
        name: float(kinds[name][vehicles.kind].mean()) for name in ("length", "gap", "tau", "accel", "below")
    }
    space_m, factor = mean["length"] + mean["gap"], float(vehicles.factor.mean())
    headways, ways = np.zeros((n, N_PLACES)), np.zeros(n)
    for k, c in zip(model.movement_of, roads.connections, strict=True):
        lane = roads.lanes[c.from_lane]
        cap = min(factor * lane.speed - mean["below"], c.turn_speed)
        ways[k] += 1
        for column, place in enumerate(range(FIRST_PLACE - 1, LAST_PLACE)):
            speed = following_speed_m_s(place, space_m, mean["accel"], cap)
            headways[k, column] += c.headway_factor * headway_s(place, speed, space_m, mean["tau"])
    weights = np.where(place_vehicles.sum(axis=1, keepdims=True) > 0, place_vehicles, 1.0)
    return np.asarray(3600.0 * ways * weights.sum(axis=1) / (headways * weights).sum(axis=1))


def _rows(
    names: Sequence[tuple[str, ...]],
    vehicles: tuple[FloatArray | IntArray, FloatArray],
    total_s: tuple[FloatArray, FloatArray],
    whole_s: float,
    saturation: tuple[FloatArray, FloatArray] | None = None,
    error_s: FloatArray | None = None,
) -> tuple[Row, ...]:
    """Rows of what anybody used, greatest difference first."""
    away = np.abs(total_s[0] - total_s[1])
    used = (vehicles[0] > 0) | (vehicles[1] > 0) | (away > 0)
    order = [k for k in np.argsort(-away, kind="stable") if used[k]]
    nothing = np.full(len(names), UNKNOWN)
    saturation = (nothing, nothing) if saturation is None else saturation
    error_s = nothing if error_s is None else error_s
    return tuple(
        Row(
            links=names[k],
            vehicles=_pair(vehicles, k),
            total_s=_pair(total_s, k),
            share=float(away[k]) / whole_s if whole_s > 0 else 0.0,
            saturation_veh_h=_pair(saturation, k),
            error_s=float(error_s[k]),
        )
        for k in order
    )


def _pair(both: tuple[FloatArray | IntArray, FloatArray], k: int) -> Pair:
    return Pair(float(both[0][k]), float(both[1][k]))
