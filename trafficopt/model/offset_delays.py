"""Delay of all signals over the offsets of one or two of them, by the cyclic model of platoons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import product

import numpy as np

from trafficopt.errors import InputError
from trafficopt.model.platoons import add_platoons
from trafficopt.model.signal_model import SignalModel, State
from trafficopt.plan import TimingPlan
from trafficopt.signals.gate import check_fits
from trafficopt.table_repr import Tabled
from trafficopt.units import Seconds, SecondsArray, read_only
from trafficopt.unknown_name import unknown_name

REACH = 4  # signals in a row that platoons are followed to; with 2, delays of five in a row are 2 % off
ROUNDS = 2


@dataclass(frozen=True, slots=True, repr=False)
class OffsetDelays(Tabled):
    """Mean delay with each offset of one signal, or with each pair of offsets of two.

    Attributes
    ----------
    signals
        Ids of the one or two signals.
    offsets_s
        Offsets that were tried at each signal [s], ascending from 0.
    delay_s
        Signal delay over all demanded vehicles [s/veh], with an axis for each signal.
    now_s
        Offset of each signal in the plan [s].
    delay_now_s
        Delay under the plan [s/veh].
    """

    signals: tuple[str, ...]
    offsets_s: tuple[SecondsArray, ...] = field(repr=False)
    delay_s: SecondsArray = field(repr=False)
    now_s: tuple[Seconds, ...]
    delay_now_s: Seconds

    def __post_init__(self) -> None:
        for array in (*self.offsets_s, self.delay_s):
            read_only(array)

    @property
    def least_s(self) -> tuple[Seconds, ...]:
        """Offsets with the least delay of those that were tried, the smallest ones if there are several."""
        place = np.unravel_index(int(np.argmin(self.delay_s)), self.delay_s.shape)
        return tuple(float(offsets[k]) for offsets, k in zip(self.offsets_s, place, strict=True))


def offset_delays(
    model: SignalModel, plan: TimingPlan, signals: Sequence[str], step_s: Seconds = 2.0
) -> OffsetDelays:
    """Try the offsets of one or two signals while all else stays.

    The delay is that of the cyclic model (`SignalModel`), over all signals: queues that repeat themselves
    each cycle, fed by platoons that are let settle. After a change only the signals themselves and those up
    to four in a row from them, as platoons go, run again; all others keep the queues that they have under
    the plan. So it is fast, but knows no spillback: ask the queue model before believing a small difference.

    Parameters
    ----------
    signals
        Ids of one or two signals.
    step_s
        About the distance of offsets: each cycle is cut into a whole number of equal steps.

    Raises
    ------
    InputError
        If it is not one or two signals of the plan, or the plan does not fit the network.
    ValueError
        If the step is not above zero.
    """
    if not 1 <= len(set(signals)) == len(signals) <= 2:
        raise InputError("signals", f"{list(signals)} are not one or two", "name one signal, or two others")
    if unknown := [key for key in signals if key not in plan]:
        raise unknown_name(f"plan {plan.name!r}", "signal", unknown[0], plan)
    if not step_s > 0.0:
        raise ValueError(f"the step is {step_s} s, but must be more than 0")
    check_fits(model.problem.network, plan)
    if any(plan[node.id].stages != node.stages for node in model.nodes if node.id in plan):
        return offset_delays(SignalModel(model.problem.with_stages_of(plan)), plan, signals, step_s)
    settled = _settled(model, plan)
    index = {node.id: k for k, node in enumerate(model.nodes)}
    chosen = [index[key] for key in signals]
    around = _surroundings(model, settled, chosen)
    offsets = tuple(_steps(plan[key].cycle_s, step_s) for key in signals)
    now = tuple(plan[key].offset_s for key in signals)
    tried = [_delay_s(model, settled, chosen, around, pair) for pair in product(*offsets)]
    return OffsetDelays(
        signals=tuple(signals),
        offsets_s=offsets,
        delay_s=np.array(tried).reshape([len(each) for each in offsets]),
        now_s=now,
        delay_now_s=_delay_s(model, settled, chosen, around, now),
    )


def _steps(cycle_s: Seconds, step_s: Seconds) -> SecondsArray:
    """Offsets within a cycle, a whole number of equal steps from 0 on."""
    n = max(1, round(cycle_s / step_s))
    return np.arange(n, dtype=np.float64) * (cycle_s / n)


def _settled(model: SignalModel, plan: TimingPlan) -> State:
    """A plan in the model with arrivals that are exactly what the last departures of all signals send.

    After `SignalModel.start` queues have run once more than platoons were sent.
    """
    state, lay = model.start(plan), model.layout
    steady = lay.movement_flow.copy()
    np.subtract.at(steady, lay.out_to, lay.out_flow * state.same_cycle)
    state.arrivals[:] = np.maximum(steady, 0.0)[:, None]
    for node, cycle_s in enumerate(state.cycle_s):
        add_platoons(lay, node, cycle_s, state.same_cycle, state.departures, 1.0, state.arrivals)
    for node in ROUNDS * model.modeled(plan):
        model.update(state, node)
    return state


def _surroundings(model: SignalModel, state: State, chosen: Sequence[int]) -> list[int]:
    """The signals chosen, then those that their platoons reach, the nearest first."""
    reached = dict.fromkeys(chosen)
    for _ in range(REACH):
        further = [n for node in reached for n, _ in model.fed[node] if state.cycle_s[n] > 1]
        reached.update(dict.fromkeys(further))
    return list(reached)


def _delay_s(
    model: SignalModel, settled: State, chosen: Sequence[int], around: Sequence[int], pair: Sequence[float]
) -> Seconds:
    """Mean delay [s/veh] with some offsets; the settled state stays as it is."""
    state = replace(
        settled,
        offset_s=list(settled.offset_s),
        arrivals=settled.arrivals.copy(),
        departures=settled.departures.copy(),
        delay=settled.delay.copy(),
        lanes=settled.lanes.copy(),
        rows=list(settled.rows),
    )
    for node, offset_s in zip(chosen, pair, strict=True):
        state.offset_s[node] = float(offset_s)
    for _ in range(ROUNDS):
        for node in around:
            model.update(state, node)
    for node in around:
        model.run(state, node)
    return model.mean_delay_s(state)
