"""`trafficopt bands` as a user meets it: published cases through files, its text and JSON, its errors."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from trafficopt.cli import app

MODELS = ("maxband", "multiband", "amband", "partition")
KEYS = (
    *("name", "model", "cycle_s", "signals", "offsets_s", "patterns", "slack_s", "band_out_s", "band_in_s"),
    *("band_out_start_s", "band_in_start_s", "efficiency", "efficiency_grade", "attainability"),
    *("attainability_advice", "one_way", "one_way_best_s", "limiting", "limiting_out", "limiting_in"),
    *("value_s", "bound_s", "link_bands_out_s", "link_bands_in_s", "broken_out", "broken_in"),
    *("travel_out_s", "travel_in_s", "message"),
)

# Of each signal green out, green in, start out, start in; of each link travel out, travel in, weights [s]
S0 = (
    [(31, 24, 58, 59), (28, 20, 43, 53), (27, 21, 37, 31), (23, 20, 32, 39)],
    [(13, 37, 1, 0.7), (34, 24, 1.5, 1.2), (28, 27, 0.8, 1)],
)
S1 = (
    [(26, 20, 15, 5), (27, 22, 24, 12), (30, 31, 38, 46), (33, 33, 32, 38)],
    [(15, 21, 1, 0.7), (17, 16, 1.5, 1.2), (35, 34, 0.8, 1)],
)
SIGNAL_KEYS = ("green_out_s", "green_in_s", "start_out_s", "start_in_s")
LINK_KEYS = ("travel_out_s", "travel_in_s", "weight_out", "weight_in")
Rows = Sequence[tuple[float, ...]]


def rows_toml(head: str, keys: Sequence[str], rows: Rows) -> str:
    return "".join(
        f"[[{head}]]\n" + "".join(f"{key} = {value}\n" for key, value in zip(keys, row, strict=True))
        for row in rows
    )


def toml(signals: Rows, links: Rows, top: str = "cycle_s = 60\n") -> str:
    return top + rows_toml("signals", SIGNAL_KEYS, signals) + rows_toml("links", LINK_KEYS, links)


# Greens of 10 s both ways that start together at one signal and half a cycle apart at the other
BLOCKED = toml(
    [(10, 10, 0, 0), (10, 10, 0, 30)],
    [(0, 0, 1, 1)],
    "cycle_s = 60\nvolume_out_veh_h = 100\nvolume_in_veh_h = 200\n",
)


def called(folder: Path, text: str, *options: object, code: int = 0) -> Result:
    path = folder / "street.toml"
    path.write_text(text, encoding="utf-8")
    arguments = ["bands", str(path), *map(str, options)]
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result


def answer(folder: Path, text: str, *options: object) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(called(folder, text, "--json", *options).stdout)
    assert tuple(found) == KEYS
    return found


def total_s(found: dict[str, Any]) -> float:
    return float(found["band_out_s"] + found["band_in_s"])


def longest_run_s(
    signals: Rows, offsets_s: Sequence[float], arrival_s: Sequence[float], cycle_s: float
) -> float:
    """Longest time in which each departure meets green at all signals (green, start, own cycle), by 0.1 s."""
    n = round(10 * cycle_s)
    depart_s = (np.arange(n) + 0.5) * cycle_s / n
    meets = np.ones(n, dtype=bool)
    for (green, start, own_s), offset, travel in zip(signals, offsets_s, arrival_s, strict=True):
        meets &= (depart_s + travel - offset - start) % own_s < green
    runs = "".join("x" if green else " " for green in np.tile(meets, 2)).split()
    return min(max(map(len, runs), default=0), n) * cycle_s / n


def brute_bands_s(
    signals: Rows,
    found: dict[str, Any],
    first: int = 0,
    last: int | None = None,
    halved: tuple[int, ...] = (),
) -> tuple[float, float]:
    """Both bands of the answer's offsets between two signals, from the greens as the file has them."""
    cycle_s, offsets_s = found["cycle_s"], found["offsets_s"][first:last]
    links = slice(first, None if last is None else last - 1)
    ahead = np.concatenate([[0.0], np.cumsum(found["travel_out_s"][links])])
    back = np.concatenate([[0.0], np.cumsum(found["travel_in_s"][links][::-1])])[::-1]
    own_s = [cycle_s / 2 if i in halved else cycle_s for i in range(len(signals))]
    rows = [*zip(signals, own_s, strict=True)][first:last]
    out = [(green, start, own) for (green, _, start, _), own in rows]
    into = [(green, start, own) for (_, green, _, start), own in rows]
    return (
        longest_run_s(out, offsets_s, ahead.tolist(), cycle_s),
        longest_run_s(into, offsets_s, back.tolist(), cycle_s),
    )


