# ---
# jupyter:
#   jupytext:
#     formats: py:percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Reading a comparison
#
# Two plans hardly ever get the same delay in SUMO, not even where they are equally good: drivers are drawn by
# a seed. So both run with the same seeds, and the differences by seed are judged. Here are the
# answers one can get, and what each of them means. Main Street is made up.

# %%
from dataclasses import replace

import trafficopt as to

scenario = to.read_scenario(to.example_path("main_street"), minutes=15)
problem = to.build_problem(scenario)
field = problem.field_plan
field["M2"]


# %%
def with_offset(signal: str, offset_s: float) -> to.TimingPlan:
    """The field plan with another offset of one signal."""
    timing = replace(field[signal], offset_s=offset_s)
    return to.TimingPlan(f"{signal} at {offset_s:g} s", {**field.timings, signal: timing})


# %% [markdown]
# ## One seed says nothing
#
# Each row is a run. Between rows nothing differs but the seed.

# %%
SEEDS = tuple(range(1, 7))
before = to.simulate(problem, field, SEEDS)
before

# %% [markdown]
# ## A clear change
#
# The offset of M2, half a cycle away. Its 95 % interval does not hold zero: better or worse beyond noise.

# %%
late = to.simulate(problem, with_offset("M2", 50.0), SEEDS)
clear = to.compare(before, late)
clear["mean_delay_s"]

# %% [markdown]
# Pairs are what makes few seeds suffice: each difference is of two runs with the same seed.
# What spreads is the differences, not the delays.

# %%
import numpy as np

one, two = (np.array(run.values("mean_delay_s")) for run in (before, late))
print("delay before [s]", one.round(1))
print("delay after [s] ", two.round(1))
print("difference [s]  ", (two - one).round(1))

# %% [markdown]
# ## Not known, or no relevant change?
#
# M5 is the last signal of the street: an offset 3 s later hardly matters there. With two seeds the interval
# is wide: there may be a change, or none, and the answer is that one does not know. With more seeds the
# interval lies within the margin of 2 % of the delay before: then it is known that the change is of no
# relevance.

# %%
slightly = to.simulate(problem, with_offset("M5", 3.0), SEEDS)


def first(run: to.Evaluation, n: int) -> to.Evaluation:
    """The first runs of an evaluation."""
    return replace(run, runs=run.runs[:n])


few = to.compare(first(before, 2), first(slightly, 2))["mean_delay_s"]
more = to.compare(before, slightly)["mean_delay_s"]
few

# %%
more

# %% [markdown]
# The margin is a choice. With 0.1 % of the delay as the least change that is worth anything, the same runs
# leave the question open.

# %%
strict = to.compare(before, slightly, margin_percent=0.1)["mean_delay_s"]
strict

# %% [markdown]
# And a change can be there beyond noise, and yet be surely less than what matters: 1 s at M3.

# %%
small = to.compare(before, to.simulate(problem, with_offset("M3", 1.0), SEEDS))["mean_delay_s"]
small

# %% [markdown]
# ## How many seeds?
#
# Half of the interval's width, in percent of the delay before, is the precision. From the spread of the
# differences follows about how many seeds a better one takes; `trafficopt run --precision 1%` adds them.

# %%
from trafficopt.paired_differences import seeds_needed

differences = np.subtract(slightly.values("mean_delay_s"), before.values("mean_delay_s")).tolist()
for percent in (2.0, 1.0, 0.5):
    needed = seeds_needed(differences, percent / 100.0 * before.mean("mean_delay_s"))
    print(f"known within {percent:g} %: about {needed} seeds")
print(f"with {len(SEEDS)} seeds it is known within {more.half_width_percent:.2f} %")

# %% [markdown]
# ## Many measures
#
# Who looks at ten measures finds one that differs by chance. The mean delay is named beforehand and judged
# alone; all others are judged together, with Holm's correction.

# %%
to.compare(before, slightly)

# %% [markdown]
# ## Runs that cannot be believed
#
# The first five minutes alone: most vehicles are still under way when the run ends, and their delay is not
# over. Such runs are invalid, and the comparison says so before any figure.

# %%
short = to.build_problem(to.read_scenario(to.example_path("main_street"), minutes=5))
cut = [to.simulate(short, plan, (1, 2)) for plan in (short.field_plan, with_offset("M2", 50.0))]
doubtful = to.compare(*cut)
doubtful

# %%
print("\n".join(doubtful.caveats()))

# %%
assert clear["mean_delay_s"].verdict in (to.Verdict.BETTER, to.Verdict.WORSE)
assert few.verdict is to.Verdict.SAME
assert more.verdict is to.Verdict.EQUIVALENT
assert strict.verdict is to.Verdict.SAME
assert small.verdict is to.Verdict.WORSE
assert small.equivalent
assert doubtful.run_verdict is to.RunVerdict.INVALID
