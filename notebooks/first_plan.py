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
# # A first plan
#
# A plan in five minutes. Main Street is a made-up arterial with five signals that comes with the package. We
# read it, look at its field plan, let trafficopt time the signals, and ask SUMO whether the new plan is
# better. If something does not work, `trafficopt doctor` in a terminal says what is missing.

# %%
import trafficopt as to

scenario = to.read_scenario(to.example_path("main_street"))
scenario

# %% [markdown]
# The problem binds demand to the signalized movements. The field plan is what the scenario came with.

# %%
problem = to.build_problem(scenario)
problem.field_plan

# %% [markdown]
# The queue model answers in milliseconds: every vehicle through every lane.

# %%
model = to.QueueModel(problem)
model.estimate(problem.field_plan)

# %% [markdown]
# Now a plan: stages, cycle, splits and offsets. SUMO chooses among the best candidates, on seeds that no
# evaluation uses. `repeatable` does what is planned for three seconds, however long it takes, so that
# everybody gets the same plan.

# %%
result = to.optimize(problem, seed=1, max_seconds=3, repeatable=True, on_progress=to.ProgressBar())
result.plan

# %%
result

# %% [markdown]
# Why is a signal timed as it is? The figures are those of a textbook.

# %%
result.explain("M3")

# %% [markdown]
# Both plans run in SUMO with the same seeds, so that the difference can be told from noise.

# %%
before = to.simulate(problem, problem.field_plan, seeds=(1, 2, 3))
after = to.simulate(problem, result.plan, seeds=(1, 2, 3))
change = to.compare(before, after)
change["mean_delay_s"]

# %% [markdown]
# Where the time is lost, before and after, on one color scale.

# %%
from matplotlib.figure import Figure

from trafficopt.model.measures import intersection_delays

figure = Figure(figsize=(11, 4), layout="constrained")
left, right = figure.subplots(1, 2)
to.plot_city_map(problem.network, intersection_delays(problem.network, before), ax=left, vmax=80)
to.plot_city_map(problem.network, intersection_delays(problem.network, after), ax=right, vmax=80)
left.set_title("field plan")
right.set_title("new plan")
figure

# %% [markdown]
# And the green waves of the arterial.

# %%
figure = Figure(figsize=(11, 5), layout="constrained")
to.plot_time_space(problem.network.arterials[0], problem.network, result.plan, ax=figure.subplots())
figure

# %% [markdown]
# Sliders for one signal: what would other greens, another cycle or offset bring? The model answers as they
# move, and `sliders.plan` is the plan to take to SUMO.

# %%
sliders = to.timing_sliders(problem, result.plan, "M3")
sliders

# %% [markdown]
# Go on with [one junction by hand](one_junction_by_hand.py), [a green wave](green_wave.py) or
# [how to read a comparison](reading_a_comparison.py).

# %%
assert change["mean_delay_s"].verdict is to.Verdict.BETTER
