"""A hook of MkDocs: writes the commands and their options where a page says `<!-- commands -->`."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Any

import typer.main

from trafficopt.cli import app

MARK = "<!-- commands -->"


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Called by MkDocs with the text of each page."""
    return markdown.replace(MARK, "\n".join(_lines())) if MARK in markdown else markdown


def _lines() -> Iterator[str]:
    for name, command in sorted(typer.main.get_command(app).commands.items()):  # type: ignore[attr-defined]
        context = command.context_class(command, info_name=f"trafficopt {name}")
        usage = " ".join(command.collect_usage_pieces(context))
        rows = (parameter.get_help_record(context) for parameter in command.params)
        yield f"## {name}\n\n```text\n{context.command_path} {usage}\n```\n\n{command.help}\n"
        yield "<table><thead><tr><th>argument, option</th><th>what it says</th></tr></thead><tbody>"
        yield from (
            f"<tr><td><code>{escape(words).replace('|', '|<wbr>')}</code></td><td>{escape(meaning)}</td></tr>"
            for words, meaning in rows
        )
        yield "</tbody></table>\n"
