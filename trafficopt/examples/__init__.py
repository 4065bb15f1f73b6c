"""Small made-up scenarios that come with the package."""

from __future__ import annotations

from pathlib import Path

from trafficopt.errors import InputError


def example_names() -> tuple[str, ...]:
    """Names of the examples, sorted."""
    return tuple(sorted(found.parent.name for found in Path(__file__).parent.glob("*/scenario.toml")))


def example_path(name: str) -> Path:
    """Folder of an example, ready for `read_scenario`.

    Raises
    ------
    InputError
        If there is no example of that name.

    Examples
    --------
    >>> example_path("main_street").name
    'main_street'
    """
    if name not in example_names():
        raise InputError("example", f"{name!r} is unknown", f"choose one of: {', '.join(example_names())}")
    return Path(__file__).parent / name
