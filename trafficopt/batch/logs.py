"""Logs of what failed."""

from __future__ import annotations

from pathlib import Path

from trafficopt.batch.tasks import Outcome
from trafficopt.whole_file import write_whole

SHOWN_DIGITS = 16


class Logs:
    """A folder with a file for each task that failed in this batch."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._written: set[str] = set()

    def write(self, outcome: Outcome) -> str:
        """Write down what is known of a failure; the file's name, from where the folder lies."""
        name = f"{outcome.key[:SHOWN_DIGITS]}.log"
        if name not in self._written:
            write_whole(self.folder / name, f"{outcome.message}\n\n{outcome.log}")
            self._written.add(name)
        return f"{self.folder.name}/{name}"

    def forget_others(self) -> None:
        """Remove logs of batches before this one."""
        for path in self.folder.glob("*.log"):
            if path.name not in self._written:
                path.unlink()
