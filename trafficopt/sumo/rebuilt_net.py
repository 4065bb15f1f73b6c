"""Edit a net with netconvert, and keep everything of it that the edit does not touch."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

from defusedxml.ElementTree import parse

from trafficopt.errors import InputError
from trafficopt.sumo.binary import run_tool
from trafficopt.sumo.changed_net import Changes
from trafficopt.sumo.roads import LaneEnds
from trafficopt.sumo.xml import opened

TIME_LIMIT_S = 600.0
OPTIONS = ("--no-turnarounds", "--offset.disable-normalization")
# netconvert works out who waits where inside a junction from all programs of a signal: its own, which
# takes the place of an edited signal's, stays beside those bound again, as in a net built in two passes.
BOUND = "trafficopt-bound-"
MANNER = ("uncontrolled", "keepClear", "contPos", "visibility", "speed", "pass")
Letters = Mapping[str, Mapping[LaneEnds, int]]
Programs = Mapping[str, Sequence[ET.Element]]
Ends = Mapping[str, tuple[str, str]]
Owner = tuple[tuple[str, ...], str]  # nodes on which an element depends; node, link or signal


@dataclass(frozen=True, slots=True)
class Touched:
    """Nodes at which an edit changes anything, and their signals."""

    nodes: Set[str]
    signals: Set[str]


def read_tree(path: Path) -> ET.Element:
    """Root element of a SUMO file."""
    with opened(path) as stream:
        root = parse(stream).getroot()
        assert root is not None  # parse would have raised
        return root


def edited_net(
    net: Path, changes: Changes, touched: Touched, bound: Callable[[Letters], Programs], folder: Path
) -> ET.Element:
    """The net with `changes`: two passes of netconvert, of which only what is touched is taken over.

    Parameters
    ----------
    bound
        Gives the programs of the touched signals for the letters that their connections have got.
    folder
        For netconvert's files.

    Raises
    ------
    SimulationError
        If netconvert fails.
    InputError
        If it connects other lanes than it was told to.
    """
    original = read_tree(net)
    _write_patch(original, changes, folder)
    patch = ("-n", "patch.nod.xml", "-e", "patch.edg.xml", "-x", "patch.con.xml")
    _netconvert(("-s", str(net), *patch, "-o", "first.net.xml"), folder)
    first = read_tree(folder / "first.net.xml")
    _require_done(original, first, changes)
    programs = bound(_letters(first, touched.signals))
    built = first
    if touched.signals:
        _write_programs(first, programs, folder / "bound.tll.xml")
        _netconvert(("-s", "first.net.xml", "-i", "bound.tll.xml", "-o", "second.net.xml"), folder)
        built = read_tree(folder / "second.net.xml")
    return _grafted(original, built, touched, programs)


def _netconvert(arguments: Sequence[str], folder: Path) -> None:
    run_tool("netconvert", [*arguments, *OPTIONS], cwd=folder, time_limit_s=TIME_LIMIT_S)


def _write_patch(original: ET.Element, changes: Changes, folder: Path) -> None:
    """Write netconvert's files of moved nodes, deleted links and changed connections."""
    nodes, edges, connections = ET.Element("nodes"), ET.Element("edges"), ET.Element("connections")
    for junction in original.iter("junction"):
        if (shift_m := changes.moved.get(junction.get("id", ""))) is not None:
            x, y = (float(junction.attrib[axis]) + by for axis, by in zip("xy", shift_m, strict=True))
            ET.SubElement(nodes, "node", id=junction.attrib["id"], x=f"{x:.2f}", y=f"{y:.2f}")
    for link in sorted(changes.deleted):
        ET.SubElement(edges, "delete", id=link)
    for from_link, to_link in sorted(changes.removed):
        ET.SubElement(connections, "delete", {"from": from_link, "to": to_link})
    for ends in sorted(changes.dropped):
        ET.SubElement(connections, "delete", _attributes(ends))
    known = _connections(original)
    for ends in changes.added:
        like = known[changes.like[ends]].attrib if ends in changes.like else {}
        manner = {name: like[name] for name in MANNER if name in like}
        ET.SubElement(connections, "connection", {**manner, **_attributes(ends)})
    ET.ElementTree(nodes).write(folder / "patch.nod.xml")
    ET.ElementTree(edges).write(folder / "patch.edg.xml")
    ET.ElementTree(connections).write(folder / "patch.con.xml")


