"""Figures of a diagnosis: movements, intersections, links, arterials."""

from __future__ import annotations

from dataclasses import dataclass, field

from trafficopt.intersection import Turn
from trafficopt.model.arterial_ways import Direction
from trafficopt.phrase import Phrase
from trafficopt.signals.explanation import BindingLimit
from trafficopt.units import Meters, Seconds, VehiclesPerHour

NAN = float("nan")


@dataclass(frozen=True, slots=True)
class MovementFigures:
    """A movement under the plan; what only one of model and SUMO knows says so.

    Attributes
    ----------
    name, name_zh
        Turn and approach in words: "left turn from the west", in English and Chinese.
    lane
        The fullest of its lanes (0 = rightmost); others may share it.
    flow_veh_h, lane_flow_veh_h
        Demand of the movement, and of all on that lane, in the peak quarter of an hour.
    green_s, needed_green_s
        Effective green of that lane (green that yields counts as far as gaps let it), and what a degree of
        saturation of 0.9 would need in the same cycle.
    saturation
        Degree of saturation of that lane, by the HCM.
    vehicles, delay_s, stops
        That left the approach in the queue model, their mean delay there and stops; nan where none did.
    sumo_delay_s
        Mean delay in SUMO; nan where it did not run.
    level_of_service
        A to F of `delay_s`; empty where nobody left.
    first_pass_share, split_failure_share
        Of that lane; see `indices`.
    arrivals_on_green, green_share
        By the cyclic model (nan where nobody comes), and displayed green over cycle.
    platoon_loss_veh_h
        Time lost in the window because fewer arrive on green than would without platoons [veh*h]: d1 (PF - 1)
        of the HCM; 0 where platoons are no worse than even arrivals.
    queue_m, storage_m
        Mean back of queue on that lane, and the road that it has; infinite at the border of the network.
    yields
        Whether it gives way whenever it is green.
    """

    intersection: str
    id: str
    name: str
    turn: Turn
    from_link: str
    lane: int
    flow_veh_h: VehiclesPerHour
    lane_flow_veh_h: VehiclesPerHour
    green_s: Seconds
    needed_green_s: Seconds
    saturation: float
    vehicles: float
    delay_s: Seconds
    sumo_delay_s: Seconds
    level_of_service: str
    stops: float
    first_pass_share: float
    split_failure_share: float
    arrivals_on_green: float
    green_share: float
    platoon_loss_veh_h: float
    queue_m: Meters
    storage_m: Meters
    yields: bool
    name_zh: str = ""

    @property
    def called(self) -> Phrase:
        """The name in both languages."""
        return Phrase(self.name, self.name_zh)

    @property
    def platoon_ratio(self) -> float:
        """Arrivals on green over green share: Rp of HCM 2000, exhibit 16-11; nan where it is never green."""
        return self.arrivals_on_green / self.green_share if self.green_share > 0 else NAN

    @property
    def queue_ratio(self) -> float:
        """Queue over road: R_Q of HCM 2000, chapter 16, appendix G."""
        return self.queue_m / self.storage_m

    @property
    def delay_veh_h(self) -> float:
        """Time lost by them in the window [veh*h], by the queue model."""
        return self.vehicles * self.delay_s / 3600.0 if self.vehicles else 0.0


@dataclass(frozen=True, slots=True)
class IntersectionFigures:
    """An intersection under the plan.

    Attributes
    ----------
    cycle_s, best_cycle_s
        Of its signal, and of least delay if it ran alone with the same stages (HCM).
    vehicles, delay_s, delay_veh_h
        That passed it in the queue model; mean and sum of what they lost on its approaches, which are the
        links that lead nowhere else, waiting to enter them counted.
    sumo_delay_s
        The same mean in SUMO; nan where it did not run.
    level_of_service
        A to F of `delay_s`; empty where nobody passed.
    critical_saturation
        Xc of the HCM: what no greens of this cycle bring all lanes below; infinite if intergreens fill it.
    stage_saturation, stage_limit
        Degree of saturation of each stage's critical lane (0 without traffic), and the bound on its green.
    green_use, imbalance, approach_imbalance, first_pass_share
        See `indices`. Lanes that are green in every stage do not count in the first and the third; the
        second compares stages, the third approaches by their fullest lanes. The last is the mean of the
        movements, by flow.
    timing_gain_veh_h
        Delay in the window [veh*h] that greens and a cycle of its own would save (HCM, at the flows of the
        peak quarter).
    standing
        Approaches that have locked up in the queue model.
    """

    id: str
    district: str
    cycle_s: Seconds
    best_cycle_s: Seconds
    vehicles: float
    delay_s: Seconds
    sumo_delay_s: Seconds
    delay_veh_h: float
    level_of_service: str
    critical_saturation: float
    stage_saturation: tuple[float, ...]
    stage_limit: tuple[BindingLimit, ...]
    green_use: float
    imbalance: float
    approach_imbalance: float
    first_pass_share: float
    timing_gain_veh_h: float
    standing: tuple[str, ...]
    movements: tuple[MovementFigures, ...] = field(repr=False)

    @property
    def gain_veh_h(self) -> float:
        """What the signal could save [veh*h]: by its own timing, and by platoons that come on green.

        No more than what is lost there; the HCM charges lanes beyond saturation for more than the window.
        """
        gain = self.timing_gain_veh_h + sum(m.platoon_loss_veh_h for m in self.movements)
        return min(gain, self.delay_veh_h)

    @property
    def own_gain_veh_h(self) -> float:
        """What its own timing could save [veh*h], no more than what is lost there."""
        return min(self.timing_gain_veh_h, self.delay_veh_h)


@dataclass(frozen=True, slots=True)
class LinkFigures:
    """A link of the network that vehicles use.

    Attributes
    ----------
    vehicles, delay_veh_h
        That left it in the queue model, and what all lost on it (waiting to enter it counted) [veh*h].
    travel_time_index
        Travel time over that at the speed limit, by the queue model; nan where nobody left it.
    sumo_travel_time_index
        The same in SUMO; nan where it did not run.
    """

    id: str
    length_m: Meters
    vehicles: float
    delay_veh_h: float
    travel_time_index: float
    sumo_travel_time_index: float


@dataclass(frozen=True, slots=True)
class ArterialFigures:
    """A direction of an arterial: its through movements and the links between its signals.

    Attributes
    ----------
    travel_time_index
        Of its links together, by the queue model; nan where nobody drives.
    sumo_travel_time_index
        The same in SUMO; nan where it did not run.
    arrivals_on_green
        At its signals, mean by flow, by the cyclic model.
    stops
        A vehicle and signal, by the queue model.
    delay_veh_h
        Lost on its links in the window [veh*h], by the queue model.
    """

    name: str
    direction: Direction
    travel_time_index: float
    sumo_travel_time_index: float
    arrivals_on_green: float
    stops: float
    delay_veh_h: float
