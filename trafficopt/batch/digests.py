"""Digests: names for what decides a plan or a run, and for contents of files."""

from __future__ import annotations

import hashlib
import json
import platform
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

from trafficopt.sumo.binary import find_binary, sumo_version

LENGTH = 32  # hexadecimal digits: 128 bits
PACKAGES = ("numpy", "scipy", "numba", "networkx", "sumolib")
OF_RUNS = ("trafficopt", "code", "sumo")
"""Versions that decide what SUMO says of a plan; the others decide plans."""
TOLD_ONLY = ("cli", "reporting", "console.py")
"""Parts of the package that decide neither."""


def digest(*parts: object) -> str:
    """Digest of plain values: text, numbers, lists, mappings, None.

    Examples
    --------
    >>> digest("a", 1) == digest("a", 1) != digest("a", 1.0)
    True
    """
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return content_digest(text.encode())[:LENGTH]


def content_digest(content: bytes) -> str:
    """SHA-256 of a content."""
    return hashlib.sha256(content).hexdigest()


def file_digest(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@lru_cache(maxsize=1)
def versions() -> dict[str, str]:
    """Everything installed that decides plans and runs, by name.

    Raises
    ------
    InputError
        If SUMO is absent.
    """
    return {
        "trafficopt": version("trafficopt"),
        "code": code_digest(),
        "sumo": sumo_version(find_binary("sumo")),
        "python": ".".join(platform.python_version_tuple()[:2]),
        **{name: version(name) for name in PACKAGES},
    }


def code_digest() -> str:
    """Digest of the library's own source, so that a changed library never answers with old figures."""
    root = Path(__file__).parents[1]
    paths = sorted(path.relative_to(root) for path in root.rglob("*.py"))
    return digest(*((str(p), file_digest(root / p)) for p in paths if p.parts[0] not in TOLD_ONLY))
