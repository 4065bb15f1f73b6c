"""The judge: figures, order, limits, and no process left behind."""

from __future__ import annotations

import os
import sys
import time
from concurrent.futures import CancelledError
from dataclasses import fields, replace
from pathlib import Path
from threading import Event, Timer

import pytest

from trafficopt.errors import InputError, SimulationError
from trafficopt.evaluation import Evaluation, SeedResult
from trafficopt.examples import example_path
from trafficopt.plan import SignalTiming, TimingPlan
from trafficopt.scenario import Scenario, SimulationSettings
from trafficopt.stage import Stage
from trafficopt.sumo.binary import child_environment, find_binary, run_command, run_tool, sumo_version
from trafficopt.sumo.command import sumo_arguments
from trafficopt.sumo.judge import simulate, with_more_demand
from trafficopt.sumo.outputs import STATISTICS, TRIPS, read_run
from trafficopt.sumo.read import read_scenario

SUMMARY = '<statistics><teleports total="2"/><safety collisions="1" emergencyStops="3"/></statistics>'
STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60) # MARK"])
print("started", flush=True)
time.sleep(60)
"""


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return read_scenario(example_path("main_street"), minutes=5)


@pytest.fixture(scope="module")
def field(scenario: Scenario) -> Evaluation:
    return simulate(scenario, scenario.field_plan, (2, 1), jobs=1)


def test_more_demand_is_more_delay_of_the_same_vehicles(scenario: Scenario, field: Evaluation) -> None:
    more = simulate(with_more_demand(scenario, 1.3), scenario.field_plan, (2, 1))
    assert field.mean("demanded") <= more.mean("demanded") < 1.3 * field.mean("demanded")
    assert more.mean("mean_delay_s") > field.mean("mean_delay_s")
    twice = with_more_demand(with_more_demand(scenario, 1.5), 2.0)
    assert twice.simulation.options["scale"] == "3"


def rotated(plan: TimingPlan, signal: str, by_s: float) -> TimingPlan:
    old = plan[signal]
    new = replace(old, offset_s=(old.offset_s + by_s) % old.cycle_s)
    return TimingPlan("rotated", {**plan.timings, signal: new})


def alive(mark: str) -> list[str]:
    """Command lines of the processes (zombies have none) that contain `mark`."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if mark in line and int(path.parent.name) != os.getpid():
            found.append(line)
    return found


def write_outputs(folder: Path, *trips: str) -> None:
    (folder / TRIPS).write_text(f"<tripinfos>{''.join(trips)}</tripinfos>", encoding="utf-8")
    (folder / STATISTICS).write_text(SUMMARY, encoding="utf-8")


def trip(vehicle: str, depart: float, arrival: float, depart_delay: float, time_loss: float) -> str:
    return (
        f'<tripinfo id="{vehicle}" depart="{depart}" arrival="{arrival}" departDelay="{depart_delay}"'
        f' timeLoss="{time_loss}" waitingTime="{time_loss / 2}" waitingCount="2"/>'
    )


def test_results_do_not_depend_on_the_number_of_processes(scenario: Scenario, field: Evaluation) -> None:
    assert simulate(scenario, scenario.field_plan, (2, 1), jobs=2) == field
    assert field.seeds == (2, 1)
    assert field.runs[0].mean_delay_s != field.runs[1].mean_delay_s


def test_every_demanded_vehicle_is_accounted_for(scenario: Scenario, field: Evaluation) -> None:
    for run in field.runs:
        assert run.completed + run.unfinished + run.undeparted == run.demanded
        assert run.unfinished > 0
        # One bus each way at the beginning; the next come at the end of the five minutes.
        assert run.demanded == len(scenario.demanded) + 2


def test_links_carry_delay_and_vehicles(scenario: Scenario, field: Evaluation) -> None:
    assert set(field.link_delay_s) <= set(scenario.network.links)
    assert field.link_delay_s["e0_stop"] > 0
    assert 0 < field.link_vehicles["e0_stop"] < len(scenario.demanded)
    by_run = [lost["e0_stop"] for lost in field.run_link_delay_s]
    assert len(by_run) == len(field.seeds)
    assert sum(by_run) / len(by_run) == pytest.approx(field.link_delay_s["e0_stop"])
    assert by_run[0] != by_run[1]


