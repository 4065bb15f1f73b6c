"""Run a city's programme from its diagnosis to its closed ledger."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from statistics import fmean

from trafficopt.comparison import paired_change
from trafficopt.diagnosis.diagnose import Diagnosis
from trafficopt.diagnosis_study import diagnose
from trafficopt.errors import InputError, UnsafePlanError
from trafficopt.outputs import writable
from trafficopt.parking import DistrictParking
from trafficopt.parking_assumptions import Sensitivity
from trafficopt.problem import build_problem
from trafficopt.programme.attribution import Attribution, Step, attribute
from trafficopt.programme.parking_relief import allotted, relieved, swings
from trafficopt.programme.places import Site
from trafficopt.programme.proposals import ban_sites, lane_sites, pocket_sites
from trafficopt.programme.selection import Trial, chosen, confirmed, refused, select
from trafficopt.programme.sites import Sites, read_sites
from trafficopt.programme.work import City, Progress, Work
from trafficopt.scenario import Scenario
from trafficopt.search.bands.network import design_waves
from trafficopt.search.choose import check_unseen, training_seeds
from trafficopt.sumo.fewer_vehicles import without_vehicles
from trafficopt.sumo.run_store import StoredRun
from trafficopt.table_repr import Column, Table, Tabled
from trafficopt.treatment import Family, NetworkEdit
from trafficopt.units import Seconds

FIELD = "field plan"
N_CHOOSING = 2  # seeds of SUMO that choose among sites, and as many that confirm; none judges again
SEARCHED = (Family.RETIME, Family.RESEQUENCE)
WIDE = (1000.0, 30.0)  # delay [veh*s/s] that a second of band is worth: bands first


@dataclass(frozen=True, slots=True, repr=False)
class Programme(Tabled):
    """What was found, tried, adopted and rejected.

    Attributes
    ----------
    diagnosis
        Of the field plan, by the models.
    trials
        Of candidate sites, by family.
    parking, parking_swings
        Districts with the spaces that they get, and how many vehicles stay out as assumptions vary.
    attribution
        What each family does.
    final
        The city with everything that was adopted.
    declined
        Families whose plan loses no less time than the one before it, which is kept.
    """

    scenario: Scenario
    sites: Sites
    diagnosis: Diagnosis = field(repr=False)
    trials: dict[Family, tuple[Trial, ...]] = field(repr=False)
    parking: tuple[DistrictParking, ...]
    parking_swings: tuple[Sensitivity, ...] = field(repr=False)
    attribution: Attribution
    final: City = field(repr=False)
    declined: tuple[Family, ...] = ()

    def _table(self) -> Table:
        change, seeds = self.attribution.change, self.attribution.before.evaluation.seeds
        columns = (
            Column("family"),
            Column("alone", "veh*h", 1),
            Column("after those above", "veh*h", 1),
            Column("verdict"),
        )
        rows = [
            (e.family, e.alone.mean, e.in_order.mean, e.in_order.verdict) for e in self.attribution.effects
        ]
        total = f"{change.mean:+.1f} veh*h ({change.percent:+.1f} %), {change.verdict}, {len(seeds)} seeds"
        return Table(f"Programme of {self.scenario.name}: {total}", columns, rows)


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

    Islands, U-turn openings, pockets, lane use, turn bans, parking, coordination, retiming and new stage
    orders, in this order. What ran or was searched before in `out` is not run or searched again, so that a
    broken run goes on.

    Parameters
    ----------
    seeds
        SUMO's, of all judgments; sites are chosen on others.
    seed, max_seconds
        Of each search, which does the work that is planned for that time, however long it takes.

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
    work = Work(scenario, folder, tuple(seeds), seed, max_seconds, jobs, tell)
    given, problem = read_sites(scenario), build_problem(scenario)
    work.tell("diagnosis", 0.0)
    diagnosis = diagnose(problem, jobs=jobs)
    trials: dict[Family, tuple[Trial, ...]] = {}
    for family, sites in _candidates(scenario, given, diagnosis).items():
        if sites:
            trials[family] = _selected(work, family, sites, _decided(trials, trials))
    spaces = given.parking_spaces
    parking = allotted(scenario, spaces) if spaces else ()
    parking_swings = swings(scenario, spaces) if spaces else ()
    field_city = city = City(scenario, scenario.field_plan)
    cities, declined = {FIELD: field_city}, []
    families = _families(scenario, trials, parking)
    for number, family in enumerate(families, start=1):
        treated = partial(_treated, work, family, trials, parking)
        cities[_alone(family)] = treated(field_city, [family])
        tried = treated(city, families[:number])
        if family in SEARCHED and not _loses_less(work, family, city, tried):
            declined.append(family)
        else:
            city = tried
        cities[_last(family)] = city
    steps = work.judged(cities)
    alone = {family.value: steps[_alone(family)] for family in families}
    in_order = [(family.value, steps[_last(family)]) for family in families]
    attribution = attribute(steps[FIELD], alone, in_order)
    return Programme(
        scenario, given, diagnosis, trials, parking, parking_swings, attribution, city, tuple(declined)
    )


def _loses_less(work: Work, family: Family, before: City, after: City) -> bool:
    """Whether a searched plan loses less time than the one before it, on seeds that judge nothing."""
    confirming = _seeds(work)[1]
    lost = [
        fmean(Step(family, work.simulated(city, f"{family}: {what}", confirming), city.detour_s).lost_veh_h())
        for what, city in (("plan before", before), ("plan found", after))
    ]
    return lost[1] < lost[0]


def _seeds(work: Work) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Seeds that choose, and those that confirm."""
    training = tuple(training_seeds(work.seed))
    return training[:N_CHOOSING], training[N_CHOOSING : 2 * N_CHOOSING]


