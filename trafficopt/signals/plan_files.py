"""Plans as JSON files, keyed by movement so that they survive an edit of the network."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trafficopt.errors import InputError
from trafficopt.intersection import Intersection
from trafficopt.network import Network
from trafficopt.plan import SignalTiming, TimingPlan
from trafficopt.scenario import Scenario
from trafficopt.signals.gate import require_safe
from trafficopt.signals.transitions import with_least_greens
from trafficopt.stage import Interval, Stage
from trafficopt.table_repr import LONG_CELL, Column, Table, Tabled, counted

FORMAT = "trafficopt-plan/2"
NAMES = {
    "G": "green",
    "g": "green_yielding",
    "s": "green_after_stop",
    "u": "red_and_yellow",
    "y": "yellow",
    "Y": "yellow_first",
    "o": "blinking",
    "O": "off",
}
PART = re.compile(r"(.+) \[(\d+)\]")  # ids of SUMO hold no spaces
LETTERS = {name: letter for letter, name in NAMES.items()}


@dataclass(frozen=True, slots=True, repr=False)
class BoundPlan(Tabled):
    """A plan bound to a network by the names of its movements.

    Attributes
    ----------
    differences
        How the network differs from the one that the plan was made for; empty where all is found again.
    """

    plan: TimingPlan
    differences: tuple[str, ...] = ()

    def _table(self) -> Table:
        n, told = counted(len(self.plan), "signal"), counted(len(self.differences), "difference")
        title = f"BoundPlan of {self.plan.name}: {n}, {told} from its network"
        return Table(title, (Column(longest=LONG_CELL),), [(each,) for each in self.differences])


def plan_json(scenario: Scenario, plan: TimingPlan) -> str:
    """Text of the plan's JSON file, the same bytes for the same plan.

    Raises
    ------
    InputError
        If the plan does not fit the network.
    UnsafePlanError
        If it breaks a safety rule.
    """
    require_safe(scenario, plan)
    signals = {
        node.id: _signal_json(node, plan[node.id])
        for node in sorted(scenario.network.intersections, key=lambda node: node.id)
        if node.id in plan
    }
    return json.dumps({"format": FORMAT, "name": plan.name, "signals": signals}, indent=1) + "\n"


def _signal_json(node: Intersection, timing: SignalTiming) -> dict[str, object]:
    return {
        "cycle_s": float(timing.cycle_s),
        "offset_s": float(timing.offset_s),
        "stages": [
            {
                "green_s": float(green),
                **_shown(node, stage.state),
                "intergreen": [
                    {"duration_s": float(row.duration_s), **_shown(node, row.state)}
                    for row in stage.intergreen
                ],
            }
            for stage, green in zip(timing.stages, timing.greens_s, strict=True)
        ],
    }


def _shown(node: Intersection, state: str) -> dict[str, list[str]]:
    """Movements by what they are shown, without red; ` [k]` is the k-th head where they differ."""
    shown: dict[str, list[str]] = defaultdict(list)
    for name, heads in node.heads_by_name.items():
        if len({state[head] for head in heads}) == 1:
            shown[state[heads[0]]].append(name)
        else:
            for position, head in enumerate(heads):
                shown[state[head]].append(f"{name} [{position}]")
    return {word: shown[letter] for letter, word in NAMES.items() if letter in shown}


def read_plan(path: str | Path, network: Network) -> BoundPlan:
    """Read a plan that `plan_json` wrote, and bind it to `network`.

    A movement that is gone is left out, one that is new stays red: what follows from that is the
    business of the safety rules.

    Raises
    ------
    InputError
        If the file is missing, is not JSON, or lacks a field.
    """
    path = Path(path)
    remedy = "use a plan.json that trafficopt wrote, or a SUMO additional file with <tlLogic>"
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data.get("format") != FORMAT:
            raise InputError(path, f"format is {data.get('format')!r}, not {FORMAT!r}", remedy)
        signals: Mapping[str, Any] = data["signals"]
        nodes = {node.id: node for node in network.intersections}
        bound = {key: _timing(nodes[key], row) for key, row in signals.items() if key in nodes}
        name = str(data.get("name", path.stem))
        differences = [f"signal {key!r} is not in the network" for key in signals if key not in nodes]
        for key in bound:
            differences += _differences(nodes[key], signals[key])
    except OSError as error:
        raise InputError(path, error.strerror or "cannot be read", "check the path") from None
    except KeyError as error:
        raise InputError(path, f"field {error} is missing", remedy) from None
    except (json.JSONDecodeError, ValueError, TypeError, AttributeError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(path, str(error), remedy) from None
    return BoundPlan(TimingPlan(name, bound), tuple(differences))


def _timing(node: Intersection, row: Mapping[str, Any]) -> SignalTiming:
    rows: Sequence[Mapping[str, Any]] = row["stages"]
    stages = [
        Stage(
            _state(node, stage, {"green_s", "intergreen"}),
            tuple(
                Interval(_state(node, part, {"duration_s"}), float(part["duration_s"]))
                for part in stage["intergreen"]
            ),
        )
        for stage in rows
    ]
    greens = tuple(float(stage["green_s"]) for stage in rows)
    return SignalTiming(
        with_least_greens(node, stages), greens, float(row["cycle_s"]), float(row["offset_s"])
    )


def _state(node: Intersection, row: Mapping[str, Any], others: Set[str]) -> str:
    """State string of a row; red for whatever it does not name. `others` are keys that are no letters."""
    if unknown := sorted(set(row) - set(LETTERS) - others):
        raise ValueError(f"{node.id}: key {unknown[0]!r} is unknown; known are {', '.join(LETTERS)}")
    letters = ["r"] * node.n_heads
    names = node.heads_by_name
    for word, letter in LETTERS.items():
        for entry in row.get(word, ()):
            for head in _heads(names, entry):
                letters[head] = letter
    return "".join(letters)


def _heads(names: Mapping[str, tuple[int, ...]], entry: str) -> tuple[int, ...]:
    """Heads that a name in a plan file means; none where the network lacks them."""
    if entry in names:
        return names[entry]
    part = PART.fullmatch(entry)
    if part is None:
        return ()
    position = int(part[2])
    return names.get(part[1], ())[position : position + 1]


def _differences(node: Intersection, row: Mapping[str, Any]) -> Iterable[str]:
    """Movements that the plan names and the network lacks, and the other way round."""
    names = node.heads_by_name
    wanted: list[str] = []
    served: set[int] = set()
    for stage in row["stages"]:
        for word in LETTERS:
            wanted += [entry for entry in stage.get(word, ()) if entry not in wanted]
    for entry in wanted:
        heads = _heads(names, entry)
        served.update(heads)
        if not heads:
            yield f"{node.id}: {entry!r} is green in the plan and not in the network"
    for name, heads in names.items():
        if not served & set(heads):
            yield f"{node.id}: {name!r} is in the network and not served by the plan"
