"""The machine: processors, memory, folders, disk, the cache of compiled functions, fonts."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from trafficopt.doctor.checkup import Checkup, ok, problem, warning
from trafficopt.sumo.cache import cache_folder

GB = 1e9
SUMO_BYTES = 0.25 * GB  # a run of SUMO needs so much to start (docs/batch.md)
LEAST_FREE_BYTES = 1 * GB
MEMORY = Path("/proc/meminfo")


def processor_checkups() -> Iterator[Checkup]:
    """Processors, and whether there is memory for a run of SUMO on each."""
    n = usable_processors()
    yield ok("processors", str(n))
    free = free_memory()
    if free is None:
        yield ok("memory", "not known on this system")
    elif free < n * SUMO_BYTES:
        found = f"{free / GB:.1f} GB free, too little for {n} runs of SUMO at a time"
        yield warning("memory", found, f"ask for fewer at a time: jobs={max(1, int(free / SUMO_BYTES))}")
    else:
        yield ok("memory", f"{free / GB:.1f} GB free")


def usable_processors() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def free_memory() -> float | None:
    """Memory [bytes] that is free for new programs; None where the system does not tell (Linux does)."""
    if not MEMORY.is_file():
        return None
    rows = dict(line.split(":", 1) for line in MEMORY.read_text(encoding="ascii").splitlines() if ":" in line)
    told = rows.get("MemAvailable", "").split()
    return 1024.0 * float(told[0]) if told else None


def folder_checkups() -> Iterator[Checkup]:
    """The folder for temporary files, the cache of measurements, and what is free there."""
    yield from _folder("temporary files", Path(tempfile.gettempdir()), "set TMPDIR to a folder with room")
    cache = cache_folder()
    remedy = "set TRAFFICOPT_CACHE to a folder that can be written to"
    if fault := write_fault(cache):
        yield warning("cache", f"measurements are not kept: {fault}", remedy)
    else:
        yield ok("cache", str(cache))


def _folder(name: str, folder: Path, remedy: str) -> Iterator[Checkup]:
    if fault := write_fault(folder):
        yield problem(name, fault, remedy)
        return
    free = shutil.disk_usage(folder).free
    told = f"{folder}, {free / GB:.1f} GB free"
    yield ok(name, told) if free >= LEAST_FREE_BYTES else warning(name, told, remedy)


def write_fault(folder: Path) -> str:
    """Why no file can be written to a folder, or to the nearest one above that is there; empty if it can."""
    there = next(each for each in (folder, *folder.absolute().parents) if each.exists())
    try:
        with tempfile.TemporaryFile(dir=there) as file:
            file.write(b"x")
    except OSError as error:
        return f"{there}: {error.strerror or error}"
    return ""


def compiler_checkups() -> Iterator[Checkup]:
    """Whether compiled functions are kept for the next process."""
    remedy = "set NUMBA_CACHE_DIR to a folder that can be written to"
    try:
        from trafficopt.model.queues.engine import run
    except RuntimeError as error:  # numba found no folder for its cache
        yield problem("compiled functions", str(error), remedy)
        return
    folder = Path(run.stats.cache_path)  # type: ignore[attr-defined]
    if fault := write_fault(folder):
        yield warning("compiled functions", f"every process compiles them anew: {fault}", remedy)
    else:
        yield ok("compiled functions", f"kept in {folder}")


def font_checkups() -> Iterator[Checkup]:
    """Whether plots can have Chinese labels."""
    from trafficopt.reporting.words.chinese_font import chinese_font

    font = chinese_font()
    if font is None:
        remedy = "install a font such as Noto Sans CJK (Debian: apt-get install fonts-noto-cjk)"
        yield warning("fonts", "none has Chinese characters: Chinese plots show boxes", remedy)
    else:
        yield ok("fonts", f"{font} has Chinese characters")
