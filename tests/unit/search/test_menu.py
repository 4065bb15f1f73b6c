"""Stage policies: what each allows to be shown."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from trafficopt.examples import example_path
from trafficopt.intersection import Intersection
from trafficopt.plan import SignalTiming
from trafficopt.problem import Problem, build_problem
from trafficopt.search.menu import StagePolicy, lost_protection, menus, protected_in, signal_menu
from trafficopt.stage import GREEN
from trafficopt.sumo.read import read_scenario

Maker = Callable[..., Problem]


@pytest.fixture(scope="module")
def main_street() -> Problem:
    return build_problem(read_scenario(example_path("main_street")))


def with_protected_turns(problem: Problem) -> list[Intersection]:
    nodes = problem.network.intersections
    return [n for n in nodes if protected_in(n, [s.state for s in n.stages])]


def test_shipped_stages_are_the_only_choice(main_street: Problem) -> None:
    for node in main_street.network.intersections:
        menu = signal_menu(node, StagePolicy.SHIPPED)
        assert menu.sequences == (tuple(stage.state for stage in node.stages),)


def test_each_policy_allows_what_a_stricter_one_does(main_street: Problem) -> None:
    some = False
    for node in main_street.network.intersections:
        shipped, protected, warranted = (
            set(signal_menu(node, policy).sequences)
            for policy in (StagePolicy.SHIPPED, StagePolicy.PROTECTED, StagePolicy.WARRANTED)
        )
        assert shipped <= protected <= warranted
        some |= protected < warranted
    assert some


def test_protected_turns_keep_a_protected_green(main_street: Problem) -> None:
    nodes = with_protected_turns(main_street)
    assert nodes
    for node in nodes:
        needed = protected_in(node, [stage.state for stage in node.stages])
        for states in signal_menu(node, StagePolicy.PROTECTED).sequences:
            assert not lost_protection(needed, states)
        open_to_all = signal_menu(node, StagePolicy.WARRANTED).sequences
        assert any(lost_protection(needed, states) for states in open_to_all)


@pytest.mark.parametrize("policy", list(StagePolicy))
def test_nothing_becomes_permissive_that_the_rules_forbid(main_street: Problem, policy: StagePolicy) -> None:
    for node in main_street.network.intersections:
        for states in signal_menu(node, policy).sequences:
            for state in states:
                green = [k for k, letter in enumerate(state) if letter in GREEN]
                for a in green:
                    for b in green:
                        if node.opposed[a, b]:
                            allowed = node.requirements.permissive
                            assert allowed[a, b] or allowed[b, a]


def test_a_sequence_must_serve_all_and_repeat_no_stage(main_street: Problem) -> None:
    menu = signal_menu(main_street.network.intersections[0], StagePolicy.WARRANTED)
    own = menu.sequences[0]
    assert menu.allows(own)
    assert not menu.allows(own[:1])
    assert not menu.allows((own[0], *own))
    assert not menu.allows(own * 5)


def test_stages_keep_the_bounds_of_the_field_plan(corridor: Maker) -> None:
    problem = corridor(1, min_green_s=12.0, max_green_s=33.0)
    menu = menus(problem, StagePolicy.PROTECTED)["s0"]
    for sequence in menu.sequences:
        assert [(s.min_green_s, s.max_green_s) for s in menu.stages(sequence)] == [(12.0, 33.0)] * 2


def test_unsafe_timings_are_told_apart(corridor: Maker) -> None:
    problem = corridor(1)
    menu, timing = menus(problem, StagePolicy.SHIPPED)["s0"], problem.field_plan["s0"]
    assert menu.is_safe(timing)
    assert not menu.is_safe(SignalTiming(timing.stages, (51.0, 1.0), 60.0, 0.0))


def test_signals_that_are_not_retimed_have_no_menu(corridor: Maker) -> None:
    assert list(menus(corridor(2, kept=("s1",)), StagePolicy.SHIPPED)) == ["s0"]
