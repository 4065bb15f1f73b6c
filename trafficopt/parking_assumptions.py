"""What the parking model takes for granted, and how much hangs on each of it.

Nothing here was measured in the city that the model is used for: the values come from publications on other
cities, or are guesses and say so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace

from trafficopt.errors import InputError
from trafficopt.units import Meters, Seconds

FULLEST = 0.98
"""Occupancy never exceeds it: who finds nothing parks elsewhere. A choice, which keeps 1 / (1 - q) finite."""
LARGEST = 1e9  # of any number


@dataclass(frozen=True, slots=True)
class Assumption:
    """A value that nobody measured here, with the range in which it may lie.

    Attributes
    ----------
    low, central, high
        In `unit`; low is the smallest number, not the mildest effect.
    source
        Where the values come from; says so where they are a guess.
    """

    low: float
    central: float
    high: float
    unit: str
    meaning: str
    source: str

    def __post_init__(self) -> None:
        if not self.low <= self.central <= self.high:
            raise ValueError(f"{self.meaning}: {self.low}, {self.central}, {self.high} are not in order")


ASSUMPTIONS: Mapping[str, Assumption] = {
    "occupancy_before": Assumption(
        *(0.85, 0.95, 0.98, "1"),
        "share of the public spaces that are taken before any are added",
        "low: what Shoup 2005, The High Cost of Free Parking, aims at (from memory, not read again); high: "
        "nearly full; where between is a guess",
    ),
    "seeking_share": Assumption(
        *(0.2, 0.4, 0.7, "1"),
        "share of the vehicles ending a trip that look for a public space",
        "a guess: the others have a space of their own, or do not park",
    ),
    "stay_h": Assumption(
        *(1.0, 2.0, 4.0, "h"),
        "mean time that a vehicle stays in a public space",
        "a guess: shoppers stay about an hour, commuters a working day",
    ),
    "spaces_in_sight": Assumption(
        *(4.0, 8.0, 15.0, "spaces"),
        "spaces that a driver sees at the destination before any cruising",
        "a guess: one side of a short block to both sides of a long one",
    ),
    "spacing_m": Assumption(
        *(6.0, 10.0, 20.0, "m"),
        "distance driven for each space passed while cruising",
        "a guess: a parallel space is 6 to 7 m long, and not every curb may be parked at",
    ),
    "bunching": Assumption(
        *(1.0, 1.5, 3.0, "1"),
        "cruising distance over that of independent spaces",
        "Arnott and Williams 2016, Cruising for parking around a circle (abstract read): independent spaces "
        "give too little, near full occupancy far too little; how much is a guess",
    ),
    "cruising_speed_km_h": Assumption(
        *(12.0, 16.0, 25.0, "km/h"),
        "speed while cruising",
        "central: 10 mph, as Shoup reckons (from memory, not read again); the range is a guess",
    ),
    "maneuver_s": Assumption(
        *(10.0, 18.0, 30.0, "s"),
        "time for which a maneuver into or out of a space stops the lane beside it",
        "central: HCM 2000, exhibit 16-7 (from memory, not read again); the range is a guess",
    ),
}
"""Every parameter of the model.

With the central values 27 % of the vehicles ending a trip cruise before spaces are added. Beside it: 8 to
74 % of the traffic, 30 % on average, in 16 studies of 11 cities, made where crowded curbs let researchers
expect it (Shoup 2006, Cruising for parking, Transport Policy 13; 2019, Is 30 percent of traffic cruising for
parking?, Parking Today); but 5 % of the trips (5,316 of 107,275) in San Francisco and Ann Arbor by GPS
(Millard-Ball, Weinberger and Hampshire 2021, The Shape of Cruising, Findings). For a whole city the central
values are therefore rather high.
"""


@dataclass(frozen=True, slots=True)
class ParkingParameters:
    """A value for each of `ASSUMPTIONS`; the central ones unless told otherwise.

    Raises
    ------
    InputError
        If a value is not above zero and finite, or a share exceeds 1.
    """

    occupancy_before: float = ASSUMPTIONS["occupancy_before"].central
    seeking_share: float = ASSUMPTIONS["seeking_share"].central
    stay_h: float = ASSUMPTIONS["stay_h"].central
    spaces_in_sight: float = ASSUMPTIONS["spaces_in_sight"].central
    spacing_m: Meters = ASSUMPTIONS["spacing_m"].central
    bunching: float = ASSUMPTIONS["bunching"].central
    cruising_speed_km_h: float = ASSUMPTIONS["cruising_speed_km_h"].central
    maneuver_s: Seconds = ASSUMPTIONS["maneuver_s"].central

    def __post_init__(self) -> None:
        limits = {"occupancy_before": FULLEST, "seeking_share": 1.0}
        faults = [
            f"{part.name} is {getattr(self, part.name)}, but must be above 0 and "
            + (f"at most {limits[part.name]}" if part.name in limits else "finite")
            for part in fields(self)
            if not 0.0 < getattr(self, part.name) <= limits.get(part.name, LARGEST)
        ]
        if faults:
            raise InputError("parking parameters", faults, "the ranges of ASSUMPTIONS say what is usual")


CENTRAL = ParkingParameters()


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """What a figure is with one assumption low or high and all others central."""

    name: str
    assumption: Assumption
    at_low: float
    at_central: float
    at_high: float

    @property
    def swing(self) -> float:
        """Distance between the least and the largest of the three."""
        figures = (self.at_low, self.at_central, self.at_high)
        return max(figures) - min(figures)


def sensitivity(
    evaluate: Callable[[ParkingParameters], float], names: Sequence[str] = tuple(ASSUMPTIONS)
) -> tuple[Sensitivity, ...]:
    """Vary each assumption alone; the one that moves the figure most comes first.

    Parameters
    ----------
    evaluate
        Gives a figure; is called once, and twice more for each assumption.
    names
        Assumptions to vary: fewer where each call is a simulation.

    Raises
    ------
    KeyError
        If there is no assumption of that name.
    """
    central = evaluate(CENTRAL)
    rows = [
        Sensitivity(
            name,
            ASSUMPTIONS[name],
            evaluate(replace(CENTRAL, **{name: ASSUMPTIONS[name].low})),
            central,
            evaluate(replace(CENTRAL, **{name: ASSUMPTIONS[name].high})),
        )
        for name in names
    ]
    return tuple(sorted(rows, key=lambda row: -row.swing))
