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
# # Writing a treatment
#
# A treatment is a change at one place, written down as data: a longer pocket, other uses of lanes, a banned
# turn. It can be applied, judged alone, and undone, because the scenario that it is applied to stays as it
# is. We apply some to Main Street, which is made up, and then write one of our own.

# %%
import tempfile
from pathlib import Path

import trafficopt as to

scenario = to.read_scenario(to.example_path("main_street"), minutes=15)
before = to.build_problem(scenario)
folder = Path(tempfile.mkdtemp(prefix="treatments-"))
before.network["M1"]

# %% [markdown]
# ## An edit of the network
#
# The left turn of `e0_stop` has a pocket. We make it 40 m longer. `apply_treatments` lets netconvert rebuild
# the junctions that are concerned, binds signal programs and routes to them, and writes a scenario of its
# own.

# %%
pocket = to.ExtendPocket("e0_stop", by_m=40.0)
edited = to.apply_treatments(scenario, [pocket], folder / "pocket")
edited

# %%
links = ("e0", "e0_stop")
for name, each in (("before", scenario), ("after", edited.scenario)):
    print(name, {link: f"{each.network.links[link].length_m:.0f} m" for link in links})

# %% [markdown]
# ## Model and SUMO, before and after
#
# The queue model answers at once; SUMO decides, with the same seeds for both.

# %%
after = to.build_problem(edited.scenario)
for name, problem, plan in (("before", before, before.field_plan), ("after", after, edited.plan)):
    print(f"{name:<7}{to.QueueModel(problem).estimate(plan).mean_delay_s:6.1f} s/veh by the queue model")

# %%
SEEDS = (1, 2, 3, 4)
field = to.simulate(before, before.field_plan, SEEDS)
longer = to.simulate(after, edited.plan, SEEDS)
to.compare(field, longer)["mean_delay_s"]

# %% [markdown]
# No relevant change: this pocket was long enough. At the place itself it is the same: time lost on the two
# links, mean of the seeds. Where queues outgrow their pockets, `diagnose` says so, and a programme tries it.


# %%
def lost_veh_h(run: to.Evaluation, links: tuple[str, ...]) -> float:
    """Time lost on some links [veh*h], mean of the seeds."""
    return sum(run.link_delay_s.get(link, 0.0) for link in links) / 3600.0


print(f"{lost_veh_h(field, links):.2f} veh*h before, {lost_veh_h(longer, links):.2f} veh*h after")

# %% [markdown]
# ## Several at once
#
# Their order does not matter. Here the right lane of the side road at M3 may also turn left. Both are built
# in one go.

# %%
second_left = to.ChangeLaneUse("s3_in_stop", {0: ["left", "right"]})
both = to.apply_treatments(scenario, [second_left, pocket], folder / "both")
both.scenario.network["M3"]

# %% [markdown]
# ## What cannot be done is refused
#
# Who turns left at M1 has no other way to where they want to go. A ban would leave them stranded, so it is
# not applied, and nothing is left half done.

# %%
try:
    to.apply_treatments(scenario, [to.BanTurn("e0_stop", "n1_out")], folder / "ban")
    refused = ""
except to.InputError as error:
    refused = str(error)
print(refused)

# %% [markdown]
# ## One of our own
#
# A treatment says what is changed and where: a family, a place, and words. This one changes the plan, so that
# it needs no SUMO to be applied.

# %%
from dataclasses import dataclass, replace
from typing import ClassVar

from trafficopt.treatment import Family


@dataclass(frozen=True, slots=True)
class ShiftOffset:
    """A signal's plan starts later (or earlier); greens and cycle stay."""

    family: ClassVar[Family] = Family.COORDINATE
    intersection: str
    later_s: float

    @property
    def place(self) -> str:
        """Id of the intersection."""
        return self.intersection

    def __str__(self) -> str:
        return f"start the plan of {self.intersection} {self.later_s:g} s later"

    def apply(self, plan: to.TimingPlan) -> to.TimingPlan:
        """The plan with the treatment."""
        timing = plan[self.intersection]
        shifted = replace(timing, offset_s=(timing.offset_s + self.later_s) % timing.cycle_s)
        return to.TimingPlan(f"{plan.name}, {self}", {**plan.timings, self.intersection: shifted})


half_a_cycle = ShiftOffset("M2", 50.0)
print(half_a_cycle)

# %% [markdown]
# The rules first: no plan that breaks one is simulated. Then it is judged as the others were.

# %%
shifted = half_a_cycle.apply(before.field_plan)
assert to.lint(before, shifted) == to.lint(before)
coordinated = to.simulate(before, shifted, SEEDS)
to.compare(field, coordinated)["mean_delay_s"]

# %% [markdown]
# ## One that edits the network
#
# `ExtendPocket` shows the way. The data are a class in `trafficopt/treatment.py`, which is one of
# `NetworkEdit`. What it changes of a net is a function in `trafficopt/sumo/` (`net_moves.py` for pockets),
# which enters links, lanes and connections in `Changes`, and says what cannot be done. `net_changes.py` calls
# it. All else is there: netconvert, signal programs, routes, and the safety rules, which refuse an edit that
# breaks one.

# %%
assert edited.scenario.network.links["e0_stop"].length_m > scenario.network.links["e0_stop"].length_m + 39.0
assert to.compare(field, longer)["mean_delay_s"].verdict is to.Verdict.EQUIVALENT
assert abs(lost_veh_h(longer, links) / lost_veh_h(field, links) - 1.0) < 0.05
left = next(m for m in both.scenario.network["M3"].movements if m.id == "s3_in_stop->w2")
assert set(left.lanes) == {0, 1}
assert "no other way" in refused
assert not (folder / "ban").exists()
assert to.compare(field, coordinated)["mean_delay_s"].verdict is to.Verdict.BETTER
