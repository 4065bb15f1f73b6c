"""Our figures equal those of the independent referee, to the last digit."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType

import pytest

from trafficopt.sumo.binary import find_binary
from trafficopt.sumo.judge import simulate
from trafficopt.sumo.read import read_scenario

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
REFEREE = SHARED / "referee" / "sumo_eval.py"
SEEDS = (1, 2)
FIGURES = (
    *("demanded", "completed", "unfinished", "undeparted", "teleports", "collisions", "emergency_stops"),
    *("mean_delay_s", "mean_stops", "mean_waiting_s", "mean_depart_delay_s"),
)


@pytest.fixture(scope="module")
def referee() -> ModuleType:
    if not REFEREE.is_file():
        pytest.skip("the referee lies beside the development checkout only")
    spec = importlib.util.spec_from_file_location("sumo_eval", REFEREE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["sumo_eval"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few variables: with the many of a test run, SUMO itself gives another figure now and then."""
    for key in set(os.environ) - {"PATH", "HOME"}:
        monkeypatch.delenv(key)
    monkeypatch.setenv("SUMO_HOME", str(find_binary().parents[1]))


@pytest.mark.parametrize("name", ["cologne1", "ingolstadt1"])
@pytest.mark.parametrize("emissions", [False, True])
def test_figures_equal_the_referee(referee: ModuleType, name: str, emissions: bool) -> None:
    folder = SHARED / "maps" / name
    if not folder.is_dir():
        pytest.skip("the maps lie beside the development checkout only")
    rows = referee.evaluate(str(folder), seeds=SEEDS, emissions=emissions, quiet=True)
    scenario = read_scenario(folder / f"{name}.sumocfg", teleport_s=-1)
    runs = simulate(scenario, scenario.field_plan, SEEDS).runs
    for row, run in zip(rows, runs, strict=True):
        assert {key: getattr(run, key) for key in FIGURES} == {key: row[key] for key in FIGURES}
