"""Field plan and new plan in SUMO with the same seeds, as many as it takes."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from trafficopt.errors import SimulationError, TrafficoptWarning
from trafficopt.evaluation import Evaluation
from trafficopt.outputs import write_plan
from trafficopt.plan import TimingPlan
from trafficopt.precision import Precision, until_precise, unused_seeds
from trafficopt.result import Result, Status
from trafficopt.scenario import Scenario
from trafficopt.search.choose import training_seeds


def run_both(
    result: Result,
    run: Callable[..., Evaluation],
    field_plan: TimingPlan,
    seeds: Sequence[int],
    precision_percent: float | None,
    tell: Callable[[str, float], None],
) -> tuple[Evaluation, Evaluation, Precision | None]:
    """Run the field plan and the plan of `result`; the field plan alone, and told twice, if none was found.

    Parameters
    ----------
    run
        Runs a plan with seeds; takes `on_progress`.
    precision_percent
        How well the change of the mean delay must be known, see `until_precise`; None for these seeds alone.
    tell
        Called with the name of the step and its share done.
    """

    def both(chosen: Sequence[int]) -> tuple[Evaluation, Evaluation]:
        before = run(field_plan, chosen, on_progress=partial(tell, "field plan in SUMO"))
        return before, run(result.plan, chosen, on_progress=partial(tell, "new plan in SUMO"))

    if result.status is not Status.IMPROVED:
        before = run(field_plan, seeds, on_progress=partial(tell, "field plan in SUMO"))
        return before, before, None
    pair = both(seeds)
    if precision_percent is None:
        return *pair, None
    more = unused_seeds(seeds, training_seeds(result.seed))
    pair, precision = until_precise(pair, both, more, precision_percent)
    return *pair, precision


@contextmanager
def plan_not_lost(scenario: Scenario, result: Result, out: Path) -> Iterator[None]:
    """Leave the plan that was found if it cannot be judged to the end."""
    try:
        yield
    except (KeyboardInterrupt, SimulationError):
        if result.status is Status.IMPROVED:
            write_plan(scenario, result.plan, out)
            text = f"the plan that was found is in {out / 'plan.json'}; it was not judged to the end"
            warnings.warn(text, TrafficoptWarning, stacklevel=2)
        raise
