"""The programme of the synthetic city, three minutes long: the ledger closes for every site."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

import trafficopt as to
from trafficopt.ledger import Kind, Ledger
from trafficopt.programme.records import ledger_of
from trafficopt.programme.run import Programme, run_programme
from trafficopt.programme.site_matters import TRIALS
from trafficopt.treatment import Family

CITY = Path(__file__).resolve().parents[2] / "scenarios" / "cangzhou"


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("programme")


@pytest.fixture(scope="module")
def programme(out: Path) -> Programme:
    return run_programme(to.read_scenario(CITY, minutes=3), out, seeds=(1,), max_seconds=3.0)


@pytest.fixture(scope="module")
def ledger(programme: Programme) -> Ledger:
    return ledger_of(programme)


def test_every_site_has_a_matter(ledger: Ledger) -> None:
    kinds = Counter(matter.kind for matter in ledger.matters)
    assert kinds[Kind.INTERSECTION] == 167
    assert kinds[Kind.OPENING] == 78
    assert kinds[Kind.ISLAND] == 22
    assert kinds[Kind.ARTERIAL] == 7


def test_every_matter_is_closed_by_a_run_that_is_kept(ledger: Ledger, out: Path) -> None:
    assert ledger.still_open == ()
    runs = {f"runs/{path.name.removesuffix('.json.gz')}" for path in (out / "runs").iterdir()}
    for matter in ledger.matters:
        assert matter.evidence in runs | {TRIALS}, matter
        assert matter.reason


def test_127_signals_are_timed_anew_and_40_keep_their_plan(ledger: Ledger, programme: Programme) -> None:
    signals = [matter for matter in ledger.matters if matter.kind is Kind.INTERSECTION]
    kept = {matter.place for matter in signals if matter.measure == "keep the field plan"}
    assert len(kept) == 40
    assert {matter.place for matter in signals} - kept == programme.scenario.retime


def test_100_signals_are_coordinated(ledger: Ledger) -> None:
    assert sum("coordinated on" in matter.measure for matter in ledger.matters) == 100


def test_the_spaces_of_all_districts_are_6900(ledger: Ledger) -> None:
    districts = [matter for matter in ledger.matters if matter.kind is Kind.DISTRICT]
    assert sum(int(matter.figure.split()[0]) for matter in districts) == 6900


def test_signals_that_are_kept_show_the_field_plan_in_the_end(programme: Programme) -> None:
    field, final = programme.scenario.field_plan, programme.final.plan
    treated = {t.edit.place for trials in programme.trials.values() for t in trials if t.chosen}
    untouched = set(field.timings) - programme.scenario.retime - treated
    assert untouched
    for key in sorted(untouched):
        old, new = field[key], final[key]
        assert (old.cycle_s, old.offset_s, old.greens_s) == (new.cycle_s, new.offset_s, new.greens_s)


def test_sites_are_treated_where_less_time_is_lost_in_sumo(programme: Programme) -> None:
    for family in (Family.ISLAND, Family.U_TURN_OPENING):
        trials = programme.trials[family]
        for trial in trials:
            if trial.chosen:
                assert trial.sumo_veh_h is not None
                assert trial.together is not None
                assert max(trial.sumo_veh_h.mean, trial.together.mean) < 0
        treated = Counter(trial.edit.place for trial in trials if trial.chosen)
        assert max(treated.values(), default=0) <= 1


def test_openings_that_are_left_lose_more_with_every_option(programme: Programme) -> None:
    trials = programme.trials[Family.U_TURN_OPENING]
    treated = {trial.edit.place for trial in trials if trial.chosen or trial.together is not None}
    for trial in trials:
        if trial.edit.place not in treated and trial.sumo_veh_h is not None:
            assert trial.sumo_veh_h.mean >= 0


def test_effects_in_order_add_up(programme: Programme) -> None:
    attribution = programme.attribution
    families = [effect.family for effect in attribution.effects]
    assert [family for family in families if family not in ("pocket", "lane use", "turn ban")] == [
        *("island", "u-turn opening", "parking", "coordinate", "retime", "resequence")
    ]
    assert attribution.change.mean == pytest.approx(sum(e.in_order.mean for e in attribution.effects))
