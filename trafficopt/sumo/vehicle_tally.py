"""The running account of all vehicles and pedestrians that count in a run."""

from __future__ import annotations

import xml.etree.ElementTree as ET  # SUMO's own output of a moment ago needs no defused parser
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from trafficopt.units import Seconds


@dataclass(slots=True)
class Tally:
    """Sums and lists over the elements of SUMO's tripinfo output.

    Attributes
    ----------
    half_s
        Half time of the run; nan where that is not known.
    origins
        Link on which a vehicle wants to enter.
    delays_s, depart_delays_s, waiting_s
        Of each vehicle; the last of those alone that entered.
    undeparted
        Ids of vehicles that never entered.
    waiting_half
        Vehicles that wait to enter at half time.
    wanted_at
        Vehicles that want to enter by each link.
    walk_waits_s
        Time that each pedestrian stands on walks.
    """

    half_s: Seconds
    origins: Mapping[str, str]
    delays_s: list[Seconds] = field(default_factory=list)
    depart_delays_s: list[Seconds] = field(default_factory=list)
    waiting_s: list[Seconds] = field(default_factory=list)
    stops: int = 0
    completed: int = 0
    unfinished: int = 0
    undeparted: list[str] = field(default_factory=list)
    waiting_half: int = 0
    wanted_at: Counter[str] = field(default_factory=Counter)
    driven_m: float = 0.0
    fuel_mg: float = 0.0
    co2_mg: float = 0.0
    walk_waits_s: list[Seconds] = field(default_factory=list)

    def count(self, element: ET.Element, wanted_s: Seconds) -> None:
        """Add a vehicle that SUMO reported, and that wanted to depart at a time."""
        trip = element.attrib
        depart_delay, depart = float(trip["departDelay"]), float(trip["depart"])
        if depart < 0:
            self.count_undeparted(trip["id"], wanted_s, depart_delay)
            return
        self.wanted_at.update(self._origin(trip["id"]))
        self.depart_delays_s.append(depart_delay)
        self.waiting_half += wanted_s <= self.half_s < depart
        self.delays_s.append(depart_delay + float(trip["timeLoss"]))
        self.waiting_s.append(float(trip["waitingTime"]))
        self.stops += int(trip["waitingCount"])
        if float(trip["arrival"]) < 0:
            self.unfinished += 1
        else:
            self.completed += 1
        if (emissions := element.find("emissions")) is not None:
            self.driven_m += float(trip["routeLength"])
            self.fuel_mg += float(emissions.attrib["fuel_abs"])
            self.co2_mg += float(emissions.attrib["CO2_abs"])

    def count_undeparted(self, vehicle: str, wanted_s: Seconds, waited_s: Seconds) -> None:
        """Add a vehicle that never entered, and how long it waited."""
        self.undeparted.append(vehicle)
        self.wanted_at.update(self._origin(vehicle))
        self.waiting_half += wanted_s <= self.half_s
        self.delays_s.append(waited_s)
        self.depart_delays_s.append(waited_s)

    def count_walks(self, element: ET.Element) -> None:
        """Add a person, if it walks."""
        walks = element.findall("walk")
        if walks:
            self.walk_waits_s.append(sum(float(walk.get("waitingTime", 0.0)) for walk in walks))

    def undeparted_at(self) -> Counter[str]:
        """Vehicles that never entered, by the link on which they wanted to."""
        return Counter(link for vehicle in self.undeparted for link in self._origin(vehicle))

    def _origin(self, vehicle: str) -> tuple[str, ...]:
        """The vehicle's first link, or nothing where that is not known."""
        return (self.origins[vehicle],) if vehicle in self.origins else ()
