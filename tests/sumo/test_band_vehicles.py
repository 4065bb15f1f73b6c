"""A vehicle in a band meets no red in SUMO; one beside it does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from trafficopt.examples import example_path
from trafficopt.model.arterial_corridor import arterial_corridor
from trafficopt.model.arterial_trips import HALTING_M_S
from trafficopt.model.arterial_ways import Direction, arterial_links, through_movement
from trafficopt.model.band_plan import BandPlan
from trafficopt.network import Arterial
from trafficopt.plan import TimingPlan
from trafficopt.scenario import Scenario
from trafficopt.search.bands.design import design_bands, whole_seconds
from trafficopt.sumo.read import read_scenario
from trafficopt.sumo.trajectories import follow
from trafficopt.trajectories import Trajectories

SPEED_M_S = 13.89 - 0.6  # what bands are designed for on this street
FIRST_S = 600.0  # about when vehicles pass their first stop line


@pytest.fixture(scope="module")
def example() -> Scenario:
    return read_scenario(example_path("main_street"))


@pytest.fixture(scope="module")
def bands(example: Scenario) -> BandPlan:
    corridor = arterial_corridor(example.network.arterials[0], example.network, example.field_plan)
    return whole_seconds(design_bands(corridor))


def path(example: Scenario, arterial: Arterial, direction: Direction) -> tuple[str, ...]:
    """Links from two before the first stop line to the one after the last."""
    by_id = {node.id: node for node in example.network.intersections}
    order = range(len(arterial.intersections))
    order = order if direction is Direction.OUTBOUND else order[::-1]
    moves = [
        through_movement(by_id[arterial.intersections[i]], *arterial_links(arterial, i, direction))
        for i in order
    ]
    first, last = moves[0], moves[-1]
    assert first is not None
    assert last is not None
    before = first.from_link.removesuffix("_stop")
    gaps = arterial.outbound if direction is Direction.OUTBOUND else arterial.inbound[::-1]
    return (before, first.from_link, *(link for gap in gaps for link in gap), last.to_link)


def driven(example: Scenario, bands: BandPlan, folder: Path, shift_s: float) -> dict[Direction, Trajectories]:
    """Follow a vehicle each way that passes its first stop line in the middle of the band, or later."""
    arterial = example.network.arterials[0]
    found = {}
    for direction in Direction:
        links = path(example, arterial, direction)
        band = bands.band(direction)
        approach_m = sum(example.network.links[link].length_m for link in links[:2])
        cycles = np.ceil(FIRST_S / bands.cycle_s) * bands.cycle_s
        depart_s = cycles + band.start_s + band.width_s / 2 + shift_s - approach_m / SPEED_M_S
        routes = folder / f"{direction}{shift_s:g}.rou.xml"
        routes.write_text(
            f'<routes><vType id="t" sigma="0" speedDev="0" speedFactor="1" maxSpeed="{SPEED_M_S}"/>'
            f'<vehicle id="v" type="t" depart="{depart_s:.1f}" departPos="0" departSpeed="max">'
            f'<route edges="{" ".join(links)}"/></vehicle></routes>',
            encoding="utf-8",
        )
        config = folder / f"{direction}{shift_s:g}.sumocfg"
        config.write_text(
            f'<configuration><net-file value="{example.simulation.net}"/><route-files value="{routes}"/>'
            '<begin value="0"/><end value="1500"/><step-length value="0.5"/></configuration>',
            encoding="utf-8",
        )
        scenario = read_scenario(config)
        timings = dict(scenario.field_plan.timings)
        for name, offset_s in zip(bands.corridor.names, bands.offset_s.tolist(), strict=True):
            timings[name] = replace(timings[name], offset_s=offset_s)
        _, (run,) = follow(scenario, TimingPlan("bands", timings), (1,), ("v",), links)
        found[direction] = run
    return found


def n_stops(run: Trajectories) -> int:
    standing = run.speed_m_s <= HALTING_M_S
    return int((standing[1:] & ~standing[:-1]).sum())


@pytest.mark.parametrize("share", [-0.4, 0.0, 0.4])
def test_a_vehicle_in_the_band_never_stops(
    example: Scenario, bands: BandPlan, tmp_path: Path, share: float
) -> None:
    width_s = min(bands.band(direction).width_s for direction in Direction)
    assert width_s > 10.0
    for run in driven(example, bands, tmp_path, share * width_s).values():
        assert len(np.unique(run.link)) == len(run.links)
        assert n_stops(run) == 0


def test_a_vehicle_beside_the_band_stops(example: Scenario, bands: BandPlan, tmp_path: Path) -> None:
    runs = driven(example, bands, tmp_path, bands.cycle_s / 2)
    assert all(n_stops(run) > 0 for run in runs.values())
