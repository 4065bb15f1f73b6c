"""Run a city's programme from its diagnosis to its closed ledger."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from trafficopt.diagnosis.diagnose import Diagnosis
from trafficopt.diagnosis_study import diagnose
from trafficopt.evaluation import paired_change
from trafficopt.optimizer import optimize
from trafficopt.outputs import writable
from trafficopt.parking import DistrictParking
from trafficopt.plan import TimingPlan
from trafficopt.problem import Problem, build_problem
from trafficopt.programme.attribution import Attribution, Step, attribute
from trafficopt.programme.parking_relief import allotted, relieved
from trafficopt.programme.places import Edit
from trafficopt.programme.plans import plan_once
from trafficopt.programme.selection import Trial, chosen, confirmed, select
from trafficopt.programme.sites import Sites, read_sites
from trafficopt.scenario import Scenario
from trafficopt.search.bands.network import design_waves
from trafficopt.search.choose import check_unseen, training_seeds
from trafficopt.sumo.fewer_vehicles import without_vehicles
from trafficopt.sumo.network_edits import apply_treatments
from trafficopt.sumo.proof import prove_plan
from trafficopt.sumo.run_store import StoredRun, simulate_once
from trafficopt.treatment import Family
from trafficopt.units import Seconds

N_CHOOSING = 2  # seeds of SUMO that choose among sites, and as many that confirm; none judges again
WIDE = (1000.0, 30.0)  # delay [veh*s/s] that a second of band is worth: bands first
Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class City:
    """A state of the city: what is built, who drives, how signals are timed."""

    scenario: Scenario
    plan: TimingPlan
    detour_s: Seconds = 0.0


@dataclass(frozen=True, slots=True)
class Programme:
    """What was found, tried, adopted and rejected.

    Attributes
    ----------
    diagnosis
        Of the field plan, by the models.
    trials
        Of candidate sites, by family.
    parking
        Districts with the spaces that they get.
    attribution
        What each family does.
    final
        The city with everything that was adopted.
    """

    scenario: Scenario
    sites: Sites
    diagnosis: Diagnosis = field(repr=False)
    trials: dict[Family, tuple[Trial, ...]] = field(repr=False)
    parking: tuple[DistrictParking, ...]
    attribution: Attribution
    final: City = field(repr=False)


def run_programme(
    scenario: Scenario,
    out: str | Path,
    *,
    seeds: Sequence[int] = (1, 2, 3),
    seed: int = 1,
    max_seconds: Seconds = 60.0,
    jobs: int | None = None,
    on_progress: Progress | None = None,
) -> Programme:
    """Diagnose, treat, test and attribute.

    Islands, U-turn openings, parking, coordination, retiming and new stage orders, in this order. What ran
    or was searched before in `out` is not run or searched again, so that a broken run goes on.

    Parameters
    ----------
    seeds
        SUMO's, of all judgments; sites are chosen on others.
    seed, max_seconds
        Of each search.

    Raises
    ------
    InputError
        If a seed is a training seed, a table is broken, or `out` cannot be written.
    SimulationError
        If a run fails.
    """
    check_unseen(seeds, seed)
    tell = on_progress or (lambda what, share: None)
    folder = writable(Path(out)).resolve()
    work = _Work(scenario, folder, tuple(seeds), seed, max_seconds, jobs, tell)
    sites, problem = read_sites(scenario), build_problem(scenario)
    work.tell("diagnosis", 0.0)
    diagnosis = diagnose(problem, jobs=jobs)
    candidates: dict[Family, tuple[Edit, ...]] = {
        Family.ISLAND: sites.islands,
        Family.U_TURN_OPENING: sites.openings,
    }
    trials = {family: _selected(work, family, edits) for family, edits in candidates.items() if edits}
    parking = allotted(scenario, sites.parking_spaces) if sites.parking_spaces else ()
    field_city = city = City(scenario, scenario.field_plan)
    before, alone, in_order = work.judged(field_city, "field plan"), {}, []
    families = _families(scenario, trials, parking)
    for number, family in enumerate(families):
        treated = partial(_treated, work, family, trials, parking)
        alone[family.value] = work.judged(treated(field_city, [family]), f"{family} alone")
        city = treated(city, families[: number + 1])
        in_order.append((family.value, work.judged(city, f"{family} after the others")))
    attribution = attribute(before, alone, in_order)
    return Programme(scenario, sites, diagnosis, trials, parking, attribution, city)


@dataclass(frozen=True, slots=True)
class _Work:
    """Where things are kept, and how they are judged."""

    scenario: Scenario
    out: Path
    seeds: tuple[int, ...]
    seed: int
    max_seconds: Seconds
    jobs: int | None
    tell: Progress

    def judged(self, city: City, name: str) -> Step:
        """A state of the city in SUMO, proven to show its plan."""
        prove_plan(city.scenario, city.plan)
        return Step(name, self.simulated(city, name, self.seeds), city.detour_s)

    def simulated(self, city: City, name: str, seeds: tuple[int, ...]) -> StoredRun:
        """A state of the city in SUMO, or from the folder."""
        return simulate_once(
            city.scenario,
            city.plan,
            seeds,
            self.out / "runs",
            jobs=self.jobs,
            on_progress=partial(self.tell, f"{name} in SUMO"),
        )

    def searched(self, problem: Problem, stages: str) -> TimingPlan:
        """A plan of the optimizer, or from the folder."""
        find = partial(
            optimize,
            problem,
            stages=stages,
            seed=self.seed,
            max_seconds=self.max_seconds,
            on_progress=self.tell,
        )
        how = f"{stages} {self.seed} {self.max_seconds}"
        return plan_once(problem, lambda: find().plan, how, self.out / "plans")


def _families(
    scenario: Scenario, trials: dict[Family, tuple[Trial, ...]], parking: tuple[DistrictParking, ...]
) -> list[Family]:
    """Families that the scenario has something for, in the order in which they are applied."""
    found = [*trials, *([Family.PARKING] if parking else [])]
    found += [Family.COORDINATE] if scenario.network.arterials else []
    return [*found, Family.RETIME, Family.RESEQUENCE]


def _selected(work: _Work, family: Family, edits: Sequence[Edit]) -> tuple[Trial, ...]:
    """Test the candidates of one family on seeds that judge nothing else, and those chosen on others."""
    training, field_city = tuple(training_seeds(work.seed)), City(work.scenario, work.scenario.field_plan)
    choosing, confirming = training[:N_CHOOSING], training[N_CHOOSING : 2 * N_CHOOSING]

    def run(tried: Scenario, what: str) -> StoredRun:
        return work.simulated(City(tried, tried.field_plan), f"{family}: {what}", choosing)

    work.tell(f"{family}: candidates", 0.0)
    folder = work.out / "networks" / family.name.lower()
    trials = select(work.scenario, edits, run(work.scenario, "field plan"), run, folder)
    if not chosen(trials):
        return trials
    city = _built(work, chosen(trials))
    before, after = (
        Step(family, work.simulated(each, f"{family}: confirmation", confirming), each.detour_s)
        for each in (field_city, city)
    )
    return confirmed(trials, paired_change(before.lost_veh_h(), after.lost_veh_h()), after.run.id)


def _treated(
    work: _Work,
    family: Family,
    trials: dict[Family, tuple[Trial, ...]],
    parking: tuple[DistrictParking, ...],
    city: City,
    applied: Sequence[Family],
) -> City:
    """A state of the city with one more family; `applied` are all, that one included."""
    if family in trials:
        edits = [edit for f in applied if f in trials for edit in chosen(trials[f])]
        return _built(work, edits) if edits else city
    if family is Family.PARKING:
        folder = work.out / "networks" / f"parking-{len(applied)}"
        folder.mkdir(parents=True, exist_ok=True)
        fewer = without_vehicles(city.scenario, relieved(city.scenario, parking), folder)
        return replace(city, scenario=fewer)
    problem = build_problem(city.scenario)
    if family is Family.COORDINATE:
        return replace(city, plan=design_waves(problem, city.plan, band_values=WIDE).widest().plan)
    stages = "shipped" if family is Family.RETIME else "protected"
    return replace(city, plan=work.searched(problem, stages))


def _built(work: _Work, edits: Sequence[Edit]) -> City:
    """The scenario with edits of its network, and the field plan bound to it."""
    names = " ".join(sorted(map(str, edits)))
    folder = work.out / "networks" / hashlib.sha256(names.encode()).hexdigest()[:12]
    edited = apply_treatments(work.scenario, edits, folder)
    return City(edited.scenario, edited.scenario.field_plan, sum(edited.rerouted_s.values()))
