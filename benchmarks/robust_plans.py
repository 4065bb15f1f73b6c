"""One plan for several demands beside the plan for the usual one: delay in SUMO on unseen seeds.

    python -m benchmarks.robust_plans [MAP... --factors 0.8 1.0 1.2 --seconds 20 --seeds 5 --markdown FILE]

A MAP is main_street (the example of the package) or the name of a folder of ../shared/maps; by default all
that are there. All searches have the same time and do all the work that is planned for it, so that the plans
do not depend on the machine. Rows are kept in the folder --cache: what is there is not run again.
"""

from __future__ import annotations

import argparse
import json
import shlex
import sys
import tempfile
import time
import warnings
from dataclasses import asdict, dataclass
from pathlib import Path

import trafficopt as to
from benchmarks.fidelity.scenarios import MAPS
from trafficopt.comparison import Verdict, paired_change
from trafficopt.demand_samples import DemandSamples
from trafficopt.errors import TrafficoptWarning
from trafficopt.risk import Risk
from trafficopt.search.choose import check_unseen
from trafficopt.sumo.judge import simulate
from trafficopt.sumo.sample_scenarios import sample_scenarios
from trafficopt.whole_file import write_whole

EXAMPLE = "main_street"
ALL = (EXAMPLE, "cologne1", "cologne3", "cologne8", "ingolstadt1", "ingolstadt7")
FIELD, NOMINAL, MEAN, CVAR = "field plan", "nominal", "robust, mean", "robust, cvar"
RISKS = {MEAN: "mean", CVAR: "cvar"}
MARKS = {Verdict.BETTER: " +", Verdict.WORSE: " −"}

PAGE = """\
# One plan for several demands

```sh
trafficopt run my.sumocfg -o out --demands 0.8,1,1.2               # the mean over the demands
trafficopt run my.sumocfg -o out --demands 0.8,1,1.2 --risk cvar   # the mean of the worst half of them
trafficopt run my.sumocfg -o out --demands 1,friday.sumocfg --regret
```

```python
result = to.optimize(problem, demands=(0.8, 1, 1.2), risk="cvar:0.3")
days = to.DemandSamples((monday, friday, 1.2), weights=(4, 1, 1))  # scenarios, Demand objects or factors
study = to.run_study(scenario, "out", demands=days, regret=True)
```

## What is asked, and how

- **Demands.** A factor takes the scenario's vehicles so many times, spread evenly: the same vehicles in the
  model and in SUMO, whatever the plan; drivers for whom SUMO chooses routes keep choosing. Other days come
  as scenarios of the same net and programs, in Python also as `Demand` objects.
- **One value.** Of the objective's values under the demands [s/veh] the mean by weight: a demand counts as
  a day does, not by its vehicles. `cvar:q` is the mean over the worst part q of all weight (conditional
  value at risk at the level 1 - q, `references.md`), `cvar` that of the worst half. Delay grows with
  demand, so that the worst are mostly the largest: with three equal demands any q up to 1/3 asks for the
  largest alone.
- **Search.** In the first round of chains each has one demand, the one next to the mean or the largest, and
  tries more plans for it; in the second every plan meets all demands. (With all demands in both rounds, a
  robust plan of main_street ended worse than the nominal one in a trial: too few plans were tried.) Where
  no demand is a tenth above their mean, half of the chains have a tenth more of each, as without
  `--demands`. Large networks: windows and full runs under every demand. SUMO's training runs are made under
  every demand too; where the time does not suffice for them, the model alone chooses.
- **Guard.** A plan that is worse than the field plan beyond noise under any of the demands is out, in the
  choice among candidates and in the final judgment; so is one with a run that loses more than twice what it
  usually loses and more than the field plan does. The new plan must also be better by the one value beyond
  noise.
- **Regret** of a plan under a demand: its value less the least value that is known there, of the plan
  searched for that demand alone, the field plan, the new one and the usual demand's (Savage 1951). It is
  never below zero, and its interval is paired by seed.
- **What it costs.** SUMO runs as many times more as there are demands. `--regret` searches once more for
  each demand, each as long as `--max-seconds`, and once for the usual demand if it is none of them; the
  answer itself is written before.

## What it is worth

Mean delay [s] of all demanded vehicles in SUMO, means of {n_seeds} unseen seeds without teleports, under
{factors} times the usual demand. `nominal` is the plan that `optimize` finds for the usual demand alone,
`robust` those for all of these demands. All searches have {seconds:g} s of planned work, SUMO's training
runs included, with the default stages. In parentheses the change against the nominal plan and its 95 %
interval, paired by seed: + better, − worse beyond noise. The last two columns have the one value for all
demands.

{table}

{told}
A search is a draw, and these are one each: another `--seed` ends with other plans.

```
{command}
```
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One plan on one map.

    Attributes
    ----------
    delays_s
        Mean delay in each run [s/veh], by demand and seed.
    status
        How its search ended.
    wall_s
        Time that the search took on this machine.
    """

    map: str
    plan: str
    delays_s: dict[str, tuple[float, ...]]
    status: str
    wall_s: float


def main() -> None:
    """Do what the command line says."""
    options = _options()
    warnings.simplefilter("ignore", TrafficoptWarning)
    names = options.maps or [name for name in ALL if config_of(name).exists()]
    rows: dict[str, list[Row]] = {}
    for name in names:
        found = [_row(name, plan, options) for plan in (FIELD, NOMINAL, *RISKS)]
        known = [row for row in found if row is not None]
        if len(known) == len(found):
            rows[name] = known
            print(table({name: known}), flush=True)
    if options.markdown and rows:
        text = PAGE.format(
            n_seeds=options.seeds,
            factors=", ".join(f"{factor:g}" for factor in options.factors),
            seconds=options.seconds,
            table=table(rows),
            told=told(rows),
            command="python -m benchmarks.robust_plans " + shlex.join(sys.argv[1:]),
        )
        write_whole(options.markdown, text)


