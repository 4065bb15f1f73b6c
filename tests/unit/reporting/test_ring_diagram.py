"""Ring-and-barrier diagrams, read back from what was drawn."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.collections import PolyCollection

from tests.unit.reporting.drawn_junctions import crossroads, main_street, numbers_of, retimed, seconds_of
from trafficopt.errors import InputError
from trafficopt.intersection import Intersection, Turn
from trafficopt.plan import SignalTiming
from trafficopt.reporting.drawings.ring_blocks import REST, RingTiming, clock_text, ring_timing
from trafficopt.reporting.drawings.ring_diagram import plot_rings
from trafficopt.reporting.drawings.ring_svg import rings_svg
from trafficopt.reporting.drawings.signal_names import head_names
from trafficopt.stage import GREEN, Interval, Stage

SIGNALS = ("M1", "M2", "M3", "M4", "M5")
CASES = [(name, seed) for name in SIGNALS for seed in range(3)]


def case(name: str, seed: int) -> tuple[Intersection, SignalTiming]:
    _, node, timing = main_street()[name]
    return node, retimed(timing, seed)


def turned(timing: SignalTiming, n: int) -> SignalTiming:
    """The same cycle, told from another stage on."""
    stages, greens = timing.stages, timing.greens_s
    return replace(timing, stages=stages[n:] + stages[:n], greens_s=greens[n:] + greens[:n])


def through_heads(node: Intersection, found: RingTiming, phase: int) -> list[int]:
    movements = found.phases.movements(phase)
    own = [k for k, head in enumerate(node.heads) if head.id in movements]
    through = [k for k in own if node.heads[k].turn is Turn.THROUGH]
    return through or own


@pytest.mark.parametrize(("name", "seed"), CASES)
def test_each_ring_fills_the_cycle(name: str, seed: int) -> None:
    node, timing = case(name, seed)
    for blocks in ring_timing(node, timing).rings:
        assert sum(block.split_s for block in blocks) == pytest.approx(timing.cycle_s)
        ends = [block.start_s + block.split_s for block in blocks]
        assert [block.start_s for block in blocks] == pytest.approx([0.0, *ends[:-1]])


@pytest.mark.parametrize(("name", "seed"), CASES)
def test_phases_are_green_as_long_as_their_movements(name: str, seed: int) -> None:
    node, timing = case(name, seed)
    found = ring_timing(node, timing)
    for block in (block for ring in found.rings for block in ring if block.phase != REST):
        if block.phase % 2 == 0:
            greens = {seconds_of(timing, head, GREEN) for head in through_heads(node, found, block.phase)}
        else:
            greens = {seconds_of(timing, head, "G") for head in through_heads(node, found, block.phase)}
        assert block.green_s == pytest.approx(max(greens))


@pytest.mark.parametrize(("name", "seed"), CASES)
def test_both_rings_change_roads_at_the_barriers(name: str, seed: int) -> None:
    node, timing = case(name, seed)
    found = ring_timing(node, timing)
    assert found.barriers_s[0] == 0.0 and found.barriers_s[-1] == pytest.approx(timing.cycle_s)
    for at_s in found.barriers_s[:-1]:
        for ring in found.rings:
            assert any(block.start_s == at_s for block in ring)
    for ring in found.rings:
        roads = [{1: 0, 2: 0, 5: 0, 6: 0}.get(block.phase, 1) for block in ring if block.phase != REST]
        assert roads == sorted(roads, reverse=roads[0] == 1)


def test_the_main_street_has_leading_through_phases() -> None:
    node, timing = case("M1", 0)
    found = ring_timing(node, timing)
    assert [[block.phase for block in ring] for ring in found.rings] == [[2, 1, 4, 3], [6, 5, 8, 7]]
    tee = ring_timing(*case("M3", 0))
    assert [[block.phase for block in ring] for ring in tee.rings] == [[2, 4], [6, 5, REST]]


@pytest.mark.parametrize("n", [1, 2, 3])
def test_rings_begin_at_a_barrier_whatever_the_first_stage(n: int) -> None:
    node, timing = case("M1", 1)
    plain, other = ring_timing(node, timing), ring_timing(node, turned(timing, n))
    splits = [{b.phase: b.split_s for ring in each.rings for b in ring} for each in (plain, other)]
    assert splits[0] == pytest.approx(splits[1])
    first = other.rings[0][0]
    assert first.start_s == 0.0 and first.phase in (2, 4)
    state = turned(timing, n).state_at(timing.offset_s + other.begin_s)
    assert all(state[head] == "G" for head in through_heads(node, other, first.phase))
    assert (timing.cycle_s - other.begin_s) % timing.cycle_s < other.barriers_s[1]
    assert clock_text(other, 0.0) == f"{other.begin_s:g}"


def test_a_turn_that_only_gives_way_has_no_block_and_is_told_where_it_goes() -> None:
    network, node, timing = crossroads()
    found = ring_timing(node, timing)
    assert [[block.phase for block in ring] for ring in found.rings] == [[2, 4], [6, 8]]
    svg = str(rings_svg(node, timing, key="k", names=head_names(network, node)))
    assert "5: left turn, U-turn from the west (gives way in phase 2)" in svg
    assert "2: straight on, right turn from the west" in svg


def walk_alone(timing: SignalTiming) -> SignalTiming:
    """With a stage in which nobody drives."""
    stage = Stage("r" * 16 + "GGGG", (Interval("r" * 20, 5.0),))
    return SignalTiming((*timing.stages, stage), (*timing.greens_s, 10.0), timing.cycle_s + 15.0, 0.0)


def test_what_is_not_two_rings_is_refused_with_the_reason() -> None:
    _, node, timing = crossroads()
    with pytest.raises(InputError, match="stage 3 serves no phase"):
        plot_rings(node, walk_alone(timing))
    assert rings_svg(node, walk_alone(timing), key="k") is None
    main, field = case("M1", 0)
    twice = SignalTiming(field.stages * 2, field.greens_s * 2, 2 * field.cycle_s, 0.0)
    with pytest.raises(InputError, match="phase 2 runs more than once"):
        ring_timing(main, twice)
    # Straight on from the west with straight on from the north.
    across = replace(timing.stages[0], state="rGrrrrrrrrrrrGrrrrrr")
    with pytest.raises(InputError, match="stage 1 serves phases 2 and 8, which a barrier parts") as fault:
        ring_timing(node, SignalTiming((across, timing.stages[1]), (20.0, 20.0), 50.0, 0.0))
    assert "Remedy" in str(fault.value)


def test_an_intersection_without_facing_roads_has_no_rings() -> None:
    _, node, timing = crossroads()
    heads = tuple(
        head if head.from_link == "wc" else replace(head, id="", from_link="", to_link="")
        for head in node.heads
    )
    alone = replace(node, heads=heads)
    with pytest.raises(InputError, match="no NEMA phases"):
        ring_timing(alone, timing)


@pytest.mark.parametrize(("name", "seed"), CASES)
def test_boxes_on_the_page_are_as_long_as_the_splits(name: str, seed: int) -> None:
    node, timing = case(name, seed)
    found = ring_timing(node, timing)
    svg = ET.fromstring(rings_svg(node, timing, key="k") or "")
    boxes = [(float(r.get("x") or 0), float(r.get("width") or 0), r.get("y")) for r in svg.iter("rect")]
    blocks = [block for ring in found.rings for block in ring]
    assert len(boxes) == len(blocks)
    left = min(x for x, _, _ in boxes)
    for ring, y in enumerate(sorted({y for _, _, y in boxes}, key=lambda y: float(y or 0))):
        widths = [width for _, width, at in boxes if at == y]
        per_s = sum(widths) / timing.cycle_s
        assert len(widths) == len(found.rings[ring])
        assert per_s == pytest.approx(420.0 / timing.cycle_s, rel=1e-3)
    for (x, width, _), block in zip(boxes, blocks, strict=True):
        assert (x - left) / per_s == pytest.approx(block.start_s, abs=0.1 / per_s)
        assert width / per_s == pytest.approx(block.split_s, abs=0.1 / per_s)
    barriers = next(path for path in svg.iter("path") if path.get("data-shown") == "barriers")
    xs = np.array(numbers_of(barriers.get("d") or "")).reshape(-1, 3)[:, 0].reshape(-1, 2).mean(axis=1)
    assert (xs - left) / per_s == pytest.approx(np.array(found.barriers_s), abs=0.1 / per_s)
    assert len(str(rings_svg(node, timing, key="k")).encode()) < 5000


@pytest.mark.parametrize(("name", "seed"), CASES)
def test_blocks_on_axes_are_as_long_as_the_splits(name: str, seed: int) -> None:
    node, timing = case(name, seed)
    found = ring_timing(node, timing)
    ax = plot_rings(node, timing)
    for block in (block for ring in found.rings for block in ring):
        (drawn,) = (c for c in ax.collections if c.get_gid() == f"phase-{block.phase}")
        assert isinstance(drawn, PolyCollection)
        x = np.asarray(drawn.get_paths()[0].vertices)[:, 0]
        assert (x.min(), np.ptp(x)) == pytest.approx((block.start_s, block.split_s))
        parts = [c for c in ax.collections if c.get_gid() == f"strip-{block.phase}"]
        found_x = [np.asarray(c.get_paths()[0].vertices)[:, 0] for c in parts]
        lasts = [] if block.phase == REST else [block.green_s, block.yellow_s, block.red_s]
        assert [np.ptp(x) for x in found_x] == pytest.approx(lasts)
        starts = [block.start_s + sum(lasts[:k]) for k in range(len(lasts))]
        assert [x.min() for x in found_x] == pytest.approx(starts)
    texts = [text.get_text() for text in ax.texts]
    for block in (block for ring in found.rings for block in ring if block.phase != REST):
        assert str(block.phase) in texts and f"{block.split_s:g} s" in texts
