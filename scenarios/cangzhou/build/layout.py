"""Lay out the city: grid lines, river, missing blocks, side streets, gates, signals."""

from __future__ import annotations

import math

import networkx as nx
import numpy as np
from city import Block, City, Junction, Opening
from tables import Line, Tables


def lay_out(tables: Tables, rng: np.random.Generator) -> City:
    """Return the layout of the city."""
    junctions = _grid(tables, rng)
    blocks = _grid_blocks(tables, junctions)
    blocks = _remove_minor_blocks(tables, blocks, rng)
    _add_gates(tables, junctions, blocks)
    sides = _add_side_streets(tables, junctions, blocks, rng)
    for junction in junctions.values():
        junction.district = tables.district(junction.x, junction.y).name
    _choose_signals(tables, junctions, sides)
    _choose_islands(tables, junctions)
    _choose_right_lanes(tables, junctions, rng)
    openings = _choose_openings(tables, blocks)
    return City(junctions, blocks, openings, _arterials(tables, junctions, blocks))


def _grid(tables: Tables, rng: np.random.Generator) -> dict[str, Junction]:
    jitter = tables.value("layout", "jitter_m")
    amplitude = tables.value("layout", "warp_amplitude_m")
    wave = tables.value("layout", "warp_length_m")
    junctions: dict[str, Junction] = {}
    for row in tables.rows:
        for column in tables.columns:
            dx, dy = rng.uniform(-jitter, jitter, 2)
            x = column.position_m + dx + amplitude * math.sin(row.position_m / wave + 0.6)
            y = row.position_m + dy + amplitude * math.sin(column.position_m / wave)
            name = f"J{row.number:02d}{column.number:02d}"
            junctions[name] = Junction(name, round(float(x), 1), round(float(y), 1), "grid")
    return junctions


def _grid_blocks(tables: Tables, junctions: dict[str, Junction]) -> list[Block]:
    south_bank, north_bank = tables.city["layout"]["river_between_rows"]
    bridges = set(tables.city["layout"]["bridge_columns"])
    blocks: list[Block] = []

    def add(line: Line, a: str, b: str) -> None:
        block = Block(
            junctions[a],
            junctions[b],
            line.axis,
            line.road_class,
            line.lanes,
            line.arterial,
            line.number,
        )
        block.join()
        blocks.append(block)

    for row in tables.rows:
        for west, east in zip(tables.columns, tables.columns[1:], strict=False):
            add(row, f"J{row.number:02d}{west.number:02d}", f"J{row.number:02d}{east.number:02d}")
    for column in tables.columns:
        for south, north in zip(tables.rows, tables.rows[1:], strict=False):
            river = (south.number, north.number) == (south_bank, north_bank)
            if river and column.number not in bridges:
                continue
            add(
                column,
                f"J{south.number:02d}{column.number:02d}",
                f"J{north.number:02d}{column.number:02d}",
            )
    return blocks


def _remove_minor_blocks(tables: Tables, blocks: list[Block], rng: np.random.Generator) -> list[Block]:
    minor = [block for block in blocks if block.road_class == "minor"]
    target = round(tables.value("layout", "missing_minor_share") * len(minor))
    graph = nx.Graph((block.a.id, block.b.id) for block in blocks)
    gone: set[int] = set()
    for index in rng.permutation(len(minor)):
        block = minor[int(index)]
        if len(gone) == target:
            break
        if any(len(end.legs) < 4 for end in (block.a, block.b)):
            continue
        graph.remove_edge(block.a.id, block.b.id)
        if not nx.is_connected(graph):
            graph.add_edge(block.a.id, block.b.id)
            continue
        block.part()
        gone.add(id(block))
    return [block for block in blocks if id(block) not in gone]


def _add_gates(tables: Tables, junctions: dict[str, Junction], blocks: list[Block]) -> None:
    length = tables.value("layout", "gate_length_m")
    rows, columns = len(tables.rows), len(tables.columns)
    for line in (*tables.rows, *tables.columns):
        if not line.arterial:
            continue
        for far in (False, True):
            if line.axis == "row":
                name, letter = (
                    f"J{line.number:02d}{columns if far else 1:02d}",
                    "E" if far else "W",
                )
                step = (length if far else -length, 0.0)
            else:
                name, letter = f"J{rows if far else 1:02d}{line.number:02d}", "N" if far else "S"
                step = (0.0, length if far else -length)
            end = junctions[name]
            gate = Junction(f"G{line.arterial}{letter}", end.x + step[0], end.y + step[1], "gate")
            junctions[gate.id] = gate
            a, b = (end, gate) if far else (gate, end)
            block = Block(a, b, line.axis, "arterial", line.lanes, line.arterial, line.number)
            block.join()
            blocks.append(block)


