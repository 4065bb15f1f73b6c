"""The table of fidelity, and the page of the documentation around it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from benchmarks.fidelity.agreement import OVERLOADED, USUAL, Answers, Rank, Target, misses
from benchmarks.fidelity.scenarios import case_of
from benchmarks.fidelity.sizes import CASES

COLUMNS = (
    "case",
    "plans x seeds",
    "Spearman: all (ceiling)",
    "redesigned (ceiling)",
    "good (ceiling)",
    "bias: medium (plans)",
    "bias: all",
    "R2 of movements: mean, median",
    "locked up: SUMO, model",
    "lock-up agreement",
    "model [ms]",
    "evaluations a run",
)
HEADER = f"| {' | '.join(COLUMNS)} |\n{'|---' * len(COLUMNS)}|"
INTRODUCTION = """\
# How well the queue model answers for SUMO

Every case is a map with its demand, and a set of plans: that of the field, *random* ones (stages of the
field, random cycle of 50 to 120 s, splits and offsets), *redesigned* ones (random stages of the generated
candidates at each signal, cycle of 30 to 120 s) and *good* ones (small changes of the best of both, in two
rounds). SUMO runs each plan with some seeds, the [queue model](queue_model.md) answers once, without
calibration and with one set of defaults for all cases.

`x1.2` and `x1.4` have that many times the vehicles (copies of random ones, up to 30 s earlier or later).
`+frozen`: every vehicle keeps its route of the demand in both; in the other cases drivers who choose their
route in SUMO choose in the model too. `grid`, `spider`, `random` and `dense` (blocks of 90 to 120 m, two
lanes, overloaded) are made with netgenerate. Nobody is teleported. `cangzhou` runs half an hour, all others
an hour.

## Definitions

- **Spearman**: rank correlation of the model's mean delay of the plans with the mean of SUMO's seeds (time
  lost and time waited to depart, of all demanded vehicles). *All* includes the plan of the field.
- **Ceiling**: how well SUMO's mean of the seeds agrees with that of as many other seeds: mean correlation
  of single seeds with each other, by Spearman-Brown for their number. With one seed there is none.
- **Bias**: the model's mean over plans / SUMO's - 1. *Medium*: plans of medium saturation, with less than
  twice SUMO's delay of the field plan; the better half where these are fewer than five.
- **R2 of movements**: 1 - sum of squared differences / sum of squares about SUMO's mean, of the mean delay
  of each movement, weighted by vehicles; by plan, then mean and median over plans. A few movements that
  jam in one of both only take a plan below zero, and the mean down. SUMO's delay is the time from
  entering one link to entering the next (path in the junction included) less length / speed limit of
  both, at the mean speed factor; the model's is the time lost on the link up to the stop line or the
  waiting place inside the junction. What is lost on the path itself the model books on the link behind.
  Movements that nobody finished in one of both do not count.
- **Locked up**: at least three links stand at the end: somebody was on each in the last 300 s, nobody left.
  (One or two are a side road that nobody lets in.) Of SUMO: with more than half of the seeds. *Agreement*:
  share of plans on which both lock up or neither does.
- **Model**: processor time of an evaluation, best of three passes over all plans. **Evaluations a run**:
  the median of the wall-clock time of SUMO's runs, as they were made (reading of outputs included, and
  possibly beside other work), over it. `python -m benchmarks.queue_speed` compares processor times, side by
  side.

## Results
"""
AFTERWARDS = """
## Made again

```
python -m benchmarks.fidelity simulate {cases}--cache FOLDER
python -m benchmarks.fidelity table {cases}--cache FOLDER --markdown docs/fidelity.md
```

The first needs hours and goes on where it was stopped; the maps are those of the RESCO benchmark in
`../shared/maps`. The second runs the model alone.
"""
TARGETS = """
Wanted are a Spearman correlation of 0.95 or 0.03 below the ceiling over all plans and over the redesigned
ones, 0.90 or 0.05 below it over the good ones; in overloaded cases (`x1.2`, `x1.4`, `dense`) 0.85 or 0.05
below it over all plans; and everywhere a bias under 10 % on plans of medium saturation.
"""


def targets_of(name: str) -> tuple[Target, ...]:
    """What a case shall reach."""
    case = case_of(name)
    return OVERLOADED if case.factor > 1.0 or case.base == "dense" else USUAL


def row(answers: Answers) -> str:
    """The line of the table for a case."""
    model, sumo = answers.locked_up
    r2 = answers.movements_r2
    cells = (
        answers.name,
        f"{answers.sumo_s.shape[0]} x {answers.sumo_s.shape[1]}",
        *(_rank(answers.rank(group)) for group in ("all", "redesigned", "good")),
        f"{100 * answers.bias(answers.medium):+.1f} % ({answers.medium.sum()})",
        f"{100 * answers.bias():+.1f} %",
        f"{np.nanmean(r2):.2f}, {np.nanmedian(r2):.2f}",
        f"{sumo.sum()}, {model.sum()}",
        f"{100 * np.mean(model == sumo):.0f} %",
        f"{1000 * answers.evaluation_s:.1f}",
        f"{answers.evaluations_a_run:.0f}",
    )
    return f"| {' | '.join(cells)} |"


def missing_row(name: str, reason: str) -> str:
    """The line of a case that cannot be judged yet."""
    return f"| {name} | {reason} {'| ' * (len(COLUMNS) - 2)}|"


def _rank(rank: Rank) -> str:
    return f"{_figure(rank.spearman)} ({_figure(rank.ceiling)})"


def _figure(value: float) -> str:
    return f"{value:.3f}" if np.isfinite(value) else "-"


def lock_ups(answers: Sequence[Answers]) -> str:
    """On how many plans of all cases model and SUMO agree about lock-ups."""
    pairs = [case.locked_up for case in answers]
    model, sumo = (np.concatenate([pair[k] for pair in pairs]) for k in (0, 1))
    return (
        f"Lock-ups over all cases: both agree on {(model == sumo).sum()} of {len(model)} plans; "
        f"{(model & sumo).sum()} lock up in both, {(sumo & ~model).sum()} in SUMO alone, "
        f"{(model & ~sumo).sum()} in the model alone."
    )


def missed(answers: Sequence[Answers]) -> list[str]:
    """A line for each case that misses its targets."""
    found = [(case.name, misses(case, targets_of(case.name))) for case in answers]
    return [f"- `{name}`: {'; '.join(what)}" for name, what in found if what]


def page(cases: Mapping[str, Answers | str]) -> str:
    """The page of the documentation.

    Parameters
    ----------
    cases
        By name: the answers, or why there are none.
    """
    known = [case for case in cases.values() if isinstance(case, Answers)]
    rows = [row(c) if isinstance(c, Answers) else missing_row(name, c) for name, c in cases.items()]
    parts = [INTRODUCTION, HEADER, *rows]
    if known:
        lines = missed(known) or ["No case misses them."]
        parts += ["", lock_ups(known), "", "## What misses its target", TARGETS, *lines]
    named = "" if tuple(cases) == CASES else " ".join([*cases, ""])
    return "\n".join(parts) + "\n" + AFTERWARDS.format(cases=named)
