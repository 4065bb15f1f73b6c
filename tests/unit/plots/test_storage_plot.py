"""Queues against their road: the back of a queue by hand, and what the drawing shows of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.conftest import Corridor
from tests.unit.plots.labels import check_words
from tests.unit.plots.svg_reading import Drawing, covers, drawn, spans
from trafficopt.demand import Demand
from trafficopt.errors import InputError
from trafficopt.model.link_queues import LinkQueues, link_queues, storage_links
from trafficopt.model.link_storage import storage_m
from trafficopt.model.queues.passages import Passages
from trafficopt.model.queues.queue_model import QueueModel
from trafficopt.plan import TimingPlan
from trafficopt.problem import Problem, build_problem
from trafficopt.reporting.plots.storage_plot import FULL_ID, QUEUE_ID, SPILLBACK, SPILLBACK_ID, plot_storage
from trafficopt.units import FloatArray

RED_S, APART_S, HEADWAY_S = 60.0, 4.0, 2.0
SPEED_M_S, WAVE_M_S = 13.9, 8.0


@pytest.fixture(scope="module")
def crowded(street: Problem) -> tuple[Problem, LinkQueues]:
    """Twice the demand, and a signal that lets little through: its queue fills the link before it."""
    old = street.scenario.demand
    twice = np.repeat(np.arange(len(old)), 2)
    demand = Demand(
        tuple(f"{old.vehicles[k]}.{n % 2}" for n, k in enumerate(twice)),
        old.depart_s[twice],
        tuple(old.routes[k] for k in twice),
        tuple(old.types[k] for k in twice),
        old.vehicle_types,
    )
    problem = build_problem(replace(street.scenario, demand=demand))
    short = replace(problem.field_plan["M3"], greens_s=(16.0, 8.0, 63.0))
    plan = TimingPlan("short", {**problem.field_plan.timings, "M3": short})
    passages = QueueModel(problem, frozen_routes=True).passages(plan)
    return problem, link_queues(problem, passages, ["e2", "s3_in_stop", "w5_stop"])


def by_hand(n: int = 15) -> Passages:
    """Vehicles that come every 4 s while a signal is red for 60 s, and leave every 2 s from then on."""
    reached = APART_S * np.arange(n)
    passed = np.maximum(RED_S + HEADWAY_S * np.arange(n), reached)
    return Passages((("m1", "m2"),), np.zeros(n, np.int64), reached, passed, np.zeros(n, np.bool_))


def curve(drawing: Drawing, row: int) -> FloatArray:
    """Time of day [s] and percent of the road, from the row's own lines at 0 and 100 %."""
    panel = drawing.panel()
    (points,), (full,) = drawing.shapes(f"{QUEUE_ID}-{row}"), drawing.shapes(f"{FULL_ID}-{row}")
    assert panel.x is not None
    base = float(points[:, 1].max())
    assert base >= full[:, 1].max()
    percent = 100.0 * (points[:, 1] - base) / (full[0, 1] - base)
    return np.column_stack([panel.x.values(points[:, 0]), percent])


def shown(queues: LinkQueues) -> list[int]:
    """Links in the order of the rows."""
    order = np.lexsort((-queues.share.max(axis=1), -queues.full.mean(axis=1)))
    return [int(k) for k in order]


def test_the_back_of_a_queue_is_where_vehicles_stop(corridor: Corridor) -> None:
    problem = corridor(2)
    found = link_queues(problem, by_hand(), ["m1"], step_s=10.0)
    # In red those stand up to d who would be there by t + d / v: t / 4 + d / (4 v) = d / space.
    density = 1.0 / problem.space_m - 1.0 / (APART_S * SPEED_M_S)
    for at_s in (20.0, 40.0):
        back_m = found.back_m[0, int(at_s / 10.0)]
        assert back_m == pytest.approx((at_s / APART_S + 1.0) / density, abs=problem.space_m)
    # Once the green wave of starts has come to the back, nobody stands.
    last_m = float(found.back_m.max())
    gone_s = RED_S + last_m / WAVE_M_S + 15.0
    assert np.all(found.back_m[0, found.times_s > gone_s + 30.0] == 0.0)
    assert last_m < 300.0 and not found.full.any()


def test_nobody_stands_where_nobody_is_held(corridor: Corridor) -> None:
    reached = APART_S * np.arange(10)
    free = Passages((("m1", "m2"),), np.zeros(10, np.int64), reached, reached + 1.0, np.ones(10, np.bool_))
    assert link_queues(corridor(2), free, ["m1"]).back_m.max() == 0.0


def test_the_road_of_a_queue_ends_where_others_come_in(street: Problem) -> None:
    network = street.network
    assert storage_links(network, "e1_stop") == ("e1_stop", "e1")
    assert storage_links(network, "n1_in_stop") == ("n1_in_stop", "n1_in")  # n1_out is the way back
    assert storage_links(network, "e2") == ("e2",)
    for link in ("e1_stop", "w3_stop", "e2", "e4_stop"):
        length_m = sum(network.links[key].length_m for key in storage_links(network, link))
        assert length_m == pytest.approx(storage_m(street, link))