def bands_s(found: dict[str, Any]) -> Any:
    """Both bands of the answer, for comparison with boolean profiles."""
    return pytest.approx((found["band_out_s"], found["band_in_s"]), abs=0.101)


# Published cases


@pytest.mark.parametrize(
    ("case", "model", "expected_s"),
    [
        (case, model, value_s)
        for case, values_s in ((S0, (31.0, 33.0333, 40.0333)), (S1, (22.0, 34.5, 46.9)))
        for model, value_s in zip(MODELS, values_s, strict=False)
    ],
)
def test_golden_cases_have_their_bands(
    tmp_path: Path, case: tuple[Rows, Rows], model: str, expected_s: float
) -> None:
    found = answer(tmp_path, toml(*case), "--model", model)
    assert found["value_s"] == pytest.approx(expected_s, abs=1e-4)
    assert found["bound_s"] >= found["value_s"]
    if model == "maxband":
        assert total_s(found) == pytest.approx(expected_s, abs=1e-6)


def test_the_program_proves_a_golden_case(tmp_path: Path) -> None:
    found = answer(tmp_path, toml(*S0), "--model", "multiband", "--prove")
    assert found["value_s"] == pytest.approx(33.0333, abs=1e-4)
    assert found["bound_s"] == pytest.approx(33.0333, abs=0.01)


def test_two_signals_share_fifty_seconds(tmp_path: Path) -> None:
    found = answer(tmp_path, toml([(30, 30, 0, 0)] * 2, [(35, 35, 1, 1)]))
    assert total_s(found) == pytest.approx(50.0, abs=1e-6)


def test_eight_streets_keep_their_shortest_green_both_ways(tmp_path: Path) -> None:
    signals = [(60 * g, 60 * g, 0, 0) for g in (0.5, 0.66, 0.52, 0.75, 0.75, 0.5, 0.66, 0.5)]
    links = [(feet / 44, feet / 44, 1, 1) for feet in (1320, 1320, 990, 660, 990, 1320, 1320)]
    found = answer(tmp_path, toml(signals, links))
    assert (found["band_out_s"], found["band_in_s"]) == pytest.approx((30.0, 30.0), abs=1e-6)
    assert found["attainability"] == 1.0
    assert brute_bands_s(signals, found) == pytest.approx((30.0, 30.0), abs=0.101)


def test_the_street_of_little_finds_cycle_and_speeds(tmp_path: Path) -> None:
    greens = [0.53, 0.60, 0.60, 0.53, 0.52, 0.58, 0.60, 0.60, 0.60, 0.58]
    text = "cycle_s = [55, 75]\nslowness_change_s_m = 0.0121\n"
    text += rows_toml("signals", ("green_out_share", "green_in_share"), [(g, g) for g in greens])
    for length_m in (168, 213, 335, 213, 244, 198, 122, 213, 137):
        text += f"[[links]]\nlength_m = {length_m}\nspeed_km_h = [48.24, 64.44]\n"
    found = answer(tmp_path, text)
    cycle_s = found["cycle_s"]
    assert cycle_s == pytest.approx(57.932, abs=0.01)
    assert total_s(found) / cycle_s == pytest.approx(0.562827, abs=1e-4)
    signals = [(cycle_s * g, cycle_s * g, 0.0, 0.0) for g in greens]
    assert brute_bands_s(signals, found) == bands_s(found)


