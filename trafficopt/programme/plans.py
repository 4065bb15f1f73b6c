"""Plans of a programme, kept in its folder so that a search is not made twice."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from trafficopt.errors import InputError
from trafficopt.plan import TimingPlan
from trafficopt.problem import Problem
from trafficopt.signals.plan_files import plan_json, read_plan
from trafficopt.sumo.cache import key_of
from trafficopt.whole_file import write_whole


def plan_once(problem: Problem, find: Callable[[], TimingPlan], how: str, folder: Path) -> TimingPlan:
    """The plan that `find` gives, from `folder` if it was found there before in the same way.

    Parameters
    ----------
    how
        All that decides the search beside the scenario, in words.
    """
    key = hashlib.sha256(f"{key_of(problem.scenario, problem.field_plan, ())} {how}".encode()).hexdigest()
    path = folder / f"{key[:12]}.json"
    try:
        return read_plan(path, problem.network).plan
    except InputError:
        write_whole(path, plan_json(problem.scenario, find()))
        return read_plan(path, problem.network).plan
