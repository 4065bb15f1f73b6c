"""What a plan may be: rule profiles, and the bounds that the optimizer keeps."""

from __future__ import annotations

from trafficopt.limits.limits import Limits
from trafficopt.limits.profile import PROFILES, Source

__all__ = ["PROFILES", "Limits", "Source"]
