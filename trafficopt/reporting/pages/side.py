"""A plan on its network with what models and SUMO say of it: before or after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from trafficopt.diagnosis.diagnose import Diagnosis, Point
from trafficopt.evaluation import Evaluation
from trafficopt.model.measures import approach_links, intersection_delays
from trafficopt.network import Network
from trafficopt.phrase import Phrase
from trafficopt.plan import TimingPlan
from trafficopt.units import Seconds


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two plans that a report compares.

    Attributes
    ----------
    name
        What the plan is called.
    network
        That it fits; the two networks of a programme may differ.
    diagnosis
        What the models say of it, where they were asked.
    """

    name: Phrase
    network: Network = field(repr=False)
    plan: TimingPlan = field(repr=False)
    evaluation: Evaluation = field(repr=False)
    diagnosis: Diagnosis | None = field(default=None, repr=False)

    def points(self) -> Mapping[str, Point]:
        """What the models say of each intersection, by id."""
        return {point.figures.id: point for point in self.diagnosis.worklist} if self.diagnosis else {}

    def delays_s(self) -> Mapping[str, Seconds]:
        """Delay per vehicle of each intersection in SUMO [s/veh]."""
        return intersection_delays(self.network, self.evaluation)

    def lost_veh_h(self, intersection: str) -> Sequence[float]:
        """Time lost on the approaches of an intersection in each run [veh*h]; empty if that was not kept."""
        links = approach_links(self.network, self.network[intersection])
        runs = self.evaluation.run_link_delay_s
        return [sum(run.get(link, 0.0) for link in links) / 3600.0 for run in runs]
