"""What a search says of itself in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from trafficopt.objective import Objective
from trafficopt.plan import TimingPlan
from trafficopt.result import Status
from trafficopt.search.clock import Clock
from trafficopt.search.menu import SignalMenu, dropped_protection


def message(
    menus: Mapping[str, SignalMenu],
    plan: TimingPlan,
    status: Status,
    *,
    n_zones: int,
    n_judged: int,
    n_broken: int,
    kept: Iterable[str],
    clock: Clock,
    objective: Objective,
) -> str:
    """Sentences on what was timed, what was judged, what stays and why, and how the search ended.

    Parameters
    ----------
    menus
        Of the signals that could change.
    kept
        Sentences on signals that could not.
    """
    said = [f"The search timed {_count(len(menus), 'signal')} in {_count(n_zones, 'zone')}."]
    if not menus:
        said = ["No signal of this network can be retimed."]
    elif not objective.is_delay:
        said.append(f"It made this small: {objective}.")
    if menus and n_judged:
        said.append(f"Simulation compared {_count(n_judged, 'plan')}.")
    if n_broken:
        said.append(f"Left out because traffic broke down in a trial: {_count(n_broken, 'plan')}.")
    if menus and status is Status.UNCHANGED:
        said.append("No plan was found that beats the field plan.")
    said += kept
    if clock.interrupted:
        said.append("Stopped by the user: this is the best plan found until then.")
    elif clock.cut:
        said.append(
            f"Stopped at the time limit of {clock.max_seconds:g} s: another run may end with another plan."
        )
    return " ".join([*said, *_dropped(menus, plan)])


def _dropped(menus: Mapping[str, SignalMenu], plan: TimingPlan) -> list[str]:
    """A sentence that names all protection that the plan drops."""
    lost = [
        f"{key}: {', '.join(movements)}"
        for key, menu in menus.items()
        if (movements := dropped_protection(menu.node, plan[key]))
    ]
    return [f"Without a protected green from now on: {'; '.join(lost)}."] if lost else []


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"
