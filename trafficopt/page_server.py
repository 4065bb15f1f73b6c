"""The page of a run, and a server that shows it to this machine alone."""

from __future__ import annotations

from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from trafficopt.errors import InputError

PAGES = ("report.html", "summary.html", "ledger.html")
HERE = "localhost"


def page_in(folder: str | Path) -> Path:
    """The page that a run left in a folder: its report, or the summary of a batch; a page itself stays.

    Raises
    ------
    InputError
        If there is none.
    """
    folder = Path(folder)
    if folder.suffix == ".html" and folder.is_file():
        return folder
    found = next((folder / name for name in PAGES if (folder / name).is_file()), None)
    if found is None:
        remedy = "name a folder that `trafficopt run` or `trafficopt batch` left"
        raise InputError(folder, f"there is no {' or '.join(PAGES[:2])} in it", remedy)
    return found


class _Quiet(SimpleHTTPRequestHandler):
    """Serves files without a line for each request."""

    def log_message(self, format: str, *args: Any) -> None:  # the name of the parameter is the library's
        """Say nothing."""


def serving(page: Path, port: int) -> ThreadingHTTPServer:
    """Serve the folder of a page to this machine; 0 takes any free port.

    Raises
    ------
    InputError
        If the port cannot be had.
    """
    try:
        return ThreadingHTTPServer((HERE, port), partial(_Quiet, directory=str(page.parent)))
    except OSError as error:
        fault = error.strerror or str(error)
        raise InputError(f"port {port}", fault, "take another one with --port, or 0 for any") from None
