"""Which engine answers, what the user is told, and what a plan keeps in whole seconds."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.bands.random_corridors import IN, OUT, S0, S1, by_seconds, little, random_corridor, without
from trafficopt.errors import InputError
from trafficopt.model.band_plan import BandPlan
from trafficopt.model.corridor import Corridor, CorridorLink, CorridorSignal, Pattern, Span
from trafficopt.search.bands.design import design_bands, whole_seconds
from trafficopt.search.bands.program_rows import BandModel
from trafficopt.search.bands.programs import NoPlan, ProgramAnswer, solve
from trafficopt.units import Seconds

BLOCKED = random_corridor(50, 25)


def widths_s(plan: BandPlan) -> list[Seconds]:
    """Both bands from offsets and greens alone."""
    return [plan.band(direction).width_s for direction in (OUT, IN)]


def test_one_direction_alone_may_have_more_than_both_and_the_user_is_told() -> None:
    plan = design_bands(S1)
    assert plan.value_s == pytest.approx(22.0)
    assert plan.one_way is None
    assert "one direction alone could have 26.0 s; both together have 22.0 s" in plan.message
    assert design_bands(S0).message == ""


def test_volumes_share_the_bands_as_far_as_greens_allow() -> None:
    for volumes, known in (
        ((1.0, 1.0), (15.5, 15.5)),
        ((0.0, 0.0), (15.5, 15.5)),
        ((3.0, 2.0), (18.6, 12.4)),
        ((1.0, 0.0), (23.0, 8.0)),
        ((0.0, 1.0), (11.0, 20.0)),
    ):
        plan = design_bands(replace(S0, volume_out=volumes[0], volume_in=volumes[1]))
        assert widths_s(plan) == pytest.approx(known)


@pytest.mark.parametrize("model", BandModel)
@pytest.mark.parametrize("prove", [False, True])
def test_offsets_are_within_the_cycle_and_the_bound_is_no_less_than_the_value(
    model: BandModel, prove: bool
) -> None:
    for corridor in (S0, S1, random_corridor(7, 4, patterns=2, double=0.3)):
        plan = design_bands(corridor, model, prove=prove)
        assert ((plan.offset_s >= 0.0) & (plan.offset_s < plan.cycle_s)).all()
        assert plan.value_s <= plan.bound_s + 1e-6
        assert plan.model == model
        assert len(plan.link_band_out_s) == (0 if model is BandModel.MAXBAND else len(corridor.links))


@pytest.mark.parametrize("model", BandModel)
def test_a_proof_closes_the_bound_and_never_gives_a_smaller_value(model: BandModel) -> None:
    quick, proved = (design_bands(S1, model, prove=prove) for prove in (False, True))
    assert proved.value_s >= quick.value_s - 1e-6
    assert proved.bound_s == pytest.approx(proved.value_s, rel=1e-3)
    assert quick.bound_s >= proved.value_s - 1e-6


@pytest.mark.parametrize("seed", range(6))
def test_cycle_and_speeds_that_were_found_stay_in_the_plan(seed: int) -> None:
    corridor = random_corridor(seed, 6, queues=True, vary=0.1)
    plan = design_bands(corridor)
    assert plan.corridor.is_fixed
    assert corridor.cycle_s[0] - 1e-6 <= plan.cycle_s <= corridor.cycle_s[1] + 1e-6
    for free, chosen in zip(corridor.links, plan.corridor.links, strict=True):
        assert free.travel_out_s[0] - 1e-4 <= chosen.travel_out_s[0] <= free.travel_out_s[1] + 1e-4
        assert free.travel_in_s[0] - 1e-4 <= chosen.travel_in_s[0] <= free.travel_in_s[1] + 1e-4
    assert sum(widths_s(plan)) >= plan.value_s - 0.01
    assert plan.value_s / plan.cycle_s <= plan.bound_s / plan.cycle_s + 1e-6


def test_ten_signals_of_little_have_the_known_bands() -> None:
    plan = design_bands(little())
    assert widths_s(plan) == pytest.approx([0.28141 * plan.cycle_s] * 2, abs=0.01)


def test_a_street_where_no_bands_pass_gets_the_wave_of_its_busier_direction() -> None:
    for volumes, direction in (((2.0, 1.0), OUT), ((1.0, 2.0), IN)):
        plan = design_bands(replace(BLOCKED, volume_out=volumes[0], volume_in=volumes[1]))
        assert plan.one_way is direction
        assert plan.band(direction).width_s == pytest.approx(plan.value_s, abs=1e-5)
        assert plan.value_s == pytest.approx(plan.shortest_green_s(direction))
        assert f"the {direction} wave alone" in plan.message
        assert "partition" in plan.message


@pytest.mark.parametrize("end", [0, 1])
def test_a_one_way_wave_keeps_its_band_at_the_ends_of_its_slack(end: int) -> None:
    plan = design_bands(BLOCKED)
    assert plan.one_way is not None
    moved = replace(plan, offset_s=plan.offset_s + plan.slack_s[:, end])
    assert moved.band(plan.one_way).width_s == pytest.approx(plan.value_s, abs=1e-5)


def named(message: str, corridor: Corridor) -> list[int]:
    """Signals that a message says block each other."""
    listed = message.split("only greens: ")[1].split(" block")[0].split(", ")
    return [corridor.names.index(name) for name in listed]


@pytest.mark.parametrize("prove", [False, True])
def test_the_message_names_signals_that_block_and_none_that_does_not(prove: bool) -> None:
    blocking = named(design_bands(BLOCKED, prove=prove).message, BLOCKED)
    corridor = BLOCKED
    for i in reversed(range(25)):
        if i not in blocking:
            corridor = without(corridor, i)
    assert solve(corridor, BandModel.MAXBAND) is NoPlan.INFEASIBLE
    assert all(
        isinstance(solve(without(corridor, i), BandModel.MAXBAND), ProgramAnswer)
        for i in range(len(corridor.signals))
    )


@pytest.mark.parametrize("model", ["multiband", "amband"])
def test_models_that_must_not_break_lines_fall_back_to_one_way_too(model: str) -> None:
    plan = design_bands(BLOCKED, model)
    assert plan.one_way is not None
    assert plan.model == model
    assert named(plan.message, BLOCKED)


def test_a_free_cycle_that_helps_nothing_still_gives_a_wave_and_names_signals() -> None:
    corridor = by_seconds(60.0, ([10] * 2, [10] * 2), ([15], [15]))
    plan = design_bands(replace(corridor, cycle_s=(60.0, 62.0)))
    assert plan.one_way is not None
    assert "With 62 s and the highest speeds s0, s1 block each other" in plan.message


@pytest.mark.parametrize("model", BandModel)
@pytest.mark.parametrize("prove", [False, True])
def test_one_signal_is_no_problem(model: BandModel, prove: bool) -> None:
    plan = design_bands(by_seconds(60.0, ([20], [31]), ([], [])), model, prove=prove)
    assert plan.offset_s.tolist() == [0.0]
    assert widths_s(plan) == [20.0, 31.0]


def test_a_model_that_does_not_exist_is_told_with_those_that_do() -> None:
    with pytest.raises(InputError, match=r"'passer' is none(.|\n)*maxband, multiband, amband, partition"):
        design_bands(S0, "passer")


@pytest.mark.parametrize("seed", range(60))
def test_whole_seconds_lose_two_seconds_at_most(seed: int) -> None:
    plan = design_bands(random_corridor(seed, 4 + seed % 7), list(BandModel)[seed % 4])
    whole = whole_seconds(plan)
    assert (whole.offset_s % 1.0 == 0.0).all()
    assert sum(widths_s(plan)) - sum(widths_s(whole)) <= 2.0 + 1e-6


def test_whole_seconds_cost_nothing_where_every_slack_has_one() -> None:
    corridor = by_seconds(60.0, ([30, 40, 50], [30, 40, 50]), ([20.3, 11.4], [39.7, 48.6]))
    plan = design_bands(corridor)
    assert widths_s(whole_seconds(plan)) == pytest.approx(widths_s(plan))


def test_whole_seconds_say_that_bands_by_link_are_those_before() -> None:
    assert "before offsets were rounded" in whole_seconds(design_bands(S0, "multiband")).message
    assert whole_seconds(design_bands(S0)).message == ""


@pytest.mark.parametrize("model", BandModel)
def test_a_proof_that_takes_too_long_leaves_the_plan_of_the_quick_search(model: BandModel) -> None:
    plan = design_bands(S0, model, prove=True, max_seconds=0.0)
    assert plan.one_way is None
    assert plan.value_s == pytest.approx(design_bands(S0, model).value_s)


def test_signals_that_block_at_the_longest_cycle_only_are_not_blamed_for_a_late_solver() -> None:
    corridor = replace(by_seconds(60.0, ([10] * 2, [10] * 2), ([15], [15])), cycle_s=(30.0, 60.0))
    assert design_bands(corridor).one_way is None
    assert "block each other" not in design_bands(corridor, max_seconds=0.0).message


@pytest.mark.parametrize("model", BandModel)
def test_a_solver_that_found_nothing_in_time_says_so(model: BandModel) -> None:
    plan = design_bands(random_corridor(3, 6, vary=0.1), model, max_seconds=0.0)
    assert "found no plan within 0 s" in plan.message
    assert plan.one_way is not None


def half_green(twice: bool = False) -> CorridorSignal:
    span = Span(0.0, 0.5)
    return CorridorSignal("a", (Pattern(Span(), span, Span(), span),), twice)


def test_speeds_that_cannot_meet_their_limit_are_not_told_as_signals_that_block() -> None:
    links = tuple(CorridorLink((each, each), (each, each), length_m=200.0) for each in (20.0, 10.0))
    corridor = Corridor("c", (60.0, 80.0), (half_green(),) * 3, links, slowness_change_s_m=0.001)
    assert solve(corridor, BandModel.MAXBAND) is NoPlan.INFEASIBLE
    assert " block each other" not in design_bands(corridor).message


@pytest.mark.parametrize("model", BandModel)
def test_half_cycles_take_part_in_every_model(model: BandModel) -> None:
    # Greens of 30 and of 15 s; where each has one green only, 15 s of travel leave less.
    link = CorridorLink((15.0, 15.0), (15.0, 15.0))
    corridor = Corridor("c", (60.0, 60.0), (half_green(), half_green(twice=True)), (link,))
    for prove in (False, True):
        plan = design_bands(corridor, model, prove=prove)
        assert plan.value_s == pytest.approx(30.0)
        assert sum(widths_s(plan)) == pytest.approx(30.0)
