"""Apply treatments of the network to a scenario: another scenario, in a folder of its own.

The scenario that is treated is only read. Both can be simulated with the same seeds and compared.
"""

from __future__ import annotations

import csv
import tempfile
import xml.etree.ElementTree as ET
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from trafficopt.errors import InputError, UnsafePlanError
from trafficopt.intersection import Control
from trafficopt.plan import TimingPlan
from trafficopt.rules.findings import errors
from trafficopt.scenario import Scenario
from trafficopt.signals.gate import check_fits, listed, network_findings
from trafficopt.sumo.changed_net import Changes
from trafficopt.sumo.edited_folder import write_folder
from trafficopt.sumo.edited_routes import Rerouting
from trafficopt.sumo.net_changes import changes_of
from trafficopt.sumo.read import read_scenario
from trafficopt.sumo.rebound_programs import Binding, bindings_of
from trafficopt.sumo.rebuilt_net import Letters, Touched, edited_net, read_tree
from trafficopt.sumo.roads import Pair, Roads
from trafficopt.sumo.scenario_file import locate
from trafficopt.sumo.timed_bans import ban_faults
from trafficopt.table_repr import LONG_CELL, Column, Table, Tabled, counted
from trafficopt.treatment import CloseOpening, MoveOpening, NetworkEdit
from trafficopt.units import Seconds


@dataclass(frozen=True, slots=True, repr=False)
class EditedScenario(Tabled):
    """A scenario after treatments of its network.

    Attributes
    ----------
    scenario
        As read from its folder.
    plan
        The plan that was asked for, bound to the edited network by movement; by default the field plan.
    rerouted_s
        By vehicle that gets another route: what it takes longer at free flow [s].
    """

    scenario: Scenario
    plan: TimingPlan
    treatments: tuple[NetworkEdit, ...]
    rerouted_s: Mapping[str, Seconds] = field(repr=False)

    @property
    def mean_detour_s(self) -> Seconds:
        """What new routes take longer at free flow, mean over all vehicles of the demand.

        It comes on top of the delay, which starts from the free-flow time of the route that is driven.
        """
        vehicles = self.scenario.demand.vehicles
        return sum(self.rerouted_s.get(key, 0.0) for key in vehicles) / max(1, len(vehicles))

    def _table(self) -> Table:
        title = f"EditedScenario {self.scenario.name}: {counted(len(self.treatments), 'treatment')}"
        detour = f"{self.mean_detour_s:.2f} s a vehicle"
        routed = counted(len(self.rerouted_s), "vehicle")
        note = f"{routed} on other routes, which take {detour} longer (mean of all)."
        return Table(title, (Column(longest=LONG_CELL),), [(str(each),) for each in self.treatments], (note,))


def read_openings(scenario: Scenario) -> dict[str, Pair]:
    """Links from and to which one may turn at each U-turn opening of the scenario's table."""
    source, table = locate(scenario.source)
    if "uturn_openings" not in table:
        return {}
    with (source.parent / table["uturn_openings"]).open(newline="", encoding="utf-8-sig") as stream:
        return {row["opening"]: (row["from_edge"], row["to_edge"]) for row in csv.DictReader(stream)}


def apply_treatments(
    scenario: Scenario, treatments: Sequence[NetworkEdit], folder: Path, plan: TimingPlan | None = None
) -> EditedScenario:
    """Write the scenario with all `treatments` to `folder`, and read it from there.

    Their order does not matter. Right turns that come under a signal go with the through traffic of their
    approach, and on red where the scenario's other right turns do; U-turns go with the left turn; lanes that
    newly serve a movement show what its other lanes show. Vehicles whose route is gone come back to it by
    the shortest way at free flow: after a closed opening to the link that they turned to, after a banned
    turn wherever their route is reached soonest (within 300 s along it), and those with stops at once. The
    others keep their routes.

    Parameters
    ----------
    folder
        Another one than the scenario's. What is refused as unsafe can be looked at there.
    plan
        A plan made for `scenario`, to be bound to the edited network.

    Raises
    ------
    InputError
        If a treatment does not fit the scenario or cannot be done, or vehicles have no other way.
    UnsafePlanError
        If an edited signal breaks a safety rule that it kept before.
    """
    _check(scenario, treatments, folder)
    if plan is not None:
        check_fits(scenario.network, plan)
    changes = changes_of(scenario.network, treatments)
    touched = _touched(scenario, changes)
    bindings: dict[str, Binding] = {}

    def bound(letters: Letters) -> dict[str, list[ET.Element]]:
        bindings.update(bindings_of(scenario, changes, letters))
        return {key: [bindings[key].program(logic) for logic in programs[key]] for key in letters}

    programs = _programs(scenario.simulation.net, touched)
    net = None
    if touched.nodes:
        with tempfile.TemporaryDirectory(prefix="trafficopt-") as name:
            net = edited_net(scenario.simulation.net, changes, touched, bound, Path(name))
    rerouting = Rerouting(scenario, changes)
    source = write_folder(scenario, treatments, net, bindings, rerouting, folder)
    edited = read_scenario(source, profile=scenario.limits.profile)
    timings = edited.field_plan.timings if plan is None else plan.timings
    if plan is not None:
        timings = {key: bindings[key].timing(t) if key in bindings else t for key, t in timings.items()}
    bound_plan = TimingPlan(plan.name if plan else "field", timings)
    made = EditedScenario(edited, bound_plan, tuple(treatments), _rerouted_s(scenario, edited))
    _require_as_safe(scenario, plan, made, touched)
    return made


