"""What a diagnosis proposes for approaches of signals: longer pockets, another use of lanes, turn bans."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations
from math import ceil, floor, isfinite

from trafficopt.diagnosis.causes import FULL_LANE, OVER
from trafficopt.diagnosis.diagnose import Diagnosis
from trafficopt.diagnosis.figures import MovementFigures
from trafficopt.intersection import Movement
from trafficopt.network import Network
from trafficopt.plan import TimingPlan
from trafficopt.programme.places import Site
from trafficopt.stage import Stage
from trafficopt.treatment import BanTurn, ChangeLaneUse, ExtendPocket
from trafficopt.units import Meters

STEP_M: Meters = 10.0  # pockets are built in steps of it
UPSTREAM_M: Meters = 20.0  # of the link ahead of a pocket that stays
WORTH_A_LANE = 0.05  # degree of saturation by which the fuller lane must fall
MOST_OPTIONS = 2  # of lane use at one approach


def pocket_sites(network: Network, diagnosis: Diagnosis) -> tuple[Site, ...]:
    """Pockets that are shorter than the queue of a lane, each to become as long as the queue if it can."""
    wanted: dict[str, Meters] = {}
    for figures in _movements(diagnosis):
        if isfinite(figures.queue_ratio) and figures.queue_ratio > FULL_LANE:
            missing = ceil((figures.queue_m - figures.storage_m) / STEP_M) * STEP_M
            wanted[figures.from_link] = max(missing, wanted.get(figures.from_link, 0.0))
    found = []
    for link, missing in wanted.items():
        by_m = min(missing, floor(_room_m(network, link) / STEP_M) * STEP_M)
        if by_m > 0.0:
            found.append(Site((ExtendPocket(link, by_m),)))
    return tuple(found)


def _room_m(network: Network, link: str) -> Meters:
    """How much longer a pocket can get; 0 where the link begins with no pocket, or at an opening."""
    here, links = network.links[link], network.links.values()
    ahead = [other for other in links if other.to_node == here.from_node]
    ways_on = [other for other in links if other.from_node == here.from_node]
    if (len(ahead), len(ways_on)) != (1, 1) or ahead[0].n_lanes >= here.n_lanes:
        return 0.0
    return max(0.0, ahead[0].length_m - UPSTREAM_M)


def lane_sites(network: Network, diagnosis: Diagnosis, plan: TimingPlan) -> tuple[Site, ...]:
    """Approaches where a neighbor's lane would take a movement out of saturation: shared, or its own.

    Degrees of saturation are taken to change with the number of lanes, greens being what they are. A lane is
    shared only with a movement that is green whenever the other is.
    """
    saturation = {figures.id: figures.saturation for figures in _movements(diagnosis)}
    found = []
    for key in (point.figures.id for point in diagnosis.worklist):
        stages = plan[key].stages
        for approach in dict.fromkeys(m.from_link for m in network[key].movements):
            here = [m for m in network[key].movements if m.from_link == approach and m.id in saturation]
            uses = [_Use(m, saturation[m.id], _green_stages(m, stages), _name(m, here)) for m in here]
            changes = sorted(_lane_changes(network, approach, uses), key=lambda change: change[0])
            if changes:
                found.append(Site(tuple(edit for _, edit in changes[:MOST_OPTIONS])))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Use:
    """A movement: its degree of saturation, stages in which it is green, and the name that lanes know."""

    movement: Movement
    saturation: float
    greens: frozenset[int]
    name: str

    @property
    def lanes(self) -> frozenset[int]:
        return frozenset(self.movement.lanes)


def _lane_changes(
    network: Network, approach: str, uses: Sequence[_Use]
) -> Iterator[tuple[float, ChangeLaneUse]]:
    """Lanes of an approach that a neighbor could use better, with the degree of saturation that is left."""
    for short, giver in permutations(uses, 2):
        own = giver.lanes.difference(*(use.lanes for use in uses if use is not giver))
        given = next((k for k in sorted(own) if {k - 1, k + 1} & short.lanes), None)
        full = len(short.lanes) >= network.links[short.movement.to_link].n_lanes
        if short.saturation < OVER or given is None or full:
            continue
        n_short, n_giver = len(short.lanes), len(giver.lanes)
        short_load, giver_load = short.saturation * n_short, giver.saturation * n_giver
        options: dict[tuple[str, ...], float] = {}
        if len(own) > 1:
            options[short.name,] = max(short_load / (n_short + 1), giver_load / (n_giver - 1))
        if short.greens <= giver.greens:
            options[short.name, giver.name] = (short_load + giver_load) / (n_short + n_giver)
        for served, after in options.items():
            if after < short.saturation - WORTH_A_LANE:
                yield after, ChangeLaneUse(approach, {given: served})


def _green_stages(movement: Movement, stages: Sequence[Stage]) -> frozenset[int]:
    """Stages in which all lanes of a movement are green."""
    return frozenset(
        k for k, stage in enumerate(stages) if all(stage.state[h] in "Gg" for h in movement.heads)
    )


def _name(movement: Movement, movements: Sequence[Movement]) -> str:
    """The turn, or the link where two links lie in one direction."""
    alike = [m for m in movements if m.turn is movement.turn]
    return movement.turn.value if len(alike) == 1 else movement.to_link


def ban_sites(diagnosis: Diagnosis) -> tuple[Site, ...]:
    """Turns that find too few gaps and have no green of their own."""
    return tuple(
        Site((BanTurn(figures.from_link, figures.id.removeprefix(f"{figures.from_link}->")),))
        for figures in _movements(diagnosis)
        if figures.yields and figures.saturation >= OVER
    )


def _movements(diagnosis: Diagnosis) -> Iterator[MovementFigures]:
    """All movements, those of the signal first where most can be gained."""
    for point in diagnosis.worklist:
        yield from point.figures.movements
