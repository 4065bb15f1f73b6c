"""Times traffic signals: from counts or a SUMO scenario to a plan that SUMO has judged.

Names are loaded when they are first used, so that `import trafficopt` stays quick.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trafficopt.batch.matrix import Matrix, read_matrix
    from trafficopt.batch.results import BatchResults
    from trafficopt.batch.run import run_batch
    from trafficopt.comparison import Change, Comparison, Verdict, compare
    from trafficopt.corridor_file import read_corridor
    from trafficopt.day_plan import DayPlan, Period
    from trafficopt.day_study import plan_day
    from trafficopt.demand_profile import DemandProfile, read_demand_profile
    from trafficopt.demand_samples import DemandSamples
    from trafficopt.diagnosis.diagnose import Diagnosis
    from trafficopt.diagnosis_study import diagnose
    from trafficopt.errors import (
        InfeasibleError,
        InputError,
        SimulationError,
        TrafficoptError,
        TrafficoptWarning,
        UnsafePlanError,
    )
    from trafficopt.evaluation import Evaluation
    from trafficopt.examples import example_path
    from trafficopt.intersection import Conflicts, Head, Intersection, Movement, Requirements
    from trafficopt.ledger import Ledger, Matter
    from trafficopt.ledger_file import read_ledger, write_ledger
    from trafficopt.limits import Limits
    from trafficopt.linter import lint
    from trafficopt.measured import Measured
    from trafficopt.model.band_plan import BandPlan
    from trafficopt.model.capacity import saturation_flow_veh_h
    from trafficopt.model.corridor import Corridor
    from trafficopt.model.delay import (
        control_delay_s,
        level_of_service,
        webster_cycle_s,
        webster_delay_s,
        webster_greens_s,
    )
    from trafficopt.model.link_queues import LinkQueues, link_queues
    from trafficopt.model.offset_delays import OffsetDelays, offset_delays
    from trafficopt.model.oversaturation import QueueMeasures, queue_measures
    from trafficopt.model.queues.calibration import Calibration
    from trafficopt.model.queues.estimate import QueueEstimate
    from trafficopt.model.queues.passages import Passages
    from trafficopt.model.queues.queue_model import QueueModel
    from trafficopt.model.reconciliation import Reconciliation
    from trafficopt.model.signal_model import SignalModel
    from trafficopt.model.timing_answer import TimingAnswer, slider_answer
    from trafficopt.network import Arterial, Network
    from trafficopt.notebook_sliders import timing_sliders
    from trafficopt.objective import Objective, Performance
    from trafficopt.optimizer import optimize, pareto
    from trafficopt.parking import parking_supply
    from trafficopt.plan import SignalTiming, TimingPlan
    from trafficopt.problem import Problem, build_problem
    from trafficopt.programme.run import Programme, run_programme
    from trafficopt.progress_bar import ProgressBar
    from trafficopt.reporting import (
        chinese_labels,
        plot_band_tradeoff,
        plot_bands,
        plot_city_map,
        plot_comparison,
        plot_coordination_diagram,
        plot_flow_profile,
        plot_history,
        plot_intervals,
        plot_offset_surface,
        plot_pareto,
        plot_reconciliation,
        plot_rings,
        plot_signal_timing,
        plot_stages,
        plot_storage,
        plot_time_space,
        write_report,
    )
    from trafficopt.result import Result, Status
    from trafficopt.risk import Risk
    from trafficopt.robustness import Robustness
    from trafficopt.rules.findings import Finding, Severity
    from trafficopt.run_verdict import RunVerdict
    from trafficopt.scenario import Scenario
    from trafficopt.search.bands.design import design_bands
    from trafficopt.search.bands.network import design_waves
    from trafficopt.search.day_periods import day_periods
    from trafficopt.search.explanation import explain
    from trafficopt.signals.by_hand import intersection_by_hand
    from trafficopt.signals.explanation import Explanation
    from trafficopt.signals.plan_files import BoundPlan, read_plan
    from trafficopt.signals.tables import conflict_table, intergreen_table
    from trafficopt.signals.transitions import stages_in_order
    from trafficopt.stage import Stage
    from trafficopt.staging.nema import dual_ring
    from trafficopt.staging.sequences import StageSequence, candidate_sequences
    from trafficopt.staging.stages import candidate_stages
    from trafficopt.study import calibrate, reconcile, run_study, simulate
    from trafficopt.study_findings import Study
    from trafficopt.sumo.day_proof import prove_day
    from trafficopt.sumo.network_edits import EditedScenario, apply_treatments, read_openings
    from trafficopt.sumo.read import read_scenario
    from trafficopt.treatment import (
        BanTurn,
        ChangeLaneUse,
        CloseOpening,
        ExtendPocket,
        MoveOpening,
        RemoveIsland,
    )
    from trafficopt.waiver import Waiver
    from trafficopt.wave_study import WaveStudy, run_waves

_HOMES = {
    "trafficopt.batch.matrix": ("Matrix", "read_matrix"),
    "trafficopt.batch.results": ("BatchResults",),
    "trafficopt.batch.run": ("run_batch",),
    "trafficopt.day_plan": ("DayPlan", "Period"),
    "trafficopt.day_study": ("plan_day",),
    "trafficopt.demand_profile": ("DemandProfile", "read_demand_profile"),
    "trafficopt.demand_samples": ("DemandSamples",),
    "trafficopt.diagnosis.diagnose": ("Diagnosis",),
    "trafficopt.diagnosis_study": ("diagnose",),
    "trafficopt.ledger": ("Ledger", "Matter"),
    "trafficopt.ledger_file": ("read_ledger", "write_ledger"),
    "trafficopt.parking": ("parking_supply",),
    "trafficopt.programme.run": ("Programme", "run_programme"),
    "trafficopt.search.day_periods": ("day_periods",),
    "trafficopt.sumo.day_proof": ("prove_day",),
    "trafficopt.sumo.network_edits": ("EditedScenario", "apply_treatments", "read_openings"),
    "trafficopt.treatment": (
        "BanTurn",
        "ChangeLaneUse",
        "CloseOpening",
        "ExtendPocket",
        "MoveOpening",
        "RemoveIsland",
    ),
    "trafficopt.corridor_file": ("read_corridor",),
    "trafficopt.errors": (
        "InfeasibleError",
        "InputError",
        "SimulationError",
        "TrafficoptError",
        "TrafficoptWarning",
        "UnsafePlanError",
    ),
    "trafficopt.comparison": ("Change", "Comparison", "Verdict", "compare"),
    "trafficopt.evaluation": ("Evaluation",),
    "trafficopt.examples": ("example_path",),
    "trafficopt.intersection": ("Conflicts", "Head", "Intersection", "Movement", "Requirements"),
    "trafficopt.limits": ("Limits",),
    "trafficopt.linter": ("lint",),
    "trafficopt.model.queues.estimate": ("QueueEstimate",),
    "trafficopt.model.queues.queue_model": ("QueueModel",),
    "trafficopt.model.reconciliation": ("Reconciliation",),
    "trafficopt.model.signal_model": ("SignalModel",),
    "trafficopt.model.band_plan": ("BandPlan",),
    "trafficopt.model.capacity": ("saturation_flow_veh_h",),
    "trafficopt.model.corridor": ("Corridor",),
    "trafficopt.model.delay": (
        "control_delay_s",
        "level_of_service",
        "webster_cycle_s",
        "webster_delay_s",
        "webster_greens_s",
    ),
    "trafficopt.model.link_queues": ("LinkQueues", "link_queues"),
    "trafficopt.model.offset_delays": ("OffsetDelays", "offset_delays"),
    "trafficopt.model.oversaturation": (
        "QueueMeasures",
        "queue_measures",
    ),
    "trafficopt.model.queues.calibration": ("Calibration",),
    "trafficopt.model.queues.passages": ("Passages",),
    "trafficopt.measured": ("Measured",),
    "trafficopt.model.timing_answer": ("TimingAnswer", "slider_answer"),
    "trafficopt.notebook_sliders": ("timing_sliders",),
    "trafficopt.progress_bar": ("ProgressBar",),
    "trafficopt.network": ("Arterial", "Network"),
    "trafficopt.objective": ("Objective", "Performance"),
    "trafficopt.optimizer": ("optimize", "pareto"),
    "trafficopt.plan": ("SignalTiming", "TimingPlan"),
    "trafficopt.problem": ("Problem", "build_problem"),
    "trafficopt.reporting": (
        "chinese_labels",
        "plot_band_tradeoff",
        "plot_bands",
        "plot_city_map",
        "plot_comparison",
        "plot_coordination_diagram",
        "plot_flow_profile",
        "plot_history",
        "plot_intervals",
        "plot_offset_surface",
        "plot_pareto",
        "plot_reconciliation",
        "plot_rings",
        "plot_signal_timing",
        "plot_stages",
        "plot_storage",
        "plot_time_space",
        "write_report",
    ),
    "trafficopt.result": ("Result", "Status"),
    "trafficopt.study_findings": ("Study",),
    "trafficopt.scenario": ("Scenario",),
    "trafficopt.risk": ("Risk",),
    "trafficopt.robustness": ("Robustness",),
    "trafficopt.rules.findings": ("Finding", "Severity"),
    "trafficopt.run_verdict": ("RunVerdict",),
    "trafficopt.search.bands.design": ("design_bands",),
    "trafficopt.search.bands.network": ("design_waves",),
    "trafficopt.search.explanation": ("explain",),
    "trafficopt.signals.by_hand": ("intersection_by_hand",),
    "trafficopt.signals.explanation": ("Explanation",),
    "trafficopt.signals.plan_files": ("BoundPlan", "read_plan"),
    "trafficopt.staging.nema": ("dual_ring",),
    "trafficopt.staging.sequences": ("StageSequence", "candidate_sequences"),
    "trafficopt.staging.stages": ("candidate_stages",),
    "trafficopt.signals.tables": ("conflict_table", "intergreen_table"),
    "trafficopt.signals.transitions": ("stages_in_order",),
    "trafficopt.stage": ("Stage",),
    "trafficopt.study": (
        "calibrate",
        "reconcile",
        "run_study",
        "simulate",
    ),
    "trafficopt.sumo.read": ("read_scenario",),
    "trafficopt.waiver": ("Waiver",),
    "trafficopt.wave_study": ("WaveStudy", "run_waves"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Arterial",
    "BanTurn",
    "BandPlan",
    "BatchResults",
    "BoundPlan",
    "Calibration",
    "Change",
    "ChangeLaneUse",
    "CloseOpening",
    "Comparison",
    "Conflicts",
    "Corridor",
    "DayPlan",
    "DemandProfile",
    "DemandSamples",
    "Diagnosis",
    "EditedScenario",
    "Evaluation",
    "Explanation",
    "ExtendPocket",
    "Finding",
    "Head",
    "InfeasibleError",
    "InputError",
    "Intersection",
    "Ledger",
    "Limits",
    "LinkQueues",
    "Matrix",
    "Matter",
    "Measured",
    "MoveOpening",
    "Movement",
    "Network",
    "Objective",
    "OffsetDelays",
    "Passages",
    "Performance",
    "Period",
    "Problem",
    "Programme",
    "ProgressBar",
    "QueueEstimate",
    "QueueMeasures",
    "QueueModel",
    "Reconciliation",
    "RemoveIsland",
    "Requirements",
    "Result",
    "Risk",
    "Robustness",
    "RunVerdict",
    "Scenario",
    "Severity",
    "SignalModel",
    "SignalTiming",
    "SimulationError",
    "Stage",
    "StageSequence",
    "Status",
    "Study",
    "TimingAnswer",
    "TimingPlan",
    "TrafficoptError",
    "TrafficoptWarning",
    "UnsafePlanError",
    "Verdict",
    "Waiver",
    "WaveStudy",
    "apply_treatments",
    "build_problem",
    "calibrate",
    "candidate_sequences",
    "candidate_stages",
    "chinese_labels",
    "compare",
    "conflict_table",
    "control_delay_s",
    "day_periods",
    "design_bands",
    "design_waves",
    "diagnose",
    "dual_ring",
    "example_path",
    "explain",
    "intergreen_table",
    "intersection_by_hand",
    "level_of_service",
    "link_queues",
    "lint",
    "offset_delays",
    "optimize",
    "pareto",
    "parking_supply",
    "plan_day",
    "plot_band_tradeoff",
    "plot_bands",
    "plot_city_map",
    "plot_comparison",
    "plot_coordination_diagram",
    "plot_flow_profile",
    "plot_history",
    "plot_intervals",
    "plot_offset_surface",
    "plot_pareto",
    "plot_reconciliation",
    "plot_rings",
    "plot_signal_timing",
    "plot_stages",
    "plot_storage",
    "plot_time_space",
    "prove_day",
    "queue_measures",
    "read_corridor",
    "read_demand_profile",
    "read_ledger",
    "read_matrix",
    "read_openings",
    "read_plan",
    "read_scenario",
    "reconcile",
    "run_batch",
    "run_programme",
    "run_study",
    "run_waves",
    "saturation_flow_veh_h",
    "simulate",
    "slider_answer",
    "stages_in_order",
    "timing_sliders",
    "webster_cycle_s",
    "webster_delay_s",
    "webster_greens_s",
    "write_ledger",
    "write_report",
]


def __getattr__(name: str) -> Any:
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module 'trafficopt' has no attribute {name!r}")
    return getattr(importlib.import_module(home), name)


def __dir__() -> list[str]:
    return __all__
