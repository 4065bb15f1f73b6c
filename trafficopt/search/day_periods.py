"""Divide a day into periods of nearly steady demand, exactly, and let like periods share a plan."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from trafficopt.day_plan import Period
from trafficopt.demand_profile import DemandProfile
from trafficopt.errors import InputError
from trafficopt.units import FloatArray, Seconds

SHORTEST_S = 3600.0  # by default; the transitions of a switch take some minutes

Cuts = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class DayPeriods:
    """A division of the day.

    Attributes
    ----------
    periods
        With the names of plans "1", "2", ... in the order of their first use.
    switch_penalty
        What a switch had to be worth, in squared deviation of relative flows.
    squared_deviation
        Sum over slices and series of the squared deviation from the mean of the period, of flows relative
        to the mean of their series.
    """

    periods: tuple[Period, ...]
    switch_penalty: float
    squared_deviation: float


def day_periods(
    profile: DemandProfile,
    *,
    switch_penalty: float | None = None,
    min_period_s: Seconds = SHORTEST_S,
    n_periods: int | None = None,
    share_plans: bool = True,
) -> DayPeriods:
    """Periods with the least squared deviation from their means, plus a penalty for each switch.

    Flows are taken relative to the mean of their series. Dynamic programming over the begin of the last
    period is exact (optimal partitioning: Jackson et al. 2005, IEEE Signal Processing Letters 12; for plans
    by time of day: Ma et al. 2019, IET Intelligent Transport Systems 13).

    Parameters
    ----------
    switch_penalty
        By default `usual_switch_penalty`.
    min_period_s
        Shortest period.
    n_periods
        So many periods, whatever a switch costs; by default as many as the penalty allows.
    share_plans
        Let periods share a plan where one mean for both is no worse than the penalty of a mean, from the
        likest two on (Ward 1963); such neighbors become one.

    Raises
    ------
    InputError
        If the profile is too short for the periods, or a value is impossible.

    Examples
    --------
    Night, day, and a night like the first:

    >>> flow = np.array([[100.0] * 6 + [900.0] * 12 + [100.0] * 6])
    >>> profile = DemandProfile(0.0, 3600.0, ("all",), flow)
    >>> [(p.begin_s / 3600, p.end_s / 3600, p.plan) for p in day_periods(profile).periods]
    [(0.0, 6.0, '1'), (6.0, 18.0, '2'), (18.0, 24.0, '1')]
    """
    least = _slices(min_period_s, profile)
    penalty = usual_switch_penalty(profile, min_period_s) if switch_penalty is None else switch_penalty
    if faults := _faults(profile.n_slices, least, n_periods, penalty):
        raise InputError(
            "periods of the day", faults, "ask for fewer or shorter periods, or a longer profile"
        )
    flows = relative_flows(profile)
    costs = squared_deviations(flows)
    cuts = cheapest_cuts(costs, least, penalty) if n_periods is None else _so_many(costs, least, n_periods)
    groups = list(range(len(cuts) - 1))
    if share_plans:
        m = len(profile.series)
        groups = _likest(flows, cuts, penalty * m / (m + 1))
        kept = [k for k in range(len(groups)) if k == 0 or groups[k] != groups[k - 1]]
        cuts, groups = (*(cuts[k] for k in kept), cuts[-1]), [groups[k] for k in kept]
    names: dict[int, str] = {}
    for group in groups:
        names.setdefault(group, str(len(names) + 1))
    at = [profile.begin_s + cut * profile.slice_s for cut in cuts]
    return DayPeriods(
        tuple(Period(a, b, names[group]) for (a, b), group in zip(pairwise(at), groups, strict=True)),
        penalty,
        float(sum(costs[a, b] for a, b in pairwise(cuts))),
    )


def usual_switch_penalty(profile: DemandProfile, min_period_s: Seconds = SHORTEST_S) -> float:
    """Variance of the noise, times the parameters that a switch adds, times ln(number of slices).

    Schwarz' criterion for the number of changes (Yao 1988, Statistics and Probability Letters 6), in the
    form of a penalty for each as in Killick, Fearnhead and Eckley 2012 (Journal of the American Statistical
    Association 107). A switch adds a mean for each series, and its own place.

    The variance is half the mean squared difference of flows (von Neumann 1941; Rice 1984), here of slices
    that lie the shortest period apart: what changes within it no plan can follow, so ramps of demand count
    as noise. Without that, they would be cut into stairs. It is at least that of counts of vehicles who
    come at random (Poisson), which a smoothed profile hides.
    """
    flows = relative_flows(profile)
    served = profile.flow_veh_h.mean(axis=1) > 0
    if not served.any():
        return 0.0
    counted = 3600.0 / (profile.slice_s * profile.flow_veh_h[served].mean(axis=1))
    lag = _slices(min_period_s, profile)
    differences = flows[served, lag:] - flows[served, :-lag]
    seen = float((differences**2).mean()) / 2 if differences.size else 0.0
    n_parameters = len(profile.series) + 1
    return max(seen, float(counted.mean())) * n_parameters * math.log(profile.n_slices)


def _slices(time_s: Seconds, profile: DemandProfile) -> int:
    return max(1, math.ceil(time_s / profile.slice_s - 1e-9))


def relative_flows(profile: DemandProfile) -> FloatArray:
    """Flows divided by the mean of their series, shape (n_series, n_slices); zero where there are none."""
    mean = profile.flow_veh_h.mean(axis=1, keepdims=True)
    flows: FloatArray = profile.flow_veh_h / np.where(mean > 0, mean, 1.0)
    return flows


def squared_deviations(flows: FloatArray) -> FloatArray:
    """Squared deviation of slices a to b - 1 from their means, summed over the series.

    Parameters
    ----------
    flows
        Shape (n_series, n_slices).

    Returns
    -------
    array
        Shape (n_slices + 1, n_slices + 1), for a < b; zero elsewhere.
    """
    n = flows.shape[1]
    sums, squares = np.zeros((len(flows), n + 1)), np.zeros(n + 1)
    np.cumsum(flows, axis=1, out=sums[:, 1:])
    np.cumsum((flows**2).sum(axis=0), out=squares[1:])
    a, b = np.triu_indices(n + 1, 1)
    costs = np.zeros((n + 1, n + 1))
    costs[a, b] = squares[b] - squares[a] - ((sums[:, b] - sums[:, a]) ** 2).sum(axis=0) / (b - a)
    # Rounded, so that what is equal by right ties, and ties go to longer periods.
    return np.maximum(np.round(costs, 9), 0.0)


def cheapest_cuts(costs: FloatArray, least: int, penalty: float) -> Cuts:
    """Slices at which periods begin, and the end, for the least cost with a penalty for each switch.

    Parameters
    ----------
    costs
        Of a period from slice a to b, shape (n + 1, n + 1).
    least
        Slices of the shortest period.
    """
    n = len(costs) - 1
    best, came = np.full(n + 1, np.inf), np.zeros(n + 1, dtype=np.int64)
    best[0] = 0.0
    for end in range(least, n + 1):
        starts = best[: end - least + 1] + costs[: end - least + 1, end] + penalty
        came[end] = int(np.argmin(starts))
        best[end] = starts[came[end]]
    cuts = [n]
    while cuts[-1] > 0:
        cuts.append(int(came[cuts[-1]]))
    return tuple(reversed(cuts))


def _so_many(costs: FloatArray, least: int, n_periods: int) -> Cuts:
    """Slices at which `n_periods` periods begin, and the end, for the least cost."""
    n = len(costs) - 1
    best = np.full((n_periods + 1, n + 1), np.inf)
    came = np.zeros((n_periods + 1, n + 1), dtype=np.int64)
    best[0, 0] = 0.0
    for k in range(1, n_periods + 1):
        for end in range(k * least, n + 1):
            starts = best[k - 1, : end - least + 1] + costs[: end - least + 1, end]
            came[k, end] = int(np.argmin(starts))
            best[k, end] = starts[came[k, end]]
    cuts = [n]
    for k in range(n_periods, 0, -1):
        cuts.append(int(came[k, cuts[-1]]))
    return tuple(reversed(cuts))


def _likest(flows: FloatArray, cuts: Cuts, penalty: float) -> list[int]:
    """Group of each period: the two whose join adds least squared deviation join while it is below `penalty`.

    Joining groups of a and b slices adds a b / (a + b) times the squared distance of their means.
    """
    groups = [[k] for k in range(len(cuts) - 1)]
    sizes = [float(b - a) for a, b in pairwise(cuts)]
    means = [flows[:, a:b].mean(axis=1) for a, b in pairwise(cuts)]
    while len(groups) > 1:
        pairs = [(i, j) for i in range(len(groups)) for j in range(i + 1, len(groups))]
        added = [_added(sizes[i], sizes[j], means[i], means[j]) for i, j in pairs]
        if min(added) > penalty:
            break
        i, j = pairs[int(np.argmin(added))]
        both = sizes[i] + sizes[j]
        means[i] = (sizes[i] * means[i] + sizes[j] * means[j]) / both
        sizes[i] = both
        groups[i] += groups[j]
        del groups[j], sizes[j], means[j]
    of = {k: number for number, group in enumerate(groups) for k in group}
    return [of[k] for k in range(len(cuts) - 1)]


def _added(a: float, b: float, mean_a: FloatArray, mean_b: FloatArray) -> float:
    return a * b / (a + b) * float(((mean_a - mean_b) ** 2).sum())


def _faults(n_slices: int, least: int, n_periods: int | None, penalty: float) -> Sequence[str]:
    faults: list[str] = []
    if not 0 <= penalty < math.inf:
        faults.append(f"a penalty of {penalty} for a switch is impossible")
    if n_periods is not None and n_periods < 1:
        faults.append(f"{n_periods} periods are impossible")
    elif (n_periods or 1) * least > n_slices:
        faults.append(f"{n_slices} slices are too few for {n_periods or 1} periods of {least} slices or more")
    return faults
