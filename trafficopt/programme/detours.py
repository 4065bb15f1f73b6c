"""Free driving that edits of the network add: no delay for a simulation, but time for a driver."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from trafficopt.scenario import Scenario
from trafficopt.sumo.network_edits import EditedScenario
from trafficopt.treatment import BanTurn, CloseOpening, MoveOpening, NetworkEdit
from trafficopt.units import FloatArray, Seconds


def longer_s(scenario: Scenario, edited: EditedScenario) -> dict[str, Seconds]:
    """Free-flow time that vehicles drive more [s], by vehicle that does."""
    moved = {_turn(edit) for edit in edited.treatments if isinstance(edit, MoveOpening)}
    found = dict(edited.rerouted_s)
    if moved:
        for vehicle, route in zip(scenario.demand.vehicles, scenario.demand.routes, strict=True):
            if moved.intersection(pairwise(route)):
                found[vehicle] = found.get(vehicle, 0.0) + _stretched_s(scenario, edited, route)
    return found


def detours_s(scenario: Scenario, edited: EditedScenario, edits: Sequence[NetworkEdit]) -> FloatArray:
    """Free-flow time that all vehicles drive more, by edit whose turn they made [veh*s], shape (n_edits,).

    A vehicle that made several such turns counts in equal parts for them.
    """
    pairs = {pair: k for k, edit in enumerate(edits) if (pair := _turn(edit))}
    longer = longer_s(scenario, edited)
    total = np.zeros(len(edits))
    for vehicle, route in zip(scenario.demand.vehicles, scenario.demand.routes, strict=True):
        made = [pairs[pair] for pair in pairwise(route) if pair in pairs] if vehicle in longer else []
        for k in made:
            total[k] += longer[vehicle] / len(made)
    return total


def _turn(edit: NetworkEdit) -> tuple[str, str] | None:
    """The two links of the turn that an edit takes away or moves."""
    match edit:
        case (
            CloseOpening(from_edge=from_link, to_edge=to_link)
            | MoveOpening(from_edge=from_link, to_edge=to_link)
        ):
            return from_link, to_link
        case BanTurn(from_link=from_link, to_link=to_link):
            return from_link, to_link
        case _:
            return None


def _stretched_s(scenario: Scenario, edited: EditedScenario, route: Sequence[str]) -> Seconds:
    """What the links of a route take longer at free flow [s], because a node was moved."""
    old, new = scenario.network.links, edited.scenario.network.links
    return sum(new[key].free_flow_s - old[key].free_flow_s for key in route if key in old and key in new)
