"""How often comparisons are right: the tables of `docs/comparison.md`.

    python -m benchmarks.coverage [--seeds 300 --samples 4000 --comparisons 10000]

First, comparisons of a plan with itself: the field plan of `main_street` in SUMO with many seeds, of which
some are drawn as "before" and others as "after", again and again. Whatever differs then is noise. Then
samples from known distributions: Student's t beside two bootstraps, tests for equivalence, and seeds that are
added until a change is known.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np
from scipy import stats
from scipy.special import stdtrit

import trafficopt as to
from trafficopt.comparison import Comparison, Verdict, compare, paired_change
from trafficopt.evaluation import HEADLINE, Evaluation, SeedResult
from trafficopt.paired_differences import is_skewed
from trafficopt.precision import LEAST_SEEDS, MOST_SEEDS, Pair, until_precise
from trafficopt.sumo.judge import simulate, with_more_demand
from trafficopt.units import FloatArray

Sampler = Callable[[np.random.Generator, tuple[int, int]], FloatArray]
DISTRIBUTIONS: Mapping[str, Sampler] = {
    "normal": lambda rng, shape: rng.normal(size=shape),
    "heavy tails (t, 3 degrees of freedom)": lambda rng, shape: rng.standard_t(3, size=shape),
    "difference of two lognormals": lambda rng, shape: rng.lognormal(size=shape) - rng.lognormal(size=shape),
    "exponential": lambda rng, shape: rng.exponential(size=shape) - 1.0,
    "lognormal": lambda rng, shape: rng.lognormal(size=shape) - np.exp(0.5),
    "a lock-up in a fifth of runs": lambda rng, shape: _with_lock_ups(rng, shape, 0.2),
    "a lock-up in a twentieth of runs": lambda rng, shape: _with_lock_ups(rng, shape, 0.05),
}
"""Each with mean zero."""
SIZES = (5, 10, 20, 50)
RESAMPLES = 999
LOCK_UP = 20.0  # standard deviations of the other runs
CLEAR = (Verdict.BETTER, Verdict.WORSE)


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seeds", type=int, default=300, help="SUMO's seeds 1 to N")
    parser.add_argument("--comparisons", type=int, default=10_000, help="of the plan with itself")
    parser.add_argument("--samples", type=int, default=3000, help="of each distribution and size")
    options = parser.parse_args()
    scenario = to.read_scenario(to.example_path("main_street"))
    seeds = range(1, options.seeds + 1)
    for factor in (1.0, 1.3):
        busy = with_more_demand(scenario, factor)
        field = simulate(busy, busy.field_plan, seeds, arterials=True)
        print(f"\nmain_street, demand x {factor:g}, {options.seeds} seeds: {_spread(field)}\n")
        print("\n".join(self_table(field, options.comparisons)))
    for lines in (
        pairing_table(scenario),
        clearing_table(scenario),
        interval_table(options.samples),
        equivalence_table(options.samples),
        precision_table(options.samples),
    ):
        print("\n" + "\n".join(lines), flush=True)
    print("\n```\npython -m benchmarks.coverage " + shlex.join(sys.argv[1:]) + "\n```")


def pairing_table(scenario: to.Scenario, seeds: Sequence[int] = range(1, 61)) -> list[str]:
    """What pairs of the same seed are worth: correlation of the mean delays of two plans over the seeds."""
    plan, signal = scenario.field_plan, scenario.network.intersections[1].id
    old = plan[signal]
    moved = replace(old, offset_s=(old.offset_s + 10.0) % old.cycle_s)
    other = to.TimingPlan("moved", {**plan.timings, signal: moved})
    lines = ["| main_street, 60 seeds | correlation | seeds that pairs save |", "|---|---|---|"]
    for factor in (1.0, 1.3):
        busy = with_more_demand(scenario, factor)
        one, two = (simulate(busy, timed, seeds).values(HEADLINE) for timed in (plan, other))
        saved = 1.0 - np.var(np.subtract(two, one)) / (np.var(one) + np.var(two))
        lines.append(f"| demand x {factor:g} | {np.corrcoef(one, two)[0, 1]:.2f} | {100 * saved:.0f} % |")
    return lines


def clearing_table(scenario: to.Scenario, seeds: Sequence[int] = (1, 2, 3, 4, 5)) -> list[str]:
    """Mean delay of the same vehicles when the run ends with the window, and when the network has cleared."""
    lines = [
        "| main_street, 5 seeds | unfinished at the end | mean delay [s] | the same after another hour [s] |",
        "|---|---|---|---|",
    ]
    for factor in (1.0, 1.3):
        busy = with_more_demand(scenario, factor)
        longer = replace(busy, simulation=replace(busy.simulation, end_s=busy.simulation.end_s + 3600.0))
        at_end, cleared = (simulate(one, one.field_plan, seeds) for one in (busy, longer))
        lines.append(
            f"| demand x {factor:g} | {at_end.mean('unfinished'):.0f} of {at_end.mean('demanded'):.0f} "
            f"| {at_end.mean(HEADLINE):.1f} | {cleared.mean(HEADLINE):.1f} "
            f"({cleared.mean('demanded'):.0f} vehicles) |"
        )
    return lines


def with_itself(field: Evaluation, n_seeds: int, n: int, seed: int = 1) -> Iterator[Comparison]:
    """Compare runs of one plan with other runs of it, drawn at random without any run on both sides."""
    rng = np.random.default_rng(seed)
    for _ in range(n):
        drawn = rng.permutation(len(field.runs))[: 2 * n_seeds]
        yield compare(_renamed(field, drawn[:n_seeds]), _renamed(field, drawn[n_seeds:]))


def _renamed(field: Evaluation, drawn: Sequence[int]) -> Evaluation:
    """Some runs under the seeds 1 to N, so that others can be paired with them."""
    runs = [field.runs[k] for k in drawn]
    figures = [{name: getattr(run, name) for name in SeedResult.__slots__} for run in runs]
    return Evaluation("field", tuple(SeedResult(**{**row, "seed": k}) for k, row in enumerate(figures)))


def self_table(field: Evaluation, n: int) -> list[str]:
    """Share of comparisons of a plan with itself that call something different."""
    lines = [
        "| seeds | mean delay different | the first 200 alone | no relevant change (2 %) "
        "| any other measure different, each alone | the same with Holm's correction |",
        "|---|---|---|---|---|---|",
    ]
    for n_seeds in (size for size in SIZES if 2 * size <= len(field.runs)):
        found = list(with_itself(field, n_seeds, n))
        delay = [comparison[HEADLINE].verdict in CLEAR for comparison in found]
        same = [comparison[HEADLINE].verdict is Verdict.EQUIVALENT for comparison in found]
        alone = [any(_p(comparison, key) <= 0.05 for key in comparison.family) for comparison in found]
        holm = [any(comparison[key].verdict in CLEAR for key in comparison.family) for comparison in found]
        shares = (np.mean(delay), np.mean(delay[:200]), np.mean(same), np.mean(alone), np.mean(holm))
        lines.append(f"| {n_seeds} | " + " | ".join(f"{100 * share:.1f} %" for share in shares) + " |")
    return lines


def _p(comparison: Comparison, key: str) -> float:
    p = comparison[key].p
    assert p is not None
    return p


def interval_table(n: int) -> list[str]:
    """Coverage of 95 % intervals, of all samples and of those that are clearly skewed."""
    lines = [
        "| distribution | seeds | t | BCa | bootstrap-t | clearly skewed | of these: t | BCa | bootstrap-t |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name, draw in DISTRIBUTIONS.items():
        for n_seeds in SIZES:
            x = draw(np.random.default_rng(n_seeds), (n, n_seeds))
            held = [_holds_zero(*interval(x)) for interval in (student, bca, bootstrap_t)]
            skewed = np.array([is_skewed(row) for row in x.tolist()])
            cells = [f"{100 * part.mean():.1f}" for part in held]
            few = skewed.sum() < 100
            cells += [f"{100 * skewed.mean():.0f}"]
            cells += ["–" if few else f"{100 * part[skewed].mean():.1f}" for part in held]
            lines.append(f"| {name} | {n_seeds} | " + " | ".join(cells) + " |")
    return lines


def student(x: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Student's 95 % interval of the mean of each row."""
    n = x.shape[1]
    half = stdtrit(n - 1, 0.975) * x.std(axis=1, ddof=1) / np.sqrt(n)
    return x.mean(axis=1) - half, x.mean(axis=1) + half


