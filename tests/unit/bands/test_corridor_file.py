"""A corridor's file: what it may hold, and what is said of what it may not."""

from __future__ import annotations

from pathlib import Path

import pytest

from trafficopt.corridor_file import read_corridor
from trafficopt.errors import InputError
from trafficopt.model.corridor import Corridor, CorridorLink, Pattern, Span

TOP = "cycle_s = 60\n"
SIGNAL = "[[signals]]\ngreen_out_s = 30\ngreen_in_s = 20\n"
LINK = "[[links]]\ntravel_out_s = 13\ntravel_in_s = 37\n"
GREENS = Pattern(Span(), Span(30.0), Span(), Span(20.0))


def read(folder: Path, text: str) -> Corridor:
    path = folder / "oak.toml"
    path.write_text(text, encoding="utf-8")
    return read_corridor(path)


def faults(folder: Path, text: str) -> tuple[str, ...]:
    with pytest.raises(InputError) as raised:
        read(folder, text)
    assert raised.value.where == str(folder / "oak.toml")
    assert raised.value.remedy
    return raised.value.faults


def test_what_is_left_out_has_its_default(tmp_path: Path) -> None:
    found = read(tmp_path, TOP + SIGNAL + SIGNAL + LINK)
    assert (found.name, found.cycle_s, found.names) == ("oak", (60.0, 60.0), ("1", "2"))
    assert (found.volume_out, found.volume_in, found.slowness_change_s_m) == (1.0, 1.0, None)
    assert [signal.patterns for signal in found.signals] == [(GREENS,), (GREENS,)]
    assert found.links == (CorridorLink((13.0, 13.0), (37.0, 37.0)),)


def test_every_key_of_the_top_and_of_a_link_is_read(tmp_path: Path) -> None:
    top = 'name = "Oak Street"\ncycle_s = [55, 75.5]\nvolume_out_veh_h = 900\nvolume_in_veh_h = 0\n'
    keys = "queue_out_s = 2\nqueue_in_s = 3\nweight_out = 0\nweight_in = 1.5\nlength_m = 200\n"
    found = read(tmp_path, f"{top}slowness_change_s_m = 0.01\n{SIGNAL}{SIGNAL}{LINK}{keys}")
    assert (found.name, found.cycle_s) == ("Oak Street", (55.0, 75.5))
    assert (found.volume_out, found.volume_in, found.slowness_change_s_m) == (900.0, 0.0, 0.01)
    assert found.links == (CorridorLink((13.0, 13.0), (37.0, 37.0), 2.0, 3.0, 0.0, 1.5, 200.0),)


def test_shares_of_the_cycle_take_the_place_of_seconds(tmp_path: Path) -> None:
    text = "[[signals]]\ngreen_out_share = 0.53\ngreen_in_s = 20\nstart_out_share = 0.1\nstart_in_s = -5\n"
    (pattern,) = read(tmp_path, TOP + text).signals[0].patterns
    assert pattern == Pattern(Span(share=0.1), Span(share=0.53), Span(-5.0), Span(20.0))


def test_a_pattern_takes_from_its_signal_what_it_lacks(tmp_path: Path) -> None:
    patterns = "patterns = [{start_in_s = 5}, {green_out_share = 0.4, start_out_s = 7}]\n"
    one, two = read(tmp_path, TOP + SIGNAL + "start_out_s = 3\n" + patterns).signals[0].patterns
    assert one == Pattern(Span(3.0), Span(30.0), Span(5.0), Span(20.0))
    assert two == Pattern(Span(7.0), Span(share=0.4), Span(), Span(20.0))


def test_patterns_may_hold_all_greens(tmp_path: Path) -> None:
    text = "[[signals]]\npatterns = [{green_out_s = 30, green_in_s = 20}]\n"
    assert read(tmp_path, TOP + text).signals[0].patterns == (GREENS,)


def test_double_cycle_is_for_the_signal_that_has_it(tmp_path: Path) -> None:
    found = read(tmp_path, TOP + SIGNAL + "double_cycle = true\n" + SIGNAL + LINK)
    assert [signal.double_cycle for signal in found.signals] == [True, False]


