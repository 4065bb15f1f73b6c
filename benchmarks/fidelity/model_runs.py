"""The queue model's answers for the plans of a case, beside SUMO's records."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import numpy as np

from benchmarks.fidelity.agreement import Answers
from benchmarks.fidelity.ground_truth import GroundTruth
from benchmarks.fidelity.scenarios import case_of
from benchmarks.fidelity.sumo_runs import RunRecord
from trafficopt.lanes import LaneGraph
from trafficopt.model.agreement import determination
from trafficopt.model.queues.estimate import QueueEstimate
from trafficopt.model.queues.queue_model import QueueModel
from trafficopt.plan import TimingPlan
from trafficopt.units import Seconds

BATCHES = 3


def model_answers(truth: GroundTruth) -> Answers:
    """Run the model on every plan of a case."""
    model = QueueModel(truth.problem, frozen_routes=case_of(truth.name).frozen)
    rows = [
        (kind, plan, records)
        for kind, plans in truth.plans.items()
        for plan, records in zip(plans, truth.records[kind], strict=True)
    ]
    plans = [plan for _, plan, _ in rows]
    estimates = [model.estimate(plan) for plan in plans]
    graph = truth.problem.network.lane_graph
    assert graph is not None
    free_s = free_times_s(graph, float(np.mean(1.0 / model.fleet.vehicles.factor)))
    records_of = [records for _, _, records in rows]
    return Answers(
        name=truth.name,
        kinds=tuple(kind for kind, _, _ in rows),
        model_s=np.array([estimate.mean_delay_s for estimate in estimates]),
        sumo_s=np.array([[r.result.mean_delay_s for r in records] for records in records_of]),
        movements_r2=np.array(
            [movements_r2(e, records, free_s) for e, records in zip(estimates, records_of, strict=True)]
        ),
        model_standing=np.array([len(estimate.standing) for estimate in estimates]),
        sumo_standing=np.array([[len(r.standing) for r in records] for records in records_of]),
        evaluation_s=min(_processor_s(model, plans) for _ in range(BATCHES)) / len(plans),
        sumo_run_s=float(np.median([r.wall_s for records in records_of for r in records])),
    )


def _processor_s(model: QueueModel, plans: Sequence[TimingPlan]) -> Seconds:
    began = time.process_time()
    for plan in plans:
        model.estimate(plan)
    return time.process_time() - began


def free_times_s(graph: LaneGraph, slowness: float) -> dict[tuple[str, str], Seconds]:
    """Time over the first link of each movement and the junction behind it, if nothing is in the way.

    Parameters
    ----------
    slowness
        Mean of 1 / speed factor of all vehicles.
    """
    found: dict[tuple[str, str], float] = {}
    for c in graph.connections:
        lane, pair = graph.lanes[c.from_lane], (graph.lanes[c.from_lane].link, graph.lanes[c.to_lane].link)
        free = slowness * (lane.length_m / lane.speed_m_s + c.length_m / c.speed_m_s)
        found[pair] = min(found.get(pair, np.inf), free)
    return found


def movements_r2(
    estimate: QueueEstimate, records: Sequence[RunRecord], free_s: Mapping[tuple[str, str], Seconds]
) -> float:
    """Share of the spread of SUMO's delays over movements that the model explains, weighted by vehicles.

    Delay is time lost on the link before, waiting inside the junction included; SUMO's is the time between
    entering the two links less `free_s`, mean of all seeds. Movements that nobody finished in one of both
    are left out.
    """
    ours, theirs, weights = [], [], []
    for pair, served, delay in zip(estimate.movements, estimate.served, estimate.delay_s, strict=True):
        found = [record.movements[pair] for record in records if pair in record.movements]
        vehicles = sum(movement.vehicles for movement in found)
        if served > 0 and vehicles > 0:
            time_s = sum(movement.vehicles * movement.time_s for movement in found) / vehicles
            ours.append(delay / served)
            theirs.append(time_s - free_s[pair])
            weights.append(vehicles)
    return determination(np.array(ours), np.array(theirs), np.array(weights, dtype=np.float64))
