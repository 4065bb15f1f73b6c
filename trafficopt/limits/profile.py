"""Rule profiles as data: each value with its source."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

PROFILES = ("keep", "us", "cn", "de")


@dataclass(frozen=True, slots=True)
class Source:
    """Where a value comes from.

    Attributes
    ----------
    verified
        Whether the rule was read in the source that `text` names; otherwise the value is a default
        that whoever applies the profile should check.
    """

    text: str
    verified: bool


@dataclass(frozen=True, slots=True)
class Profile:
    """Contents of a profile's file.

    Attributes
    ----------
    values, sources
        By the name of the field of `Limits`.
    """

    title: str
    values: Mapping[str, object]
    sources: Mapping[str, Source]


@cache
def read_profile(name: str) -> Profile:
    """Read one of the profiles that come with the library.

    Raises
    ------
    ValueError
        If there is no such profile.
    """
    if name not in PROFILES:
        raise ValueError(f"profile {name!r} is unknown; profiles are {', '.join(PROFILES)}")
    text = files("trafficopt.limits").joinpath("profiles", f"{name}.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    title = table.pop("title")
    return Profile(
        title,
        {key: row["value"] for key, row in table.items()},
        {key: Source(row["source"], row["verified"]) for key, row in table.items()},
    )
