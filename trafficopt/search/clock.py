"""The time of a search, and whether it ran out."""

from __future__ import annotations

import time

from trafficopt.units import Seconds


class Clock:
    """Wall-clock time since a search began.

    Attributes
    ----------
    cut
        Whether work was left out because its time was over.
    interrupted
        Whether the user stopped the search.
    """

    def __init__(self, max_seconds: Seconds) -> None:
        self.max_seconds = max_seconds
        self.cut = False
        self.interrupted = False
        self._began = time.monotonic()

    def used_s(self) -> Seconds:
        """Time since the beginning."""
        return time.monotonic() - self._began

    def over(self, share: float = 1.0) -> bool:
        """Whether `share` of the time is used up: ask only before work that is left out if so."""
        over = self.used_s() > share * self.max_seconds
        self.cut |= over
        return over
