"""Safe plans with one fault put in: whatever is unsafe then must not get out by any way."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar
from zlib import crc32

import numpy as np
import pytest
from typer.testing import CliRunner

import trafficopt as to
from trafficopt.cli.app import app
from trafficopt.errors import InputError, UnsafePlanError
from trafficopt.intersection import Intersection, User
from trafficopt.limits import PROFILES
from trafficopt.outputs import write_plan
from trafficopt.plan import SignalTiming, TimingPlan
from trafficopt.problem import build_problem
from trafficopt.scenario import Scenario
from trafficopt.signals.conforming import conforming
from trafficopt.signals.gate import require_safe
from trafficopt.signals.plan_files import NAMES, plan_json
from trafficopt.signals.transitions import stages_in_order
from trafficopt.stage import Interval, Stage
from trafficopt.staging.sequences import candidate_sequences
from trafficopt.study import simulate
from trafficopt.sumo.binary import run_tool
from trafficopt.sumo.programs import write_programs
from trafficopt.sumo.read import read_scenario

ROOT = Path(__file__).resolve().parents[2]
MAPS = ROOT.parent / "shared" / "maps"
MAP_NAMES = ("cologne1", "cologne3", "cologne8", "ingolstadt1", "ingolstadt7")
CANGZHOU = ROOT / "scenarios" / "cangzhou"
MAIN_STREET = to.example_path("main_street")
SOURCES = (
    *(f"main_street {profile}" for profile in PROFILES),
    *(f"crossings {profile}" for profile in PROFILES),
    *("cangzhou keep", "cangzhou cn"),
)
CROSSINGS = (
    *("--grid", "--grid.number=2", "--grid.length=200", "--grid.attach-length=100"),
    *("-j", "traffic_light", "-L", "2", "--sidewalks.guess", "--crossings.guess"),
    *("--turn-lanes=1", "--turn-lanes.length=60", "--no-turnarounds"),
)
MANY = 6  # signals, beyond which a mutant of each kind of each signal would be too much
WhyUnsafe = Callable[[Intersection, SignalTiming], str]
Rng = np.random.Generator
Spot = TypeVar("Spot")


# --- Plans to start from


@dataclass(frozen=True, slots=True)
class Base:
    """A timing that may be switched on."""

    scenario: Scenario
    node: Intersection
    timing: SignalTiming


@dataclass(frozen=True, slots=True)
class Mutant:
    """A timing with one change, and why it is unsafe then (empty: it is not)."""

    kind: str
    base: Base
    timing: SignalTiming
    why: str

    def __str__(self) -> str:
        rows = "\n".join(f"    {row.state} {row.duration_s:g}" for row in self.timing.intervals)
        return f"{self.kind} of {self.base.scenario.name} {self.base.node.id} ({self.why or 'safe'})\n{rows}"

    @property
    def plan(self) -> TimingPlan:
        return TimingPlan(self.kind, {self.base.node.id: self.timing})


@pytest.fixture(scope="session")
def read(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Scenario]:
    """Reader of a source, such as `cangzhou us`; each is read once."""
    known: dict[str, Scenario] = {}
    folder = tmp_path_factory.mktemp("crossings")

    def get(source: str) -> Scenario:
        if source not in known:
            name, profile = source.split()
            paths = {"main_street": MAIN_STREET, "cangzhou": CANGZHOU}
            paths |= {key: MAPS / key / f"{key}.sumocfg" for key in MAP_NAMES}
            path = paths[name] if name in paths else with_crossings(folder)
            known[source] = read_scenario(path, minutes=1.0, profile=profile)
        return known[source]

    return get


def with_crossings(folder: Path) -> Path:
    """Configuration of four signals with a crossing on each arm."""
    config = folder / "crossings.sumocfg"
    if not config.is_file():
        run_tool("netgenerate", [*CROSSINGS, "--output-file=net.net.xml"], cwd=folder, time_limit_s=60)
        flow = '<flow id="f" from="A0A1" to="A1B1" begin="0" end="600" vehsPerHour="120"/>'
        (folder / "flows.rou.xml").write_text(f"<routes>{flow}</routes>", encoding="utf-8")
        files = '<net-file value="net.net.xml"/><route-files value="flows.rou.xml"/><end value="900"/>'
        config.write_text(f"<configuration>{files}</configuration>", encoding="utf-8")
    return config


def bases(scenario: Scenario, rng: Rng) -> Iterator[Base]:
    """Of each signal the plan that it has, brought into line with the profile, and a new sequence."""
    legal = conforming(scenario)
    nodes = legal.network.intersections
    for node in nodes if len(nodes) < MANY or scenario.limits.profile == "keep" else nodes[::4]:
        if node.id in legal.field_plan and (not node.kept_because or node.id in legal.retime):
            yield Base(scenario, node, legal.field_plan[node.id])
        sequences = candidate_sequences(node)
        yield Base(scenario, node, timed(node, sequences[rng.integers(len(sequences))].states, rng))


def timed(node: Intersection, states: Sequence[str], rng: Rng) -> SignalTiming:
    stages = stages_in_order(node, states)
    greens = tuple(float(np.ceil(stage.min_green_s)) + float(rng.integers(0, 20)) for stage in stages)
    cycle = sum(greens) + sum(stage.intergreen_s for stage in stages)
    return SignalTiming(stages, greens, cycle, float(rng.integers(0, 30)) % cycle)


# --- Changes: stages as lists of rows, the green first; a cycle that is not given is the sum


Rows = list[list[Interval]]
Change = Callable[[Intersection, Rows, Rng], "Rows | None"]
CHANGES: dict[str, Change] = {}


def change(function: Change) -> Change:
    CHANGES[function.__name__] = function
    return function


def letter(row: Interval, head: int, shown: str) -> Interval:
    return replace(row, state=row.state[:head] + shown + row.state[head + 1 :])


def longer(row: Interval, time_s: float) -> Interval:
    return replace(row, duration_s=row.duration_s + time_s)


def any_of(rng: Rng, choices: Sequence[Spot]) -> Spot | None:
    return choices[int(rng.integers(len(choices)))] if choices else None


def after(rows: Rows, k: int) -> int:
    return (k + 1) % len(rows)


def rows_between(rows: Rows, letters: str = "") -> list[tuple[int, int]]:
    """Places (stage, row) of intergreen rows that show one of `letters`; all where none are given."""
    places = [(k, i) for k, part in enumerate(rows) for i in range(1, len(part))]
    return [(k, i) for k, i in places if not letters or set(letters) & set(rows[k][i].state)]


def shorten_any(rng: Rng, rows: Rows, spots: Sequence[tuple[int, int]], time_s: float) -> Rows | None:
    spot = any_of(rng, spots)
    return None if spot is None else shortened(rows, *spot, time_s)


def shortened(rows: Rows, k: int, i: int, time_s: float) -> Rows:
    """Take time from a row, or the row itself, and give it to the next green."""
    time_s = min(time_s, rows[k][i].duration_s)
    rows[after(rows, k)][0] = longer(rows[after(rows, k)][0], time_s)
    rows[k][i] = longer(rows[k][i], -time_s)
    if rows[k][i].duration_s < 1e-9:
        del rows[k][i]
    return rows


def users(node: Intersection, user: User) -> list[int]:
    return [h for h, head in enumerate(node.heads) if head.user is user]


def foes(node: Intersection, h: int, state: str) -> list[int]:
    return [b for b, shown in enumerate(state) if shown in "Gg" and node.opposed[h, b]]


@change
def no_yellow_of_one_head(node: Intersection, rows: Rows, rng: Rng) -> Rows | None:
    spots = [(k, h) for k, i in rows_between(rows, "y") for h, c in enumerate(rows[k][i].state) if c == "y"]
    if (spot := any_of(rng, spots)) is None:
        return None
    k, h = spot
    rows[k][1:] = [letter(row, h, "r") if row.state[h] == "y" else row for row in rows[k][1:]]
    return rows


@change
def no_yellow_row(node: Intersection, rows: Rows, rng: Rng) -> Rows | None:
    return shorten_any(rng, rows, rows_between(rows, "y"), np.inf)


@change
def short_yellow(node: Intersection, rows: Rows, rng: Rng) -> Rows | None:
    return shorten_any(rng, rows, rows_between(rows, "y"), 1.0)


@change
def short_intergreen(node: Intersection, rows: Rows, rng: Rng) -> Rows | None:
    return shorten_any(rng, rows, rows_between(rows), 1.0)


@change
def no_all_red(node: Intersection, rows: Rows, rng: Rng) -> Rows | None:
    spots = [(k, i) for k, i in rows_between(rows) if "y" not in rows[k][i].state]
    return shorten_any(rng, rows, spots, np.inf)


@change
def no_intergreen(node: Intersection, rows: Rows, rng: Rng) -> Rows | None:
    k = int(rng.integers(len(rows)))
    for i in range(len(rows[k]) - 1, 0, -1):
        shortened(rows, k, i, np.inf)
    return rows


def one_more(node: Intersection, rows: Rows, rng: Rng, shown: str) -> Rows | None:
    """Give green to a head that meets one that is green."""
    spots = [
        (k, h)
        for k, (green, *_) in enumerate(rows)
        for h, c in enumerate(green.state)
        if c == "r" and foes(node, h, green.state)
    ]
    if (spot := any_of(rng, spots)) is None:
        return None
    k, h = spot
    rows[k][0] = letter(rows[k][0], h, shown)
    rows[k][1:] = [letter(row, h, "y") if "y" in row.state else row for row in rows[k][1:]]
    return rows


@change
def foe_goes_too(node: Intersection, rows: Rows, rng: Rng) -> Rows | None:
    return one_more(node, rows, rng, "G")


@change
def foe_yields_too(node: Intersection, rows: Rows, rng: Rng) -> Rows | None:
    return one_more(node, rows, rng, "g")


@change
def yields_no_more(node: Intersection, rows: Rows, rng: Rng) -> Rows | None:
    spots = [(k, h) for k, (green, *_) in enumerate(rows) for h, c in enumerate(green.state) if c == "g"]
    if (spot := any_of(rng, [(k, h) for k, h in spots if foes(node, h, rows[k][0].state)])) is None:
        return None
    k, h = spot
    rows[k] = [letter(row, h, "G") if row.state[h] == "g" else row for row in rows[k]]
    return rows


@change
def from_major_to_minor(node: Intersection, rows: Rows, rng: Rng) -> Rows | None:
    """G becomes g without yellow as somebody to whom it yields turns green."""
    spots = []
    for k, (green, *_) in enumerate(rows):
        following = rows[after(rows, k)][0].state
        for h, b in np.argwhere(node.opposed & node.conflicts.yields):
            if green.state[h] == "G" and green.state[b] == "r" and following[b] in "Gg":
                spots.append((k, int(h)))
    if (spot := any_of(rng, spots)) is None:
        return None
    k, h = spot
    rows[k][1:] = [letter(row, h, "G") for row in rows[k][1:]]
    rows[after(rows, k)][0] = letter(rows[after(rows, k)][0], h, "g")
    return rows


@change
def starved(node: Intersection, rows: Rows, rng: Rng) -> Rows | None:
    names = [head.id for head in node.heads if head.user is not User.NOBODY]
    heads = [h for h, head in enumerate(node.heads) if head.id == names[rng.integers(len(names))]]
    for part in rows:
        for h in heads:
            part[:] = [letter(row, h, "r") for row in part]
    return rows


def cut(node: Intersection, rows: Rows, rng: Rng, heads: Sequence[int]) -> Rows | None:
    """End one head's green before its least; the others' go on."""
    spots = []
    for k, (green, *_) in enumerate(rows):
        spots += [(k, h) for h in heads if green.state[h] in "Gg" and rows[k - 1][-1].state[h] not in "Gg"]
    spots = [(k, h) for k, h in spots if 2 < node.requirements.min_green_s[h] < rows[k][0].duration_s + 1]
    if (spot := any_of(rng, spots)) is None:
        return None
    k, h = spot
    shown = node.requirements.min_green_s[h] - 1.0
    green, rest = replace(rows[k][0], duration_s=shown), longer(rows[k][0], -shown)
    yellow = min(rest.duration_s, float(node.requirements.yellow_s[h]))
    parts = [letter(replace(rest, duration_s=yellow), h, "y"), letter(longer(rest, -yellow), h, "r")]
    rows[k] = [
        green,
        *(row for row in parts if row.duration_s > 0),
        *(letter(row, h, "r") for row in rows[k][1:]),
    ]
    return rows


@change
def short_walk(node: Intersection, rows: Rows, rng: Rng) -> Rows | None:
    return cut(node, rows, rng, users(node, User.PEDESTRIANS))


@change
def short_green_of_one_head(node: Intersection, rows: Rows, rng: Rng) -> Rows | None:
    return cut(node, rows, rng, users(node, User.VEHICLES))


@change
def no_clearance_of_walk(node: Intersection, rows: Rows, rng: Rng) -> Rows | None:
    """Walk goes on to the next stage, as far as it ended before."""
    spots = [(k, h) for k, part in enumerate(rows) for h in users(node, User.PEDESTRIANS) if ends_in(part, h)]
    if (spot := any_of(rng, spots)) is None:
        return None
    k, h = spot
    rows[k] = [letter(row, h, "G") for row in rows[k]]
    return rows


def ends_in(part: Sequence[Interval], h: int) -> bool:
    return part[0].state[h] in "Gg" and part[-1].state[h] not in "Gg"


@change
def short_stage(node: Intersection, rows: Rows, rng: Rng) -> Rows | None:
    """Cut a stage's green, and lengthen another's by as much."""
    k, shown = int(rng.integers(len(rows))), float(rng.integers(1, 5))
    rest = rows[k][0].duration_s - shown
    if rest <= 0 or len(rows) < 2:
        return None
    rows[k][0], rows[k - 1][0] = longer(rows[k][0], -rest), longer(rows[k - 1][0], rest)
    return rows


@change
def green_too_soon(node: Intersection, rows: Rows, rng: Rng) -> Rows | None:
    """A head turns green a row early."""
    spots = []
    for k, part in enumerate(rows):
        begins = [h for h, c in enumerate(rows[after(rows, k)][0].state) if c in "Gg"]
        spots += [(k, h) for h in begins if len(part) > 1 and part[-1].state[h] == "r"]
    if (spot := any_of(rng, spots)) is None:
        return None
    k, h = spot
    rows[k][-1] = letter(rows[k][-1], h, rows[after(rows, k)][0].state[h])
    return rows


@change
def green_too_long(node: Intersection, rows: Rows, rng: Rng) -> Rows | None:
    """A head keeps its green through its first row of yellow."""
    spots = [
        (k, i, h) for k, i in rows_between(rows, "y") for h, c in enumerate(rows[k][i].state) if c == "y"
    ]
    if (spot := any_of(rng, [s for s in spots if rows[s[0]][s[1] - 1].state[s[2]] in "Gg"])) is None:
        return None
    k, i, h = spot
    rows[k][i] = letter(rows[k][i], h, rows[k][0].state[h])
    return rows


@change
def swapped_stages(node: Intersection, rows: Rows, rng: Rng) -> Rows | None:
    if len(rows) < 3:
        return None
    a, b = rng.choice(len(rows), 2, replace=False)
    rows[a], rows[b] = rows[b], rows[a]
    return rows


@change
def swapped_greens(node: Intersection, rows: Rows, rng: Rng) -> Rows | None:
    """Two stages change places, and what lies between stays where it is."""
    a, b = rng.choice(len(rows), 2, replace=False)
    rows[a][0], rows[b][0] = rows[b][0], rows[a][0]
    return rows


@change
def wrong_length(node: Intersection, rows: Rows, rng: Rng) -> Rows | None:
    k, i, more = int(rng.integers(len(rows))), 0, bool(rng.integers(2))
    i = int(rng.integers(len(rows[k])))
    state = rows[k][i].state
    rows[k][i] = replace(rows[k][i], state=state + "r" if more else state[:-1])
    return rows


@change
def unknown_letter(node: Intersection, rows: Rows, rng: Rng) -> Rows | None:
    k, h = int(rng.integers(len(rows))), int(rng.integers(node.n_heads))
    i = int(rng.integers(len(rows[k])))
    rows[k][i] = letter(rows[k][i], h, str(rng.choice(list("xA ?é"))))
    return rows


@change
def no_duration(node: Intersection, rows: Rows, rng: Rng) -> Rows | None:
    """A row of no time, of less than none, or of no number; what is left of its time goes to a green."""
    if (spot := any_of(rng, rows_between(rows))) is None:
        return None
    k, i = spot
    time = float(rng.choice([0.0, -1.0, np.nan]))
    rows[k][0] = longer(rows[k][0], rows[k][i].duration_s - np.nan_to_num(time))
    rows[k][i] = replace(rows[k][i], duration_s=time)
    return rows


@change
def longer_cycle(node: Intersection, rows: Rows, rng: Rng) -> Rows | None:
    k = int(rng.integers(len(rows)))
    rows[k][0] = longer(rows[k][0], float(rng.integers(1, 10)))
    return rows


@change
def longer_all_red(node: Intersection, rows: Rows, rng: Rng) -> Rows | None:
    if (spot := any_of(rng, rows_between(rows))) is None:
        return None
    k, i = spot
    rows[k].append(Interval(rows[k][i].state.translate(str.maketrans("y", "r")), 1.0))
    return rows


@change
def rotated(node: Intersection, rows: Rows, rng: Rng) -> Rows | None:
    return [*rows[1:], *rows[:1]]


WrongSum = Callable[[SignalTiming, float], SignalTiming]
WRONG_SUMS: dict[str, WrongSum] = {
    "longer_green_in_the_same_cycle": lambda timing, s: replace(
        timing, greens_s=(timing.greens_s[0] + s, *timing.greens_s[1:])
    ),
    "another_cycle": lambda timing, s: replace(timing, cycle_s=timing.cycle_s + s),
}
HARMLESS = {"longer_cycle", "longer_all_red", "rotated"}


# --- What gets out


def mutants_of(source: str, scenario: Scenario, why_unsafe: WhyUnsafe) -> list[Mutant]:
    """Mutants of each base, where the kind of change applies; the same ones in every run."""
    rng, made = np.random.default_rng(crc32(source.encode())), []
    n_kinds = len(CHANGES) if len(scenario.network.intersections) < MANY else 3
    for base in bases(scenario, rng):
        for kind in map(str, rng.choice([*CHANGES], n_kinds, replace=False)):
            timing = changed(base, kind, rng)
            if timing is not None and not shown_already(base, timing):
                made.append(Mutant(kind, base, timing, why_unsafe(base.node, timing)))
        for kind, wrong in WRONG_SUMS.items() if n_kinds == len(CHANGES) else ():
            timing = wrong(base.timing, float(rng.choice([0.5, 1.0, 7.0])))
            made.append(Mutant(kind, base, timing, why_unsafe(base.node, timing)))
    return made


def changed(base: Base, kind: str, rng: Rng) -> SignalTiming | None:
    timing = base.timing
    rows = [
        [Interval(stage.state, green), *stage.intergreen]
        for stage, green in zip(timing.stages, timing.greens_s, strict=True)
    ]
    found = CHANGES[kind](base.node, rows, rng)
    if not found:
        return None
    stages = tuple(Stage(green.state, tuple(between)) for green, *between in found)
    greens = tuple(green.duration_s for green, *_ in found)
    total = sum(row.duration_s for part in found for row in part)
    cycle = timing.cycle_s if np.isnan(total) else round(total, 6)
    return SignalTiming(stages, greens, cycle, timing.offset_s % cycle)


def shown_already(base: Base, timing: SignalTiming) -> bool:
    """Whether a change is none, or leads to what the field shows, which passes whatever it is."""
    field = base.scenario.field_plan.timings.get(base.node.id)
    return timing.intervals in (base.timing.intervals, field and field.intervals)


Mutants = Callable[[str], list[Mutant]]


@pytest.fixture(scope="session")
def mutants(read: Callable[[str], Scenario], why_unsafe: WhyUnsafe) -> Mutants:
    known: dict[str, list[Mutant]] = {}

    def get(source: str) -> list[Mutant]:
        if source not in known:
            known[source] = mutants_of(source, read(source), why_unsafe)
        return known[source]

    return get


@pytest.fixture(params=[*SOURCES, *(f"{name} {profile}" for name in MAP_NAMES for profile in ("keep", "us"))])
def source(request: pytest.FixtureRequest) -> str:
    name = request.param.split()[0]
    if name in MAP_NAMES and not (MAPS / name).is_dir():
        pytest.skip("the maps lie beside the development checkout only")
    return str(request.param)


WAYS_OUT: dict[str, Callable[[Scenario, TimingPlan, Path], object]] = {
    "gate": lambda scenario, plan, path: require_safe(scenario, plan),
    "JSON": lambda scenario, plan, path: plan_json(scenario, plan),
    "SUMO": lambda scenario, plan, path: write_programs(scenario, plan, path),
}


def refusal(way: str, mutant: Mutant, path: Path) -> type[Exception] | None:
    try:
        WAYS_OUT[way](mutant.base.scenario, mutant.plan, path)
    except (UnsafePlanError, InputError) as error:
        return type(error)
    return None


BAD_INPUT = {"wrong_length", *WRONG_SUMS}


def expected_of(mutant: Mutant) -> tuple[type[Exception], ...]:
    if mutant.kind == "no_duration":  # a sum that is no number does not fit, a row of no time is unsafe
        return InputError, UnsafePlanError
    return (InputError,) if mutant.kind in BAD_INPUT else (UnsafePlanError,)


def test_no_unsafe_mutant_gets_out(source: str, mutants: Mutants, tmp_path: Path) -> None:
    path = tmp_path / "plan.add.xml"
    escaped = [
        f"{way}: {mutant}"
        for mutant in mutants(source)
        for way in WAYS_OUT
        if mutant.why and refusal(way, mutant, path) not in expected_of(mutant)
    ]
    assert not escaped, "\n".join(escaped[:5])
    assert not path.exists()


def test_no_harmless_mutant_is_refused(source: str, mutants: Mutants, tmp_path: Path) -> None:
    refused = [
        f"{way}: {mutant}"
        for mutant in mutants(source)
        for way in WAYS_OUT
        if not mutant.why and refusal(way, mutant, tmp_path / "plan.add.xml")
    ]
    assert not refused, "\n".join(refused[:5])


def test_no_plan_to_start_from_is_refused(
    source: str, read: Callable[[str], Scenario], why_unsafe: WhyUnsafe, tmp_path: Path
) -> None:
    scenario, rng = read(source), np.random.default_rng(crc32(source.encode()))
    for base in bases(scenario, rng):
        here = Mutant("untouched", base, base.timing, why_unsafe(base.node, base.timing))
        assert [refusal(way, here, tmp_path / "plan.add.xml") for way in WAYS_OUT] == [None] * 3, str(here)
        field = scenario.field_plan.timings.get(base.node.id)
        assert not here.why or (field and base.timing.intervals == field.intervals), str(here)
    require_safe(scenario, scenario.field_plan)
    require_safe(scenario, conforming(scenario).field_plan)


def test_there_are_enough_mutants_of_every_kind(mutants: Mutants) -> None:
    made = [mutant for source in SOURCES for mutant in mutants(source)]
    unsafe = Counter(mutant.kind for mutant in made if mutant.why)
    assert unsafe.total() >= 1500
    assert {kind for kind in (*CHANGES, *WRONG_SUMS) if unsafe[kind] < 15} <= HARMLESS
    assert sum(not mutant.why for mutant in made) >= 300


@pytest.fixture
def sample(mutants: Mutants) -> list[Mutant]:
    """An unsafe mutant of each kind from two scenarios."""
    rng, chosen = np.random.default_rng(20), []
    for source in ("main_street keep", "crossings us"):
        for kind in (*CHANGES, *WRONG_SUMS):
            there = [mutant for mutant in mutants(source) if mutant.kind == kind and mutant.why]
            chosen += [there[rng.integers(len(there))]] if there else []
    return chosen


@pytest.fixture
def no_sumo(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other tools may run: routes of flows come from one."""

    class Refusing(subprocess.Popen[bytes]):
        def __init__(self, command: Sequence[str], *args: Any, **options: Any) -> None:
            assert Path(command[0]).name != "sumo", "SUMO was started"
            super().__init__(command, *args, **options)

    monkeypatch.setattr(subprocess, "Popen", Refusing)


