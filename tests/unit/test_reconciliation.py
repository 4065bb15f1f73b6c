"""The queue model beside SUMO: figures by hand, the words about them, and the plot."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import spearmanr

from tests.conftest import Corridor
from trafficopt.intersection import Turn
from trafficopt.lanes import Connection, Lane, LaneGraph
from trafficopt.measured import N_PLACES, Measured
from trafficopt.model.agreement import determination, rank_correlation
from trafficopt.model.queues.estimate import QueueEstimate
from trafficopt.model.queues.queue_model import QueueModel
from trafficopt.model.reconciliation import (
    Reconciliation,
    reconciled,
    saturation_veh_h,
)
from trafficopt.plan import TimingPlan
from trafficopt.problem import Problem
from trafficopt.reporting.plots.scatter import LEAST_S, plot_reconciliation
from trafficopt.reporting.words.reconciliation_words import explain

# Of the fixture `facing`: through and left turn from w, oncoming traffic from e.
MOVEMENTS = (("w", "we"), ("w", "wl"), ("e", "ew"))
LINKS = ("w", "e", "we", "wl", "ew")
CARS = frozenset({"passenger"})


def lane_graph(*, shared: bool = False, signal: str = "s0", length_m: float = 500.0) -> LaneGraph:
    """Lanes of `facing`; the left turn gives way to oncoming traffic, at a signal or as a minor road."""
    lanes = [Lane(link, 0, length_m if link == "w" else 500.0, 13.9, CARS) for link in LINKS]
    at = {link: k for k, link in enumerate(LINKS)}
    if not shared:
        lanes.insert(1, Lane("w", 1, length_m, 13.9, CARS))
        at = {link: k + (link != "w") for link, k in at.items()}
    turns = (Turn.THROUGH, Turn.LEFT, Turn.THROUGH)
    connections = tuple(
        Connection(
            from_lane=at[a] + (turn is Turn.LEFT and not shared),
            to_lane=at[b],
            turn=turn,
            node="n",
            signal=signal,
            head=k if signal else -1,
            right_of_way="m" if turn is Turn.LEFT else "M",
            length_m=15.0,
            waiting_m=0.0,
            speed_m_s=8.0 if turn is Turn.LEFT else 13.9,
            keep_clear=True,
        )
        for k, ((a, b), turn) in enumerate(zip(MOVEMENTS, turns, strict=True))
    )
    return LaneGraph(
        tuple(lanes),
        connections,
        foe_at=np.array([0, 0, 1, 2]),
        foe=np.array([2, 1]),
        yields=np.array([True, False]),
        near_m=np.array([5.0, 5.0]),
        far_m=np.array([8.0, 8.0]),
    )


Served = Sequence[float]


def estimate_of(served: Served, delay_s: Served, **more: object) -> QueueEstimate:
    """An answer whose links lose what their movements do; `waited` before departing on w."""
    n, lost = np.array(served, dtype=np.int64), np.array(delay_s, dtype=np.float64)
    waited = np.array([float(more.pop("waited", 0.0)), 0.0, 0.0, 0.0, 0.0])  # type: ignore[arg-type]
    return replace(
        QueueEstimate(
            demanded=int(n.sum()),
            unfinished=0,
            undeparted=0,
            teleports=0,
            mean_delay_s=float(lost.sum() + waited.sum()) / float(n.sum()),
            mean_depart_delay_s=0.0,
            mean_stops=0.0,
            standing=(),
            chosen_routes=False,
            movements=MOVEMENTS,
            served=n,
            stops=np.zeros(3, dtype=np.int64),
            delay_s=lost,
            link_delay_s=np.array([lost[0] + lost[1], lost[2], 0.0, 0.0, 0.0]),
            link_depart_delay_s=waited,
            link_left=np.array([n[0] + n[1], n[2], n[0], n[1], n[2]]),
        ),
        **more,  # type: ignore[arg-type]
    )


def measured_of(
    vehicles: Served, delay_s: Served, *, waited_s: float = 0.0, headway_s: float = np.nan
) -> Measured:
    n, lost = np.array(vehicles, dtype=np.float64), np.array(delay_s, dtype=np.float64)
    return Measured(
        plan="field",
        seeds=(1, 2),
        mean_delay_s=float(lost.sum() + waited_s) / float(n.sum()),
        movements=MOVEMENTS,
        vehicles=n,
        time_s=lost + 36.0 * n,
        delay_s=lost,
        delay_error_s=np.full(3, 0.1),
        place_headway_s=np.full((3, N_PLACES), headway_s),
        place_vehicles=np.full((3, N_PLACES), 0.0 if np.isnan(headway_s) else 50.0),
        start_s=np.full(3, np.nan),
        free_s=np.full(3, np.nan),
        free_vehicles=np.zeros(3),
        links=LINKS,
        link_delay_s=np.array([lost[0] + lost[1], lost[2], 0.0, 0.0, 0.0]),
        link_depart_delay_s=np.array([waited_s, 0.0, 0.0, 0.0, 0.0]),
        link_left=np.array([n[0] + n[1], n[2], n[0], n[1], n[2]]),
        link_halting=np.zeros(5),
    )


UNKNOWN = np.full(3, np.nan)


@pytest.fixture
def site(facing: Corridor) -> Callable[..., Problem]:
    """Maker of the problem `facing` with lanes."""

    def make(*, protected: bool = False, **lanes: object) -> Problem:
        problem = facing(through_veh_h=200.0, left_veh_h=100.0, oncoming_veh_h=300.0, protected=protected)
        graph = lane_graph(**lanes)  # type: ignore[arg-type]
        old = problem.network
        lengths = {lane.link: lane.length_m for lane in graph.lanes}
        links = {key: replace(link, length_m=lengths[key]) for key, link in old.links.items()}
        network = replace(old, links=links, lane_graph=graph)
        return replace(problem, scenario=replace(problem.scenario, network=network))

    return make


SAME: Mapping[str, Served] = {"served": (200, 100, 300), "delay_s": (2000.0, 3000.0, 6000.0)}


def told(
    problem: Problem, estimate: QueueEstimate, measured: Measured, plan: TimingPlan | None = None
) -> str:
    """What is said of the place with the greatest difference."""
    found = reconciled(problem, estimate, measured, UNKNOWN)
    return explain(found, problem, problem.field_plan if plan is None else plan)[0]


def test_rows_by_hand(site: Callable[..., Problem]) -> None:
    problem = site()
    found = reconciled(
        problem,
        estimate_of((200, 100, 300), (2000.0, 4000.0, 6000.0), waited=500.0),
        measured_of((190.0, 100.0, 300.0), (1900.0, 3000.0, 6300.0), waited_s=300.0, headway_s=2.0),
        np.array([1800.0, 1500.0, 1700.0]),
    )
    assert [row.links for row in found.movements] == [("w", "wl"), ("e", "ew"), ("w", "we")]
    left = found.movements[0]
    assert left.delay_s == (40.0, 30.0)
    assert left.vehicles == (100.0, 100.0)
    assert left.queue_veh(found.period_s) == (4000.0 / 3600.0, 3000.0 / 3600.0)
    assert left.saturation_veh_h == (1500.0, 1800.0)
    # Differences of 1000, 300 and 100 s on movements, 200 s before departing.
    shares = [1000.0, 300.0, 100.0, 200.0]
    assert [row.share for row in (*found.movements, *found.entries)] == pytest.approx(
        [value / 1600.0 for value in shares]
    )
    assert [row.links for row in found.worst()] == [("w", "wl"), ("e", "ew"), ("w",), ("w", "we")]
    entry = found.entries[0]
    assert entry.vehicles == (300.0, 300.0)  # that want to depart on w
    assert entry.total_s == (500.0, 300.0)
    # Link w: 6000 + 500 in the model, 4900 + 300 in SUMO; link e: 300 s apart.
    assert found.links[0].total_s == (6500.0, 5200.0)
    assert found.links[0].share == pytest.approx(1300.0 / 1600.0)
    # Delays a vehicle 10, 40, 20 against 10, 30, 21 s with weights 190, 100, 300.
    mean = (1900.0 + 3000.0 + 6300.0) / 590.0
    spread = 190 * (10 - mean) ** 2 + 100 * (30 - mean) ** 2 + 300 * (21 - mean) ** 2
    assert found.r2 == pytest.approx(1.0 - (100 * 10.0**2 + 300 * 1.0**2) / spread)
    assert found.spearman == pytest.approx(1.0)
    assert ["w->wl", "40.0", "30.0"] in [line.split()[:3] for line in repr(found).splitlines()]


def test_agreement_leaves_nothing_to_tell(site: Callable[..., Problem]) -> None:
    problem = site()
    found = reconciled(problem, estimate_of(**SAME), measured_of(*SAME.values()), UNKNOWN)
    assert (found.r2, found.spearman) == (1.0, pytest.approx(1.0))
    assert found.worst() == ()
    assert explain(found, problem, problem.field_plan) == ()


def test_figures_of_another_network_are_refused(site: Callable[..., Problem]) -> None:
    measured = replace(measured_of(*SAME.values()), movements=(("a", "b"), *MOVEMENTS[1:]))
    with pytest.raises(ValueError, match="different networks"):
        reconciled(site(), estimate_of(**SAME), measured, UNKNOWN)


def test_whole_weights_count_as_repetitions() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.integers(0, 6, 20).astype(float), rng.integers(0, 6, 20).astype(float)
    weights = rng.integers(1, 5, 20)
    repeated = spearmanr(np.repeat(a, weights), np.repeat(b, weights)).statistic
    assert rank_correlation(a, b, weights.astype(float)) == pytest.approx(repeated)
    again = determination(np.repeat(a, weights), np.repeat(b, weights), np.ones(weights.sum()))
    assert determination(a, b, weights.astype(float)) == pytest.approx(again)
    assert np.isnan(rank_correlation(np.zeros(0), np.zeros(0), np.zeros(0)))
    assert np.isnan(determination(a, np.ones(20), np.ones(20)))


def test_model_discharges_turns_more_slowly(site: Callable[..., Problem]) -> None:
    weights = np.zeros((3, N_PLACES))
    weights[:, -1] = 10.0
    through, left, _ = saturation_veh_h(QueueModel(site()), weights)
    # Twelfth in the queue: at the limit less 0.65 m/s of imperfection, and at the turn's 8 m/s (tau 1 s).
    assert through == pytest.approx(3600.0 / (1.42 + 7.5 / (13.9 - 0.65)), rel=0.02)
    assert left == pytest.approx(3600.0 / (1.42 + 7.5 / (8.0 - 0.0)), rel=0.02)


def more_left(**more: object) -> QueueEstimate:
    return estimate_of((200, 100, 300), (2000.0, 9000.0, 6000.0), **more)


def test_figures_are_said(site: Callable[..., Problem]) -> None:
    text = told(site(), more_left(), measured_of(*SAME.values()))
    start = (
        "Left turn w->wl at signal s0: model 90.0 s, SUMO 30.0 s a vehicle (100 vehicles); +1.7 veh h, 100 %"
    )
    assert text.startswith(start)


@pytest.mark.parametrize(("protected", "kind"), [(False, "gives way"), (True, "protected")])
def test_permissive_left_is_named(site: Callable[..., Problem], protected: bool, kind: str) -> None:
    text = told(site(protected=protected), more_left(), measured_of(*SAME.values()))
    assert ("gives way to traffic from e" in text) == (kind == "gives way")


def test_shared_lane_is_named(site: Callable[..., Problem]) -> None:
    text = told(site(shared=True), more_left(), measured_of(*SAME.values()))
    assert "lane is shared with through traffic to we" in text
    assert "shared" not in told(site(), more_left(), measured_of(*SAME.values()))


def test_minor_road_is_named(site: Callable[..., Problem]) -> None:
    text = told(site(signal=""), more_left(), measured_of(*SAME.values()))
    assert "Left turn w->wl at n:" in text
    assert "No signal: it gives way to traffic from e" in text


def test_short_link_that_fills_up_is_named(site: Callable[..., Problem]) -> None:
    # 5000 and 11000 veh s in an hour: 1.4 and 3.1 vehicles on two lanes of 5 places.
    text = told(site(length_m=40.0), more_left(), measured_of(*SAME.values()))
    assert "link w is short (40 m, room for 10 vehicles)" in text
    assert "3.1 are held there in the model, 1.4 in SUMO" in text


def test_full_link_ahead_is_named(site: Callable[..., Problem]) -> None:
    estimate = more_left()
    ahead = estimate.link_delay_s.copy()
    ahead[3] = 40 * 3600.0  # of 66 places on wl
    text = told(site(), replace(estimate, link_delay_s=ahead), measured_of(*SAME.values()))
    assert "the link ahead, wl, is full for much of the time in the model only" in text


def test_other_numbers_of_vehicles_are_named(site: Callable[..., Problem]) -> None:
    fewer = estimate_of((200, 40, 300), (2000.0, 1200.0, 6000.0))
    said = "40 vehicles in the model, 100 in SUMO"
    assert f"Not as many get here by the end: {said}" in told(site(), fewer, measured_of(*SAME.values()))
    chosen = replace(fewer, chosen_routes=True)
    assert f"Drivers choose other routes, or fewer get here by the end: {said}" in told(
        site(), chosen, measured_of(*SAME.values())
    )


def test_lock_up_is_named(site: Callable[..., Problem]) -> None:
    text = told(site(), more_left(standing=("wl",)), measured_of(*SAME.values()))
    assert "Link wl locked up in the model, not in SUMO" in text
    stuck = measured_of((0.0, 1.0, 300.0), (0.0, 90000.0, 6000.0))
    assert "Link w locked up in SUMO, not in the model" in told(site(), estimate_of(**SAME), stuck)


def test_signals_without_green_or_program_are_named(site: Callable[..., Problem]) -> None:
    problem = site()
    timing = problem.field_plan["s0"]
    stages = tuple(replace(stage, state="GrG") for stage in timing.stages)
    dark = TimingPlan("dark", {"s0": replace(timing, stages=stages)})
    measured = measured_of(*SAME.values())
    assert "The plan never shows it green" in told(problem, more_left(), measured, dark)
    unknown = TimingPlan("none", {})
    assert "has no program that is known" in told(problem, more_left(), measured, unknown)


def test_late_departures_are_named(site: Callable[..., Problem]) -> None:
    late = estimate_of(**SAME, waited=30000.0)
    text = told(site(length_m=20.0), late, measured_of(*SAME.values()))
    assert text.startswith("Waiting to depart on w: model 100.0 s, SUMO 0.0 s a vehicle (300 vehicles)")
    assert "The link cannot take its demand: 300 veh/h want to enter over 2 lanes of 20 m" in text


def test_queue_that_stands_elsewhere_is_named(site: Callable[..., Problem]) -> None:
    ahead = measured_of(*SAME.values()).link_delay_s.copy()
    ahead[3] = 5500.0
    measured = replace(measured_of(*SAME.values()), link_delay_s=ahead)
    assert "together with wl ahead of it, the difference is +0.1 veh h" in told(site(), more_left(), measured)


def test_discharge_and_noise_are_named(site: Callable[..., Problem]) -> None:
    problem = site()
    measured = measured_of(*SAME.values(), headway_s=3.0)
    found = reconciled(problem, more_left(), measured, np.full(3, 1800.0))
    text = explain(found, problem, problem.field_plan)[0]
    assert "1,800 veh/h a lane in the model, 1,200 in SUMO" in text
    assert "noise" not in text
    unsure = replace(measured, delay_error_s=np.full(3, 40.0))
    assert "within the noise" in told(problem, more_left(), unsure)


def comparison(site: Callable[..., Problem]) -> Reconciliation:
    estimate = estimate_of((200, 100, 300), (2000.0, 9000.0, 30.0))
    return reconciled(site(), estimate, measured_of(*SAME.values()), UNKNOWN)


def test_plot_has_a_dot_for_each_movement(site: Callable[..., Problem]) -> None:
    ax = plot_reconciliation(comparison(site))
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    dots = np.concatenate([np.asarray(group.get_offsets()) for group in ax.collections])
    # Through traffic agrees at 10 s; 0.1 s of oncoming traffic stands at the least delay drawn.
    assert {tuple(dot) for dot in dots} == {(10.0, 10.0), (30.0, 90.0), (20.0, LEAST_S)}
    areas = {
        tuple(o): s for g in ax.collections for o, s in zip(g.get_offsets(), g.get_sizes(), strict=False)
    }
    assert areas[20.0, LEAST_S] == pytest.approx(3.0 * areas[30.0, 90.0])
    assert ax.get_xlim() == ax.get_ylim()
    assert [text.get_text() for text in ax.texts if text.get_text().isdecimal()] == ["1", "2"]
    assert "s/veh" in ax.get_xlabel()
    assert "s/veh" in ax.get_ylabel()


def test_plot_draws_on_the_axes_that_are_given(site: Callable[..., Problem]) -> None:
    ax = plot_reconciliation(comparison(site))
    assert plot_reconciliation(comparison(site), ax) is ax
