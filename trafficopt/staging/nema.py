"""The NEMA view of an intersection: eight phases in two rings, with a barrier between the roads.

Numbers as in NEMA TS 2 and the Signal Timing Manual (NCHRP Report 812): 2 and 6 are the through movements
of the main road, 4 and 8 those of the other; 5 turns from the approach of 2, 1 from that of 6, 7 from that
of 4, and 3 from that of 8. Phases of one ring follow each other, and each ring is in step with the other
at the barriers:

    ring 1   1 2 | 3 4 |
    ring 2   5 6 | 7 8 |
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import product

import numpy as np

from trafficopt.intersection import Intersection
from trafficopt.staging.approaches import Approach, JunctionLayout
from trafficopt.staging.sequences import concurrent_crossings
from trafficopt.staging.stages import states_of
from trafficopt.units import MetersPerSecond

# Turn and through phase of ring 1, then of ring 2, on either side of the barrier.
SIDES = (((1, 2), (5, 6)), ((3, 4), (7, 8)))
# The turn from the approach of each through phase.
TURN_BESIDE = {2: 5, 6: 1, 4: 7, 8: 3}


class TurnOrder(StrEnum):
    """Place of the turns of rings 1 and 2 before (lead) or after (lag) the through movement."""

    LEAD_LEAD = "lead-lead"
    LAG_LAG = "lag-lag"
    LEAD_LAG = "lead-lag"
    LAG_LEAD = "lag-lead"


@dataclass(frozen=True, slots=True)
class DualRing:
    """Movements of the phases 1 to 8.

    Attributes
    ----------
    phases
        Ids of the movements (`from->to`) of phase 1, 2, ... 8; empty where there is no such phase.
    """

    phases: tuple[tuple[str, ...], ...]

    def __post_init__(self) -> None:
        if len(self.phases) != 8:
            raise ValueError("a dual ring has phases 1 to 8")

    def movements(self, phase: int) -> tuple[str, ...]:
        """Ids of the movements of a phase (1 to 8)."""
        return self.phases[phase - 1]

    @property
    def present(self) -> tuple[int, ...]:
        """Numbers of the phases that have movements."""
        return tuple(number for number, movements in enumerate(self.phases, start=1) if movements)


def dual_ring(intersection: Intersection) -> DualRing | None:
    """The intersection's movements as NEMA phases; None where they do not fit.

    They fit two roads whose approaches face each other, or one such road and a lone approach, which is
    phase 4. Near turns are in their approach's through phase, U-turns with the far turn where there is
    one. The main road is the faster one, then the one with more through lanes, then the first by head.
    """
    layout = JunctionLayout(intersection)
    roads = sorted(layout.roads, key=lambda road: (-len(road), *_rank(layout, road)))
    if [len(road) for road in roads] not in ([2, 2], [2, 1]):
        return None
    units: dict[int, tuple[int, ...]] = {}
    for road, numbers in zip(roads, ((2, 6), (4, 8)), strict=True):
        for approach, through in zip(road, numbers, strict=False):
            units[through] = approach.straight
            units[TURN_BESIDE[through]] = approach.turning
    pairs = [pair for one, two in SIDES for pair in product(one, two)]
    if any(layout.clash((*units.get(a, ()), *units.get(b, ()))) for a, b in pairs):
        return None
    return DualRing(tuple(tuple(layout.units[u].id for u in units.get(k, ())) for k in range(1, 9)))


def ring_stages(
    intersection: Intersection,
    ring: DualRing,
    orders: Sequence[TurnOrder] = (TurnOrder.LEAD_LEAD, TurnOrder.LEAD_LEAD),
    first_to_end: Sequence[int] = (0, 0),
    permissive: bool = False,
) -> tuple[str, ...]:
    """States of the stages through which the two rings go.

    Crossings are shown with the phases that they go well with; the rings have no stage where all walk.

    Parameters
    ----------
    orders
        Order of turns and through movements on the main road and on the other.
    first_to_end
        The ring (1 or 2) whose first phase ends before the other's, on the main road and on the other;
        0 where both end together.
    permissive
        Whether a turn is green with its approach's through movement also, where requirements allow it.
    """
    layout = JunctionLayout(intersection)
    of_phase = _units_of(layout, ring)
    greens = []
    for side, order, first in zip(SIDES, orders, first_to_end, strict=True):
        for phases in _positions(ring, side, order, first):
            stage = {*layout.free, *(u for phase in phases for u in of_phase[phase])}
            for turn in (TURN_BESIDE[phase] for phase in phases if permissive and phase in TURN_BESIDE):
                stage |= set() if layout.clash((*stage, *of_phase[turn])) else set(of_phase[turn])
            stage |= concurrent_crossings(layout, stage)
            greens.append(layout.membership[sorted(stage)].any(axis=0))
    return tuple(states_of(layout, np.array(greens, dtype=np.bool_)))


def _positions(
    ring: DualRing, side: tuple[tuple[int, int], ...], order: TurnOrder, first_to_end: int
) -> Iterator[tuple[int, ...]]:
    """Phases that are green together, one after the other, between two barriers."""
    places = order.value.split("-")
    rings = [
        [phase for phase in (pair if place == "lead" else pair[::-1]) if phase in ring.present]
        for pair, place in zip(side, places, strict=True)
    ]
    while any(rings):
        yield tuple(phases[0] for phases in rings if phases)
        waiting = [k for k, phases in enumerate(rings) if len(phases) > 1]
        if len(waiting) == 2 and first_to_end:
            waiting = [first_to_end - 1]
        if not waiting:
            return
        for k in waiting:
            rings[k] = rings[k][1:]


def _units_of(layout: JunctionLayout, ring: DualRing) -> dict[int, tuple[int, ...]]:
    by_id = {layout.units[u].id: u for u in layout.vehicles}
    return {k: tuple(by_id[key] for key in ring.movements(k)) for k in range(1, 9)}


def _rank(layout: JunctionLayout, road: Sequence[Approach]) -> tuple[MetersPerSecond, int]:
    """Sorts main roads first: speed [m/s] and number of lanes of the through movements, negative."""
    heads = [layout.intersection.heads[k] for a in road for u in a.through for k in layout.units[u].heads]
    lanes = {(head.from_link, head.lane) for head in heads}
    return -max((head.speed_m_s for head in heads), default=0.0), -len(lanes)