def _check(scenario: Scenario, treatments: Sequence[NetworkEdit], folder: Path) -> None:
    """Refuse openings that the scenario's table does not know, and a folder that holds its own files."""
    if not treatments:
        raise InputError("treatments", "none is given", "give at least one")
    if folder.resolve() in {path.resolve().parent for path in (scenario.source, *scenario.simulation.inputs)}:
        raise InputError(folder, "holds the scenario that is treated", "name another folder")
    openings = read_openings(scenario)
    faults = [
        f"the scenario has no opening {edit.opening!r} from {edit.from_edge!r} to {edit.to_edge!r}"
        for edit in treatments
        if isinstance(edit, CloseOpening | MoveOpening) and openings
        if openings.get(edit.opening) != (edit.from_edge, edit.to_edge)
    ]
    remedy = "take names and links from `read_openings`" if faults else ""
    if timed := ban_faults(scenario, treatments):
        remedy = "; ".join(filter(None, [remedy, "ban the turn always, or write vehicles with routes"]))
    if faults or timed:
        raise InputError("treatments", [*faults, *timed], remedy)


def _touched(scenario: Scenario, changes: Changes) -> Touched:
    """Nodes that are edited, with their signals and all nodes of those.

    Raises
    ------
    InputError
        If the program of such a signal cannot follow its movements.
    """
    roads, nodes = Roads(scenario.network), changes.nodes(scenario.network.links)
    controlled = [c for out in roads.outgoing.values() for c in out if c.signal]
    signals = {c.signal for c in controlled if c.node in nodes}
    faults = []
    for node in scenario.network.intersections:
        if node.id in signals and node.crossings:
            faults.append(f"signal {node.id!r} has pedestrian crossings: netconvert numbers them anew")
        elif node.id in signals and node.control is not Control.FIXED_TIME:
            faults.append(f"signal {node.id!r} is not fixed-time: {node.kept_because}")
    if faults:
        raise InputError("treatments", faults, "edit the net by hand, and bind its plan with `read_plan`")
    return Touched(nodes | {c.node for c in controlled if c.signal in signals}, signals)


def _programs(net: Path, touched: Touched) -> dict[str, list[ET.Element]]:
    """All programs that a net has for the touched signals."""
    found: dict[str, list[ET.Element]] = defaultdict(list)
    for logic in read_tree(net).iter("tlLogic"):
        if logic.get("id") in touched.signals:
            found[logic.get("id", "")].append(logic)
    return found


def _rerouted_s(before: Scenario, after: Scenario) -> dict[str, Seconds]:
    """By vehicle with another route than before, what it takes longer at free flow [s]."""
    links, routes = before.network.links, dict(zip(before.demand.vehicles, before.demand.routes, strict=True))
    changed = {
        key: (route, routes[key])
        for key, route in zip(after.demand.vehicles, after.demand.routes, strict=True)
        if key in routes and route != routes[key]
    }
    return {
        key: sum(links[link].free_flow_s for link in new) - sum(links[link].free_flow_s for link in old)
        for key, (new, old) in changed.items()
    }


def _require_as_safe(
    scenario: Scenario, plan: TimingPlan | None, made: EditedScenario, touched: Touched
) -> None:
    """Refuse what breaks rules at an edited signal that broke none before.

    Raises
    ------
    UnsafePlanError
        With the findings of error severity.
    """
    before = {(f.rule, f.intersection, f.movements) for f in errors(network_findings(scenario, plan))}
    wrong = [
        finding
        for finding in errors(network_findings(made.scenario, made.plan))
        if finding.intersection in touched.signals
        if (finding.rule, finding.intersection, finding.movements) not in before
    ]
    if wrong:
        raise UnsafePlanError(f"the treatments make signals unsafe:\n{listed(wrong)}")
