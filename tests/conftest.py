"""Hand-made problems that tests of the model and of the search share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

from trafficopt.demand import Demand, VehicleType
from trafficopt.intersection import Intersection, Movement, Turn
from trafficopt.lanes import Connection, Lane, LaneGraph
from trafficopt.limits import Limits
from trafficopt.network import Arterial, Link, Network
from trafficopt.plan import SignalTiming, TimingPlan
from trafficopt.problem import Problem, build_problem
from trafficopt.scenario import Scenario, SimulationSettings
from trafficopt.signals.by_hand import intersection_by_hand
from trafficopt.stage import Interval, Stage

# A first call may compile, and machines are shared: no example has to be done in time.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


def steady(route: tuple[str, ...], flow_veh_h: float, period_s: float) -> list[tuple[float, tuple[str, ...]]]:
    """Vehicles at equal distances from the first second of the window on."""
    n = round(flow_veh_h * period_s / 3600.0)
    return [(k * period_s / n, route) for k in range(n)]


def lanes_of(links: dict[str, Link], nodes: Sequence[Intersection]) -> LaneGraph:
    """Lanes of the links, connected by the movements to the lane of the same number; nobody gives way."""
    lanes = tuple(
        Lane(link.id, index, link.length_m, link.speed_m_s, frozenset({"passenger"}))
        for link in links.values()
        for index in range(link.n_lanes)
    )
    place = {(lane.link, lane.index): k for k, lane in enumerate(lanes)}
    connections = [
        Connection(
            from_lane=place[movement.from_link, lane],
            to_lane=place[movement.to_link, lane],
            turn=movement.turn,
            node=node.id,
            signal=node.id,
            head=head,
            right_of_way="M",
            length_m=15.0,
            waiting_m=0.0,
            speed_m_s=movement.turn_speed_m_s,
            keep_clear=True,
        )
        for node in nodes
        for movement in node.movements
        for head, lane in zip(movement.heads, movement.lanes, strict=True)
    ]
    connections.sort(key=lambda connection: connection.from_lane)
    none = np.zeros(0)
    return LaneGraph(
        lanes,
        tuple(connections),
        foe_at=np.zeros(len(connections) + 1, dtype=np.int64),
        foe=none.astype(np.int64),
        yields=none.astype(np.bool_),
        near_m=none,
        far_m=none.copy(),
    )


def problem_of(
    links: dict[str, Link],
    nodes: Sequence[Intersection],
    vehicles: list[tuple[float, tuple[str, ...]]],
    timings: dict[str, SignalTiming],
    *,
    limits: Limits,
    period_s: float,
    kept: Sequence[str] = (),
    arterials: tuple[Arterial, ...] = (),
) -> Problem:
    vehicles = sorted(vehicles)
    n = len(vehicles)
    demand = Demand(
        tuple(f"v{k}" for k in range(n)),
        np.array([depart for depart, _ in vehicles], dtype=np.float64),
        tuple(route for _, route in vehicles),
        ("car",) * n,
        {"car": VehicleType("car")},
    )
    here = Path("made-up")
    return build_problem(
        Scenario(
            name="made-up",
            source=here,
            network=Network(links, tuple(nodes), arterials, lanes_of(links, nodes)),
            demand=demand,
            field_plan=TimingPlan("field", timings),
            limits=limits,
            simulation=SimulationSettings(here, (), (), 0.0, period_s),
            retime=frozenset(node.id for node in nodes if node.id not in kept),
            demanded={f"v{k}": depart for k, (depart, _) in enumerate(vehicles)},
        )
    )


def crossroads(
    name: str, k: int, limits: Limits, *, yellow_s: float, min_green_s: float, max_green_s: float
) -> Intersection:
    """Head 0: main street m{k} to m{k+1}; head 1: cross street c{k} to x{k}."""
    main = Movement(f"m{k}", f"m{k + 1}", Turn.THROUGH, (0,), (0,), 13.9, 0, ())
    cross = Movement(f"c{k}", f"x{k}", Turn.THROUGH, (1,), (0,), 13.9, 0, ())
    stages = tuple(
        Stage(green, (Interval(amber, yellow_s), Interval("rr", 1.0)), min_green_s, max_green_s)
        for green, amber in (("Gr", "yr"), ("rG", "ry"))
    )
    return intersection_by_hand(name, (main, cross), stages, [(0, 1)], limits=limits, x_m=300.0 * k)


Corridor = Callable[..., Problem]


@pytest.fixture(scope="session")
def corridor() -> Corridor:
    """Maker of a one-way main street with a cross street at each of `n` signals s0, s1, ..."""

    def make(
        n: int = 2,
        *,
        gap_m: float = 300.0,
        main_veh_h: float = 600.0,
        cross_veh_h: float = 300.0,
        greens_s: tuple[float, float] = (26.0, 26.0),
        offsets_s: Sequence[float] = (),
        yellow_s: float = 3.0,
        min_green_s: float = 5.0,
        max_green_s: float = 120.0,
        period_s: float = 3600.0,
        limits: Limits | None = None,
        kept: Sequence[str] = (),
        arterial: bool = False,
    ) -> Problem:
        names = [f"s{k}" for k in range(n)]
        keys = [f"m{k}" for k in range(n + 1)] + [f"{kind}{k}" for k in range(n) for kind in "cx"]
        links = {key: Link(key, "a", "b", gap_m, 13.9, 1, ()) for key in keys}
        bounds = {"yellow_s": yellow_s, "min_green_s": min_green_s, "max_green_s": max_green_s}
        nodes = [crossroads(name, k, limits or Limits(), **bounds) for k, name in enumerate(names)]
        vehicles = steady(tuple(f"m{k}" for k in range(n + 1)), main_veh_h, period_s)
        for k in range(n):
            vehicles += steady((f"c{k}", f"x{k}"), cross_veh_h, period_s)
        cycle = sum(greens_s) + 2 * (yellow_s + 1.0)
        offsets = dict(enumerate(offsets_s))
        timings = {
            node.id: SignalTiming(node.stages, greens_s, cycle, offsets.get(k, 0.0))
            for k, node in enumerate(nodes)
        }
        gaps = (("m1",),) * (n - 1)
        return problem_of(
            links,
            nodes,
            vehicles,
            timings,
            limits=limits or Limits(),
            period_s=period_s,
            kept=kept,
            arterials=(Arterial("A1", tuple(names), gaps, gaps),) if arterial else (),
        )

    return make


@pytest.fixture(scope="session")
def facing() -> Corridor:
    """Maker of a signal whose left turn (head 1, its own lane) yields to oncoming traffic (head 2).

    With `shared`, head 0 (straight on) and the left turn use one lane; `protected` gives the left turn
    a stage of its own.
    """

    def make(
        *,
        through_veh_h: float = 0.0,
        left_veh_h: float = 100.0,
        oncoming_veh_h: float = 0.0,
        shared: bool = False,
        protected: bool = False,
        waiting_spaces: int = 0,
        period_s: float = 3600.0,
    ) -> Problem:
        links = {key: Link(key, "a", "b", 500.0, 13.9, 2, ()) for key in ("w", "e", "we", "wl", "ew")}
        movements = (
            Movement("w", "we", Turn.THROUGH, (0,), (0,), 13.9, 0, ()),
            Movement("w", "wl", Turn.LEFT, (1,), (0 if shared else 1,), 8.0, waiting_spaces, (2,)),
            Movement("e", "ew", Turn.THROUGH, (2,), (0,), 13.9, 0, ()),
        )
        shown = ("GrG", "rGr") if protected else ("GgG", "rrr")
        ambers = [state.replace("G", "y").replace("g", "y") for state in shown]
        stages = tuple(
            Stage(state, (Interval(amber, 3.0), Interval("rrr", 1.0)), 5.0, 120.0)
            for state, amber in zip(shown, ambers, strict=True)
        )
        node = intersection_by_hand("s0", movements, stages)
        flows = {("w", "we"): through_veh_h, ("w", "wl"): left_veh_h, ("e", "ew"): oncoming_veh_h}
        vehicles = [v for route, flow in flows.items() if flow for v in steady(route, flow, period_s)]
        timing = SignalTiming(stages, (40.0, 12.0), 60.0, 0.0)
        return problem_of(links, [node], vehicles, {"s0": timing}, limits=Limits(), period_s=period_s)

    return make
