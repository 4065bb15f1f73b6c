"""A horizontal axis with the time of day."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from trafficopt.units import Seconds, clock

TIME_OF_DAY = "Time of day [h:min]"
STEPS_S = (60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 14400, 21600)
MOST_TICKS = 8


def show_time_of_day(ax: Axes, begin_s: Seconds, end_s: Seconds) -> None:
    """Limit the horizontal axis to a time of day [s from midnight], with ticks at whole minutes."""
    step = next((step for step in STEPS_S if (end_s - begin_s) / step < MOST_TICKS), STEPS_S[-1])
    ticks = np.arange(np.ceil(begin_s / step) * step, end_s + 1e-6, step)
    ax.set_xlim(begin_s, end_s)
    ax.set_xticks(ticks.tolist(), [clock(tick) for tick in ticks.tolist()])
    ax.set_xlabel(TIME_OF_DAY)
