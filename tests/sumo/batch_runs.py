"""Batches of the small example, started as a user does, and what they leave behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from trafficopt.examples import example_path

MATRIX = """
scenarios = ["{scenario}"]
methods = {methods}
demand = {demand}
seeds = {seeds}
max_seconds = 1
minutes = 2
{more}
"""
PATIENCE_S = 300.0  # of a test for a process: only a fault takes so long


def write_matrix(
    folder: Path,
    *,
    methods: Sequence[str] = ("shipped",),
    demand: Sequence[float] = (1.0,),
    seeds: Sequence[int] = (1, 2),
    more: str = "",
) -> Path:
    text = MATRIX.format(
        scenario=example_path("main_street"),
        methods=list(methods),
        demand=list(demand),
        seeds=list(seeds),
        more=more,
    )
    path = folder / "matrix.toml"
    path.write_text(text.replace("'", '"'), encoding="utf-8")
    return path


def command(matrix: Path, out: Path, *options: object) -> list[str]:
    return [sys.executable, "-m", "trafficopt", "batch", str(matrix), "-o", str(out), *map(str, options)]


def start(
    matrix: Path, out: Path, *options: object, env: Mapping[str, str] | None = None
) -> subprocess.Popen[str]:
    """A batch in a process group of its own, which Ctrl-C reaches even where it would be ignored."""
    return subprocess.Popen(
        command(matrix, out, *options),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **(env or {})},
        start_new_session=True,
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )


def ended(batch: subprocess.Popen[str], code: int = 0) -> tuple[str, str]:
    """Output and errors of a batch that must end with a code."""
    said, told = batch.communicate(timeout=PATIENCE_S)
    assert batch.returncode == code, told
    return said, told


def run(
    matrix: Path, out: Path, *options: object, code: int = 0, env: Mapping[str, str] | None = None
) -> tuple[str, str]:
    return ended(start(matrix, out, *options, env=env), code)


def n_done(out: Path) -> int:
    """Plans and runs that are kept."""
    return len(list(out.glob("done/*/*.json")))


def wait_for(happened: object, batch: subprocess.Popen[str] | None = None) -> None:
    """Wait until `happened()`, or the batch is over."""
    until = time.monotonic() + PATIENCE_S
    while not happened():  # type: ignore[operator]
        assert time.monotonic() < until
        if batch is not None and batch.poll() is not None:
            return
        time.sleep(0.01)


def kill(batch: subprocess.Popen[str]) -> None:
    """SIGKILL to the process itself: nobody else hears of it."""
    os.kill(batch.pid, signal.SIGKILL)
    batch.communicate(timeout=PATIENCE_S)


def processes_of(folder: Path) -> list[str]:
    """Command lines of running processes (zombies have none) that name a folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(folder) in line and int(path.parent.name) != os.getpid():
            found.append(line)
    return found
