"""The command line: a module for each group of commands."""

from __future__ import annotations

import logging
import sys
import warnings

from trafficopt.cli import bands, batch, checking, day, diagnose, doctor, report, timing
from trafficopt.cli.app import app
from trafficopt.console import unwind_on_signals

__all__ = ["app", "bands", "batch", "checking", "day", "diagnose", "doctor", "main", "report", "timing"]


def main() -> None:
    """Run the command line."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(message)s")
    warnings.showwarning = lambda message, *_: print(f"Warning: {message}", file=sys.stderr)
    unwind_on_signals()
    app()