def test_the_field_plan_written_anew_gives_the_same_figures(scenario: Scenario, field: Evaluation) -> None:
    other = TimingPlan(
        "same but for a signal that is absent", dict(list(scenario.field_plan.timings.items())[1:])
    )
    assert simulate(scenario, other, (2, 1)).runs == field.runs


def test_another_plan_gives_other_figures(scenario: Scenario, field: Evaluation) -> None:
    assert simulate(scenario, rotated(scenario.field_plan, "M2", 50), (2,)).runs[0] != field.runs[0]


def test_the_environment_of_the_caller_changes_nothing(
    scenario: Scenario, field: Evaluation, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(50):
        monkeypatch.setenv(f"FURTHER_{number}", "x" * number)
    assert not any(key.startswith("FURTHER") for key in child_environment(find_binary()))
    assert simulate(scenario, scenario.field_plan, (2, 1)) == field


def test_progress_rises_to_one_and_changes_nothing(scenario: Scenario, field: Evaluation) -> None:
    heard: list[float] = []
    assert simulate(scenario, scenario.field_plan, (2, 1), on_progress=heard.append) == field
    assert heard == sorted(heard)
    assert heard[-1] == 1.0


def test_a_failing_callback_stops_the_runs(tmp_path: Path, scenario: Scenario) -> None:
    def fail(share: float) -> None:
        raise RuntimeError("callback")

    endless = copied(scenario, tmp_path)
    with pytest.raises(RuntimeError, match="callback"):
        simulate(endless, endless.field_plan, (1, 2, 3), jobs=2, on_progress=fail)
    assert not alive(str(tmp_path))


def copied(scenario: Scenario, folder: Path) -> Scenario:
    """The same network in `folder`, to be found in a command line, and a run without end."""
    net = folder / scenario.simulation.net.name
    net.write_bytes(scenario.simulation.net.read_bytes())
    return replace(scenario, simulation=replace(scenario.simulation, net=net, end_s=1e9))


def test_the_time_limit_leaves_no_process_and_no_file(
    tmp_path: Path, scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    endless = copied(scenario, tmp_path)
    with pytest.raises(SimulationError, match="time limit") as caught:
        simulate(endless, endless.field_plan, (1, 2, 3), jobs=2, time_limit_s=0.5)
    assert caught.value.exit_code is None
    assert not alive(str(tmp_path))
    assert not list(scratch.iterdir())


def test_a_group_that_ignores_term_is_killed() -> None:
    mark = f"stubborn-{os.getpid()}"
    begun = time.monotonic()
    with pytest.raises(SimulationError):
        run_command([sys.executable, "-c", STUBBORN.replace("MARK", mark)], time_limit_s=1.0)
    assert time.monotonic() - begun < 20
    assert not alive(mark)


def test_an_interrupt_ends_the_command() -> None:
    mark = f"interrupted-{os.getpid()}"

    def interrupt(line: str) -> bool:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_command(
            [sys.executable, "-c", STUBBORN.replace("MARK", mark)], time_limit_s=60, on_line=interrupt
        )
    assert not alive(mark)


def test_stop_ends_the_command() -> None:
    stop = Event()
    timer = Timer(0.3, stop.set)
    timer.start()
    with pytest.raises(CancelledError):
        run_command([sys.executable, "-c", "import time; time.sleep(60)"], time_limit_s=60, stop=stop)
    timer.join()


def test_a_failure_tells_command_exit_code_and_log(scenario: Scenario) -> None:
    broken = replace(scenario, simulation=replace(scenario.simulation, options={"no-such-option": "1"}))
    with pytest.raises(SimulationError, match="no-such-option") as caught:
        simulate(broken, broken.field_plan, (1,), on_progress=lambda share: None)
    assert caught.value.exit_code == 1
    assert Path(caught.value.command[0]).name == "sumo"


def test_unfinished_undeparted_and_unreported_vehicles_count(tmp_path: Path) -> None:
    write_outputs(
        tmp_path,
        trip("done", 10, 90, 1, 20),
        trip("on its way", 20, -1, 2, 30),
        trip("waiting", -1, -1, 40, 0),
        trip("of nobody", 20, 30, 7, 7),
        trip("bus.0", 5, 60, 0, 6),
    )
    demanded = {"done": 9.0, "on its way": 18.0, "waiting": 60.0, "never loaded": 50.0}
    run = read_run(tmp_path, 7, demanded, {"bus"}, end_s=100.0)
    assert (run.seed, run.demanded, run.completed, run.unfinished, run.undeparted) == (7, 5, 2, 1, 2)
    assert run.mean_delay_s == pytest.approx((21 + 32 + 40 + 50 + 6) / 5)
    assert run.mean_depart_delay_s == pytest.approx((1 + 2 + 40 + 50 + 0) / 5, abs=1e-3)
    assert run.mean_waiting_s == pytest.approx((10 + 15 + 3) / 5)
    assert run.mean_stops == pytest.approx(6 / 5)
    assert (run.teleports, run.collisions, run.emergency_stops) == (2, 1, 3)


def test_no_demand_and_broken_outputs_are_said(tmp_path: Path) -> None:
    write_outputs(tmp_path)
    with pytest.raises(InputError, match="no vehicle"):
        read_run(tmp_path, 1, {}, frozenset(), 100.0)
    (tmp_path / TRIPS).write_text("<tripinfos><tripinfo", encoding="utf-8")
    with pytest.raises(InputError, match="not well-formed"):
        read_run(tmp_path, 1, {"v": 0.0}, frozenset(), 100.0)


@pytest.mark.parametrize(("seeds", "jobs"), [((), None), ((1, 1), None), ((1,), 0)])
def test_bad_arguments(scenario: Scenario, seeds: tuple[int, ...], jobs: int | None) -> None:
    with pytest.raises(InputError):
        simulate(scenario, scenario.field_plan, seeds, jobs=jobs)


def test_a_plan_for_another_network_is_refused(scenario: Scenario) -> None:
    plan = TimingPlan("foreign", {"nowhere": SignalTiming((Stage("G", ()),), (30.0,), 30.0, 0.0)})
    with pytest.raises(InputError, match="nowhere"):
        simulate(scenario, plan, (1,))


def test_arguments_give_no_option_twice() -> None:
    options = {"no-warnings": "true", "seed": "3", "lateral-resolution": "0.8", "tripinfo-output": "x"}
    settings = SimulationSettings(
        Path("net.xml"),
        (Path("a.xml"), Path("b.xml")),
        (Path("own.xml"),),
        28800.0,
        30600.5,
        0.5,
        -1.0,
        options,
    )
    args = sumo_arguments(settings, (Path("plan.xml"),), seed=4)
    assert args == [
        *("-n", "net.xml", "-r", "a.xml,b.xml", "-a", "own.xml,plan.xml", "-b", "28800", "-e", "30600.5"),
        *("--step-length", "0.5", "--time-to-teleport", "-1", "--lateral-resolution", "0.8"),
        *("--no-warnings", "--duration-log.disable", "--no-step-log", "--seed", "4"),
    ]


def test_the_binary_itself_is_started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SUMO_HOME", str(tmp_path))
    binary = find_binary()
    assert binary.read_bytes()[:2] != b"#!"
    assert tuple(map(int, sumo_version(binary).split("."))) >= (1, 20, 0)
    assert "netconvert" in run_tool("netconvert", ["--version"], time_limit_s=60)


def test_an_absent_or_old_sumo_names_the_remedy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("SUMO_HOME", raising=False)
    with pytest.raises(InputError, match=r"trafficopt\[sumo\]"):
        find_binary()
    for text, fault in (("Eclipse SUMO sumo Version 1.19.0", "1.19.0"), ("hello", "version")):
        old = tmp_path / f"sumo-{len(text)}"
        old.write_text(f"#!/bin/sh\necho {text}\n", encoding="utf-8")
        old.chmod(0o755)
        with pytest.raises(InputError, match=fault):
            sumo_version(old)


def test_all_fields_of_a_run_are_numbers(field: Evaluation) -> None:
    known = [getattr(field.runs[0], item.name) for item in fields(SeedResult) if item.name != "doubts"]
    assert all(value >= 0 for value in known if value is not None)
    assert known.count(None) == 5  # arterials, pedestrians and emissions


def test_an_unknown_example_lists_the_known_ones() -> None:
    with pytest.raises(InputError, match="main_street"):
        example_path("side_street")
