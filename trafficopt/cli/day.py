"""`trafficopt day`: periods of the day, a plan for each, and SUMO's programs for all of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trafficopt.cli.app import app
from trafficopt.cli.options import (
    JsonOption,
    MinutesOption,
    OutOption,
    ProfileOption,
    ScenarioArgument,
    SecondsOption,
    SeedOption,
    StagesOption,
    parse_seeds,
)
from trafficopt.console import progress
from trafficopt.units import clock

if TYPE_CHECKING:
    from trafficopt.day_study import DayStudy, PlanJudgment


@app.command()
def day(
    scenario: ScenarioArgument,
    counts: Annotated[
        Path,
        typer.Argument(
            metavar="COUNTS.csv",
            help="Flows through the day: a column time (07:15) or begin_s, others in veh/h.",
        ),
    ],
    out: OutOption,
    periods: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="So many periods. Default: as many as the counts bear out."),
    ] = None,
    min_period: Annotated[
        float, typer.Option(metavar="M", min=1.0, help="Shortest period in minutes.")
    ] = 60.0,
    switch_penalty: Annotated[
        float | None,
        typer.Option(
            metavar="P", min=0.0, help="What a switch must save in squared deviation of relative flows."
        ),
    ] = None,
    max_seconds: SecondsOption = 60.0,
    seeds: Annotated[
        str, typer.Option(metavar="N", help="SUMO's seeds, N or a list, to judge each plan; 0 judges none.")
    ] = "0",
    seed: SeedOption = 1,
    stages: StagesOption = "shipped",
    minutes: MinutesOption = None,
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> None:
    """Divide the day into periods, with a plan for each.

    The scenario's vehicles are scaled by the counts; --max-seconds is for each plan. Leaves day.json, a
    plan-NAME.json for each plan, and day.add.xml: SUMO's programs with safe transitions and switches, which a
    run was seen to show.
    """
    from trafficopt.day_study import day_summary, judge_day, plan_day, write_day_study
    from trafficopt.demand_profile import read_demand_profile
    from trafficopt.outputs import writable
    from trafficopt.search.choose import check_unseen
    from trafficopt.search.day_periods import day_periods
    from trafficopt.sumo.read import read_scenario

    chosen = () if seeds == "0" else parse_seeds(seeds)
    check_unseen(chosen, seed)
    flows = read_demand_profile(counts)
    found = day_periods(
        flows, switch_penalty=switch_penalty, min_period_s=60.0 * min_period, n_periods=periods
    )
    with progress() as tell:
        tell("reading", 0.0)
        read = read_scenario(scenario, minutes=minutes, profile=profile)
        writable(out)
        study = plan_day(
            read,
            flows,
            found.periods,
            stages=stages,
            seed=seed,
            max_seconds=max_seconds,
            on_progress=tell,
        )
        judged = judge_day(read, study, chosen, tell) if chosen else None
        tell("the day in SUMO", 0.0)
        write_day_study(read, study, out, judged)
    typer.echo(json.dumps(day_summary(study, judged)) if as_json else _text(study, judged, out))


def _text(study: DayStudy, judged: Mapping[str, PlanJudgment] | None, out: Path) -> str:
    from trafficopt.console import in_words

    rows = ["begin  end    plan  demand  cycles [s]  model's mean delay [s]"]
    for period in study.day.periods:
        result = study.results[period.plan]
        cycles = sorted({result.plan[key].cycle_s for key in result.plan})
        before, after = result.performance_before.delay_s, result.performance_after.delay_s
        shown = f"{cycles[0]:g}" if len(cycles) == 1 else f"{cycles[0]:g} to {cycles[-1]:g}"
        rows.append(
            f"{clock(period.begin_s)}  {clock(period.end_s)}  {period.plan:4}  "
            f"{study.factors[period.plan]:6.2f}  {shown:10}  {before:.1f} -> {after:.1f}"
        )
    for name, found in (judged or {}).items():
        field, peak = found.against_field, found.against_peak
        rows.append(f"Plan {name} in SUMO: mean delay {field.after.mean('mean_delay_s'):.1f} s")
        rows.append(f"  against the field plan        {in_words(field['mean_delay_s'])}")
        if peak.before is not peak.after:
            rows.append(f"  against the plan of the peak  {in_words(peak['mean_delay_s'])}")
    return "\n".join([*rows, f"Day: {out / 'day.json'}, {out / 'day.add.xml'}"])
