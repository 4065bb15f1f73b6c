"""Find SUMO's programs and run them so that none outlives its caller."""

from __future__ import annotations

import codecs
import importlib.util
import os
import re
import selectors
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Event

from trafficopt.errors import InputError, SimulationError
from trafficopt.sumo.bounds import in_force, launched
from trafficopt.units import Seconds

MINIMUM_VERSION = (1, 20)
REMEDY = "pip install 'trafficopt[sumo]'"
LIBRARY_PATHS = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
POLL_S = 0.1
GRACE_S = 1.0
_GROUPS: set[int] = set()  # of commands that run


def find_binary(name: str = "sumo") -> Path:
    """Path of one of SUMO's programs: of the installed wheel, of SUMO_HOME, or on the PATH.

    Raises
    ------
    InputError
        If there is none.
    """
    for candidate in _candidates(name):
        if os.access(candidate, os.X_OK) and candidate.is_file() and not _is_script(candidate):
            return candidate.absolute()
    raise InputError(name, "SUMO is not installed", REMEDY)


def _candidates(name: str) -> Iterator[Path]:
    # The wheel's own start-up module would change this process's environment: it is not imported.
    spec = importlib.util.find_spec("sumo")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        yield Path(folder) / "bin" / name
    if home := os.environ.get("SUMO_HOME"):
        yield Path(home) / "bin" / name
    if found := shutil.which(name):
        yield Path(found)


def _is_script(path: Path) -> bool:
    """Whether `path` only starts the program: killing it would leave the program running."""
    with path.open("rb") as stream:
        return stream.read(2) == b"#!"


@lru_cache(maxsize=16)
def sumo_version(binary: Path) -> str:
    """Version of one of SUMO's programs, as in "1.28.0".

    Raises
    ------
    InputError
        If the program does not tell its version, or it is older than 1.20.
    """
    try:
        answer = run_command([str(binary), "--version"], env=child_environment(binary), time_limit_s=60.0)
    except (OSError, SimulationError) as error:
        raise InputError(binary, f"does not start: {error}", REMEDY) from None
    match = re.search(r"Eclipse SUMO \w+ (?:Version )?v?(\d+)[._](\d+)(?:[._](\d+))?", answer)
    if match is None:
        raise InputError(binary, "does not tell its version", REMEDY)
    version = f"{match[1]}.{match[2]}.{match[3] or 0}"
    if (int(match[1]), int(match[2])) < MINIMUM_VERSION:
        needed = ".".join(map(str, MINIMUM_VERSION))
        raise InputError(binary, f"is SUMO {version}, older than {needed}", REMEDY)
    return version


def child_environment(binary: Path) -> dict[str, str]:
    """Environment that makes a program use the data of its own version, the same for every caller.

    SUMO's figures can depend on the number of variables it inherits (seen with 1.28: one seed, two
    mean delays), so nothing else of the caller's environment is handed down.
    """
    env = {key: os.environ[key] for key in LIBRARY_PATHS if key in os.environ}
    env["LC_ALL"] = "C.UTF-8"
    prefix = binary.parents[1]
    home = next((home for home in (prefix, prefix / "share" / "sumo") if (home / "data").is_dir()), None)
    if home is not None:
        env["SUMO_HOME"] = str(home)
        if (home / "data" / "proj").is_dir():
            env["PROJ_DATA"] = env["PROJ_LIB"] = str(home / "data" / "proj")
    return env


def run_tool(
    name: str,
    args: Sequence[str],
    *,
    cwd: Path | None = None,
    time_limit_s: Seconds,
    on_line: Callable[[str], bool] | None = None,
    stop: Event | None = None,
) -> str:
    """Run one of SUMO's programs to its end; see `run_command`.

    Raises
    ------
    InputError
        If the program is absent or older than 1.20.
    SimulationError
        If it fails or reaches `time_limit_s`.

    Examples
    --------
    >>> "netconvert" in run_tool("netconvert", ["--version"], time_limit_s=60)
    True
    """
    binary = find_binary(name)
    sumo_version(binary)
    command = [str(binary), *args]
    env = child_environment(binary)
    return run_command(command, cwd=cwd, env=env, time_limit_s=time_limit_s, on_line=on_line, stop=stop)


@dataclass(frozen=True, slots=True)
class _Watch:
    """When to give a command up."""

    command: Sequence[str]
    deadline: Seconds
    stop: Event | None
    lines: list[str]

    def check(self) -> None:
        if self.stop is not None and self.stop.is_set():
            raise CancelledError(f"{self.command[0]} was canceled")
        if time.monotonic() > self.deadline:
            raise SimulationError(self.command, None, "\n".join(self.lines))


def run_command(
    command: Sequence[str],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    time_limit_s: Seconds,
    on_line: Callable[[str], bool] | None = None,
    stop: Event | None = None,
) -> str:
    """Run a command in a process group of its own, and end the group whatever happens.

    On Linux the command also ends when this process is killed, and keeps the memory limit of `bounds.py`.

    Parameters
    ----------
    time_limit_s
        Wall-clock time [s] after which the group gets TERM and then KILL.
    on_line
        Called with each line of output; True keeps the line out of the log.
    stop
        Setting it (from another thread) ends the command.

    Returns
    -------
    str
        The log: standard output and standard error.

    Raises
    ------
    SimulationError
        If the command fails, or reaches its time limit (`exit_code` is None).
    concurrent.futures.CancelledError
        If `stop` is set.
    """
    lines: list[str] = []
    watch = _Watch(tuple(command), time.monotonic() + time_limit_s, stop, lines)
    process = subprocess.Popen(
        launched(command),
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    _GROUPS.add(process.pid)
    assert process.stdout is not None
    try:
        for line in _lines(process.stdout.fileno(), watch):
            if on_line is None or not on_line(line):
                lines.append(line)
        while process.poll() is None:
            watch.check()
            with suppress(subprocess.TimeoutExpired):
                process.wait(POLL_S)
    except BaseException:
        _end_group(process)
        raise
    finally:
        _GROUPS.discard(process.pid)
        process.stdout.close()
    log = "\n".join(lines)
    if cwd is not None and (on_end := in_force().on_end) is not None:
        on_end(cwd)
    if process.returncode:
        raise SimulationError(command, process.returncode, log)
    return log


def end_commands() -> None:
    """Kill whatever this process has started: for a process that is about to end without unwinding."""
    for group in list(_GROUPS):
        _signal_group(group, signal.SIGKILL)


def _lines(descriptor: int, watch: _Watch) -> Iterator[str]:
    """Lines of a pipe until it is closed; a carriage return ends a line too (SUMO's step log)."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    rest = ""
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        while True:
            watch.check()
            if not selector.select(POLL_S):
                continue
            chunk = os.read(descriptor, 65536)
            *whole, rest = re.split(r"[\r\n]+", rest + decoder.decode(chunk))
            yield from filter(None, whole)
            if not chunk:
                break
    if rest:
        yield rest


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """TERM, then KILL, to the whole group of `process`, which leads it."""
    try:
        _signal_group(process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(GRACE_S)
    finally:
        _signal_group(process.pid, signal.SIGKILL)
        process.wait()
    # The other members are not our children: the system collects them a moment later.
    until = time.monotonic() + GRACE_S
    while _signal_group(process.pid, 0) and time.monotonic() < until:
        time.sleep(0.01)


def _signal_group(group: int, number: int) -> bool:
    """Send a signal (0: none); whether the group has members."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True
