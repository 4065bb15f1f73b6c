"""The files that a programme leaves."""

from __future__ import annotations

import json
from pathlib import Path

from trafficopt.errors import InputError
from trafficopt.ledger import Ledger
from trafficopt.ledger_file import write_ledger
from trafficopt.outputs import write_plan
from trafficopt.programme.run import Programme
from trafficopt.programme.site_figures import write_sites
from trafficopt.programme.site_matters import TRIALS
from trafficopt.programme.text import attribution_csv, facts_of, programme_object, trials_object
from trafficopt.reporting.pages.ledger_page import write_ledger_page
from trafficopt.saved_report import write_shown
from trafficopt.whole_file import write_whole


def write_programme(programme: Programme, ledger: Ledger, out: Path) -> None:
    """Write report, ledger, attribution, trials and figures of sites, and the final plan.

    The plan fits the network in the folder `networks` that it was made for.

    Raises
    ------
    InputError
        If a file cannot be written.
    UnsafePlanError
        If the plan breaks a safety rule, or SUMO shows other signals than it says.
    """
    scenario = programme.scenario
    try:
        text = json.dumps(programme_object(programme, ledger), ensure_ascii=False, indent=1)
        write_whole(out / "programme.json", text + "\n")
        write_whole(out / TRIALS, json.dumps(trials_object(programme), indent=1) + "\n")
        tried = [trial for trials in programme.trials.values() for trial in trials]
        write_sites({trial.edit: trial.figures for trial in tried if trial.figures}, out)
        write_whole(out / "attribution.csv", attribution_csv(programme))
        write_ledger(ledger, out / "ledger.csv")
        title, note = scenario.title or scenario.name, scenario.note
        write_ledger_page(ledger, out / "ledger.html", title=title, note=note)
        write_shown(facts_of(programme, ledger), out)
    except OSError as error:
        raise InputError(out, error.strerror or str(error), "name a folder that can be written") from None
    write_plan(programme.final.scenario, programme.final.plan, out)
