"""The queue model beside SUMO on real runs, and the command that tells of it."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import trafficopt as to
from tests.sumo.conftest import BuildNet
from trafficopt.cli import app
from trafficopt.sumo.frozen_routes import with_frozen_routes
from trafficopt.sumo.judge import simulate
from trafficopt.sumo.routes import named_demand, routed_demand

EXAMPLE = to.example_path("main_street")
SHORT = ("estimate", EXAMPLE, "--minutes", 5)


def called(*arguments: object, code: int = 0) -> Result:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result


@pytest.fixture(scope="module")
def problem() -> to.Problem:
    return to.build_problem(to.read_scenario(EXAMPLE, minutes=5))


@pytest.fixture(scope="module")
def found(problem: to.Problem) -> to.Reconciliation:
    return to.reconcile(problem, problem.field_plan, (1, 2))


def test_totals_are_those_of_model_and_judge(problem: to.Problem, found: to.Reconciliation) -> None:
    judged = to.simulate(problem, problem.field_plan, (1, 2))
    assert found.mean_delay_s.sumo == pytest.approx(judged.mean("mean_delay_s"))
    estimate = to.QueueModel(problem).estimate(problem.field_plan)
    assert found.mean_delay_s.model == estimate.mean_delay_s
    lost = sum(row.total_s.model for row in found.links)
    assert lost / estimate.demanded == pytest.approx(estimate.mean_delay_s)
    for row in found.links:
        assert row.vehicles.sumo == judged.link_vehicles.get(row.name, 0.0)


def test_movements_serve_whom_the_links_serve(found: to.Reconciliation) -> None:
    by_link = {row.name: row.vehicles for row in found.links}
    for link, served in by_link.items():
        left = [row.vehicles for row in found.movements if row.links[0] == link]
        assert sum(n.sumo for n in left) <= served.sumo + 1e-9
        assert sum(n.model for n in left) <= served.model


def test_model_is_near_sumo_on_the_example(found: to.Reconciliation) -> None:
    assert found.r2 > 0.7
    assert found.spearman > 0.8
    assert found.mean_delay_s.model == pytest.approx(found.mean_delay_s.sumo, rel=0.2)
    assert sum(row.share for row in (*found.movements, *found.entries)) == pytest.approx(1.0)
    assert all(a.share >= b.share for a, b in pairwise(found.worst()))


def test_command_says_it_in_words_as_json_and_as_a_picture(tmp_path: Path, found: to.Reconciliation) -> None:
    plot = tmp_path / "delays.svg"
    common = (*SHORT, "--against-sumo", "--seeds", 2)
    text = called(*common, "--plot", plot).stdout
    assert f"{found.mean_delay_s.model:.1f} s of delay a vehicle in the model" in text
    assert f"R2 {found.r2:.2f}" in text
    assert plot.read_text(encoding="utf-8").count("<svg") == 1
    answer = json.loads(called(*common, "--json").stdout)
    assert len(answer["explained"]) == 10
    assert len(answer["movements"]) == len(found.movements)
    first, row = found.movements[0], answer["movements"][0]
    assert (row["from"], row["to"]) == first.links
    assert row["sumo"]["delay_s"] == pytest.approx(first.delay_s.sumo, abs=1e-3)
    assert answer["sumo"]["mean_delay_s"] == pytest.approx(found.mean_delay_s.sumo, abs=1e-3)
    assert answer["model"]["mean_delay_s"] == pytest.approx(found.mean_delay_s.model, abs=1e-3)


def test_plot_needs_sumo_and_a_known_ending(tmp_path: Path) -> None:
    assert "--against-sumo" in called(*SHORT, "--plot", tmp_path / "a.svg", code=2).stderr
    assert ".txt" in called(*SHORT, "--against-sumo", "--plot", tmp_path / "a.txt", code=2).stderr
    assert list(tmp_path.iterdir()) == []


def test_frozen_drivers_have_the_routes_of_the_demand(build_net: BuildNet, tmp_path: Path) -> None:
    scenario = to.read_scenario(build_net("grid"))
    demand = scenario.demand
    assert all(departure.chooses_route for departure in demand.departures)
    frozen = with_frozen_routes(scenario, tmp_path)
    named = named_demand(frozen.simulation)
    assert not named.without_route
    again = routed_demand(frozen.simulation, named)
    assert dict(zip(again.vehicles, again.routes, strict=True)) == dict(
        zip(demand.vehicles, demand.routes, strict=True)
    )
    assert sorted(again.depart_s) == pytest.approx(sorted(demand.depart_s), abs=0.01)
    runs = [simulate(s, s.field_plan, (1,)).runs[0] for s in (scenario, frozen)]
    assert runs[0].demanded == runs[1].demanded == len(demand)
    assert runs[1].completed == pytest.approx(runs[0].completed, abs=3)
