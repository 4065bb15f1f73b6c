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
# # One junction by hand
#
# Two one-way streets cross: Main Street with two lanes, and Cross Street with one. We time the signal as a
# textbook does, with Webster's cycle and greens, work out the delay by the HCM, and then let SUMO and the
# optimizer have their say. Everything here is made up.

# %%
import math

import numpy as np

import trafficopt as to
from trafficopt.intersection import Turn
from trafficopt.stage import Interval

YELLOW_S, ALL_RED_S = 3.0, 2.0

# %% [markdown]
# ## The signal
#
# Two movements, two stages. Letters of a state stand for heads: here the two lanes of Main Street, then Cross
# Street. After each green come yellow and all-red. Heads 0 and 1 both meet head 2.

# %%
main = to.Movement("main_in", "main_out", Turn.THROUGH, (0, 1), (0, 1), 13.9, 0, ())
cross = to.Movement("cross_in", "cross_out", Turn.THROUGH, (2,), (0,), 13.9, 0, ())
stages = (
    to.Stage("GGr", (Interval("yyr", YELLOW_S), Interval("rrr", ALL_RED_S)), min_green_s=10.0),
    to.Stage("rrG", (Interval("rry", YELLOW_S), Interval("rrr", ALL_RED_S)), min_green_s=10.0),
)
junction = to.intersection_by_hand("J", (main, cross), stages, meeting=[(0, 2), (1, 2)])
junction

# %%
print(to.conflict_table(junction))
print(to.intergreen_table(junction))

# %% [markdown]
# ## Flow ratios
#
# Demand [veh/h] over saturation flow [veh/h]: the share of the time that each street needs green.

# %%
flow_veh_h = np.array([1300.0, 500.0])
saturation_veh_h = np.array([to.saturation_flow_veh_h(2), to.saturation_flow_veh_h(1)])
flow_ratios = flow_veh_h / saturation_veh_h
flow_ratios

# %% [markdown]
# ## Webster
#
# Each change of stage loses time: yellow and all-red, plus 2 s until the queue moves, less the 2 s of yellow
# that drivers still use. So the lost time L is the sum of both intergreens. Webster's cycle is
# (1.5 L + 5) / (1 - Y), where Y is the sum of the flow ratios. Greens share what L leaves of it in proportion
# to the flow ratios.

# %%
lost_s = sum(stage.intergreen_s for stage in stages)
by_hand_s = (1.5 * lost_s + 5.0) / (1.0 - flow_ratios.sum())
webster_s = to.webster_cycle_s(lost_s, flow_ratios.sum())
assert math.isclose(by_hand_s, webster_s)
webster_s

# %%
cycle_s = math.ceil(webster_s)
greens_s = to.webster_greens_s(cycle_s, lost_s, flow_ratios)
assert math.isclose(greens_s.sum() + lost_s, cycle_s)
greens_s

# %% [markdown]
# ## Delay by the HCM
#
# With capacity c = s g / C and degree of saturation X, uniform delay d1 is what evenly spaced arrivals would
# wait, and incremental delay d2 comes from chance, within a quarter of an hour (T = 0.25 h).

# %%
green_share = greens_s / cycle_s
capacity_veh_h = saturation_veh_h * green_share
x = flow_veh_h / capacity_veh_h
d1 = 0.5 * cycle_s * (1 - green_share) ** 2 / (1 - np.minimum(1, x) * green_share)
d2 = 900 * 0.25 * ((x - 1) + np.sqrt((x - 1) ** 2 + 8 * 0.5 * x / (capacity_veh_h * 0.25)))
delay_s = to.control_delay_s(cycle_s, greens_s, flow_veh_h, saturation_veh_h)
assert np.allclose(d1 + d2, delay_s)
print("degree of saturation", x.round(2))
print("delay [s/veh]       ", delay_s.round(1), [to.level_of_service(each) for each in delay_s])

# %% [markdown]
# Is Webster's cycle the best one? The curve is flat near its lowest point, and steep to the left of it.

# %%
from matplotlib.figure import Figure


def mean_delay_s(cycle_s: float) -> float:
    greens = to.webster_greens_s(cycle_s, lost_s, flow_ratios)
    return np.average(to.control_delay_s(cycle_s, greens, flow_veh_h, saturation_veh_h), weights=flow_veh_h)


cycles_s = np.arange(26, 121)
delays_s = np.array([mean_delay_s(each) for each in cycles_s])
best_s = int(cycles_s[delays_s.argmin()])
figure = Figure(figsize=(7, 3.5), layout="constrained")
ax = figure.subplots()
ax.plot(cycles_s, delays_s, color="#0072b2")
ax.axvline(cycle_s, color="#d55e00", linestyle="--", label=f"Webster: {cycle_s} s")
ax.axvline(best_s, color="#333333", linestyle=":", label=f"least delay by the HCM: {best_s} s")
ax.set_xlabel("cycle [s]")
ax.set_ylabel("mean delay [s/veh]")
ax.set_ylim(0, 60)
ax.legend()
figure