@pytest.mark.parametrize(
    ("keys", "out", "back"),
    [
        ("travel_out_s = [10, 12]\ntravel_in_s = 9\n", (10.0, 12.0), (9.0, 9.0)),
        ("length_m = 500\nspeed_km_h = 36\n", (50.0, 50.0), (50.0, 50.0)),
        ("length_m = 500\nspeed_km_h = [36, 60]\n", (30.0, 50.0), (30.0, 50.0)),
        ("length_m = 500\nspeed_km_h = 36\nspeed_in_km_h = [18, 20]\n", (50.0, 50.0), (90.0, 100.0)),
        ("length_m = 500\nspeed_out_km_h = 18\nspeed_in_km_h = 36\n", (100.0, 100.0), (50.0, 50.0)),
        ("length_m = 500\ntravel_out_s = 41\nspeed_km_h = 36\n", (41.0, 41.0), (50.0, 50.0)),
    ],
)
def test_travel_times_come_as_they_stand_or_from_length_and_speed(
    tmp_path: Path, keys: str, out: tuple[float, float], back: tuple[float, float]
) -> None:
    (link,) = read(tmp_path, TOP + SIGNAL + SIGNAL + "[[links]]\n" + keys).links
    assert link.travel_out_s == pytest.approx(out)
    assert link.travel_in_s == pytest.approx(back)


@pytest.mark.parametrize(
    ("keys", "fault"),
    [
        ("", "travel times are missing, or length_m and speed_km_h"),
        (
            "travel_in_s = 9\n",
            "travel_in_s is for one direction: travel_out_s, or length_m and a speed, is missing for the "
            "other one",
        ),
        (
            "length_m = 9\nspeed_out_km_h = 50\n",
            "speed_out_km_h is for one direction: travel_in_s, or length_m and a speed, is missing for the "
            "other one",
        ),
        ("speed_km_h = 50\n", "length_m is missing: speed_km_h needs it"),
        ("length_m = 0\nspeed_km_h = 50\n", "length_m = 0 is below 0.1"),
        ("length_m = 90\nspeed_km_h = 0\n", "speed_km_h = 0 is below 0.1"),
        (
            "length_m = 90\nspeed_km_h = [60, 50]\n",
            "speed_km_h = [60, 50] must name the smaller number first",
        ),
        (
            "travel_out_s = 5\ntravel_in_s = 5\nlength_m = 90\nspeed_km_h = 50\n",
            "speed_km_h says again what travel_out_s and travel_in_s say",
        ),
        (
            "travel_out_s = 5\ntravel_in_s = 5\nlength_m = 90\nspeed_in_km_h = 50\n",
            "speed_in_km_h says again what travel_in_s says",
        ),
        ("travel_out_s = 5\ntravel_in_s = 5\nweight_in = -1\n", "weight_in = -1 is below 0"),
        (
            "travel_out_s = 5\ntravel_in_s = 5\nqueue_s = 1\n",
            "key 'queue_s' is unknown; the nearest known key is 'queue_in_s'",
        ),
    ],
)
def test_a_faulty_link_is_told_once(tmp_path: Path, keys: str, fault: str) -> None:
    text = TOP + SIGNAL + SIGNAL + "[[links]]\n" + keys
    assert faults(tmp_path, text) == (f"[[links]] number 1: {fault}",)


@pytest.mark.parametrize(
    ("keys", "fault"),
    [
        ("gren_out_s = 5\n", "key 'gren_out_s' is unknown; the nearest known key is 'green_out_s'"),
        ("start_out_s = true\n", "start_out_s = True is no number"),
        ("start_out_s = '5'\n", "start_out_s = '5' is no number"),
        ("start_out_s = nan\n", "start_out_s = nan is not finite, or far too large"),
        ("start_out_s = -inf\n", "start_out_s = -inf is not finite, or far too large"),
        ("start_out_share = 53\n", "start_out_share = 53 is above 1"),
        (
            "start_in_s = 5\nstart_in_share = 0.1\n",
            "start_in_s and start_in_share stand side by side: keep one of them",
        ),
        ("double_cycle = 1\n", "double_cycle = 1 is neither true nor false"),
        ("name = 5\n", "name = 5 is not text in quotes, or empty"),
        ("name = ' '\n", "name = ' ' is not text in quotes, or empty"),
        ("patterns = 5\n", "patterns is no list of tables: write patterns = [{green_out_s = ...}, ...]"),
    ],
)
def test_a_faulty_signal_is_told_once(tmp_path: Path, keys: str, fault: str) -> None:
    assert faults(tmp_path, TOP + SIGNAL + keys) == (f"[[signals]] number 1: {fault}",)


