"""A SUMO that fails in a way of its own for each seed, in the place where programs are looked for."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

from trafficopt.sumo.binary import find_binary

HANGS, CRASHES, TRUNCATES, SWELLS = 2, 3, 4, 5
"""Seeds of the faults; all others run the real program."""
SCRIPT = f"""#!{sys.executable} -IS
import os, signal, subprocess, sys, time
REAL = REAL_PATH
seed = sys.argv[sys.argv.index("--seed") + 1] if "--seed" in sys.argv else ""
if seed == "{HANGS}":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(3600)
if seed == "{CRASHES}":
    os.kill(os.getpid(), signal.SIGSEGV)
if seed == "{SWELLS}":
    taken = bytearray(100_000_000_000)
if seed == "{TRUNCATES}":
    subprocess.run([REAL, *sys.argv[1:]], check=True)
    os.truncate("tripinfo.xml", os.path.getsize("tripinfo.xml") // 2)
    sys.exit(0)
os.execv(REAL, [REAL, *sys.argv[1:]])
"""
ALLOW_SCRIPTS = """
import trafficopt.sumo.binary
trafficopt.sumo.binary._is_script = lambda path: False
"""


def install(folder: Path) -> dict[str, str]:
    """Put the programs into `folder`; the environment that makes them be found."""
    binary = find_binary("sumo")
    bin_folder = folder / "sumo" / "bin"
    bin_folder.mkdir(parents=True)
    (folder / "sumo" / "__init__.py").touch()
    (folder / "sumo" / "data").symlink_to(binary.parents[1] / "data")
    (bin_folder / "duarouter").symlink_to(find_binary("duarouter"))
    fake = bin_folder / "sumo"
    fake.write_text(SCRIPT.replace("REAL_PATH", repr(str(binary))), encoding="utf-8")
    fake.chmod(fake.stat().st_mode | stat.S_IXUSR)
    (folder / "sitecustomize.py").write_text(ALLOW_SCRIPTS, encoding="utf-8")
    root = Path(__file__).parents[2]
    return {"PYTHONPATH": f"{folder}:{root}"}
