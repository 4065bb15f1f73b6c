"""Scenarios that a worker has read: once for all runs, with each demand that is asked for."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path

from trafficopt.batch.digests import digest
from trafficopt.batch.inputs import InputFolder
from trafficopt.batch.tasks import State
from trafficopt.errors import TrafficoptError
from trafficopt.scenario import Scenario
from trafficopt.sumo.read import read_scenario
from trafficopt.sumo.scaled_trips import with_scaled_trips

MOST_READ = 2  # the one that was used longest ago goes first


@dataclass(slots=True)
class _Read:
    """A scenario, or why it cannot be read, and the same by demand."""

    untouched: Scenario | TrafficoptError
    scaled: dict[float, Scenario] = field(default_factory=dict)


class OpenScenarios:
    """Reads scenarios, and keeps the last ones.

    Parameters
    ----------
    inputs
        Contents of their files.
    folder
        Where they are laid out.
    """

    def __init__(self, inputs: InputFolder, folder: Path) -> None:
        self.inputs, self.folder = inputs, folder
        self._read: dict[State, _Read] = {}

    def get(self, state: State) -> Scenario:
        """The scenario of a state.

        Raises
        ------
        TrafficoptError
            If it cannot be read, or scaled; the same error again for the same scenario.
        """
        untouched = replace(state, demand=1.0)
        read = self._read.pop(untouched, None) or self._opened(untouched)
        self._read[untouched] = read  # now the last one
        if isinstance(read.untouched, TrafficoptError):
            raise read.untouched
        if state.demand == 1.0:
            return read.untouched
        if state.demand not in read.scaled:
            folder = self.folder_of(state) / f".demand-{state.demand!r}"
            folder.mkdir(exist_ok=True)
            read.scaled[state.demand] = with_scaled_trips(read.untouched, state.demand, folder)
        return read.scaled[state.demand]

    def folder_of(self, state: State) -> Path:
        """Where the files of a scenario lie, whatever its demand."""
        return self.folder / digest(replace(state, demand=1.0).of_plans())

    def _opened(self, state: State) -> _Read:
        while len(self._read) >= MOST_READ:
            oldest = next(iter(self._read))
            del self._read[oldest]
            shutil.rmtree(self.folder_of(oldest), ignore_errors=True)
        entry = self.inputs.lay_out(state.bundle, self.folder_of(state))
        try:
            return _Read(
                read_scenario(
                    entry, teleport_s=state.teleport_s, minutes=state.minutes, profile=state.profile
                )
            )
        except TrafficoptError as error:
            return _Read(error)
