"""Run the peak at several demands and print the table of the README.

    python scenarios/cangzhou/build/demand_table.py [--scales 0.8,1.0] [--seeds 1,2,3]

Mean delay = (timeLoss + departDelay) over all demanded vehicles; vehicles that have not arrived or
not departed by the end count with what they have lost until then. One SUMO runs at a time.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
import time
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True, slots=True)
class Run:
    """What one SUMO run gave."""

    scale: float
    seed: int
    demanded: int
    inserted: int
    mean_delay_s: float
    under_way_mean: float
    under_way_end: int
    teleports: int
    collisions: int
    wall_s: float


def simulate(sumocfg: Path, scale: float, seed: int) -> Run:
    """Run the peak once."""
    import sumo  # type: ignore[import-untyped]

    with tempfile.TemporaryDirectory() as scratch:
        trips, summary, statistic = (
            Path(scratch) / f"{name}.xml" for name in ("trips", "summary", "statistic")
        )
        command = [
            str(Path(sumo.SUMO_HOME) / "bin" / "sumo"),
            f"--configuration-file={sumocfg}",
            f"--scale={scale}",
            f"--seed={seed}",
            "--no-step-log=true",
            "--no-warnings=true",
            f"--tripinfo-output={trips}",
            "--tripinfo-output.write-unfinished=true",
            "--tripinfo-output.write-undeparted=true",
            f"--summary-output={summary}",
            f"--statistic-output={statistic}",
        ]
        start = time.perf_counter()
        subprocess.run(
            command,
            env={**os.environ, "SUMO_HOME": str(sumo.SUMO_HOME)},
            check=True,
            stdout=subprocess.DEVNULL,
        )
        wall = time.perf_counter() - start
        demanded, inserted, delay = _read_trips(trips)
        running = [int(step.attrib["running"]) for step in ET.parse(summary).getroot().iter("step")]
        root = ET.parse(statistic).getroot()
        return Run(
            scale,
            seed,
            demanded,
            inserted,
            delay / demanded,
            float(np.mean(running)),
            running[-1],
            int(_attribute(root, "teleports", "total")),
            int(_attribute(root, "safety", "collisions")),
            wall,
        )


def _read_trips(path: Path) -> tuple[int, int, float]:
    """Return demanded vehicles, inserted vehicles and the sum of their delays [s]."""
    demanded = inserted = 0
    delay = 0.0
    for _, element in ET.iterparse(path):
        if element.tag == "tripinfo":
            demanded += 1
            inserted += float(element.attrib["depart"]) >= 0.0
            delay += max(0.0, float(element.attrib["timeLoss"]))
            delay += max(0.0, float(element.attrib["departDelay"]))
            element.clear()
    return demanded, inserted, delay


def _attribute(root: ET.Element, tag: str, name: str) -> str:
    element = root.find(tag)
    if element is None:
        raise ValueError(f"SUMO's statistic output has no <{tag}>")
    return element.attrib[name]


def main() -> None:
    """Run all combinations and print one line each."""
    home = Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--sumocfg", type=Path, default=home / "cangzhou.sumocfg")
    parser.add_argument("--scales", default="0.8,0.9,1.0,1.1,1.2")
    parser.add_argument("--seeds", default="1")
    arguments = parser.parse_args()
    print(
        "| demand × | seed | demanded | inserted [%] | mean delay [s] | under way, mean "
        "| under way, end | teleports | collisions | wall [s] |"
    )
    print("|---" * 10 + "|")
    for scale in arguments.scales.split(","):
        for seed in arguments.seeds.split(","):
            run = simulate(arguments.sumocfg, float(scale), int(seed))
            print(
                f"| {run.scale} | {run.seed} | {run.demanded} "
                f"| {100 * run.inserted / run.demanded:.1f} | {run.mean_delay_s:.1f} "
                f"| {run.under_way_mean:.0f} | {run.under_way_end} | {run.teleports} "
                f"| {run.collisions} | {run.wall_s:.0f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
