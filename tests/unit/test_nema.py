"""The NEMA view of junctions laid out on a circle: legs 0 to 3 are south, east, north and west."""

from __future__ import annotations

import dataclasses
import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from trafficopt.intersection import Intersection, User
from trafficopt.staging.nema import DualRing, TurnOrder, dual_ring, ring_stages
from trafficopt.staging.stages import greens_of, is_compatible


def from_test_stages(name: str) -> Any:
    """What the tests of stages build their junctions with."""
    spec = importlib.util.spec_from_file_location("stages_tests", Path(__file__).with_name("test_stages.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, name)


junction: Callable[..., Intersection] = from_test_stages("junction")


def with_speed(node: Intersection, speeds: dict[str, float]) -> Intersection:
    """The junction with the speeds [m/s] of some approaches."""
    heads = (dataclasses.replace(h, speed_m_s=speeds.get(h.from_link, h.speed_m_s)) for h in node.heads)
    return dataclasses.replace(node, heads=tuple(heads))


def ring_of(node: Intersection) -> DualRing:
    ring = dual_ring(node)
    assert ring is not None
    return ring


def test_phases_have_the_numbers_of_nema() -> None:
    assert ring_of(junction()).phases == (
        ("in2->out1",),  # 1: left of the approach of 6
        ("in0->out2", "in0->out1"),  # 2: main through, with its right turn
        ("in3->out2",),  # 3: left of the approach of 8
        ("in1->out3", "in1->out2"),  # 4
        ("in0->out3",),  # 5: left of the approach of 2
        ("in2->out0", "in2->out3"),  # 6: opposite to 2
        ("in1->out0",),  # 7: left of the approach of 4
        ("in3->out1", "in3->out0"),  # 8
    )


def test_the_faster_road_is_the_main_one() -> None:
    ring = ring_of(with_speed(junction(), {"in1": 16.7, "in3": 16.7}))
    assert ring.movements(2)[0] == "in1->out3"
    assert ring.movements(6)[0] == "in3->out1"


def test_u_turns_go_with_the_far_turn() -> None:
    assert ring_of(junction(u_turns=True)).movements(5) == ("in0->out3", "in0->out0")


def test_where_traffic_keeps_left_phase_5_turns_right() -> None:
    assert ring_of(junction(keep_right=False)).movements(5) == ("in0->out1",)


def test_the_stem_of_three_legs_is_phase_4() -> None:
    ring = ring_of(junction((0, 1, 2)))
    assert ring.present == (1, 2, 4, 6)
    assert ring.movements(4) == ("in1->out2", "in1->out0")
    assert ring.movements(1) == ("in2->out1",)


@pytest.mark.parametrize(
    ("legs", "n"), [((0, 2), 4), (tuple(range(5)), 5), (tuple(range(6)), 6), ((0, 1, 2), 3)]
)
def test_other_junctions_have_no_dual_ring(legs: tuple[int, ...], n: int) -> None:
    assert dual_ring(junction(legs, n)) is None


def test_far_turns_that_meet_each_other_fit_no_dual_ring() -> None:
    node = junction()
    meets = node.conflicts.meets.copy()
    meets[2, 8] = meets[8, 2] = True
    conflicts = dataclasses.replace(node.conflicts, meets=meets)
    assert dual_ring(dataclasses.replace(node, conflicts=conflicts)) is None


@pytest.mark.parametrize(
    ("order", "first_to_end", "main"),
    [
        (TurnOrder.LEAD_LEAD, 0, ["1+5", "2+6"]),
        (TurnOrder.LEAD_LEAD, 1, ["1+5", "2+5", "2+6"]),
        (TurnOrder.LEAD_LEAD, 2, ["1+5", "1+6", "2+6"]),
        (TurnOrder.LAG_LAG, 0, ["2+6", "1+5"]),
        (TurnOrder.LAG_LAG, 1, ["2+6", "1+6", "1+5"]),
        (TurnOrder.LEAD_LAG, 0, ["1+6", "2+5"]),
        (TurnOrder.LEAD_LAG, 1, ["1+6", "2+6", "2+5"]),
        (TurnOrder.LEAD_LAG, 2, ["1+6", "1+5", "2+5"]),
        (TurnOrder.LAG_LEAD, 2, ["2+5", "2+6", "1+6"]),
    ],
)
def test_rings_go_through_their_positions(order: TurnOrder, first_to_end: int, main: list[str]) -> None:
    node = junction()
    greens = {"1": "rrrrrrrrGrrr", "2": "GGrrrrrrrrrr", "5": "rrGrrrrrrrrr", "6": "rrrrrrGGrrrr"}
    expected = [
        "".join(
            "G" if "G" in pair else "r" for pair in zip(*(greens[p] for p in phases.split("+")), strict=True)
        )
        for phases in main
    ]
    stages = ring_stages(node, ring_of(node), (order, TurnOrder.LEAD_LEAD), (first_to_end, 0))
    assert list(stages) == [*expected, "rrrrrGrrrrrG", "rrrGGrrrrGGr"]


def test_turns_may_be_green_with_the_opposite_through_also() -> None:
    node = junction()
    assert ring_stages(node, ring_of(node), permissive=True)[1] == "GGgrrrGGgrrr"
    protected = junction(permissive_far=False)
    assert ring_stages(protected, ring_of(protected), permissive=True)[1] == "GGrrrrGGrrrr"


def test_a_ring_with_one_phase_waits_for_the_other() -> None:
    node = junction((0, 1, 2))
    lead = ring_stages(node, ring_of(node))
    assert lead == ("rrrrGG", "GGrrGr", "rrGGrr")
    assert ring_stages(node, ring_of(node), (TurnOrder.LAG_LAG, TurnOrder.LAG_LAG)) == (
        lead[1],
        lead[0],
        lead[2],
    )


@pytest.mark.parametrize("order", TurnOrder)
@pytest.mark.parametrize("first_to_end", [0, 1, 2])
@pytest.mark.parametrize("walks", [False, True])
def test_ring_stages_serve_all_without_a_clash(order: TurnOrder, first_to_end: int, walks: bool) -> None:
    node = junction(u_turns=True, walks=walks)
    stages = ring_stages(node, ring_of(node), (order, order), (first_to_end, first_to_end))
    assert all(is_compatible(node, greens_of(state)) for state in stages)
    served = {k for state in stages for k in greens_of(state)}
    assert served >= {k for k, head in enumerate(node.heads) if head.user is User.VEHICLES}
    assert served >= set(node.crossings)


def test_a_dual_ring_has_eight_phases() -> None:
    with pytest.raises(ValueError, match="1 to 8"):
        DualRing(((),) * 7)
