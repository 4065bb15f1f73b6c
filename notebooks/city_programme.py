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
# # A city's programme
#
# Not one plan, but all that a city does to its signals and sites: diagnose, try treatments, time, judge
# everything alone and together, and close every matter in a ledger. Here on one street, which is made up,
# with searches that are much too short for real use.

# %%
import tempfile
from pathlib import Path

import trafficopt as to

scenario = to.read_scenario(to.example_path("main_street"), minutes=10)
scenario

# %% [markdown]
# ## Diagnosis
#
# Which signals could save most, and what is wrong there. So far only models speak.

# %%
problem = to.build_problem(scenario)
diagnosis = to.diagnose(problem)
diagnosis

# %%
for weakness in diagnosis.worklist[0].weaknesses:
    print(f"{weakness.words}: {', '.join(weakness.treatments) or 'no treatment'}")

# %% [markdown]
# ## The programme
#
# Each family of treatments is applied alone, and after those before it, and judged in SUMO with the same
# seeds. What has run is kept in the folder, so that a programme that was stopped goes on where it was.

# %%
out = Path(tempfile.mkdtemp(prefix="programme-"))
programme = to.run_programme(scenario, out, seeds=(1, 2, 3), max_seconds=2)
programme

# %% [markdown]
# The effects alone do not add up to the whole: families treat the same delay, or make each other better.

# %%
attribution = programme.attribution
alone = sum(effect.alone.mean for effect in attribution.effects)
in_order = sum(effect.in_order.mean for effect in attribution.effects)
print(f"alone, added up:       {alone:+.1f} veh*h")
print(f"one after the other:   {in_order:+.1f} veh*h")
print(f"all families together: {attribution.change.mean:+.1f} veh*h")

# %%
attribution.delay_change

# %% [markdown]
# ## The ledger
#
# A matter for each signal, and one for the arterial. Each has a measure, the run that shows what the measure
# does, and an end: adopted, or rejected with a reason. Nothing is left open silently.

# %%
from trafficopt.programme.records import ledger_of

ledger = ledger_of(programme)
ledger

# %%
ledger["S-M1"]

# %%
ledger.count("owner")

# %% [markdown]
# `trafficopt run SCENARIO --programme -o out` does all of this and leaves a page, the ledger, the plan and
# every run. The table that people sign is a CSV file.

# %%
to.write_ledger(ledger, out / "ledger.csv")
print((out / "ledger.csv").read_text(encoding="utf-8").splitlines()[0])

# %%
assert abs(in_order - attribution.change.mean) < 1e-6
assert alone < in_order
assert attribution.change.verdict is to.Verdict.BETTER
assert ledger.still_open == ()
assert to.read_ledger(out / "ledger.csv") == ledger