def _row(name: str, plan: str, options: argparse.Namespace) -> Row | None:
    """A plan of a map, from the cache if it is there; None where only that is asked for and it is not."""
    demands = "-".join(f"{factor:g}" for factor in options.factors)
    parts = (name, plan.replace(", ", "-").replace(" ", "-"), demands, f"{options.seconds:g}s", options.seeds)
    kept = options.cache / f"{'-'.join(map(str, parts))}.json"
    if not kept.exists() and options.known:
        return None
    if not kept.exists():
        made = row_of(name, plan, tuple(options.factors), options.seconds, options.seeds)
        write_whole(kept, json.dumps(asdict(made), indent=1))
    read = json.loads(kept.read_text(encoding="utf-8"))
    return Row(**{**read, "delays_s": {key: tuple(delays) for key, delays in read["delays_s"].items()}})


def config_of(name: str) -> Path:
    """The scenario of a map."""
    return to.example_path(EXAMPLE) if name == EXAMPLE else MAPS / name / f"{name}.sumocfg"


def row_of(name: str, plan: str, factors: tuple[float, ...], seconds: float, n_seeds: int) -> Row:
    """Search a plan of a map, and run it under each demand."""
    problem = to.build_problem(to.read_scenario(config_of(name), teleport_s=-1.0))
    demands, seeds = DemandSamples(factors), range(1, n_seeds + 1)
    check_unseen(seeds, 1)
    timed, status, began = problem.field_plan, "", time.monotonic()
    if plan != FIELD:
        asked = None if plan == NOMINAL else demands
        result = to.optimize(
            problem, demands=asked, risk=RISKS.get(plan, "mean"), max_seconds=seconds, repeatable=True
        )
        timed, status = result.plan, str(result.status)
    wall_s = round(time.monotonic() - began, 1)
    with tempfile.TemporaryDirectory() as folder:
        samples = sample_scenarios(problem.scenario, demands, Path(folder))
        delays = {s.name: simulate(s.scenario, timed, seeds).values("mean_delay_s") for s in samples}
    return Row(name, plan, delays, status, wall_s)


def table(rows: dict[str, list[Row]]) -> str:
    """All rows in Markdown."""
    names = list(next(iter(rows.values()))[0].delays_s)
    heads = ["map", "plan", *names, "mean", "cvar"]
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for group in rows.values():
        nominal = next(row for row in group if row.plan == NOMINAL)
        lines += [f"| {row.map} | {row.plan} | {' | '.join(_cells(row, nominal))} |" for row in group]
    return "\n".join(lines)


def _cells(row: Row, nominal: Row) -> list[str]:
    pairs = [*zip(row.delays_s.values(), nominal.delays_s.values(), strict=True)]
    pairs += [(values(row, risk), values(nominal, risk)) for risk in RISKS.values()]
    return [_cell(*pair, plain=row.plan in (FIELD, NOMINAL)) for pair in pairs]


def values(row: Row, risk: str) -> tuple[float, ...]:
    """The one value for all demands, by seed; all demands count the same."""
    weights = [1.0 / len(row.delays_s)] * len(row.delays_s)
    by_seed = zip(*row.delays_s.values(), strict=True)
    return tuple(Risk.named(risk).value(delays, weights) for delays in by_seed)


def _cell(own: tuple[float, ...], nominal: tuple[float, ...], *, plain: bool) -> str:
    mean = f"{sum(own) / len(own):.1f}"
    if plain:
        return mean
    change = paired_change(nominal, own)
    low, high = change.ci95 or (float("nan"), float("nan"))
    return f"{mean} ({change.mean:+.1f}, {low:+.1f} to {high:+.1f}){MARKS.get(change.verdict, '')}"


def told(rows: dict[str, list[Row]]) -> str:
    """On how many maps the robust plans beat the nominal one, and on how many not."""
    sentences = []
    for plan, risk in RISKS.items():
        counts = {verdict: [] for verdict in Verdict}
        for name, group in rows.items():
            by_plan = {row.plan: row for row in group}
            pair = (values(by_plan[NOMINAL], risk), values(by_plan[plan], risk))
            counts[paired_change(*pair).verdict].append(name)
        better, worse = counts[Verdict.BETTER], counts[Verdict.WORSE]
        rest = [name for verdict, found in counts.items() for name in found if verdict not in MARKS]
        sentences.append(
            f"By its own measure, `{plan}` is better than the nominal plan beyond noise on {_named(better)}, "
            f"worse on {_named(worse)}, and not to be told from it on {_named(rest)}."
        )
    return "\n".join(sentences)


def _named(names: list[str]) -> str:
    return ", ".join(names) if names else "no map"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.robust_plans",
        description=__doc__,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument("maps", nargs="*", metavar="MAP")
    parser.add_argument("--factors", nargs="+", type=float, default=[0.8, 1.0, 1.2])
    parser.add_argument("--seconds", type=float, default=20.0, help="planned time of each search")
    parser.add_argument("--seeds", type=int, default=5, help="SUMO's seeds 1 to N")
    parser.add_argument("--known", action="store_true", help="only what is in the cache")
    parser.add_argument("--cache", type=Path, default=Path("out/robust_plans"))
    parser.add_argument("--markdown", type=Path, help="where to write the page of the documentation")
    return parser.parse_args()


if __name__ == "__main__":
    main()