@pytest.mark.usefixtures("no_sumo")
def test_no_folder_and_no_run_gets_a_mutant(sample: list[Mutant], tmp_path: Path) -> None:
    problems = {m.base.scenario.source: build_problem(m.base.scenario) for m in sample}
    for mutant in sample:
        scenario = mutant.base.scenario
        with pytest.raises((UnsafePlanError, InputError)):
            write_plan(scenario, mutant.plan, tmp_path)
        assert not [*tmp_path.iterdir()]
        whole = TimingPlan(mutant.kind, {**scenario.field_plan.timings, **mutant.plan.timings})
        with pytest.raises((UnsafePlanError, InputError)):
            simulate(problems[scenario.source], whole, [1])
    assert len(sample) >= 40


# --- Files written by hand, through the command line


def as_json(mutant: Mutant) -> str:
    node, timing = mutant.base.node, mutant.timing

    def shown(state: str) -> Mapping[str, list[str]]:
        lit: dict[str, list[str]] = {}
        for h, head in enumerate(node.heads):
            if head.user is not User.NOBODY and state[h] in NAMES:
                place = [other.id for other in node.heads[:h]].count(head.id)
                lit.setdefault(NAMES[state[h]], []).append(f"{head.id}#{place}")
        return lit

    stages = [
        {
            "green_s": green,
            **shown(stage.state),
            "intergreen": [{"duration_s": row.duration_s, **shown(row.state)} for row in stage.intergreen],
        }
        for stage, green in zip(timing.stages, timing.greens_s, strict=True)
    ]
    signal = {"cycle_s": timing.cycle_s, "offset_s": timing.offset_s, "stages": stages}
    return json.dumps({"format": "trafficopt-plan/2", "name": "mutant", "signals": {node.id: signal}})


