"""Scenario files by content: where they lie decides nothing, what they say everything."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from trafficopt.batch.inputs import Bundle, InputFolder
from trafficopt.errors import InputError
from trafficopt.sumo.config import read_config
from trafficopt.sumo.input_files import scenario_files

CONFIG = """
<configuration>
  <net-file value="{net}"/>
  <route-files value="../demand/a.rou.xml,../demand/b%20c.rou.xml"/>
  <additional-files value="stops.add.xml"/>
  <weight-files value="weights.xml"/>
  <end value="600"/>
  <device.rerouting.probability value="0.5"/>
</configuration>
"""
ADDITIONAL = '<additional><calibrator id="c" file="flows/c.xml" output="c.out"/></additional>'
TOML = 'sumocfg = "run/a.sumocfg"\nname = "town"\nintersections = "nodes.csv"\n[limits]\nmax_cycle_s = 100\n'


@pytest.fixture
def town(tmp_path: Path) -> Path:
    """A scenario whose files lie in several folders."""
    folder = tmp_path / "town"
    files = {
        "scenario.toml": TOML,
        "nodes.csv": "intersection,retime\n",
        "run/a.sumocfg": CONFIG.format(net=folder / "net" / "n.net.xml"),
        "run/stops.add.xml": ADDITIONAL,
        "run/weights.xml": "<meandata/>",
        "run/flows/c.xml": "<routes/>",
        "net/n.net.xml": "<net/>",
        "demand/a.rou.xml": "<routes/>",
        "demand/b c.rou.xml": "<routes><!-- --></routes>",
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def packed(town: Path, keep: Path) -> Bundle:
    return InputFolder(keep).pack(scenario_files(town))


def test_a_bundle_holds_all_files_in_their_places(town: Path, tmp_path: Path) -> None:
    bundle = packed(town, tmp_path / "keep")
    assert sorted(bundle.files) == [
        *("demand/a.rou.xml", "demand/b c.rou.xml", "net/n.net.xml", "nodes.csv"),
        *("run/a.sumocfg", "run/flows/c.xml", "run/stops.add.xml", "run/weights.xml", "scenario.toml"),
    ]
    shutil.rmtree(town)
    entry = InputFolder(tmp_path / "keep").lay_out(bundle, tmp_path / "laid")
    assert entry.name == "scenario.toml"
    home = entry.parent
    settings = read_config(home / "run" / "a.sumocfg")
    assert settings.net == home / "net" / "n.net.xml"
    assert settings.routes == (home / "demand" / "a.rou.xml", home / "demand" / "b c.rou.xml")
    assert settings.options == {
        "weight-files": str(home / "run" / "weights.xml"),
        "device.rerouting.probability": "0.5",
    }
    assert (settings.begin_s, settings.end_s, settings.step_s, settings.teleport_s) == (
        0.0,
        600.0,
        1.0,
        300.0,
    )


def test_the_place_of_a_scenario_decides_nothing(town: Path, tmp_path: Path) -> None:
    before = packed(town, tmp_path / "keep")
    moved = tmp_path / "elsewhere" / "village"
    shutil.move(town, moved)
    config = moved / "run" / "a.sumocfg"
    config.write_text(CONFIG.format(net="../net/n.net.xml"))
    assert packed(moved, tmp_path / "keep") == before


@pytest.mark.parametrize(
    ("name", "of_runs", "of_plans"),
    [
        ("net/n.net.xml", True, True),
        ("demand/b c.rou.xml", True, True),
        ("run/stops.add.xml", True, True),
        ("run/flows/c.xml", True, True),
        ("run/weights.xml", True, True),
        ("nodes.csv", False, True),
    ],
)
def test_contents_decide(town: Path, tmp_path: Path, name: str, of_runs: bool, of_plans: bool) -> None:
    before = packed(town, tmp_path / "keep")
    path = town / name
    path.write_text(f"{path.read_text()}\n")
    after = packed(town, tmp_path / "keep")
    assert (after.of_runs != before.of_runs, after.of_plans != before.of_plans) == (of_runs, of_plans)
    assert after.id != before.id


@pytest.mark.parametrize(
    ("old", "new", "of_runs", "of_plans"),
    [
        ('name = "town"', 'name = "city"', False, False),
        ("max_cycle_s = 100", "max_cycle_s = 90", False, True),
    ],
)
def test_rules_decide_plans_and_names_nothing(
    town: Path, tmp_path: Path, old: str, new: str, of_runs: bool, of_plans: bool
) -> None:
    before = packed(town, tmp_path / "keep")
    (town / "scenario.toml").write_text(TOML.replace(old, new))
    after = packed(town, tmp_path / "keep")
    assert (after.of_runs != before.of_runs, after.of_plans != before.of_plans) == (of_runs, of_plans)


def test_options_decide(town: Path, tmp_path: Path) -> None:
    before = packed(town, tmp_path / "keep")
    config = town / "run" / "a.sumocfg"
    config.write_text(config.read_text().replace('probability value="0.5"', 'probability value="0.6"'))
    assert packed(town, tmp_path / "keep").of_runs != before.of_runs


def test_damaged_contents_are_told_and_copied_again(
    town: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    bundle = packed(town, tmp_path / "keep")
    place = tmp_path / "keep" / "files" / bundle.files["net/n.net.xml"]
    place.write_text("<net>")
    assert InputFolder(tmp_path / "keep").missing(bundle) == [bundle.files["net/n.net.xml"]]
    assert packed(town, tmp_path / "keep") == bundle
    assert f"{place} is not what was written there" in caplog.text
    assert place.read_text() == "<net/>"


def test_contents_travel(town: Path, tmp_path: Path) -> None:
    here, there = InputFolder(tmp_path / "here"), InputFolder(tmp_path / "there")
    bundle = here.pack(scenario_files(town))
    assert sorted(there.missing(bundle)) == sorted(set(bundle.files.values()))
    for sha in there.missing(bundle):
        assert there.add(here.content(sha)) == sha
    assert there.missing(bundle) == []
    assert there.lay_out(bundle, tmp_path / "laid").is_file()


def test_absolute_paths_that_cannot_travel_are_told(town: Path) -> None:
    (town / "scenario.toml").write_text(f'sumocfg = "{town}/run/a.sumocfg"\nintersections = "absent.csv"\n')
    with pytest.raises(InputError) as caught:
        scenario_files(town)
    assert len(caught.value.faults) == 2
    (town / "scenario.toml").write_text(TOML)
    (town / "run" / "stops.add.xml").write_text(ADDITIONAL.replace("flows/c.xml", "/flows/c.xml"))
    with pytest.raises(InputError, match="an absolute path"):
        scenario_files(town)
