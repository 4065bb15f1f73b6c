"""U-turn openings: capacity, and how much further one drives where one can no longer turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from trafficopt.intersection import Turn
from trafficopt.model.turn_capacity import CAUTIOUS_U_TURN, U_TURN
from trafficopt.programme.before_after import BeforeAfter, TurnFigures
from trafficopt.sumo.roads import Pair, way_between
from trafficopt.treatment import CloseOpening, MoveOpening
from trafficopt.units import Meters, Seconds, VehiclesPerHour


@dataclass(frozen=True, slots=True)
class OpeningFigures:
    """A U-turn opening, and the turn at a signal or at another place of the block instead.

    Attributes
    ----------
    opposing_veh_h
        Flow to which U-turns yield before.
    cautious_veh_h
        Capacity before with the longest gaps of the HCM.
    further_m, further_s
        What a U-turner drives more than before; seconds at free flow. Below 0: less.
    """

    edit: CloseOpening | MoveOpening
    turn: TurnFigures
    opposing_veh_h: VehiclesPerHour
    cautious_veh_h: VehiclesPerHour
    further_m: Meters
    further_s: Seconds


def opening_figures(both: BeforeAfter, edit: CloseOpening | MoveOpening) -> OpeningFigures:
    """Figures of an opening that is among the treatments."""
    pair = edit.from_edge, edit.to_edge
    flow, capacity = both.flows.get(pair, 0.0), both.through_gaps_veh_h(pair, U_TURN)
    if isinstance(edit, MoveOpening):  # the same gaps in the same traffic
        turn = TurnFigures(*pair, flow, capacity, both.flows_after.get(pair, 0.0), capacity)
        further = _moved(both, edit)
    else:
        between = _detour(both, pair)
        back = _turn_back(both, (pair[0], *between, pair[1]))
        after = both.flows_after.get(back, 0.0), both.under_signal_veh_h(back)
        turn = TurnFigures(*pair, flow, capacity, *after)
        links = [both.before.network.links[key] for key in between]
        further = sum(link.length_m for link in links), sum(link.free_flow_s for link in links)
    cautious = both.through_gaps_veh_h(pair, CAUTIOUS_U_TURN)
    return OpeningFigures(edit, turn, both.opposing_veh_h(pair), cautious, *further)


def _moved(both: BeforeAfter, edit: MoveOpening) -> tuple[Meters, Seconds]:
    """What one drives more because an opening has moved: there, and back as far."""
    links = (both.before.network.links[key] for key in (edit.from_edge, edit.to_edge))
    return 2.0 * edit.downstream_m, sum(edit.downstream_m / link.speed_m_s for link in links)


def _detour(both: BeforeAfter, pair: Pair) -> Sequence[str]:
    """Links that one drives instead of a turn that is gone."""
    if pair in both.changes.detours:
        return both.changes.detours[pair]
    found = way_between(both.changes.successors(both.roads), both.roads.links, *pair)
    return found[0] if found else ()


def _turn_back(both: BeforeAfter, way: Sequence[str]) -> Pair:
    """The U-turn under a signal on a way; empty names where there is none."""
    turns = {
        (m.from_link, m.to_link)
        for node in both.after.scenario.network.intersections
        for m in node.movements
        if m.turn is Turn.U_TURN
    }
    return next((pair for pair in pairwise(way) if pair in turns), ("", ""))
