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
# # A green wave
#
# Four signals along a street, all on one cycle. From distances and speed we set offsets by hand, so that who
# starts at the first signal meets green at all others. That is easy in one direction. Both directions at
# once are a small puzzle, which `design_bands` solves exactly, and once more as a mixed-integer program. The
# street is made up.

# %%
import tempfile
from pathlib import Path

import numpy as np

import trafficopt as to
from trafficopt.model.arterial_ways import Direction
from trafficopt.model.band_plan import BandPlan

# %% [markdown]
# ## The street
#
# A tape measure and a timing sheet are enough: the distance of each signal from the one before, the speed at
# which one drives, and the greens along the street within the cycle.

# %%
CYCLE_S, SPEED_KM_H = 80.0, 45.0
gaps_m = np.array([440.0, 590.0, 470.0])
greens_s = [44.0, 38.0, 40.0, 44.0]
links = [f"[[links]]\nlength_m = {gap}\nspeed_km_h = {SPEED_KM_H}\n" for gap in gaps_m]
signals = [
    f'[[signals]]\nname = "S{k}"\ngreen_out_s = {green}\ngreen_in_s = {green}\n'
    for k, green in enumerate(greens_s, start=1)
]
rows = [row for pair in zip(signals, [*links, ""], strict=True) for row in pair]
text = "\n".join([f'name = "Long Street"\ncycle_s = {CYCLE_S}', *rows])
path = Path(tempfile.mkdtemp(prefix="street-")) / "street.toml"
path.write_text(text, encoding="utf-8")
street = to.read_corridor(path)
street

# %% [markdown]
# ## By hand
#
# The wave reaches each signal when the first vehicle does: offset = distance / speed, modulo the cycle. All
# greens begin with the plan, so the offset is also when the green begins.

# %%
travel_s = gaps_m / (SPEED_KM_H / 3.6)
by_hand_s = np.concatenate([[0.0], np.cumsum(travel_s)]) % CYCLE_S
by_hand_s.round(1)


# %% [markdown]
# A band is what is left for all who drive at that speed: the time from the first to the last of them that
# meets green everywhere. Outbound it is as wide as the shortest green. Inbound we get what chance leaves.


# %%
def with_offsets(offset_s: np.ndarray, name: str) -> BandPlan:
    """The street with some offsets; bands follow from offsets and greens alone."""
    n = len(greens_s)
    none = np.zeros(0)
    return BandPlan(street, name, (0,) * n, offset_s, np.zeros((n, 2)), none, none, (), (), 0.0, 0.0)


by_hand = with_offsets(by_hand_s, "by hand")
widths_s = {way.value: round(by_hand.band(way).width_s, 1) for way in Direction}
assert abs(widths_s["outbound"] - min(greens_s)) < 0.1
widths_s

# %%
to.plot_bands(by_hand).figure

# %% [markdown]
# ## Both directions
#
# `design_bands` makes the sum of both bands as large as it can be while both get their share. With a fixed
# cycle and fixed speeds the answer is exact, and takes milliseconds.

# %%
best = to.design_bands(street)
best

# %%
to.plot_bands(best).figure

# %% [markdown]
# The same as a mixed-integer program, as Little wrote it in 1966: real offsets, a whole number of cycles for
# each loop, and bands that must fit between the reds. It knows a bound, so it proves that nothing is better.

# %%
proved = to.design_bands(street, prove=True)
totals_s = {
    name: round(sum(plan.band(way).width_s for way in Direction), 1)
    for name, plan in {"by hand": by_hand, "exact": best, "program": proved}.items()
}
totals_s["bound"] = round(proved.bound_s, 1)
totals_s

# %% [markdown]
# ## A cycle and speeds to choose
#
# Where cycle and speed may vary a little, the program chooses them too. Then greens must be shares of the
# cycle. Bands are told as a share of the cycle, so that different cycles can be compared.

# %%
text = text.replace(f"cycle_s = {CYCLE_S}", "cycle_s = [60, 100]")
text = text.replace(f"speed_km_h = {SPEED_KM_H}", "speed_km_h = [40, 50]")
for green in set(greens_s):
    text = text.replace(f"_s = {green}\n", f"_share = {green / CYCLE_S}\n")
path.write_text(text, encoding="utf-8")
chosen = to.design_bands(to.read_corridor(path))
print(f"fixed: cycle {best.cycle_s:.0f} s, bands are {100 * best.efficiency:.0f} % of it")
print(f"free:  cycle {chosen.cycle_s:.0f} s, bands are {100 * chosen.efficiency:.0f} % of it")

# %%
to.plot_bands(chosen).figure

# %% [markdown]
# ## Waves that end
#
# A long street has no band from end to end. With `partition` each link has bands of its own, and a wave may
# break at a price. On a scenario, `run_waves` does this for all arterials, and lets the delay of everybody
# choose among offsets with bands that are equally wide.

# %%
scenario = to.read_scenario(to.example_path("main_street"), minutes=10)
waves = to.run_waves(scenario, keep=0.9)
waves

# %%
assert totals_s["by hand"] < totals_s["exact"] == totals_s["program"] <= totals_s["bound"] + 0.1
assert chosen.efficiency > best.efficiency
assert waves.chosen.band >= 0.9 * max(choice.band for choice in waves.design.choices) - 1e-9