def _decided(trials: Mapping[Family, tuple[Trial, ...]], families: Iterable[Family]) -> list[NetworkEdit]:
    """What is chosen of some families."""
    return [edit for family in families if family in trials for edit in chosen(trials[family])]


def _alone(family: Family) -> str:
    return f"{family} alone"


def _last(family: Family) -> str:
    return f"{family} after the others"


def _candidates(scenario: Scenario, given: Sites, diagnosis: Diagnosis) -> dict[Family, tuple[Site, ...]]:
    """Sites of the scenario's tables, and those that the diagnosis proposes, in the order of their tests."""
    network = scenario.network
    return {
        Family.ISLAND: given.islands,
        Family.U_TURN_OPENING: given.openings,
        Family.POCKET: pocket_sites(network, diagnosis),
        Family.LANE_USE: lane_sites(network, diagnosis, scenario.field_plan),
        Family.TURN_BAN: ban_sites(diagnosis),
    }


def _families(
    scenario: Scenario, trials: dict[Family, tuple[Trial, ...]], parking: tuple[DistrictParking, ...]
) -> list[Family]:
    """Families that the scenario has something for, in the order in which they are applied."""
    found = [*trials, *([Family.PARKING] if parking else [])]
    found += [Family.COORDINATE] if scenario.network.arterials else []
    return [*found, Family.RETIME, Family.RESEQUENCE]


def _selected(
    work: Work, family: Family, sites: Sequence[Site], decided: Sequence[NetworkEdit]
) -> tuple[Trial, ...]:
    """Test the candidates of one family on seeds that judge nothing else, and those chosen on others.

    What is chosen can be built together with what is `decided` already.
    """
    field_city = City(work.scenario, work.scenario.field_plan)
    choosing, confirming = _seeds(work)

    def run(tried: Scenario, what: str) -> StoredRun:
        return work.simulated(City(tried, tried.field_plan), f"{family}: {what}", choosing)

    work.tell(f"{family}: candidates", 0.0)
    folder = work.out / "networks" / family.name.lower()
    trials = select(work.scenario, sites, run(work.scenario, "field plan"), run, folder, decided)
    if not chosen(trials):
        return trials
    try:
        city = work.built(chosen(trials))
        work.built([*decided, *chosen(trials)])
    except (InputError, UnsafePlanError) as error:
        return refused(trials, str(error))
    before, after = (
        Step(family, work.simulated(each, f"{family}: confirmation", confirming), each.detour_s)
        for each in (field_city, city)
    )
    return confirmed(trials, paired_change(before.lost_veh_h(), after.lost_veh_h()), after.run.id)


def _treated(
    work: Work,
    family: Family,
    trials: dict[Family, tuple[Trial, ...]],
    parking: tuple[DistrictParking, ...],
    city: City,
    applied: Sequence[Family],
) -> City:
    """A state of the city with one more family; `applied` are all, that one included."""
    if family in trials:
        edits = _decided(trials, applied)
        return work.built(edits) if edits else city
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
