"""`scenario.toml`: what it may hold, and what is said of what it may not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from trafficopt.errors import InputError
from trafficopt.intersection import Override
from trafficopt.limits import Limits
from trafficopt.sumo.scenario_file import limits_of, locate, overrides_of, waivers_of
from trafficopt.waiver import Waiver

HERE = Path("scenario.toml")
SIGNALS = {"M1", "M2"}
WAIVER = {"rule": "short-green", "intersection": "M1", "reason": "seen on site"}
CORRECTION = {"intersection": "M1", "between": ["w->e", "s->n"], "conflict": False, "reason": "a bridge"}


def written(folder: Path, text: str) -> Path:
    path = folder / "scenario.toml"
    path.write_text(text, encoding="utf-8")
    return path


# The file


def test_a_folder_a_file_or_a_configuration(tmp_path: Path) -> None:
    path = written(tmp_path, 'sumocfg = "x.sumocfg"\n')
    (tmp_path / "x.sumocfg").write_text("<configuration/>", encoding="utf-8")
    for name in (tmp_path, path):
        assert locate(name) == (path, {"sumocfg": "x.sumocfg"})
    assert locate(tmp_path / "x.sumocfg") == (tmp_path / "x.sumocfg", {})


def test_tables_are_known(tmp_path: Path) -> None:
    text = (
        'sumocfg = "x.sumocfg"\n[limits]\nprofile = "us"\n[[waivers]]\nrule = "short-green"\n'
        '[[waivers]]\nrule = "short-walk"\n[[conflicts]]\nconflict = true\n'
    )
    _, table = locate(written(tmp_path, text))
    assert table["limits"] == {"profile": "us"}
    assert [row["rule"] for row in table["waivers"]] == ["short-green", "short-walk"]
    assert table["conflicts"] == [{"conflict": True}]


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ('sumocfg = "x"\nnmae = "y"', ["key 'nmae' is unknown"]),
        ("sumocfg = 5", ["sumocfg = 5 is not text in quotes"]),
        ('name = "y"', ["key 'sumocfg' is missing"]),
        ("nmae = 1\ntitle = 2", ["'nmae' is unknown", "title = 2 is not text", "'sumocfg' is missing"]),
        ("sumocfg =", ["is not TOML"]),
    ],
)
def test_all_faults_of_the_keys_are_told(tmp_path: Path, text: str, faults: list[str]) -> None:
    path = written(tmp_path, text)
    with pytest.raises(InputError) as caught:
        locate(path)
    assert caught.value.where == str(path)
    assert len(caught.value.faults) == len(faults)
    for told, fault in zip(caught.value.faults, faults, strict=True):
        assert fault in told


def test_the_keys_that_are_known_are_listed(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"arterials, conflicts, intersections, limits, .* waivers"):
        locate(written(tmp_path, "x = 1"))


def test_missing_files(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"has no scenario\.toml"):
        locate(tmp_path)
    with pytest.raises(InputError, match="does not exist"):
        locate(tmp_path / "none.sumocfg")


# Limits


def test_limits_of_a_profile_with_changes() -> None:
    assert limits_of(HERE, {}) == Limits("keep")
    assert limits_of(HERE, {"profile": "us", "min_green_s": 8}) == Limits("us", min_green_s=8)


def test_a_profile_that_is_asked_for_takes_the_place_of_that_of_the_file() -> None:
    found = limits_of(HERE, {"profile": "us", "min_green_s": 8}, "de")
    assert found == Limits("de", min_green_s=8)


@pytest.mark.parametrize(
    ("table", "part"),
    [
        (5, "limits = 5 is not a table"),
        ([{"profile": "us"}], "is not a table"),
        ({"profile": "fr"}, "profile 'fr' is unknown; profiles are keep, us, cn, de"),
        ({"profile": 5}, "profile = 5 is not text"),
        ({"profile": ["us"]}, "profile = ['us'] is not text"),
        ({"min_green": 5}, "key 'min_green' is unknown"),
        ({"min_green_s": "short"}, "min_green_s = 'short' is not a number"),
        ({"min_green_s": True}, "min_green_s = True is not a number"),
        ({"max_cycle_s": 1.0}, "max_cycle_s"),
        ({"yellow_rule": "none"}, "yellow_rule = 'none' is unknown; choose one of field"),
        ({"min_green": 5, "walk_min_s": "x"}, "walk_min_s = 'x' is not a number"),
    ],
)
def test_bad_limits_are_input_errors(table: object, part: str) -> None:
    with pytest.raises(InputError) as caught:
        limits_of(HERE, table)
    assert caught.value.where == "scenario.toml"
    assert part in str(caught.value)


def test_an_unknown_profile_that_is_asked_for_is_not_the_file_s_fault() -> None:
    with pytest.raises(InputError, match="profile 'fr' is unknown") as caught:
        limits_of(HERE, {}, "fr")
    assert caught.value.where == "--profile"


# Waivers


def test_waivers() -> None:
    rows = [WAIVER, {**WAIVER, "intersection": "M2", "movements": ["w->e", "s->n"]}]
    assert waivers_of(HERE, {"waivers": rows}, SIGNALS) == (
        Waiver("short-green", "M1", "seen on site"),
        Waiver("short-green", "M2", "seen on site", ("w->e", "s->n")),
    )
    assert waivers_of(HERE, {}, SIGNALS) == ()


def without(row: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != key}


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        *((without(WAIVER, key), f"key {key!r} is missing") for key in WAIVER),
        ({**WAIVER, "why": "x"}, "key 'why' is unknown"),
        ({**WAIVER, "rule": "short-greens"}, "rule 'short-greens' is unknown; rules are bad-state, "),
        ({**WAIVER, "intersection": "X9"}, "'X9' is not a signal of the network"),
        ({**WAIVER, "reason": ""}, "reason = '' is no str, or empty"),
        ({**WAIVER, "reason": "  "}, "reason"),
        ({**WAIVER, "reason": 5}, "reason = 5 is no str"),
        ({**WAIVER, "movements": "w->e"}, "movements = 'w->e' is no list"),
    ],
)
def test_bad_waivers_are_input_errors(row: dict[str, Any], fault: str) -> None:
    with pytest.raises(InputError) as caught:
        waivers_of(HERE, {"waivers": [WAIVER, row]}, SIGNALS)
    assert caught.value.where == "scenario.toml"
    assert len(caught.value.faults) == 1
    assert caught.value.faults[0].startswith("[[waivers]] number 2: ")
    assert fault in caught.value.faults[0]


def test_all_bad_waivers_are_told_together() -> None:
    rows = [without(WAIVER, "reason"), WAIVER, {**WAIVER, "rule": "x"}]
    with pytest.raises(InputError) as caught:
        waivers_of(HERE, {"waivers": rows}, SIGNALS)
    assert [fault.split(":")[0] for fault in caught.value.faults] == [
        "[[waivers]] number 1",
        "[[waivers]] number 3",
    ]


# Corrections of conflicts


def test_corrections() -> None:
    found = overrides_of(HERE, {"conflicts": [CORRECTION]}, SIGNALS)
    assert found == (Override("M1", ("w->e", "s->n"), False, "a bridge"),)
    assert overrides_of(HERE, {}, SIGNALS) == ()


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        *((without(CORRECTION, key), f"key {key!r} is missing") for key in CORRECTION),
        ({**CORRECTION, "movements": []}, "key 'movements' is unknown"),
        ({**CORRECTION, "between": ["w->e"]}, "between must name two movements"),
        ({**CORRECTION, "between": ["a", "b", "c"]}, "between must name two movements"),
        ({**CORRECTION, "between": "w->e"}, "between = 'w->e' is no list"),
        ({**CORRECTION, "conflict": "no"}, "conflict = 'no' is no bool"),
        ({**CORRECTION, "reason": ""}, "reason = '' is no str, or empty"),
    ],
)
def test_bad_corrections_are_input_errors(row: dict[str, Any], fault: str) -> None:
    with pytest.raises(InputError) as caught:
        overrides_of(HERE, {"conflicts": [row, CORRECTION]}, SIGNALS)
    assert len(caught.value.faults) == 1
    assert caught.value.faults[0].startswith("[[conflicts]] number 1: ")
    assert fault in caught.value.faults[0]


@pytest.mark.parametrize("rows", [{"rule": "x"}, "text", [1, 2]])
def test_what_is_no_list_of_tables(rows: object) -> None:
    with pytest.raises(InputError, match=r"write \[\[waivers\]\] and its keys below"):
        waivers_of(HERE, {"waivers": rows}, SIGNALS)
    with pytest.raises(InputError, match=r"write \[\[conflicts\]\] and its keys below"):
        overrides_of(HERE, {"conflicts": rows}, SIGNALS)