def test_a_queue_that_fills_its_road_goes_up_to_the_line(crowded: tuple[Problem, LinkQueues]) -> None:
    problem, queues = crowded
    drawing = drawn(lambda: plot_storage(queues))
    seen, one_m, top = curve(drawing, 0), problem.space_m, shown(queues)[0]
    assert seen[:, 1].max() == pytest.approx(100.0, abs=0.2)
    assert seen[:, 1].max() <= 100.1
    shaded = spans(drawing.panel(), drawing.shapes(f"{SPILLBACK_ID}-0"))
    assert shaded
    nearly = 100.0 * (1.0 - one_m / float(queues.storage_m[top]))
    moments = np.column_stack([queues.times_s, 100.0 * queues.share[top]])
    for at_s, percent in moments[:-1].tolist():
        assert covers(shaded, at_s + 0.1) == (percent > nearly)
    assert f"(shaded: {SPILLBACK})" in drawing.ax.get_title("left")


def test_the_curve_is_the_queue(crowded: tuple[Problem, LinkQueues]) -> None:
    queues = crowded[1]
    drawing = drawn(lambda: plot_storage(queues))
    order = shown(queues)
    for row, k in enumerate(order):
        seen = curve(drawing, row)
        told = np.interp(queues.times_s, seen[:, 0], seen[:, 1])
        assert told == pytest.approx(100.0 * queues.share[k], abs=1.5)
        assert queues.links[k] in drawing.ax.texts[row].get_text()


def test_a_queue_that_is_a_minute_later_is_found(crowded: tuple[Problem, LinkQueues]) -> None:
    queues = crowded[1]
    later = LinkQueues(
        queues.links, queues.times_s + 60.0, queues.back_m.copy(), queues.storage_m.copy(), queues.space_m
    )
    right, wrong = (curve(drawn(lambda each=each: plot_storage(each)), 0) for each in (queues, later))
    assert wrong[0, 0] - right[0, 0] == pytest.approx(60.0, abs=0.1)


def test_the_links_upstream_hold_a_queue_only_if_the_one_ahead_is_full_in_a_lane(corridor: Corridor) -> None:
    problem = corridor(2)
    links = {key: replace(link, from_node=key) for key, link in problem.network.links.items()}
    links["m1"] = replace(links["m1"], from_node="m0", length_m=60.0)
    links["m0"] = replace(links["m0"], from_node="far", to_node="m0")
    network = replace(problem.network, links=links)
    chained = replace(problem, scenario=replace(problem.scenario, network=network))
    assert storage_links(network, "m1") == ("m1", "m0")
    beyond = Passages(
        (("m1", "m2"), ("m0", "m1")),
        np.array([1, 1], np.int64),
        np.array([10.0, 12.0]),
        np.array([60.0, 62.0]),
        np.zeros(2, np.bool_),
    )
    assert link_queues(chained, beyond, ["m1"]).back_m.max() == 0.0
    ahead = Passages(
        (("m1", "m2"), ("m0", "m1")),
        np.array([0] * 10 + [1, 1], np.int64),
        np.array([*np.arange(10.0), 10.0, 12.0]),
        np.array([*(80.0 + np.arange(10.0)), 60.0, 62.0]),
        np.zeros(12, np.bool_),
    )
    found = link_queues(chained, ahead, ["m1"])
    at_40 = int(np.flatnonzero(found.times_s == 40.0)[0])
    assert found.back_m[0, at_40] == pytest.approx(60.0 + 2 * problem.space_m, abs=problem.space_m)


def test_only_the_fullest_are_shown(street: Problem, passages: Passages) -> None:
    queues = link_queues(street, passages)
    assert len(queues.links) == 19
    drawing = drawn(lambda: plot_storage(queues, most=3))
    fullest = sorted(queues.share.max(axis=1).tolist(), reverse=True)[:3]  # none is full
    assert [curve(drawing, row)[:, 1].max() for row in range(3)] == pytest.approx(
        [100.0 * share for share in fullest], abs=0.5
    )
    assert drawing.shapes(f"{QUEUE_ID}-3") == []
    assert drawing.ax.get_title("left") == "none of 3 queues fills its road"


def test_a_link_that_is_not_there_is_told(street: Problem, passages: Passages) -> None:
    with pytest.raises(InputError, match="e1_stop"):
        link_queues(street, passages, ["e1_stopp"])


def test_words_can_be_read(street: Problem, passages: Passages, crowded: tuple[Problem, LinkQueues]) -> None:
    check_words(drawn(lambda: plot_storage(link_queues(street, passages))))
    check_words(drawn(lambda: plot_storage(crowded[1])))
    check_words(drawn(lambda: plot_storage(link_queues(street, passages, ["e2"]))))
