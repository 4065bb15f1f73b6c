"""What is kept of a run: its figures, and outputs that somebody wants beside them."""

from __future__ import annotations

import csv
import gzip
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from trafficopt.batch.disk import check_room
from trafficopt.evaluation import Evaluation, SeedResult
from trafficopt.sumo.outputs import TRIPS

FILES = {"links": "links.csv", "trips": "tripinfo.xml.gz"}
"""Name of the file by the word of the matrix."""
HEADER = re.compile(rb"<!--.*?-->\s*", re.DOTALL)  # tells the time and the folder of the run


def wanted_files(keep: Sequence[str]) -> tuple[str, ...]:
    """Names of the files that a run leaves."""
    return tuple(FILES[word] for word in keep if word in FILES)


class Catch:
    """Outputs of one run, taken before its folder goes.

    Attributes
    ----------
    contents
        By name of the file.
    """

    def __init__(self, keep: Sequence[str]) -> None:
        self.keep = keep
        self.contents: dict[str, bytes] = {}

    def take(self, folder: Path) -> None:
        """Take what is wanted from the folder of a command that has ended.

        Raises
        ------
        OSError
            If the disk is full: then nothing that lies there can be trusted.
        """
        check_room(folder)
        if "trips" in self.keep and (folder / TRIPS).is_file():
            content = HEADER.sub(b"", (folder / TRIPS).read_bytes(), count=1)
            self.contents[FILES["trips"]] = gzip.compress(content, mtime=0)

    def entry(self, found: Evaluation) -> Mapping[str, Any]:
        """What the store keeps of the only run of an evaluation; the delay of links is caught on the way."""
        if "links" in self.keep:
            text = io.StringIO()
            table = csv.writer(text, lineterminator="\n")
            table.writerow(["link", "delay_veh_s", "vehicles"])
            delays, vehicles = found.link_delay_s, found.link_vehicles
            table.writerows([link, delays[link], vehicles.get(link, 0.0)] for link in sorted(delays))
            self.contents[FILES["links"]] = text.getvalue().encode()
        (run,) = found.runs
        return {"figures": asdict(run)}


def result_of(entry: Mapping[str, Any]) -> SeedResult:
    """The result that an entry holds."""
    return SeedResult(**entry["figures"])
