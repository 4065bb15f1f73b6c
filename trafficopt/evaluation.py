"""What SUMO said of a plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from statistics import fmean

from trafficopt.run_verdict import Doubt, RunVerdict, worst
from trafficopt.table_repr import Column, Table, Tabled, counted
from trafficopt.units import Seconds


@dataclass(frozen=True, slots=True)
class SeedResult:
    """One SUMO run.

    All means are over all demanded vehicles: unfinished and undeparted ones count with what they
    have accrued at the end of the run. Figures that a scenario has nothing of, or that nobody asked for, are
    None.

    Attributes
    ----------
    demanded
        Vehicles that want to depart within the window.
    completed, unfinished, undeparted
        They add up to `demanded`.
    mean_delay_s
        (timeLoss + departDelay) / demanded.
    mean_stops
        Times that a vehicle came to a halt (SUMO's waitingCount) / demanded.
    longest_queue_veh
        Vehicles that stand on a link, mean of five minutes; of the link and the minutes with most.
    arterial_s_per_km
        Travel time of through trips on all arterials, see `TripFigures`.
    arterial_on_green
        Share of arrivals at stop lines of arterials, or at the queues before them, on green.
    pedestrian_wait_s
        Time that a pedestrian stands on a walk (SUMO's waitingTime), mean.
    fuel_g_km, co2_g_km
        By SUMO's emission classes, for each km driven. Trust their relative change only.
    doubts
        Why not to believe the run, the worst first; empty if it is valid. Rows of `dataclasses.asdict` that
        went through JSON may be given.
    """

    seed: int
    demanded: int
    completed: int
    unfinished: int
    undeparted: int
    mean_delay_s: Seconds
    mean_stops: float
    mean_waiting_s: Seconds
    mean_depart_delay_s: Seconds
    teleports: int
    collisions: int
    emergency_stops: int
    longest_queue_veh: float | None = None
    arterial_s_per_km: float | None = None
    arterial_on_green: float | None = None
    pedestrian_wait_s: Seconds | None = None
    fuel_g_km: float | None = None
    co2_g_km: float | None = None
    doubts: tuple[Doubt, ...] = ()

    def __post_init__(self) -> None:
        doubts = (doubt if isinstance(doubt, Doubt) else Doubt(**doubt) for doubt in self.doubts)
        object.__setattr__(self, "doubts", tuple(doubts))

    @property
    def verdict(self) -> RunVerdict:
        """Whether the run can be believed."""
        return worst(doubt.verdict for doubt in self.doubts)

    def row(self) -> dict[str, object]:
        """All figures by name, the verdict and the reasons for it in words."""
        figures: dict[str, object] = {
            item.name: getattr(self, item.name) for item in fields(self) if item.name != "doubts"
        }
        return {**figures, "verdict": str(self.verdict), "reasons": "; ".join(map(str, self.doubts))}


COUNTS = ("demanded", "unfinished", "undeparted", "teleports", "collisions", "emergency_stops")
MEANS = ("mean_delay_s", "mean_stops", "mean_waiting_s", "mean_depart_delay_s")
EXTRAS = (
    *("longest_queue_veh", "arterial_s_per_km", "arterial_on_green", "pedestrian_wait_s"),
    *("fuel_g_km", "co2_g_km"),
)
MOST_LISTED = 8  # seeds in a sentence
HEADLINE = "mean_delay_s"  # the measure that decides


@dataclass(frozen=True, slots=True, repr=False)
class Evaluation(Tabled):
    """One row per SUMO seed, and the delay of each link.

    Attributes
    ----------
    plan
        Name of the plan that ran.
    runs
        One result a seed, in the order of the seeds.
    link_delay_s
        Time lost on each link by all vehicles [veh*s], mean of the seeds.
    link_vehicles
        Vehicles that left each link, mean of the seeds.
    wall_s
        Wall-clock time of all runs together.
    run_link_delay_s
        Time lost on each link [veh*s] in each run, where that was kept.
    """

    plan: str
    runs: tuple[SeedResult, ...]
    link_delay_s: Mapping[str, Seconds] = field(default_factory=dict, repr=False)
    link_vehicles: Mapping[str, float] = field(default_factory=dict, repr=False)
    wall_s: Seconds = field(default=0.0, compare=False)
    run_link_delay_s: tuple[Mapping[str, Seconds], ...] = field(default=(), repr=False)

    @property
    def seeds(self) -> tuple[int, ...]:
        """SUMO's seeds, in order."""
        return tuple(run.seed for run in self.runs)

    @property
    def verdict(self) -> RunVerdict:
        """The worst verdict on a run."""
        return worst(run.verdict for run in self.runs)

    def doubts(self, verdict: RunVerdict) -> list[tuple[Doubt, tuple[int, ...]]]:
        """Reasons of a verdict with their seeds; of a cause in several runs, the worst figure."""
        found = [(doubt, run.seed) for run in self.runs for doubt in run.doubts if doubt.verdict is verdict]
        told = []
        for cause in dict.fromkeys(doubt.cause for doubt, _ in found):
            same = [(doubt, seed) for doubt, seed in found if doubt.cause is cause]
            most = max((doubt for doubt, _ in same), key=lambda doubt: doubt.amount)
            told.append((most, tuple(seed for _, seed in same)))
        return told

    def caveats(self, verdict: RunVerdict) -> tuple[str, ...]:
        """Why some of the runs have a verdict, a sentence for each reason."""
        return tuple(
            f"{'Seed' if len(seeds) == 1 else 'Seeds'} {listed_seeds(seeds)} {verdict}: {doubt}."
            for doubt, seeds in self.doubts(verdict)
        )

    def has(self, measure: str) -> bool:
        """Whether all runs have `measure`."""
        return all(getattr(run, measure) is not None for run in self.runs)

    def values(self, measure: str) -> tuple[float, ...]:
        """`measure` (a field of `SeedResult`) of each seed."""
        return tuple(float(getattr(run, measure)) for run in self.runs)

    def mean(self, measure: str) -> float:
        """Mean of `measure` over the seeds."""
        return fmean(self.values(measure))

    def totals(self) -> dict[str, float]:
        """Means over the seeds, by name; counts that are whole stay whole, figures that lack are left out."""
        means = {key: round(self.mean(key), 4) for key in (*MEANS, *EXTRAS) if self.has(key)}
        counts = {key: self.mean(key) for key in COUNTS}
        whole = {k: int(v) if v.is_integer() else round(v, 2) for k, v in counts.items()}
        return {**means, **whole}

    def _table(self) -> Table:
        counts = ("unfinished", "undeparted", "teleports")
        columns = (
            Column("seed"),
            Column("delay", "s", 2),
            Column("stops", "", 2),
            *map(Column, counts),
            Column("run"),
        )
        rows = [
            (
                str(run.seed),
                run.mean_delay_s,
                run.mean_stops,
                *(getattr(run, name) for name in counts),
                run.verdict,
            )
            for run in self.runs
        ]
        title = f"Evaluation of {self.plan} in SUMO, {counted(len(rows), 'seed')}"
        if rows:
            title += (
                f": mean delay {self.mean(HEADLINE):.2f} s, {self.mean('mean_stops'):.2f} stops a vehicle"
            )
        return Table(title, columns, rows)


def listed_seeds(seeds: Sequence[int], and_more: str = "") -> str:
    """The first few of some seeds.

    Examples
    --------
    >>> listed_seeds((1, 2)), listed_seeds(range(1, 12))
    ('1, 2', '1, 2, 3, 4, 5, 6, 7, 8 and 3 more')
    """
    more = len(seeds) - MOST_LISTED
    return ", ".join(map(str, seeds[:MOST_LISTED])) + ((and_more or f" and {more} more") if more > 0 else "")


def joined(first: Evaluation, second: Evaluation) -> Evaluation:
    """Two evaluations of a plan with different seeds as one.

    Raises
    ------
    ValueError
        If a seed is in both.
    """
    if shared := set(first.seeds) & set(second.seeds):
        raise ValueError(f"seeds {sorted(shared)} are in both evaluations")
    parts = (first, second)
    return Evaluation(
        first.plan,
        (*first.runs, *second.runs),
        _weighted([(e.link_delay_s, len(e.runs)) for e in parts]),
        _weighted([(e.link_vehicles, len(e.runs)) for e in parts]),
        first.wall_s + second.wall_s,
        (*first.run_link_delay_s, *second.run_link_delay_s) if all(e.run_link_delay_s for e in parts) else (),
    )


def _weighted(parts: Sequence[tuple[Mapping[str, float], int]]) -> dict[str, float]:
    """Mean by key of means over so many runs; what is not in a part counts as zero."""
    n, keys = sum(weight for _, weight in parts), sorted(set().union(*(figures for figures, _ in parts)))
    return {key: sum(figures.get(key, 0.0) * weight for figures, weight in parts) / n for key in keys}
