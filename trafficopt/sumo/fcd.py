"""Where vehicles are in every step: what SUMO is asked for, and how its answer is read."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from trafficopt.scenario import Scenario
from trafficopt.trajectories import Trajectories

MOST_CHARACTERS = 100_000  # of the list of vehicles on SUMO's command line
FCD, EDGES = "fcd.xml", "edges.txt"
Row = tuple[float, int, int, float, float]


def as_many_as_fit(vehicles: Sequence[str]) -> tuple[str, ...]:
    """Vehicles at even distances, so few that their names fit."""
    characters = sum(len(vehicle.encode()) + 1 for vehicle in vehicles)
    step = max(1, -(-characters // MOST_CHARACTERS))
    return tuple(vehicles[::step])


def write_edges(links: Sequence[str], folder: Path) -> Path:
    """Name the links where vehicles are followed in a file for SUMO."""
    path = folder / EDGES
    path.write_text("".join(f"edge:{link}\n" for link in links), encoding="utf-8")
    return path


def fcd_arguments(vehicles: Sequence[str], edges: Path) -> tuple[str, ...]:
    """Arguments that make SUMO record vehicles on the links of a file; they change nothing else."""
    return (
        *("--fcd-output", FCD, "--fcd-output.attributes", "lane,pos,speed"),
        *("--fcd-output.filter-edges.input-file", str(edges)),
        *("--device.fcd.explicit", ",".join(vehicles)),
    )


def read_trajectories(
    folder: Path, seed: int, scenario: Scenario, vehicles: Sequence[str], links: Sequence[str]
) -> Trajectories:
    """What SUMO recorded in a folder, ordered by vehicle and time; the file, which is large, is removed."""
    path = folder / FCD
    index = {vehicle: k for k, vehicle in enumerate(vehicles)}, {link: k for k, link in enumerate(links)}
    rows = np.array(list(_rows(path, *index)), dtype=np.float64).reshape(-1, 5)
    rows = rows[np.lexsort((rows[:, 0], rows[:, 1]))]
    path.unlink()
    settings = scenario.simulation
    return Trajectories(
        seed,
        settings.end_s,
        settings.step_s,
        tuple(vehicles),
        tuple(links),
        rows[:, 1].astype(np.int64),
        rows[:, 2].astype(np.int64),
        rows[:, 0].copy(),
        rows[:, 3].copy(),
        rows[:, 4].copy(),
    )


def _rows(path: Path, vehicles: dict[str, int], links: dict[str, int]) -> Iterator[Row]:
    """Time, vehicle, link, position and speed of each row."""
    time_s = 0.0
    for event, element in ET.iterparse(path, events=("start", "end")):
        if event == "start" and element.tag == "timestep":
            time_s = float(element.attrib["time"])
        elif event == "end" and element.tag == "vehicle":
            row = element.attrib
            link = links.get(row["lane"].rpartition("_")[0])
            vehicle = vehicles.get(row["id"])
            if link is not None and vehicle is not None:
                yield time_s, vehicle, link, float(row["pos"]), float(row["speed"])
        elif event == "end" and element.tag == "timestep":
            element.clear()
