"""What treatments change of a net, all at once: their order does not matter."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from trafficopt.errors import InputError
from trafficopt.intersection import Turn
from trafficopt.network import Network
from trafficopt.sumo.changed_net import Changes
from trafficopt.sumo.net_islands import remove_island
from trafficopt.sumo.net_lane_uses import change_lane_use
from trafficopt.sumo.net_moves import enter_move, move_faults
from trafficopt.sumo.net_u_turns import turn_at_junction
from trafficopt.sumo.roads import Roads
from trafficopt.treatment import (
    BanTurn,
    ChangeLaneUse,
    CloseOpening,
    ExtendPocket,
    MoveOpening,
    NetworkEdit,
    RemoveIsland,
)


def changes_of(network: Network, edits: Sequence[NetworkEdit]) -> Changes:
    """What `edits` change of a network.

    The use of lanes is changed last: it may name the movements that other edits bring, and none that they
    take.

    Raises
    ------
    InputError
        If one is given twice, names what the network lacks, or cannot be done.
    """
    roads, changes = Roads(network), Changes()
    faults = _repeated(edits)
    ordered = sorted(set(edits), key=lambda edit: (edit.family, edit.place, str(edit)))
    for edit in ordered:
        match edit:
            case RemoveIsland():
                faults += remove_island(roads, changes, edit)
            case MoveOpening() | ExtendPocket():
                faults += enter_move(roads, changes.moved, edit)
            case CloseOpening() | BanTurn():
                faults += _disconnect(roads, changes, edit)
    if not faults:
        faults += [*move_faults(roads, changes.moved), *_dead_ends(roads, changes)]
        for edit in ordered:
            if isinstance(edit, CloseOpening) and edit.at_junction:
                faults += turn_at_junction(roads, changes, edit)
    for edit in ordered:
        if isinstance(edit, ChangeLaneUse):
            faults += change_lane_use(roads, changes, edit)
    if faults:
        raise InputError("treatments", faults, "take names from the network, and from the scenario's tables")
    return changes


def _repeated(edits: Sequence[NetworkEdit]) -> list[str]:
    """Places that are treated twice; a turn may be banned at several times of the day."""
    places = [
        (one.family, one.place)
        for one, other in combinations(edits, 2)
        if (one.family, one.place) == (other.family, other.place) and not _apart(one, other)
    ]
    return [f"{family} {place!r} is treated twice" for family, place in dict.fromkeys(places)]


def _apart(one: NetworkEdit, other: NetworkEdit) -> bool:
    """Whether two bans of a turn never hold at the same time."""
    if not (isinstance(one, BanTurn) and isinstance(other, BanTurn)):
        return False
    return one.window[1] <= other.window[0] or other.window[1] <= one.window[0]


def _disconnect(roads: Roads, changes: Changes, edit: CloseOpening | BanTurn) -> list[str]:
    """Enter the connection that an edit takes away, for good or for a time; say why it cannot be."""
    match edit:
        case CloseOpening(from_edge=from_link, to_edge=to_link):
            pair = from_link, to_link
        case BanTurn(from_link=from_link, to_link=to_link):
            pair = from_link, to_link
    turns = {c.turn for c in roads.outgoing.get(pair[0], ()) if roads.to_link(c) == pair[1]}
    if not turns:
        return [f"{edit}: no connection leads from {pair[0]!r} to {pair[1]!r}"]
    if isinstance(edit, CloseOpening) and turns != {Turn.U_TURN}:
        return [f"{edit}: from {pair[0]!r} to {pair[1]!r} is no U-turn"]
    if isinstance(edit, BanTurn):
        changes.banned.add(pair)
    if isinstance(edit, BanTurn) and edit.begin_s is not None:
        changes.windows[pair].append(edit.window)
    else:
        changes.removed.add(pair)
    return []


def _dead_ends(roads: Roads, changes: Changes) -> list[str]:
    """Links that lose every connection."""
    after = changes.successors(roads)
    return [
        f"the treatments would leave no way out of {link!r}"
        for link in sorted({link for link, _ in changes.removed})
        if not after.get(link)
    ]
