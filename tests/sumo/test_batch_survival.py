"""A batch that is killed goes on and ends with the same bytes, on any number of processes, and on Dask."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.sumo.batch_runs import ended, kill, n_done, processes_of, run, start, wait_for, write_matrix

N_KILLS = 10
SEEDS = tuple(range(1, 11))


@pytest.fixture(scope="module")
def matrix(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty runs, and two searches."""
    folder = tmp_path_factory.mktemp("matrix")
    return write_matrix(folder, methods=("shipped", "optimize"), demand=(0.9, 1.0), seeds=SEEDS)


@pytest.fixture(scope="module")
def undisturbed(matrix: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    out = tmp_path_factory.mktemp("undisturbed")
    run(matrix, out, "-j", 2)
    return (out / "results.csv").read_bytes()


def test_ten_kills_lose_nothing_but_runs_in_flight(matrix: Path, undisturbed: bytes, tmp_path: Path) -> None:
    assert undisturbed.count(b",ok\n") == 40
    out = tmp_path / "out"
    draw = random.Random(11)
    for number, moment in enumerate(sorted(draw.sample(range(40), N_KILLS))):
        before = n_done(out)
        batch = start(matrix, out, "-j", 1 + number % 2)
        wait_for(lambda: n_done(out) >= moment and (out / ".work").is_dir(), batch)  # noqa: B023
        wait_for(lambda: draw.random() < 0.05, batch)  # between two runs, or within one
        assert batch.poll() is None
        kill(batch)
        assert n_done(out) >= before
        wait_for(lambda: not processes_of(out))  # workers and their SUMO end by themselves
    run(matrix, out, "-j", 2)
    assert (out / "results.csv").read_bytes() == undisturbed
    assert not (out / ".work").exists()
    assert not [path for path in out.rglob("*") if path.name.startswith(".") and path.name != ".lock"]


def test_one_process_gives_the_same_bytes(matrix: Path, undisturbed: bytes, tmp_path: Path) -> None:
    run(matrix, tmp_path, "-j", 1)
    assert (tmp_path / "results.csv").read_bytes() == undisturbed


@contextmanager
def dask(*words: object, env: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """One of Dask's own programs, until the block ends."""
    code = "import sys; from dask.__main__ import main; sys.exit(main())"
    process = subprocess.Popen(
        [sys.executable, "-c", code, *map(str, words)],
        env={**os.environ, **env},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def test_a_lost_worker_costs_nothing_but_time(matrix: Path, undisturbed: bytes, tmp_path: Path) -> None:
    address, out, cache = tmp_path / "scheduler.json", tmp_path / "out", tmp_path / "cache"
    env = {"TRAFFICOPT_CACHE": str(cache)}
    worker = ("worker", "--scheduler-file", address, "--nthreads", 1, "--no-nanny", "--no-dashboard")
    worker = (*worker, "--local-directory", tmp_path / "scratch")
    with dask("scheduler", "--scheduler-file", address, "--port", 0, "--no-dashboard", env=env):
        wait_for(address.exists)
        with dask(*worker, env=env) as lost, dask(*worker, env=env):
            batch = start(matrix, out, "--scheduler", _address(address))
            wait_for(lambda: n_done(out) >= 15, batch)
            lost.send_signal(signal.SIGKILL)
            ended(batch)
            assert (out / "results.csv").read_bytes() == undisturbed
            assert n_done(out) == 42  # forty runs and two plans, none twice
            assert len(list((cache / "batch" / "files").iterdir())) == 6
    wait_for(lambda: not processes_of(tmp_path / "scratch"))


def test_a_cluster_of_this_machine_ends_with_a_batch_that_is_killed(tmp_path: Path) -> None:
    matrix, out, env = (
        write_matrix(tmp_path, seeds=SEEDS),
        tmp_path / "out",
        {"TRAFFICOPT_CACHE": str(tmp_path)},
    )
    batch = start(matrix, out, "--scheduler", "local", "-j", 2, env=env)
    wait_for(lambda: n_done(out) >= 2, batch)
    kill(batch)
    wait_for(lambda: not processes_of(tmp_path))
    kept = {path: path.stat().st_mtime_ns for path in out.glob("done/*/*.json")}
    run(matrix, out, "-j", 2)  # what Dask has made counts for the local processes
    assert n_done(out) == len(SEEDS)
    assert kept == {path: path.stat().st_mtime_ns for path in kept}


def test_a_scheduler_that_is_lost_is_told_and_loses_nothing(tmp_path: Path) -> None:
    matrix, out, address = write_matrix(tmp_path, seeds=SEEDS), tmp_path / "out", tmp_path / "scheduler.json"
    env = {"TRAFFICOPT_CACHE": str(tmp_path / "cache")}
    worker = ("worker", "--scheduler-file", address, "--nthreads", 1, "--no-nanny", "--no-dashboard")
    worker = (*worker, "--local-directory", tmp_path / "scratch")
    scheduler = ("scheduler", "--scheduler-file", address, "--port", 0, "--no-dashboard")
    with dask(*scheduler, env=env) as lost:
        wait_for(address.exists)
        with dask(*worker, env=env):
            batch = start(matrix, out, "--scheduler", _address(address))
            wait_for(lambda: n_done(out) >= 2, batch)
            lost.kill()
            _, told = ended(batch, 1)
    assert re.search(r"Error: the Dask scheduler at tcp://\S+ is gone; what is done is kept", told)
    assert "Traceback" not in told
    assert 2 <= n_done(out) < len(SEEDS)
    run(matrix, out, "-j", 2)
    assert n_done(out) == len(SEEDS)


def test_no_scheduler_is_told(tmp_path: Path) -> None:
    matrix = write_matrix(tmp_path)
    _, told = run(matrix, tmp_path / "out", "--scheduler", "tcp://127.0.0.1:9", code=2)
    assert "no Dask scheduler answers at tcp://127.0.0.1:9" in told
    assert "Traceback" not in told


def _address(file: Path) -> str:
    address: str = json.loads(file.read_text())["address"]
    return address
