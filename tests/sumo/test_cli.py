"""The command line as a user meets it: what it prints, leaves, and how it ends."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from trafficopt.cli import app
from trafficopt.cli.options import parse_seeds
from trafficopt.errors import InputError
from trafficopt.evaluation import COUNTS, MEANS
from trafficopt.examples import example_path
from trafficopt.signals.plan_files import read_plan
from trafficopt.sumo.read import read_scenario

EXAMPLE = example_path("main_street")
BEFORE_KEYS = {"mean_delay_s", "mean_stops", "demanded", "unfinished", "undeparted", "teleports"}
COMMANDS = ("run", "check", "diagnose", "signal", "estimate", "optimize", "simulate", "bands", "day", "batch")
OTHERS = ("report", "view", "doctor")  # which read no scenario


def called(*arguments: object, code: int = 0) -> Result:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result


@pytest.fixture(scope="module")
def optimized(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("out") / "new" / "folder"
    result = called("optimize", EXAMPLE, "-o", out, "--minutes", 3, "--max-seconds", 3)
    assert str(out / "plan.json") in result.stdout
    return out


def test_optimize_leaves_both_plans_and_nothing_else(optimized: Path) -> None:
    assert sorted(path.name for path in optimized.iterdir()) == ["plan.add.xml", "plan.json"]
    bound = read_plan(optimized / "plan.json", read_scenario(EXAMPLE, minutes=1).network)
    assert set(bound.plan) == {f"M{number}" for number in range(1, 6)}
    assert bound.differences == ()


def test_the_objective_is_told_and_decides(tmp_path: Path) -> None:
    common = (EXAMPLE, "-o", tmp_path, "--minutes", 3, "--max-seconds", 3, "--objective", "fuel")
    said = called("run", *common, "--seeds", 2).stdout
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert f"objective: {summary['objective']}\n" in said
    assert "change of the objective" in said
    weight = re.fullmatch(r"mean delay \+ (2\d\.\d) s x stops", summary["objective"])
    assert weight is not None
    told = summary.get("rejected", summary)["change"]
    expected = told["mean_delay_s"]["mean"] + float(weight[1]) * told["mean_stops"]["mean"]
    assert told["objective"]["mean"] == pytest.approx(expected, abs=0.05)


def test_arterials_and_crossings_must_be_there_to_be_weighed(tmp_path: Path) -> None:
    said = called("optimize", EXAMPLE, "-o", tmp_path, "--objective", "walk", code=2).stderr
    assert "no signal has a crossing" in said


def test_both_plan_files_give_the_same_figures(optimized: Path) -> None:
    common = ("simulate", EXAMPLE, "--minutes", 3, "--seeds", "3,4", "--json")
    figures = json.loads(called(*common, "--plan", optimized / "plan.json").stdout)
    assert figures == json.loads(called(*common, "--plan", optimized / "plan.add.xml").stdout)
    assert [run["seed"] for run in figures["per_seed"]] == [3, 4]
    assert set(figures) >= BEFORE_KEYS


def test_simulate_prints_a_line_for_each_seed_and_their_mean() -> None:
    common = ("simulate", EXAMPLE, "--minutes", 2, "--seeds", 2)
    lines = called(*common).stdout.splitlines()
    figures = json.loads(called(*common, "--json").stdout)
    assert lines[1].split() == [
        *("seed", "delay", "[s]", "stops", "demanded", "unfinished", "undeparted", "teleports", "run"),
    ]
    assert [line.split()[0] for line in lines[2:5]] == ["1", "2", "mean"]
    assert float(lines[4].split()[1]) == pytest.approx(figures["mean_delay_s"], abs=0.006)
    assert figures["runs"]["verdict"] == "invalid" == lines[2].split()[-1]  # two minutes cut off most trips
    assert "vehicles were under way at the end" in "\n".join(lines[5:])
    assert len({len(line) for line in lines[1:5]}) == 1


def test_estimate_answers_by_the_queue_model_and_prints_every_signal() -> None:
    answer = json.loads(called("estimate", EXAMPLE, "--json").stdout)
    assert set(answer) == {*MEANS, *COUNTS, "routes", "standing"} >= BEFORE_KEYS
    assert {key for key, value in answer.items() if value is None} == {
        "mean_waiting_s",
        "collisions",
        "emergency_stops",
    }
    assert (answer["routes"], answer["standing"]) == ("frozen", [])  # its files name every route
    lines = called("estimate", EXAMPLE).stdout.splitlines()
    assert f"{answer['mean_delay_s']:.1f} s of delay" in lines[0]
    assert f"{answer['demanded']} demanded" in lines[1]
    assert [line.split()[0] for line in lines[3:]] == ["M1", "M2", "M3", "M4", "M5"]


def test_check_proves_the_field_plan() -> None:
    assert "5 signals with a fixed-time program, 5 to retime" in called("check", EXAMPLE).stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_help_names_every_option(command: str) -> None:
    text = called(command, "--help").stdout
    assert "SCENARIO" in text
    assert ("-o, --out DIR" in text) == (command in ("run", "optimize", "bands", "diagnose", "day", "batch"))


def test_help_lists_commands_with_whole_sentences() -> None:
    text = called("--help").stdout
    assert all(f"  {command} " in text for command in (*COMMANDS, *OTHERS))
    assert "..." not in text.split("Commands:")[1]
    assert "Exit codes" in text


@pytest.mark.parametrize(
    "arguments",
    [
        ("simulate", EXAMPLE, "--no-such-option"),
        ("run", EXAMPLE),
        ("optimize", EXAMPLE, "-o", "x", "--max-seconds", "0"),
        ("no-such-command",),
        ("simulate",),
    ],
)
def test_wrong_usage_ends_with_2(arguments: tuple[object, ...]) -> None:
    result = called(*arguments, code=2)
    assert result.stderr.startswith("Usage: ")
    assert "Error: " in result.stderr


@pytest.mark.parametrize("text", ["0", "-1", "x", "", "1,", "1,1", "1.5", "-1,2", "10001"])
def test_seeds_that_are_none(text: str) -> None:
    with pytest.raises(InputError, match="--seeds"):
        parse_seeds(text)


def test_seeds_of_a_list_may_be_zero() -> None:
    assert parse_seeds(" 0, 7") == (0, 7)


def test_the_package_runs_as_a_module_with_the_version() -> None:
    command = [sys.executable, "-m", "trafficopt", "--version"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert text.startswith("trafficopt ")


def test_importing_loads_nothing_heavy() -> None:
    heavy = ("matplotlib", "numba", "sumolib", "scipy.optimize", "networkx", "numpy", "typer", "jinja2")
    code = f"import sys, trafficopt; print([name for name in {heavy} if name in sys.modules])"
    command = [sys.executable, "-c", code]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() == "[]"


def test_the_command_line_loads_neither_models_nor_plots() -> None:
    heavy = ("matplotlib", "numba", "sumolib", "scipy.optimize", "jinja2")
    code = f"import sys, trafficopt.cli; print([name for name in {heavy} if name in sys.modules])"
    command = [sys.executable, "-c", code]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() == "[]"


def children_of(process: int) -> list[int]:
    """Processes that `process` has started, in all its threads."""
    found = []
    for path in Path(f"/proc/{process}/task").glob("*/children"):
        found += [int(child) for child in path.read_text().split()]
    return found


def is_judging(process: int) -> bool:
    """Whether `process` is a SUMO run of the judge."""
    try:
        return b"--tripinfo-output" in Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_the_command_and_its_sumo(tmp_path: Path, number: signal.Signals) -> None:
    # Days in small steps: far longer than this test waits.
    config = tmp_path / "slow.sumocfg"
    files = "".join(
        f'<{kind}-file{plural} value="{EXAMPLE}/main_street.{suffix}.xml.gz"/>'
        for kind, plural, suffix in (("net", "", "net"), ("route", "s", "rou"))
    )
    window = '<begin value="28800"/><end value="400000"/><step-length value="0.1"/>'
    config.write_text(f"<configuration>{files}{window}</configuration>", encoding="utf-8")
    command = [sys.executable, "-m", "trafficopt", "simulate", str(config), "--seeds", "2"]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    process = subprocess.Popen(
        command,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),  # shells and nohup may have it ignored
    )
    started: list[int] = []
    deadline = time.monotonic() + 60
    while not any(map(is_judging, started)) and time.monotonic() < deadline:
        assert process.poll() is None, process.stderr and process.stderr.read()
        started = children_of(process.pid)
        time.sleep(0.05)
    process.send_signal(number)
    out, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert (out, said) == (b"", b"Stopped.\n")
    assert not any(map(is_judging, started))
    assert [path.name for path in tmp_path.iterdir()] == ["slow.sumocfg"]
