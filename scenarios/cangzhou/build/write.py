"""Write the files that the library and SUMO read."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from assignment import Assignment
from city import City
from demand import Trips
from netfiles import write_gzip
from streets import Streets
from tables import Tables

CONFIG = """<configuration>
    <input>
        <net-file value="cangzhou.net.xml.gz"/>
        <route-files value="cangzhou.rou.xml.gz"/>
    </input>
    <time>
        <begin value="{begin}"/>
        <end value="{end}"/>
        <step-length value="1"/>
    </time>
    <processing>
        <time-to-teleport value="300"/>
    </processing>
    <random_number>
        <seed value="1"/>
    </random_number>
</configuration>
"""

SCENARIO = """name = "cangzhou"
title = "Cangzhou AM peak (synthetic)"
note = "Synthetic city modeled on published totals of a 2021 retiming program; \
network and counts are synthetic."
sumocfg = "cangzhou.sumocfg"
intersections = "intersections.csv"
arterials = "arterials.csv"
uturn_openings = "uturn_openings.csv"

[limits]  # the office's own: no stage below 15 s, or below the field plan where that shows less
min_green_s = 15.0
min_cycle_s = 50.0
max_cycle_s = 150.0

[programme]  # spaces are shared out by the trips that end in a district
parking_spaces = 6900
opened = 2021-03-01
owners = { signals = "signal office", roads = "road works", parking = "parking office" }
"""


def write_tables(city: City, streets: Streets, tables: Tables, directory: Path) -> None:
    """Write the scenario file, SUMO's configuration and the three tables."""
    (directory / "scenario.toml").write_text(SCENARIO, encoding="utf-8")
    begin, end = tables.count("demand", "begin_s"), tables.count("demand", "end_s")
    config = CONFIG.format(begin=begin, end=end)
    (directory / "cangzhou.sumocfg").write_text(config, encoding="utf-8")
    yes = {True: "yes", False: "no"}
    _write_csv(
        directory / "intersections.csv",
        ("intersection", "x_m", "y_m", "district", "retime", "islands"),
        (
            (j.id, f"{j.x:.1f}", f"{j.y:.1f}", j.district, yes[j.retime], yes[j.islands])
            for j in city.signals()
        ),
    )
    _write_csv(
        directory / "arterials.csv",
        ("arterial", "position", "intersection"),
        (
            (arterial, position, junction.id)
            for arterial, members in city.arterials.items()
            for position, junction in enumerate(members, 1)
        ),
    )
    _write_csv(
        directory / "uturn_openings.csv",
        ("opening", "arterial", "from_edge", "to_edge"),
        (
            (opening.id, opening.block.arterial, *streets.opening_edges[opening.id])
            for opening in city.openings
        ),
    )


def _write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def write_routes(trips: Trips, assignment: Assignment, tables: Tables, directory: Path) -> None:
    """Write vehicle types and one vehicle with an explicit route per trip."""
    lines = ["<routes>"]
    for kind in tables.city["vehicle_type"]:
        attributes = " ".join(f'{key}="{value}"' for key, value in kind["sumo"].items())
        lines.append(f'<vType id="{kind["id"]}" {attributes}/>')
    for number, (depart, kind, route) in enumerate(
        zip(trips.depart_s, trips.vehicle_type, assignment.routes(), strict=True), 1
    ):
        lines.append(
            f'<vehicle id="v{number:05d}" type="{kind}" depart="{depart:.1f}" '
            'departLane="best" departSpeed="max" departPos="random_free" arrivalPos="random">'
            f'<route edges="{" ".join(route)}"/></vehicle>'
        )
    lines.append("</routes>\n")
    write_gzip(directory / "cangzhou.rou.xml.gz", "\n".join(lines))
