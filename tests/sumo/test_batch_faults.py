"""Whatever fails in a batch is told, stops nothing else, and loses nothing."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from tests.sumo.batch_runs import (
    command,
    ended,
    n_done,
    processes_of,
    run,
    start,
    wait_for,
    write_matrix,
)
from tests.sumo.fake_sumo import CRASHES, HANGS, SWELLS, TRUNCATES, install

SEEDS = (1, HANGS, CRASHES, TRUNCATES, SWELLS, 6)
LIMITS = "time_limit_s = 8\nmemory_limit_mb = 1500"


@pytest.fixture(scope="module")
def matrix(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_matrix(tmp_path_factory.mktemp("matrix"), seeds=SEEDS, more=LIMITS)


@pytest.fixture(scope="module")
def whole(matrix: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("whole")
    run(matrix, out, "-j", 2)
    return out


def statuses(out: Path) -> dict[int, str]:
    with (out / "results.csv").open(newline="") as stream:
        return {int(row["seed"]): row["status"] for row in csv.DictReader(stream)}


def test_runs_that_fail_are_told_and_tried_again(matrix: Path, whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    _, told = run(matrix, out, "-j", 2, code=1, env=install(tmp_path / "fake"))
    failing = (HANGS, CRASHES, TRUNCATES, SWELLS)
    assert "Error: 4 of 6 runs failed" in told
    assert statuses(out) == {seed: "failed" if seed in failing else "ok" for seed in SEEDS}
    assert not processes_of(out)
    summary = json.loads((out / "summary.json").read_text())
    failures = {failure["seed"]: failure for failure in summary["failures"]}
    assert (summary["ok"], summary["failed"], tuple(failures)) == (2, 4, failing)
    expected = {
        HANGS: "reached its time limit",
        CRASHES: "ended with -11",
        TRUNCATES: "tripinfo.xml: is not well-formed XML",
        SWELLS: "(memory_limit_mb = 1500): MemoryError",
    }
    for seed, said in expected.items():
        assert said in failures[seed]["message"]
        log = (out / failures[seed]["log"]).read_text()
        assert failures[seed]["message"] in log
        assert f"seed {seed} failed: " in told
    assert f"--seed {CRASHES}" in (out / failures[CRASHES]["log"]).read_text()
    with (out / "results.csv").open(newline="") as stream:
        rows = {int(row["seed"]): row for row in csv.DictReader(stream)}
    assert {rows[HANGS]["mean_delay_s"], rows[HANGS]["demanded"], rows[HANGS]["verdict"]} == {""}

    run(matrix, out, "-j", 2)  # with a SUMO that is well
    assert (out / "results.csv").read_bytes() == (whole / "results.csv").read_bytes()
    assert not list((out / "logs").iterdir())


def test_what_is_damaged_is_told_and_made_again(matrix: Path, whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copytree(whole, out)
    kept = {path: path.read_bytes() for path in sorted(out.glob("done/*/*.json"))}
    flipped, cut, emptied = list(kept)[:3]
    flipped.write_bytes(kept[flipped].replace(b'"mean_delay_s": ', b'"mean_delay_s": 1'))
    cut.write_bytes(kept[cut][:-20])
    emptied.write_bytes(b"")
    files = list((out / "inputs" / "files").iterdir())
    for path in files:
        path.write_bytes(path.read_bytes()[:-1])
    (out / "results.csv").unlink()
    _, told = run(matrix, out, "-j", 2)
    for path in (flipped, cut, emptied):
        assert f"{path} is damaged: it is made again" in told
    for path in files:
        assert f"{path} is not what was written there: it is made again" in told
    assert {path: path.read_bytes() for path in kept} == kept
    assert (out / "results.csv").read_bytes() == (whole / "results.csv").read_bytes()


def test_two_batches_do_not_share_a_folder(tmp_path: Path) -> None:
    matrix = write_matrix(tmp_path, seeds=range(1, 7))
    first = start(matrix, tmp_path / "out", "-j", 1)
    wait_for(lambda: n_done(tmp_path / "out") >= 1, first)
    os.kill(first.pid, signal.SIGSTOP)  # until the second has been started
    try:
        _, told = run(matrix, tmp_path / "out", code=2)
    finally:
        os.kill(first.pid, signal.SIGCONT)
    assert f"another batch is at work here (process {first.pid} on " in told
    assert "Remedy: " in told
    ended(first)
    assert set(statuses(tmp_path / "out").values()) == {"ok"}


def test_ctrl_c_keeps_what_is_done(tmp_path: Path) -> None:
    matrix, out = write_matrix(tmp_path, seeds=range(1, 7)), tmp_path / "out"
    batch = start(matrix, out, "-j", 1)
    wait_for(lambda: n_done(out) >= 2, batch)
    os.killpg(batch.pid, signal.SIGINT)  # as a terminal does
    _, told = ended(batch, 130)
    assert "Stopped" in told
    assert "Traceback" not in told
    found = list(statuses(out).values())
    assert found.count("ok") == n_done(out) >= 2
    assert set(found) == {"ok", "open"}
    assert not processes_of(out)
    assert not (out / ".work").exists()
    run(matrix, out, "-j", 2)
    assert set(statuses(out).values()) == {"ok"}


def test_a_worker_that_dies_costs_nothing_but_time(tmp_path: Path) -> None:
    matrix, out = write_matrix(tmp_path, seeds=range(1, 7)), tmp_path / "out"
    batch = start(matrix, out, "-j", 1)
    wait_for(lambda: n_done(out) >= 2, batch)
    (worker,) = subprocess.run(
        ["pgrep", "-f", f"trafficopt.batch.worker.*{out}"], capture_output=True, text=True, check=True
    ).stdout.split()
    os.kill(int(worker), signal.SIGKILL)
    ended(batch)
    assert set(statuses(out).values()) == {"ok"}


FULL = """
mount -t tmpfs -o size=30m tmpfs {out} || exit 77
n_kept() {{ ls {out}/done/*/*.json 2>/dev/null | wc -l; }}
until [ "$(n_kept)" -ge 1 ]; do sleep 0.05; done && cat /dev/zero >{out}/filler &
{command}
echo "first: $?, kept: $(n_kept)" >&2
wait
rm {out}/filler
{command} || exit 3
cp {out}/results.csv {copy}
"""


def test_a_full_disk_is_told_and_loses_nothing(matrix: Path, whole: Path, tmp_path: Path) -> None:
    out, copy = tmp_path / "out", tmp_path / "results.csv"
    out.mkdir()
    script = FULL.format(out=out, command=" ".join(command(matrix, out, "-j", 1)), copy=copy)
    mounting = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script]
    done = subprocess.run(mounting, capture_output=True, text=True)
    if done.returncode in (1, 77):
        pytest.skip(f"no file system can be mounted here: {done.stderr}")
    assert done.returncode == 0, done.stderr
    first = re.search(r"first: (\d+), kept: (\d+)", done.stderr)
    assert first is not None
    assert first[1] == "1"
    assert 1 <= int(first[2]) < len(SEEDS)
    assert "No space left on device" in done.stderr
    assert "make room, and start again" in done.stderr
    assert "Traceback" not in done.stderr
    assert copy.read_bytes() == (whole / "results.csv").read_bytes()
