"""Rules on what is shown at one moment: who may be green together, and who is served at all.

Each rule yields pairs of a weight (the larger the worse) and a finding.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from trafficopt.intersection import Turn
from trafficopt.rules.findings import Finding, Severity
from trafficopt.rules.shown import TOLERANCE_S, Shown, lasts
from trafficopt.units import BoolArray, Seconds, SecondsArray

Weighed = tuple[float, Finding]


def seconds(value: Seconds) -> str:
    """Write a time as messages do.

    >>> seconds(2.0), seconds(2.9504)
    ('2 s', '2.95 s')
    """
    return f"{round(value, 3):.7g} s"


def greens_together(shown: Shown) -> Iterator[Weighed]:
    """Opposed movements that go together: neither yields, or one that may not be permissive.

    A pair is allowed where one of the two is shown green that yields, or a turn on red, and the network
    makes it yield.
    """
    conflicts, requirements = shown.intersection.conflicts, shown.intersection.requirements
    both = shown.opposed & shown.go[:, :, None] & shown.go[:, None, :]
    as_minor = both & shown.minor[:, :, None]
    gives_way = as_minor & conflicts.yields
    refused = both & ~_either(gives_way)
    unyielding = refused & as_minor
    yield from _clashes(shown, _time(shown, refused & ~_either(as_minor)))
    yield from _unyielding(shown, _time(shown, unyielding))
    granted = _either(gives_way & requirements.permissive)
    yield from _newly_permissive(shown, _time(shown, gives_way & ~granted))


def _either(pairs: BoolArray) -> BoolArray:
    """Make an array of ordered pairs in each row symmetric."""
    return pairs | pairs.transpose(0, 2, 1)


def _time(shown: Shown, pairs: BoolArray) -> SecondsArray:
    """Time of the cycle in which each pair is so [s], shape (n_heads, n_heads)."""
    time: SecondsArray = np.tensordot(shown.duration_s, pairs, 1)
    return time


def _clashes(shown: Shown, time_s: SecondsArray) -> Iterator[Weighed]:
    for a, b in np.argwhere(np.triu(time_s) > 0):
        a, b = sorted((a, b), key=lambda head: shown.names[head])
        text = f"{shown.names[a]} and {shown.names[b]} meet and both have G for {seconds(time_s[a, b])}"
        yield time_s[a, b], shown.finding("conflicting-greens", (a, b), text)


def _unyielding(shown: Shown, time_s: SecondsArray) -> Iterator[Weighed]:
    for a, b in np.argwhere(np.triu(time_s + time_s.T) > 0):
        a, b = sorted((a, b), key=lambda head: shown.names[head])
        if time_s[b, a] > time_s[a, b]:
            a, b = b, a
        text = (
            f"{shown.names[a]} goes for {seconds(time_s[a, b])} with green that yields, or on red, together "
            f"with {shown.names[b]}, but the network does not make it yield"
        )
        yield time_s[a, b], shown.finding("permissive-without-yield", (a, b), text)


def _newly_permissive(shown: Shown, time_s: SecondsArray) -> Iterator[Weighed]:
    for a, b in np.argwhere(time_s > 0):
        text = f"{shown.names[a]} yields to {shown.names[b]} for {seconds(time_s[a, b])} and must not"
        yield time_s[a, b], shown.finding("newly-permissive", (a, b), text)


def merges_within_approach(shown: Shown) -> Iterator[Weighed]:
    """Lanes of one approach that merge while both have green that does not yield."""
    same = shown.intersection.conflicts.meets & ~shown.opposed & shown.vehicles[:, None] & shown.vehicles
    both = same & shown.major[:, :, None] & shown.major[:, None, :]
    for a, b in np.argwhere(np.triu(both.any(axis=0), 1)):
        a, b = sorted((a, b), key=lambda head: shown.names[head])
        alike = shown.names[a] == shown.names[b]
        who = f"lanes of {shown.names[a]}" if alike else f"{shown.names[a]} and {shown.names[b]}"
        text = f"{who} merge behind the stop line and both have G"
        yield 0.0, shown.finding("merge-within-approach", (a, b), text)


def u_turns_across_walk(shown: Shown) -> Iterator[Weighed]:
    """U-turns that go while a crossing that they meet does."""
    turns = np.array([head.turn is Turn.U_TURN for head in shown.intersection.heads]) & shown.vehicles
    across = shown.opposed & turns[:, None] & shown.pedestrians
    time_s = _time(shown, across & shown.go[:, :, None] & shown.go[:, None, :])
    for a, b in np.argwhere(time_s > 0):
        text = f"the U-turn {shown.names[a]} is green for {seconds(time_s[a, b])} while {shown.names[b]} is"
        yield time_s[a, b], shown.finding("u-turn-across-walk", (a, b), text)


def never_served(shown: Shown) -> Iterator[Weighed]:
    """Movements and crossings of which no head is ever green, turns on red, or is switched off."""
    served = {shown.names[head] for head in np.flatnonzero((shown.go | shown.dark).any(axis=0))}
    for head in np.flatnonzero(shown.vehicles | shown.pedestrians):
        if shown.names[head] not in served:
            yield 0.0, shown.finding("never-served", (head,), f"{shown.names[head]} is never green")


def always_green(shown: Shown) -> Iterator[Weighed]:
    """Vehicle heads that are green in all rows; free turns, which only merge, are noted."""
    goes = shown.go.any(axis=0)
    exits = np.array([head.to_link for head in shown.intersection.heads])
    for head in np.flatnonzero(shown.green.all(axis=0) & shown.vehicles):
        foes = np.flatnonzero(shown.opposed[head] & goes)
        across = sorted(shown.names[foe] for foe in foes if exits[foe] != exits[head])
        name = shown.names[head]
        if across:
            text = f"{name} is green all the time and crosses {across[0]}, which is green at times"
            yield 1.0, shown.finding("always-green", (head,), text)
        else:
            merges = (
                f"merges with {shown.names[foes[0]]}" if len(foes) else "crosses nobody who is ever green"
            )
            text = f"{name} is green all the time and {merges}"
            yield 0.0, shown.finding("always-green", (head,), text, Severity.NOTE)


def idle_stages(shown: Shown) -> Iterator[Weighed]:
    """Times longer than any intergreen in which only those are green who always are, and none is yellow."""
    busy = (shown.green & ~shown.green.all(axis=0)) | shown.yellow | shown.red_yellow | shown.dark
    idle: BoolArray = ~np.any(busy, axis=1, keepdims=True)
    if idle.all():
        return
    needed = shown.intersection.requirements.intergreen_s
    longest = float(np.max(needed, where=np.isfinite(needed), initial=0.0))
    time = float(lasts(idle, shown.duration_s).max())
    if time > longest + TOLERANCE_S:
        text = (
            f"for {seconds(time)} nobody is green but those who always are; "
            f"the longest intergreen is {seconds(longest)}"
        )
        yield time, shown.finding("idle-stage", (), text)


def switched_off(shown: Shown) -> Iterator[Weighed]:
    """Heads that are dark or flash."""
    heads = np.flatnonzero(shown.dark.any(axis=0))
    if len(heads):
        time = float(shown.duration_s[shown.dark.any(axis=1)].sum())
        text = f"{len(heads)} of {len(shown.names)} heads are dark or flash for {seconds(time)} of the cycle"
        yield time, shown.finding("switched-off", tuple(heads), text)
