"""Where some vehicles were and how fast, second by second."""

from __future__ import annotations

from dataclasses import dataclass, field

from trafficopt.units import FloatArray, IntArray, Seconds, SecondsArray, read_only


@dataclass(frozen=True, slots=True)
class Trajectories:
    """Some vehicles on some links in one run; rows are ordered by vehicle, then by time.

    Attributes
    ----------
    seed
        SUMO's seed.
    end_s, step_s
        When the run ended, and time between two rows of a vehicle [s].
    vehicles, links
        Ids.
    vehicle, link
        Index of each row's vehicle and link, shape (n_rows,).
    time_s
        Shape (n_rows,), from midnight.
    position_m
        Distance from the link's begin, shape (n_rows,).
    speed_m_s
        Shape (n_rows,).
    """

    seed: int
    end_s: Seconds
    step_s: Seconds
    vehicles: tuple[str, ...] = field(repr=False)
    links: tuple[str, ...] = field(repr=False)
    vehicle: IntArray = field(repr=False)
    link: IntArray = field(repr=False)
    time_s: SecondsArray = field(repr=False)
    position_m: FloatArray = field(repr=False)
    speed_m_s: FloatArray = field(repr=False)

    def __post_init__(self) -> None:
        for array in (self.vehicle, self.link, self.time_s, self.position_m, self.speed_m_s):
            read_only(array)
