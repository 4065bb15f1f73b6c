"""`trafficopt report` and `trafficopt view`: pages from what a run left."""

from __future__ import annotations

import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from trafficopt.cli.app import app

FolderArgument = Annotated[
    Path,
    typer.Argument(metavar="DIR", help="Folder that `run` or `run --programme` left.", show_default=False),
]


@app.command()
def report(
    folder: FolderArgument,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", metavar="FILE", help="The page; default: DIR/report.html.")
    ] = None,
) -> None:
    """Draw a report again from what a run left.

    Nothing is computed or simulated. The report then looks as this version of trafficopt draws it.
    """
    from trafficopt.errors import InputError
    from trafficopt.reporting.pages.report import PAGE
    from trafficopt.saved_report import page, read_shown
    from trafficopt.whole_file import write_whole

    shown = read_shown(folder)
    path = out or (folder if folder.is_dir() else folder.parent) / PAGE
    try:
        write_whole(path, page(shown))
    except OSError as error:
        raise InputError(
            path, error.strerror or str(error), "name a file that can be written with -o"
        ) from None
    typer.echo(f"Report: {path}")


@app.command()
def view(
    folder: FolderArgument,
    port: Annotated[
        int | None,
        typer.Option(
            metavar="PORT", min=0, max=65535, help="Serve the folder to this machine alone; 0: a free one."
        ),
    ] = None,
) -> None:
    """Open the report of a run in a browser, or serve it.

    With --port it is served until it is stopped, which is for machines without a screen: forward the port,
    and open the address that is told.
    """
    from trafficopt.page_server import page_in, serving

    path = page_in(folder)
    if port is None:
        opened = webbrowser.open(path.resolve().as_uri())
        typer.echo(f"Report: {path}" + ("" if opened else " (no browser was found: open it, or use --port)"))
        return
    with serving(path, port) as server:
        typer.echo(f"Report: http://{server.server_name}:{server.server_port}/{path.name} (stop with Ctrl-C)")
        server.serve_forever()
