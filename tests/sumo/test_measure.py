"""What is measured in SUMO: it changes no run, agrees with other outputs, and is kept by content."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from trafficopt.errors import InputError
from trafficopt.examples import example_path
from trafficopt.measured import BY_LINK, BY_MOVEMENT, Measured
from trafficopt.plan import TimingPlan
from trafficopt.problem import build_problem
from trafficopt.scenario import Scenario
from trafficopt.study import calibrate
from trafficopt.sumo import cache
from trafficopt.sumo.cache import cache_folder, key_of, measure_once
from trafficopt.sumo.judge import simulate
from trafficopt.sumo.measure import measure
from trafficopt.sumo.read import read_scenario

SEEDS = (1, 2)


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return read_scenario(example_path("main_street"), minutes=15)


@pytest.fixture(scope="module")
def field(scenario: Scenario) -> Measured:
    return measure(scenario, scenario.field_plan, SEEDS, jobs=1)


def same(a: Measured, b: Measured) -> bool:
    arrays = all(
        np.array_equal(getattr(a, name), getattr(b, name), equal_nan=True)
        for name in (*BY_MOVEMENT, *BY_LINK)
    )
    others = ("plan", "seeds", "mean_delay_s", "movements", "links")
    return arrays and all(getattr(a, name) == getattr(b, name) for name in others)


def test_detectors_change_no_run(scenario: Scenario, field: Measured) -> None:
    judged = simulate(scenario, scenario.field_plan, SEEDS, jobs=1)
    assert field.mean_delay_s == pytest.approx(judged.mean("mean_delay_s"))
    expected = [judged.link_delay_s.get(link, 0.0) for link in field.links]
    assert field.link_delay_s == pytest.approx(expected)
    assert field.link_left == pytest.approx([judged.link_vehicles.get(link, 0.0) for link in field.links])


def test_jobs_change_no_figure(scenario: Scenario, field: Measured) -> None:
    assert same(measure(scenario, scenario.field_plan, SEEDS, jobs=2), field)


def test_movements_add_up_to_links(field: Measured) -> None:
    """Vehicles that leave a link by a movement, and none arrives on an approach."""
    approach = "e0_stop"
    by_movement = sum(
        n for (link, _), n in zip(field.movements, field.vehicles, strict=True) if link == approach
    )
    assert by_movement > 100
    assert by_movement == pytest.approx(field.link_left[field.links.index(approach)], abs=2)


def test_delay_of_movements_is_that_of_links_and_junctions(field: Measured) -> None:
    """SUMO's time loss has the link alone; what is lost on the junction behind is little."""
    k = field.links.index("e0_stop")
    lost = sum(s for (link, _), s in zip(field.movements, field.delay_s, strict=True) if link == "e0_stop")
    assert 0.9 * field.link_delay_s[k] < lost < 1.4 * field.link_delay_s[k]


def test_queues_start_and_discharge_as_vehicles_follow(field: Measured) -> None:
    """Half a second to the first front, then 2 to 2.7 s a vehicle of 5 to 9 m at up to 50 km/h."""
    k = field.movements.index(("e0_stop", "e1"))
    assert field.n_headways[k] > 50
    assert 0.3 < field.start_s[k] < 0.8
    assert 2.0 < field.headway_s[k] < 2.7
    places = field.place_headway_s[k][field.place_vehicles[k] >= 10]
    assert places[0] > places[-1]


def test_movements_without_signal_have_no_headway(field: Measured) -> None:
    k = field.movements.index(("e0", "e0_stop"))
    assert field.vehicles[k] > 0
    assert field.n_headways[k] == 0
    assert np.isnan(field.headway_s[k])


def test_free_times_are_near_the_limit(scenario: Scenario, field: Measured) -> None:
    k = int(np.nanargmax(np.where(field.free_vehicles >= 5, field.free_s, np.nan)))
    link = scenario.network.links[field.movements[k][0]]
    assert 0.9 * link.free_flow_s < field.free_s[k] < 1.3 * link.free_flow_s + 3.0


def test_seeds_tell_the_error(scenario: Scenario, field: Measured) -> None:
    one = measure(scenario, scenario.field_plan, (1,))
    k = field.movements.index(("e0_stop", "e1"))
    assert 0 < one.delay_error_s[k] < 10
    assert 0 < field.delay_error_s[k] < 10
    assert one.vehicles[k] == round(one.vehicles[k])


