"""Bounds of all commands that this process starts: memory, and an end when this process ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

LAUNCHER = Path(__file__).with_name("launcher.py")


@dataclass(frozen=True, slots=True)
class Bounds:
    """What holds for a command.

    Attributes
    ----------
    memory_bytes
        Address space that it may take; 0: no limit.
    on_end
        Called with the folder of a command that has ended by itself, well or not, before anybody removes it.
    """

    memory_bytes: int = 0
    on_end: Callable[[Path], None] | None = None


_in_force = Bounds()


def in_force() -> Bounds:
    """The bounds that commands of this process have now."""
    return _in_force


@contextmanager
def bounded(bounds: Bounds) -> Iterator[None]:
    """Let `bounds` hold for every command that any thread of this process starts meanwhile."""
    global _in_force
    before, _in_force = _in_force, bounds
    try:
        yield
    finally:
        _in_force = before


def launched(command: Sequence[str]) -> list[str]:
    """The command by way of the launcher, which bounds it; elsewhere than on Linux as it is."""
    if sys.platform != "linux" or not sys.executable:
        return list(command)
    own = (str(os.getpid()), str(_in_force.memory_bytes))
    return [sys.executable, "-I", "-S", str(LAUNCHER), *own, *command]