def bca(x: FloatArray) -> tuple[FloatArray, FloatArray]:
    """SciPy's bias-corrected and accelerated bootstrap interval of the mean of each row (Efron 1987)."""
    rng = np.random.default_rng(1)
    parts = [
        stats.bootstrap((part,), np.mean, axis=1, n_resamples=RESAMPLES, rng=rng).confidence_interval
        for part in np.array_split(x, max(1, x.size // 20_000))
    ]
    return np.concatenate([part.low for part in parts]), np.concatenate([part.high for part in parts])


def bootstrap_t(x: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The studentized bootstrap interval of the mean of each row (Efron and Tibshirani 1993, chapter 12)."""
    n, mean, error = x.shape[1], x.mean(axis=1), x.std(axis=1, ddof=1) / np.sqrt(x.shape[1])
    drawn = np.random.default_rng(1).integers(0, n, (RESAMPLES, n))
    limits = np.empty((2, len(x)))
    for k, row in enumerate(x):
        again = row[drawn]
        spread = again.std(axis=1, ddof=1) / np.sqrt(n)
        shift = again.mean(axis=1) - mean[k]
        t = np.divide(shift, spread, out=np.copysign(np.inf, shift), where=spread > 1e-9 * error[k])
        limits[:, k] = np.sort(t)[[974, 24]]
    return mean - limits[0] * error, mean - limits[1] * error


def _holds_zero(low: FloatArray, high: FloatArray) -> np.ndarray:
    return (low <= 0.0) & (high >= 0.0)


def equivalence_table(n: int, spread_percent: float = 2.0) -> list[str]:
    """Verdicts on true changes, with a margin of 2 % and a spread of the differences in percent."""
    lines = [
        f"| true change (spread {spread_percent:g} %) | seeds | no relevant change | no significant change "
        "| better or worse |",
        "|---|---|---|---|---|",
    ]
    for change in (0.0, 1.0, 2.0, 3.0):
        for n_seeds in SIZES:
            rng = np.random.default_rng(n_seeds)
            x = rng.normal(change, spread_percent, (n, n_seeds))
            verdicts = [paired_change((100.0,) * n_seeds, (100.0 + row).tolist()).verdict for row in x]
            same = sum(verdict is Verdict.EQUIVALENT for verdict in verdicts)
            unknown = sum(verdict is Verdict.SAME for verdict in verdicts)
            shares = (same, unknown, n - same - unknown)
            lines.append(
                f"| {change:g} % | {n_seeds} | " + " | ".join(f"{100 * k / n:.1f} %" for k in shares) + " |"
            )
    return lines


def precision_table(n: int) -> list[str]:
    """Coverage of the interval at which `until_precise` stops."""
    lines = [
        f"| seeds that the true spread takes | distribution | misses | seeds, mean | over {MOST_SEEDS} "
        "| misses, first look at 5 seeds | seeds, mean |",
        "|---|---|---|---|---|---|---|",
    ]
    for n_true in (LEAST_SEEDS, 20, 30):
        for name in ("normal", "difference of two lognormals", "exponential"):
            cells = [str(n_true), name]
            for least_seeds in (LEAST_SEEDS, 5):
                stopped = [_stopped(name, n_true, k, least_seeds) for k in range(n)]
                misses, counts, refused = (np.mean(part) for part in zip(*stopped, strict=True))
                cells += [f"{100 * misses:.1f} %", f"{counts:.1f}", f"{100 * refused:.0f} %"]
            lines.append("| " + " | ".join(cells[:-1]) + " |")
    return lines


def _stopped(name: str, n_true: int, number: int, least_seeds: int) -> tuple[bool, int, bool]:
    """Whether the interval misses the true change, seeds that ran, and whether the wish was refused."""
    rng = np.random.default_rng([number, n_true])
    scale = np.sqrt(n_true) / (stdtrit(n_true - 1, 0.975) * _deviation(name))
    x = 100.0 + scale * DISTRIBUTIONS[name](rng, (1, MOST_SEEDS + 1))[0]

    def run(seeds: Sequence[int]) -> Pair:
        before = [SeedResult(k, 1, 1, 0, 0, 100.0, 0.0, 0.0, 0.0, 0, 0, 0) for k in seeds]
        after = [SeedResult(k, 1, 1, 0, 0, float(x[k]), 0.0, 0.0, 0.0, 0, 0, 0) for k in seeds]
        return Evaluation("", tuple(before)), Evaluation("", tuple(after))

    more = iter(range(5, MOST_SEEDS + 1))
    pair, found = until_precise(run(range(5)), run, more, 1.0, least_seeds)
    change = compare(*pair)[HEADLINE]
    return change.verdict in CLEAR, found.n_seeds, not found.reached


@lru_cache
def _deviation(name: str) -> float:
    """Standard deviation of a distribution."""
    return float(DISTRIBUTIONS[name](np.random.default_rng(0), (1, 1_000_000)).std())


def _with_lock_ups(rng: np.random.Generator, shape: tuple[int, int], share: float) -> FloatArray:
    return rng.normal(size=shape) + LOCK_UP * ((rng.random(shape) < share) - share)


def _spread(field: Evaluation) -> str:
    delays = np.array(field.values(HEADLINE))
    return (
        f"mean delay {delays.mean():.1f} s, standard deviation {delays.std(ddof=1):.2f} s "
        f"({100 * delays.std(ddof=1) / delays.mean():.1f} %), skewness {stats.skew(delays):.2f}"
    )


if __name__ == "__main__":
    main()
