"""Broken input ends in one message that names the file and the remedy, and leaves nothing behind."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from trafficopt.cli import app
from trafficopt.examples import example_path
from trafficopt.scenario import Scenario
from trafficopt.signals.plan_files import plan_json
from trafficopt.sumo import binary
from trafficopt.sumo.binary import run_tool
from trafficopt.sumo.read import read_scenario

Home = Path
NAME = "main_street"
BEGIN = 28800
VEHICLE = '<vehicle id="v" depart="{0}"><route edges="{1}"/></vehicle>'


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A copy of the example, unpacked, to be broken."""
    folder = tmp_path / "scenario"
    shutil.copytree(example_path(NAME), folder)
    for path in folder.glob("*.gz"):
        (folder / path.stem).write_bytes(gzip.decompress(path.read_bytes()))
        path.unlink()
    change(folder / f"{NAME}.sumocfg", ".xml.gz", ".xml")
    return folder


@pytest.fixture(scope="module")
def example() -> Scenario:
    return read_scenario(example_path(NAME), minutes=1)


def change(path: Path, old: str, new: str, count: int = -1) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, count), encoding="utf-8")


def said(*arguments: object, out: Path | None = None, code: int = 2) -> str:
    """What the command line says on stderr: one error and one remedy, and no traceback."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)
    assert result.exit_code == code
    assert result.stderr.count("Error: ") == 1
    assert result.stderr.count("Remedy: ") == 1
    assert "Traceback" not in result.stderr
    assert not result.stdout
    if out is not None:
        assert not out.exists()
    return result.stderr


def refused(home: Home, *parts: str, plan: Path | None = None) -> str:
    """Run the main job on a broken scenario (or check a broken plan); the message holds all `parts`."""
    out = home.parent / "out"
    further = ("check", home, "--plan", plan) if plan else ("run", home, "-o", out, "--minutes", 2)
    text = said(*further, out=out)
    for part in parts:
        assert part in text
    return text


def cut(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


NET, ROUTES, CONFIG = f"{NAME}.net.xml", f"{NAME}.rou.xml", f"{NAME}.sumocfg"


@pytest.mark.parametrize("name", [CONFIG, NET, ROUTES, "scenario.toml", "intersections.csv", "arterials.csv"])
def test_missing_files(home: Home, name: str) -> None:
    (home / name).unlink()
    refused(home, "scenario.toml" if name == "scenario.toml" else name)


@pytest.mark.parametrize("name", [CONFIG, NET, ROUTES])
def test_half_files(home: Home, name: str) -> None:
    cut(home / name)
    refused(home, f"{name}: is not well-formed XML: ", "line ", "column ")


@pytest.mark.parametrize("name", [NET, ROUTES])
def test_truncated_gzip(home: Home, name: str) -> None:
    (home / f"{name}.gz").write_bytes(gzip.compress((home / name).read_bytes()))
    cut(home / f"{name}.gz")
    change(home / CONFIG, name, f"{name}.gz")
    refused(home, f"{name}.gz: is not a whole gzip file")


@pytest.mark.parametrize("name", [NET, ROUTES])
def test_no_gzip_at_all(home: Home, name: str) -> None:
    (home / name).rename(home / f"{name}.gz")
    change(home / CONFIG, name, f"{name}.gz")
    refused(home, f"{name}.gz: is not a whole gzip file")


@pytest.mark.parametrize("text", ["", "<additional><tlLogic", "PK\x03\x04"])
def test_broken_additional_file(home: Home, text: str) -> None:
    (home / "x.add.xml").write_text(text, encoding="utf-8")
    change(home / CONFIG, "<route-files", '<additional-files value="x.add.xml"/><route-files')
    refused(home, "x.add.xml: is not well-formed XML")


def test_entities_and_strange_encodings(home: Home) -> None:
    entity = '<!DOCTYPE r [<!ENTITY a "b">]><routes>&a;</routes>'
    (home / ROUTES).write_text(entity, encoding="utf-8")
    refused(home, f"{ROUTES}: holds XML that is not read for safety")
    (home / ROUTES).write_bytes('<?xml version="1.0" encoding="gb2312"?><routes/>'.encode("gb2312"))
    refused(home, f"{ROUTES}: cannot be decoded", "UTF-8")


def test_a_file_that_is_no_network(home: Home) -> None:
    shutil.copy(home / ROUTES, home / NET)
    refused(home, f"{NET}: holds no edges", ".net.xml")


def test_a_network_as_scenario(home: Home) -> None:
    text = said("estimate", home / NET)
    assert f"{NET}: holds <net>, no SUMO configuration" in text


def test_a_network_without_signals(home: Home) -> None:
    grid = ["--grid", "--grid.number", "2", "--default-junction-type", "priority"]
    run_tool("netgenerate", [*grid, "-o", str(home / NET)], time_limit_s=60)
    vehicle = VEHICLE.format(BEGIN, "A0A1 A1B1")
    (home / ROUTES).write_text(f"<routes>{vehicle}</routes>", encoding="utf-8")
    refused(home, f"{NET}: holds no traffic signals")


def test_a_folder_without_a_scenario(tmp_path: Path) -> None:
    assert "has no scenario.toml" in said("check", tmp_path)
    assert f"{tmp_path}/nowhere: does not exist" in said("check", tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("routes", "parts"),
    [
        (VEHICLE.format(BEGIN, "nowhere"), ("'v'", "'nowhere'", ROUTES)),
        (VEHICLE.format(BEGIN, "e0 e5"), ("'v'", "'e0'", "'e5'", ROUTES)),
        (f'<trip id="t" depart="{BEGIN}" from="e0" to="nowhere"/>', ("'t'", "'nowhere'")),
        (f'<trip id="t" depart="{BEGIN}" from="e5" to="e0"/>', ("'t'", ROUTES)),
        (f'<vehicle id="v" depart="{BEGIN}" route="unknown"/>', ("'v'", "not known")),
        (f'<vehicle id="v" depart="{BEGIN}" type="x"><route edges="e0"/></vehicle>', ("'v'", "'x'")),
        (2 * VEHICLE.format(BEGIN, "e0 e0_stop"), ("vehicle 'v' stands in", "id of its own")),
        (VEHICLE.format(999999, "e0 e0_stop"), ("no vehicle departs in the window from ", CONFIG)),
        ("", ("name no vehicle, trip or flow", CONFIG)),
        ('<vehicle depart="1"><route edges="e0"/></vehicle>', (ROUTES, "<vehicle> lacks its id")),
        (f'<vehicle id="w"><route edges="e0"/></vehicle>{VEHICLE.format(BEGIN, "e0")}', ("'depart'", "'w'")),
        ('<flow id="f" begin="0" end="9" number="2" from="e0" to="e5"/>', ("no vehicle departs", CONFIG)),
        ('<include href="other.xml"/>', (ROUTES, "other.xml")),
    ],
)
def test_routes_that_do_not_fit(home: Home, routes: str, parts: tuple[str, ...]) -> None:
    (home / ROUTES).write_text(f"<routes>{routes}</routes>", encoding="utf-8")
    refused(home, *parts)


@pytest.mark.parametrize(
    ("option", "part"),
    [
        ('<end value="-0:00:01"/><begin value="-7"/>', "begin (-7 s) is negative"),
        ('<begin value="100"/><end value="100"/>', "end (100 s) is not after begin (100 s)"),
        ('<begin value="soon"/>', "option 'begin': 'soon' is not a time"),
        ('<end value="nan"/>', "option 'end': 'nan' is not a time"),
        ('<step-length value="0"/>', "step-length is 0 s"),
        ('<scale value="1.5"/>', "option 'scale'"),
        ('<tls.all-off value="true"/>', "option 'tls.all-off'"),
        ('<seed value="1"/><seed value="2"/>', "option 'seed' is given twice"),
    ],
)
def test_bad_options(home: Home, option: str, part: str) -> None:
    files = f'<net-file value="{NET}"/><route-files value="{ROUTES}"/>'
    (home / CONFIG).write_text(f"<configuration>{files}{option}</configuration>", encoding="utf-8")
    refused(home, CONFIG, part)


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ('state="G', 'state="GG', ("states differ in length", "M1")),
        ('state="G', 'state="X', ("has state 'X", "M1")),
        ('duration="', 'duration="-', ("has duration '-",)),
        ('programID="0"', "", ("lacks its programID",)),
        (' type="static"', "", ("the attribute type is missing",)),
    ],
)
def test_bad_programs_in_the_network(home: Home, old: str, new: str, parts: tuple[str, ...]) -> None:
    net = (home / NET).read_text(encoding="utf-8")
    start = net.index("<tlLogic")
    broken = net[start:].replace(old, new, 1)
    (home / NET).write_text(net[:start] + broken, encoding="utf-8")
    refused(home, NET, *parts)


def test_a_program_that_is_too_short(home: Home) -> None:
    rows = '<phase duration="30" state="Gr"/><phase duration="30" state="rG"/>'
    text = f'<additional><tlLogic id="M1" programID="x" type="static">{rows}</tlLogic></additional>'
    plan = home / "short.add.xml"
    plan.write_text(text, encoding="utf-8")
    refused(home, f"{plan}: ", "signal 'M1': a state has not the 14 letters", plan=plan)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("<additional/>", "holds no <tlLogic>"),
        ('<additional><tlLogic id="M1" programID="x" type="static"/></additional>', "no phases"),
        ('<additional><tlLogic id="M1" programID="x" offset="3"/></additional>', "whose offset could change"),
        (
            '<additional><tlLogic id="XX" programID="x" type="static"><phase duration="9" state="G"/>'
            "</tlLogic></additional>",
            "no such signal",
        ),
        (
            '<additional><tlLogic id="M1" programID="x" type="NEMA"><phase duration="9" state="'
            + 14 * "G"
            + '"/></tlLogic></additional>',
            "signal 'M1': ",
        ),
        ("no XML", "not well-formed"),
    ],
)
def test_bad_plan_files_of_sumo(home: Home, text: str, part: str) -> None:
    plan = home / "bad.add.xml"
    plan.write_text(text, encoding="utf-8")
    refused(home, str(plan), part, plan=plan)


Signals = dict[str, dict[str, Any]]


def spoil(change: Callable[[Signals], object], scenario: Scenario) -> str:
    data = json.loads(plan_json(scenario, scenario.field_plan))
    change(data["signals"])
    return json.dumps(data)


@pytest.mark.parametrize(
    ("alter", "part"),
    [
        (lambda signals: signals["M1"].update(cycle_s=77.5), "M1: greens and intergreens add up to"),
        (lambda signals: signals["M1"].update(offset_s=-3), "offset -3"),
        (lambda signals: signals["M1"]["stages"][0].pop("green_s"), "'green_s' is missing"),
        (lambda signals: signals["M1"].update(stages=[]), "M1"),
        (lambda signals: signals["M1"].update(stages=[0, 1]), "int"),
        (lambda signals: signals["M1"].update(cycle_s="long"), "long"),
    ],
)
def test_bad_plans(home: Home, example: Scenario, alter: Callable[[Signals], object], part: str) -> None:
    plan = home / "plan.json"
    plan.write_text(spoil(alter, example), encoding="utf-8")
    refused(home, str(plan), part, plan=plan)


def test_a_plan_for_another_network_is_told(
    home: Home, example: Scenario, caplog: pytest.LogCaptureFixture
) -> None:
    plan = home / "plan.json"
    plan.write_text(spoil(lambda signals: signals.update(other=signals.pop("M1")), example), encoding="utf-8")
    result = CliRunner().invoke(app, ["check", str(home), "--plan", str(plan)], catch_exceptions=False)
    assert result.exit_code == 0
    assert f"{plan}: signal 'other' is not in the network" in caplog.text


def test_an_unsafe_plan_is_found_and_not_simulated(home: Home, example: Scenario) -> None:
    def without_yellow(signals: Signals) -> None:
        stages = signals["M1"]["stages"]
        for stage in stages:
            stage["green_s"] += sum(row["duration_s"] for row in stage["intergreen"])
            stage["intergreen"] = []

    plan = home / "plan.json"
    plan.write_text(spoil(without_yellow, example), encoding="utf-8")
    arguments = [str(home), "--plan", str(plan)]
    checked = CliRunner().invoke(app, ["check", *arguments], catch_exceptions=False)
    assert checked.exit_code == 1
    assert "missing-yellow" in checked.stdout
    simulated = CliRunner().invoke(app, ["simulate", *arguments, "--minutes", "1"], catch_exceptions=False)
    assert simulated.exit_code == 1
    assert simulated.stderr.startswith("Error: ")
    assert "M1 missing-yellow" in simulated.stderr
    assert not simulated.stdout


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "not JSON",
        '{"format": "trafficopt-plan/1", "signals": {}}',
        '{"format": "trafficopt-plan/2"}',
    ],
)
def test_plans_that_are_none(home: Home, text: str) -> None:
    plan = home / "plan.json"
    plan.write_text(text, encoding="utf-8")
    refused(home, str(plan), plan=plan)


def test_a_missing_plan(home: Home) -> None:
    refused(home, f"{home}: is no file", plan=home)
    refused(home, "none.json: does not exist", plan=home / "none.json")


@pytest.mark.parametrize("seconds", ["nan", "inf"])
def test_no_time_to_teleport(home: Home, seconds: str) -> None:
    assert f"teleport: is {seconds}" in said("check", home, "--teleport", seconds)


def test_a_network_without_a_junction(home: Home) -> None:
    text = (home / NET).read_text(encoding="utf-8")
    start = text.index('<junction id="M1"')
    end = text.index("</junction>", start) + len("</junction>")
    (home / NET).write_text(text[:start] + text[end:], encoding="utf-8")
    refused(home, NET, "'M1'")


@pytest.mark.parametrize("command", ["run", "optimize"])
def test_output_below_a_file(home: Home, command: str) -> None:
    file = home / "scenario.toml"
    assert str(file / "out") in said(command, home, "-o", file / "out", "--minutes", 1)


def test_output_that_cannot_be_written(home: Home) -> None:
    # Not even root makes folders there.
    assert "/proc/results: " in said("optimize", home, "-o", "/proc/results", "--minutes", 1)


@pytest.mark.parametrize("seeds", ["0", "x", "1,1", "", "-3", "5;6", "99999999", "1,9999999999"])
def test_bad_seeds(home: Home, seeds: str) -> None:
    assert f"--seeds: {seeds!r}" in said("simulate", home, f"--seeds={seeds}").replace(
        "99999999 runs", "'99999999'"
    )


@pytest.mark.parametrize(
    ("name", "old", "new", "parts"),
    [
        ("scenario.toml", "name =", "nmae =", ("key 'nmae' is unknown", "keys are")),
        ("scenario.toml", "name =", "name", ("is not TOML", "line 1")),
        ("scenario.toml", 'name = "main_street"', "name = 5", ("name = 5 is not text",)),
        ("scenario.toml", "sumocfg", "note2", ("'sumocfg' is missing",)),
        ("intersections.csv", "retime", "retimed", ("columns are missing: retime",)),
        ("intersections.csv", ",yes", ",maybe", ("line 2: retime is 'maybe', neither yes nor no",)),
        ("intersections.csv", "M1", "X1", ("line 2: 'X1' is not a signal",)),
        ("arterials.csv", "M2", "X2", ("line 3: arterial 'Main Street': 'X2' is not a signal",)),
        ("arterials.csv", ",2,", ",two,", ("position 'two' is not a whole number",)),
        ("arterials.csv", ",2,", ",1,", ("position 1 is given twice",)),
        ("arterials.csv", "position", "place", ("columns are missing: position",)),
    ],
)
def test_bad_scenario_files(home: Home, name: str, old: str, new: str, parts: tuple[str, ...]) -> None:
    change(home / name, old, new, 1)
    refused(home, name, *parts)


@pytest.mark.parametrize(
    ("limits", "part"),
    [
        ("[limits]\nmin_green = 5", "key 'min_green' is unknown"),
        ("[limits]\nmin_green_s = 'short'", "min_green_s = 'short' is not a number"),
        ("[limits]\nmax_cycle_s = 1.0", "max_cycle_s"),
    ],
)
def test_bad_limits(home: Home, limits: str, part: str) -> None:
    path = home / "scenario.toml"
    path.write_text(f"{path.read_text(encoding='utf-8')}\n{limits}\n", encoding="utf-8")
    refused(home, "scenario.toml", f"[limits]: {part}" if "key" in part else part)


@pytest.mark.parametrize(
    ("table", "parts"),
    [
        ('[[waivers]]\nrule = "short-green"\nintersection = "M1"', ("number 1", "'reason' is missing")),
        ('[[waivers]]\nrule = "x"\nintersection = "M1"\nreason = "y"', ("rule 'x' is unknown",)),
        (
            '[[waivers]]\nrule = "short-green"\nintersection = "X9"\nreason = "y"',
            ("'X9' is not a signal of the network",),
        ),
        ('[[conflicts]]\nintersection = "M1"\nconflict = true\nreason = "y"', ("'between' is missing",)),
        (
            '[[conflicts]]\nintersection = "M1"\nbetween = ["a->b", "c->d"]\nconflict = true\nreason = "y"',
            ("'a->b' is no movement of this signal", "'M1'", "its movements are "),
        ),
        (
            '[[conflicts]]\nintersection = "X9"\nbetween = ["a->b", "c->d"]\nconflict = true\nreason = "y"',
            ("'X9' is not a signal of the network",),
        ),
    ],
)
def test_bad_waivers_and_corrections(home: Home, table: str, parts: tuple[str, ...]) -> None:
    path = home / "scenario.toml"
    path.write_text(f"{path.read_text(encoding='utf-8')}\n{table}\n", encoding="utf-8")
    refused(home, *parts)


def test_an_arterial_of_one_signal(home: Home) -> None:
    (home / "arterials.csv").write_text("arterial,position,intersection\nAlone,1,M1\n", encoding="utf-8")
    refused(home, "arterials.csv: arterial 'Alone' has fewer than two signals")


def test_an_arterial_that_no_road_joins(home: Home) -> None:
    cut_out = ["-s", str(home / NET), "--remove-edges.explicit", "w1,w1_stop", "-o", str(home / NET)]
    run_tool("netconvert", cut_out, time_limit_s=60)
    vehicle = VEHICLE.format(BEGIN, "e0 e0_stop e1")
    (home / ROUTES).write_text(f"<routes>{vehicle}</routes>", encoding="utf-8")
    refused(home, "arterials.csv: no road of 5 km or less leads from 'M2' to 'M1'")


def test_tables_of_another_program(home: Home) -> None:
    (home / "intersections.csv").write_bytes("intersection,retime\nM1,\xfc".encode("latin-1"))
    refused(home, "intersections.csv: is not a CSV file", "UTF-8")


def test_sumo_is_absent(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binary, "_candidates", lambda name: iter(()))
    refused(home, "SUMO is not installed", "trafficopt[sumo]")


def test_sumo_is_too_old(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binary, "run_command", lambda *_, **__: "Eclipse SUMO sumo Version 1.19.0")
    monkeypatch.setattr(binary, "sumo_version", binary.sumo_version.__wrapped__)
    refused(home, "is SUMO 1.19.0, older than 1.20")