def _add_side_streets(
    tables: Tables,
    junctions: dict[str, Junction],
    blocks: list[Block],
    rng: np.random.Generator,
) -> list[Junction]:
    """Split the longest arterial blocks at a T; return the new nodes, longest block first."""
    length = tables.value("layout", "side_street_length_m")
    river = tuple(tables.city["layout"]["river_between_rows"])
    candidates = [
        block
        for block in blocks
        if block.arterial
        and block.a.kind == block.b.kind == "grid"
        and block.length_m >= tables.value("layout", "min_side_block_m")
        and (int(block.a.id[1:3]), int(block.b.id[1:3])) != river
    ]
    candidates.sort(key=lambda block: -block.length_m)
    sides: list[Junction] = []
    for block in candidates[: tables.count("layout", "n_side_streets")]:
        letter = "E" if block.axis == "row" else "N"
        x, y = block.point(float(rng.uniform(0.47, 0.53)))
        node = Junction(block.a.id + letter, round(x, 1), round(y, 1), "side")
        junctions[node.id] = node
        block.part()
        blocks.remove(block)
        for a, b in ((block.a, node), (node, block.b)):
            half = Block(a, b, block.axis, "arterial", block.lanes, block.arterial, block.line)
            half.join()
            blocks.append(half)
        sign = 1.0 if rng.random() < 0.5 else -1.0
        across = "column" if block.axis == "row" else "row"
        dx, dy = (0.0, sign * length) if across == "column" else (sign * length, 0.0)
        dead = Junction("D" + node.id[1:], node.x + dx, node.y + dy, "dead")
        junctions[dead.id] = dead
        a, b = (node, dead) if sign > 0 else (dead, node)
        stub = Block(a, b, across, "side", 1, "", 0)
        stub.join()
        blocks.append(stub)
        sides.append(node)
    return sides


def _closeness(tables: Tables, junction: Junction) -> float:
    """Return the distance from the middle of the map."""
    middle_x = tables.columns[-1].position_m / 2
    middle_y = tables.rows[-1].position_m / 2
    return math.hypot(junction.x - middle_x, junction.y - middle_y)


def _choose_signals(tables: Tables, junctions: dict[str, Junction], sides: list[Junction]) -> None:
    def importance(junction: Junction) -> tuple[int, float]:
        return (-junction.rank, _closeness(tables, junction))

    n_arterial = tables.count("totals", "n_arterial_signals")
    unsignalized = tables.count("totals", "n_unsignalized_arterial_junctions")
    grid = [j for j in junctions.values() if j.kind == "grid"]
    on_arterial = sorted((j for j in grid if j.on_arterial), key=importance)
    chosen = on_arterial[: len(on_arterial) - unsignalized]
    chosen += sides[: n_arterial - len(chosen)]
    others = sorted((j for j in grid if not j.on_arterial and len(j.legs) > 2), key=importance)
    others = others[: tables.count("totals", "n_signals") - n_arterial]
    for junction in (*chosen, *others):
        junction.signal = True
    for junction in (*chosen, *others[: tables.count("totals", "n_retime") - n_arterial]):
        junction.retime = True


def _choose_islands(tables: Tables, junctions: dict[str, Junction]) -> None:
    geometry = tables.city["geometry"]
    need = geometry["slip_diverge_m"] + geometry["slip_merge_m"] + 120.0
    candidates = [
        j
        for j in junctions.values()
        if j.signal
        and j.kind == "grid"
        and j.on_arterial
        and len(j.legs) == 4
        and all(block.length_m >= need for block in j.legs.values())
    ]
    candidates.sort(key=lambda j: (-j.rank, _closeness(tables, j)))
    for junction in candidates[: tables.count("totals", "n_islands")]:
        junction.islands = True


def _choose_right_lanes(tables: Tables, junctions: dict[str, Junction], rng: np.random.Generator) -> None:
    """Draw where arterial approaches keep the curb lane for right turns."""
    share = tables.value("geometry", "right_lane_share")
    for junction in junctions.values():
        if junction.signal and junction.on_arterial and not junction.islands:
            junction.right_lane = bool(rng.random() < share)


def _choose_openings(tables: Tables, blocks: list[Block]) -> list[Opening]:
    shortest = tables.value("layout", "min_opening_block_m")
    candidates = [
        block
        for block in blocks
        if block.arterial and block.length_m >= shortest and block.a.kind != "gate" != block.b.kind
    ]
    candidates.sort(key=lambda block: -block.length_m)
    chosen = candidates[: tables.count("totals", "n_openings")]
    chosen.sort(key=lambda b: (b.arterial, b.a.x if b.axis == "row" else b.a.y))
    return [
        Opening(f"U{i:02d}", block, from_a=i % 2 == 0, share=0.46 if i % 2 == 0 else 0.54)
        for i, block in enumerate(chosen, 1)
    ]


def _arterials(
    tables: Tables, junctions: dict[str, Junction], blocks: list[Block]
) -> dict[str, list[Junction]]:
    found: dict[str, list[Junction]] = {}
    for line in (*tables.rows, *tables.columns):
        if not line.arterial:
            continue
        ends = {j.id for b in blocks if b.arterial == line.arterial for j in (b.a, b.b)}
        members = [junctions[name] for name in ends if junctions[name].signal]
        members.sort(key=lambda j: j.x if line.axis == "row" else j.y)
        found[line.arterial] = members
    return dict(sorted(found.items()))
