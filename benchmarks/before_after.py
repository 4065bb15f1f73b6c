"""Before and after on real maps and the synthetic city, as the table of the README.

Usage: python benchmarks/before_after.py [NAME ...]

Names are folders of ../shared/maps (real maps that are not part of this repository) or `cangzhou`;
without any, all that are there. Each is run with its defaults: five seeds for the city, three and
no teleports for the maps.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
MAPS = ROOT.parent / "shared" / "maps"
COLUMNS = ("scenario (signals)", "before [s]", "after [s]", "change, 95 % interval [s]", "status")
TIMES = ("optimize [s]", "simulate [s]", "all [s]")
HEADER = f"| {' | '.join(COLUMNS + TIMES)} |\n{'|---' * len(COLUMNS + TIMES)}|"


def command_of(name: str) -> list[str]:
    """Arguments of `trafficopt run` for a scenario."""
    if name == "cangzhou":
        return [str(ROOT / "scenarios" / name)]
    return [str(MAPS / name / f"{name}.sumocfg"), "--teleport", "-1", "--seeds", "3"]


def row(name: str, summary: dict[str, Any], wall_s: float) -> str:
    """A line of the table; a plan that was tried and not better is told too."""
    tried = summary.get("rejected", summary)
    change = tried["change"]["mean_delay_s"]
    low, high = change["ci95"]
    cells = (
        f"{name} ({summary['signals']})",
        f"{summary['before']['mean_delay_s']:.1f}",
        f"{tried['after']['mean_delay_s']:.1f}",
        f"{change['percent']:+.1f} %, {low:+.1f} to {high:+.1f}",
        f"{summary['status']}",
        f"{summary['optimize_wall_s']:.0f}",
        f"{summary['simulate_wall_s']:.0f}",
        f"{wall_s:.0f}",
    )
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Run all and print the table."""
    found = [path.parent.name for path in sorted(MAPS.glob("*/*.sumocfg"))] if MAPS.is_dir() else []
    names = sys.argv[1:] or [*found, "cangzhou"]
    print(HEADER, flush=True)
    for name in names:
        with tempfile.TemporaryDirectory() as out:
            began = time.monotonic()
            trafficopt = [sys.executable, "-m", "trafficopt", "run", *command_of(name), "-o", out]
            subprocess.run(trafficopt, check=True, stdout=subprocess.DEVNULL)
            summary = json.loads((Path(out) / "summary.json").read_text(encoding="utf-8"))
            print(row(name, summary, time.monotonic() - began), flush=True)


if __name__ == "__main__":
    main()
