"""Road that a queue has on a lane."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import pytest

from trafficopt.model.link_storage import FAR_STORAGE_M, lane_storage_m, storage_m
from trafficopt.network import Link
from trafficopt.problem import Problem

Maker = Callable[..., Problem]


def with_links(problem: Problem, *links: Link) -> Problem:
    network = replace(problem.network, links={link.id: link for link in links})
    return replace(problem, scenario=replace(problem.scenario, network=network))


def link(key: str, ends: str, length_m: float, n_lanes: int = 1) -> Link:
    return Link(key, ends[0], ends[1], length_m, 13.9, n_lanes, ())


@pytest.fixture
def made(corridor: Maker) -> Callable[..., Problem]:
    problem = corridor(1)
    return lambda *links: with_links(problem, *links)


def test_a_lane_goes_on_into_the_link_that_alone_leads_there(made: Callable[..., Problem]) -> None:
    # Two links lead to b: there the queue stands in somebody's way. The way back from d does not count.
    links = (link("ab", "ab", 400.0), link("xb", "xb", 90.0), link("bc", "bc", 120.0))
    problem = made(*links, link("cd", "cd", 60.0), link("dc", "dc", 60.0))
    assert storage_m(problem, "cd") == lane_storage_m(problem, "cd", 0) == 180.0


def test_a_pocket_ends_where_its_lane_begins(made: Callable[..., Problem]) -> None:
    links = (link("ab", "ab", 400.0), link("xb", "xb", 90.0), link("bc", "bc", 120.0))
    problem = made(*links, link("cd", "cd", 60.0, n_lanes=2))
    assert lane_storage_m(problem, "cd", 0) == 180.0
    assert lane_storage_m(problem, "cd", 1) == 60.0


def test_a_pocket_of_less_than_two_cars_counts_with_the_link_before(made: Callable[..., Problem]) -> None:
    links = (link("ab", "ab", 400.0), link("xb", "xb", 90.0), link("bc", "bc", 120.0))
    for pocket_m, expected in ((14.0, 134.0), (15.0, 15.0)):
        problem = made(*links, link("cd", "cd", pocket_m, n_lanes=2))
        assert lane_storage_m(problem, "cd", 1) == expected


def test_nothing_stands_in_the_way_at_the_border_or_far_away(made: Callable[..., Problem]) -> None:
    border = made(link("bc", "bc", 120.0), link("cd", "cd", 60.0))
    assert math.isinf(storage_m(border, "cd"))
    far = made(link("ab", "ab", 600.0), link("xb", "xb", 90.0), link("bc", "bc", FAR_STORAGE_M))
    assert storage_m(far, "bc") == FAR_STORAGE_M
