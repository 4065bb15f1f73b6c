"""Which candidate sites are treated: tested by the queue model, then in SUMO, and kept where it helps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from math import nan
from pathlib import Path

import numpy as np

from trafficopt.comparison import Change, Verdict, paired_change
from trafficopt.errors import InputError, UnsafePlanError
from trafficopt.evaluation import Evaluation
from trafficopt.model.queues.queue_model import QueueModel
from trafficopt.network import Network
from trafficopt.problem import build_problem
from trafficopt.programme.detours import detours_s
from trafficopt.programme.places import Site, lost_by_site, place_of
from trafficopt.programme.site_figures import SiteFigures, site_figures
from trafficopt.scenario import Scenario
from trafficopt.sumo.net_changes import changes_of
from trafficopt.sumo.network_edits import EditedScenario, apply_treatments
from trafficopt.sumo.run_store import StoredRun
from trafficopt.treatment import NetworkEdit
from trafficopt.units import FloatArray

MODEL, REFUSED = "queue model", "network edit"
TOLERANCE_VEH_H = 0.2  # the model errs by more than this; only what it calls worse is not tried in SUMO
Run = Callable[[Scenario, str], StoredRun]


@dataclass(frozen=True, slots=True)
class Trial:
    """One option of a site and what became of it.

    Attributes
    ----------
    model_veh_h
        Change of the time lost around it by the queue model [veh*h], detours included, all candidates built;
        nan where it cannot be built.
    sumo_veh_h
        The same in SUMO, paired by seed; None where the model had already spoken against it.
    evidence
        Id of the run, or `MODEL`, or `REFUSED`.
    chosen
        Whether it is done: in SUMO less time is lost around it than before and than with the site's other
        options (means of the seeds), and less in the whole city with all such sites of the family together.
    together
        What all those that looked best change together, on other seeds [veh*h]; None where there are none.
    fault
        Why it cannot be built; empty where it can.
    figures
        What it means beside time lost; None for other sites than islands and openings.
    """

    edit: NetworkEdit
    model_veh_h: float
    sumo_veh_h: Change | None
    evidence: str
    chosen: bool
    together: Change | None = None
    fault: str = ""
    figures: SiteFigures | None = None


def chosen(trials: Sequence[Trial]) -> tuple[NetworkEdit, ...]:
    """What is treated."""
    return tuple(trial.edit for trial in trials if trial.chosen)


def n_sites(trials: Sequence[Trial]) -> int:
    """How many places were candidates, whatever options they had."""
    return len({trial.edit.place for trial in trials})


def select(
    scenario: Scenario,
    sites: Sequence[Site],
    before: StoredRun,
    run: Run,
    folder: Path,
    decided: Sequence[NetworkEdit] = (),
) -> tuple[Trial, ...]:
    """Test candidates of one family together, first in the queue model, then in SUMO.

    Each link's delay counts for the nearest site, so that sites are told apart though all are built at once.
    Sites with several options are built once for each; the best is taken.

    Parameters
    ----------
    before
        The scenario's field plan in SUMO.
    run
        Simulates the field plan of a scenario with the seeds of `before`.
    folder
        For the edited networks.
    decided
        Edits that are chosen already: what cannot be built with them is not chosen.

    Returns
    -------
    tuple of Trial
        Of all options of the first site, then of the second, and so on.
    """
    trials: dict[NetworkEdit, Trial] = {}
    for number in range(max(len(site.options) for site in sites)):
        edits = [site.options[number] for site in sites if number < len(site.options)]
        trials |= _tried(scenario, edits, before, run, folder / f"option-{number + 1}")
    best = _best_together(scenario.network, trials.values(), decided)
    in_order = (trials[edit] for site in sites for edit in site.options)
    return tuple(replace(trial, chosen=trial.edit in best) for trial in in_order)


def confirmed(trials: Sequence[Trial], together: Change, evidence: str) -> tuple[Trial, ...]:
    """Keep the chosen sites only if they lose less time together, on seeds that did not choose them.

    Parameters
    ----------
    together
        Change of the time that all vehicles lose with all chosen sites treated [veh*h].
    evidence
        Id of its run.
    """
    kept = together.mean < 0
    return tuple(
        replace(trial, together=together, chosen=kept, evidence=trial.evidence if kept else evidence)
        if trial.chosen
        else trial
        for trial in trials
    )


def refused(trials: Sequence[Trial], why: str) -> tuple[Trial, ...]:
    """Nothing is chosen, because what was chosen cannot be built together."""
    return tuple(replace(trial, chosen=False, fault=why) if trial.chosen else trial for trial in trials)


def _best_together(
    network: Network, trials: Iterable[Trial], decided: Sequence[NetworkEdit]
) -> list[NetworkEdit]:
    """The best option of each site around which less time is lost in SUMO; who gains most chooses first."""
    better = [(trial.sumo_veh_h.mean, trial.edit) for trial in trials if trial.sumo_veh_h is not None]
    best: list[NetworkEdit] = []
    for change, edit in sorted(better, key=lambda pair: pair[0]):
        if change < 0 and edit.place not in {other.place for other in best}:
            together = [*decided, *best, edit]
            with suppress(InputError):
                changes_of(network, together)
                best.append(edit)
    return best


def _tried(
    scenario: Scenario, edits: Sequence[NetworkEdit], before: StoredRun, run: Run, folder: Path
) -> dict[NetworkEdit, Trial]:
    """One option of each site, all built at once."""
    edited, faults = _built(scenario, edits, folder / "all")
    trials = {edit: Trial(edit, nan, None, REFUSED, False, fault=why) for edit, why in faults.items()}
    able = [edit for edit in edits if edit not in faults]
    if edited is None:
        return trials
    places = [place_of(scenario.network, edit) for edit in able]
    base = lost_by_site(places, scenario.network, _modeled(scenario))
    changed = lost_by_site(places, edited.scenario.network, _modeled(edited.scenario))
    detours = detours_s(scenario, edited, able) / 3600.0
    model = dict(zip(able, ((changed - base) / 3600.0 + detours).tolist(), strict=True))
    figures = site_figures(scenario, edited, able)
    trials |= {
        edit: Trial(edit, change, None, MODEL, False, figures=figures.get(edit))
        for edit, change in model.items()
    }
    hopeful = [edit for edit, change in model.items() if change <= TOLERANCE_VEH_H]
    if not hopeful:
        return trials
    if len(hopeful) < len(able):
        edited = apply_treatments(scenario, hopeful, folder / "hopeful")
    stored = run(edited.scenario, "hopeful candidates")
    sumo = _in_sumo(scenario.network, edited.scenario.network, places, before.evaluation, stored.evaluation)
    for edit, change, detour in zip(able, sumo, detours.tolist(), strict=True):
        if edit in hopeful:
            trials[edit] = replace(trials[edit], sumo_veh_h=_shifted(change, detour), evidence=stored.id)
    return trials


def _built(
    scenario: Scenario, edits: Sequence[NetworkEdit], folder: Path
) -> tuple[EditedScenario | None, dict[NetworkEdit, str]]:
    """The scenario with all edits that can be built, and why the others cannot."""
    impossible = _faults(edits, lambda tried: changes_of(scenario.network, tried))
    able = [edit for edit in edits if edit not in impossible]
    if not able:
        return None, impossible
    try:
        return apply_treatments(scenario, able, folder), impossible
    except (InputError, UnsafePlanError):
        impossible |= _faults(able, lambda tried: apply_treatments(scenario, tried, folder))
        able = [edit for edit in able if edit not in impossible]
        return apply_treatments(scenario, able, folder) if able else None, impossible


def _faults(
    edits: Sequence[NetworkEdit], attempt: Callable[[Sequence[NetworkEdit]], object]
) -> dict[NetworkEdit, str]:
    """Why some of the edits are refused, by edit; each is attempted alone where all together are."""
    try:
        attempt(edits)
    except InputError as error:
        why = "; ".join(error.faults)
    except UnsafePlanError as error:
        why = str(error)
    else:
        return {}
    if len(edits) == 1:
        return {edits[0]: why}
    return {edit: why for alone in edits for edit, why in _faults([alone], attempt).items()}


def _modeled(scenario: Scenario) -> dict[str, float]:
    """Time lost on each link under the field plan by the queue model [veh*s]."""
    model = QueueModel(build_problem(scenario))
    estimate = model.estimate(scenario.field_plan)
    lost = estimate.link_delay_s + estimate.link_depart_delay_s
    return dict(zip(model.links, lost.tolist(), strict=True))


def _in_sumo(
    before: Network, after: Network, places: Sequence[tuple[float, float]], old: Evaluation, new: Evaluation
) -> list[Change]:
    """Change of the time lost around each site [veh*h], paired by seed."""

    def by_seed(network: Network, evaluation: Evaluation) -> FloatArray:
        runs: Sequence[Mapping[str, float]] = evaluation.run_link_delay_s
        return np.array([lost_by_site(places, network, lost) for lost in runs]) / 3600.0

    one, two = by_seed(before, old), by_seed(after, new)
    return [paired_change(tuple(one[:, k].tolist()), tuple(two[:, k].tolist())) for k in range(len(places))]


def _shifted(change: Change, by_veh_h: float) -> Change:
    """A change with something certain added to it [veh*h]."""
    mean = change.mean + by_veh_h
    if change.ci95 is None:
        return Change(mean, None, change.percent, change.verdict)
    low, high = (bound + by_veh_h for bound in change.ci95)
    verdict = Verdict.BETTER if high < 0 else Verdict.WORSE if low > 0 else Verdict.SAME
    return Change(mean, (low, high), change.percent, verdict)
