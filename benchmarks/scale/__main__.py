"""Time and memory of each step for growing synthetic cities, as a table.

    python -m benchmarks.scale [--sizes 167,500,1000] [--cache FOLDER] [--markdown docs/scale.md]

Sizes are numbers of signals, rounded to multiples of 167.
"""

from __future__ import annotations

import argparse
import multiprocessing
import shlex
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TypeVar

from benchmarks.scale.growing import CITY_SIGNALS, grown_city
from benchmarks.scale.page import page, table
from benchmarks.scale.parts import Costs, costs_of

SIZES = "167,500,1000,3000,10000"
T = TypeVar("T")


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.scale",
        description=__doc__,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument("--sizes", default=SIZES, help="separated by commas")
    parser.add_argument("--cache", type=Path, default=Path("out/scale"), help="where cities are kept")
    parser.add_argument("--markdown", type=Path, help="where to write the page of the documentation")
    options = parser.parse_args()
    rows: list[Costs] = []
    alone(costs_of, alone(grown_city, CITY_SIGNALS, options.cache))  # leaves compiled code
    for size in map(int, options.sizes.split(",")):
        folder = alone(grown_city, size, options.cache)
        rows.append(alone(costs_of, folder))
        print(rows[-1], file=sys.stderr, flush=True)
    if options.markdown:
        command = "python -m benchmarks.scale " + shlex.join(sys.argv[1:])
        options.markdown.write_text(page(rows, command), encoding="utf-8")
    print(table(rows))


def alone(function: Callable[..., T], *arguments: object) -> T:
    """Call a function in a fresh process: its memory is then its own."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


if __name__ == "__main__":
    main()
