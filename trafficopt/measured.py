"""What SUMO showed of each movement and link under one plan."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from trafficopt.table_repr import Table, Tabled, counted
from trafficopt.units import FloatArray, Seconds, read_only

FIRST_PLACE = 4  # in a standing queue from which on vehicles follow steadily
LAST_PLACE = 12  # vehicles farther back count as this one
N_PLACES = LAST_PLACE - FIRST_PLACE + 1
FEWEST_HEADWAYS = 10


@dataclass(frozen=True, slots=True, repr=False)
class Measured(Tabled):
    """Runs of one plan, in SUMO; figures are means over the seeds if nothing else is said.

    Movements and links stand in the order of the lane graph, those that nobody used too.

    Attributes
    ----------
    plan
        Name of the plan that ran.
    seeds
        SUMO's seeds.
    mean_delay_s
        Mean delay of all demanded vehicles, as `Evaluation` has it.
    movements
        From and to link of each movement, n of them.
    vehicles
        Vehicles that finished each movement, shape (n,).
    time_s
        Time of all of them [veh*s] from entering the first link (or departing) to entering the second,
        shape (n,).
    delay_s
        The same without what each would need at its own free speed on link and junction [veh*s], shape (n,);
        scheduled stops are in it.
    delay_error_s
        Standard error of the mean delay of one vehicle [s], shape (n,): from the seeds, of one seed from its
        vehicles; nan where fewer than two tell.
    place_headway_s
        Mean time after the vehicle ahead on the same lane when crossing the stop line [s], by place in a
        standing queue (`FIRST_PLACE` to `LAST_PLACE`), over all seeds, shape (n, N_PLACES); nan where none.
    place_vehicles
        Vehicles behind it, all seeds together, shape (n, N_PLACES).
    start_s
        Mean time from green to the first crossing out of a standing queue [s], shape (n,); nan where none.
    free_s
        Median time over link and junction of vehicles that nothing stopped on their whole trip, each times
        its speed factor [s], shape (n,); first links of trips do not count; nan where none.
    free_vehicles
        Vehicles behind it, all seeds together, shape (n,).
    links
        m of them.
    link_delay_s, link_depart_delay_s
        Time lost [veh*s] on each link, and before departing on it, shape (m,).
    link_left
        Vehicles that left each link or arrived on it, shape (m,).
    link_halting
        Mean number of vehicles that stood on each link, shape (m,).
    """

    plan: str
    seeds: tuple[int, ...]
    mean_delay_s: Seconds
    movements: tuple[tuple[str, str], ...] = field(repr=False)
    vehicles: FloatArray = field(repr=False)
    time_s: FloatArray = field(repr=False)
    delay_s: FloatArray = field(repr=False)
    delay_error_s: FloatArray = field(repr=False)
    place_headway_s: FloatArray = field(repr=False)
    place_vehicles: FloatArray = field(repr=False)
    start_s: FloatArray = field(repr=False)
    free_s: FloatArray = field(repr=False)
    free_vehicles: FloatArray = field(repr=False)
    links: tuple[str, ...] = field(repr=False)
    link_delay_s: FloatArray = field(repr=False)
    link_depart_delay_s: FloatArray = field(repr=False)
    link_left: FloatArray = field(repr=False)
    link_halting: FloatArray = field(repr=False)

    def __post_init__(self) -> None:
        for names, n in ((BY_MOVEMENT, len(self.movements)), (BY_LINK, len(self.links))):
            for name in names:
                array = getattr(self, name)
                if len(array) != n:
                    raise ValueError(f"{name} has {len(array)} rows instead of {n}")
                read_only(array)

    @property
    def n_headways(self) -> FloatArray:
        """Vehicles that left a standing queue from the fourth place on, all seeds together, shape (n,)."""
        return np.asarray(self.place_vehicles.sum(axis=1))

    @property
    def headway_s(self) -> FloatArray:
        """Mean discharge headway of those vehicles [s], shape (n,); nan where fewer than ten tell."""
        total = np.nansum(self.place_headway_s * self.place_vehicles, axis=1)
        enough = self.n_headways >= FEWEST_HEADWAYS
        return np.where(enough, total / np.maximum(self.n_headways, 1), np.nan)

    def _table(self) -> Table:
        size = f"{counted(len(self.movements), 'movement')}, {counted(len(self.links), 'link')}"
        seeds = counted(len(self.seeds), "seed")
        return Table(f"Measured of {self.plan}: mean delay {self.mean_delay_s:.1f} s, {seeds}, {size}")


BY_MOVEMENT = (
    *("vehicles", "time_s", "delay_s", "delay_error_s", "place_headway_s", "place_vehicles"),
    *("start_s", "free_s", "free_vehicles"),
)
BY_LINK = ("link_delay_s", "link_depart_delay_s", "link_left", "link_halting")
