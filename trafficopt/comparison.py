"""Whether two plans differ beyond noise, paired by seed: `docs/comparison.md`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from math import isfinite
from statistics import fmean

import numpy as np

from trafficopt.evaluation import EXTRAS, HEADLINE, Evaluation
from trafficopt.paired_differences import LEVEL, half_width, holm, is_skewed, p_different, p_equivalent
from trafficopt.run_verdict import RunVerdict, worst
from trafficopt.table_repr import Cell, Column, Table, Tabled, counted
from trafficopt.unknown_name import unknown_name

COMPARED = (HEADLINE, "mean_stops", "mean_waiting_s", *(key for key in EXTRAS if key != "co2_g_km"))
"""Measures that are compared where both plans have them; CO2 goes with the fuel, and would count it twice."""
PLANS = ("field plan", "new plan")
"""What the two plans of a study are called."""
INVALID_RUNS = "The comparison contains invalid runs: do not rely on it, whatever the means say."
MORE_IS_BETTER = frozenset({"arterial_on_green"})
MARGIN_PERCENT = 2.0
"""A change of less is not worth a new plan: what `no relevant change` means by default."""


class Verdict(StrEnum):
    """What paired seeds allow to say of a change."""

    BETTER = "better"
    WORSE = "worse"
    EQUIVALENT = "no relevant change"
    """Surely less than the margin, if any."""
    SAME = "no significant change"
    """Neither a change nor its absence is shown: it may be either way."""
    UNKNOWN = "too few seeds"


@dataclass(frozen=True, slots=True, repr=False)
class Change(Tabled):
    """Paired difference after - before of one measure.

    Attributes
    ----------
    mean
        Mean difference, in the unit of the measure; negative is less.
    ci95
        Its 95 % interval (Student's t over seeds), or None below two seeds. It is that of the measure alone.
    percent
        `mean` in percent of the mean before.
    verdict
        Better or worse if the change is significant (in a family of measures: after Holm's correction).
    p
        Two-sided p-value of the change, of this measure alone; None below two seeds.
    p_adjusted
        The same after Holm's correction, where several measures were judged as a family.
    equivalent
        Whether it is surely less than the margin; a change may be better and still less than that.
    p_equivalent
        P-value of the test for that, of this measure alone.
    half_width_percent
        Half of the interval's width in percent of the mean before; None where that is zero.
    skewed
        Whether differences lean clearly to one side: the interval then holds less often than it says.
    """

    mean: float
    ci95: tuple[float, float] | None
    percent: float
    verdict: Verdict
    p: float | None = None
    p_adjusted: float | None = None
    equivalent: bool = False
    p_equivalent: float | None = None
    half_width_percent: float | None = None
    skewed: bool = False

    def row(self, digits: int = 4) -> dict[str, object]:
        """Mean, interval, percent and verdict as JSON has them; null for what no run tells."""
        interval = self.ci95 if self.ci95 is not None and isfinite(sum(self.ci95)) else None
        return {
            "mean": round(self.mean, digits) if isfinite(self.mean) else None,
            "ci95": interval and [round(limit, digits) for limit in interval],
            "percent": round(self.percent, digits) if isfinite(self.percent) else None,
            "verdict": self.verdict.value,
        }

    def _table(self) -> Table:
        columns = (*CHANGE_COLUMNS, Column("p"))
        p = self.p if self.p_adjusted is None else self.p_adjusted
        rows = [(*self._cells(), "-" if p is None else f"{p:.4f}" if p >= 1e-4 else "< 0.0001")]
        small = ", surely less than the margin" * (self.equivalent and self.verdict is not Verdict.EQUIVALENT)
        return Table(f"Change, in the unit of its measure: {self.verdict}{small}", columns, rows)

    def _cells(self) -> tuple[Cell, ...]:
        """What stands in the columns of a change."""
        interval = f"{self.ci95[0]:+.4g} to {self.ci95[1]:+.4g}" if self.ci95 else "-"
        return f"{self.mean:+.4g}", interval, f"{self.percent:+.1f}"


CHANGE_COLUMNS = Column("change"), Column("95 % interval"), Column("change", "%")


@dataclass(frozen=True, slots=True, repr=False)
class Comparison(Tabled):
    """Two evaluations paired by seed, with a change for each measure.

    The mean delay, named before anything ran, is judged alone; so is the value of another objective. All
    other measures are a family: they are judged with Holm's correction, so that at most 5 % of comparisons
    without any change call one of them better or worse.
    """

    before: Evaluation = field(repr=False)
    after: Evaluation = field(repr=False)
    changes: Mapping[str, Change]
    margin_percent: float = MARGIN_PERCENT

    def __getitem__(self, measure: str) -> Change:
        try:
            return self.changes[measure]
        except KeyError:
            raise unknown_name("comparison", "measure", measure, self.changes) from None

    def _ipython_key_completions_(self) -> list[str]:
        return list(self.changes)

    def _table(self) -> Table:
        columns = Column("measure"), Column("before"), Column("after"), *CHANGE_COLUMNS, Column("verdict")
        rows = [
            (key, *self._means(key), *change._cells(), change.verdict) for key, change in self.changes.items()
        ]
        seeds = counted(len(self.before.seeds), "seed")
        title = f"Comparison of {self.before.plan} and {self.after.plan}, paired by {seeds}"
        return Table(title, columns, rows, self.caveats()[:1])

    def _means(self, measure: str) -> tuple[Cell, Cell]:
        """Means before and after; an objective is no figure of the runs."""
        known = [found for found in (self.before, self.after) if hasattr(found.runs[0], measure)]
        before, after = (found.mean(measure) for found in known) if known else (None, None)
        return before, after

    @property
    def run_verdict(self) -> RunVerdict:
        """The worst verdict on a run of either plan."""
        return worst((self.before.verdict, self.after.verdict))

    @property
    def family(self) -> tuple[str, ...]:
        """Measures that were judged together."""
        return tuple(key for key, change in self.changes.items() if change.p_adjusted is not None)

    def caveats(self, names: tuple[str, str] = ("", "")) -> tuple[str, ...]:
        """What must be said before any change: runs that cannot be believed, and why; empty if all can.

        Parameters
        ----------
        names
            What the plans are called; by default as they are.
        """
        plans = [(self.before, names[0])]
        if self.after is not self.before:
            plans.append((self.after, names[1]))
        told = [
            f"{name or evaluation.plan}: {sentence[0].lower()}{sentence[1:]}"
            for verdict in (RunVerdict.INVALID, RunVerdict.SUSPICIOUS)
            for evaluation, name in plans
            for sentence in evaluation.caveats(verdict)
        ]
        return (INVALID_RUNS, *told) if self.run_verdict is RunVerdict.INVALID else tuple(told)


def compare(before: Evaluation, after: Evaluation, margin_percent: float = MARGIN_PERCENT) -> Comparison:
    """Compare two evaluations seed by seed.

    Parameters
    ----------
    before, after
        Evaluations with the same seeds in the same order.
    margin_percent
        Least change of a measure that matters, in percent of its mean before.

    Raises
    ------
    ValueError
        If the seeds differ: unpaired runs would hide the change in noise. If the margin is below zero.

    Examples
    --------
    >>> from trafficopt.evaluation import SeedResult
    >>> def run(seed, delay):
    ...     return SeedResult(seed, 100, 100, 0, 0, delay, 1.0, 0.0, 0.0, 0, 0, 0)
    >>> before = Evaluation("field", (run(1, 50.0), run(2, 54.0), run(3, 52.0)))
    >>> after = Evaluation("new", (run(1, 40.0), run(2, 43.0), run(3, 42.0)))
    >>> compare(before, after)["mean_delay_s"].verdict
    <Verdict.BETTER: 'better'>
    """
    if before.seeds != after.seeds:
        raise ValueError(f"seeds differ: {before.seeds} and {after.seeds}")
    values = {
        key: (before.values(key), after.values(key)) for key in COMPARED if before.has(key) and after.has(key)
    }
    changes = {
        key: paired_change(*pair, margin_percent=margin_percent, more_is_better=key in MORE_IS_BETTER)
        for key, pair in values.items()
    }
    family = [key for key in changes if key != HEADLINE]
    changes |= dict(zip(family, _judged_together([changes[key] for key in family]), strict=True))
    return Comparison(before, after, changes, margin_percent)


def paired_change(
    before: Sequence[float],
    after: Sequence[float],
    *,
    margin_percent: float = MARGIN_PERCENT,
    more_is_better: bool = False,
) -> Change:
    """Student's t interval of the paired differences of a measure by seed (two-sided, 95 %), and its verdict.

    Parameters
    ----------
    before, after
        Values by seed.
    margin_percent
        Least change that matters, in percent of the mean before.
    more_is_better
        Whether more of the measure is wanted.

    Raises
    ------
    ValueError
        If the margin is below zero.
    """
    if not margin_percent >= 0.0:
        raise ValueError(f"the margin is {margin_percent} %, but must be 0 or more")
    differences = np.subtract(after, before).tolist()
    mean, base = fmean(differences), fmean(before)
    percent = 100.0 * mean / base if base else 0.0
    if len(differences) < 2:
        return Change(mean, None, percent, Verdict.UNKNOWN)
    half = half_width(differences)
    p, p_same = p_different(differences), p_equivalent(differences, abs(base) * margin_percent / 100.0)
    return Change(
        mean,
        (mean - half, mean + half),
        percent,
        _verdict(p, p_same, mean > 0 if more_is_better else mean < 0),
        p=p,
        equivalent=p_same <= LEVEL,
        p_equivalent=p_same,
        half_width_percent=100.0 * half / abs(base) if base else None,
        skewed=is_skewed(differences),
    )


def _judged_together(changes: Sequence[Change]) -> list[Change]:
    """Verdicts of a family of measures, by p-values that are adjusted to each other."""
    known = [(c.p, c.p_equivalent) for c in changes if c.p is not None and c.p_equivalent is not None]
    if len(known) < len(changes):
        return list(changes)
    adjusted = zip(holm([p for p, _ in known]), holm([p for _, p in known]), strict=True)
    return [
        replace(
            change,
            p_adjusted=p,
            equivalent=p_same <= LEVEL,
            verdict=_verdict(p, p_same, change.verdict is not Verdict.WORSE),
        )
        for change, (p, p_same) in zip(changes, adjusted, strict=True)
    ]


def _verdict(p: float, p_same: float, is_good: bool) -> Verdict:
    if p <= LEVEL:
        return Verdict.BETTER if is_good else Verdict.WORSE
    return Verdict.EQUIVALENT if p_same <= LEVEL else Verdict.SAME
