"""A plan of the shipped stages as a vector of real numbers, for optimizers that know nothing of signals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from trafficopt.plan import SignalTiming, TimingPlan
from trafficopt.scenario import Scenario
from trafficopt.units import FloatArray, Seconds

LEAST_GREEN_S: Seconds = 5.0  # where the scenario asks for no more
LEAST_WEIGHT_S: Seconds = 0.5


@dataclass(frozen=True, slots=True)
class PlanVector:
    """Plans around the field plan; the zero vector is that plan, as far as it is whole seconds.

    Entries: one for the cycles, as the logarithm of a common factor; then for every signal its offset, as
    a share of the cycle added to that of the field, and one for each stage, as the logarithm of a factor
    on what its green has beyond the least.

    Attributes
    ----------
    base
        Timings of the signals that may be retimed.
    others
        All other timings.
    shortest_s, longest_s
        Bounds of the cycle; a signal whose least greens need more, or that has more in the field, may
        have it.
    """

    base: Mapping[str, SignalTiming]
    others: Mapping[str, SignalTiming]
    shortest_s: Seconds
    longest_s: Seconds

    @property
    def size(self) -> int:
        """Entries of a vector."""
        return 1 + sum(1 + len(timing.stages) for timing in self.base.values())

    def plan(self, vector: FloatArray, name: str = "vector") -> TimingPlan:
        """The plan of a vector of shape (size,)."""
        timings, at = dict(self.others), 1
        factor = float(np.exp(np.clip(vector[0], -2.0, 2.0)))
        for key, timing in self.base.items():
            n = len(timing.stages)
            timings[key] = self._timing(timing, factor, float(vector[at]), vector[at + 1 : at + 1 + n])
            at += 1 + n
        return TimingPlan(name, timings)

    def _timing(
        self, timing: SignalTiming, factor: float, shift: float, log_weights: FloatArray
    ) -> SignalTiming:
        between_s = sum(stage.intergreen_s for stage in timing.stages)
        least = np.array([_least_green_s(timing, k) for k in range(len(timing.stages))])
        shortest = max(self.shortest_s, least.sum() + between_s)
        wanted = np.clip(factor * timing.cycle_s, shortest, max(self.longest_s, shortest, timing.cycle_s))
        spare = max(0, round(wanted - between_s - least.sum()))
        beyond = np.maximum(np.array(timing.greens_s) - least, LEAST_WEIGHT_S)
        weights = beyond * np.exp(np.clip(log_weights, -5.0, 5.0))
        greens = least + whole_shares(weights, spare)
        cycle_s = float(greens.sum() + between_s)
        offset_s = round(timing.offset_s / timing.cycle_s * cycle_s + shift * cycle_s) % cycle_s
        return replace(timing, greens_s=tuple(greens.tolist()), cycle_s=cycle_s, offset_s=offset_s)


def plan_vector(scenario: Scenario) -> PlanVector:
    """Plans of the stages that a scenario has at the signals that may be retimed."""
    field, free = scenario.field_plan.timings, scenario.retime
    return PlanVector(
        {key: field[key] for key in sorted(field) if key in free},
        {key: timing for key, timing in field.items() if key not in free},
        scenario.limits.min_cycle_s,
        scenario.limits.max_cycle_s,
    )


def whole_shares(weights: FloatArray | Sequence[float], total: int) -> FloatArray:
    """Whole numbers in proportion to weights that add up to a total (largest remainders, Hamilton's method).

    Examples
    --------
    >>> whole_shares([1.0, 1.0, 2.0], 10).tolist()
    [3.0, 2.0, 5.0]
    """
    exact = np.asarray(weights) / np.sum(weights) * total
    shares = np.floor(exact)
    order = np.argsort(-(exact - shares), kind="stable")
    shares[order[: total - int(shares.sum())]] += 1.0
    return shares


def _least_green_s(timing: SignalTiming, stage: int) -> Seconds:
    """What a stage must show, but never more than the field plan shows."""
    wanted = max(timing.stages[stage].min_green_s, min(LEAST_GREEN_S, timing.greens_s[stage]))
    return float(np.ceil(wanted))
