"""Numbers and sentences of the report."""

from __future__ import annotations

from collections.abc import Mapping

from trafficopt.comparison import MARGIN_PERCENT, Change, Comparison, Verdict
from trafficopt.evaluation import HEADLINE, Evaluation
from trafficopt.limits import Limits
from trafficopt.result import Status, Study
from trafficopt.robustness import Robustness
from trafficopt.scenario import Scenario
from trafficopt.units import clock

MINUS = "\N{MINUS SIGN}"
NOTHING = "\N{EN DASH}"

OCCURRENCES = (
    ("teleports", "removed by SUMO after standing too long (teleports): the true delay is higher"),
    ("undeparted", "unable to enter the network by the end of the run: counted with their wait so far"),
    ("unfinished", "still under way at the end of the run: counted with their delay so far"),
    ("collisions", "involved in collisions: the simulated plan or network has a fault"),
)


def number(value: float | None, digits: int = 1) -> str:
    """Write a number with thousands separators and a true minus sign.

    Examples
    --------
    >>> number(12345.678)
    '12,345.7'
    """
    if value is None:
        return NOTHING
    text = f"{value:,.{digits}f}"
    negative = text.startswith("-") and any(digit in text for digit in "123456789")
    return (MINUS if negative else "") + text.lstrip("-")


def compact(value: float | None) -> str:
    """Write a number without needless zeros: 90, 22.5."""
    if value is None:
        return NOTHING
    text = number(value, 1)
    return text.removesuffix(".0")


def signed(value: float | None, digits: int = 1) -> str:
    """Write a change with its sign.

    Examples
    --------
    >>> signed(2.04), signed(-0.02)
    ('+2.0', '0.0')
    """
    text = number(value, digits)
    grows = value is not None and value > 0 and any(digit in text for digit in "123456789")
    return f"+{text}" if grows else text


def interval(change: Change, digits: int = 1) -> str:
    """Write the 95 % interval of a change, if there is one."""
    if change.ci95 is None:
        return NOTHING
    low, high = change.ci95
    return f"{signed(low, digits)} to {signed(high, digits)}"


def headline(study: Study) -> str:
    """Say the study's answer in one or two sentences."""
    if study.status is Status.IMPROVED:
        if study.robustness is not None:
            return f"{_demands(study.robustness)} {_usually(study.comparison)}"
        return _objective(study, study.comparison) + _movement(study.comparison)
    kept = "No better plan was proven; the field plan is kept."
    if study.rejected is not None and study.robustness is not None:
        return f"{kept} The plan that was tried: {_demands(study.robustness)} {_usually(study.rejected)}"
    if study.rejected is not None:
        tried = f"The plan that was tried: {_lower_first(_movement(study.rejected))}"
        return f"{kept} {_objective(study, study.rejected)}{tried}"
    delay = number(study.comparison.before.mean(HEADLINE))
    return f"{kept} Mean delay under it is {delay} s per vehicle."


def _demands(found: Robustness) -> str:
    """Say how the value for several demands moves, which decides then."""
    change, n = found.change(), len(found.demands)
    spread = "no interval" if change.ci95 is None else f"95 % interval {interval(change)} s"
    worst = "" if found.risk.is_mean else f"the worst {100 * found.risk.share:g} % of "
    what = f"the mean over {worst}{n} demands" if n > 1 else f"the demand {found.demands[0].name}"
    figures = f"{signed(change.mean)} s per vehicle ({signed(change.percent)} %, {spread}), {change.verdict}"
    fails = f"; under {', '.join(found.fails_under)} the new plan fails" if found.fails_under else ""
    return f"What decides is {what}: {figures}{fails}."


def _usually(comparison: Comparison) -> str:
    """Say how the mean delay moves with the usual demand."""
    return f"With the usual demand, {_lower_first(_movement(comparison))}"


def _objective(study: Study, comparison: Comparison) -> str:
    """Say how the value of the objective moves; empty if that is the delay."""
    objective, n = study.result.objective, len(comparison.before.runs)
    if objective.is_delay:
        return ""
    change = comparison[objective.measure]
    spread = "no interval" if change.ci95 is None else f"95 % interval {interval(change)} s"
    figures = f"{signed(change.mean)} s per vehicle ({signed(change.percent)} %, {spread}, {_runs(n)})"
    return f"What decides is {objective}: {figures}, {change.verdict}. "


def _runs(n: int) -> str:
    return f"{n} paired runs" if n > 1 else "one pair of runs"


def _lower_first(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:]


