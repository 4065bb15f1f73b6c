"""Map, intersections and arterials of a report under one plan or two: what its pages have in common."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set

from trafficopt.ledger import Matter
from trafficopt.phrase import Phrase
from trafficopt.reporting.pages.arterial_pages import arterial_pages
from trafficopt.reporting.pages.intersection_pages import intersection_pages
from trafficopt.reporting.pages.map_layers import map_layers
from trafficopt.reporting.pages.report_map import layers_json, map_svg
from trafficopt.reporting.pages.safety import SEVERITIES
from trafficopt.reporting.pages.side import Side
from trafficopt.reporting.pages.tables import extremes, intersection_rows
from trafficopt.reporting.words.explanations import COLUMNS, NOTES, TEXT_COLUMNS, ExplainedSignal
from trafficopt.rules.findings import Finding


def city_parts(
    sides: Sequence[Side],
    treatments: Mapping[str, Phrase],
    retimed: Set[str],
    *,
    explained: Iterable[ExplainedSignal] = (),
    findings: Sequence[Finding] = (),
    matters: Sequence[Matter] = (),
) -> dict[str, object]:
    """What the templates of map, intersections and arterials ask for; to be called within `figure_style`.

    Parameters
    ----------
    sides
        The field plan, and the plan compared with it if there is one.
    treatments
        What was done at each intersection.
    retimed
        Those whose timing was changed.
    explained, findings, matters
        Why signals are timed as they are, what the rules say, and a ledger.
    """
    rows = intersection_rows(sides, treatments, retimed)
    anchors = {row.id: row.anchor for row in rows}
    layers = map_layers(sides)
    fall, rise = extremes(rows)
    return {
        "rows": rows,
        "anchors": anchors,
        "districts": sorted({row.district for row in rows if row.district}),
        "compared": len(sides) > 1,
        "other_name": sides[-1].name,
        "fall": fall,
        "rise": rise,
        "map": map_svg(sides[0].network, layers[0], anchors),
        "layers": layers,
        "layers_json": layers_json(layers, anchors),
        "pages": intersection_pages(rows, sides, explained, findings, matters),
        "arterials": arterial_pages(sides, anchors),
        "severities": SEVERITIES,
        "explained_plan": sides[-1].name,
        "columns": COLUMNS,
        "text_columns": TEXT_COLUMNS,
        "notes": NOTES,
    }
