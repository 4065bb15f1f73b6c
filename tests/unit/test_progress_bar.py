"""The progress bar that callers hand to searches, simulations and studies."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from dataclasses import dataclass, field

import pytest

from trafficopt.progress_bar import ProgressBar, _NotebookBar, in_notebook, progress_html


@dataclass
class Log:
    """Writes down what is told."""

    told: list[tuple[str, float]] = field(default_factory=list)
    closed: int = 0

    def tell(self, what: str, share: float) -> None:
        self.told.append((what, share))

    def close(self) -> None:
        self.closed += 1


@dataclass
class Handle:
    """What `display` of IPython gives back: a place whose content can be replaced."""

    pages: list[str] = field(default_factory=list)

    def update(self, page: object) -> None:
        self.pages.append(page.data)  # type: ignore[attr-defined]


def test_it_takes_steps_with_a_share_and_shares_alone() -> None:
    log = Log()
    bar = ProgressBar(log)
    bar("refining", 0.25)
    bar(0.5)
    assert log.told == [("refining", 0.25), ("", 0.5)]


def test_it_goes_when_nobody_needs_it_any_more() -> None:
    log = Log()
    bar = ProgressBar(log)
    assert log.closed == 0
    del bar
    assert log.closed == 1


def test_it_goes_at_the_end_of_a_with_and_after_an_error() -> None:
    log = Log()
    with pytest.raises(KeyboardInterrupt), ProgressBar(log):
        raise KeyboardInterrupt
    assert log.closed == 1


def test_in_a_notebook_steps_are_shown_at_once_and_shares_now_and_then() -> None:
    handle, begun = Handle(), []
    bar = _NotebookBar(lambda page: begun.append(page) or handle)
    assert begun == [progress_html("", 0.0)]
    for k in range(1000):
        bar.tell("SUMO <1>", k / 1000)
    bar.tell("report", 0.0)
    bar.close()
    assert handle.pages[0] == progress_html("SUMO <1>", 0.0)
    assert "SUMO &lt;1&gt;" in handle.pages[0]
    assert len(handle.pages) < 100
    assert handle.pages[-2:] == [progress_html("report", 0.0), ""]


SCRIPT = (
    "from trafficopt.progress_bar import ProgressBar\nwith ProgressBar() as bar:\n    bar('refining', 0.5)\n"
)


def test_a_script_shows_nothing_where_stderr_is_no_terminal() -> None:
    assert not in_notebook()
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")


def test_a_script_on_a_terminal_shows_the_step() -> None:
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "80"}
    subprocess.run([sys.executable, "-c", SCRIPT], stderr=theirs, env=environment, check=True)
    os.close(theirs)
    assert b"refining" in os.read(ours, 65536)
    os.close(ours)
