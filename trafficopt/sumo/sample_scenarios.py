"""Scenarios of one network with the demands of several samples, as SUMO and the model run them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from trafficopt.demand import Demand
from trafficopt.demand_samples import DemandSamples, GivenDemand, SampleScenario
from trafficopt.errors import InputError
from trafficopt.network import Network
from trafficopt.scenario import Scenario
from trafficopt.sumo.sample_routes import with_demand
from trafficopt.sumo.scaled_trips import with_scaled_trips

FILE = "demand.rou.xml"
MOST_NAMED = 3


def sample_scenarios(scenario: Scenario, samples: DemandSamples, folder: Path) -> tuple[SampleScenario, ...]:
    """A scenario for each sample, the one with the fewest vehicles first.

    All plans meet the same vehicles in a sample. Drivers for whom SUMO chooses routes keep choosing. Factor 1
    is the scenario itself; for other factors, and for a demand that comes without files, a route file is
    written to `folder`, which must last as long as the scenarios do.

    Raises
    ------
    InputError
        If a factor leaves no vehicle, a demand or scenario is of another network or departs outside of the
        time of the scenario, or vehicles stand in additional files.
    """
    made, faults, remedies = [], [], []
    for number, (given, weight, name) in enumerate(
        zip(samples.samples, samples.weights, samples.names, strict=True)
    ):
        try:
            made.append(SampleScenario(name, weight, _scenario(scenario, given, folder / str(number))))
        except InputError as error:
            faults += [f"{name}: {fault}" for fault in error.faults]
            remedies.append(error.remedy)
    if faults:
        raise InputError("demands", faults, "; ".join(dict.fromkeys(remedies)))
    return tuple(sorted(made, key=lambda sample: (len(sample.scenario.demand), sample.name)))


def _scenario(scenario: Scenario, given: GivenDemand, folder: Path) -> Scenario:
    if isinstance(given, Scenario):
        return _of_scenario(scenario, given)
    if isinstance(given, Demand):
        _check_demand(scenario, given)
    elif given == 1.0:
        return scenario
    folder.mkdir(exist_ok=True)
    if isinstance(given, Demand):
        return with_demand(scenario, given, folder / FILE)
    return with_scaled_trips(scenario, given, folder)


def _of_scenario(scenario: Scenario, other: Scenario) -> Scenario:
    """The scenario with demand, time and files of another one."""
    faults = _differences(scenario.network, other.network)
    if faults:
        raise InputError(other.source, faults, "use scenarios that name the same net file")
    if other.field_plan.timings != scenario.field_plan.timings:
        fault = "its signal programs are not those of the scenario"
        raise InputError(other.source, fault, "let all scenarios load the same programs")
    return replace(
        scenario,
        source=other.source,
        demand=other.demand,
        demanded=other.demanded,
        simulation=other.simulation,
        program_ids=scenario.program_ids | other.program_ids,
    )


def _differences(network: Network, other: Network) -> list[str]:
    """What another network has, lacks, or has in another way."""
    faults = []
    for kind, ours, theirs in (
        ("link", network.links, other.links),
        (
            "signal",
            {n.id: n.n_heads for n in network.intersections},
            {n.id: n.n_heads for n in other.intersections},
        ),
    ):
        strange = sorted(theirs.keys() - ours.keys())
        lacking = sorted(ours.keys() - theirs.keys())
        changed = sorted(key for key in ours.keys() & theirs.keys() if ours[key] != theirs[key])
        for keys, what in ((strange, "the scenario lacks"), (lacking, "it lacks"), (changed, "differ")):
            if keys:
                faults.append(f"is of another network: {_listed(kind, keys)} {what}")
    return faults


def _listed(kind: str, keys: Sequence[str]) -> str:
    more = f" and {len(keys) - MOST_NAMED} more" if len(keys) > MOST_NAMED else ""
    return f"{kind}{'s' if len(keys) > 1 else ''} {', '.join(keys[:MOST_NAMED])}{more}"


def _check_demand(scenario: Scenario, demand: Demand) -> None:
    """Refuse a demand that the network or the time of the scenario does not have."""
    links, window = scenario.network.links, scenario.simulation
    unknown = sorted({link for route in demand.routes for link in route} - links.keys())
    faults = [f"is of another network, which lacks {_listed('link', unknown)}"] if unknown else []
    outside = int(((demand.depart_s < window.begin_s) | (demand.depart_s >= window.end_s)).sum())
    if outside:
        hours = f"{window.begin_s:g} to {window.end_s:g} s, the scenario's time"
        faults.append(f"{outside} vehicles depart outside of {hours}")
    if faults:
        raise InputError("demand", faults, "make the demand one of this network and time")
