"""How long what is left may take, by what was done."""

from __future__ import annotations

from trafficopt.units import Seconds

PLAN_FACTOR = 2.0  # a search is planned for two processors, and gets one


class Pace:
    """Mean times of plans and runs.

    Parameters
    ----------
    max_seconds
        Of a search: what a plan is thought to take before one was found.
    """

    def __init__(self, max_seconds: Seconds) -> None:
        self._plan_s, self._n_plans = PLAN_FACTOR * max_seconds, 0
        self._run_s, self._n_runs = 0.0, 0

    def note(self, is_plan: bool, busy_s: Seconds) -> None:
        """Take the time of a task that is done into account."""
        if is_plan:
            self._n_plans += 1
            self._plan_s += (busy_s - self._plan_s) / self._n_plans
        else:
            self._n_runs += 1
            self._run_s += (busy_s - self._run_s) / self._n_runs

    def left(self, n_plans: int, n_runs: int, workers: int) -> str:
        """Time that so many plans and runs take so many workers; empty before there was a run.

        Examples
        --------
        >>> pace = Pace(10.0)
        >>> pace.note(False, 3.0)
        >>> pace.left(1, 40, 2)
        '1:10 left'
        """
        if not self._n_runs or not workers:
            return ""
        seconds = (n_plans * self._plan_s + n_runs * self._run_s) / workers
        minutes, rest = divmod(round(seconds), 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours}:{minutes:02d}:{rest:02d} left" if hours else f"{minutes}:{rest:02d} left"
