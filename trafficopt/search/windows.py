"""Refinement of a large plan: changes are tried at one signal in a window, full runs confirm them."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

import networkx as nx
import numpy as np

from trafficopt.model.queues.queue_model import QueueModel
from trafficopt.objective import DELAY, Objective, n_crossings
from trafficopt.plan import SignalTiming, TimingPlan
from trafficopt.problem import Problem
from trafficopt.search.anneal import Found, Model, Stop, anneal
from trafficopt.search.moves import Changes, Moves
from trafficopt.search.sampled import SampledModel, SampledWindow

MOVES = 40  # that are tried at a signal between two full runs
SEEDS = 100_003  # of random numbers that belong to one seed


def refine(
    model: QueueModel | SampledModel,
    zones: Sequence[Moves],
    start: TimingPlan,
    *,
    seed: int,
    evaluations: int,
    stop: Stop,
    jobs: int | None = None,
    objective: Objective = DELAY,
) -> Iterator[Found]:
    """Improve a plan signal by signal, and the cycles of zones between; tell the best after each step.

    A full run records who comes where. Then signals that are no neighbors are changed at the same time, each
    in a window: the signal with those downstream of it, fed with what was recorded. A window sees neither
    spillback from beyond nor what a change brings to others farther on, so a full run confirms the changes
    together, or the half of them that promises most, and so on. After all signals each zone tries another
    cycle, by a full run.

    Parameters
    ----------
    model
        Of one demand, or of several: then windows and full runs are those of every demand.
    zones
        Moves of each coordination zone.
    evaluations
        Plans to try in windows.
    stop
        Asked before each round: whether to end now.
    jobs
        Windows at a time; it never changes the plan.
    objective
        What is made small.
    """
    state: Any = model.blank_state()
    best = Found(start, model.cost_s(start, state, objective))
    down = downstream(model.problem)
    rounds = _rounds(zones, down)
    turn = 0
    with ThreadPoolExecutor(max_workers=jobs or os.cpu_count() or 1) as pool:
        while rounds and evaluations > 0:
            for signals in rounds:
                evaluations -= MOVES * len(signals)
                if evaluations < 0 or stop():
                    return
                turn += 1
                offers = _offers(model, objective, zones, best.plan, signals, down, SEEDS * seed + turn, pool)
                best = _confirmed(model, objective, best, offers, state)
                yield best
            for moves in zones:
                if stop():
                    return
                turn += 1
                chance = random.Random(SEEDS * seed + turn)
                best = _with_other_cycle(model, objective, moves, best, chance, state)
            yield best


def downstream(problem: Problem) -> dict[str, tuple[str, ...]]:
    """Ids of the signals that vehicles meet next behind each signal, by its id."""
    nodes, owner = problem.network.intersections, problem.intersection_of
    pairs = {
        (int(a), int(b))
        for a, b in zip(owner[problem.platoons.upstream], owner[problem.platoons.downstream], strict=True)
        if a != b
    }
    found: dict[str, tuple[str, ...]] = {node.id: () for node in nodes}
    for a, b in sorted(pairs):
        found[nodes[a].id] += (nodes[b].id,)
    return found


def _rounds(zones: Sequence[Moves], down: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Signals that are changed at the same time: no two of them are neighbors."""
    graph: nx.Graph[str] = nx.Graph()
    graph.add_nodes_from(key for moves in zones for key in moves.menus)
    graph.add_edges_from((key, other) for key in graph for other in down[key] if other in graph)
    colors = nx.greedy_color(graph)
    return [[key for key in graph if colors[key] == color] for color in sorted(set(colors.values()))]


@dataclass(frozen=True, slots=True)
class _Offer:
    """A timing that does better in its window: by vehicle seconds, which only windows of one round share."""

    signal: str
    timing: SignalTiming = field(repr=False)
    gain_veh_s: float


def _offers(
    model: QueueModel | SampledModel,
    objective: Objective,
    zones: Sequence[Moves],
    plan: TimingPlan,
    signals: Sequence[str],
    down: Mapping[str, Sequence[str]],
    seed: int,
    pool: ThreadPoolExecutor,
) -> list[_Offer]:
    """What a window of each signal has found, best first."""
    zone_of = {key: moves for moves in zones for key in moves.menus}
    open_window = _windows(model, objective, plan)
    found: list[Future[_Offer | None]] = []
    for number, key in enumerate(signals):
        window = open_window({key, *down[key]})
        zone = zone_of[key]
        cycle = max(plan[other].cycle_s for other in zone.menus)
        moves = Moves({key: zone.menus[key]}, zone.limits, cycle if len(zone.menus) > 1 else None)
        found.append(pool.submit(_offer, window, moves, plan, SEEDS * seed + number))
    offers = [offer for future in found if (offer := future.result()) is not None]
    return sorted(offers, key=lambda offer: -offer.gain_veh_s)


