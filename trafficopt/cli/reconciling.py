"""The queue model beside SUMO, for `trafficopt estimate --against-sumo`."""

from __future__ import annotations

from pathlib import Path

import typer

from trafficopt.cli.options import log, problem_and_plan
from trafficopt.console import progress, reconciliation_json, reconciliation_text


def tell_reconciliation(
    scenario: Path,
    plan: Path | None,
    seeds: tuple[int, ...],
    teleport: float | None,
    minutes: float | None,
    frozen_routes: bool,
    plot: Path | None,
    as_json: bool,
) -> None:
    """Print the model and SUMO side by side, and draw them if that is wanted."""
    from trafficopt import study
    from trafficopt.reporting.plots.plot_file import check_format
    from trafficopt.reporting.plots.scatter import save_reconciliation
    from trafficopt.reporting.words.reconciliation_words import explain

    if plot is not None:
        check_format(plot)
    with progress() as tell:
        tell("reading", 0.0)
        problem, timed = problem_and_plan(scenario, plan, teleport, minutes, safe=True)
        tell("model and SUMO", 0.0)
        found = study.reconcile(problem, timed, seeds, frozen_routes=frozen_routes)
    told = explain(found, problem, timed)
    typer.echo(reconciliation_json(found, told) if as_json else reconciliation_text(found, told))
    if plot is not None:
        save_reconciliation(found, plot)
        log.info("plot: %s", plot)
