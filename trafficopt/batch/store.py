"""Plans and runs that are done, kept by their key, each with a checksum of its content."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from trafficopt.batch.digests import content_digest, file_digest
from trafficopt.batch.tasks import Outcome
from trafficopt.whole_file import write_whole_bytes

OUTPUTS = "outputs"  # key in an entry: digest of each further file by its name
log = logging.getLogger("trafficopt")


class Store:
    """Entries in a folder, and further outputs of runs in another.

    An entry is a file of two parts: the SHA-256 of what follows, on a line of its own, and JSON. It appears
    at once, whole; what is there and not what was written is told, and counts as not there.
    """

    def __init__(self, folder: Path, outputs: Path) -> None:
        self.folder, self.outputs = folder, outputs

    def folders(self) -> Iterator[Path]:
        """All folders that are written to."""
        for base in (self.folder, self.outputs):
            yield from (path for path in base.glob("*") if path.is_dir())

    def get(self, key: str, outputs: Sequence[str] = ()) -> Mapping[str, Any] | None:
        """The entry of a key, if it is there, whole, and with all of some outputs."""
        path = self._path(key)
        try:
            checksum, _, content = path.read_bytes().partition(b"\n")
        except FileNotFoundError:
            return None
        if checksum.decode("ascii", "replace") != content_digest(content):
            log.warning("%s is damaged: it is made again", path)
            return None
        entry: Mapping[str, Any] = json.loads(content)
        return entry if all(self._has(key, name, entry) for name in outputs) else None

    def put(self, outcome: Outcome) -> None:
        """Keep what came of a task.

        Raises
        ------
        OSError
            If it cannot be written; nothing of it is there then.
        """
        known = {name: content_digest(content) for name, content in outcome.outputs.items()}
        for name, content in outcome.outputs.items():
            write_whole_bytes(self.output(outcome.key, name), content)
        entry = {**outcome.entry, OUTPUTS: known} if known else outcome.entry
        content = (json.dumps(entry, sort_keys=True, ensure_ascii=False) + "\n").encode()
        write_whole_bytes(self._path(outcome.key), content_digest(content).encode() + b"\n" + content)

    def output(self, key: str, name: str) -> Path:
        """Where a further output of a run is kept."""
        return self.outputs / key / name

    def _has(self, key: str, name: str, entry: Mapping[str, Any]) -> bool:
        path, known = self.output(key, name), entry.get(OUTPUTS, {}).get(name)
        if known is None or not path.is_file():
            return False
        if file_digest(path) != known:
            log.warning("%s is damaged: it is made again", path)
            return False
        return True

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key}.json"
