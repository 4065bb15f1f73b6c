"""Whether a run of SUMO can be believed, and why not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from trafficopt.units import Seconds

FEW = 10
"""Fewer vehicles than that make no run doubtful: a stray vehicle happens anywhere."""
TELEPORTED = 0.01
"""Share of removed vehicles from which a run is invalid: each hides the rest of its own delay, and clears the
road for those behind it. One in a hundred hides more than the differences of 2 % that runs are to show."""
COLLIDED = 0.001
"""Share of collisions from which a run is invalid. The maps in use have none in thousands of runs: collisions
come from a fault of network or plan, and the vehicles in them are removed."""
GROWN = 0.01
"""Share of the demand by which those who wait to enter grow in the second half of a run: from there on, the
mean delay depends on when the run ends."""
NEVER_IN = 0.25
"""Share of vehicles that never entered from which a run is invalid: the wait of every fourth is cut off."""
UNDER_WAY = 1 / 3
"""Share of vehicles under way at the end from which a run is doubtful: their delay is not over. In a steady
run it is the travel time over the length of the run: a third is much more than the last minutes."""
CUT_OFF = 0.5
"""The same from which a run is invalid: more trips are cut off than come to their end."""
STANDSTILL_S = 300.0
"""Nobody moves for longer than any signal is red: no cycle is that long."""
LOCKED = 0.2
"""Share of the vehicles in the network on links that are locked up at the end from which a run is invalid:
such a lock does not open again, and the mean says how long the run went on."""
ONE_ORIGIN = 0.8
"""Share of those who never entered that wanted to enter by the same link: whether that link blocks is chance,
and the runs of a plan fall into those with it and those without."""
USUAL_ORIGIN = 0.5
"""A link by which so much of the demand enters says nothing by this."""


class RunVerdict(StrEnum):
    """Whether a run can be believed."""

    VALID = "valid"
    SUSPICIOUS = "suspicious"
    INVALID = "invalid"


class Cause(StrEnum):
    """What makes a run doubtful."""

    STANDSTILL = "standstill"
    LOCKED = "locked links"
    TELEPORTS = "teleports"
    COLLISIONS = "collisions"
    EMERGENCY_STOPS = "emergency stops"
    UNDEPARTED = "undeparted"
    GROWTH = "growing queue to enter"
    BLOCKED_ORIGIN = "blocked origin"
    UNFINISHED = "unfinished"


WORDS = {
    Cause.STANDSTILL: "nobody moved for {amount:g} s",
    Cause.LOCKED: "links are locked up at the end, with {amount:.0f} of the {reference:.0f} vehicles in the "
    "network; most stand on {place}",
    Cause.TELEPORTS: "{amount:g} of {reference:g} vehicles stood so long that SUMO removed them (teleports): "
    "the true delay is higher",
    Cause.COLLISIONS: "{amount:g} collisions of {reference:g} vehicles: the network or the plan has a fault",
    Cause.EMERGENCY_STOPS: "{amount:g} emergency stops of {reference:g} vehicles: they had to brake harder "
    "than they can",
    Cause.UNDEPARTED: "{amount:g} of {reference:g} vehicles never entered: their wait is cut off by the end",
    Cause.GROWTH: "those who wait to enter grew from {reference:g} at half time to {amount:g}: the delay "
    "depends on when the run ends",
    Cause.BLOCKED_ORIGIN: "{amount:g} of {reference:g} vehicles that never entered wanted to do so by "
    "{place}: whether it blocks may be chance",
    Cause.UNFINISHED: "{amount:g} of {reference:g} vehicles were under way at the end: their delay is not "
    "over",
}


@dataclass(frozen=True, slots=True)
class Doubt:
    """A reason not to believe a run; cause and verdict may be given as plain words.

    Attributes
    ----------
    amount, reference
        The figures of the reason, see `WORDS`.
    place
        Link that it is about; empty where there is none.
    """

    cause: Cause
    verdict: RunVerdict
    amount: float
    reference: float
    place: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "cause", Cause(self.cause))
        object.__setattr__(self, "verdict", RunVerdict(self.verdict))

    def __str__(self) -> str:
        return WORDS[self.cause].format(amount=self.amount, reference=self.reference, place=self.place)


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What a run is judged by.

    Attributes
    ----------
    demanded, unfinished, undeparted, teleports, collisions, emergency_stops
        As of `SeedResult`.
    waiting_half
        Vehicles that wait to enter at half time; None where that is not known.
    wanted_at, undeparted_at
        Vehicles that want to enter by each link, and those of them that never did.
    standstill_s
        Longest time in which nobody moved.
    present_veh
        Vehicles in the network in the last minutes.
    locked_veh
        Vehicles standing on each link that is locked up at the end.
    """

    demanded: int
    unfinished: int
    undeparted: int
    teleports: int
    collisions: int
    emergency_stops: int
    waiting_half: int | None = None
    wanted_at: Mapping[str, int] = field(default_factory=dict)
    undeparted_at: Mapping[str, int] = field(default_factory=dict)
    standstill_s: Seconds = 0.0
    present_veh: float = 0.0
    locked_veh: Mapping[str, float] = field(default_factory=dict)


