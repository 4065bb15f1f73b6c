"""Bands as mixed-integer programs: cycle, speeds and stage orders may be found together with the offsets."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from trafficopt.model.corridor import Corridor
from trafficopt.search.bands.program_rows import BandModel, Program
from trafficopt.units import FloatArray, IntArray, Seconds, SecondsArray


class NoPlan(StrEnum):
    """Why there is no plan."""

    INFEASIBLE = "infeasible"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class ProgramAnswer:
    """What the solver found; times are shares of the cycle.

    Attributes
    ----------
    cycle_s
        The cycle [s].
    travel_out_s, travel_in_s
        Of each link, shape (n - 1,) [s].
    choice
        Of each signal, shape (n,).
    offset
        Of each signal, shape (n,), not reduced.
    band_out, band_in
        Of each link, shape (n - 1,); with one band for all links, of each the same.
    broken_out, broken_in
        Whether the line breaks at a link, shape (n - 1,).
    value, bound
        What was made large, and what it cannot exceed.
    cut
        Whether the solver stopped at its time limit.
    """

    cycle_s: Seconds
    travel_out_s: SecondsArray
    travel_in_s: SecondsArray
    choice: IntArray
    offset: FloatArray
    band_out: FloatArray
    band_in: FloatArray
    broken_out: FloatArray
    broken_in: FloatArray
    value: float
    bound: float
    cut: bool


def solve(
    corridor: Corridor,
    model: BandModel,
    *,
    break_price: float = 0.1,
    time_limit_s: Seconds = 20.0,
    gap: float = 1e-4,
    at_least: float | None = None,
) -> ProgramAnswer | NoPlan:
    """Find the plan with the largest bands by `scipy.optimize.milp`.

    The unit of time is the cycle, and the inverse of the cycle is a variable, so that all rows stay linear
    (Little, Kelson and Gartner, MAXBAND, Transportation Research Record 795, 1981). Offsets are free real
    numbers; each link needs one whole number of cycles only, which stands in the row of the inbound line.

    Parameters
    ----------
    break_price
        Of a line that ends at a link while another begins after it, in `PARTITION` [share of the cycle].
    time_limit_s
        Of the solver [s].
    gap
        Relative distance from the bound at which it may stop.
    at_least
        A value that is known to be possible, from an engine for fixed cycle and speeds.

    Returns
    -------
    ProgramAnswer or NoPlan
        What is known where no plan was found.
    """
    program = Program(corridor, model, break_price)
    constraints = [LinearConstraint(*program.rows.arrays(program.size))]
    if at_least is not None:
        least = at_least - 1e-7 * max(1.0, abs(at_least))
        constraints.append(LinearConstraint(-program.cost[None], least, np.inf))
    bounds = Bounds(program.low, program.high)
    found = milp(
        program.cost,
        constraints=constraints,
        integrality=program.whole,
        bounds=bounds,
        options={"time_limit": time_limit_s, "mip_rel_gap": gap},
    )
    if found.x is None:
        return NoPlan.INFEASIBLE if found.status == 2 else NoPlan.LATE
    return _answer(program, found.x, -float(found.mip_dual_bound), cut=not found.success)


def _answer(program: Program, x: FloatArray, bound: float, *, cut: bool) -> ProgramAnswer:
    """The plan that variables stand for."""
    cycle_s = 1.0 / float(x[program.frequency])
    travel = np.array([[x[time] for time in each] for each in program.travel]).reshape(-1, 2) * cycle_s
    breaks = np.array([[x[each] for each in pair] for pair in program.breaks]).reshape(-1, 2).round()
    links = range(program.n - 1) if program.model.by_link else [0] * (program.n - 1)
    bands = np.array(
        [
            [sum(factor * x[index] for index, factor in program.band[link, way].items()) for way in range(2)]
            for link in links
        ]
    ).reshape(-1, 2)
    return ProgramAnswer(
        cycle_s,
        travel[:, 0],
        travel[:, 1],
        np.array([int(np.argmax(x[chosen])) for chosen in program.chosen]),
        x[program.offset],
        bands[:, 0],
        bands[:, 1],
        breaks[:, 0],
        breaks[:, 1],
        float(-program.cost @ x),
        bound,
        cut,
    )
