"""The time of a search, and whether it ran out."""

from __future__ import annotations

import time

from trafficopt.units import Seconds


class Clock:
    """Time since a search began: on the wall, or what its work was planned to take.

    Attributes
    ----------
    repeatable
        Whether planned time counts: then nothing is left out because a machine is slow or busy.
    cut
        Whether work was left out because its time was over.
    interrupted
        Whether the user stopped the search.
    """

    def __init__(self, max_seconds: Seconds, *, repeatable: bool = False) -> None:
        self.max_seconds, self.repeatable = max_seconds, repeatable
        self.cut = False
        self.interrupted = False
        self._began, self._planned_s = time.monotonic(), 0.0

    def wall_s(self) -> Seconds:
        """Time on the wall since the beginning."""
        return time.monotonic() - self._began

    def used_s(self) -> Seconds:
        """Time since the beginning that counts."""
        return self._planned_s if self.repeatable else self.wall_s()

    def spend(self, planned_s: Seconds) -> None:
        """Count work that is done by the time that was planned for it."""
        self._planned_s += planned_s

    def over(self, share: float = 1.0) -> bool:
        """Whether `share` of the time is used up: ask only before work that is left out if so.

        Work that is to be repeatable is never left out half done.
        """
        if self.repeatable:
            return False
        over = self.used_s() > share * self.max_seconds
        self.cut |= over
        return over
