"""Processor time of the engines for green bands by number of signals, as a table and a plot.

    python -m benchmarks.band_speed [--streets 3 --markdown FILE --plot FILE.svg]

Random streets: links of 150 to 600 m at 50 km/h, cycle 90 s, greens of 30 to 55 % of it, four stage orders.
Programs also choose the cycle (80 to 100 s) and speeds (10 % around), and stop at 20 s. The last line is a
network: all arterials of the synthetic city. Of each size the slowest street counts.
"""

from __future__ import annotations

import argparse
import random
import time
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path

import trafficopt as to
from trafficopt.errors import TrafficoptWarning
from trafficopt.model.corridor import Corridor, CorridorLink, CorridorSignal, Pattern, Span
from trafficopt.search.bands.design import design_bands
from trafficopt.search.bands.network import design_waves
from trafficopt.search.bands.program_rows import BandModel
from trafficopt.search.bands.programs import NoPlan, solve

SIZES = (5, 10, 15, 20, 25, 40)
LARGEST_PROGRAM = 25
LIMIT_S = 20.0
SPEED_M_S = 13.9
CITY = Path(__file__).resolve().parent.parent / "scenarios" / "cangzhou"


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--streets", type=int, default=3, help="random streets of each size")
    parser.add_argument("--markdown", type=Path)
    parser.add_argument("--plot", type=Path)
    options = parser.parse_args()
    warnings.simplefilter("ignore", TrafficoptWarning)
    times: dict[str, dict[int, float]] = {}
    notes: dict[str, dict[int, str]] = {}
    for name, (n_most, run) in engines().items():
        design_bands(street(0, 5), BandModel.AMBAND)  # compiled before anything is timed
        for n in (size for size in SIZES if size <= n_most):
            found = [timed(run, street(seed, n)) for seed in range(options.streets)]
            times.setdefault(name, {})[n] = max(seconds for seconds, _ in found)
            notes.setdefault(name, {})[n] = max((note for _, note in found), default="")
    lines = [f"| engine | {' | '.join(f'{n} signals' for n in SIZES)} |", "|---" * (len(SIZES) + 1) + "|"]
    for name, by_size in times.items():
        cells = [f"{by_size[n]:.3f}{notes[name][n]}" if n in by_size else "–" for n in SIZES]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    lines += ["", network_line()]
    text = "\n".join(lines)
    print(text)
    if options.markdown:
        options.markdown.write_text(text + "\n", encoding="utf-8")
    if options.plot:
        plot(times, options.plot)


def engines() -> dict[str, tuple[int, Callable[[Corridor], str]]]:
    """Largest number of signals, and what is timed, by name."""
    quick = {f"{model}, fixed": (SIZES[-1], partial(by_engine, model)) for model in BandModel}
    free = {
        f"{model}, program with free cycle and speeds": (LARGEST_PROGRAM, partial(by_program, model))
        for model in (BandModel.MAXBAND, BandModel.MULTIBAND, BandModel.AMBAND)
    }
    return {**quick, **free}


def by_engine(model: BandModel, corridor: Corridor) -> str:
    """The engine for fixed cycle and speeds."""
    return " (one-way)" if design_bands(corridor, model).one_way else ""


def by_program(model: BandModel, corridor: Corridor) -> str:
    """The program; its gap where it was cut."""
    found = solve(free_street(corridor), model, time_limit_s=LIMIT_S)
    if isinstance(found, NoPlan):
        return f" ({found})"
    return f" (gap {100.0 * (found.bound / found.value - 1.0):.0f} %)" if found.cut and found.value else ""


def timed(run: Callable[[Corridor], str], corridor: Corridor) -> tuple[float, str]:
    """Processor time [s] and a note."""
    began = time.process_time()
    note = run(corridor)
    return time.process_time() - began, note


def street(seed: int, n: int) -> Corridor:
    """A random street with four stage orders at each signal."""
    chance = random.Random(f"{seed} {n}")
    signals = []
    for k in range(n):
        out, into = (chance.uniform(0.30, 0.55) for _ in range(2))
        left_out, left_in = (chance.uniform(0.08, 0.15) for _ in range(2))
        starts = [(a, b) for a in (0.0, left_in) for b in (0.0, left_out)]
        patterns = tuple(Pattern(Span(0, a), Span(0, out), Span(0, b), Span(0, into)) for a, b in starts)
        signals.append(CorridorSignal(f"S{k}", patterns))
    lengths = [chance.uniform(150.0, 600.0) for _ in range(n - 1)]
    links = tuple(CorridorLink((m / SPEED_M_S,) * 2, (m / SPEED_M_S,) * 2, length_m=m) for m in lengths)
    return Corridor(f"street {seed}", (90.0, 90.0), tuple(signals), links)


def free_street(corridor: Corridor) -> Corridor:
    """The street with a range of cycles and speeds."""
    links = tuple(
        CorridorLink(
            (0.9 * link.travel_out_s[0], 1.1 * link.travel_out_s[0]),
            (0.9 * link.travel_in_s[0], 1.1 * link.travel_in_s[0]),
            length_m=link.length_m,
        )
        for link in corridor.links
    )
    return Corridor(corridor.name, (80.0, 100.0), corridor.signals, links, slowness_change_s_m=0.0121)


def network_line() -> str:
    """Time of the waves of the synthetic city, all choices and the widest bands alone."""
    problem = to.build_problem(to.read_scenario(CITY))
    design_waves(problem, problem.field_plan, ["A7"], band_values=(1000.0,))  # compiled
    began = time.process_time()
    found = design_waves(problem, problem.field_plan, band_values=(1000.0,))
    seconds = time.process_time() - began
    n_signals = len({key for a in problem.network.arterials for key in a.intersections})
    n = len(found.arterials)
    return (
        f"Network of {n} arterials and {n_signals} signals, widest bands then least delay: {seconds:.1f} s."
    )


def plot(times: dict[str, dict[int, float]], path: Path) -> None:
    """Time against number of signals."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.0, 4.2), layout="constrained")
    ax = figure.subplots()
    for name, by_size in times.items():
        ax.plot(list(by_size), list(by_size.values()), marker="o", markersize=3.5, label=name)
    ax.set_yscale("log")
    ax.set_xlabel("signals")
    ax.set_ylabel("processor time [s]")
    ax.grid(alpha=0.3)
    ax.legend(fontsize=7, loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)
    figure.savefig(path, metadata={"Date": None})


if __name__ == "__main__":
    main()
