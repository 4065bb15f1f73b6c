"""Scenarios that a worker keeps open: read once, scaled once, the last two of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from trafficopt.batch import open_scenarios
from trafficopt.batch.inputs import Bundle, InputFolder
from trafficopt.batch.open_scenarios import OpenScenarios
from trafficopt.batch.tasks import State
from trafficopt.errors import InputError


class Reads(list[str]):
    """What was read and scaled, in order."""

    def read(self, path: Path, **settings: object) -> SimpleNamespace:
        self.append(f"read {path.read_text()}")
        if "broken" in path.read_text():
            raise InputError(path, "is broken")
        return SimpleNamespace(name=path.read_text())

    def scale(self, scenario: SimpleNamespace, factor: float, folder: Path) -> SimpleNamespace:
        self.append(f"scale {scenario.name} {factor}")
        assert folder.is_dir()
        return SimpleNamespace(name=f"{factor} {scenario.name}")


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Reads:
    reads = Reads()
    monkeypatch.setattr(open_scenarios, "read_scenario", reads.read)
    monkeypatch.setattr(open_scenarios, "with_scaled_trips", reads.scale)
    return reads


@pytest.fixture
def scenarios(tmp_path: Path) -> OpenScenarios:
    return OpenScenarios(InputFolder(tmp_path / "inputs"), tmp_path / "laid")


def state(scenarios: OpenScenarios, name: str) -> State:
    sha = scenarios.inputs.add(name.encode())
    return State(Bundle(name, "a.sumocfg", {"a.sumocfg": sha}, name, name), 1.0, None, None, None)


def test_a_scenario_is_read_once_for_all_demands(scenarios: OpenScenarios, reads: Reads) -> None:
    town = state(scenarios, "town")
    found = [scenarios.get(replace(town, demand=demand)) for demand in (1.2, 1.0, 1.2, 0.8, 1.0)]
    assert reads == ["read town", "scale town 1.2", "scale town 0.8"]
    assert found[0] is found[2]
    assert found[1] is found[4]


def test_other_settings_are_another_scenario(scenarios: OpenScenarios, reads: Reads) -> None:
    town = state(scenarios, "town")
    scenarios.get(town)
    scenarios.get(replace(town, teleport_s=-1.0))
    assert reads == ["read town"] * 2


def test_the_last_two_stay_open(scenarios: OpenScenarios, reads: Reads) -> None:
    a, b, c = (state(scenarios, name) for name in "abc")
    for each in (a, b, a, c, a):
        scenarios.get(each)
    assert reads == ["read a", "read b", "read c"]
    assert not scenarios.folder_of(b).exists()
    assert scenarios.folder_of(a).is_dir()
    scenarios.get(b)
    assert reads[3:] == ["read b"]


def test_a_fault_is_found_once_and_told_every_time(scenarios: OpenScenarios, reads: Reads) -> None:
    broken = state(scenarios, "broken")
    for demand in (1.0, 1.0, 1.3):
        with pytest.raises(InputError, match="is broken"):
            scenarios.get(replace(broken, demand=demand))
    assert reads == ["read broken"]
