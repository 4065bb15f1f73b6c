"""Nodes of a net that treatments move along their road: U-turn openings and the begins of pockets."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from trafficopt.intersection import Turn
from trafficopt.network import Link
from trafficopt.sumo.roads import Roads
from trafficopt.treatment import ExtendPocket, MoveOpening
from trafficopt.units import FloatArray

SHORTEST_LINK_M = 20.0  # what must be left of each link on which a node is moved
STRAIGHT = 0.996  # cosine of 5 degrees


def direction_of(link: Link, segment: int) -> FloatArray:
    """Direction of one segment of a link's line, shape (2,), of length 1."""
    (x, y), (u, v) = link.shape[segment], link.shape[segment + 1]
    along = np.array([u - x, v - y])
    return np.asarray(along / max(float(np.hypot(*along)), 1e-9))


def enter_move(roads: Roads, moved: dict[str, FloatArray], edit: MoveOpening | ExtendPocket) -> list[str]:
    """Enter how far [m] an edit moves nodes, shape (2,) each; say why it cannot be done."""
    if isinstance(edit, MoveOpening):
        turns = {c.turn for c in roads.outgoing.get(edit.from_edge, ()) if roads.to_link(c) == edit.to_edge}
        if turns != {Turn.U_TURN}:
            return [f"{edit}: from {edit.from_edge!r} to {edit.to_edge!r} is no U-turn"]
        link = roads.links[edit.from_edge]
        nodes = [link.to_node, *([link.from_node] if _is_plain(roads, link.from_node) else [])]
        by_m = edit.downstream_m
    else:
        if edit.link not in roads.links:
            return [f"{edit}: {edit.link!r} is no link of the network"]
        link = roads.links[edit.link]
        before = [other for other in roads.links.values() if other.to_node == link.from_node]
        if not _is_plain(roads, link.from_node) or before[0].n_lanes >= link.n_lanes:
            return [f"{edit}: no pocket begins with {edit.link!r}"]
        nodes, by_m = [link.from_node], -edit.by_m
    if twice := [node for node in nodes if node in moved]:
        return [f"{edit}: node {twice[0]!r} is moved by another treatment"]
    moved.update(dict.fromkeys(nodes, by_m * direction_of(link, 0)))
    return []


def _is_plain(roads: Roads, node: str) -> bool:
    """Whether a node only joins two pieces of a one-way road."""
    before = [link.id for link in roads.links.values() if link.to_node == node]
    after = [link.id for link in roads.links.values() if link.from_node == node]
    if (len(before), len(after)) != (1, 1):
        return False
    return (
        all(c.turn is Turn.THROUGH for c in roads.outgoing.get(before[0], ())) and before[0] in roads.outgoing
    )


def move_faults(roads: Roads, moved: Mapping[str, FloatArray]) -> list[str]:
    """Links that would bend, or become too short."""
    still = np.zeros(2)
    faults = []
    for link in roads.links.values():
        begin, end = moved.get(link.from_node, still), moved.get(link.to_node, still)
        if not (begin.any() or end.any()):
            continue
        along = direction_of(link, 0)
        shifts = [shift for shift in (begin, end) if shift.any()]
        if len(link.shape) > 2 or any(abs(along @ s) < STRAIGHT * np.hypot(*s) for s in shifts):
            faults.append(f"the road bends at {link.id!r}, along which a node would be moved")
        elif link.length_m + float(along @ (end - begin)) < SHORTEST_LINK_M:
            room_m = max(0.0, link.length_m - SHORTEST_LINK_M)
            faults.append(f"{link.id!r} ({link.length_m:.0f} m) can become {room_m:.0f} m shorter, not more")
    return faults
