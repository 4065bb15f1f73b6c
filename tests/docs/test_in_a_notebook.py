"""What a kernel gets to show: tables of HTML, a progress bar that goes again, and sliders."""

from __future__ import annotations

from typing import Any

import nbclient
import nbformat
import pytest

CELLS = (
    "import trafficopt as to\n"
    "from trafficopt.notebook_sliders import timing_sliders\n"
    "from trafficopt.progress_bar import ProgressBar\n"
    'problem = to.build_problem(to.read_scenario(to.example_path("main_street"), minutes=2))',
    "problem.field_plan",
    'bar = ProgressBar()\nbar("SUMO", 0.5)',
    'with ProgressBar() as other:\n    other("SUMO", 0.5)',
    'timing_sliders(problem, problem.field_plan, "M1")',
)


@pytest.fixture(scope="module")
def outputs() -> list[list[Any]]:
    """What each cell shows."""
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in CELLS])
    nbclient.NotebookClient(book, timeout=120, kernel_name="python3").execute()
    return [cell.outputs for cell in book.cells]


def test_an_object_is_a_table_and_a_text(outputs: list[list[Any]]) -> None:
    (shown,) = outputs[1]
    assert shown.data["text/html"].startswith("<table>")
    assert shown.data["text/plain"].startswith("TimingPlan field: 5 signals")


def test_a_progress_bar_stays_as_long_as_it_is_needed(outputs: list[list[Any]]) -> None:
    (shown,), (gone,) = outputs[2], outputs[3]
    assert shown.data["text/html"] == '<progress value="0.50" max="1"></progress> SUMO'
    assert gone.data.get("text/html", "") == ""


def test_sliders_are_a_widget_with_a_text_for_those_who_have_none(outputs: list[list[Any]]) -> None:
    (shown,) = outputs[4]
    assert "application/vnd.jupyter.widget-view+json" in shown.data
