"""The ledger as a page of its own, in English and Chinese: counts, filters, and a row a matter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from trafficopt.ledger import Effort, Kind, Ledger, Matter, State
from trafficopt.phrase import Phrase
from trafficopt.reporting.pages.page import render_page
from trafficopt.whole_file import write_whole

WORDS: Mapping[str, Phrase] = {
    "title": Phrase("Ledger of matters", "问题台账"),
    "intro": Phrase(
        "Every matter has a place, an owner, a measure, a proof and an end. None is left open silently.",
        "每个问题都有地点、责任人、措施、依据和结论，不遗漏任何一项。",
    ),
    "nothing": Phrase("The ledger is empty.", "台账为空。"),
    "find": Phrase("Find", "查找"),
    "all": Phrase("all", "全部"),
    "clear": Phrase("Show all", "显示全部"),
    "shown": Phrase("Shown", "当前显示"),
    "id": Phrase("Matter", "编号"),
    "place": Phrase("Place", "地点"),
    "kind": Phrase("Kind", "类别"),
    "found": Phrase("Found", "发现的问题"),
    "figure": Phrase("Figure", "数据"),
    "measure": Phrase("Measure", "措施"),
    "owner": Phrase("Owner", "责任人"),
    "effort": Phrase("Effort", "难度"),
    "opened": Phrase("Opened", "立项日期"),
    "due": Phrase("Due", "办结期限"),
    "state": Phrase("State", "状态"),
    "evidence": Phrase("Evidence", "依据"),
    "reason": Phrase("Why closed so", "结论理由"),
    "total": Phrase("Total", "合计"),
    "matters": Phrase("Matters", "问题数"),
    "closed": Phrase("Closed", "已办结"),
    "still_open": Phrase("Still open", "未办结"),
    State.OPEN: Phrase("open", "待办"),
    State.PROPOSED: Phrase("proposed", "已提措施"),
    State.TESTED: Phrase("tested", "已验证"),
    State.ADOPTED: Phrase("adopted", "已采用"),
    State.REJECTED: Phrase("rejected", "未采用"),
    Effort.SIMPLE: Phrase("simple", "简单"),
    Effort.COMPLEX: Phrase("complex", "复杂"),
    Effort.SPECIAL: Phrase("special", "专项"),
    Kind.INTERSECTION: Phrase("intersection", "路口"),
    Kind.OPENING: Phrase("U-turn opening", "掉头开口"),
    Kind.ISLAND: Phrase("raised island", "导流岛"),
    Kind.APPROACH: Phrase("approach", "进口道"),
    Kind.ARTERIAL: Phrase("arterial", "干道"),
    Kind.DISTRICT: Phrase("district", "片区"),
}
"""All words of the page, by the name of a column, a value, or a place on the page."""

COLUMNS = (
    *("id", "place", "kind", "found", "figure", "measure", "owner"),
    *("effort", "opened", "due", "state", "evidence", "reason"),
)
TRANSLATED = {"kind": Kind, "effort": Effort, "state": State}
"""Columns whose values are words of ours; each has a filter."""

COUNTS: Mapping[str, Callable[[Matter], bool]] = {
    "matters": lambda matter: True,
    "closed": lambda matter: matter.closed,
    State.ADOPTED: lambda matter: matter.state == State.ADOPTED,
    State.REJECTED: lambda matter: matter.state == State.REJECTED,
    "still_open": lambda matter: not matter.closed,
}


@dataclass(frozen=True, slots=True)
class CountRow:
    """Counts of one kind of place, in the order of `COUNTS`."""

    word: str
    counts: tuple[int, ...]


def write_ledger_page(ledger: Ledger, path: Path, *, title: str = "", note: str = "") -> None:
    """Write a ledger to the HTML file `path`, which holds its style and script and makes no request.

    The same ledger gives the same bytes. A reader never sees a file half written.

    Parameters
    ----------
    path
        The file; its directory is made if it is missing.
    title
        What the ledger is of.
    note
        What has to be said first, as that a city is synthetic.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    write_whole(Path(path), render_ledger_page(ledger, title=title, note=note))


def render_ledger_page(ledger: Ledger, *, title: str = "", note: str = "") -> str:
    """Give the page of a ledger as HTML text."""
    context = {"kind": WORDS["title"], "title": title, "note": note, **ledger_context(ledger)}
    return render_page("ledger_page.html.j2", context)


def ledger_context(ledger: Ledger) -> dict[str, object]:
    """What the template of the section asks for, so that other pages can include it."""
    return {
        "words": WORDS,
        "ledger_columns": COLUMNS,
        "ledger_choices": TRANSLATED,
        "ledger_counts": tuple(COUNTS),
        "ledger_count_rows": count_rows(ledger),
        "matters": ledger.matters,
    }


def count_rows(ledger: Ledger) -> list[CountRow]:
    """Count the matters of each kind of place that occurs, and of all together in the last row."""
    kinds = [kind for kind, n in ledger.count("kind").items() if n]
    rows = [
        CountRow(kind, _counts([matter for matter in ledger.matters if matter.kind == kind]))
        for kind in kinds
    ]
    return [*rows, CountRow("total", _counts(list(ledger.matters)))]


def _counts(matters: list[Matter]) -> tuple[int, ...]:
    return tuple(sum(map(counted, matters)) for counted in COUNTS.values())
