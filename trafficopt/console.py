"""How the command line talks: errors and exit codes, the progress bar, tables."""

from __future__ import annotations

import json
import signal
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import groupby
from textwrap import fill
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from typer.core import TyperGroup

from trafficopt.comparison import Change, Comparison, Verdict
from trafficopt.errors import InputError, TrafficoptError
from trafficopt.evaluation import COUNTS, EXTRAS, MEANS, Evaluation
from trafficopt.limits import Limits
from trafficopt.rules.catalog import RULES
from trafficopt.rules.findings import Finding
from trafficopt.run_verdict import RunVerdict

if TYPE_CHECKING:
    from trafficopt.model.queues.estimate import QueueEstimate
    from trafficopt.model.reconciliation import Reconciliation, Row

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


NAMES = {
    "mean_stops": "stops a vehicle",
    "mean_waiting_s": "waiting [s]",
    "longest_queue_veh": "longest queue on a link [veh]",
    "arterial_s_per_km": "travel time along arterials [s/km]",
    "arterial_on_green": "arrivals on green on arterials",
    "pedestrian_wait_s": "wait of pedestrians [s]",
    "fuel_g_km": "fuel [g/km], for changes alone",
    "co2_g_km": "CO2 [g/km], for changes alone",
}
CLEAR = (Verdict.BETTER, Verdict.WORSE)


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
    small = ", surely by less than what matters" if change.equivalent and change.verdict in CLEAR else ""
    return f"({change.percent:+.1f} %{interval}: {change.verdict.value}{small})"


def comparison_text(comparison: Comparison) -> str:
    """The measures beside the mean delay, and how they are judged; empty where there is none."""
    lines = []
    for key in comparison.family:
        before, after, change = comparison.before.mean(key), comparison.after.mean(key), comparison[key]
        lines.append(
            f"  {NAMES[key]:<36}{before:8.2f} -> {after:8.2f}  {change.percent:+6.1f} %  {change.verdict}"
        )
    n, margin = len(lines), comparison.margin_percent
    if not n:
        return ""
    told = (
        f"The mean delay is judged alone, the {n} measures above together (Holm's correction). No relevant "
        f"change: surely less than {margin:g} %; no significant change: neither is shown."
    )
    return "\n".join([*lines, fill(told, 110, initial_indent="  ", subsequent_indent="  ")])


def caveats_text(caveats: Sequence[str]) -> str:
    """Reasons not to believe runs, one a line."""
    return "\n".join(fill(text, 110, subsequent_indent="    ") for text in caveats)


def evaluation_json(found: Evaluation) -> str:
    """Figures of all seeds together, and those of each."""
    runs = {"verdict": str(found.verdict), "reasons": _caveats(found)}
    return json.dumps({"runs": runs, **found.totals(), "per_seed": [run.row() for run in found.runs]})


def _caveats(found: Evaluation) -> list[str]:
    """Reasons not to believe runs, the worst first."""
    return [
        text for verdict in (RunVerdict.INVALID, RunVerdict.SUSPICIOUS) for text in found.caveats(verdict)
    ]


def evaluation_table(found: Evaluation) -> str:
    """One line a seed, and their mean."""
    heads = ["seed", *(f"{head} [{unit}]" if unit else head for head, unit in SHOWN.values())]
    heads.append("run")
    rows = [
        [str(run.seed), *(_figure(key, getattr(run, key)) for key in SHOWN), str(run.verdict)]
        for run in found.runs
    ]
    rows.append(["mean", *(_figure(key, found.mean(key)) for key in SHOWN), ""])
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    lines = [
        "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        for row in [heads, *rows]
    ]
    further = [f"{NAMES[key]}: {found.mean(key):.3g}" for key in EXTRAS if found.has(key)]
    told = [caveats_text(_caveats(found)), *further]
    head = f"Plan {found.plan} in SUMO, all demanded vehicles counted:"
    return "\n".join([head, *lines, *(text for text in told if text)])


def _figure(key: str, value: float) -> str:
    """Means with two digits, counts as whole as they are."""
    return f"{value:.2f}" if key.startswith("mean") else f"{round(value, 1):.10g}"


def estimate_figures(answer: QueueEstimate) -> dict[str, object]:
    """The queue model's answer by the keys of `simulate`; None is what it does not know."""
    found = {key: getattr(answer, key, None) for key in (*MEANS, *COUNTS)}
    figures = {key: round(value, 4) if isinstance(value, float) else value for key, value in found.items()}
    routes = "chosen" if answer.chosen_routes else "frozen"
    return {**figures, "routes": routes, "standing": list(answer.standing)}


def estimate_text(plan: str, answer: QueueEstimate) -> str:
    """The queue model's answer in a few lines."""
    routes = "chosen when departing" if answer.chosen_routes else "as planned"
    lines = [
        f"{plan}: {answer.mean_delay_s:.1f} s of delay ({answer.mean_depart_delay_s:.1f} s of it before "
        f"departing) and {answer.mean_stops:.2f} stops a vehicle",
        f"vehicles: {answer.demanded} demanded, {answer.unfinished} unfinished, "
        f"{answer.undeparted} undeparted, {answer.teleports} teleports; routes {routes}",
    ]
    if answer.standing:
        lines.append(f"locked up at the end: {', '.join(answer.standing)}")
    return "\n".join(lines)


def reconciliation_json(found: Reconciliation, told: Sequence[str]) -> str:
    """All rows, and the worst of them in words."""
    kinds = {"movements": found.movements, "entries": found.entries, "links": found.links}
    return json.dumps(
        {
            "plan": found.plan,
            "seeds": found.seeds,
            "model": estimate_figures(found.estimate),
            "sumo": {"mean_delay_s": round(found.mean_delay_s.sumo, 4)},
            "r2": _known(found.r2),
            "spearman": _known(found.spearman),
            **{kind: [_row(row, found.period_s) for row in rows] for kind, rows in kinds.items()},
            "explained": told,
        }
    )


def _row(row: Row, period_s: float) -> Mapping[str, object]:
    names = ("from", "to") if len(row.links) > 1 else ("link",)
    pairs = {
        "vehicles": row.vehicles,
        "delay_s": row.delay_s,
        "queue_veh": row.queue_veh(period_s),
        "saturation_veh_h": row.saturation_veh_h,
    }
    sides = {
        side: {key: _known(getattr(pair, side)) for key, pair in pairs.items()} for side in ("model", "sumo")
    }
    return {**dict(zip(names, row.links, strict=True)), **sides, "share": round(row.share, 4)}


def _known(value: float) -> float | None:
    """A figure, or None for nan: JSON has none."""
    return round(value, 4) if value == value else None


def reconciliation_text(found: Reconciliation, told: Sequence[str]) -> str:
    """Agreement of the model with SUMO, and the greatest differences in words."""
    n = len(found.seeds)
    lines = [
        f"{found.plan}: {found.mean_delay_s.model:.1f} s of delay a vehicle in the model, "
        f"{found.mean_delay_s.sumo:.1f} s in SUMO (mean of {n} seed{'s' if n > 1 else ''})",
        f"{len(found.movements)} movements, weighted by vehicles: "
        f"R2 {found.r2:.2f}, Spearman {found.spearman:.2f}",
    ]
    if told:
        lines.append("Greatest differences of all vehicles' delay, and what is known of these places:")
    numbered = [f"{k:2}. {text}" for k, text in enumerate(told, start=1)]
    return "\n".join(
        [*lines, *(fill(text, 110, subsequent_indent="    ", break_on_hyphens=False) for text in numbered)]
    )


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