def as_programs(mutant: Mutant) -> str:
    phases = "".join(
        f'<phase duration="{row.duration_s}" state="{row.state}"/>' for row in mutant.timing.intervals
    )
    head = f'id="{mutant.base.node.id}" type="static" programID="mutant" offset="{mutant.timing.offset_s}"'
    return f"<additional><tlLogic {head}>{phases}</tlLogic></additional>"


# What a file cannot say: JSON has names in place of letters, SUMO's programs have no cycle.
UNSAID = {"plan.json": {"wrong_length", "unknown_letter"}, "plan.add.xml": set(WRONG_SUMS)}


@pytest.mark.usefixtures("no_sumo")
@pytest.mark.parametrize("name", sorted(UNSAID))
def test_no_file_with_a_mutant_is_simulated(name: str, sample: list[Mutant], tmp_path: Path) -> None:
    path, codes = tmp_path / name, Counter[int]()
    for mutant in (m for m in sample[sorted(UNSAID).index(name) :: 2] if m.kind not in UNSAID[name]):
        path.write_text(as_json(mutant) if path.suffix == ".json" else as_programs(mutant), encoding="utf-8")
        scenario = mutant.base.scenario
        words = ["simulate", str(scenario.source), "--profile", scenario.limits.profile, "--minutes", "1"]
        found = CliRunner().invoke(app, [*words, "--plan", str(path), "--seeds", "1"])
        expected = {2} if mutant.kind in BAD_INPUT | {"unknown_letter"} else {1}
        if mutant.kind == "no_duration":
            expected = {1, 2}
        assert isinstance(found.exception, SystemExit), f"{found.exception!r}\n{mutant}"
        assert found.exit_code in expected, f"{found.stderr}\n{mutant}"
        assert mutant.base.node.id in found.stderr
        codes[found.exit_code] += 1
    assert codes[1] >= 15
    assert codes[2] >= 1