# %% [markdown]
# Queues, by Akcelik: how many vehicles stand when green begins, how far back the queue reaches, and how many
# are left over when green ends.

# %%
to.queue_measures(cycle_s, greens_s, flow_veh_h, saturation_veh_h)

# %% [markdown]
# ## The same junction in SUMO
#
# A few lines of SUMO's plain files make the network. The signal that netconvert gives it is the field plan.

# %%
import tempfile
from pathlib import Path

from trafficopt.sumo.binary import run_tool

folder = Path(tempfile.mkdtemp(prefix="junction-"))
files = {
    "junction.nod.xml": """<nodes>
        <node id="w" x="-500" y="0"/> <node id="e" x="300" y="0"/> <node id="s" x="0" y="-500"/>
        <node id="n" x="0" y="300"/> <node id="J" x="0" y="0" type="traffic_light"/> </nodes>""",
    "junction.edg.xml": """<edges>
        <edge id="main_in" from="w" to="J" numLanes="2" speed="13.9"/>
        <edge id="main_out" from="J" to="e" numLanes="2" speed="13.9"/>
        <edge id="cross_in" from="s" to="J" speed="13.9"/>
        <edge id="cross_out" from="J" to="n" speed="13.9"/> </edges>""",
    "junction.con.xml": """<connections>
        <connection from="main_in" to="main_out"/> <connection from="cross_in" to="cross_out"/>
        </connections>""",
    "junction.rou.xml": f"""<routes>
        <flow id="m" from="main_in" to="main_out" begin="0" end="1800" departLane="best"
              period="exp({flow_veh_h[0] / 3600})"/>
        <flow id="c" from="cross_in" to="cross_out" begin="0" end="1800"
              period="exp({flow_veh_h[1] / 3600})"/>
        </routes>""",
    "junction.sumocfg": """<configuration> <net-file value="junction.net.xml"/>
        <route-files value="junction.rou.xml"/> <begin value="0"/> <end value="1800"/> </configuration>""",
}
for name, text in files.items():
    (folder / name).write_text(text, encoding="utf-8")
plain = ["-n", "junction.nod.xml", "-e", "junction.edg.xml", "-x", "junction.con.xml"]
run_tool("netconvert", [*plain, "-o", "junction.net.xml"], cwd=folder, time_limit_s=60)
problem = to.build_problem(to.read_scenario(folder / "junction.sumocfg"))
problem.field_plan["J"]

# %% [markdown]
# Webster's timing as a plan: greens in whole seconds, with the stages that the network has.

# %%
node = problem.network["J"]
main_first = node.stages[0].state[node.heads_by_name["main_in->main_out"][0]] == "G"
wanted_s = greens_s if main_first else greens_s[::-1]
room_s = cycle_s - node.lost_time_s
first_s = float(round(wanted_s[0] / wanted_s.sum() * room_s))
timing = to.SignalTiming(node.stages, (first_s, room_s - first_s), cycle_s, offset_s=0.0)
by_hand = to.TimingPlan("by hand", {"J": timing})
to.lint(problem, by_hand)

# %% [markdown]
# The optimizer tries other greens and cycles on the queue model, and SUMO chooses among the best.
# `repeatable` makes it do the same work on any machine.

# %%
result = to.optimize(problem, seed=1, max_seconds=3, repeatable=True)
result.plan["J"]

# %%
seeds = (1, 2, 3, 4, 5)
plans = {"netconvert's": problem.field_plan, "by hand": by_hand, "optimized": result.plan}
runs = {name: to.simulate(problem, plan, seeds) for name, plan in plans.items()}
for name, run in runs.items():
    print(f"{name:<14}{run.mean('mean_delay_s'):6.1f} s/veh in SUMO, cycle {plans[name]['J'].cycle_s:g} s")

# %% [markdown]
# By hand or by search: the two differ by less than the choice of netconvert, which knows no traffic.

# %%
to.compare(runs["netconvert's"], runs["by hand"])

# %%
to.compare(runs["by hand"], runs["optimized"])

# %% [markdown]
# Why the optimizer's timing is as it is, in the words of the first part: flow ratios, lost time, degree of
# saturation, and what other greens and cycles would cost.

# %%
to.explain(problem, result.plan)["J"]

# %%
assert to.compare(runs["netconvert's"], runs["by hand"])["mean_delay_s"].verdict is to.Verdict.BETTER
assert to.compare(runs["by hand"], runs["optimized"])["mean_delay_s"].verdict is not to.Verdict.WORSE
given, hand, found = (runs[name].mean("mean_delay_s") for name in plans)
assert abs(hand - found) < given - hand
