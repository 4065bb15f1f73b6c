"""A diagnosis: all figures, and the intersections in the order in which to treat them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from trafficopt.diagnosis.causes import Weakness, weaknesses
from trafficopt.diagnosis.figures import NAN, ArterialFigures, IntersectionFigures, LinkFigures
from trafficopt.diagnosis.movements import Answers, intersection_figures
from trafficopt.diagnosis.ways import arterial_figures, link_figures
from trafficopt.plan import TimingPlan
from trafficopt.problem import Problem
from trafficopt.table_repr import LONG_CELL, Column, Table, Tabled, counted
from trafficopt.treatment import Family
from trafficopt.units import Seconds


@dataclass(frozen=True, slots=True)
class Point:
    """An intersection of the worklist, which is ordered by `IntersectionFigures.gain_veh_h`.

    Attributes
    ----------
    weaknesses
        What is wrong, what costs most first; none where nothing stands out.
    """

    figures: IntersectionFigures
    weaknesses: tuple[Weakness, ...]

    @property
    def treatments(self) -> tuple[Family, ...]:
        """What could help, as the weaknesses come."""
        return tuple(dict.fromkeys(family for weakness in self.weaknesses for family in weakness.treatments))


@dataclass(frozen=True, slots=True, repr=False)
class Diagnosis(Tabled):
    """What is wrong where under a plan.

    Attributes
    ----------
    plan
        Its name.
    seeds
        SUMO's; empty where only the models speak.
    mean_delay_s, sumo_mean_delay_s
        Of all demanded vehicles, by the queue model, and in SUMO (nan where it did not run).
    untimed
        Signals that the plan does not time, and why: nothing is said of them.
    worklist
        Every intersection that the plan times, the one where most can be gained first.
    links, arterials
        Figures of links on which vehicles are, and of both directions of each arterial.
    """

    plan: str
    seeds: tuple[int, ...]
    mean_delay_s: Seconds
    sumo_mean_delay_s: Seconds
    untimed: Mapping[str, str] = field(repr=False)
    worklist: tuple[Point, ...] = field(repr=False)
    links: tuple[LinkFigures, ...] = field(repr=False)
    arterials: tuple[ArterialFigures, ...] = field(repr=False)

    def _table(self) -> Table:
        columns = (
            *(Column("signal"), Column("could save", "veh*h", 1), Column("delay", "s/veh", 1), Column("LOS")),
            *(Column("Xc", "", 2), Column("weakness that costs most", longest=LONG_CELL)),
        )
        rows = [
            (
                point.figures.id,
                point.figures.gain_veh_h,
                point.figures.delay_s,
                point.figures.level_of_service or "-",
                point.figures.critical_saturation,
                point.weaknesses[0].words if point.weaknesses else "nothing stands out",
            )
            for point in self.worklist
        ]
        mean = f"mean delay {self.mean_delay_s:.1f} s by the queue model"
        if self.seeds:
            mean += f", {self.sumo_mean_delay_s:.1f} s in SUMO"
        return Table(f"Diagnosis of {self.plan}: {counted(len(rows), 'signal')}, {mean}", columns, rows)


def diagnose_answers(problem: Problem, plan: TimingPlan, answers: Answers) -> Diagnosis:
    """Put what models and SUMO say of a plan together."""
    intersections = intersection_figures(problem, plan, answers)
    by_link = link_figures(problem, answers)
    points = [Point(figures, weaknesses(figures)) for figures in intersections]
    measured = answers.measured
    return Diagnosis(
        plan=plan.name,
        seeds=measured.seeds if measured else (),
        mean_delay_s=answers.estimate.mean_delay_s,
        sumo_mean_delay_s=measured.mean_delay_s if measured else NAN,
        untimed={
            node.id: node.kept_because or "the plan does not name it"
            for node in problem.network.intersections
            if node.id not in plan
        },
        worklist=tuple(sorted(points, key=lambda point: -point.figures.gain_veh_h)),
        links=by_link,
        arterials=arterial_figures(problem, answers, by_link, intersections),
    )