def test_a_fault_of_a_pattern_names_the_pattern(tmp_path: Path) -> None:
    text = "[[signals]]\ngreen_out_s = 30\npatterns = [{green_in_s = 5}, {name = 'x'}]\n"
    here = "[[signals]] number 1, patterns number 2"
    key, missing = faults(tmp_path, TOP + text)
    assert key.startswith(f"{here}: key 'name' is unknown; the nearest known key is ")
    assert missing == f"{here}: green_in_s (or green_in_share) is missing"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (SIGNAL, "key 'cycle_s' is missing"),
        ("cycle_s = 5400\n" + SIGNAL, "cycle_s = 5400 is above 600"),
        ("cycle_s = [60, '80']\n" + SIGNAL, "'80' in cycle_s is no number"),
        (
            "cycle_s = [60]\n" + SIGNAL,
            "cycle_s = [60] is neither a number nor a list of the least and the largest",
        ),
        (f"cycle_s = 1{400 * '0'}\n{SIGNAL}", "cycle_s = 100000000000000000...0000000000000000000"),
        ("cycle_s = 60\n", "there are no [[signals]]"),
        ("cycle_s = 60\nsignals = []\n", "there are no [[signals]]"),
        ("cycle_s = 60\n[signals]\nname = 'x'\n", "signals is no list of tables: write [[signals]]"),
        ("links = 5\n" + TOP + SIGNAL + SIGNAL, "links is no list of tables: write [[links]]"),
        (TOP + "volume_in_veh_h = -1\n" + SIGNAL, "volume_in_veh_h = -1 is below 0"),
        (
            TOP + SIGNAL + "[[signals]]\nname = '1'\n" + SIGNAL.partition("\n")[2] + LINK,
            "[[signals]] number 1 and 2 are both named '1'",
        ),
    ],
)
def test_a_fault_of_the_whole_is_told_once(tmp_path: Path, text: str, fault: str) -> None:
    (told,) = faults(tmp_path, text)
    assert told.startswith(fault)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (TOP + SIGNAL + LINK, "links: 1, signals: 1; there must be one link fewer than signals"),
        ("cycle_s = 0\n" + SIGNAL, "the cycle is 0 to 0 s: it must be above 0, the longest last"),
        ("cycle_s = 25\n" + SIGNAL, "the outbound green of signal 1 is 30 s in a cycle of 25 s"),
        (
            TOP + "[[signals]]\ndouble_cycle = true\ngreen_out_s = 30\ngreen_in_s = 31\n",
            "the inbound green of signal 1 is 31 s in a cycle of 30 s",
        ),
        (TOP + SIGNAL + SIGNAL + LINK + "queue_in_s = -1\n", "link 1 has a queue that clears in less than"),
        (TOP + "slowness_change_s_m = 0.01\n" + SIGNAL + SIGNAL + LINK, "link 1 has no length"),
    ],
)
def test_what_does_not_fit_together_is_told_with_the_file(tmp_path: Path, text: str, fault: str) -> None:
    (told,) = faults(tmp_path, text)
    assert told.startswith(fault)


def test_faults_of_all_parts_are_told_together(tmp_path: Path) -> None:
    text = (
        f"cycle_s = 'x'\nnmae = 'y'\n{SIGNAL}start_in_s = 'z'\n{LINK}queue_in_s = -1\n{LINK}weight_in = 'w'\n"
    )
    told = faults(tmp_path, text)
    assert [fault.partition(" ")[0] for fault in told] == [
        "key",
        "cycle_s",
        "[[signals]]",
        "[[links]]",
        "links:",
        "link",
    ]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"cycle_s =", "is not TOML: "),
        (b"name = '\xff'", "is not TOML: 'utf-8' codec"),
        (b"a = " + 5000 * b"[", "is"),
    ],
)
def test_a_file_that_is_no_toml_is_told(tmp_path: Path, content: bytes, fault: str) -> None:
    path = tmp_path / "oak.toml"
    path.write_bytes(content)
    with pytest.raises(InputError) as raised:
        read_corridor(path)
    assert raised.value.where == str(path)
    assert raised.value.faults[0].startswith(fault)


def test_a_folder_or_nothing_is_no_corridor(tmp_path: Path) -> None:
    for path, fault in ((tmp_path, "Is a directory"), (tmp_path / "none.toml", "No such file or directory")):
        with pytest.raises(InputError) as raised:
            read_corridor(path)
        assert (raised.value.where, raised.value.faults) == (str(path), (fault,))
