"""A diagnosis of hand-made signals: its order, and what it leaves."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conftest import crossroads, problem_of, steady
from trafficopt.diagnosis.diagnose import Diagnosis, diagnose_answers
from trafficopt.diagnosis.movements import Answers
from trafficopt.diagnosis_study import diagnose, write_diagnosis
from trafficopt.diagnosis_text import diagnosis_object, tables
from trafficopt.errors import InputError
from trafficopt.limits import Limits
from trafficopt.network import Link
from trafficopt.plan import SignalTiming, TimingPlan
from trafficopt.problem import Problem

Maker = Callable[..., Problem]
FILES = {"worklist.csv", "intersections.csv", "movements.csv", "links.csv", "arterials.csv"}


@pytest.fixture(scope="module")
def street() -> Problem:
    """Signals a, b and c with the same greens, ever busier; nobody passes d."""
    names = ("a", "b", "c", "d")
    nodes = [
        crossroads(name, k, Limits(), yellow_s=3.0, min_green_s=5.0, max_green_s=60.0)
        for k, name in enumerate(names)
    ]
    keys = [f"m{k}" for k in range(5)] + [f"{kind}{k}" for k in range(4) for kind in "cx"]
    ends = {key: (300.0, 0.0) if key[0] == "m" else (0.0, 300.0) for key in keys}
    links = {key: Link(key, "a", "b", 300.0, 13.9, 1, ((0.0, 0.0), end)) for key, end in ends.items()}
    vehicles = [
        v for k, flow in enumerate((200.0, 500.0, 900.0)) for v in steady((f"c{k}", f"x{k}"), flow, 900.0)
    ]
    timings = {node.id: SignalTiming(node.stages, (26.0, 26.0), 60.0, 0.0) for node in nodes}
    return problem_of(links, nodes, vehicles, timings, limits=Limits(), period_s=900.0)


@pytest.fixture(scope="module")
def found(street: Problem) -> Diagnosis:
    return diagnose(street)


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(text.splitlines()))


def test_the_worklist_begins_where_most_can_be_gained(found: Diagnosis) -> None:
    assert [point.figures.id for point in found.worklist] == ["c", "b", "a", "d"]
    gains = [point.figures.gain_veh_h for point in found.worklist]
    assert gains == sorted(gains, reverse=True)
    assert gains[-1] == 0.0


def test_points_of_the_same_gain_keep_the_order_of_the_network(corridor: Maker) -> None:
    problem = corridor(3, main_veh_h=0.0)
    found = diagnose(problem)
    assert len({point.figures.gain_veh_h for point in found.worklist}) == 1
    assert [point.figures.id for point in found.worklist] == ["s0", "s1", "s2"]


def test_the_models_alone_know_nothing_of_sumo(found: Diagnosis) -> None:
    assert found.seeds == ()
    assert math.isnan(found.sumo_mean_delay_s)
    assert found.untimed == {}


def test_sumo_is_told_where_it_ran(street: Problem, asked: Callable[..., Answers]) -> None:
    found = diagnose_answers(street, street.field_plan, asked(street, with_sumo=True))
    assert (found.seeds, found.sumo_mean_delay_s) == ((1, 2), 12.5)


def test_the_same_plan_gives_the_same_diagnosis(street: Problem, found: Diagnosis) -> None:
    assert json.dumps(diagnosis_object(diagnose(street))) == json.dumps(diagnosis_object(found))


def test_signals_that_are_not_timed_are_named_with_the_reason(street: Problem) -> None:
    nodes = tuple(
        replace(node, kept_because="its program is of type actuated") if node.id == "b" else node
        for node in street.network.intersections
    )
    scenario = replace(street.scenario, network=replace(street.network, intersections=nodes))
    plan = TimingPlan("part", {key: street.field_plan[key] for key in ("c", "d")})
    found = diagnose(replace(street, scenario=scenario), plan)
    assert found.untimed == {"a": "the plan does not name it", "b": "its program is of type actuated"}
    assert [point.figures.id for point in found.worklist] == ["c", "d"]


def test_a_plan_that_times_nothing_leaves_an_empty_worklist(street: Problem) -> None:
    found = diagnose(street, TimingPlan("empty", {}))
    assert found.worklist == ()
    assert set(found.untimed) == {"a", "b", "c", "d"}
    json.dumps(diagnosis_object(found), allow_nan=False)


def test_json_has_no_nan_and_comes_back_as_it_was(found: Diagnosis) -> None:
    said = diagnosis_object(found)
    assert json.loads(json.dumps(said, allow_nan=False)) == said
    assert [point["rank"] for point in json.loads(json.dumps(said))["worklist"]] == [1, 2, 3, 4]
    idle = json.loads(json.dumps(said))["worklist"][-1]
    assert (idle["id"], idle["delay_s"], idle["gain_veh_h"], idle["movements"]) == ("d", None, 0.0, [])


def test_every_table_has_its_header_though_it_has_no_rows(found: Diagnosis) -> None:
    empty = tables(replace(found, worklist=(), links=(), arterials=()))
    assert set(empty) == FILES
    for name, text in tables(found).items():
        head, *_ = text.splitlines()
        assert empty[name] == head + "\n"
        assert len(set(head.split(","))) == len(head.split(","))
    assert empty["arterials.csv"].startswith("name,direction,travel_time_index,")


def test_numbers_of_tables_have_their_unit_in_the_name(found: Diagnosis) -> None:
    bare = {
        *("rank", "lane", "vehicles", "stops", "green_use", "imbalance", "approach_imbalance"),
        *("first_pass_share", "split_failure_share", "arrivals_on_green", "green_share", "platoon_ratio"),
        *("queue_ratio", "travel_time_index", "sumo_travel_time_index", "saturation"),
        *("critical_saturation",),
    }
    for text in tables(found).values():
        for row in rows(text):
            for key, value in row.items():
                if value.replace(".", "").replace("-", "").isdigit():
                    assert key in bare or key.endswith(("_s", "_m", "_veh_h")), key


def test_the_worklist_has_a_row_for_every_signal(found: Diagnosis) -> None:
    told = rows(tables(found)["worklist.csv"])
    assert [row["intersection"] for row in told if row["rank"] == "1"] == ["c"] * len(
        found.worklist[0].weaknesses
    )
    assert {row["intersection"] for row in told} == {"a", "b", "c", "d"}
    assert told[-1] == {
        **dict.fromkeys(told[-1], ""),
        "rank": "4",
        "intersection": "d",
        "gain_veh_h": "0",
    }


def test_tables_say_what_the_figures_are(found: Diagnosis) -> None:
    texts = tables(found)
    first = found.worklist[0].figures
    row = rows(texts["intersections.csv"])[0]
    assert row["id"] == "c"
    assert float(row["gain_veh_h"]) == pytest.approx(first.gain_veh_h, rel=1e-5)
    assert row["stage_saturation"].split()[0] == "0.000"
    assert row["stage_limit"] == "none; none"
    assert row["sumo_delay_s"] == ""
    movement = rows(texts["movements.csv"])[0]
    assert (movement["name"], movement["turn"]) == ("straight on from the south", "through")
    assert float(movement["delay_veh_h"]) == pytest.approx(first.movements[0].delay_veh_h, rel=1e-5)
    assert movement["storage_m"] == ""  # from the border of the network


def test_files_are_left_together(street: Problem, found: Diagnosis, tmp_path: Path) -> None:
    write_diagnosis(found, street, tmp_path / "new" / "folder")
    left = {path.name for path in (tmp_path / "new" / "folder").iterdir()}
    assert left == FILES | {"diagnosis.json", "delays.svg"}
    said = json.loads((tmp_path / "new" / "folder" / "diagnosis.json").read_text(encoding="utf-8"))
    assert said == diagnosis_object(found)


def test_a_file_in_the_way_is_one_clear_message(street: Problem, found: Diagnosis, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("", encoding="utf-8")
    with pytest.raises(InputError, match="taken"):
        write_diagnosis(found, street, tmp_path / "taken")


def test_a_plan_that_does_not_fit_is_an_input_error(street: Problem) -> None:
    timing = street.field_plan["a"]
    with pytest.raises(InputError, match="elsewhere"):
        diagnose(street, TimingPlan("alien", {"elsewhere": timing}))
