"""Colors of what a signal shows, which differ in lightness too, so that they can be told apart in print.

Hues of Okabe and Ito (2008), darkened for thin lines.
"""

from __future__ import annotations

from enum import StrEnum

from trafficopt.reporting.plots.canvas import RED

GREEN = "#00674b"
PERMISSIVE = "#0f8f6b"
YELLOW = "#f0c93a"
ALL_RED = RED
ROAD = "#dfe2e6"
PAPER = "#ffffff"


class Between(StrEnum):
    """What is shown between two greens."""

    YELLOW = "yellow"
    ALL_RED = "all-red"
    CLEARANCE = "clearance"
    """Some are red already, and the others go on with their green."""


BETWEEN = {Between.YELLOW: YELLOW, Between.ALL_RED: ALL_RED, Between.CLEARANCE: PAPER}
