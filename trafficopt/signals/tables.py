"""Conflicts and intergreens of one intersection as tables of text, movement by movement."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from trafficopt.intersection import Head, Intersection, User

LEGEND = "X cross   M merge   < gives way to the column   > goes before it   P crossing   . may go together"


def conflict_table(intersection: Intersection) -> str:
    """Which movements meet, and who gives way where both are green.

    Each cell has `X` where paths cross, `M` where they merge, `P` where a crossing is met, `.` where
    both may go together; `<` the row gives way to the column, `>` the column to the row.
    """

    def cell(rows: Sequence[int], columns: Sequence[int]) -> str:
        block = np.ix_(rows, columns)
        if not intersection.opposed[block].any():
            return "."
        one, two = intersection.heads[rows[0]], intersection.heads[columns[0]]
        letter = "P" if User.PEDESTRIANS in (one.user, two.user) else "M" if _merge(one, two) else "X"
        yields = intersection.conflicts.yields
        gives, takes = yields[block].any(), yields[np.ix_(columns, rows)].any()
        return letter + ("<" if gives and not takes else ">" if takes and not gives else "")

    return "\n".join([*_table(intersection, cell), LEGEND])


def intergreen_table(intersection: Intersection) -> str:
    """Seconds from the end of the row's green to the begin of the column's: those of the worst lanes."""

    def cell(rows: Sequence[int], columns: Sequence[int]) -> str:
        block = intersection.requirements.intergreen_s[np.ix_(rows, columns)]
        return f"{np.nanmax(block):g}" if np.isfinite(block).any() else "."

    return "\n".join(_table(intersection, cell))


def _merge(one: Head, two: Head) -> bool:
    return one.to_link == two.to_link


def _table(intersection: Intersection, cell: Callable[[Sequence[int], Sequence[int]], str]) -> list[str]:
    """Numbered movements down and across."""
    names = intersection.heads_by_name
    cells = [[cell(rows, columns) for columns in names.values()] for rows in names.values()]
    width = 1 + max(2, *(len(text) for row in cells for text in row), len(str(len(names))))
    label = max((len(name) for name in names), default=0)
    numbers = [str(number) for number in range(1, len(names) + 1)]
    head = " " * (label + 4) + "".join(number.rjust(width) for number in numbers)
    return [
        head,
        *(
            f"{number:>3} {name:<{label}}" + "".join(text.rjust(width) for text in row)
            for number, name, row in zip(numbers, names, cells, strict=True)
        ),
    ]
