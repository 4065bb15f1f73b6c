"""What no plan may do under any of several demands: be worse than the field plan, or break down."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from trafficopt.comparison import Verdict, paired_change
from trafficopt.search.choose import BREAKDOWN
from trafficopt.units import Seconds


def is_worse(field_s: Sequence[Seconds], plan_s: Sequence[Seconds]) -> bool:
    """Whether a plan is worse than the field plan beyond noise.

    Parameters
    ----------
    field_s, plan_s
        Value of the objective [s/veh] with the same seeds in the same order; fewer than two prove nothing.
    """
    return len(plan_s) > 1 and paired_change(tuple(field_s), tuple(plan_s)).verdict is Verdict.WORSE


def breaks_down(costs_s: Sequence[Seconds], usual_s: Sequence[Seconds]) -> list[bool]:
    """Runs that lose so much more than usual that traffic must have locked up.

    Parameters
    ----------
    costs_s
        Value of the objective in each run [s/veh].
    usual_s
        Its values in the runs that say what is usual; at least one, unless there are no runs.
    """
    return [cost > BREAKDOWN * fmean(usual_s) for cost in costs_s]


def fails(field_s: Sequence[Seconds], plan_s: Sequence[Seconds]) -> bool:
    """Whether a plan is worse than the field plan beyond noise, or breaks down where that one does not.

    Parameters
    ----------
    field_s, plan_s
        Value of the objective [s/veh] with the same seeds in the same order.
    """
    slow = breaks_down(plan_s, plan_s)
    return is_worse(field_s, plan_s) or any(
        late and own > other for late, own, other in zip(slow, plan_s, field_s, strict=True)
    )
