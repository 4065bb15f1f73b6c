"""`trafficopt doctor`: what it looks at, what it says of broken installations, and how it ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from trafficopt.doctor import installation, machine
from trafficopt.doctor.checkup import State
from trafficopt.reporting.words.chinese_font import chinese_font

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PYPROJECT["optional-dependencies"]


def doctor(*options: str, code: int = 0, **environment: str) -> str:
    """Output of the command in a process of its own."""
    command = [sys.executable, "-m", "trafficopt", "doctor", *options]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environment})
    assert done.stderr == ""
    assert done.returncode == code, done.stdout
    return done.stdout


def test_an_installation_that_works_ends_with_0() -> None:
    lines = doctor().splitlines()
    told = dict(line[9:].split(": ", 1) for line in lines[:-1] if not line.startswith(" "))
    assert all(line.startswith(("ok  ", "warning  ", " " * 9)) for line in lines[:-1])
    assert {"trafficopt", "Python", "packages", "sumo", "netconvert", "fonts", "cache"} <= set(told)
    assert told["sumo"].startswith("1.28")
    assert told["example"].startswith("main_street is read: 5 signals")
    assert "s of delay a vehicle" in told["queue model"]
    assert "the plan is shown" in told["SUMO run"]
    assert lines[-1] == "All is well." or lines[-1].startswith("0 problems")


def test_without_sumo_it_ends_with_1_and_looks_at_the_rest(tmp_path: Path) -> None:
    hiding = tmp_path / "sumo"
    hiding.mkdir()
    (hiding / "__init__.py").touch()
    path = {"PYTHONPATH": f"{tmp_path}:{ROOT}", "PATH": "/nowhere", "SUMO_HOME": str(tmp_path)}
    found = {each["name"]: each for each in json.loads(doctor("--json", code=1, **path))}
    assert found["sumo"]["state"] == "problem"
    assert found["sumo"]["found"] == "SUMO is not installed"
    assert found["sumo"]["remedy"] == "pip install 'trafficopt[sumo]'"
    assert found["cache"]["state"] == "ok"
    assert "example" not in found  # no route is read without SUMO


def test_another_version_of_sumo_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [each.state for each in installation.sumo_checkups()] == [State.OK] * 3
    monkeypatch.setattr(installation, "tested_sumo", lambda: SpecifierSet("==1.30.*"))
    sumo = next(iter(installation.sumo_checkups()))
    assert sumo.state is State.WARNING
    assert "==1.30.* is tested: figures may differ" in sumo.found


def test_the_tested_version_is_that_of_the_project() -> None:
    (asked,) = EXTRAS["sumo"]
    assert installation.tested_sumo() == Requirement(asked).specifier


def test_every_extra_for_users_has_a_purpose() -> None:
    known = {*installation.PURPOSES, *installation.FOR_DEVELOPERS, installation.SUMO_EXTRA}
    assert set(EXTRAS) <= known


@pytest.mark.parametrize(
    ("asked", "fault"),
    [
        ("numpy", ""),
        ("numpy>=999", "but >=999 is needed"),
        ("no-such-package>=1", "no-such-package is not installed"),
    ],
)
def test_packages_are_held_against_what_is_asked_for(asked: str, fault: str) -> None:
    found = installation.fault_of(Requirement(asked))
    assert fault in found
    assert bool(found) == bool(fault)


def test_a_cache_that_cannot_be_written_is_a_warning(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TRAFFICOPT_CACHE", str(tmp_path / "not" / "yet"))
    assert {each.name: each.state for each in machine.folder_checkups()}["cache"] is State.OK
    monkeypatch.setenv("TRAFFICOPT_CACHE", "/proc/trafficopt")
    cache = {each.name: each for each in machine.folder_checkups()}["cache"]
    assert cache.state is State.WARNING
    assert cache.remedy.startswith("set TRAFFICOPT_CACHE")
    assert not (tmp_path / "not").exists()


def test_little_memory_is_a_warning(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    told = tmp_path / "meminfo"
    told.write_text("MemTotal: 8000000 kB\nMemAvailable:  300000 kB\n", encoding="ascii")
    monkeypatch.setattr(machine, "MEMORY", told)
    monkeypatch.setattr(machine, "usable_processors", lambda: 4)
    memory = list(machine.processor_checkups())[1]
    assert memory.state is State.WARNING
    assert memory.remedy.endswith("jobs=1")


def test_a_font_for_chinese_is_looked_for() -> None:
    (font,) = machine.font_checkups()
    assert font.state is (State.WARNING if chinese_font() is None else State.OK)
    assert ("boxes" in font.found) == bool(font.remedy)
