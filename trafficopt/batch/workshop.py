"""Do tasks, one after the other: what has been read is kept for the next."""

from __future__ import annotations

import time
import traceback
import warnings
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from trafficopt.batch.digests import content_digest, versions
from trafficopt.batch.disk import is_full
from trafficopt.batch.inputs import InputFolder
from trafficopt.batch.open_scenarios import OpenScenarios
from trafficopt.batch.run_outputs import Catch
from trafficopt.batch.tasks import Ending, Outcome, PlanTask, RunTask, State, Task
from trafficopt.errors import SimulationError, TrafficoptError
from trafficopt.plan import TimingPlan
from trafficopt.scenario import Scenario
from trafficopt.signals.gate import require_safe_change
from trafficopt.signals.plan_files import read_plan
from trafficopt.sumo.bounds import Bounds, bounded
from trafficopt.sumo.judge import simulate
from trafficopt.sumo.plan_programs import with_programs
from trafficopt.sumo.proof import prove_plan

MOST_PLANS = 20  # that are kept bound to their networks
BYTES_PER_MB = 1_000_000
Bound = tuple[Scenario, TimingPlan]


class Workshop:
    """A place where tasks are done.

    Parameters
    ----------
    inputs
        Contents of scenario files; those of a task must be there.
    scratch
        A folder of this workshop alone.
    """

    def __init__(self, inputs: InputFolder, scratch: Path) -> None:
        self.scratch = scratch
        self.scenarios = OpenScenarios(inputs, scratch / "scenarios")
        self._plans: dict[tuple[State, str], Bound] = {}

    def perform(self, task: Task) -> Outcome:
        """Do a task; whatever goes wrong is told in the outcome."""
        began = time.monotonic()
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            outcome = self._attempt(task)
        place = f"{self.scenarios.folder_of(task.state)}/"  # means nothing to anybody else
        told = dict.fromkeys(str(warning.message).replace(place, "") for warning in caught)
        return replace(
            outcome,
            message=outcome.message.replace(place, ""),
            log=outcome.log.replace(place, ""),
            warnings=tuple(told),
            busy_s=time.monotonic() - began,
        )

    def _attempt(self, task: Task) -> Outcome:
        other = [
            f"{name} {known} here, {task.versions.get(name)} there"
            for name, known in versions().items()
            if task.versions.get(name) != known
        ]
        if other:
            return Outcome(task.key, Ending.MISFIT, message="; ".join(other))
        catch = Catch(task.keep if isinstance(task, RunTask) else ())
        bounds = Bounds((task.memory_limit_mb or 0) * BYTES_PER_MB, catch.take)
        try:
            with bounded(bounds):
                entry = self._run(task, catch) if isinstance(task, RunTask) else self._plan(task)
            return Outcome(task.key, Ending.DONE, entry, catch.contents)
        except OSError as error:
            ending = Ending.FULL if is_full(error) else Ending.FAILED
            return Outcome(task.key, ending, message=str(error), log=traceback.format_exc())
        except TrafficoptError as error:
            return Outcome(task.key, Ending.FAILED, message=_in_a_line(error, task), log=_in_full(error))
        except Exception as error:  # a fault of this library ends one run, not the batch
            message = f"{type(error).__name__}: {error}"
            return Outcome(task.key, Ending.FAILED, message=message, log=traceback.format_exc())

    def _run(self, task: RunTask, catch: Catch) -> Mapping[str, Any]:
        """Figures of one run."""
        scenario, plan = self._bound(task)
        found = simulate(
            scenario,
            plan,
            (task.seed,),
            jobs=1,
            time_limit_s=task.time_limit_s,
            warm_up_s=task.measured.warm_up_s,
            emissions=task.measured.emissions,
            arterials=task.measured.arterials and bool(scenario.network.arterials),
        )
        return catch.entry(found)

    def _plan(self, task: PlanTask) -> Mapping[str, Any]:
        """A plan that may be switched on."""
        # A worker that only runs SUMO starts in half the time without these.
        from trafficopt.batch import planning

        scenario = self.scenarios.get(task.state)
        if task.file is None:
            return planning.searched(task, scenario, self.scratch)
        if task.file[0].endswith(".json"):
            return planning.bound(self._written(*task.file), scenario, self.scratch)
        prove_plan(*self._programmed(scenario, task.file))
        return planning.programmed(task.file[1])

    def _bound(self, task: RunTask) -> Bound:
        """The scenario and the plan of a run."""
        scenario = self.scenarios.get(task.state)
        if task.file is None and not task.plan:
            return scenario, scenario.field_plan
        text = task.plan or content_digest((task.file or ("", b""))[1])
        if (task.state, text) not in self._plans:
            while len(self._plans) >= MOST_PLANS:
                del self._plans[next(iter(self._plans))]
            if task.file is not None:
                self._plans[task.state, text] = self._programmed(scenario, task.file)
            else:
                path = self._written("plan.json", task.plan.encode())
                self._plans[task.state, text] = scenario, read_plan(path, scenario.network).plan
        return self._plans[task.state, text]

    def _programmed(self, scenario: Scenario, file: tuple[str, bytes]) -> Bound:
        """The scenario with the programs of a SUMO file, and its field plan then; they must be safe."""
        programmed = with_programs(self._written(*file), scenario)
        require_safe_change(scenario, programmed)
        return programmed, programmed.field_plan

    def _written(self, name: str, content: bytes) -> Path:
        """A file of the workshop, in a folder by its content."""
        path = self.scratch / "plans" / content_digest(content) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path


def _in_a_line(error: TrafficoptError, task: Task) -> str:
    """Why a task failed, in a line."""
    if not isinstance(error, SimulationError):
        return " ".join(str(error).split())
    ended = "reached its time limit" if error.exit_code is None else f"ended with {error.exit_code}"
    lines = error.log.strip().splitlines()
    limit = f" (memory_limit_mb = {task.memory_limit_mb})" if task.memory_limit_mb else ""
    said = f": {lines[-1]}" if lines else ""
    return f"{Path(error.command[0]).name} {ended}{limit}{said}"


def _in_full(error: TrafficoptError) -> str:
    """Everything that is known of a failure."""
    if not isinstance(error, SimulationError):
        return f"{error}\n"
    code = "stopped at its time limit" if error.exit_code is None else f"exit code {error.exit_code}"
    return f"{' '.join(error.command)}\n{code}\n{error.log}\n"