def _attributes(ends: LaneEnds) -> dict[str, str]:
    lanes = {"fromLane": str(ends.from_lane), "toLane": str(ends.to_lane)}
    return {"from": ends.from_link, "to": ends.to_link, **lanes}


def _require_done(original: ET.Element, built: ET.Element, changes: Changes) -> None:
    """Refuse a net whose lanes are connected otherwise: netconvert may guess, or leave out."""
    wanted = {ends for ends in _connections(original) if changes.keeps(ends)}
    differing = (wanted | changes.added.keys()) ^ _connections(built).keys()
    if differing:
        shown = sorted(
            f"{ends.from_link}_{ends.from_lane}->{ends.to_link}_{ends.to_lane}" for ends in differing
        )
        faults = [f"netconvert did not connect as it should: {name}" for name in shown]
        raise InputError("treatments", faults, "leave these places as they are, or edit the net by hand")


def _connections(root: ET.Element) -> dict[LaneEnds, ET.Element]:
    """Connections between lanes of links."""
    return {
        LaneEnds(c.attrib["from"], c.attrib["to"], int(c.attrib["fromLane"]), int(c.attrib["toLane"])): c
        for c in root.iter("connection")
        if not (c.attrib["from"].startswith(":") or c.attrib["to"].startswith(":"))
    }


def _letters(root: ET.Element, signals: Set[str]) -> dict[str, dict[LaneEnds, int]]:
    """Letter of each connection of some signals."""
    found: dict[str, dict[LaneEnds, int]] = {key: {} for key in sorted(signals)}
    for ends, connection in _connections(root).items():
        if connection.get("tl") in found:
            found[connection.attrib["tl"]][ends] = int(connection.attrib["linkIndex"])
    return found


def _write_programs(root: ET.Element, programs: Programs, path: Path) -> None:
    """Write the programs with their connections: netconvert makes rights that go on red give way by them."""
    logics = ET.Element("tlLogics")
    for number, logic in enumerate(logic for key in programs for logic in programs[key]):
        if logic.find("phase") is None:
            continue
        attributes = {"id": logic.attrib["id"], "type": "static", "programID": f"{BOUND}{number}"}
        copy = ET.SubElement(logics, "tlLogic", {**attributes, "offset": "0"})
        for phase in logic.iter("phase"):
            ET.SubElement(copy, "phase", duration=phase.attrib["duration"], state=phase.attrib["state"])
    names = ("from", "to", "fromLane", "toLane", "tl", "linkIndex")
    for c in root.iter("connection"):
        if c.get("tl") in programs:
            ET.SubElement(logics, "connection", {name: c.get(name, "") for name in names})
    ET.ElementTree(logics).write(path)


def _grafted(original: ET.Element, built: ET.Element, touched: Touched, programs: Programs) -> ET.Element:
    """The original net with what is touched taken from the one that was built."""
    ends = {edge.get("id", ""): (edge.get("from", ""), edge.get("to", "")) for edge in original.iter("edge")}
    before, after = (_groups(root, ends) for root in (original, built))
    root = ET.Element(original.tag, original.attrib)
    for section, groups in before.items():
        rebuilt = after.get(section, {})
        for nodes, owner in dict.fromkeys((*groups, *rebuilt)):
            if section == "tlLogic":
                root.extend(programs.get(owner, groups.get((nodes, owner), ())))
            else:
                source = groups if touched.nodes.isdisjoint(nodes) else rebuilt
                root.extend(source.get((nodes, owner), ()))
    return root


def _groups(root: ET.Element, ends: Ends) -> dict[str, dict[Owner, list[ET.Element]]]:
    """Elements by section of the file and by owner, in the order of the file."""
    groups: dict[str, dict[Owner, list[ET.Element]]] = defaultdict(lambda: defaultdict(list))
    for element in root:
        section, owner = _place(element, ends)
        groups[section][owner].append(element)
    return groups


def _place(element: ET.Element, ends: Ends) -> tuple[str, Owner]:
    """Section of an element, and its owner with the nodes on which it depends."""
    key, is_connection = element.get("id", ""), element.tag == "connection"
    if is_connection:
        key = element.get("from", "")
    if key.startswith(":") and element.tag in ("edge", "connection", "junction"):
        node = key[1:].rsplit("_", 2 if element.tag == "junction" else 1)[0]
        return f"internal {element.tag}", ((node,), node)
    if element.tag == "junction":
        return element.tag, ((key,), key)
    if element.tag in ("edge", "connection"):
        return element.tag, (ends[key][1:] if is_connection else ends[key], key)
    return element.tag, ((), key)
