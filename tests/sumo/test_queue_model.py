"""The queue model against SUMO: one signal, and the field plans of real maps."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from trafficopt.model.queues.queue_model import QueueModel
from trafficopt.plan import SignalTiming, TimingPlan
from trafficopt.problem import build_problem
from trafficopt.sumo.judge import simulate
from trafficopt.sumo.read import read_scenario

MAPS = Path(__file__).resolve().parents[3] / "shared" / "maps"
# Mean delay [s] of SUMO 1.28 without teleporting, an hour, three seeds: ../shared/maps/README.md.
FIELD_DELAY_S = {
    "cologne1": 42.9,
    "cologne3": 35.8,
    "cologne8": 49.0,
    "ingolstadt1": 29.3,
    "ingolstadt7": 85.8,
}
MINUTES = 30
SECONDS = 60 * MINUTES
# Vehicles an hour of each approach by turn, on two lanes: about six tenths of what the signal can serve.
FLOWS = {"right": 60, "through": 420, "left": 70}
EXITS = {"w": ("s", "e", "n"), "e": ("n", "w", "s"), "s": ("e", "n", "w"), "n": ("w", "s", "e")}


@pytest.fixture(scope="module")
def four_arms(build_net: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Configuration of one signal with four arms under medium traffic."""
    net = build_net("bus-lane").with_name("net.net.xml")
    folder = tmp_path_factory.mktemp("four-arms")
    rng, trips = np.random.default_rng(1), []
    for a, exits in EXITS.items():
        for b, flow in zip(exits, FLOWS.values(), strict=True):
            times = rng.uniform(0.0, SECONDS, flow * MINUTES // 60)
            trips += [(time, f'<route edges="{a}c c{b}"/>') for time in times]
    text = "".join(
        f'<vehicle id="{k}" depart="{time:.1f}" departLane="best" departSpeed="max">{route}</vehicle>'
        for k, (time, route) in enumerate(sorted(trips))
    )
    (folder / "trips.rou.xml").write_text(f"<routes>{text}</routes>", encoding="utf-8")
    config = folder / "four-arms.sumocfg"
    files = f'<net-file value="{net}"/><route-files value="trips.rou.xml"/><end value="{SECONDS}"/>'
    config.write_text(f"<configuration>{files}</configuration>", encoding="utf-8")
    return config


def stretched(plan: TimingPlan, factor: float) -> TimingPlan:
    """All greens longer, in whole seconds."""
    timings = {}
    for key, old in plan.timings.items():
        greens = tuple(float(round(green * factor)) for green in old.greens_s)
        cycle = sum(greens) + sum(stage.intergreen_s for stage in old.stages)
        timings[key] = SignalTiming(old.stages, greens, cycle, 0.0)
    return TimingPlan("stretched", timings)


def test_one_signal_at_medium_saturation_is_as_sumo_has_it(four_arms: Path) -> None:
    problem = build_problem(read_scenario(four_arms))
    model = QueueModel(problem)
    for factor in (1.0, 1.6):
        plan = stretched(problem.field_plan, factor)
        judged = simulate(problem.scenario, plan, (1, 2))
        found = model.estimate(plan)
        assert {found.demanded} == set(judged.values("demanded"))
        assert found.mean_delay_s == pytest.approx(judged.mean("mean_delay_s"), rel=0.2)
        # Vehicles under way at the end: some twenty of them, a few more or less by chance.
        assert found.unfinished == pytest.approx(judged.mean("unfinished"), rel=0.3, abs=5)


@pytest.mark.parametrize("name", sorted(FIELD_DELAY_S))
def test_field_plans_of_real_maps_lose_what_they_lose_in_sumo(name: str) -> None:
    config = MAPS / name / f"{name}.sumocfg"
    if not config.is_file():
        pytest.skip("the maps lie beside the development checkout only")
    scenario = read_scenario(config, teleport_s=-1.0, minutes=60)
    found = QueueModel(build_problem(scenario)).estimate(scenario.field_plan)
    assert found.demanded == len(scenario.demanded)
    assert found.teleports == 0
    assert found.mean_delay_s == pytest.approx(FIELD_DELAY_S[name], rel=0.25)
