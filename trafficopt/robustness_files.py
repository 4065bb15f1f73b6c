"""How plans do under several demands, for machines: keys of `summary.json`, and a table of all runs."""

from __future__ import annotations

import csv
import io

from trafficopt.robustness import FIELD, NEW, DemandOutcome, Robustness


def robustness_figures(found: Robustness) -> dict[str, object]:
    """What `summary.json` has of several demands; values are of the objective, in seconds a vehicle.

    `regret`, of each plan that ran under every demand, is there where a plan was searched for each demand
    alone; so is `best`, the plan with the least mean value under that demand.
    """
    return {
        "risk": str(found.risk),
        "value": {name: _both(found.model_s(name), found.values_s(name)) for name in found.names},
        "change": found.change().row(),
        "fails_under": list(found.fails_under),
        "samples": [_sample(found, demand) for demand in found.demands],
        **({"worst_regret_s": _worst_regrets(found)} if found.knows_regret else {}),
    }


def _sample(found: Robustness, demand: DemandOutcome) -> dict[str, object]:
    figures: dict[str, object] = {
        "demand": demand.name,
        "weight": round(demand.weight, 4),
        "vehicles": demand.vehicles,
        "plans": {
            name: {**_both(plan.model_s, plan.costs_s), **plan.evaluation.totals()}
            for name, plan in demand.plans.items()
        },
        "change": {name: found.change_under(demand, name).row() for name in found.names if name != FIELD},
    }
    if found.knows_regret:
        figures["best"] = demand.best
        figures["regret"] = {
            name: {"model_s": round(demand.model_regret_s(name), 4), **demand.regret(name).row()}
            for name in found.names
        }
    return figures


def _worst_regrets(found: Robustness) -> dict[str, float]:
    return {name: round(found.worst_regret_s(name), 4) for name in found.names}


def _both(model_s: float, costs_s: tuple[float, ...]) -> dict[str, float]:
    return {"model_s": round(model_s, 4), "sumo_s": round(sum(costs_s) / len(costs_s), 4)}


def robustness_csv(found: Robustness) -> str:
    """A row per demand, plan and seed."""
    names = list(found.demands[0].plans[NEW].evaluation.runs[0].row())
    text = io.StringIO()
    table = csv.DictWriter(
        text, ["demand", "plan", "objective_s", *names], lineterminator="\n", extrasaction="ignore"
    )
    table.writeheader()
    for demand in found.demands:
        for plan, outcome in demand.plans.items():
            runs = zip(outcome.evaluation.runs, outcome.costs_s, strict=True)
            table.writerows(
                {"demand": demand.name, "plan": plan, "objective_s": round(cost, 6), **run.row()}
                for run, cost in runs
            )
    return text.getvalue()
