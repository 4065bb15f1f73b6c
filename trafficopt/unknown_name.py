"""What is told of a name that is not there: those that are near."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from trafficopt.errors import InputError

MOST_NAMED = 10


class UnknownNameError(InputError, KeyError):
    """Something was asked for by a name that is not there."""

    __str__ = InputError.__str__  # that of KeyError puts the whole message in quotes


def unknown_name(where: object, kind: str, name: object, known: Iterable[str]) -> UnknownNameError:
    """The error that a name is not there.

    Parameters
    ----------
    where
        What was asked.
    kind
        What the names are of.
    known
        All that are there.

    Examples
    --------
    >>> print(unknown_name("plan", "signal", "m1", ["M1", "M2", "M3"]))
    plan: has no signal 'm1'
    Remedy: choose one like M1
    """
    return UnknownNameError(where, f"has no {kind} {name!r}", remedy_of(name, known))


def remedy_of(name: object, known: Iterable[str]) -> str:
    """Names like the one that is not there; if none is, the first of all.

    Examples
    --------
    >>> remedy_of("west", ["M1", "M2"]), remedy_of("M7", [f"M{k}" for k in range(4)])
    ('choose one of M1, M2', 'choose one of M0, M1, M2, M3')
    """
    names = list(known)
    folded = {each.casefold(): each for each in names}
    if near := get_close_matches(str(name).casefold(), folded, n=3):
        return f"choose one like {', '.join(folded[each] for each in near)}"
    more = len(names) - MOST_NAMED
    listed = ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
    return f"choose one of {listed}" if names else "there is none"
