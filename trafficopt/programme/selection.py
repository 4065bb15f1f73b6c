"""Which candidate sites are treated: tested by the queue model, then in SUMO, and kept where it helps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from trafficopt.errors import InputError
from trafficopt.evaluation import Change, Evaluation, Verdict, paired_change
from trafficopt.model.queues.queue_model import QueueModel
from trafficopt.network import Network
from trafficopt.problem import build_problem
from trafficopt.programme.places import Edit, lost_by_site, place_of
from trafficopt.scenario import Scenario
from trafficopt.sumo.net_changes import changes_of
from trafficopt.sumo.network_edits import EditedScenario, apply_treatments
from trafficopt.sumo.run_store import StoredRun
from trafficopt.units import FloatArray

MODEL, REFUSED = "queue model", "network edit"
TOLERANCE_VEH_H = 0.2  # the model errs by more than this; only what it calls worse is not tried in SUMO
Run = Callable[[Scenario, str], StoredRun]


@dataclass(frozen=True, slots=True)
class Trial:
    """One candidate site and what became of it.

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
        Whether it is treated: less time is lost around it in SUMO, on the mean of the seeds, and less in the
        whole city with all such sites of the family together.
    together
        What all those that looked better change together, on other seeds [veh*h]; None where there are none.
    fault
        Why it cannot be built; empty where it can.
    """

    edit: Edit
    model_veh_h: float
    sumo_veh_h: Change | None
    evidence: str
    chosen: bool
    together: Change | None = None
    fault: str = ""


def chosen(trials: Sequence[Trial]) -> tuple[Edit, ...]:
    """What is treated."""
    return tuple(trial.edit for trial in trials if trial.chosen)


def select(
    scenario: Scenario, edits: Sequence[Edit], before: StoredRun, run: Run, folder: Path
) -> tuple[Trial, ...]:
    """Test candidates of one family together, first in the queue model, then in SUMO.

    Each link's delay counts for the nearest site, so that sites are told apart though all are built at once.

    Parameters
    ----------
    before
        The scenario's field plan in SUMO.
    run
        Simulates the field plan of a scenario with the seeds of `before`.
    folder
        For the edited networks.

    Returns
    -------
    tuple of Trial
        In the order of `edits`.
    """
    faults = _faults(scenario, edits)
    able = [edit for edit in edits if edit not in faults]
    trials = _tried(scenario, able, before, run, folder) if able else {}
    refused = {
        edit: Trial(edit, float("nan"), None, REFUSED, False, fault=why) for edit, why in faults.items()
    }
    return tuple({**trials, **refused}[edit] for edit in edits)


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


def _faults(scenario: Scenario, edits: Sequence[Edit]) -> dict[Edit, str]:
    """Why some candidates cannot be built, by candidate."""
    try:
        changes_of(scenario.network, edits)
    except InputError:
        found = {}
        for edit in edits:
            try:
                changes_of(scenario.network, [edit])
            except InputError as error:
                found[edit] = "; ".join(error.faults)
        return found
    return {}


def _tried(
    scenario: Scenario, edits: Sequence[Edit], before: StoredRun, run: Run, folder: Path
) -> dict[Edit, Trial]:
    """Trials of candidates that can be built."""
    places = [place_of(scenario.network, edit) for edit in edits]
    everything = apply_treatments(scenario, edits, folder / "all")
    base = lost_by_site(places, scenario.network, _modeled(scenario))
    changed = lost_by_site(places, everything.scenario.network, _modeled(everything.scenario))
    detours = _detours(scenario, everything, edits) / 3600.0
    model = dict(zip(edits, ((changed - base) / 3600.0 + detours).tolist(), strict=True))
    trials = {edit: Trial(edit, change, None, MODEL, False) for edit, change in model.items()}
    hopeful = [edit for edit, change in model.items() if change <= TOLERANCE_VEH_H]
    if not hopeful:
        return trials
    edited = everything
    if len(hopeful) < len(edits):
        edited = apply_treatments(scenario, hopeful, folder / "hopeful")
    stored = run(edited.scenario, "hopeful candidates")
    sumo = _in_sumo(scenario.network, edited.scenario.network, places, before.evaluation, stored.evaluation)
    for edit, change, detour in zip(edits, sumo, detours.tolist(), strict=True):
        if edit in hopeful:
            with_detours = _shifted(change, detour)
            trials[edit] = Trial(edit, model[edit], with_detours, stored.id, with_detours.mean < 0)
    return trials


def _modeled(scenario: Scenario) -> dict[str, float]:
    """Time lost on each link under the field plan by the queue model [veh*s]."""
    model = QueueModel(build_problem(scenario))
    estimate = model.estimate(scenario.field_plan)
    lost = estimate.link_delay_s + estimate.link_depart_delay_s
    return dict(zip(model.links, lost.tolist(), strict=True))


def _detours(scenario: Scenario, edited: EditedScenario, edits: Sequence[Edit]) -> FloatArray:
    """Free driving that detours add, by site whose link pair a vehicle used [veh*s], shape (n_sites,)."""
    pairs = {
        (edit.from_edge, edit.to_edge): k for k, edit in enumerate(edits) if not hasattr(edit, "intersection")
    }
    total = np.zeros(len(edits))
    for vehicle, route in zip(scenario.demand.vehicles, scenario.demand.routes, strict=True):
        longer = edited.rerouted_s.get(vehicle, 0.0)
        used = [pairs[pair] for pair in pairwise(route) if pair in pairs] if longer else []
        for k in used:
            total[k] += longer / len(used)
    return total


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
