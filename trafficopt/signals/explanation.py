"""Why a signal is timed as it is: its stages, its critical path and its cycle, as figures and as text."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from trafficopt.table_repr import Cell, Column, Table, Tabled
from trafficopt.units import Seconds, VehiclesPerHour

GREEN_STEP_S: Seconds = 5.0
CYCLE_STEP_S: Seconds = 10.0
ANALYTIC = (
    "All figures are analytic: HCM delay of the peak quarter of an hour, as if vehicles arrived evenly. "
    "They know no platoons and are not SUMO's."
)


class BindingLimit(StrEnum):
    """Which bound leaves a stage less than one second of room."""

    NONE = "none"
    MIN_GREEN = "min green"
    WALK = "walk"
    MAX_GREEN = "max green"


@dataclass(frozen=True, slots=True)
class LaneFigures:
    """A lane of an approach under the plan.

    Attributes
    ----------
    movements
        Ids of the movements on it, the one with most flow first.
    lane
        0 = rightmost.
    stages
        Indices of the stages that serve it at least half as well as the best of them.
    flow_veh_h, saturation_flow_veh_h
        Demand in its peak quarter of an hour, and saturation flow where nobody yields.
    degree_of_saturation
        Flow over capacity (v/c); capacity is less where it yields.
    delay_s
        Control delay d1 + d2 of the HCM [s/veh].
    """

    movements: tuple[str, ...]
    lane: int
    stages: tuple[int, ...]
    flow_veh_h: VehiclesPerHour
    saturation_flow_veh_h: VehiclesPerHour
    degree_of_saturation: float
    delay_s: Seconds

    @property
    def label(self) -> str:
        """Main movement and lane."""
        more = len(self.movements) - 1
        return f"{self.movements[0]}{f' and {more} more' if more else ''}, lane {self.lane}"


@dataclass(frozen=True, slots=True)
class StageFigures:
    """A stage under the plan, and what another green of it would cost.

    Attributes
    ----------
    green_s, min_green_s, max_green_s
        Displayed green and its bounds.
    limit
        The bound that binds.
    critical
        The lane with the highest degree of saturation among those that it serves; None without traffic.
    more_veh_s_s, less_veh_s_s
        Change of the signal's delay [veh*s/s] if the stage had 5 s more, or less, taken from or given to
        the other stages in proportion to their room; nan where bounds forbid it.
    """

    green_s: Seconds
    min_green_s: Seconds
    max_green_s: Seconds
    limit: BindingLimit
    critical: LaneFigures | None
    more_veh_s_s: float
    less_veh_s_s: float


@dataclass(frozen=True, slots=True)
class CycleFigures:
    """What speaks for a cycle.

    Attributes
    ----------
    least_s
        Least cycle that holds minimum greens and intergreens.
    capacity_s
        Least cycle whose critical path has capacity for its flows, L / (1 - Y); infinite if none has.
    shorter_veh_s_s, longer_veh_s_s
        Change of the signal's delay [veh*s/s] in a cycle 10 s shorter, or longer, with greens scaled; nan
        where bounds forbid it.
    alone_s, alone_veh_s_s
        Cycle of least delay for this signal alone with the same stages, and the change of delay from this
        cycle to it [veh*s/s], both with greens of least delay.
    best_greens_veh_s_s
        Change of delay in this cycle with greens of least delay [veh*s/s].
    n_same
        Signals of the plan that run this cycle, this one included.
    same_s
        Cycle of least delay for all of them together.
    """

    least_s: Seconds
    capacity_s: Seconds
    shorter_veh_s_s: float
    longer_veh_s_s: float
    alone_s: Seconds
    alone_veh_s_s: float
    best_greens_veh_s_s: float
    n_same: int
    same_s: Seconds


@dataclass(frozen=True, slots=True, repr=False)
class Explanation(Tabled):
    """Why one signal is timed as it is, from analytic delay (HCM); its text is a table.

    Attributes
    ----------
    flow_veh_h, delay_veh_s_s
        Flow of all lanes in the peak quarter of an hour, and their delay [veh*s/s].
    path, flow_ratios
        Lanes of the critical path by the stage that first serves them, and the flow ratio of each against
        the saturation flow that its greens serve.
    lost_time_s
        What the critical path leaves unused of the cycle: intergreens and starts, less the yellow used.
    overlaps
        Movements that are green in two stages in a row or more, with the indices of these stages.
    """

    intersection: str
    cycle_s: Seconds
    flow_veh_h: VehiclesPerHour
    delay_veh_s_s: float
    stages: tuple[StageFigures, ...]
    path: tuple[LaneFigures, ...]
    flow_ratios: tuple[float, ...]
    lost_time_s: Seconds
    overlaps: tuple[tuple[str, tuple[int, ...]], ...]
    cycle: CycleFigures

    @property
    def flow_ratio_sum(self) -> float:
        """Y of the critical path."""
        return math.fsum(self.flow_ratios)

    @property
    def critical_saturation(self) -> float:
        """Critical degree of saturation Xc = Y C / (C - L), HCM 2000 equation 16-8.

        No greens of this cycle bring all lanes below it; the plan's own may leave some lane above it.
        """
        if not self.path:
            return 0.0
        effective = self.cycle_s - self.lost_time_s
        return self.flow_ratio_sum * self.cycle_s / effective if effective > 0 else math.inf

    def per_vehicle_s(self, delay_veh_s_s: float) -> Seconds:
        """Delay of all lanes [veh*s/s] as seconds a vehicle; 0 without traffic, nan stays nan."""
        if math.isnan(delay_veh_s_s):
            return math.nan
        return 3600.0 * delay_veh_s_s / self.flow_veh_h if self.flow_veh_h > 0 else 0.0

    def _table(self) -> Table:
        mean = self.per_vehicle_s(self.delay_veh_s_s)
        path = [_path_lane(*pair) for pair in zip(self.path, self.flow_ratios, strict=True)]
        over = [f"{name}: stages {stage_numbers(stages)}" for name, stages in self.overlaps]
        return Table(
            f"Signal {self.intersection}: cycle {self.cycle_s:g} s, analytic delay {mean:.1f} s/veh",
            STAGE_COLUMNS,
            [_stage_row(self, number, stage) for number, stage in enumerate(self.stages, start=1)],
            (
                f"+{GREEN_STEP_S:g} s, -{GREEN_STEP_S:g} s: change of delay [s/veh] with more or less green.",
                f"{path_sentence(self)}{': ' if path else ''}{'; '.join(path)}",
                *([f"Green in more than one stage: {'; '.join(over)}"] if over else []),
                *cycle_sentences(self),
                ANALYTIC,
            ),
        )


def stage_numbers(stages: Sequence[int]) -> str:
    """Write indices of stages as numbers from 1.

    Examples
    --------
    >>> stage_numbers((0, 2))
    '1, 3'
    """
    return ", ".join(str(stage + 1) for stage in stages)


def change(value: float) -> str:
    """Write a change with its sign, and a dash for one that is impossible.

    Examples
    --------
    >>> change(0.34), change(-0.04), change(float("nan"))
    ('+0.3', '0.0', '-')
    """
    if math.isnan(value):
        return "-"
    text = f"{value:+.1f}"
    return "0.0" if text in ("+0.0", "-0.0") else text


def path_sentence(explanation: Explanation) -> str:
    """Say what the critical path asks of the cycle."""
    if not explanation.path:
        return "Critical path: none, no vehicle uses this signal."
    e = explanation
    return (
        f"Critical path: flow ratios Y = {e.flow_ratio_sum:.2f}, lost time L = {e.lost_time_s:.1f} s, "
        f"degree of saturation Xc = {e.critical_saturation:.2f}"
    )


def cycle_sentences(explanation: Explanation) -> list[str]:
    """Say what speaks for the cycle and against it."""
    e, c = explanation, explanation.cycle
    capacity = (
        f"the flows of the critical path need {c.capacity_s:.0f} s, L / (1 - Y)."
        if math.isfinite(c.capacity_s)
        else "no cycle has capacity for the flows of the critical path (Y is 1 or more)."
    )
    return [
        f"Minimum greens and intergreens need {c.least_s:g} s; {capacity}",
        f"A cycle {CYCLE_STEP_S:g} s shorter: {told(e.per_vehicle_s(c.shorter_veh_s_s))}; "
        f"{CYCLE_STEP_S:g} s longer: {told(e.per_vehicle_s(c.longer_veh_s_s))}.",
        f"Greens of least delay in this cycle: {told(e.per_vehicle_s(c.best_greens_veh_s_s))}. "
        f"With such greens and alone, this signal would run {c.alone_s:g} s: "
        f"{told(e.per_vehicle_s(c.alone_veh_s_s))} against this cycle.",
        f"{c.n_same} signals run {e.cycle_s:g} s; together they would run {c.same_s:g} s."
        if c.n_same > 1
        else f"No other signal runs {e.cycle_s:g} s.",
    ]


def told(change_s: Seconds) -> str:
    """Say a change of delay [s/veh]; nan is a change that the bounds of the greens forbid."""
    return "the bounds of the greens forbid it" if math.isnan(change_s) else f"{change(change_s)} s/veh"


def _path_lane(lane: LaneFigures, flow_ratio: float) -> str:
    return f"stage {stage_numbers(lane.stages)}: {lane.label}, {flow_ratio:.2f}"


STAGE_COLUMNS = (
    *(Column("stage"), Column("green", "s"), Column("min", "s"), Column("max", "s"), Column("binding")),
    *(Column("critical lane"), Column("flow", "veh/h", 0), Column("sat. flow", "veh/h", 0)),
    *(
        Column("v/c", "", 2),
        Column("delay", "s", 1),
        Column(f"+{GREEN_STEP_S:g} s"),
        Column(f"-{GREEN_STEP_S:g} s"),
    ),
)


def _stage_row(explanation: Explanation, number: int, stage: StageFigures) -> tuple[Cell, ...]:
    """A stage, and the change of delay with more and with less of its green."""
    lane = stage.critical
    return (
        str(number),
        stage.green_s,
        stage.min_green_s,
        stage.max_green_s if math.isfinite(stage.max_green_s) else None,
        str(stage.limit),
        lane.label if lane else "-",
        lane.flow_veh_h if lane else None,
        lane.saturation_flow_veh_h if lane else None,
        lane.degree_of_saturation if lane else None,
        lane.delay_s if lane else None,
        *(change(explanation.per_vehicle_s(by)) for by in (stage.more_veh_s_s, stage.less_veh_s_s)),
    )
