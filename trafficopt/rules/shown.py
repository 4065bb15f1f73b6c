"""What a signal shows in one cycle, as arrays that the rules look at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from trafficopt.intersection import Intersection, User
from trafficopt.rules.findings import RULES, Finding, Severity
from trafficopt.stage import GREEN, YELLOW, Interval
from trafficopt.units import BoolArray, Seconds, SecondsArray

TOLERANCE_S: Seconds = 1e-6
LETTERS = "rRyYuUgGsoO"


@dataclass(frozen=True, slots=True)
class Shown:
    """One cycle of a signal; neighboring rows differ, and the first row follows the last.

    Attributes
    ----------
    names
        Id of each head, or its place where it has none.
    opposed
        Pairs of heads that serve somebody and conflict, shape (n_heads, n_heads).
    vehicles, pedestrians
        Whom each head serves, shape (n_heads,).
    duration_s
        Of each row [s], shape (n_rows,).
    major, green, minor, yellow, red_yellow, dark
        Where `G`, `G` or `g`, green that yields (`g` and the turn on red `s`), `y`, `u`, and `o` or `O`
        are shown, shape (n_rows, n_heads).
    """

    intersection: Intersection
    names: tuple[str, ...]
    opposed: BoolArray
    vehicles: BoolArray
    pedestrians: BoolArray
    duration_s: SecondsArray
    major: BoolArray
    green: BoolArray
    minor: BoolArray
    yellow: BoolArray
    red_yellow: BoolArray
    dark: BoolArray

    @property
    def go(self) -> BoolArray:
        """Where vehicles or pedestrians may pass by a signal: green, or the turn on red."""
        return self.green | self.minor

    @property
    def cycle_s(self) -> Seconds:
        """Sum of the rows."""
        return float(self.duration_s.sum())

    def finding(
        self, rule: str, heads: Iterable[int | np.integer], message: str, severity: Severity | None = None
    ) -> Finding:
        """Make a finding about `heads`, each movement named once."""
        movements = tuple(dict.fromkeys(self.names[head] for head in heads))
        return Finding(rule, severity or RULES[rule].severity, self.intersection.id, movements, message)


def show(intersection: Intersection, rows: Sequence[Interval]) -> Shown:
    """Lay out well-formed rows as arrays; equal neighbors become one row."""
    rows = _merged(rows)
    text = "".join(row.state for row in rows).encode("ascii")
    codes = np.frombuffer(text, np.uint8).reshape(len(rows), intersection.n_heads)
    users = [head.user for head in intersection.heads]
    somebody = np.array([user is not User.NOBODY for user in users], bool)
    masks = {name: _ONE_OF[name][codes] & somebody for name in _ONE_OF}
    return Shown(
        intersection=intersection,
        names=tuple(head.id or f"head {k}" for k, head in enumerate(intersection.heads)),
        opposed=intersection.opposed & somebody[:, None] & somebody,
        vehicles=np.array([user is User.VEHICLES for user in users], bool),
        pedestrians=np.array([user is User.PEDESTRIANS for user in users], bool),
        duration_s=np.array([row.duration_s for row in rows], float),
        **masks,
    )


def before(mask: BoolArray) -> BoolArray:
    """Give for each row what the row before it shows, shape (n_rows, n_heads)."""
    return np.roll(mask, 1, axis=0)


def lasts(mask: BoolArray, duration_s: SecondsArray) -> SecondsArray:
    """Time for which `mask` stays true from the begin of each row, over the end of the cycle too.

    Parameters
    ----------
    mask
        Shape (n_rows, n_heads).
    duration_s
        Of each row [s], shape (n_rows,).

    Returns
    -------
    array
        Shape (n_rows, n_heads) [s]; 0 where `mask` is false, the cycle where it is always true.

    Examples
    --------
    >>> lasts(np.array([[True], [False], [True]]), np.array([10.0, 5.0, 3.0]))[:, 0].tolist()
    [10.0, 0.0, 13.0]
    """
    time = np.zeros(mask.shape)
    carried = np.zeros(mask.shape[1])
    n = len(duration_s)
    for k in reversed(range(2 * n)):
        carried = np.where(mask[k % n], carried + duration_s[k % n], 0.0)
        time[k % n] = carried
    return np.where(mask.all(axis=0), duration_s.sum(), time)


def _merged(rows: Sequence[Interval]) -> list[Interval]:
    """Join neighboring rows of one state, the last and the first too."""
    merged: list[Interval] = []
    for row in rows:
        if merged and merged[-1].state == row.state:
            merged[-1] = Interval(row.state, merged[-1].duration_s + row.duration_s)
        else:
            merged.append(row)
    if len(merged) > 1 and merged[0].state == merged[-1].state:
        last = merged.pop()
        merged[0] = Interval(last.state, last.duration_s + merged[0].duration_s)
    return merged


def _one_of(letters: str) -> BoolArray:
    """Table that says for each character code whether it is one of `letters`."""
    table = np.zeros(256, bool)
    table[[ord(letter) for letter in letters]] = True
    return table


_ONE_OF = {
    "major": _one_of("G"),
    "green": _one_of(GREEN),
    "minor": _one_of("gs"),
    "yellow": _one_of(YELLOW),
    "red_yellow": _one_of("uU"),
    "dark": _one_of("oO"),
}
