"""Which links count for which site, on a line of links that are 100 m long."""

from __future__ import annotations

import numpy as np
import pytest

from trafficopt.network import Link, Network
from trafficopt.programme.places import FARTHEST_M, lost_by_site, nearest, place_of
from trafficopt.signals.by_hand import intersection_by_hand
from trafficopt.treatment import CloseOpening, RemoveIsland

LINKS = {
    f"l{k}": Link(f"l{k}", "a", "b", 100.0, 13.9, 1, ((100.0 * k, 0.0), (100.0 * k + 100.0, 0.0)))
    for k in range(20)
}
NETWORK = Network(LINKS, (intersection_by_hand("J1", (), ()),))


def test_an_opening_is_where_one_turns_and_an_island_at_its_intersection() -> None:
    assert place_of(NETWORK, CloseOpening("U1", "l3", "l4")) == (400.0, 0.0)
    assert place_of(NETWORK, RemoveIsland("J1")) == (NETWORK["J1"].x_m, NETWORK["J1"].y_m)


def test_each_link_counts_for_the_nearest_site() -> None:
    # Middles are at 50, 150, ... m: up to 150 m the site at 0 m is nearer, from 250 m on that at 400 m.
    lost = {f"l{k}": 10.0**k for k in range(4)}
    assert lost_by_site([(0.0, 0.0), (400.0, 0.0)], NETWORK, lost).tolist() == [11.0, 1100.0]


def test_sums_of_sites_never_overlap() -> None:
    rng = np.random.default_rng(1)
    lost = dict(zip(LINKS, rng.uniform(0.0, 9.0, len(LINKS)).tolist(), strict=True))
    places = [(float(x), 0.0) for x in rng.uniform(0.0, 2000.0, 7)]
    near = sum(
        value
        for k, value in enumerate(lost.values())
        if min(abs(100.0 * k + 50.0 - x) for x, _ in places) <= FARTHEST_M
    )
    assert lost_by_site(places, NETWORK, lost).sum() == pytest.approx(near)


def test_far_and_unknown_links_count_for_nobody() -> None:
    assert lost_by_site([(0.0, 0.0)], NETWORK, {"l19": 5.0, "elsewhere": 7.0}).tolist() == [0.0]


def test_of_two_places_at_the_same_distance_the_first_by_name_is_nearest() -> None:
    assert nearest({"b": (0.0, 0.0), "a": (2.0, 0.0), "c": (9.0, 0.0)}, (1.0, 0.0)) == "a"
