"""Figures of links and arterials."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from trafficopt.diagnosis.figures import ArterialFigures
from trafficopt.diagnosis.movements import Answers, intersection_figures
from trafficopt.diagnosis.ways import arterial_figures, link_figures
from trafficopt.model.arterial_ways import Direction
from trafficopt.plan import TimingPlan
from trafficopt.problem import Problem

Maker = Callable[..., Problem]
Asked = Callable[..., Answers]
FREE_S = 300.0 / 13.9


def with_links(answers: Answers, **links: tuple[float, float, int]) -> Answers:
    """The same with other links in the queue model: delay and wait to enter [veh*s], vehicles that left."""
    rows = np.array([links.get(key, (0.0, 0.0, 0)) for key in answers.links]).T
    estimate = replace(
        answers.estimate,
        link_delay_s=rows[0],
        link_depart_delay_s=rows[1],
        link_left=rows[2].astype(np.int64),
    )
    return replace(answers, estimate=estimate)


def arterials(problem: Problem, answers: Answers, plan: TimingPlan | None = None) -> list[ArterialFigures]:
    timed = plan or problem.field_plan
    nodes = intersection_figures(problem, timed, answers)
    return list(arterial_figures(problem, answers, link_figures(problem, answers), nodes))


def test_the_index_of_a_link_by_hand(corridor: Maker, asked: Asked) -> None:
    problem = corridor(1)
    answers = with_links(asked(problem), m0=(150.0, 50.0, 20), c0=(0.0, 0.0, 5))
    main, cross = link_figures(problem, answers)
    assert (main.id, main.length_m, main.vehicles) == ("m0", 300.0, 20)
    assert main.travel_time_index == pytest.approx(1.0 + 10.0 / FREE_S)  # each loses 10 s
    assert main.delay_veh_h == pytest.approx(200.0 / 3600.0)
    assert cross.travel_time_index == 1.0
    assert math.isnan(main.sumo_travel_time_index)


def test_links_on_which_nobody_is_are_left_out_and_those_that_nobody_leaves_are_not(
    corridor: Maker, asked: Asked
) -> None:
    problem = corridor(1)
    (stuck,) = link_figures(problem, with_links(asked(problem), m0=(5000.0, 0.0, 0)))
    assert (stuck.id, stuck.vehicles) == ("m0", 0)
    assert math.isnan(stuck.travel_time_index)


def test_sumo_has_an_index_of_its_own(corridor: Maker, asked: Asked) -> None:
    problem = corridor(1)
    answers = with_links(asked(problem, with_sumo=True), m0=(150.0, 50.0, 20))
    measured, at = answers.measured, answers.links.index("m0")
    assert measured is not None
    lost, left = np.zeros((2, len(measured.links)))
    lost[at], left[at] = 60.0, 4.0
    (main,) = link_figures(
        problem, replace(answers, measured=replace(measured, link_delay_s=lost, link_left=left))
    )
    assert main.sumo_travel_time_index == pytest.approx(1.0 + 15.0 / FREE_S)


def test_an_arterial_adds_up_its_links(corridor: Maker, asked: Asked) -> None:
    problem = corridor(2, arterial=True)
    answers = with_links(asked(problem), m1=(300.0, 0.0, 20), m0=(9000.0, 0.0, 20))
    outbound = arterials(problem, answers)[0]
    assert (outbound.name, outbound.direction) == ("A1", Direction.OUTBOUND)
    # The link before the first signal is no part of it.
    assert outbound.travel_time_index == pytest.approx(1.0 + 15.0 / FREE_S)
    assert outbound.delay_veh_h == pytest.approx(300.0 / 3600.0)
    through = intersection_figures(problem, problem.field_plan, answers)[1].movements[0]
    assert through.id == "m1->m2"
    assert outbound.arrivals_on_green == pytest.approx(through.arrivals_on_green)
    assert outbound.stops == pytest.approx(through.stops)


def test_links_count_by_their_traffic(corridor: Maker, asked: Asked) -> None:
    problem = corridor(3, arterial=True)
    (arterial,) = problem.network.arterials
    arterial = replace(arterial, outbound=(("m1",), ("m2",)), inbound=(("m1",), ("m2",)))
    network = replace(problem.network, arterials=(arterial,))
    problem = replace(problem, scenario=replace(problem.scenario, network=network))
    answers = with_links(asked(problem), m1=(300.0, 0.0, 30), m2=(300.0, 0.0, 10))
    assert arterials(problem, answers)[0].travel_time_index == pytest.approx(1.0 + 600.0 / (40 * FREE_S))


def test_an_arterial_without_traffic_and_signals_has_no_figures(corridor: Maker, asked: Asked) -> None:
    problem = corridor(2, arterial=True)
    plan = TimingPlan("part", {"s0": problem.field_plan["s0"]})
    answers = with_links(asked(problem, plan))
    outbound, inbound = arterials(problem, answers, plan)
    for way in (outbound, inbound):
        assert math.isnan(way.travel_time_index)
        assert math.isnan(way.sumo_travel_time_index)
        assert way.delay_veh_h == 0.0
    assert math.isnan(outbound.arrivals_on_green)
    assert math.isnan(outbound.stops)


def test_a_scenario_without_arterials_has_none(corridor: Maker, asked: Asked) -> None:
    problem = corridor(2)
    assert arterials(problem, asked(problem)) == []
