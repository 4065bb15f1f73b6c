"""Corrections of a conflict matrix made by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from trafficopt.errors import InputError
from trafficopt.intersection import Conflicts, Head, Override


def overridden(heads: Sequence[Head], conflicts: Conflicts, overrides: Sequence[Override]) -> Conflicts:
    """Conflicts with hand-made corrections.

    A conflict that is added has unknown distances: 0 m to its near edge, the whole path to its far one.

    Raises
    ------
    InputError
        If an override names a head that the intersection lacks.
    """
    if not overrides:
        return conflicts
    meets, yields = conflicts.meets.copy(), conflicts.yields.copy()
    near, far, unseen = conflicts.near_m.copy(), conflicts.far_m.copy(), conflicts.unseen.copy()
    for override in overrides:
        members = [[k for k, head in enumerate(heads) if head.id == name] for name in override.heads]
        unknown = [name for name, found in zip(override.heads, members, strict=True) if not found]
        if unknown:
            known = ", ".join(sorted({head.id for head in heads if head.id}))
            raise InputError(
                f"[[conflicts]] of {override.intersection!r}",
                [f"{name!r} is no movement of this signal" for name in unknown],
                f"its movements are {known}",
            )
        for pair in (np.ix_(*members), np.ix_(*members[::-1])):
            meets[pair], unseen[pair] = override.conflict, False
            if not override.conflict:
                yields[pair] = False
                near[pair] = far[pair] = np.nan
        for a, b in [(a, b) for a in members[0] for b in members[1]] if override.conflict else []:
            for one, two in ((a, b), (b, a)):
                near[one, two] = np.fmin(near[one, two], 0.0)
                far[one, two] = np.fmax(far[one, two], heads[one].length_m)
    return Conflicts(meets, yields, near, far, unseen, (*conflicts.overrides, *overrides))
