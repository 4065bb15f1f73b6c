"""How many plans and seeds a case has unless told otherwise."""

from __future__ import annotations

from benchmarks.fidelity.generated import GENERATED
from benchmarks.fidelity.ground_truth import Sizes
from benchmarks.fidelity.scenarios import CITY, case_of

MAPS = ("cologne1", "cologne3", "cologne8", "ingolstadt1", "ingolstadt7")
SPECIAL = {
    **dict.fromkeys(MAPS, Sizes(random=40, redesigned=40, good=20, seeds=3)),
    "dense": Sizes(random=8, redesigned=8, good=0, seeds=2),
    CITY: Sizes(random=3, redesigned=3, good=0, seeds=1),
}
OTHERS = Sizes(random=12, redesigned=12, good=8, seeds=2)
CASES = (
    *MAPS,
    *(base for base in GENERATED if base != "dense"),
    CITY,
    *(f"{base}{change}" for change in ("x1.2", "x1.4") for base in MAPS),
    "dense",
    *(f"{base}+frozen" for base in MAPS),
)


def default_sizes(name: str) -> Sizes:
    """Sizes of a case by name.

    Examples
    --------
    >>> default_sizes("cologne3").seeds, default_sizes("cologne3x1.2").seeds
    (3, 2)
    """
    return SPECIAL.get(case_of(name).name, OTHERS)
