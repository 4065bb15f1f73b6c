"""Write netconvert's input files and run netconvert."""

from __future__ import annotations

import gzip
import os
import re
import subprocess
from pathlib import Path
from xml.sax.saxutils import quoteattr

from streets import Streets
from tables import Tables

HEADER = re.compile(r"<!--.*?-->\s*", re.DOTALL)
DEFAULT_PROGRAM = re.compile(r'\s*<tlLogic [^>]*programID="0".*?</tlLogic>', re.DOTALL)


def write_plain(streets: Streets, tables: Tables, directory: Path) -> None:
    """Write the node, edge and connection files."""
    width = tables.value("geometry", "lane_width_m")
    with (directory / "plain.nod.xml").open("w", encoding="utf-8") as file:
        file.write("<nodes>\n")
        for name, (x, y, signal) in streets.nodes.items():
            kind = "traffic_light" if signal else "priority"
            file.write(f'<node id={quoteattr(name)} x="{x}" y="{y}" type="{kind}"/>\n')
        file.write("</nodes>\n")
    with (directory / "plain.edg.xml").open("w", encoding="utf-8") as file:
        file.write("<edges>\n")
        for edge in streets.edges.values():
            road = tables.city["class"][edge.road_class]
            points = " ".join(f"{x},{y}" for x, y in edge.shape)
            shape = f' shape="{points}"' if points else ""
            file.write(
                f'<edge id="{edge.id}" from="{edge.start}" to="{edge.end}" '
                f'numLanes="{edge.lanes}" speed="{road["speed_m_s"]}" '
                f'priority="{road["priority"]}" width="{width}" type="{edge.road_class}" '
                f'spreadType="right"{shape}/>\n'
            )
        file.write("</edges>\n")
    with (directory / "plain.con.xml").open("w", encoding="utf-8") as file:
        file.write("<connections>\n")
        for link in streets.connections:
            file.write(
                f'<connection from="{link.from_edge}" to="{link.to_edge}" '
                f'fromLane="{link.from_lane}" toLane="{link.to_lane}"/>\n'
            )
        file.write("</connections>\n")


def run_netconvert(arguments: list[str], directory: Path) -> str:
    """Run netconvert in a directory and return what it reported."""
    import sumo  # type: ignore[import-untyped]

    program = Path(sumo.SUMO_HOME) / "bin" / "netconvert"
    done = subprocess.run(
        [str(program), *arguments],
        cwd=directory,
        env={**os.environ, "SUMO_HOME": str(sumo.SUMO_HOME)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"netconvert failed:\n{done.stderr[-4000:]}")
    return done.stderr


def build_bare_net(directory: Path) -> str:
    """First pass: plain files to a net with netconvert's own programs."""
    return run_netconvert(
        [
            "--node-files=plain.nod.xml",
            "--edge-files=plain.edg.xml",
            "--connection-files=plain.con.xml",
            "--no-turnarounds=true",
            "--offset.disable-normalization=true",
            "--junctions.corner-detail=0",
            "--output-file=bare.net.xml",
        ],
        directory,
    )


def build_signal_net(directory: Path, programs: str) -> str:
    """Second pass: put the field plan in; right turns free on red get their yielding rows."""
    (directory / "field.tll.xml").write_text(programs, encoding="utf-8")
    return run_netconvert(
        [
            "--sumo-net-file=bare.net.xml",
            "--tllogic-files=field.tll.xml",
            "--no-turnarounds=true",
            "--offset.disable-normalization=true",
            "--junctions.corner-detail=0",
            "--output-file=field.net.xml",
        ],
        directory,
    )


def without_header(text: str) -> str:
    """Drop the comment that holds date, version and paths, and netconvert's own programs."""
    return DEFAULT_PROGRAM.sub("", HEADER.sub("", text))


def write_gzip(path: Path, text: str) -> None:
    """Write a gzip file whose bytes depend on the text alone."""
    with (
        path.open("wb") as raw,
        gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0, compresslevel=9) as file,
    ):
        file.write(text.encode("utf-8"))