def test_bad_arguments(scenario: Scenario) -> None:
    with pytest.raises(InputError, match="none is given"):
        measure(scenario, scenario.field_plan, ())
    laneless = replace(scenario, network=replace(scenario.network, lane_graph=None))
    with pytest.raises(InputError, match="no lanes"):
        measure(laneless, scenario.field_plan, (1,))


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, field: Measured) -> list[str]:
    """Plans that were measured anew; the cache is empty at first."""
    asked: list[str] = []

    def fake(scenario: Scenario, plan: TimingPlan, seeds: object, *, jobs: int | None = None) -> Measured:
        asked.append(plan.name)
        return replace(field, plan=plan.name)

    monkeypatch.setenv("TRAFFICOPT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(cache, "measure", fake)
    return asked


def test_a_second_question_is_answered_from_the_cache(
    scenario: Scenario, field: Measured, counted: list[str]
) -> None:
    first = measure_once(scenario, scenario.field_plan, SEEDS)
    renamed = TimingPlan("another name", scenario.field_plan.timings)
    again = measure_once(scenario, renamed, SEEDS)
    assert counted == [scenario.field_plan.name]
    assert same(first, field)
    assert same(again, replace(field, plan="another name"))
    measure_once(scenario, scenario.field_plan, SEEDS, use_cache=False)
    assert len(counted) == 2


def test_a_broken_file_is_measured_again(scenario: Scenario, counted: list[str]) -> None:
    measure_once(scenario, scenario.field_plan, SEEDS)
    (path,) = (cache_folder() / "measured").iterdir()
    whole = path.read_bytes()
    for broken in (b"", whole[: len(whole) // 2], b"no gzip", whole[:40] + b"\0\1\2" + whole[43:]):
        path.write_bytes(broken)
        measure_once(scenario, scenario.field_plan, SEEDS)
    assert len(counted) == 5
    assert path.read_bytes() != b""
    measure_once(scenario, scenario.field_plan, SEEDS)
    assert len(counted) == 5


def test_a_cache_that_cannot_be_written_is_no_fault(
    scenario: Scenario, counted: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("TRAFFICOPT_CACHE", str(tmp_path / "file"))
    measure_once(scenario, scenario.field_plan, SEEDS)
    assert len(counted) == 1


def test_the_key_hangs_on_what_decides(scenario: Scenario, tmp_path: Path) -> None:
    plan = scenario.field_plan
    settings = scenario.simulation
    key = key_of(scenario, plan, SEEDS)
    timing = plan["M2"]
    shifted = TimingPlan(plan.name, {**plan.timings, "M2": replace(timing, offset_s=7.0)})
    copy = tmp_path / settings.routes[0].name
    copy.write_bytes(settings.routes[0].read_bytes())
    moved = replace(scenario, simulation=replace(settings, routes=(copy,)))
    assert key_of(moved, plan, SEEDS) == key
    others = [
        key_of(scenario, shifted, SEEDS),
        key_of(scenario, plan, (1,)),
        key_of(replace(scenario, simulation=replace(settings, end_s=settings.end_s + 1)), plan, SEEDS),
        key_of(replace(scenario, simulation=replace(settings, routes=())), plan, SEEDS),
    ]
    copy.write_bytes(copy.read_bytes() + b"\n")
    others.append(key_of(moved, plan, SEEDS))
    assert len({key, *others}) == 1 + len(others)


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"TRAFFICOPT_CACHE": "/a", "XDG_CACHE_HOME": "/b"}, "/a"),
        ({"XDG_CACHE_HOME": "/b"}, "/b/trafficopt"),
        ({"HOME": "/c"}, "/c/.cache/trafficopt"),
    ],
)
def test_where_the_cache_is(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], expected: str
) -> None:
    for name in ("TRAFFICOPT_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert cache_folder() == Path(expected)


def test_calibrate_brings_headways_to_sumos(scenario: Scenario) -> None:
    problem = build_problem(scenario)
    found = calibrate(problem, (1,), use_cache=False, jobs=1)
    k = found.movements.index(("e0_stop", "e1"))
    found_ratio = found.headway_s[k] / found.headway_theory_s[k]
    assert 0.8 < found_ratio < 1.2
    assert abs(found.headway_factor[k] - found_ratio) < abs(1.0 - found_ratio)
