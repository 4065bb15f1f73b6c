"""What an engineer switches as one (units), and how the approaches of an intersection face each other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import networkx as nx
import numpy as np

from trafficopt.intersection import Intersection, Turn, User
from trafficopt.stage import GREEN
from trafficopt.units import BoolArray


@dataclass(frozen=True, slots=True)
class Unit:
    """Heads that are switched together: a movement on all its lanes, or a crossing.

    Attributes
    ----------
    heads
        Indices into the state string. Heads that no movement lists (bus lanes) are among them.
    """

    heads: tuple[int, ...]
    from_link: str
    to_link: str
    turn: Turn
    user: User

    @property
    def id(self) -> str:
        """`from->to`, as the id of the movement."""
        return f"{self.from_link}->{self.to_link}"


@dataclass(frozen=True, slots=True)
class Approach:
    """Vehicle units from one link, by what they do to the opposite approach (indices of units).

    Attributes
    ----------
    through
        Units that go straight on.
    far
        Turns that meet the opposing through: left where traffic keeps right, right where it keeps left.
    near
        Other turns, which meet at most the opposing far turn.
    u_turn
        Units that go back.
    """

    link: str
    through: tuple[int, ...]
    far: tuple[int, ...]
    near: tuple[int, ...]
    u_turn: tuple[int, ...]

    @property
    def turning(self) -> tuple[int, ...]:
        """What is served with the far turn: it, and the U-turn from the same lane."""
        return self.far + self.u_turn if self.far else ()

    @property
    def straight(self) -> tuple[int, ...]:
        """What is served with the through movement."""
        return self.through + self.near + (() if self.far else self.u_turn)

    @property
    def all(self) -> tuple[int, ...]:
        """Everything from this approach."""
        return self.through + self.near + self.far + self.u_turn


@dataclass(frozen=True)
class JunctionLayout:
    """Units of an intersection, which of them may be green together, and which approaches face each other."""

    intersection: Intersection

    @cached_property
    def meets(self) -> BoolArray:
        """Conflicts across approaches, shape (n_heads, n_heads)."""
        return self.intersection.opposed

    @cached_property
    def yields(self) -> BoolArray:
        """Row gives way to column of another approach, shape (n_heads, n_heads)."""
        yields: BoolArray = self.intersection.conflicts.yields & self.meets
        return yields

    @cached_property
    def compatible(self) -> BoolArray:
        """Heads that may be green together, shape (n_heads, n_heads)."""
        may_give_way = self.yields & self.intersection.requirements.permissive
        compatible: BoolArray = ~self.meets | may_give_way | may_give_way.T
        return compatible

    @cached_property
    def gives_way(self) -> BoolArray:
        """Who is shown the yielding green beside whom, shape (n_heads, n_heads).

        As `yields`; but where two yield to each other by the network and only one of them may do so on
        green, the other goes first.
        """
        may_give_way = self.yields & self.intersection.requirements.permissive
        gives_way: BoolArray = self.yields & ~(may_give_way.T & ~may_give_way)
        return gives_way

    @cached_property
    def units(self) -> tuple[Unit, ...]:
        """Units in the order of their first heads; heads that serve nobody are in none."""
        grouped: dict[tuple[str, str, str], list[int]] = {}
        for k, head in enumerate(self.intersection.heads):
            if head.user is not User.NOBODY:
                ends = (head.user.value, head.from_link, head.to_link)
                key = (
                    ends if head.user is User.VEHICLES and head.from_link else (*ends[:2], head.id or str(k))
                )
                grouped.setdefault(key, []).append(k)
        heads = self.intersection.heads
        return tuple(
            Unit(
                tuple(ks), heads[ks[0]].from_link, heads[ks[0]].to_link, heads[ks[0]].turn, heads[ks[0]].user
            )
            for ks in grouped.values()
        )

    @cached_property
    def membership(self) -> BoolArray:
        """Heads of the units, shape (n_units, n_heads)."""
        membership = np.zeros((len(self.units), self.intersection.n_heads), dtype=np.bool_)
        for u, unit in enumerate(self.units):
            membership[u, unit.heads] = True
        return membership

    @cached_property
    def crossings(self) -> tuple[int, ...]:
        """Units that are pedestrian crossings."""
        return tuple(u for u, unit in enumerate(self.units) if unit.user is User.PEDESTRIANS)

    @cached_property
    def vehicles(self) -> tuple[int, ...]:
        """Units of vehicles."""
        return tuple(u for u, unit in enumerate(self.units) if unit.user is User.VEHICLES)

    @cached_property
    def unit_meets(self) -> BoolArray:
        """Units of which some heads meet, shape (n_units, n_units)."""
        return self._between_units(self.meets)

    @cached_property
    def unit_clashes(self) -> BoolArray:
        """Units that must never be green together, shape (n_units, n_units)."""
        return self._between_units(~self.compatible)

    @cached_property
    def meeting(self) -> tuple[frozenset[int], ...]:
        """Units that each unit meets."""
        return _rows(self.unit_meets)

    @cached_property
    def clashing(self) -> tuple[frozenset[int], ...]:
        """Units that each unit must never be green with."""
        return _rows(self.unit_clashes)

    @cached_property
    def unit_yields(self) -> BoolArray:
        """Units of which some heads give way to heads of the column's, shape (n_units, n_units)."""
        return self._between_units(self.gives_way)

    @cached_property
    def shares_lane(self) -> BoolArray:
        """Vehicle units that use a lane of the approach together, shape (n_units, n_units)."""
        lanes = [
            {(unit.from_link, self.intersection.heads[k].lane) for k in unit.heads} for unit in self.units
        ]
        shares = np.zeros((len(lanes), len(lanes)), dtype=np.bool_)
        for u, v in combinations(self.vehicles, 2):
            shares[u, v] = shares[v, u] = bool(lanes[u] & lanes[v])
        return shares

    @cached_property
    def free(self) -> tuple[int, ...]:
        """Near turns, and units that meet nobody, that the field plan never stops and that never clash."""
        greens = [
            {k for k, letter in enumerate(s.state) if letter in GREEN} for s in self.intersection.stages
        ]
        always = set.intersection(*greens) if greens else set()
        near = {u for road in self.roads for approach in road for u in approach.near}
        return tuple(
            u
            for u, unit in enumerate(self.units)
            if always.issuperset(unit.heads)
            and not self.unit_clashes[u].any()
            and (u in near or not self.unit_meets[u].any())
        )

    @cached_property
    def roads(self) -> tuple[tuple[Approach, ...], ...]:
        """Approaches in pairs that face each other, and those that face none, in the order of heads."""
        by_link: dict[str, list[int]] = {}
        for u in self.vehicles:
            by_link.setdefault(self.units[u].from_link, []).append(u)
        links = list(by_link)
        facing = self._facing([by_link[link] for link in links])
        return tuple(
            tuple(
                self._approach(by_link[links[i]], by_link[links[facing[i]]] if i in facing else [])
                for i in ([k, facing[k]] if k in facing else [k])
            )
            for k in range(len(links))
            if facing.get(k, k) >= k
        )

    def clash(self, units: Iterable[int]) -> bool:
        """Whether any two of the units must never be green together."""
        chosen = frozenset(units)
        return any(not chosen.isdisjoint(self.clashing[u]) for u in chosen)

    def _between_units(self, heads: BoolArray) -> BoolArray:
        """Any pair of heads, shape (n_units, n_units) from shape (n_heads, n_heads)."""
        members = self.membership.astype(np.int64)
        between: BoolArray = members @ heads.astype(np.int64) @ members.T > 0
        return between

    def _facing(self, approaches: list[list[int]]) -> dict[int, int]:
        """Which approach faces which: through movements do not meet, turns meet the other's through."""
        graph: nx.Graph[int] = nx.Graph()
        graph.add_nodes_from(range(len(approaches)))
        for i, mine in enumerate(approaches):
            for j in range(i + 1, len(approaches)):
                weight = self._faces(mine, approaches[j])
                if weight:
                    graph.add_edge(i, j, weight=weight)
        pairs = nx.max_weight_matching(graph, maxcardinality=False)
        return {a: b for pair in pairs for a, b in (pair, pair[::-1])}

    def _faces(self, one: list[int], other: list[int]) -> int:
        """How surely two approaches face each other: 0 not at all, 3 each has a turn across the other."""
        straight_one, straight_other = self._of_turn(one, Turn.THROUGH), self._of_turn(other, Turn.THROUGH)
        if not straight_one or not straight_other:
            return 0
        if self.unit_meets[np.ix_(straight_one, straight_other)].any():
            return 0
        across = (self._across(one, other), self._across(other, one))
        return 1 + sum(bool(turns) for turns in across)

    def _across(self, turning: list[int], other: list[int]) -> list[int]:
        """Turns of an approach that meet the through movement of the other."""
        straight = self._of_turn(other, Turn.THROUGH)
        turns = (u for u in turning if self.units[u].turn not in (Turn.THROUGH, Turn.U_TURN))
        return [u for u in turns if self.unit_meets[u, straight].any()]

    def _of_turn(self, units: list[int], turn: Turn) -> list[int]:
        return [u for u in units if self.units[u].turn is turn]

    def _approach(self, units: list[int], other: list[int]) -> Approach:
        through, u_turn = self._of_turn(units, Turn.THROUGH), self._of_turn(units, Turn.U_TURN)
        far = self._across(units, other)
        near = [u for u in units if u not in {*through, *u_turn, *far}]
        link = self.units[units[0]].from_link
        return Approach(link, tuple(through), tuple(far), tuple(near), tuple(u_turn))


def _rows(matrix: BoolArray) -> tuple[frozenset[int], ...]:
    return tuple(frozenset(np.flatnonzero(row).tolist()) for row in matrix)
