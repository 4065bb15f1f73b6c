"""Full disks, and what a dead batch has left on them."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

FULL = (errno.ENOSPC, errno.EDQUOT)
LEAST_BYTES = 1 << 20


def is_full(error: OSError) -> bool:
    """Whether an error says that a disk, or a user's part of it, is full."""
    return error.errno in FULL


def check_room(folder: Path) -> None:
    """Refuse to go on where next to nothing can be written.

    SUMO does not say that it could not write all of an output.

    Raises
    ------
    OSError
        As a write would.
    """
    if shutil.disk_usage(folder).free < LEAST_BYTES:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder))


def remove_parts(folders: Iterable[Path]) -> None:
    """Remove files that `write_whole_bytes` could not finish because its process was killed."""
    for folder in folders:
        for path in folder.glob(".*.part"):
            path.unlink(missing_ok=True)
