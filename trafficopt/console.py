"""How the command line talks: errors and exit codes, the progress bar, tables."""

from __future__ import annotations

import json
import signal
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from itertools import groupby

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from typer.core import TyperGroup

from trafficopt.errors import InputError, TrafficoptError
from trafficopt.evaluation import Change, Evaluation
from trafficopt.limits import Limits
from trafficopt.rules.catalog import RULES
from trafficopt.rules.findings import Finding

MOST_FINDINGS = 10  # of one rule in a table

# Columns of the table of `simulate`: head and unit
SHOWN = {
    "mean_delay_s": ("delay", "s"),
    "mean_stops": ("stops", ""),
    "demanded": ("demanded", ""),
    "unfinished": ("unfinished", ""),
    "undeparted": ("undeparted", ""),
    "teleports": ("teleports", ""),
}


class Commands(TyperGroup):
    """All commands; what goes wrong on purpose ends in a message and an exit code, never in a traceback."""

    def invoke(self, ctx: typer.Context) -> object:  # type: ignore[override]
        """Run a command: exit code 2 for bad input, 1 for a failed run, 130 for Ctrl-C."""
        try:
            return super().invoke(ctx)
        except TrafficoptError as error:
            typer.echo(f"Error: {error}", err=True)
            raise typer.Exit(2 if isinstance(error, InputError) else 1) from None
        except KeyboardInterrupt:
            typer.echo("Stopped.", err=True)
            raise typer.Exit(130) from None


def unwind_on_signals() -> None:
    """Let SIGTERM and a closed terminal unwind as Ctrl-C does, so that SUMO ends too."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:  # nohup has set SIGHUP to be ignored
            signal.signal(number, signal.default_int_handler)


def in_words(change: Change) -> str:
    """Percentage, 95 % interval and verdict of a change of delay."""
    interval = (
        "" if change.ci95 is None else f", 95 % interval {change.ci95[0]:+.2f} to {change.ci95[1]:+.2f} s"
    )
    return f"({change.percent:+.1f} %{interval}: {change.verdict.value})"


def evaluation_json(found: Evaluation) -> str:
    """Figures of all seeds together, and those of each."""
    return json.dumps({**found.totals(), "per_seed": [asdict(run) for run in found.runs]})


def evaluation_table(found: Evaluation) -> str:
    """One line a seed, and their mean."""
    heads = ["seed", *(f"{head} [{unit}]" if unit else head for head, unit in SHOWN.values())]
    rows = [[str(run.seed), *(_figure(key, getattr(run, key)) for key in SHOWN)] for run in found.runs]
    rows.append(["mean", *(_figure(key, found.mean(key)) for key in SHOWN)])
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    lines = [
        "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        for row in [heads, *rows]
    ]
    return "\n".join([f"Plan {found.plan} in SUMO, all demanded vehicles counted:", *lines])


def _figure(key: str, value: float) -> str:
    """Means with two digits, counts as whole as they are."""
    return f"{value:.2f}" if key.startswith("mean") else f"{round(value, 1):.10g}"


def findings_table(findings: Sequence[Finding], limits: Limits) -> str:
    """Findings by rule, the first of each, and their number by severity."""
    if not findings:
        return f"No findings (rule profile {limits.profile})."
    lines, by_rule = [], groupby(findings, key=lambda finding: finding.rule)
    for rule, group in by_rule:
        members = list(group)
        lines.append(f"{members[0].severity.value.upper()} {rule} ({len(members)}): {RULES[rule].title}")
        lines += [f"  {f.intersection}: {f.message}{_waived(f)}" for f in members[:MOST_FINDINGS]]
        if len(members) > MOST_FINDINGS:
            lines.append(f"  and {len(members) - MOST_FINDINGS} more (--json lists all)")
        lines.append(f"  Remedy: {RULES[rule].remedy}. Source: {RULES[rule].source}")
    waived = sum(bool(finding.waived) for finding in findings)
    counts = Counter(finding.severity.value for finding in findings if not finding.waived)
    told = ", ".join(f"{n} {severity}{'s' if n != 1 else ''}" for severity, n in counts.items())
    lines.append(f"{told or 'nothing open'}; {waived} waived (rule profile {limits.profile})")
    return "\n".join(lines)


def _waived(finding: Finding) -> str:
    return f" (waived: {finding.waived})" if finding.waived else ""


@contextmanager
def progress() -> Iterator[Callable[[str, float], None]]:
    """A bar on stderr, or nothing where stderr is no terminal."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description:<28}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task("", total=1.0)

        def tell(what: str, share: float) -> None:
            bar.update(task, description=what, completed=share)

        yield tell
