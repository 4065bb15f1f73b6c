"""Python, packages, extras and SUMO, against what `pyproject.toml` asks for."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, metadata, requires, version

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from trafficopt.doctor.checkup import Checkup, ok, problem, warning
from trafficopt.errors import InputError
from trafficopt.sumo.binary import find_binary, sumo_version

PACKAGE = "trafficopt"
SUMO_PROGRAMS = ("sumo", "duarouter", "netconvert")
SUMO_EXTRA, SUMO_PACKAGE = "sumo", "eclipse-sumo"
PURPOSES = {
    "cluster": "batches on a Dask cluster",
    "tables": "results of batches as Parquet",
    "widgets": "sliders for the timing of a signal in notebooks",
}
"""What each extra is for; SUMO is looked at by itself."""
FOR_DEVELOPERS = ("bench", "dev", "docs")


def python_checkups() -> Iterator[Checkup]:
    """Versions of this package and of Python."""
    yield ok(PACKAGE, version(PACKAGE))
    found, asked = platform.python_version(), SpecifierSet(metadata(PACKAGE)["Requires-Python"])
    if asked.contains(found, prereleases=True):
        yield ok("Python", f"{found} ({platform.system()} {platform.machine()})")
    else:
        yield problem("Python", f"{found}, but {asked} is needed", f"install Python {asked}")


def package_checkups() -> Iterator[Checkup]:
    """Packages that are always needed: one line if all are as they should be."""
    needed = [each for each in _requirements() if _extra(each) is None]
    faults = [(each, fault) for each in needed if (fault := fault_of(each))]
    for each, fault in faults:
        yield problem("package", fault, f"pip install '{each.name}{each.specifier}'")
    if not faults:
        yield ok("packages", f"{len(needed)} as asked for: {', '.join(each.name for each in needed)}")


def extra_checkups() -> Iterator[Checkup]:
    """Extras: what they would bring, where they are not installed."""
    known = metadata(PACKAGE).get_all("Provides-Extra") or ()
    for extra in (each for each in PURPOSES if each in known):
        faults = [fault for each in _requirements() if _extra(each) == extra and (fault := fault_of(each))]
        name, remedy = f"extra {extra}", f"pip install '{PACKAGE}[{extra}]'"
        if faults:
            yield warning(name, f"{'; '.join(faults)}: no {PURPOSES[extra]}", remedy)
        else:
            yield ok(name, PURPOSES[extra])


def sumo_checkups() -> Iterator[Checkup]:
    """SUMO's programs: where they are, and whether they are of the version that is tested."""
    tested = tested_sumo()
    remedy = f"pip install '{PACKAGE}[{SUMO_EXTRA}]'"
    for name in SUMO_PROGRAMS:
        try:
            binary = find_binary(name)
            found = sumo_version(binary)
        except InputError as error:
            yield problem(name, " ".join(error.faults), error.remedy or remedy)
            continue
        if tested.contains(found):
            yield ok(name, f"{found}, as tested: {binary}")
        else:
            yield warning(name, f"{found} ({binary}), but {tested} is tested: figures may differ", remedy)


def tested_sumo() -> SpecifierSet:
    """Versions of SUMO that this package is tested with."""
    return next(each.specifier for each in _requirements() if each.name == SUMO_PACKAGE)


def fault_of(requirement: Requirement) -> str:
    """What is wrong with a package; empty if nothing is.

    Examples
    --------
    >>> fault_of(Requirement("numpy>=1")), fault_of(Requirement("no-such-package"))
    ('', 'no-such-package is not installed')
    """
    try:
        found = version(requirement.name)
    except PackageNotFoundError:
        return f"{requirement.name} is not installed"
    if requirement.specifier.contains(found, prereleases=True):
        return ""
    return f"{requirement.name} is {found}, but {requirement.specifier} is needed"


def _requirements() -> list[Requirement]:
    return [Requirement(text) for text in requires(PACKAGE) or ()]


def _extra(requirement: Requirement) -> str | None:
    """The extra that asks for a package; None if it is always needed."""
    if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
        return None
    extras = (*PURPOSES, *FOR_DEVELOPERS, SUMO_EXTRA)
    return next((each for each in extras if requirement.marker.evaluate({"extra": each})), "")
