"""An intersection made by hand, without a SUMO network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from trafficopt.intersection import Conflicts, Head, Intersection, Movement, User
from trafficopt.limits import Limits
from trafficopt.signals.requirements import requirements_of
from trafficopt.stage import Interval, Stage
from trafficopt.units import Meters


def intersection_by_hand(
    name: str,
    movements: Sequence[Movement],
    stages: Sequence[Stage],
    meeting: Sequence[tuple[int, int]] = (),
    *,
    walks_m: Mapping[int, Meters] | None = None,
    limits: Limits | None = None,
    x_m: Meters = 0.0,
    y_m: Meters = 0.0,
) -> Intersection:
    """Make an intersection of movements, stages and the pairs of heads whose paths meet.

    A head that yields to another meets it too. Distances to the areas where paths meet are unknown.

    Parameters
    ----------
    stages
        Of the field plan; each is taken to be shown for 30 s where the limits ask what the field shows.
    meeting
        Pairs of heads.
    walks_m
        Length [m] of each crossing by its head.
    limits
        Rule profile; `keep` by default.

    Examples
    --------
    >>> from trafficopt.intersection import Turn
    >>> east = Movement("w", "e", Turn.THROUGH, (0,), (0,), 13.9, 0, ())
    >>> north = Movement("s", "n", Turn.THROUGH, (1,), (0,), 13.9, 0, ())
    >>> yellow = (Interval("yr", 3.0),), (Interval("ry", 3.0),)
    >>> stages = Stage("Gr", yellow[0]), Stage("rG", yellow[1])
    >>> intersection_by_hand("A", (east, north), stages, [(0, 1)]).requirements.yellow_s
    array([3., 3.])
    """
    walks = dict(walks_m or {})
    used = [head for movement in movements for head in movement.heads]
    states = [stage.state for stage in stages]
    n = max([*(len(state) for state in states), *(head + 1 for head in (*used, *walks))], default=0)
    heads = [Head(user=User.NOBODY)] * n
    meets, yields = np.zeros((2, n, n), dtype=np.bool_)
    for movement in movements:
        for head, lane in zip(movement.heads, movement.lanes, strict=True):
            heads[head] = Head(
                id=movement.id,
                from_link=movement.from_link,
                to_link=movement.to_link,
                lane=lane,
                turn=movement.turn,
                turn_speed_m_s=movement.turn_speed_m_s,
            )
            foes = [foe for foe in movement.yields_to if foe < n]
            yields[head, foes] = meets[head, foes] = meets[foes, head] = True
    for head, length in walks.items():
        heads[head] = Head(id=f"walk:{head}", user=User.PEDESTRIANS, length_m=length)
    for a, b in meeting:
        meets[a, b] = meets[b, a] = True
    conflicts = Conflicts.without_geometry(meets, yields)
    rows = [
        row
        for stage in stages
        for row in (Interval(stage.state, max(30.0, stage.min_green_s)), *stage.intergreen)
    ]
    return Intersection(
        id=name,
        x_m=x_m,
        y_m=y_m,
        heads=tuple(heads),
        movements=tuple(movements),
        conflicts=conflicts,
        stages=tuple(stages),
        requirements=requirements_of(heads, conflicts, rows, limits or Limits()),
    )