def worst(verdicts: Iterable[RunVerdict]) -> RunVerdict:
    """The worst of some verdicts; valid if there are none."""
    order = list(RunVerdict)
    return max(verdicts, key=order.index, default=RunVerdict.VALID)


def doubts_of(run: RunFacts) -> tuple[Doubt, ...]:
    """All reasons not to believe a run, the worst first; none if it is valid."""
    found = [*_jams(run), *_removed(run), *_cut_off(run)]
    return tuple(sorted(found, key=lambda doubt: doubt.verdict is not RunVerdict.INVALID))


def _jams(run: RunFacts) -> Iterator[Doubt]:
    """Traffic that does not move any more."""
    if run.standstill_s >= STANDSTILL_S:
        yield Doubt(Cause.STANDSTILL, RunVerdict.INVALID, run.standstill_s, run.present_veh)
    standing = sum(run.locked_veh.values())
    if standing > 0:
        many = standing >= max(FEW, LOCKED * run.present_veh)
        place = max(run.locked_veh, key=lambda link: (run.locked_veh[link], link))
        yield Doubt(Cause.LOCKED, _invalid_if(many), standing, run.present_veh, place)


def _removed(run: RunFacts) -> Iterator[Doubt]:
    """Vehicles that SUMO took out, or that braked harder than they can."""
    counts = (
        (Cause.TELEPORTS, run.teleports, TELEPORTED),
        (Cause.COLLISIONS, run.collisions, COLLIDED),
        (Cause.EMERGENCY_STOPS, run.emergency_stops, float("inf")),
    )
    for cause, n, most in counts:
        if n:
            yield Doubt(cause, _invalid_if(n >= most * run.demanded and n > 1), n, run.demanded)


def _cut_off(run: RunFacts) -> Iterator[Doubt]:
    """Vehicles whose delay is not over when the run ends."""
    if run.undeparted >= max(FEW, NEVER_IN * run.demanded):
        yield Doubt(Cause.UNDEPARTED, RunVerdict.INVALID, run.undeparted, run.demanded)
    half = run.waiting_half
    if half is not None and run.undeparted - half >= max(FEW, GROWN * run.demanded):
        yield Doubt(Cause.GROWTH, RunVerdict.SUSPICIOUS, run.undeparted, half)
    if run.undeparted_at and run.undeparted >= max(FEW, GROWN * run.demanded):
        place = max(run.undeparted_at, key=lambda link: (run.undeparted_at[link], link))
        n, usual = run.undeparted_at[place], run.wanted_at.get(place, 0) / run.demanded
        if n >= ONE_ORIGIN * run.undeparted and usual < USUAL_ORIGIN:
            yield Doubt(Cause.BLOCKED_ORIGIN, RunVerdict.SUSPICIOUS, n, run.undeparted, place)
    if run.unfinished >= max(FEW, UNDER_WAY * run.demanded):
        verdict = _invalid_if(run.unfinished >= CUT_OFF * run.demanded)
        yield Doubt(Cause.UNFINISHED, verdict, run.unfinished, run.demanded)


def _invalid_if(condition: bool) -> RunVerdict:
    return RunVerdict.INVALID if condition else RunVerdict.SUSPICIOUS
