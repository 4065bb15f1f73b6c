"""Scenario files by content: copied once, so that a batch reads what it began with, here or elsewhere."""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from trafficopt.batch.digests import content_digest, digest, file_digest
from trafficopt.batch.disk import is_full
from trafficopt.errors import InputError
from trafficopt.scenario import SimulationSettings
from trafficopt.sumo.input_files import ScenarioFiles, names_files, travelling_config
from trafficopt.whole_file import write_whole_bytes

log = logging.getLogger("trafficopt")


@dataclass(frozen=True, slots=True)
class Bundle:
    """The files of a scenario, as they lie to each other.

    Attributes
    ----------
    id
        Digest of all of it.
    entry
        What to read, within the folder of the bundle.
    files
        Content by name: SHA-256 by the path within the folder.
    of_runs, of_plans
        Digests of what decides a run, and a plan: contents by what they are for, wherever they lie.
    """

    id: str
    entry: str
    files: Mapping[str, str] = field(repr=False, hash=False)
    of_runs: str
    of_plans: str


class InputFolder:
    """A folder that keeps contents of files by their digest, and bundles made of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._digests: dict[Path, str] = {}
        self._whole: set[str] = set()

    def pack(self, files: ScenarioFiles) -> Bundle:
        """Copy the files of a scenario.

        Raises
        ------
        InputError
            If one cannot be read.
        """
        settings = files.settings
        config = Path(os.path.normpath(files.config))
        copied = [settings.net, *settings.routes, *settings.additional, *files.tables, *files.further]
        copied += [files.source] if files.source != files.config else []
        contents = {Path(os.path.normpath(path)): self.copy(path) for path in copied}
        contents[config] = self.add(travelling_config(files).encode())
        root = Path(os.path.commonpath([path.parent for path in contents]))
        named = {path.relative_to(root).as_posix(): sha for path, sha in sorted(contents.items())}
        entry = Path(os.path.normpath(files.source)).relative_to(root).as_posix()
        of_runs = digest(*self._of_settings(settings), [self.copy(path) for path in files.further])
        of_plans = digest(of_runs, files.rules, [self.copy(path) for path in files.tables])
        return Bundle(digest(entry, named), entry, named, of_runs, of_plans)

    def copy(self, path: Path) -> str:
        """Copy a file, unless its content is there; its digest."""
        path = Path(os.path.normpath(path))
        if path not in self._digests:
            try:
                self._digests[path] = self._copied(path)
            except OSError as error:
                if is_full(error):
                    raise
                raise InputError(path, error.strerror or str(error), "check the path") from None
        return self._digests[path]

    def add(self, content: bytes) -> str:
        """Keep a content; its digest."""
        sha = content_digest(content)
        if not self.has(sha):
            write_whole_bytes(self._place(sha), content)
            self._whole.add(sha)
        return sha

    def has(self, sha: str) -> bool:
        """Whether a content is there, and whole."""
        if sha not in self._whole:
            place = self._place(sha)
            if not place.is_file():
                return False
            if file_digest(place) != sha:
                log.warning("%s is not what was written there: it is made again", place)
                return False
            self._whole.add(sha)
        return True

    def content(self, sha: str) -> bytes:
        """A content that is there."""
        return self._place(sha).read_bytes()

    def missing(self, bundle: Bundle) -> list[str]:
        """Digests of the contents of a bundle that are not there, or not whole."""
        return sorted({sha for sha in bundle.files.values() if not self.has(sha)})

    def lay_out(self, bundle: Bundle, folder: Path) -> Path:
        """Path of a bundle's entry below `folder`, with all its files in place; none may be missing."""
        for name, sha in bundle.files.items():
            place = folder / name
            place.parent.mkdir(parents=True, exist_ok=True)
            _link(self._place(sha), place)
        return folder / bundle.entry

    def _place(self, sha: str) -> Path:
        return self.folder / "files" / sha

    def _copied(self, path: Path) -> str:
        sha = file_digest(path)
        if self.has(sha):
            return sha
        self._place(sha).parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self._place(sha).parent, prefix=".", suffix=".part")
        os.close(handle)
        try:
            shutil.copyfile(path, name)
            sha = file_digest(Path(name))  # of what was copied, should somebody be writing
            Path(name).chmod(0o644)
            os.replace(name, self._place(sha))
        finally:
            Path(name).unlink(missing_ok=True)
        self._whole.add(sha)
        return sha

    def _of_settings(self, settings: SimulationSettings) -> Iterable[object]:
        """Parts of the digest of what a configuration says."""
        yield [settings.begin_s, repr(settings.end_s), settings.step_s, settings.teleport_s]
        for files in ((settings.net,), settings.routes, settings.additional):
            yield [self.copy(path) for path in files]
        yield [[key, "" if names_files(key) else value] for key, value in sorted(settings.options.items())]


def _link(content: Path, place: Path) -> None:
    """Let a file have a second name, or copy it where the file system knows none."""
    try:
        place.hardlink_to(content)
    except OSError:
        shutil.copyfile(content, place)
