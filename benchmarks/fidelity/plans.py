"""Legal plans at random: timings of the field stages, new sequences, and small changes of good plans."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from trafficopt.errors import UnsafePlanError
from trafficopt.intersection import Intersection
from trafficopt.plan import SignalTiming, TimingPlan
from trafficopt.rules.check import check_rows
from trafficopt.rules.findings import errors, waive
from trafficopt.scenario import Scenario
from trafficopt.signals.conforming import conforming
from trafficopt.signals.gate import require_safe
from trafficopt.signals.transitions import stages_in_order
from trafficopt.stage import Stage
from trafficopt.staging.sequences import candidate_sequences

CYCLES_S = (50, 120)
REDESIGNED_CYCLES_S = (30, 120)
EVENNESS = 1.5  # of the Dirichlet distribution that shares free green among stages
MOST_CHANGED = 3  # signals in which neighbors differ
NEW_CYCLE = 0.2  # share of neighbors whose cycle changes
MOST_TRIES = 200
PARENTS, ROUNDS = 4, 2


@dataclass(frozen=True, slots=True)
class Drawer:
    """Draws plans for a scenario; plan k of a kind is the same however many are drawn.

    Attributes
    ----------
    legal
        The scenario with a conforming field plan; what it retimes is drawn.
    base
        Decides the seeds.
    sequences
        Candidate sequences by retimed signal.
    """

    legal: Scenario
    base: str
    sequences: dict[str, tuple[tuple[str, ...], ...]]

    def rng(self, kind: str, number: int) -> np.random.Generator:
        """Generator of one plan."""
        return np.random.default_rng([*f"{self.base}/{kind}".encode(), number])

    @property
    def nodes(self) -> list[Intersection]:
        """Signals that are retimed."""
        return [node for node in self.legal.network.intersections if node.id in self.legal.retime]

    def is_safe(self, node: Intersection, timing: SignalTiming) -> bool:
        """Whether a timing breaks no rule at its signal."""
        return not errors(waive(check_rows(node, timing.intervals, timing.cycle_s), self.legal.waivers))


def drawer_of(scenario: Scenario, base: str) -> Drawer:
    """Prepare to draw plans for a scenario."""
    legal = conforming(scenario)
    sequences = {
        node.id: tuple(sequence.states for sequence in candidate_sequences(node))
        for node in legal.network.intersections
        if node.id in legal.retime
    }
    return Drawer(legal, base, sequences)


def random_plans(drawer: Drawer, n: int = 40) -> list[TimingPlan]:
    """Plans with the field stages: a random common cycle, splits and offsets."""
    return [_random_plan(drawer, number) for number in range(n)]


def _random_plan(drawer: Drawer, number: int) -> TimingPlan:
    rng = drawer.rng("random", number)
    cycle = int(rng.integers(CYCLES_S[0], CYCLES_S[1] + 1))
    timings = dict(drawer.legal.field_plan.timings)
    for node in drawer.nodes:
        timings[node.id] = random_timing(node.stages, max(cycle, least_cycle_s(node.stages)), rng)
    return _checked(drawer, TimingPlan(f"random {number}", timings))


def redesigned_plans(drawer: Drawer, n: int = 40) -> list[TimingPlan]:
    """Plans with a random candidate sequence at each signal, a random cycle, splits and offsets."""
    return [_redesigned_plan(drawer, number) for number in range(n)]


def _redesigned_plan(drawer: Drawer, number: int) -> TimingPlan:
    rng = drawer.rng("redesigned", number)
    cycle = int(rng.integers(REDESIGNED_CYCLES_S[0], REDESIGNED_CYCLES_S[1] + 1))
    timings = dict(drawer.legal.field_plan.timings)
    for node in drawer.nodes:
        timings[node.id] = _redesigned(drawer, node, cycle, rng)
    return _checked(drawer, TimingPlan(f"redesigned {number}", timings))


def _redesigned(drawer: Drawer, node: Intersection, cycle_s: int, rng: np.random.Generator) -> SignalTiming:
    """A timing of a sequence that passes the rules; of the field stages where none is found."""
    known = drawer.sequences[node.id]
    for index in rng.permutation(len(known)):
        if len(known[index]) < 2:
            continue
        stages = stages_in_order(node, known[index])
        least = least_cycle_s(stages)
        cycle = cycle_s if least <= cycle_s else int(rng.choice([least, max(least, 2 * cycle_s)]))
        timing = random_timing(stages, cycle, rng)
        if drawer.is_safe(node, timing):
            return timing
    return random_timing(node.stages, max(cycle_s, least_cycle_s(node.stages)), rng)


def least_cycle_s(stages: Sequence[Stage]) -> int:
    """Least whole cycle [s] of stages."""
    return int(np.ceil(sum(stage.min_green_s + stage.intergreen_s for stage in stages) - 1e-9))


def random_timing(stages: Sequence[Stage], cycle_s: int, rng: np.random.Generator) -> SignalTiming:
    """A timing with a random offset and random shares of what least greens and intergreens leave."""
    least = np.array([stage.min_green_s for stage in stages])
    free = cycle_s - least.sum() - sum(stage.intergreen_s for stage in stages)
    extra = np.floor(rng.dirichlet(np.full(len(stages), EVENNESS)) * free)
    greens = least + extra
    greens[0] += free - extra.sum()
    rounded = tuple(round(float(green), 6) for green in greens)
    return SignalTiming(tuple(stages), rounded, float(cycle_s), float(rng.integers(0, cycle_s)))


def _checked(drawer: Drawer, plan: TimingPlan) -> TimingPlan:
    require_safe(drawer.legal, plan)
    return plan


def neighbors(
    drawer: Drawer, plans: Sequence[TimingPlan], rng: np.random.Generator, n: int
) -> list[TimingPlan]:
    """Small changes of plans, taken in turn: of one to three signals, or of the commonest cycle."""
    found: list[TimingPlan] = []
    for _ in range(MOST_TRIES * n):
        if len(found) == n:
            break
        parent = plans[len(found) % len(plans)]
        timings = _with_new_cycle(drawer, parent, rng) if rng.random() < NEW_CYCLE else {}
        if not timings:
            chosen = rng.permutation([node.id for node in drawer.nodes])[: rng.integers(1, MOST_CHANGED + 1)]
            timings = {str(key): _nudged(parent[str(key)], rng) for key in chosen}
        plan = TimingPlan(f"near {parent.name}", {**parent.timings, **timings})
        if all(parent[key] != timing for key, timing in timings.items()) and _passes(drawer, plan):
            found.append(plan)
    return found


def _passes(drawer: Drawer, plan: TimingPlan) -> bool:
    try:
        require_safe(drawer.legal, plan)
    except UnsafePlanError:
        return False
    return True


def _nudged(timing: SignalTiming, rng: np.random.Generator) -> SignalTiming:
    """Some green from one stage to another, or another offset."""
    if rng.random() < 0.5:
        step = int(rng.integers(1, 11)) * int(rng.choice([-1, 1]))
        return replace(timing, offset_s=(timing.offset_s + step) % timing.cycle_s)
    giver, taker = rng.permutation(len(timing.stages))[:2]
    greens = list(timing.greens_s)
    spare = int(greens[giver] - timing.stages[giver].min_green_s + 1e-9)
    step = min(int(rng.integers(1, 7)), spare)
    greens[giver] -= step
    greens[taker] += step
    return replace(timing, greens_s=tuple(greens))


def _with_new_cycle(drawer: Drawer, plan: TimingPlan, rng: np.random.Generator) -> dict[str, SignalTiming]:
    """Timings of all signals of the commonest cycle at one up to 5 s longer or shorter; none if too short."""
    counts = Counter(plan[node.id].cycle_s for node in drawer.nodes)
    old = counts.most_common(1)[0][0]
    new = old + int(rng.integers(1, 6)) * int(rng.choice([-1, 1]))
    changed = {node.id: plan[node.id] for node in drawer.nodes if plan[node.id].cycle_s == old}
    if any(new < least_cycle_s(timing.stages) for timing in changed.values()):
        return {}
    return {key: _rescaled(timing, new) for key, timing in changed.items()}


def _rescaled(timing: SignalTiming, cycle_s: float) -> SignalTiming:
    """The timing with free greens and offset in proportion to another cycle."""
    least = np.array([stage.min_green_s for stage in timing.stages])
    free = np.array(timing.greens_s) - least
    wanted = free.sum() + cycle_s - timing.cycle_s
    extra = np.floor(free * wanted / free.sum()) if free.sum() > 0 else np.zeros(len(least))
    greens = least + extra
    greens[int(np.argmax(free))] += wanted - extra.sum()
    offset = float(np.floor(timing.offset_s * cycle_s / timing.cycle_s)) % cycle_s
    return SignalTiming(timing.stages, tuple(round(float(g), 6) for g in greens), cycle_s, offset)


def good_plans(
    drawer: Drawer,
    drawn: Sequence[TimingPlan],
    delays_s: Callable[[Sequence[TimingPlan]], Sequence[float]],
    n: int,
) -> list[TimingPlan]:
    """Neighbors of the best plans, in two rounds; the second also builds on the first.

    Parameters
    ----------
    delays_s
        Gives the mean delay of each plan [s].
    """
    found: list[TimingPlan] = []
    for number in range(ROUNDS if n else 0):
        known = [*drawn, *found]
        best = [known[k] for k in np.argsort(delays_s(known), kind="stable")[:PARENTS]]
        more = neighbors(drawer, best, drawer.rng("good", number), n // ROUNDS)
        found += [replace(p, name=f"good {len(found) + k} {p.name}") for k, p in enumerate(more)]
    return found
