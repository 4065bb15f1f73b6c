"""A scenario: everything that was read, before any decision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from trafficopt.demand import Demand
from trafficopt.limits import Limits
from trafficopt.network import Network
from trafficopt.plan import TimingPlan
from trafficopt.table_repr import Column, Table, Tabled
from trafficopt.units import Seconds, clock
from trafficopt.waiver import Waiver


@dataclass(frozen=True, slots=True)
class SimulationSettings:
    """How SUMO runs the scenario.

    Attributes
    ----------
    net, routes, additional
        Input files, absolute.
    begin_s, end_s
        Window of the run and of the demand, from midnight.
    teleport_s
        Time after which a standing vehicle is removed; negative: never.
    options
        Further options of the configuration, without outputs.
    flows
        Ids of `<flow>` elements: SUMO makes their vehicles, named `id.number`.
    """

    net: Path
    routes: tuple[Path, ...]
    additional: tuple[Path, ...]
    begin_s: Seconds
    end_s: Seconds
    step_s: Seconds = 1.0
    teleport_s: Seconds = 300.0
    options: Mapping[str, str] = field(default_factory=dict)
    flows: frozenset[str] = frozenset()

    @property
    def period_s(self) -> Seconds:
        """Length of the window."""
        return self.end_s - self.begin_s

    @property
    def inputs(self) -> tuple[Path, ...]:
        """All files that decide the outcome."""
        return (self.net, *self.routes, *self.additional)


@dataclass(frozen=True, slots=True, repr=False)
class Scenario(Tabled):
    """A named network with its demand, field plan, limits and simulation settings.

    Attributes
    ----------
    retime
        Intersections that may be retimed; the others keep their field plan.
    demanded
        Wanted departure [s] of every vehicle that the files name within the window.
    program_ids
        Ids of all signal programs that the files hold.
    waivers
        Findings that the scenario accepts, each with its reason.
    """

    name: str
    source: Path
    network: Network
    demand: Demand
    field_plan: TimingPlan
    limits: Limits
    simulation: SimulationSettings
    retime: frozenset[str]
    demanded: Mapping[str, Seconds] = field(repr=False)
    program_ids: frozenset[str] = field(default=frozenset(), repr=False)
    title: str = ""
    note: str = ""
    waivers: tuple[Waiver, ...] = ()

    def _table(self) -> Table:
        network, settings = self.network, self.simulation
        cycles = sorted({timing.cycle_s for timing in self.field_plan.timings.values()})
        shown = f"{len(self.field_plan)} with a fixed-time program, {len(self.retime)} to retime"
        rows = [
            ("signals", len(network.intersections), shown),
            ("cycles", len(cycles), f"{', '.join(f'{cycle_s:g}' for cycle_s in cycles)} s"),
            ("links", len(network.links), ""),
            ("arterials", len(network.arterials), ", ".join(arterial.name for arterial in network.arterials)),
            ("vehicles", len(self.demand), f"in {settings.period_s:g} s"),
            ("waivers", len(self.waivers), f"rule profile {self.limits.profile}"),
        ]
        notes = (self.note,) if self.note else ()
        window = f"{clock(settings.begin_s)} to {clock(settings.end_s)}"
        return Table(f"Scenario {self.name}, {window}", (Column(), Column(), Column()), rows, notes)
