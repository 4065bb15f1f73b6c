"""Times traffic signals: from counts or a SUMO scenario to a plan that SUMO has judged.

Names are loaded when they are first used, so that `import trafficopt` stays quick.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trafficopt.errors import (
        InfeasibleError,
        InputError,
        SimulationError,
        TrafficoptError,
        TrafficoptWarning,
        UnsafePlanError,
    )
    from trafficopt.evaluation import Comparison, Evaluation, Verdict, compare
    from trafficopt.examples import example_path
    from trafficopt.limits import Limits
    from trafficopt.model.signal_model import SignalModel
    from trafficopt.network import Arterial, Intersection, Movement, Network, Stage
    from trafficopt.plan import SignalTiming, TimingPlan, read_plan_json
    from trafficopt.problem import Problem, build_problem
    from trafficopt.reporting import plot_city_map, plot_time_space, write_report
    from trafficopt.result import Result, Status, Study
    from trafficopt.scenario import Scenario
    from trafficopt.study import optimize, run_study, simulate
    from trafficopt.sumo.read import read_scenario

_HOMES = {
    "trafficopt.errors": (
        "InfeasibleError",
        "InputError",
        "SimulationError",
        "TrafficoptError",
        "TrafficoptWarning",
        "UnsafePlanError",
    ),
    "trafficopt.evaluation": ("Comparison", "Evaluation", "Verdict", "compare"),
    "trafficopt.examples": ("example_path",),
    "trafficopt.limits": ("Limits",),
    "trafficopt.model.signal_model": ("SignalModel",),
    "trafficopt.network": ("Arterial", "Intersection", "Movement", "Network", "Stage"),
    "trafficopt.plan": ("SignalTiming", "TimingPlan", "read_plan_json"),
    "trafficopt.problem": ("Problem", "build_problem"),
    "trafficopt.reporting": ("plot_city_map", "plot_time_space", "write_report"),
    "trafficopt.result": ("Result", "Status", "Study"),
    "trafficopt.scenario": ("Scenario",),
    "trafficopt.study": ("optimize", "run_study", "simulate"),
    "trafficopt.sumo.read": ("read_scenario",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Arterial",
    "Comparison",
    "Evaluation",
    "InfeasibleError",
    "InputError",
    "Intersection",
    "Limits",
    "Movement",
    "Network",
    "Problem",
    "Result",
    "Scenario",
    "SignalModel",
    "SignalTiming",
    "SimulationError",
    "Stage",
    "Status",
    "Study",
    "TimingPlan",
    "TrafficoptError",
    "TrafficoptWarning",
    "UnsafePlanError",
    "Verdict",
    "build_problem",
    "compare",
    "example_path",
    "optimize",
    "plot_city_map",
    "plot_time_space",
    "read_plan_json",
    "read_scenario",
    "run_study",
    "simulate",
    "write_report",
]


def __getattr__(name: str) -> Any:
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module 'trafficopt' has no attribute {name!r}")
    return getattr(importlib.import_module(home), name)


def __dir__() -> list[str]:
    return __all__
