"""Plans on disk: JSON and SUMO's additional file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from trafficopt.errors import InputError
from trafficopt.limits import Limits
from trafficopt.network import Intersection, Interval, Network, Stage
from trafficopt.plan import SignalTiming, TimingPlan, read_plan_json
from trafficopt.sumo.programs import read_programs, split_program, write_programs

YELLOW = (Interval("yr", 3.0), Interval("rr", 1.5)), (Interval("ry", 3.0),)
STAGES = Stage("Gr", YELLOW[0], 5.0, 60.0), Stage("rG", YELLOW[1], 5.0, 60.0)


@pytest.fixture
def network() -> Network:
    conflicts = np.zeros((2, 2), dtype=np.bool_)
    return Network(
        {}, tuple(Intersection(key, 0.0, 0.0, 2, (), (), conflicts, STAGES) for key in ("north", "süd & co"))
    )


@pytest.fixture
def plan() -> TimingPlan:
    first = SignalTiming((0, 1), (20.25, 15.0), 42.75, 41.5)
    return TimingPlan("mine", {"süd & co": first, "north": SignalTiming((0, 1), (30.0, 22.5), 60.0, 0.0)})


def test_json_round_trip(tmp_path: Path, plan: TimingPlan) -> None:
    path = tmp_path / "plan.json"
    path.write_text(plan.to_json(), encoding="utf-8")
    again = read_plan_json(path)
    assert again.timings == plan.timings
    assert again.name == "mine"
    assert again.to_json() == plan.to_json()


def test_sumo_round_trip(tmp_path: Path, plan: TimingPlan, network: Network) -> None:
    path = tmp_path / "plan.add.xml"
    write_programs(network, plan, path, "new")
    found = read_programs([path], 0.0)
    assert found.ids == {"new"}
    assert list(found.active) == ["north", "süd & co"]
    for key, program in found.active.items():
        stages, timing = split_program(program, (), Limits())
        assert timing == plan[key]
        assert [(s.state, s.intergreen) for s in stages] == [(s.state, s.intergreen) for s in STAGES]
    assert [item.name for item in tmp_path.iterdir()] == ["plan.add.xml"]


def test_the_same_plan_gives_the_same_bytes(tmp_path: Path, plan: TimingPlan, network: Network) -> None:
    paths = [tmp_path / "a.xml", tmp_path / "b.xml"]
    turned = TimingPlan("mine", dict(reversed(plan.timings.items())))
    for path, one in zip(paths, (plan, turned), strict=True):
        write_programs(network, one, path)
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_an_empty_plan_is_a_valid_file(tmp_path: Path, network: Network) -> None:
    write_programs(network, TimingPlan("none", {}), tmp_path / "plan.add.xml")
    assert not read_programs([tmp_path / "plan.add.xml"], 0.0).active


@pytest.mark.parametrize(
    ("key", "timing", "fault"),
    [
        ("west", SignalTiming((0, 1), (20.0, 15.0), 42.5, 0.0), "'west' is not in the network"),
        ("north", SignalTiming((0, 1), (20.0, 15.0), 43.0, 0.0), "add up to 42.5 s, cycle is 43 s"),
        ("north", SignalTiming((0, 1), (31.0, 4.0), 42.5, 0.0), "minimum 5 s"),
        ("north", SignalTiming((0, 2), (20.0, 15.0), 42.5, 0.0), "does not have"),
    ],
)
def test_a_bad_plan_is_not_written(
    tmp_path: Path, network: Network, key: str, timing: SignalTiming, fault: str
) -> None:
    with pytest.raises(InputError, match=fault):
        write_programs(network, TimingPlan("bad", {key: timing}), tmp_path / "plan.add.xml")
    assert not list(tmp_path.iterdir())
