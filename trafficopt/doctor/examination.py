"""Everything that is looked at, in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from trafficopt.doctor import installation, machine
from trafficopt.doctor.checkup import AGAIN, Checkup, Look, State, looked_at

LOOKS: tuple[tuple[str, Look], ...] = (
    ("Python", installation.python_checkups),
    ("packages", installation.package_checkups),
    ("extras", installation.extra_checkups),
    ("SUMO", installation.sumo_checkups),
    ("fonts", machine.font_checkups),
    ("processors", machine.processor_checkups),
    ("folders", machine.folder_checkups),
    ("compiled functions", machine.compiler_checkups),
)


def examine() -> Iterator[Checkup]:
    """Look at the installation, the machine and the example; nothing that is broken ends it.

    Examples
    --------
    >>> next(examine()).name
    'trafficopt'
    """
    has_sumo = True
    for name, look in LOOKS:
        for found in looked_at(name, look, AGAIN):
            has_sumo &= found.name not in installation.SUMO_PROGRAMS or found.state is not State.PROBLEM
            yield found
    if has_sumo:  # without it, no route is read
        yield from looked_at("self-test", _try_example, AGAIN)


def _try_example() -> Iterable[Checkup]:
    from trafficopt.doctor.self_test import example_checkups

    return example_checkups()
