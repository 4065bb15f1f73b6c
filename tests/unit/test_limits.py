"""Rule profiles: every value has a source, changes are checked, and the page about them is true."""

from __future__ import annotations

import pickle
import re
from dataclasses import fields, replace
from pathlib import Path

import pytest

from trafficopt.limits import PROFILES, Limits, Source

PAGE = (Path(__file__).parents[2] / "docs" / "profiles.md").read_text(encoding="utf-8")
NAMES = [item.name for item in fields(Limits) if item.name not in {"profile", "title", "sources"}]
UNITS = {
    "_m_s2": "m/s2",
    "_m_s": "m/s",
    "_s": "s",
    "_m": "m",
    "_volume_product": "(veh/h)2",
    "_km_h": "km/h, s",
}


def table_of(limits: Limits) -> str:
    """The table of `docs/profiles.md` for a profile."""
    rows = ["| key | value | unit | | source |", "|---|---|---|---|---|"]
    for name in NAMES:
        unit = next((unit for ending, unit in UNITS.items() if name.endswith(ending)), "")
        mark = "verified" if limits.sources[name].verified else "editable default"
        rows.append(
            f"| `{name}` | {shown(getattr(limits, name))} | {unit} | {mark} | {limits.sources[name].text} |"
        )
    return "\n".join(rows)


def shown(value: object) -> str:
    """A value as the page has it."""
    if isinstance(value, tuple):
        return ", ".join(f"to {speed:g}: {yellow:g}" for speed, yellow in value)
    return f"`{value}`" if isinstance(value, str) else f"{value:.10g}"


@pytest.mark.parametrize("profile", PROFILES)
def test_every_value_of_a_profile_has_a_source_and_a_mark(profile: str) -> None:
    limits = Limits(profile)
    assert limits.profile == profile
    assert limits.title
    assert set(limits.sources) == set(NAMES)
    assert all(len(s.text) > 5 and s.verified in (True, False) for s in limits.sources.values())


@pytest.mark.parametrize("profile", PROFILES)
def test_what_was_only_remembered_is_not_called_verified(profile: str) -> None:
    doubtful = re.compile("from memory|no rule|second hand|press article|not used|editable default|cautious")
    assert not [n for n, s in Limits(profile).sources.items() if s.verified and doubtful.search(s.text)]


def test_the_default_profile_keeps_what_the_field_plan_shows() -> None:
    limits = Limits()
    assert limits == Limits() == Limits("keep")
    assert (limits.min_green_s, limits.min_cycle_s, limits.max_cycle_s) == (5.0, 30.0, 120.0)
    assert (limits.yellow_rule, limits.all_red_rule, limits.permissive) == ("field", "field", "field")
    assert (limits.walk_min_s, limits.walking_speed_m_s, limits.max_green_s) == (5.0, 1.2, float("inf"))


@pytest.mark.parametrize("profile", PROFILES)
def test_no_profile_makes_anything_newly_permissive(profile: str) -> None:
    assert Limits(profile).permissive == "field"


def test_a_change_is_taken_in_and_marked() -> None:
    limits = Limits("us", min_green_s=9, yellow_s_by_speed_km_h=[[50, 3], [90, 5]])
    assert limits.min_green_s == 9.0
    assert limits.yellow_s_by_speed_km_h == ((50.0, 3.0), (90.0, 5.0))
    assert limits.sources["min_green_s"] == Source("set by the scenario", False)
    assert limits.sources["walk_min_s"].verified
    assert limits != Limits("us")


def test_a_change_to_the_same_value_keeps_its_source() -> None:
    assert Limits("us", walk_min_s=7).sources == Limits("us").sources


def test_replace_keeps_what_is_not_replaced() -> None:
    limits = replace(Limits("de", walk_min_s=6.0), max_cycle_s=90.0)
    assert limits == Limits("de", walk_min_s=6.0, max_cycle_s=90.0)
    changed = [name for name, source in limits.sources.items() if source.text == "set by the scenario"]
    assert changed == ["max_cycle_s", "walk_min_s"]


@pytest.mark.parametrize("profile", PROFILES)
def test_limits_survive_pickling(profile: str) -> None:
    limits = Limits(profile, max_cycle_s=110.0)
    again = pickle.loads(pickle.dumps(limits))
    assert again == limits
    assert again.sources == limits.sources


def test_an_unknown_profile_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match="'uk' is unknown; profiles are keep, us, cn, de"):
        Limits("uk")


def test_all_bad_changes_are_told_together_with_the_keys() -> None:
    with pytest.raises(ValueError) as caught:
        Limits("us", min_green=5.0, sources={}, walk_min_s="long")
    message = str(caught.value)
    assert "key 'min_green' is unknown" in message
    assert "key 'sources' is unknown" in message
    assert "walk_min_s = 'long' is not a number" in message
    assert "keys are min_green_s, max_green_s" in message


@pytest.mark.parametrize(
    ("key", "value", "part"),
    [
        ("min_green_s", True, "is not a number"),
        ("min_green_s", float("nan"), "is not a number"),
        ("min_green_s", 0.0, "0 < min_green_s"),
        ("min_green_s", 40.0, "min_green_s < min_cycle_s"),
        ("max_cycle_s", 20.0, "min_cycle_s <= max_cycle_s"),
        ("max_green_s", 1.0, "min_green_s <= max_green_s"),
        ("yellow_max_s", 1.0, "yellow_min_s <= yellow_max_s"),
        ("all_red_max_s", 0.5, "all_red_min_s <= all_red_max_s"),
        ("walking_speed_m_s", 0.0, "walking_speed_m_s must be positive"),
        ("deceleration_m_s2", -3.0, "deceleration_m_s2 must be positive"),
        ("walk_buffer_s", -1.0, "walk_buffer_s must not be negative"),
        ("yellow_rule", "guess", "'guess' is unknown; choose one of field, kinematic, by-speed"),
        ("yellow_rule", 3.0, "is not text in quotes"),
        ("all_red_rule", "field", "must both be 'field', or neither"),
        ("permissive", "always", "choose one of field, warranted, none"),
        ("permissive_left_max_lanes", 1.5, "is not a whole number"),
        ("permissive_left_max_lanes", float("inf"), "is not a whole number"),
        ("yellow_s_by_speed_km_h", 3.0, "is not a list of pairs"),
        ("yellow_s_by_speed_km_h", [], "is not a list of pairs"),
        ("yellow_s_by_speed_km_h", [[50.0, "3"]], "is not a number"),
        ("yellow_s_by_speed_km_h", [[60.0, 4.0], [50.0, 3.0]], "ascending"),
    ],
)
def test_a_bad_change_is_refused(key: str, value: object, part: str) -> None:
    with pytest.raises(ValueError, match=re.escape(part)):
        Limits("us", **{key: value})


@pytest.mark.parametrize("profile", PROFILES)
def test_the_page_shows_every_value_as_the_profile_has_it(profile: str) -> None:
    limits = Limits(profile)
    assert f"## `{profile}`: {limits.title}\n\n{table_of(limits)}\n" in PAGE
