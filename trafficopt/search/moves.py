"""Small changes of a plan: what the search tries next."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from trafficopt.limits import Limits
from trafficopt.plan import SignalTiming
from trafficopt.search.menu import MOST_STAGES, SignalMenu, States
from trafficopt.stage import Stage
from trafficopt.units import Seconds

GREEN_STEPS_S = (1, 2, 3, 5, 8)
OFFSET_STEPS_S = (1, 2, 3, 5, 8)
CYCLE_STEPS_S = (1, 2, 5, 10)
# How often each kind of move is drawn; those of the second row need other stages than the field plan's.
TIMING_MOVES = {"green": 6, "offset": 6, "cycle": 1, "half cycle": 0.2}
STAGE_MOVES = {"sequence": 1.0, "drop": 0.6, "replace": 0.6, "insert": 0.6, "swap": 0.4}

Changes = Mapping[str, SignalTiming]


@dataclass(frozen=True, slots=True)
class Moves:
    """Random moves at the signals of one coordination zone, which run one cycle or half of it.

    Attributes
    ----------
    menus
        What may be shown at the signals that may change, by id.
    cycle_s
        Cycle of the zone if it must stay as it is.
    """

    menus: Mapping[str, SignalMenu]
    limits: Limits
    cycle_s: Seconds | None = None

    def draw(self, plan: Mapping[str, SignalTiming], chance: random.Random) -> Changes:
        """Timings that differ from `plan`; empty where the move that was drawn is impossible."""
        key = chance.choice(list(self.menus))
        kinds = dict(TIMING_MOVES)
        if self.cycle_s is not None:
            kinds["cycle"] = 0.0
        elif len(self.menus) == 1:
            kinds["offset"] = 1.0
            kinds["half cycle"] = 0.0
        if len(self.menus[key].sequences) > 1:
            kinds |= STAGE_MOVES
        kind = chance.choices(list(kinds), list(kinds.values()))[0]
        if kind == "cycle":
            return self.other_cycle(plan, chance)
        changed = self._at_one(kind, self.menus[key], plan, chance)
        return {} if changed is None or changed == plan[key] else {key: changed}

    def _at_one(
        self, kind: str, menu: SignalMenu, plan: Mapping[str, SignalTiming], chance: random.Random
    ) -> SignalTiming | None:
        timing = plan[menu.node.id]
        if kind == "green":
            return moved_green(timing, chance)
        if kind == "offset":
            return moved_offset(timing, chance)
        if kind == "half cycle":
            longest = self.cycle_s or max(plan[key].cycle_s for key in self.menus)
            cycle = longest if timing.cycle_s < longest else longest / 2
            if cycle < self.limits.min_cycle_s or not float(cycle).is_integer():
                return None
            return at_cycle(timing, cycle)
        found = changed_stages(kind, menu, timing, chance)
        if found is None or not menu.allows(found[0]):
            return None
        return fitted(menu.stages(found[0]), found[1], timing.cycle_s, timing.offset_s)

    def other_cycle(self, plan: Mapping[str, SignalTiming], chance: random.Random) -> Changes:
        """Another cycle for all signals; one with half of it keeps that share."""
        now = max(plan[key].cycle_s for key in self.menus)
        cycle = now + chance.choice((-1, 1)) * chance.choice(CYCLE_STEPS_S)
        if not self.limits.min_cycle_s <= cycle <= self.limits.max_cycle_s:
            return {}
        changes = {}
        for key in self.menus:
            share = round(now / plan[key].cycle_s)
            changed = at_cycle(plan[key], cycle / share) if (cycle / share).is_integer() else None
            if changed is None:
                return {}
            changes[key] = changed
        return changes


def moved_green(timing: SignalTiming, chance: random.Random) -> SignalTiming | None:
    """Green given from one stage to another."""
    if len(timing.stages) < 2:
        return None
    giver, taker = chance.sample(range(len(timing.stages)), 2)
    step = float(chance.choice(GREEN_STEPS_S))
    greens = list(timing.greens_s)
    greens[giver] -= step
    greens[taker] += step
    stages = timing.stages
    if greens[giver] < stages[giver].min_green_s - 1e-9 or greens[taker] > stages[taker].max_green_s + 1e-9:
        return None
    return SignalTiming(stages, tuple(greens), timing.cycle_s, timing.offset_s)


def moved_offset(timing: SignalTiming, chance: random.Random) -> SignalTiming:
    """Another offset: near the present one, or anywhere in the cycle."""
    if chance.random() < 0.3:
        offset = float(chance.randrange(math.floor(timing.cycle_s)))
    else:
        offset = timing.offset_s + chance.choice((-1, 1)) * chance.choice(OFFSET_STEPS_S)
    return SignalTiming(timing.stages, timing.greens_s, timing.cycle_s, offset % timing.cycle_s)


def at_cycle(timing: SignalTiming, cycle_s: Seconds) -> SignalTiming | None:
    """The same timing at another cycle, greens and offset in proportion."""
    scale = cycle_s / timing.cycle_s
    return fitted(timing.stages, [g * scale for g in timing.greens_s], cycle_s, timing.offset_s * scale)


def changed_stages(
    kind: str, menu: SignalMenu, timing: SignalTiming, chance: random.Random
) -> tuple[States, list[Seconds]] | None:
    """Other stages and the greens wanted for them."""
    states = [stage.state for stage in timing.stages]
    greens = list(timing.greens_s)
    n, total = len(states), sum(timing.greens_s)
    at = chance.randrange(n)
    if kind == "sequence":
        new = chance.choice(menu.sequences)
        usual = total / len(new)
        of = dict(zip(states, greens, strict=True))
        return new, [of.get(state, usual) * chance.uniform(0.7, 1.4) for state in new]
    if kind == "drop":
        taker = (at + chance.choice((-1, 1))) % n
        greens[taker] += greens[at]
        del states[at], greens[at]
    elif kind == "replace":
        states[at] = chance.choice(menu.states)
    elif kind == "insert" and n < MOST_STAGES:
        part = greens[at] * chance.uniform(0.2, 0.5)
        greens[at] -= part
        states.insert(at + 1, chance.choice(menu.states))
        greens.insert(at + 1, part)
    elif kind == "swap" and n > 2:
        other = (at + chance.randrange(1, n)) % n
        states[at], states[other] = states[other], states[at]
        greens[at], greens[other] = greens[other], greens[at]
    else:
        return None
    return tuple(states), greens


def fitted(
    stages: Sequence[Stage], wanted_s: Sequence[Seconds], cycle_s: Seconds, offset_s: Seconds
) -> SignalTiming | None:
    """Whole greens near `wanted_s`, within the stages' bounds, that fill the cycle exactly.

    A fraction that the intergreens leave goes to the first stage that may take it. None where the cycle is
    too short for the least greens, or too long for the longest.
    """
    lower = [stage.min_green_s for stage in stages]
    upper = [stage.max_green_s for stage in stages]
    total = round(cycle_s - math.fsum(stage.intergreen_s for stage in stages), 6)
    if sum(lower) > total + 1e-9 or sum(upper) < total - 1e-9:
        return None
    scale = total / max(sum(wanted_s), 1e-9)
    greens = [
        max(float(math.ceil(low - 1e-9)), float(round(want * scale)))
        for low, want in zip(lower, wanted_s, strict=True)
    ]
    greens = [min(green, high) for green, high in zip(greens, upper, strict=True)]
    for _ in range(10_000):
        left = round(total - math.fsum(greens), 6)
        if abs(left) < 1e-9:
            return SignalTiming(tuple(stages), tuple(greens), float(cycle_s), round(offset_s) % cycle_s)
        step = math.copysign(min(1.0, abs(left)), left)
        room = [k for k, g in enumerate(greens) if lower[k] - 1e-9 <= g + step <= upper[k] + 1e-9]
        if not room:
            return None
        k = max(room, key=lambda k: step * (wanted_s[k] * scale - greens[k]))
        greens[k] = round(greens[k] + step, 6)
    return None
