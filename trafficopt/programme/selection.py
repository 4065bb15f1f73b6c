"""Which candidate sites are treated: tested by the queue model, then in SUMO, and kept where it helps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from trafficopt.evaluation import Change, Evaluation, Verdict, paired_change
from trafficopt.model.queues.queue_model import QueueModel
from trafficopt.network import Network
from trafficopt.problem import build_problem
from trafficopt.programme.places import Edit, lost_by_site, place_of
from trafficopt.scenario import Scenario
from trafficopt.sumo.network_edits import EditedScenario, apply_treatments
from trafficopt.sumo.run_store import StoredRun
from trafficopt.units import FloatArray

MODEL = "queue model"
TOLERANCE_VEH_H = 0.2  # the model errs by more than this; only what it calls worse is not tried in SUMO
Run = Callable[[Scenario, str], StoredRun]


@dataclass(frozen=True, slots=True)
class Trial:
    """One candidate site and what became of it.

    Attributes
    ----------
    model_veh_h
        Change of the time lost around it by the queue model [veh*h], detours included, all candidates built.
    sumo_veh_h
        The same in SUMO, paired by seed; None where the model had already spoken against it.
    evidence
        Id of the run, or `MODEL`.
    chosen
        Whether it is treated: it loses less time in SUMO, on the mean of the seeds.
    """

    edit: Edit
    model_veh_h: float
    sumo_veh_h: Change | None
    evidence: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Selection:
    """The candidates of one family, and the network with those that are treated.

    Attributes
    ----------
    edited
        None where nothing is treated.
    """

    trials: tuple[Trial, ...]
    edited: EditedScenario | None

    @property
    def chosen(self) -> tuple[Edit, ...]:
        """What is treated."""
        return tuple(trial.edit for trial in self.trials if trial.chosen)


def select(scenario: Scenario, edits: Sequence[Edit], before: StoredRun, run: Run, folder: Path) -> Selection:
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
    """
    if not edits:
        return Selection((), None)
    places = [place_of(scenario.network, edit) for edit in edits]
    everything = apply_treatments(scenario, edits, folder / "all")
    base = lost_by_site(places, scenario.network, _modeled(scenario))
    changed = lost_by_site(places, everything.scenario.network, _modeled(everything.scenario))
    detours = _detours(scenario, everything, edits)
    model = (changed - base + detours) / 3600.0
    judged = list(zip(edits, model.tolist(), strict=True))
    tried = [edit for edit, change in judged if change <= TOLERANCE_VEH_H]
    if not tried:
        return Selection(tuple(Trial(*each, None, MODEL, False) for each in judged), None)
    edited = everything if len(tried) == len(edits) else apply_treatments(scenario, tried, folder / "tried")
    stored = run(edited.scenario, "tried in SUMO")
    sumo = _in_sumo(scenario.network, edited.scenario.network, places, before.evaluation, stored.evaluation)
    trials = []
    for edit, change_veh_h, change, detour in zip(edits, model.tolist(), sumo, detours.tolist(), strict=True):
        if edit not in tried:
            trials.append(Trial(edit, change_veh_h, None, MODEL, False))
            continue
        moved = _shifted(change, detour / 3600.0)
        trials.append(Trial(edit, change_veh_h, moved, stored.id, moved.mean < 0))
    chosen = [trial.edit for trial in trials if trial.chosen]
    if not chosen:
        return Selection(tuple(trials), None)
    kept = edited if chosen == tried else apply_treatments(scenario, chosen, folder / "chosen")
    return Selection(tuple(trials), kept)


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
