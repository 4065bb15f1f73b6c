"""Demands that one plan shall be good for: factors on the usual one, those of other days, or any others."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

from trafficopt.demand import Demand
from trafficopt.errors import InputError
from trafficopt.scenario import Scenario
from trafficopt.table_repr import Column, Table, Tabled

GivenDemand: TypeAlias = float | Demand | Scenario
"""A factor on the scenario's demand, a demand, or another scenario of the same network."""
REMEDY = "give different factors above zero, such as 0.8, 1 and 1.2, or other demands"


@dataclass(frozen=True, slots=True, repr=False)
class DemandSamples(Tabled):
    """Demands that a plan shall be good for, and how much each counts.

    A demand counts by its weight, as a day does, whatever the number of its vehicles. The order changes
    nothing but the names of unnamed demands.

    Attributes
    ----------
    samples
        A factor takes the scenario's vehicles so many times (`Demand.scaled`), 1 the scenario as it is. A
        scenario stands for its demand and time; it must have the same network and signal programs.
    weights
        Of each sample, in any unit; by default all count the same.
    names
        Of each sample; by default x0.8 for a factor, the name of a scenario, or demand 1, 2, ...

    Raises
    ------
    InputError
        If there is no sample, a factor is not above zero, a name comes twice, or weights or names do not fit.

    Examples
    --------
    >>> demands = DemandSamples((0.8, 1.0, 1.2), weights=(1.0, 2.0, 1.0))
    >>> demands.names, demands.weights
    (('x0.8', 'x1', 'x1.2'), (0.25, 0.5, 0.25))
    """

    samples: tuple[GivenDemand, ...] = field(repr=False)
    weights: tuple[float, ...] = ()
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        samples, names = tuple(self.samples), tuple(self.names)
        names = names or tuple(_name(sample, k) for k, sample in enumerate(samples, start=1))
        weights = tuple(self.weights) or (1.0,) * len(samples)
        if faults := [*_faults(samples), *_faults_beside(len(samples), weights, names)]:
            raise InputError("demands", faults, REMEDY)
        total = math.fsum(weights)
        object.__setattr__(self, "samples", samples)
        object.__setattr__(self, "names", names)
        object.__setattr__(self, "weights", tuple(weight / total for weight in weights))

    @classmethod
    def of(cls, given: DemandSamples | Iterable[GivenDemand]) -> DemandSamples:
        """Samples that are given as such, or one by one."""
        return given if isinstance(given, DemandSamples) else cls(tuple(given))

    def _table(self) -> Table:
        rows = list(zip(self.names, self.weights, strict=True))
        return Table("DemandSamples: one plan for all of them", (Column("demand"), Column("weight")), rows)


def _name(sample: GivenDemand, number: int) -> str:
    if isinstance(sample, Demand):
        return f"demand {number}"
    return sample.name if isinstance(sample, Scenario) else f"x{sample:g}"


def _faults(samples: tuple[GivenDemand, ...]) -> list[str]:
    """What is wrong with the samples themselves."""
    faults = [] if samples else ["none is given"]
    for sample in samples:
        if isinstance(sample, (Demand, Scenario)):
            demand = sample.demand if isinstance(sample, Scenario) else sample
            faults += [] if len(demand) else [f"{_name(sample, 1)} has no vehicles"]
        elif not 0.0 < sample < math.inf:
            faults.append(f"the factor {sample:g} is not above zero")
    return faults


def _faults_beside(n: int, weights: tuple[float, ...], names: tuple[str, ...]) -> list[str]:
    """What is wrong with the weights and names of `n` samples."""
    faults = [f"{name} comes {count} times" for name, count in Counter(names).items() if count > 1]
    if len(names) != n:
        faults.append(f"{len(names)} names are given for {n} demands")
    if len(weights) != n:
        faults.append(f"{len(weights)} weights are given for {n} demands")
    return faults + [f"the weight {w:g} is not above zero" for w in weights if not 0.0 < w < math.inf]


@dataclass(frozen=True, slots=True)
class SampleScenario:
    """A demand as a scenario that SUMO can run, with its name and its part of all weight."""

    name: str
    weight: float
    scenario: Scenario