@dataclass(frozen=True, slots=True)
class _Window:
    """The surroundings of some signals, with what is made small there, and by how many vehicles it counts."""

    model: Model
    objective: Objective
    vehicles: float


def _windows(
    model: QueueModel | SampledModel, objective: Objective, plan: TimingPlan
) -> Callable[[set[str]], _Window]:
    """Record who comes where under `plan`: what gives windows around signals."""
    if isinstance(model, SampledModel):
        return _sampled_windows(model, objective, plan)
    recording = model.record(plan)

    def open_window(signals: set[str]) -> _Window:
        window = model.window(signals, recording)
        own = windowed(objective, model, window, plan)
        return _Window(window, own, max(len(window.fleet.vehicles), 1))

    return open_window


def _sampled_windows(
    model: SampledModel, objective: Objective, plan: TimingPlan
) -> Callable[[set[str]], _Window]:
    """The same under several demands; a gain there is one of all vehicles of the network already."""
    recordings = model.record(plan)
    costs_s = model.costs_s(plan, model.blank_state(), objective)

    def open_window(signals: set[str]) -> _Window:
        pairs = zip(model.models, recordings, strict=True)
        windows = [whole.window(signals, recording) for whole, recording in pairs]
        own = [
            windowed(objective, whole, window, plan)
            for whole, window in zip(model.models, windows, strict=True)
        ]
        return _Window(SampledWindow(model, windows, own, plan, costs_s), objective, 1.0)

    return open_window


def windowed(objective: Objective, model: QueueModel, window: QueueModel, plan: TimingPlan) -> Objective:
    """The objective of one window, whose value is a mean over the vehicles there.

    Times their number, a change of it is what the change brings to all vehicles of the network [veh*s]: a
    window has few of them, and its own crossings alone. Vehicles come when they came in the recorded run,
    so the wait to enter the network is not seen; who waits in a window waits at its bounds.

    Parameters
    ----------
    model, window
        Of the network, and of a part of it.
    """
    vehicles = len(model.fleet.vehicles) / max(len(window.fleet.vehicles), 1)
    crossings = n_crossings(window.crossings, plan) / max(n_crossings(model.crossings, plan), 1)
    return replace(objective, overflow=0.0, walk=objective.walk * vehicles * crossings)


def _offer(window: _Window, moves: Moves, plan: TimingPlan, seed: int) -> _Offer | None:
    """The best timing of one signal in its window; None if that is the present one."""
    (key,) = moves.menus
    model, objective = window.model, window.objective
    now = model.cost_s(plan, model.blank_state(), objective)
    best = anneal(
        [model], (moves,), plan, seed=seed, evaluations=MOVES, stop=lambda: False, objective=objective
    )[0]
    gain = (now - best.cost_s) * window.vehicles
    return _Offer(key, best.plan[key], gain) if gain > 0.0 else None


def _confirmed(
    model: Model, objective: Objective, best: Found, offers: Sequence[_Offer], state: Any
) -> Found:
    """The plan with as many offers as a full run confirms: all, or the better half, and so on."""
    while offers:
        changes = {offer.signal: offer.timing for offer in offers}
        better = _if_better(model, objective, best, changes, state)
        if better is not best:
            return better
        offers = offers[: len(offers) // 2]
    return best


def _with_other_cycle(
    model: Model,
    objective: Objective,
    moves: Moves,
    best: Found,
    chance: random.Random,
    state: Any,
) -> Found:
    """The plan with another cycle in one zone if a full run says that it is better."""
    changes = moves.other_cycle(best.plan.timings, chance)
    safe = all(moves.menus[key].is_safe(timing) for key, timing in changes.items())
    return _if_better(model, objective, best, changes, state) if changes and safe else best


def _if_better(model: Model, objective: Objective, best: Found, changes: Changes, state: Any) -> Found:
    plan = TimingPlan("refined", {**best.plan.timings, **changes})
    cost = model.cost_s(plan, state, objective, best.cost_s)
    return Found(plan, cost) if np.isfinite(cost) and cost < best.cost_s else best
