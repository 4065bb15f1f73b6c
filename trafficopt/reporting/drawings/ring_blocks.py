"""A timing as two rings of NEMA phases between barriers: which phase runs when, and for how long."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from trafficopt.errors import InputError
from trafficopt.intersection import Intersection, Turn, User
from trafficopt.plan import SignalTiming
from trafficopt.reporting.drawings.signal_names import joined, name_of
from trafficopt.reporting.words.wording import compact
from trafficopt.stage import GREEN, YELLOW, Interval
from trafficopt.staging.nema import SIDES, TURN_BESIDE, DualRing, dual_ring
from trafficopt.units import Seconds

RINGS = tuple(tuple(phase for side in SIDES for phase in side[ring]) for ring in (0, 1))
SIDE_OF = {phase: k for k, side in enumerate(SIDES) for pair in side for phase in pair}
REST = 0
"""In place of a phase: all phases of the ring are red, or it has none on this side of the barrier."""

NO_RINGS = "its approaches do not face each other as those of two roads do: it has no NEMA phases"
NOTHING_RUNS = "stage {stage} serves no phase"
TWO_SIDES = "stage {stage} serves phases {one} and {other}, which a barrier parts"
TWICE = "phase {phase} runs more than once in a cycle"
SIDE_TWICE = "the cycle goes over the barriers more than twice"
RING = "Ring {ring}"
GIVES_WAY = " (gives way in phase {phase})"
REMEDY = "draw the timing's stages or its signal timing diagram"


@dataclass(frozen=True, slots=True)
class RingBlock:
    """One phase with the yellow and red that end it.

    Attributes
    ----------
    phase
        Its number, or `REST`.
    start_s
        From the left edge of the diagram.
    green_s, yellow_s, red_s
        What the phase's main movement shows; of a rest it is all red.
    """

    phase: int
    start_s: Seconds
    green_s: Seconds
    yellow_s: Seconds
    red_s: Seconds

    @property
    def split_s(self) -> Seconds:
        """Green, yellow and red together."""
        return self.green_s + self.yellow_s + self.red_s


@dataclass(frozen=True, slots=True)
class RingTiming:
    """Two rings over one cycle.

    Attributes
    ----------
    rings
        Blocks of ring 1 and of ring 2; those of each add up to the cycle.
    barriers_s
        When both rings change to the other road, from the left edge of the diagram; none where one road
        alone is served.
    begin_s
        Left edge of the diagram, from the first stage's green: the begin of the road that it serves.
    phases
        Movements of each phase that the intersection has, for which see `trafficopt.staging.nema`.
    """

    rings: tuple[tuple[RingBlock, ...], tuple[RingBlock, ...]]
    barriers_s: tuple[Seconds, ...]
    begin_s: Seconds
    phases: DualRing


def ring_timing(intersection: Intersection, timing: SignalTiming) -> RingTiming:
    """Write a timing as two rings.

    A phase runs in the stages in which its through movement, or its turn, is green. A turn that gives way
    beside the through movement opposite runs with it and has no phase of its own then.

    Raises
    ------
    InputError
        If the intersection has no NEMA phases, or the timing's stages do not follow each other as those of
        two rings do.
    """
    ring = dual_ring(intersection)
    if ring is None:
        raise InputError(intersection.id, NO_RINGS, REMEDY)
    main = _main_heads(intersection, timing, ring)
    running = [
        (_running(stage.state, RINGS[0], main), _running(stage.state, RINGS[1], main))
        for stage in timing.stages
    ]
    faults = list(dict.fromkeys(_faults(running)))
    if faults:
        raise InputError(intersection.id, faults, REMEDY)
    sides = [SIDE_OF[max(pair)] for pair in running]
    # The road that the first stage belongs to may begin before it.
    first = next((k for k in range(0, -len(sides), -1) if sides[k] != sides[k - 1]), 0) % len(sides)
    rows = [
        (Interval(stage.state, green_s), *stage.intergreen)
        for stage, green_s in zip(timing.stages, timing.greens_s, strict=True)
    ]
    lengths_s = [sum(row.duration_s for row in each) for each in rows]
    starts_s = [round(t, 6) for t in accumulate((*lengths_s[first:], *lengths_s[:first]), initial=0.0)]
    turned = sides[first:] + sides[:first]
    changes_s = [starts_s[k] for k in range(len(turned)) if turned[k] != turned[k - 1]]
    one, other = (_blocks([pair[ring_at] for pair in running], rows, first, main) for ring_at in (0, 1))
    return RingTiming(
        rings=(one, other),
        barriers_s=(*changes_s, starts_s[-1]) if changes_s else (),
        begin_s=round(sum(lengths_s[:first]), 6),
        phases=ring,
    )


def _faults(running: Sequence[tuple[int, int]]) -> Iterator[str]:
    """What keeps the stages from being those of two rings."""
    for stage, pair in enumerate(running, start=1):
        sides = {SIDE_OF[phase] for phase in pair if phase}
        if not sides:
            yield NOTHING_RUNS.format(stage=stage)
        elif len(sides) > 1:
            yield TWO_SIDES.format(stage=stage, one=pair[0], other=pair[1])
    for ring in (0, 1):
        for phase in RINGS[ring]:
            if _n_runs([pair[ring] == phase for pair in running]) > 1:
                yield TWICE.format(phase=phase)
    if _n_runs([SIDE_OF.get(max(pair)) == 0 for pair in running]) > 1:
        yield SIDE_TWICE


def _n_runs(holds: Sequence[bool]) -> int:
    """How often something begins to hold in a cycle."""
    return sum(now and not before for now, before in zip(holds, [holds[-1], *holds], strict=False))


def _main_heads(
    intersection: Intersection, timing: SignalTiming, ring: DualRing
) -> Mapping[int, tuple[int, ...]]:
    """Heads by which it is told that a phase runs: of its through movement, else of what meets most others.

    What is green all the time (free right turns) tells nothing.
    """
    always = {
        k for k in range(intersection.n_heads) if all(row.state[k] in GREEN for row in timing.intervals)
    }
    heads = {
        k: f"{head.from_link}->{head.to_link}"
        for k, head in enumerate(intersection.heads)
        if head.user is User.VEHICLES and k not in always
    }
    n_met = intersection.opposed.sum(axis=1)
    main = {}
    for phase in ring.present:
        own = [k for k, movement in heads.items() if movement in ring.movements(phase)]
        through = [k for k in own if intersection.heads[k].turn is Turn.THROUGH]
        met = [k for k in own if n_met[k] == max(n_met[own])] if own else []
        main[phase] = tuple(through or met)
    return main


def _running(state: str, phases: Sequence[int], main: Mapping[int, Sequence[int]]) -> int:
    """The phase of a ring that a stage serves: one that need not give way, the through one if both may."""

    def strength(phase: int) -> tuple[int, bool]:
        letters = {state[k] for k in main.get(phase, ())}
        return 2 if "G" in letters else 1 if "g" in letters else 0, phase in TURN_BESIDE

    best = max(phases, key=strength)
    return best if strength(best)[0] else REST


def _blocks(
    running: Sequence[int],
    rows: Sequence[Sequence[Interval]],
    first: int,
    main: Mapping[int, Sequence[int]],
) -> tuple[RingBlock, ...]:
    """Blocks of one ring from a stage on; stages in which the same phase runs are one."""
    blocks: list[RingBlock] = []
    start_s = 0.0
    for k in ((first + step) % len(running) for step in range(len(running))):
        shown_s = {"green": 0.0, "yellow": 0.0, "red": 0.0}
        for row in rows[k]:
            letters = {row.state[head] for head in main.get(running[k], ())}
            color = "green" if letters & set(GREEN) else "yellow" if letters & set(YELLOW) else "red"
            shown_s[color] += row.duration_s
        block = RingBlock(running[k], start_s, shown_s["green"], shown_s["yellow"], shown_s["red"])
        if blocks and blocks[-1].phase == running[k]:
            block = _together(blocks.pop(), block)
        blocks.append(block)
        start_s = round(block.start_s + block.split_s, 6)
    return tuple(blocks)


def _together(one: RingBlock, next_one: RingBlock) -> RingBlock:
    """A phase that goes on in the next stage."""
    return RingBlock(
        one.phase,
        one.start_s,
        one.green_s + next_one.green_s,
        one.yellow_s + next_one.yellow_s,
        one.red_s + next_one.red_s,
    )


def change_times_s(found: RingTiming) -> list[Seconds]:
    """When a phase begins in some ring, and the end of the cycle, from the left edge of the diagram."""
    begins = {block.start_s for ring in found.rings for block in ring}
    last = found.rings[0][-1]
    return sorted({*begins, round(last.start_s + last.split_s, 6)})


def clock_text(found: RingTiming, at_s: Seconds) -> str:
    """Write a time of the diagram as time from the first stage's green."""
    last = found.rings[0][-1]
    cycle_s = last.start_s + last.split_s
    since_s = round(found.begin_s + at_s, 6)
    return compact(since_s if since_s <= cycle_s else round(since_s - cycle_s, 6))


def phase_names(intersection: Intersection, found: RingTiming, names: Mapping[str, str] | None) -> list[str]:
    """Name the movements of each phase after its number; of one without a block, when it gives way."""
    by_movement = {
        f"{head.from_link}->{head.to_link}": (names or {}).get(head.id) or name_of(head)
        for head in intersection.heads
        if head.user is User.VEHICLES
    }
    runs = {block.phase for ring in found.rings for block in ring}
    beside = {turn: through for through, turn in TURN_BESIDE.items()}
    told = []
    for phase in found.phases.present:
        name = joined([by_movement[movement] for movement in found.phases.movements(phase)])
        late = "" if phase in runs else GIVES_WAY.format(phase=beside.get(phase, phase))
        told.append(f"{phase}: {name}{late}")
    return told
