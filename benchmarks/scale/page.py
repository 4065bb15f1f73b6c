"""The table of scale, and the page of the documentation around it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmarks.scale.parts import ALL_PARTS, Costs
from trafficopt.units import Seconds


def exponent(signals: Sequence[int], seconds: Sequence[Seconds]) -> float:
    """Slope of log time over log signals by least squares: 1 is linear, 2 quadratic; nan below two sizes.

    Examples
    --------
    >>> exponent([100, 200, 400], [1.0, 4.0, 16.0])
    2.0
    """
    if len(set(signals)) < 2 or min(seconds) <= 0.0:
        return float("nan")
    return round(float(np.polyfit(np.log(signals), np.log(seconds), 1)[0]), 6)


def table(rows: Sequence[Costs]) -> str:
    """A line a size, and the exponents below."""
    heads = ("signals (retimed)", "vehicles", *(f"{part} [s]" for part in ALL_PARTS))
    heads = (*heads, "all until the first plan [s]", "memory [MB]: first plan, all")
    lines = [_line(heads), "|---" * len(heads) + "|"]
    for costs in rows:
        cells = [f"{costs.signals} ({costs.retimed})", f"{costs.vehicles}"]
        cells += [f"{costs.seconds[part]:.2f}" for part in ALL_PARTS]
        memory = f"{costs.first_plan_mb:.0f}, {max(costs.memory_mb.values()):.0f}"
        lines.append(_line([*cells, f"{costs.until_first_plan_s:.1f}", memory]))
    signals = [costs.signals for costs in rows]
    slopes = [exponent(signals, [costs.seconds[part] for costs in rows]) for part in ALL_PARTS]
    slopes.append(_exponent_until_first_plan(rows))
    return "\n".join([*lines, _line(["exponent", "", *(f"{slope:.2f}" for slope in slopes), ""])])


def page(rows: Sequence[Costs], command: str) -> str:
    """The page of the documentation."""
    most = max(rows, key=lambda costs: costs.signals)
    told = FOUND.format(
        signals=most.signals,
        minutes=most.until_first_plan_s / 60.0,
        memory=most.first_plan_mb,
        exponent=_exponent_until_first_plan(rows),
    )
    return f"{INTRODUCTION}\n{told}\n{table(rows)}\n{AFTERWARDS.format(command=command)}"


def _exponent_until_first_plan(rows: Sequence[Costs]) -> float:
    return exponent([costs.signals for costs in rows], [costs.until_first_plan_s for costs in rows])


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


INTRODUCTION = """\
# Scale: what each step costs as a city grows

Cities of 167 signals and multiples of it: copies of the synthetic city side by side, joined where their
arterials end (who leaves a copy there drives on through the next). Everything is in proportion: 127 of 167
signals are retimed, 4,700 to 5,300 vehicles a copy depart in a quarter of an hour.

Times are of processors, child processes included, of one process at a time; each size runs in a process of
its own, with code compiled before. *Stage sequences*: those that the policy `protected` allows at each
signal, with their intergreens. *Greens and cycles*, *offsets*: of the first plan, zone by zone. *Evaluate a
plan*: one run of the queue model. *Exponent*: slope of log time over log signals by least squares; 1 is
linear. *Memory*: most that the process held until the first plan was there, and until the plan was evaluated.
"""
FOUND = """\
{signals:,} signals have a first plan after {minutes:.1f} minutes of one processor and {memory:,.0f} MB; \
exponent {exponent:.2f} over these sizes.
"""
AFTERWARDS = """
## Made again

```
{command}
```

The cities are kept in the folder `--cache`.
"""
