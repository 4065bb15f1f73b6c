"""Commands keep their bounds: memory, and an end with the process that started them, however that ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from trafficopt.errors import SimulationError
from trafficopt.examples import example_path
from trafficopt.sumo.binary import end_commands, run_command
from trafficopt.sumo.bounds import Bounds, bounded, in_force
from trafficopt.sumo.judge import simulate
from trafficopt.sumo.read import read_scenario

MB = 1_000_000
SLEEP = "import os, sys, time; print(os.getpid(), flush=True); time.sleep(600)"
CALLER = f"""
import sys
from trafficopt.sumo.binary import run_command
run_command([sys.executable, "-c", {SLEEP!r}], time_limit_s=600, on_line=lambda line: print(line, flush=True))
"""


def gone(pid: int) -> bool:
    """Whether a process ends within seconds; a zombie is none."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
        time.sleep(0.02)
    return False


@pytest.mark.skipif(sys.platform != "linux", reason="prctl(2) is Linux's")
def test_a_command_ends_with_a_caller_that_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", CALLER], stdout=subprocess.PIPE, text=True) as caller:
        assert caller.stdout is not None
        command = int(caller.stdout.readline())
        os.kill(command, 0)
        caller.kill()
    assert gone(command)


def test_commands_are_ended_on_demand() -> None:
    pids: list[int] = []

    def heard(line: str) -> bool:
        pids.append(int(line))
        end_commands()
        return True

    with pytest.raises(SimulationError) as caught:
        run_command([sys.executable, "-c", SLEEP], time_limit_s=60, on_line=heard)
    assert caught.value.exit_code == -signal.SIGKILL
    assert gone(pids[0])


def test_a_command_gets_no_more_memory_than_it_may() -> None:
    take = [sys.executable, "-c", f"bytearray({600 * MB})"]
    run_command(take, time_limit_s=60)
    with bounded(Bounds(500 * MB)), pytest.raises(SimulationError, match="MemoryError"):
        run_command(take, time_limit_s=60)
    assert in_force() == Bounds()
    run_command(take, time_limit_s=60)


def test_sumo_under_a_memory_limit_runs_or_fails_and_never_differs() -> None:
    scenario = read_scenario(example_path("main_street"), minutes=1)
    free = simulate(scenario, scenario.field_plan, (1,))
    with bounded(Bounds(2000 * MB)):
        assert simulate(scenario, scenario.field_plan, (1,)) == free
    with bounded(Bounds(100 * MB)), pytest.raises(SimulationError):
        simulate(scenario, scenario.field_plan, (1,))


def test_no_core_files_and_usual_signals() -> None:
    ask = "import resource; print(resource.getrlimit(resource.RLIMIT_CORE)[0])"
    assert run_command([sys.executable, "-c", ask], time_limit_s=60) == "0"
    shell = ["/bin/sh", "-c", "trap; kill -PIPE $$; echo alive"]
    with pytest.raises(SimulationError) as caught:
        run_command(shell, time_limit_s=60)
    assert caught.value.exit_code == -signal.SIGPIPE


def test_what_has_ended_is_looked_at_before_it_goes(tmp_path: Path) -> None:
    seen: list[Path] = []
    with bounded(Bounds(on_end=seen.append)):
        run_command(["/bin/sh", "-c", "exit 0"], cwd=tmp_path, time_limit_s=60)
        with pytest.raises(SimulationError):
            run_command(["/bin/sh", "-c", "exit 3"], cwd=tmp_path, time_limit_s=60)
        with pytest.raises(SimulationError):
            run_command(["/bin/sh", "-c", "sleep 60"], cwd=tmp_path, time_limit_s=0.1)
    assert seen == [tmp_path, tmp_path]


def test_a_program_that_is_absent_is_a_failure() -> None:
    with pytest.raises(SimulationError, match="No such file") as caught:
        run_command(["/no/such/program"], time_limit_s=60)
    assert caught.value.exit_code == 127
