"""What is known of the places where the queue model and SUMO differ."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from trafficopt.lanes import Connection
from trafficopt.model.reconciliation import Pair, Reconciliation, Row
from trafficopt.plan import TimingPlan
from trafficopt.problem import Problem
from trafficopt.stage import GREEN


class Site:
    """What the rules know: the comparison, the plan, and the roads.

    Attributes
    ----------
    graph
        Lanes and connections.
    connections
        Indices of the connections of each movement.
    behind
        Links that lead into each link.
    links, entries
        Row of each link.
    vehicles
        Vehicles of each movement, in the model or in SUMO, whichever has more.
    room_veh
        Vehicles that can stand on each link.
    """

    def __init__(self, problem: Problem, plan: TimingPlan, found: Reconciliation) -> None:
        graph = problem.network.lane_graph
        if graph is None:
            raise ValueError("the network has no lanes")
        self.problem, self.plan, self.found, self.graph = problem, plan, found, graph
        self.connections: dict[tuple[str, ...], list[int]] = defaultdict(list)
        self.behind: dict[str, dict[str, None]] = defaultdict(dict)
        for k in range(len(graph.connections)):
            start, end = self.ends(k)
            self.connections[start, end].append(k)
            self.behind[end][start] = None
        self.links = {row.links[0]: row for row in found.links}
        self.entries = {row.links[0]: row for row in found.entries}
        self.vehicles: dict[tuple[str, ...], float] = defaultdict(float)
        self.vehicles |= {row.links: max(row.vehicles) for row in found.movements}
        space_m = problem.scenario.demand.mean_space_m()
        self.room_veh: dict[str, float] = defaultdict(float)
        for lane in graph.lanes:
            self.room_veh[lane.link] += max(1.0, lane.length_m // space_m)

    def ends(self, connection: int) -> tuple[str, str]:
        """From and to link of a connection."""
        c = self.graph.connections[connection]
        return self.graph.lanes[c.from_lane].link, self.graph.lanes[c.to_lane].link

    def queue_veh(self, link: str) -> Pair:
        """Vehicles that are held up on a link, mean over the window; without those that wait to enter."""
        period_s = self.found.period_s
        whole, waiting = (
            rows[link].queue_veh(period_s) if link in rows else Pair(0.0, 0.0)
            for rows in (self.links, self.entries)
        )
        return Pair(whole.model - waiting.model, whole.sumo - waiting.sumo)

    def of(self, row: Row) -> list[Connection]:
        """Connections of a movement."""
        return [self.graph.connections[k] for k in self.connections.get(row.links, ())]

    def shown(self, c: Connection) -> str:
        """What a signal shows to a connection over a cycle, a letter an interval; empty if not known."""
        if c.signal not in self.plan.timings:
            return ""
        rows = self.plan[c.signal].intervals
        return "".join(row.state[c.head] for row in rows if row.duration_s > 0)

    def together(self, a: Connection, b: Connection) -> bool:
        """Whether a signal shows green to `a` that gives way, and green to `b`."""
        pairs = zip(self.shown(a), self.shown(b), strict=False)
        return any(first == "g" and second in GREEN for first, second in pairs)

    def foes(self, row: Row) -> Iterable[tuple[int, int]]:
        """Connections of a movement, each with one that goes first there."""
        graph = self.graph
        for k in self.connections.get(row.links, ()):
            for at in range(graph.foe_at[k], graph.foe_at[k + 1]):
                if graph.yields[at] and self.vehicles[self.ends(graph.foe[at])] > 0:
                    yield k, int(graph.foe[at])