# What the answer says holds


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("case", [S0, S1])
def test_offsets_give_the_bands_of_the_answer(tmp_path: Path, case: tuple[Rows, Rows], model: str) -> None:
    found = answer(tmp_path, toml(*case), "--model", model)
    assert brute_bands_s(case[0], found) == bands_s(found)


@pytest.mark.parametrize("model", ["multiband", "amband"])
def test_a_link_has_at_least_the_band_that_the_model_gives_it(tmp_path: Path, model: str) -> None:
    found = answer(tmp_path, toml(*S1), "--model", model)
    for link in range(3):
        out, into = brute_bands_s(S1[0], found, link, link + 2)
        assert out >= found["link_bands_out_s"][link] - 0.101
        assert into >= found["link_bands_in_s"][link] - 0.101


def test_whole_seconds_tell_the_bands_that_they_give(tmp_path: Path) -> None:
    found = answer(tmp_path, toml(*S0), "--whole-seconds")
    assert all(offset == round(offset) for offset in found["offsets_s"])
    assert total_s(found) >= 31.0 - 2.0
    assert brute_bands_s(S0[0], found) == bands_s(found)


def test_volumes_share_the_sum(tmp_path: Path) -> None:
    top = "cycle_s = 60\nvolume_out_veh_h = 300\nvolume_in_veh_h = 700\n"
    found = answer(tmp_path, toml(*S1, top))
    assert (found["band_out_s"], found["band_in_s"]) == pytest.approx((6.6, 15.4), abs=1e-6)


def test_a_pattern_is_chosen_that_makes_bands_wider(tmp_path: Path) -> None:
    signals = [(30, 30, 0, 0), (30, 30, 0, 0)]
    plain = toml(signals, [(30, 15, 1, 1)])
    head, middle, end = plain.partition("[[links]]")
    found = answer(tmp_path, head + "patterns = [{}, {start_in_s = 15}]\n" + middle + end)
    assert total_s(answer(tmp_path, plain)) == pytest.approx(45.0)
    assert total_s(found) == pytest.approx(60.0)
    assert found["patterns"] == [0, 1]
    assert brute_bands_s([signals[0], (30, 30, 0, 15)], found) == pytest.approx((30.0, 30.0), abs=0.101)


def test_a_signal_with_half_the_cycle_is_green_twice(tmp_path: Path) -> None:
    signals = [(30, 30, 0, 0), (20, 20, 0, 0), (30, 30, 0, 0)]
    plain = toml(signals, [(20, 10, 1, 1), (25, 20, 1, 1)])
    one, two, three = plain.removeprefix("cycle_s = 60\n[[signals]]\n").split("[[signals]]\n")
    found = answer(
        tmp_path, "[[signals]]\n".join(["cycle_s = 60\n", one, two + "double_cycle = true\n", three])
    )
    assert brute_bands_s(signals, found, halved=(1,)) == bands_s(found)
    assert total_s(found) == pytest.approx(35.0)
    assert total_s(answer(tmp_path, plain)) < 34.0


def test_signals_that_block_each_other_leave_a_wave_one_way(tmp_path: Path) -> None:
    found = answer(tmp_path, BLOCKED)
    assert (found["one_way"], found["band_in_s"], found["band_out_s"]) == ("inbound", 10.0, 0.0)
    assert "1, 2 block each other" in found["message"]
    assert "No trajectories in both directions" in called(tmp_path, BLOCKED).stdout


def test_a_wave_that_breaks_names_the_signals_as_they_are_driven(tmp_path: Path) -> None:
    for way, broken in (("out", [["1", "2"]]), ("in", [["2", "1"]])):
        text = BLOCKED.replace(f"weight_{way} = 1", f"weight_{way} = 0.5")
        found = answer(tmp_path, text, "--model", "partition", "--break-price", "0.05")
        assert found["broken_out"] + found["broken_in"] == found[f"broken_{way}"] == broken
        assert found["value_s"] == pytest.approx(7.0)
    assert "breaks" in called(tmp_path, BLOCKED, "--model", "partition").stdout


