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
# # A batch
#
# Many runs at once: every method on every scenario with every demand and seed. A batch can be stopped at any
# moment and goes on where it was. Main Street is made up.

# %%
import tempfile
from pathlib import Path

import trafficopt as to

folder = Path(tempfile.mkdtemp(prefix="batch-"))

# %% [markdown]
# ## The matrix
#
# A TOML file says what is run. `shipped` is the field plan; `optimize` searches a plan, here for a second's
# work, which is the same on every machine. Demand is a factor on the vehicles of the scenario.

# %%
matrix = folder / "study.toml"
matrix.write_text(
    f"""scenarios = ["{to.example_path("main_street")}"]
methods = ["shipped", "optimize"]
demand = [0.8, 1.0]
seeds = [1, 2, 3]
minutes = 10
max_seconds = 1
""",
    encoding="utf-8",
)
to.read_matrix(matrix)

# %% [markdown]
# ## The runs
#
# Each row of the answer is a cell: runs that differ by seed alone, with the change against the field plan for
# the same demand and seeds.

# %%
out = folder / "out"
results = to.run_batch(matrix, out, jobs=2, on_progress=to.ProgressBar())
results

# %% [markdown]
# ## The table
#
# A row for each run, as in `results.csv`; a data frame takes it as it is.


# %%
def rows(results: to.BatchResults) -> list[tuple[object, ...]]:
    """Some columns of the table, row by row."""
    columns = ("method", "demand", "seed", "mean_delay_s", "verdict")
    return list(zip(*(results.table[name] for name in columns), strict=True))


rows(results)

# %% [markdown]
# The folder has a page for people, `summary.json` for programs, and the plans that were found.

# %%
sorted(path.name for path in out.iterdir() if not path.name.startswith("."))

# %% [markdown]
# ## Once more, and more of it
#
# What is there is not made again: with one more seed, only the new runs are made.

# %%
made = len(list((out / "done").rglob("*.*")))
text = matrix.read_text(encoding="utf-8").replace("seeds = [1, 2, 3]", "seeds = [1, 2, 3, 4]")
matrix.write_text(text, encoding="utf-8")
again = to.run_batch(matrix, out, jobs=2)
print(f"{len(results.table['seed'])} runs, then {len(again.table['seed'])}")
print(f"{made} entries in the store, then {len(list((out / 'done').rglob('*.*')))}")

# %% [markdown]
# ## Failures stay alone
#
# A run that fails does not stop the others: it is told in the table, its log is kept, and the next start
# tries it again. Here there is none.

# %%
again.summary["failures"]

# %%
assert (results.n_ok, results.n_failed) == (12, 0)
assert (again.n_ok, again.n_failed) == (16, 0)
assert set(rows(results)) < set(rows(again))
assert all(c.changes["mean_delay_s"].mean < 0 for c in results.cells if c.method == "optimize")
