"""The table of peers, and the page of the documentation around it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchmarks.peers.methods import SHIPPED
from benchmarks.peers.outcome import Outcome, lock_ups
from trafficopt.comparison import compare
from trafficopt.evaluation import HEADLINE
from trafficopt.units import Seconds

Outcomes = Mapping[str, Mapping[str, Outcome]]
"""By map, then by method."""

NOTHING = "–"


def table(outcomes: Outcomes, methods: Sequence[str]) -> str:
    """Rows of methods, columns of maps; a method that was not tried on any map has no row."""
    head = ["mean delay [s]", *outcomes]
    lines = [_line(head), "|---" * len(head) + "|"]
    for method in methods:
        cells = [
            cell(by_method[method], by_method.get(SHIPPED)) if method in by_method else NOTHING
            for by_method in outcomes.values()
        ]
        if set(cells) != {NOTHING}:
            lines.append(_line([method, *cells]))
    return "\n".join(lines)


def cell(outcome: Outcome, shipped: Outcome | None) -> str:
    """Delay, change against what is shipped, lock-ups and time."""
    if outcome.failure:
        return f"failed after {outcome.making_s:.0f} s"
    delay = f"{outcome.evaluation.mean(HEADLINE):.1f}"
    if shipped is None or shipped.failure:
        return f"{delay}<br>{outcome.making_s:.0f} s"
    locked = f"{lock_ups(outcome, shipped)}/{len(outcome.runs)} locked up"
    if outcome is shipped:
        return f"{delay}<br>{100 * max(outcome.unfinished_shares):.1f} % unfinished"
    return f"{delay} ({_change(outcome, shipped)})<br>{locked}, {outcome.making_s:.0f} s"


def failures(outcomes: Outcomes) -> list[str]:
    """Why methods failed, a line each."""
    return [
        f"- {method} on {name}: {outcome.failure}"
        for name, by_method in outcomes.items()
        for method, outcome in by_method.items()
        if outcome.failure
    ]


def _change(outcome: Outcome, shipped: Outcome) -> str:
    """Percent against what is shipped, and half of the 95 % interval."""
    change = compare(shipped.evaluation, outcome.evaluation)[HEADLINE]
    if change.ci95 is None or not change.mean:
        return f"{change.percent:+.0f} %"
    low, high = change.ci95
    half = (high - low) / 2.0 / shipped.evaluation.mean(HEADLINE) * 100.0
    return f"{change.percent:+.0f} % ± {half:.0f}"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def page(outcomes: Outcomes, methods: Sequence[str], command: str, max_seconds: Seconds, jobs: int) -> str:
    """The page of the documentation."""
    failed = failures(outcomes)
    told = "\n\nWhat failed:\n\n" + "\n".join(failed) if failed else ""
    budget = BUDGET.format(max_seconds=max_seconds, jobs=jobs)
    return f"{INTRODUCTION}{budget}\n{table(outcomes, methods)}{told}\n{AFTERWARDS.format(command=command)}"


INTRODUCTION = """\
# Peers: other ways to time the same signals

Mean delay [s] over all demanded vehicles (time lost, and time waited to depart; who has not arrived counts
with what it has lost until the end), mean of SUMO's seeds. Nobody is teleported. In parentheses: change
against the shipped plan in percent, with half of the 95 % interval (Student's t over seeds, paired by seed).
Below: seeds in which more than 5 % of the vehicles did not arrive beyond what the shipped plan leaves, and
wall-clock time until the plan was there (judging not included). Signals that the scenario keeps keep what
they have, whoever times the others.

- **tlsCoordinator**: SUMO's tool for offsets; greens and cycles as shipped.
- **tlsCycleAdaptation**: SUMO's tool for cycles and greens by Webster, with its defaults (it sets 4 s of
  yellow, cycles of 20 to 120 s) and in four other settings, all with 3 s of yellow, which is less than some
  maps have: nothing more, *cycles kept* (`--existing-cycle`), *one cycle* (`--unified-cycle`, also in the
  row with tlsCoordinator after it), *cycle 60-90 s*. It knows no safety rules: its plans run as they are.
- **actuated**, **delay_based**: SUMO's controls by gaps and by time lost, with the shipped stages and
  greens of 5 to 50 s. They measure every vehicle as it comes: no fixed-time plan.
- **CMA-ES on SUMO**: greens, offsets and a common factor on the cycles, with the shipped stages; delay of one
  training seed; the package `cma` with its defaults (first step 0.3), from the shipped plan.
- **ours**: `optimize` with one set of defaults; the stages that it may use are those *shipped*, those where
  a left turn that is *protected* stays so, or those that are *warranted* by the profile. In the last row the
  scenario asks for cycles of at least 60 s, and for 10 s of green wherever traffic goes straight on (unless
  the field plan shows less).
"""
BUDGET = """
CMA-ES and ours have {max_seconds:g} s of wall-clock time and {jobs} processes each, SUMO's runs included.
"""
AFTERWARDS = """
## Made again

```
{command}
```

Outcomes are kept in the folder `--cache`: what was stopped goes on there.
"""
