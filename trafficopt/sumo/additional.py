"""Additional files as they are run: detectors and the like may not write into the scenario's folder."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from pathlib import Path

from defusedxml.ElementTree import parse

from trafficopt.sumo.xml import opened

# SUMO's name of the file that swallows everything
NOWHERE = "NUL"
# Attributes that name files: those of all other elements are read.
WRITTEN = {
    **dict.fromkeys(("e1Detector", "inductionLoop", "instantInductionLoop", "e2Detector"), "file"),
    **dict.fromkeys(("laneAreaDetector", "e3Detector", "entryExitDetector", "routeProbe"), "file"),
    **dict.fromkeys(("edgeData", "laneData", "edgeMeanData", "laneMeanData", "vTypeProbe"), "file"),
    **{"calibrator": "output", "timedEvent": "dest"},
}
READ = ("file", "imgFile")
NAMES_A_FILE = re.compile(rb"\b(file|dest|output|imgFile)\s*=")


def without_outputs(files: Sequence[Path], folder: Path) -> tuple[Path, ...]:
    """The same files, and in their place copies in `folder` of those that would write others.

    Raises
    ------
    InputError
        If a file is missing or broken.
    """
    return tuple(_silenced(path, folder / f"{number}.add.xml") for number, path in enumerate(files))


def _silenced(path: Path, copy: Path) -> Path:
    with opened(path) as stream:
        if not NAMES_A_FILE.search(stream.read()):
            return path
    with opened(path) as stream:
        root = parse(stream).getroot()
    for element in () if root is None else root.iter():
        _redirect(element, path.parent)
    ET.ElementTree(root).write(copy, encoding="utf-8", xml_declaration=True)
    return copy


def _redirect(element: ET.Element, home: Path) -> None:
    """Send an element's output nowhere, and make the files that it reads absolute."""
    output = WRITTEN.get(element.tag)
    if output and element.get(output):
        element.set(output, NOWHERE)
    for name in READ:
        if name != output and (value := element.get(name)):
            element.set(name, str((home / value).absolute()))
