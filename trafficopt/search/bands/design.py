"""Bands for a corridor: choose the engine, and fall back where no two-way band exists."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from trafficopt.errors import InputError
from trafficopt.model.arterial_ways import Direction
from trafficopt.model.band_plan import BandPlan, rounded
from trafficopt.model.corridor import Corridor
from trafficopt.search.bands.arcs import blocking_signals, widest_bands
from trafficopt.search.bands.choices import FixedCorridor, fixed
from trafficopt.search.bands.lines import LinkBands
from trafficopt.search.bands.paths import NEVER, link_bands
from trafficopt.search.bands.program_rows import BandModel
from trafficopt.search.bands.programs import NoPlan, solve
from trafficopt.units import FloatArray, IntArray, Seconds

MAX_SECONDS = 20.0
BREAK_PRICE = 0.1  # share of the cycle, of a line that breaks


def design_bands(
    corridor: Corridor,
    model: BandModel | str = BandModel.MAXBAND,
    *,
    break_price: float = BREAK_PRICE,
    prove: bool = False,
    max_seconds: Seconds = MAX_SECONDS,
) -> BandPlan:
    """Find offsets and stage orders with the largest green bands.

    With fixed cycle and speeds an exact search is used, else a mixed-integer program. Where no trajectory
    each way meets only greens, `PARTITION` lets waves break; the other models give the one-way wave of the
    direction with more volume, and the message names the signals that block each other.

    Parameters
    ----------
    model
        `MAXBAND`: two bands through all signals, whose sum is shared by the volumes as far as greens allow.
        `MULTIBAND`: a band for each link, symmetric about a line through all signals; `AMBAND`: the same,
        about which it may lie as it likes; `PARTITION`: the same, and lines may break at a price.
    break_price
        Of a break [share of the cycle of weighted band].
    prove
        Whether the mixed-integer program looks for something better, and for a bound, also where there is a
        faster engine. Bands by link are found on a grid, so that little may be left.
    max_seconds
        Limit of the mixed-integer program [s].

    Raises
    ------
    InputError
        If `model` has no such name.
    """
    model = _known(model)
    quick = _quickly(corridor, model, break_price) if corridor.is_fixed else None
    if quick is not None and not prove:
        return quick
    proved = _by_program(corridor, model, break_price, max_seconds)
    if isinstance(proved, NoPlan):
        return quick or _without_answer(corridor, model, proved, max_seconds)
    return proved if quick is None or quick.one_way else _better(quick, proved)


def whole_seconds(plan: BandPlan) -> BandPlan:
    """The plan with offsets in whole seconds, inside the slack where it has a whole second.

    Two bands can lose 2 s at most. Bands by link stay those of the offsets before.
    """
    offset_s, cycle_s = rounded(plan), plan.cycle_s
    earlier = (plan.offset_s - offset_s + cycle_s / 2.0) % cycle_s - cycle_s / 2.0
    slack_s = np.where(plan.slack_s.any(axis=1, keepdims=True), plan.slack_s + earlier[:, None], 0.0)
    said = "Bands by link are those before offsets were rounded." if len(plan.link_band_out_s) else ""
    message = " ".join(part for part in (plan.message, said) if part)
    return replace(plan, offset_s=offset_s, slack_s=slack_s, message=message)


def _known(model: BandModel | str) -> BandModel:
    try:
        return BandModel(model)
    except ValueError:
        raise InputError("model", f"{model!r} is none", f"choose {', '.join(BandModel)}") from None


def _quickly(corridor: Corridor, model: BandModel, break_price: float) -> BandPlan:
    """By the engines for fixed cycle and speeds."""
    data = fixed(corridor)
    if model is BandModel.MAXBAND:
        return _through(corridor, data)
    shape = LinkBands.SYMMETRIC if model is BandModel.MULTIBAND else LinkBands.FREE
    price_s = break_price * data.cycle_s if model is BandModel.PARTITION else NEVER
    if model is not BandModel.PARTITION and blocking_signals(data):
        return _one_way(corridor, model)
    found = link_bands(data, shape, break_price_s=price_s)
    if found is None:  # lines pass between the points of the grid
        exact = _by_program(corridor, model, break_price, MAX_SECONDS)
        return _without_answer(corridor, model, exact, MAX_SECONDS) if isinstance(exact, NoPlan) else exact
    return BandPlan(
        corridor,
        model,
        _patterns(data, found.choice),
        found.offset_s % data.cycle_s,
        np.zeros((data.n, 2)),
        found.band_out_s,
        found.band_in_s,
        _indices(found.broken_out),
        _indices(found.broken_in),
        found.value_s,
        _most(data),
    )


def _through(corridor: Corridor, data: FixedCorridor) -> BandPlan:
    """Two bands through all signals, or a one-way wave where there are none."""
    volume = corridor.volume_out + corridor.volume_in
    found = widest_bands(data, corridor.volume_out / volume if volume else 0.5)
    if found.total_s < 0.0:
        return _one_way(corridor, BandModel.MAXBAND)
    middle = (found.earliest_s + found.latest_s) / 2.0
    plan = BandPlan(
        corridor,
        BandModel.MAXBAND,
        _patterns(data, found.choice),
        (middle - middle[0]) % data.cycle_s,
        np.stack([found.earliest_s - middle, found.latest_s - middle], axis=1),
        np.zeros(0),
        np.zeros(0),
        (),
        (),
        found.total_s,
        found.total_s,
    )
    if plan.one_way_best_s > found.total_s + 0.05:
        best, total = plan.one_way_best_s, found.total_s
        said = f"A band in one direction alone could have {best:.1f} s; both together have {total:.1f} s."
        plan = replace(plan, message=said)
    return plan


def _one_way(corridor: Corridor, model: BandModel) -> BandPlan:
    """The widest band of the direction with more volume, or of longer greens where volumes are the same."""
    data = fixed(corridor)
    greens = [corridor.longest_greens_s(direction) for direction in Direction]
    volumes = (corridor.volume_out, corridor.volume_in)
    inbound = (volumes[1], greens[1].min()) > (volumes[0], greens[0].min())
    direction = Direction.INBOUND if inbound else Direction.OUTBOUND
    start, green = (data.start_in_s, data.green_in_s) if inbound else (data.start_out_s, data.green_out_s)
    rows, choice = np.arange(data.n), green.argmax(axis=1)
    start, green = start[rows, choice], green[rows, choice]
    band_s = float(green.min())
    offset = corridor.travel_s(direction) - start - (green - band_s) / 2.0
    spare = (green - band_s) / 2.0
    names = [corridor.names[i] for i in blocking_signals(data)]
    said = (
        f"No trajectories in both directions meet only greens: {', '.join(names)} block each other. "
        f"This is the {direction} wave alone; the model partition lets waves break."
    )
    return BandPlan(
        corridor,
        model,
        _patterns(data, choice),
        (offset - offset[0]) % data.cycle_s,
        np.stack([-spare, spare], axis=1),
        np.zeros(0),
        np.zeros(0),
        (),
        (),
        band_s,
        band_s,
        direction,
        said,
    )


def _by_program(
    corridor: Corridor, model: BandModel, break_price: float, max_seconds: Seconds
) -> BandPlan | NoPlan:
    """By the mixed-integer program."""
    found = solve(corridor, model, break_price=break_price, time_limit_s=max_seconds)
    if isinstance(found, NoPlan):
        return found
    chosen = corridor.at(found.cycle_s, found.travel_out_s.tolist(), found.travel_in_s.tolist())
    bound_s = found.bound * found.cycle_s
    said = f"The solver stopped at its limit of {max_seconds:g} s." if found.cut else ""
    if model is BandModel.MAXBAND:
        plan = _through(chosen, fixed(chosen))
        return replace(plan, bound_s=max(bound_s, plan.value_s), message=f"{said} {plan.message}".strip())
    data = fixed(chosen)
    return BandPlan(
        chosen,
        model,
        _patterns(data, found.choice),
        (found.offset * found.cycle_s) % found.cycle_s,
        np.zeros((data.n, 2)),
        found.band_out * found.cycle_s,
        found.band_in * found.cycle_s,
        _indices(found.broken_out),
        _indices(found.broken_in),
        found.value * found.cycle_s,
        bound_s,
        message=said,
    )


def _without_answer(corridor: Corridor, model: BandModel, why: NoPlan, max_seconds: Seconds) -> BandPlan:
    """A one-way wave where the program has no plan, with the reason."""
    longest = corridor if corridor.is_fixed else _at_longest(corridor)
    plan = _one_way(longest, model)
    said = f"The solver found no plan within {max_seconds:g} s."
    if why is NoPlan.INFEASIBLE:
        said = "No cycle and no speeds within their ranges let lines in both directions meet only greens."
        if names := [corridor.names[i] for i in blocking_signals(fixed(longest))]:
            said += (
                f" With {longest.cycle_s[0]:g} s and the highest speeds {', '.join(names)} block each other."
            )
    return replace(plan, message=f"{said} This is the {plan.one_way} wave alone.")


def _better(quick: BandPlan, proved: BandPlan) -> BandPlan:
    """The better of two plans, with the bound of the program and what it says."""
    best = quick if quick.value_s >= proved.value_s - 1e-6 else proved
    bound_s = max(best.value_s, min(quick.bound_s, proved.bound_s))
    return replace(best, bound_s=bound_s, message=proved.message)


def _at_longest(corridor: Corridor) -> Corridor:
    """The corridor with its longest cycle and highest speeds."""
    out = [link.travel_out_s[0] for link in corridor.links]
    back = [link.travel_in_s[0] for link in corridor.links]
    return corridor.at(corridor.cycle_s[1], out, back)


def _patterns(data: FixedCorridor, choice: IntArray) -> tuple[int, ...]:
    return tuple(int(data.pattern[i, k]) for i, k in enumerate(choice))


def _indices(broken: FloatArray) -> tuple[int, ...]:
    return tuple(int(link) for link in np.flatnonzero(broken > 0.5))


def _most(data: FixedCorridor) -> Seconds:
    """Bands by link if each could have the shorter green of its ends [s]."""
    total = 0.0
    for green, weight in ((data.green_out_s, data.weight_out), (data.green_in_s, data.weight_in)):
        longest = green.max(axis=1)
        total += float((weight * np.minimum(longest[:-1], longest[1:])).sum())
    return total / max(data.n - 1, 1)
