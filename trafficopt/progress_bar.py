"""A progress bar for those who call the library: in a notebook below the cell, else on a terminal."""

from __future__ import annotations

import importlib
import sys
import time
import weakref
from contextlib import ExitStack
from html import escape
from types import TracebackType
from typing import Any, Protocol

from trafficopt.units import Seconds

LEAST_S: Seconds = 0.1  # between two pictures in a notebook


class Shown(Protocol):
    """Where a bar is drawn."""

    def tell(self, what: str, share: float) -> None:
        """Show the name of the step and its share done, 0 to 1."""

    def close(self) -> None:
        """Take the bar away."""


class ProgressBar:
    """What `on_progress` of `optimize`, `simulate`, `run_study` and others may be.

    In a notebook the bar is below the cell, on a terminal on stderr; elsewhere, as where output goes to a
    file, nothing is shown. It goes when nobody needs it any more, or at the end of a `with`.

    Parameters
    ----------
    shown
        Where to draw; by default as above.

    Examples
    --------
    >>> with ProgressBar() as bar:  # optimize(problem, on_progress=ProgressBar()) will do
    ...     bar("reading", 0.5)
    """

    def __init__(self, shown: Shown | None = None) -> None:
        self._shown = shown or (_NotebookBar(_display) if in_notebook() else _TerminalBar())
        self._close = weakref.finalize(self, self._shown.close)

    def __call__(self, what: str | float, share: float | None = None) -> None:
        """Take the name of a step and its share done, or the share alone."""
        if isinstance(what, str):
            self._shown.tell(what, share or 0.0)
        else:
            self._shown.tell("", what)

    def __enter__(self) -> ProgressBar:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()


def in_notebook() -> bool:
    """Whether this is a cell of a notebook."""
    if "IPython" not in sys.modules:
        return False
    shell = importlib.import_module("IPython").get_ipython()
    return getattr(shell, "kernel", None) is not None


class _TerminalBar:
    """The bar of the command line; it shows nothing where stderr is no terminal."""

    def __init__(self) -> None:
        from trafficopt.console import progress

        self._stack = ExitStack()
        self.tell = self._stack.enter_context(progress())

    def close(self) -> None:
        self._stack.close()


class _NotebookBar:
    """An element of HTML that is replaced as it goes on."""

    def __init__(self, display: Any) -> None:
        self._handle = display(progress_html("", 0.0))
        self._last: tuple[str, float] = ("", time.monotonic())

    def tell(self, what: str, share: float) -> None:
        now = time.monotonic()
        if what != self._last[0] or now - self._last[1] >= LEAST_S:
            self._last = what, now
            self._handle.update(_html(progress_html(what, share)))

    def close(self) -> None:
        self._handle.update(_html(""))


def progress_html(what: str, share: float) -> str:
    """The bar as HTML.

    Examples
    --------
    >>> progress_html("SUMO", 0.5)
    '<progress value="0.50" max="1"></progress> SUMO'
    """
    return f'<progress value="{share:.2f}" max="1"></progress> {escape(what)}'


def _display(page: str) -> Any:
    return importlib.import_module("IPython.display").display(_html(page), display_id=True)


def _html(page: str) -> Any:
    return importlib.import_module("IPython.display").HTML(page)
