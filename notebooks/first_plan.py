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
# Main Street is a made-up arterial with five signals that comes with the package. We read it, look
# at its field plan, let trafficopt time the signals, and ask SUMO whether the new plan is better.

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
# Now a plan: stages, cycle, splits and offsets, within ten seconds. SUMO chooses among the best candidates,
# on seeds that no evaluation uses.

# %%
result = to.optimize(problem, seed=1, max_seconds=10)
result.plan

# %%
result

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

# %%
assert change["mean_delay_s"].verdict is to.Verdict.BETTER
