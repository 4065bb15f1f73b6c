"""Green waves for a scenario: designed, judged in SUMO, written to a folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import product
from pathlib import Path

from trafficopt.comparison import Change, paired_change
from trafficopt.evaluation import HEADLINE
from trafficopt.model.arterial_traces import Trace, arterial_traces
from trafficopt.model.arterial_ways import Direction
from trafficopt.model.speed_advice import SpeedAdvice, speed_advice
from trafficopt.model.wave_design import WaveChoice, WaveDesign
from trafficopt.network import Arterial
from trafficopt.outputs import writable, write_plan
from trafficopt.plan import TimingPlan
from trafficopt.problem import build_problem
from trafficopt.progression_check import ProgressionCheck, check_progression
from trafficopt.reporting.plots.band_tradeoff import plot_band_tradeoff
from trafficopt.reporting.plots.plot_file import save_plot
from trafficopt.reporting.plots.time_space import plot_time_space
from trafficopt.scenario import Scenario
from trafficopt.search.bands.lines import LinkBands
from trafficopt.search.bands.network import design_waves
from trafficopt.table_repr import Column, Table, Tabled, counted

TRACED_S = 480.0  # of a sample, in a diagram
FIELD, WAVES, LEAST_DELAY = "field plan", "green waves", "least delay"
Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True, repr=False)
class WaveStudy(Tabled):
    """Waves and what SUMO shows of them.

    Attributes
    ----------
    design
        What the greens of the plan allow.
    chosen
        The offsets with waves.
    speeds
        To post on each arterial, outbound and inbound, under the chosen plan.
    checks
        The field plan, the waves, and the offsets of least delay for the same greens, by name; empty where
        SUMO did not run.
    """

    scenario: Scenario
    design: WaveDesign
    chosen: WaveChoice
    speeds: tuple[SpeedAdvice, ...] = field(repr=False)
    checks: Mapping[str, ProgressionCheck] = field(repr=False)

    @property
    def least_delay(self) -> WaveChoice:
        """The offsets of least delay, whatever the bands."""
        return min(self.design.choices, key=lambda choice: choice.delay_s)

    def delay_change(self, before: str = FIELD, after: str = WAVES) -> Change:
        """Change of the mean delay of all vehicles [s]."""
        values = [self.checks[name].evaluation.values(HEADLINE) for name in (before, after)]
        return paired_change(*values)

    def trip_change(self, figure: str, before: str = FIELD, after: str = WAVES) -> Change:
        """Change of a figure (`s_per_km`, `stops_per_km`) of all through trips."""
        values = [tuple(getattr(f, figure) for f in self.checks[name].by_seed()) for name in (before, after)]
        return paired_change(*values)

    def _table(self) -> Table:
        columns = (
            *(Column("offsets"), Column("bands", "%", 0), Column("breaks"), Column("delay", "s", 1)),
            *(Column("stops", "", 2), Column("delay in SUMO", "s", 1)),
        )
        named = ((FIELD, self.design.given), (WAVES, self.chosen), (LEAST_DELAY, self.least_delay))
        rows = []
        for name, choice in named:
            check = self.checks.get(name)
            judged = check.evaluation.mean(HEADLINE) if check else None
            rows.append((name, 100 * choice.band, choice.n_breaks, choice.delay_s, choice.stops, judged))
        title = f"WaveStudy of {self.scenario.name}: {counted(len(self.design.arterials), 'arterial')}"
        notes = ("Bands: share of what greens allow, by traffic; delay and stops by the queue model.",)
        return Table(title, columns, rows, notes)


def run_waves(
    scenario: Scenario,
    out: str | Path | None = None,
    *,
    plan: TimingPlan | None = None,
    arterials: Sequence[str] | None = None,
    keep: float = 1.0,
    shape: LinkBands = LinkBands.SYMMETRIC,
    seeds: Sequence[int] = (),
    jobs: int | None = None,
    on_progress: Progress | None = None,
) -> WaveStudy:
    """Give the arterials of a scenario green waves, and judge them in SUMO.

    Parameters
    ----------
    out
        Folder for `plan.json`, `plan.add.xml`, a time-space diagram of each arterial and a plot of bands
        against delay; nothing is written without it.
    plan
        Whose greens, stages and cycles stay; by default the field plan's.
    arterials
        Names; by default all.
    keep
        Share of the widest bands that must be left; less delay decides among what keeps it.
    shape
        How bands lie about the lines of progression.
    seeds
        SUMO's; without any, SUMO judges nothing.
    on_progress
        Called with the name of the step and its share done, 0 to 1.

    Raises
    ------
    InputError
        If there is no arterial that can have a wave, or `out` cannot be written.
    UnsafePlanError
        If the plan breaks a safety rule.
    """
    tell = on_progress or (lambda what, share: None)
    folder = None if out is None else writable(Path(out))
    problem = build_problem(scenario)
    tell("green waves", 0.0)
    design = design_waves(problem, plan or problem.field_plan, arterials, shape=shape)
    known = {arterial.name: arterial for arterial in scenario.network.arterials}
    followed, chosen = [known[name] for name in design.arterials], design.widest(keep)
    ways = product(followed, Direction)
    speeds = tuple(speed_advice(each, scenario.network, chosen.plan, way) for each, way in ways)
    study = WaveStudy(scenario, design, chosen, speeds, {})
    if folder is not None:
        write_plan(scenario, chosen.plan, folder)
    choices = {WAVES: chosen, LEAST_DELAY: study.least_delay}
    plans = {FIELD: problem.field_plan, **{name: choice.plan for name, choice in choices.items()}}
    checks = {}
    for number, (name, each) in enumerate(plans.items() if seeds else ()):
        tell(f"{name} in SUMO", number / len(plans))
        checks[name] = check_progression(scenario, each, seeds, followed, jobs=jobs)
    judged = [(choice, checks[name].evaluation) for name, choice in choices.items() if name in checks]
    if folder is not None:
        _draw(scenario, chosen.plan, followed, checks.get(WAVES), folder)
        save_plot(folder / "bands_against_delay.svg", partial(plot_band_tradeoff, design, chosen, judged))
    return replace(study, checks=checks)


def _draw(
    scenario: Scenario,
    plan: TimingPlan,
    arterials: Sequence[Arterial],
    check: ProgressionCheck | None,
    folder: Path,
) -> None:
    """Write a time-space diagram of each arterial, with vehicles of SUMO where it ran."""
    sample = None if check is None else check.sample
    for number, arterial in enumerate(arterials, start=1):
        traces: tuple[Trace, ...] = ()
        if sample is not None and len(sample.time_s):
            begin_s = float(sample.time_s.min())
            traces = arterial_traces(sample, arterial, scenario.network, begin_s, begin_s + TRACED_S)
        draw = partial(plot_time_space, arterial, scenario.network, plan, traces=traces)
        save_plot(folder / f"time_space_{number}.svg", draw)