def _movement(comparison: Comparison) -> str:
    """Say how the mean delay moves, and how sure that is."""
    change, n = comparison[HEADLINE], len(comparison.before.runs)
    before, after = (number(e.mean(HEADLINE)) for e in (comparison.before, comparison.after))
    spread = "no interval" if change.ci95 is None else f"95 % interval {interval(change)} s"
    figures = f"({signed(change.percent)} %, {spread}, {_runs(n)})"
    verb = "falls" if change.mean < 0 else "rises"
    small = (
        f"surely by less than the {comparison.margin_percent:g} % that matter" if change.equivalent else ""
    )
    ends = {
        Verdict.SAME: ", which is within the noise of the runs: neither a change nor its absence is shown",
        Verdict.EQUIVALENT: f", {small}: no relevant change",
        Verdict.UNKNOWN: ", too few runs to tell it from noise",
    }
    end = ends.get(change.verdict, f", {small}" if small else "")
    if before == after:
        return f"Mean delay stays at {before} s per vehicle {figures}{end}."
    return f"Mean delay {verb} from {before} s to {after} s per vehicle {figures}{end}."


def tested(study: Study) -> Comparison | None:
    """Give the comparison of the field plan with another plan, adopted or rejected."""
    return study.comparison if study.status is Status.IMPROVED else study.rejected


def tested_name(study: Study) -> str:
    """Name what the field plan was compared with."""
    return "new plan" if study.status is Status.IMPROVED else "tried plan (rejected)"


def warnings_of(study: Study) -> list[str]:
    """Say what makes the figures less sure, by plan; empty if nothing does."""
    other = tested(study)
    rows = _occurrences("Field plan", study.comparison.before)
    rows += _occurrences(tested_name(study).capitalize(), other.after) if other else []
    precision = study.facts.get("precision")
    if isinstance(precision, Mapping) and not precision["reached"]:
        rows.append(str(precision["message"]))
    if other and other[HEADLINE].skewed:
        rows.append(
            "The changes of the mean delay from run to run lean to one side: their interval may hold the "
            "true change less often than 95 % of the time. More seeds help."
        )
    return rows


def _occurrences(name: str, evaluation: Evaluation) -> list[str]:
    demanded = compact(evaluation.mean("demanded"))
    told = {str(doubt.cause) for run in evaluation.runs for doubt in run.doubts}
    means = ((evaluation.mean(key), text) for key, text in OCCURRENCES if key not in told)
    return [f"{name}: {compact(n)} of {demanded} vehicles a run were {text}." for n, text in means if n > 0]


def method(scenario: Scenario, n_seeds: int, margin_percent: float = MARGIN_PERCENT) -> list[str]:
    """Say in plain sentences how the figures came about and how far they reach."""
    settings, limits = scenario.simulation, scenario.limits
    window = f"{clock(settings.begin_s)} to {clock(settings.end_s)}"
    teleport = (
        f"A vehicle that stands for {settings.teleport_s:g} s is removed (teleport)."
        if settings.teleport_s >= 0
        else "Standing vehicles are never removed."
    )
    return [
        f"Every plan was simulated in SUMO from {window}, {n_seeds} times with different random seeds. "
        f"Both plans met the same seeds, so the runs are compared in pairs. {teleport}",
        "Delay is the time lost while driving and waiting to enter, over all vehicles that wanted to "
        "depart; those not finished at the end count with what they had lost by then.",
        "An interval is Student's 95 % interval of the paired differences. The mean delay, and what decides "
        "if that is another objective, is called better or worse only if its interval does not hold zero. "
        "The other measures are judged together by Holm's correction, so that chance calls one of them "
        "better or worse in at most 5 % of studies; an interval without zero is then not always enough.",
        f"No relevant change: surely less than {margin_percent:g} % of the value before (two one-sided "
        "tests). No significant change: the runs show neither a change nor that there is none.",
        "The delay of an intersection is the time lost on the links that lead nowhere but into it, divided "
        "by the vehicles that passed a stop line. A queue that reaches back into the intersection upstream "
        "counts there.",
        f"Cycles were searched from {limits.min_cycle_s:g} s to {limits.max_cycle_s:g} s. {_kept(limits)}",
        "A green band is geometry: displayed greens shifted by the travel time at the links' speed. It knows "
        "neither queues nor turning traffic; the delay above does.",
        "A simulation is not the street. Check demand and driving behavior against counts, and the timings "
        "on site and against the rules of the authority, before a plan is switched on.",
    ]


def _kept(limits: Limits) -> str:
    """Say what the search leaves as the field plan or the rule profile has it."""
    green = f"A stage is green for at least {limits.min_green_s:g} s"
    if limits.yellow_rule == "field":
        return (
            f"{green}, or as long as the field plan shows it where that is less. "
            "Stages, yellow and all-red times are those of the field plan. Signals that break rules in it "
            "are brought in line first."
        )
    return (
        f"{green}. Stages are those of the field plan, yellow and all-red times too; where the field plan "
        f"shows less than rule profile {limits.profile} asks for, they are the profile's."
    )
