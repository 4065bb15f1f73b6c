"""Sites: places with what could be done there, and which links belong to each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from trafficopt.network import Network, Point
from trafficopt.treatment import (
    BanTurn,
    ChangeLaneUse,
    CloseOpening,
    ExtendPocket,
    MoveOpening,
    NetworkEdit,
    RemoveIsland,
)
from trafficopt.units import FloatArray, Meters

FARTHEST_M: Meters = 400.0  # the middle of a link that still belongs to a site


@dataclass(frozen=True, slots=True)
class Site:
    """A place that may be treated.

    Attributes
    ----------
    options
        What could be done there, at least one; at most one of it is.
    """

    options: tuple[NetworkEdit, ...]

    @property
    def place(self) -> str:
        """Id of the place, the same for all options."""
        return self.options[0].place


def place_of(network: Network, edit: NetworkEdit) -> Point:
    """Where an edit is: the intersection, or the end of the link from which one turns."""
    match edit:
        case RemoveIsland(intersection=key):
            return network[key].x_m, network[key].y_m
        case CloseOpening(from_edge=link) | MoveOpening(from_edge=link):
            pass
        case BanTurn(from_link=link) | ExtendPocket(link=link) | ChangeLaneUse(approach=link):
            pass
    return network.links[link].shape[-1]


def lost_by_site(places: Sequence[Point], network: Network, lost_veh_s: Mapping[str, float]) -> FloatArray:
    """Sum what is lost on links [veh*s] over the site that is nearest to each link's middle.

    Links farther than `FARTHEST_M` from every site count for none, so that the sums never overlap.

    Returns
    -------
    array of shape (n_sites,) [veh*s]
    """
    total, sites = np.zeros(len(places)), np.array(places, dtype=np.float64)
    for key, lost in lost_veh_s.items():
        if key not in network.links or not network.links[key].shape:
            continue
        middle = np.mean(network.links[key].shape, axis=0)
        distance = np.hypot(*(sites - middle).T)
        nearest = int(np.argmin(distance))
        if distance[nearest] <= FARTHEST_M:
            total[nearest] += lost
    return total


def nearest(places: Mapping[str, Point], point: Point) -> str:
    """Name of the place that is nearest to a point."""
    return min(places, key=lambda key: (np.hypot(places[key][0] - point[0], places[key][1] - point[1]), key))
