"""Build the scenario: ``python scenarios/cangzhou/build [--output DIR]``."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
from assignment import Assignment, build_graph
from demand import draw_trips
from field_plan import make_field_plan, write_programs
from layout import lay_out
from netfiles import build_bare_net, build_signal_net, without_header, write_gzip, write_plain
from stages import build_signals
from streets import build_streets
from tables import read_tables
from write import write_routes, write_tables

HOME = Path(__file__).resolve().parent.parent


def build(source: Path, output: Path) -> None:
    """Build all files of the scenario from the tables in ``source``."""
    tables = read_tables(source)
    draws = [np.random.default_rng([tables.seed, k]) for k in range(4)]
    city = lay_out(tables, draws[0])
    streets = build_streets(city, tables)
    signals = build_signals(city, streets, tables)
    trips = draw_trips(city, streets, tables, draws[1])
    graph = build_graph(city, streets, signals, tables)
    assignment = Assignment(graph, trips, signals, tables, draws[2])
    greens = {name: [30] * len(signal.stages) for name, signal in signals.items()}
    rounds = tables.count("assignment", "rounds_webster")
    for k in range(rounds):
        assignment.round(greens, 1.0 / (k + 1))
        greens = assignment.webster_greens()
    plan = make_field_plan(city, assignment, tables, draws[3])
    for k in range(tables.count("assignment", "rounds_field")):
        assignment.round(plan.greens_s, 1.0 / (k + 3))
    print(f"{len(trips.origin)} trips, cost above shortest routes {100 * assignment.gap:.1f} %")
    output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        directory = Path(scratch)
        write_plain(streets, tables, directory)
        print(build_bare_net(directory), end="")
        programs = write_programs(plan, signals, streets, directory / "bare.net.xml")
        print(build_signal_net(directory, programs), end="")
        net = (directory / "field.net.xml").read_text(encoding="utf-8")
    write_gzip(output / "cangzhou.net.xml.gz", without_header(net))
    write_routes(trips, assignment, tables, output)
    write_tables(city, streets, tables, output)


def main() -> None:
    """Run the build from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", type=Path, default=HOME, help="directory of city.toml")
    parser.add_argument("--output", type=Path, default=HOME, help="directory to write to")
    arguments = parser.parse_args()
    build(arguments.source, arguments.output)


if __name__ == "__main__":
    main()
