"""One batch at a time in a folder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from trafficopt.batch.folder_lock import FILE, locked
from trafficopt.errors import InputError

HOLD = """
import sys, time
from pathlib import Path
from trafficopt.batch.folder_lock import locked
with locked(Path(sys.argv[1])):
    print("locked", flush=True)
    time.sleep(600)
"""


def test_a_second_batch_is_refused_and_told_who_is_first(tmp_path: Path) -> None:
    with locked(tmp_path):
        with pytest.raises(InputError, match=f"another batch is at work here .process {os.getpid()} on"):
            with locked(tmp_path):
                pass
    with locked(tmp_path):
        pass


def test_a_file_alone_is_no_lock(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("process 1 on a machine that is gone\n")
    with locked(tmp_path):
        assert (tmp_path / FILE).read_text().startswith(f"process {os.getpid()} ")


def test_the_lock_goes_with_a_process_that_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == b"locked\n"
        with pytest.raises(InputError, match=f"process {owner.pid}"):
            with locked(tmp_path):
                pass
        owner.kill()
    with locked(tmp_path):
        pass
