"""Which share of a movement arrives on green."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from trafficopt.model.arrivals import arrivals_on_green
from trafficopt.model.signal_model import SignalModel
from trafficopt.plan import SignalTiming, TimingPlan
from trafficopt.problem import Problem

Maker = Callable[..., Problem]


def shares(problem: Problem, plan: TimingPlan | None = None) -> dict[str, float]:
    found = arrivals_on_green(SignalModel(problem), plan or problem.field_plan)
    assert found.shape == (len(problem.movements),)
    return {m.id: share for m, share in zip(problem.movements, found.tolist(), strict=True)}


def with_timings(problem: Problem, **timings: tuple[tuple[float, float], float]) -> TimingPlan:
    """Greens of main and cross street, and offset, by signal; intergreens are 8 s."""
    stages = problem.network.intersections[0].stages
    return TimingPlan(
        "by hand",
        {key: SignalTiming(stages, g, sum(g) + 8.0, offset) for key, (g, offset) in timings.items()},
    )


@pytest.mark.parametrize("offset_s", [0.0, 17.0, 17.5])
def test_even_arrivals_give_the_share_of_green(corridor: Maker, offset_s: float) -> None:
    problem = corridor(1)
    found = shares(problem, with_timings(problem, s0=((31.0, 21.0), offset_s)))
    assert found == pytest.approx({"m0->m1": 31.0 / 60.0, "c0->x0": 21.0 / 60.0})


def test_a_platoon_that_arrives_in_green_gives_all_and_in_red_nothing(corridor: Maker) -> None:
    # Ten vehicles leave s0 within its green of 20 s and take about 22.5 s; s1 is green for 40 s of 60 s.
    problem = corridor(2)
    in_green = with_timings(problem, s0=((20.0, 32.0), 0.0), s1=((40.0, 12.0), 15.0))
    assert shares(problem, in_green)["m1->m2"] == pytest.approx(1.0, abs=0.01)
    in_red = with_timings(problem, s0=((10.0, 42.0), 0.0), s1=((12.0, 40.0), 42.0))
    assert shares(problem, in_red)["m1->m2"] < 0.1


def test_all_offsets_may_be_shifted_alike(corridor: Maker) -> None:
    problem = corridor(2)
    plans = [with_timings(problem, s0=((26.0, 26.0), by), s1=((26.0, 26.0), 10.0 + by)) for by in (0.0, 23.0)]
    first, second = (shares(problem, plan) for plan in plans)
    assert first == pytest.approx(second)
    assert first["m1->m2"] != pytest.approx(26.0 / 60.0, abs=0.05)


def test_a_signal_of_another_cycle_gets_even_arrivals(corridor: Maker) -> None:
    problem = corridor(2)
    half = with_timings(problem, s0=((26.0, 26.0), 0.0), s1=((13.0, 9.0), 4.0))
    assert shares(problem, half)["m1->m2"] == pytest.approx(13.0 / 30.0)


def test_nobody_can_tell_of_a_signal_that_is_not_timed_or_where_nobody_comes(corridor: Maker) -> None:
    problem = corridor(2, cross_veh_h=0.0)
    found = shares(problem, TimingPlan("part", {"s0": problem.field_plan["s0"]}))
    assert found["m0->m1"] == pytest.approx(26.0 / 60.0)
    assert all(np.isnan(found[key]) for key in ("m1->m2", "c0->x0", "c1->x1"))
