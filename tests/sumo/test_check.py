"""`trafficopt check` and `signal`, and what other commands do with a field plan that breaks rules."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import trafficopt as to
from trafficopt.cli import app
from trafficopt.errors import UnsafeFieldPlanWarning
from trafficopt.examples import example_path
from trafficopt.signals.gate import require_safe

EXAMPLE = example_path("main_street")
SIGNALS = [f"M{number}" for number in range(1, 6)]


def called(*arguments: object, code: int = 0) -> Result:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result


def test_a_sound_plan_has_no_findings() -> None:
    assert called("check", EXAMPLE).stdout.splitlines()[-1] == "No findings (rule profile keep)."
    assert json.loads(called("check", EXAMPLE, "--json").stdout) == []


def test_errors_end_with_1_and_are_listed_by_rule() -> None:
    lines = called("check", EXAMPLE, "--profile", "us", code=1).stdout.splitlines()
    heads = [line for line in lines if line.startswith("ERROR")]
    assert [line.split()[1] for line in heads] == ["short-yellow", "short-intergreen"]
    assert "  Remedy: lengthen the yellow." in "\n".join(lines)
    assert "more (--json lists all)" in "\n".join(lines)
    found = json.loads(called("check", EXAMPLE, "--profile", "us", "--json", code=1).stdout)
    assert lines[-1] == f"{len(found)} errors; 0 waived (rule profile us)"
    assert set(found[0]) == {
        *("rule", "severity", "intersection", "movements", "message", "source", "remedy", "waived"),
    }
    assert {entry["intersection"] for entry in found} == set(SIGNALS)


def test_waivers_of_the_scenario_let_it_pass_and_are_printed(tmp_path: Path) -> None:
    home = tmp_path / "scenario"
    shutil.copytree(EXAMPLE, home)
    with (home / "scenario.toml").open("a", encoding="utf-8") as stream:
        stream.write('\n[limits]\nprofile = "us"\n')
        for signal in SIGNALS:
            for rule in ("short-yellow", "short-intergreen"):
                stream.write(f'\n[[waivers]]\nrule = "{rule}"\nintersection = "{signal}"\nreason = "slow"\n')
    text = called("check", home).stdout
    assert "(waived: slow)" in text
    assert text.splitlines()[-1].startswith("nothing open; ")


def test_one_signal_is_shown_and_an_unknown_one_refused() -> None:
    text = called("signal", EXAMPLE, "M3").stdout
    for part in ("Signal M3", "Conflicts", "Intergreens [s]", "Field plan", "Candidates: ", "NEMA dual ring"):
        assert part in text
    refused = called("signal", EXAMPLE, "M9", code=2)
    assert "M9: is no signal of this network\nRemedy: signals are M1, M2, M3, M4, M5" in refused.output


def test_a_field_plan_that_breaks_rules_runs_with_a_warning() -> None:
    problem = to.build_problem(to.read_scenario(EXAMPLE, minutes=1, profile="us"))
    with pytest.warns(UnsafeFieldPlanWarning, match="breaks safety rules.*\n  - error M1 short-yellow"):
        to.simulate(problem, problem.field_plan, seeds=(1,))


def test_a_plan_for_it_is_found_that_keeps_the_profile(tmp_path: Path) -> None:
    options = ("--profile", "us", "--minutes", 3, "--max-seconds", 3)
    said = called("optimize", EXAMPLE, "-o", tmp_path, *options).stdout
    assert "Signals that break rules in the field and were brought in line first: 5." in said
    called("check", EXAMPLE, "--plan", tmp_path / "plan.json", "--profile", "us")
    called("check", EXAMPLE, "--plan", tmp_path / "plan.add.xml", "--profile", "us")
    scenario = to.read_scenario(EXAMPLE, profile="us")
    require_safe(scenario, to.read_plan(tmp_path / "plan.json", scenario.network).plan)
