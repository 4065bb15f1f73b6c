"""At which lanes of a link the lanes of an approach arrive, so that their paths do not cross."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum, auto
from itertools import pairwise, product

Arrivals = Mapping[int, tuple[int, ...]]  # lanes of the link, by lane of the approach


class Way(Enum):
    """Where a link lies, seen from the approach: on the side of its lane 0, ahead, or on the other side."""

    CURB = auto()
    AHEAD = auto()
    MEDIAN = auto()


def arrivals_of(lanes: Sequence[int], before: Arrivals, targets: Sequence[int], way: Way) -> Arrivals:
    """Where each of some lanes arrives.

    Lanes keep their places as far as that leaves one for each; the others arrive from the outside in:
    turns at the lane on their side, then at the next; those ahead in the line of those that were there.

    Parameters
    ----------
    lanes
        Lanes that serve the movement, ascending; not more than `targets`.
    before
        Where lanes arrived that served it so far.
    targets
        Lanes to arrive at, ascending.

    Examples
    --------
    >>> arrivals_of([1, 2], {2: (2,)}, [0, 1, 2], Way.MEDIAN)
    {1: (1,), 2: (2,)}
    >>> arrivals_of([0, 1], {0: (0,)}, [0, 1, 2], Way.CURB)
    {0: (0,), 1: (1,)}
    >>> arrivals_of([0, 1], {1: (0,)}, [0, 1], Way.AHEAD)  # one must give way to the other
    {0: (0,), 1: (1,)}
    """
    kept = {lane: before.get(lane) for lane in lanes}
    options = [[(place,) for place in targets] + [places for places in [kept[k]] if places] for k in lanes]
    choices = [dict(zip(lanes, places, strict=True)) for places in product(*options)]
    ordered = [choice for choice in choices if choice == kept or _in_order(choice)]
    shift = next((before[lane][0] - lane for lane in sorted(before)), 0)
    return min(
        ordered,
        key=lambda choice: (_n_moved(choice, before), _astray(choice, way, shift), tuple(choice.values())),
    )


def _in_order(choice: Arrivals) -> bool:
    """Whether each lane arrives further from the curb than the one before."""
    return all(max(one) < min(other) for one, other in pairwise(choice.values()))


def _n_moved(choice: Arrivals, before: Arrivals) -> int:
    """Lanes that arrive elsewhere than before."""
    return sum(lane in before and before[lane] != places for lane, places in choice.items())


def _astray(choice: Arrivals, way: Way, shift: int) -> int:
    """How far lanes arrive from the outermost lane, or from the line of those ahead, in lanes."""
    ends = [(lane, place) for lane, places in choice.items() for place in places]
    match way:
        case Way.CURB:
            return sum(place for _, place in ends)
        case Way.MEDIAN:
            return -sum(place for _, place in ends)
        case Way.AHEAD:
            return sum(abs(place - lane - shift) for lane, place in ends)