# What is printed


def test_the_text_tells_bands_signals_and_links(tmp_path: Path) -> None:
    lines = called(tmp_path, 'name = "Oak Street"\n' + toml(*S0)).stdout.splitlines()
    assert lines[:6] == [
        "Oak Street: maxband, cycle 60.0 s",
        "",
        "Outbound band  15.5 s, 25.8 % of the cycle; passes 1 from 12.5 s on",
        "Inbound band   15.5 s, 25.8 % of the cycle; passes 4 from 32.0 s on",
        "Efficiency     25.8 %, good (grade after an unverified table)",
        "Attainability  72.1 %, fine-tuning needed (grade after an unverified table)",
    ]
    assert lines[7].split()[:5] == ["signal", "offset", "earlier", "later", "limits"]
    assert [line.split()[:2] for line in lines[9:15:2]] == [["|", "13.0"], ["|", "34.0"], ["|", "28.0"]]
    assert lines[10].split() == ["2", "30.0", "0.0", "0.0", "out,", "in"]
    assert max(map(len, lines)) <= 110


def test_the_text_has_columns_only_for_what_there_is(tmp_path: Path) -> None:
    plain = toml(*S1)
    optional = ("pattern", "km/h out", "band out", "earlier")
    chosen = plain.replace("[[links]]", "patterns = [{}, {start_in_s = 9}]\n[[links]]\nlength_m = 150", 1)
    assert [head in called(tmp_path, plain).stdout for head in optional] == [False, False, False, True]
    shown = called(tmp_path, chosen, "--model", "amband").stdout
    assert [head in shown for head in optional] == [True, True, True, False]
    assert " of 2" in shown
    assert " 36.0 " in shown  # 150 m in 15 s


def test_the_message_ends_the_text(tmp_path: Path) -> None:
    said = called(tmp_path, toml(*S1)).stdout
    assert said.endswith("\n\nA band in one direction alone could have 26.0 s; both together have 22.0 s.\n")


def test_link_bands_are_null_where_the_model_has_none(tmp_path: Path) -> None:
    for model, n in (("maxband", 0), ("amband", 3)):
        found = answer(tmp_path, toml(*S0), "--model", model)
        assert [len(found[f"link_bands_{way}_s"] or []) for way in ("out", "in")] == [n, n]


# What goes wrong


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("cycle_s =", "is not TOML"),
        ("", "key 'cycle_s' is missing"),
        (toml(*S0, "cycle_s = true\n"), "cycle_s = True is no number"),
        (toml(*S0, "cycle_s = [80, 60]\n"), "cycle_s = [80, 60] must name the smaller number first"),
        (toml(*S0, "cycle = 60\n"), "key 'cycle' is unknown; the nearest known key is 'cycle_s'"),
        (toml(*S0, "cycle_s = 30\n"), "the outbound green of signal 1 is 31 s in a cycle of 30 s"),
        (toml(S0[0], S0[1][:2]), "links: 2, signals: 4"),
        (
            toml(*S0).replace("travel_in_s = 24\n", ""),
            "[[links]] number 2: travel_out_s is for one direction",
        ),
        (
            toml(*S0).replace("green_in_s = 20\n", "", 1),
            "number 2: green_in_s (or green_in_share) is missing",
        ),
    ],
)
def test_a_broken_file_ends_in_its_name_the_fault_and_code_2(tmp_path: Path, text: str, said: str) -> None:
    result = called(tmp_path, text, code=2)
    assert result.stdout == ""
    assert result.stderr.startswith(f"Error: {tmp_path / 'street.toml'}:")
    assert said in result.stderr
    assert "\nRemedy: " in result.stderr


@pytest.mark.parametrize(
    "options",
    [("--model", "bestband"), ("--break-price", "-1"), ("--break-price", "inf"), ("--max-seconds", "nan")],
)
def test_an_option_out_of_its_range_ends_in_code_2(tmp_path: Path, options: tuple[str, str]) -> None:
    assert options[0] in called(tmp_path, toml(*S0), *options, code=2).stderr
