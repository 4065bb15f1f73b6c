"""A diagnosis as a text for people, as an object for JSON, and as tables."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from math import isfinite

from trafficopt.diagnosis.diagnose import Diagnosis, Point
from trafficopt.diagnosis.figures import ArterialFigures, IntersectionFigures, LinkFigures, MovementFigures
from trafficopt.diagnosis.names import short_id

MOST_WORDS = 3  # weaknesses that the text tells of a point
MOST_UNTIMED = 3
WHO_SAYS = (
    "Delay, LOS, stops and what is lost are the queue model's, shares on green the cyclic model's; "
    "savings, Xc,\ngreen use, first pass, imbalance, needed greens and queues are the HCM's."
)
WORK = ("rank", "intersection", "gain_veh_h", "cause", "words", "delay_veh_h", "treatments")
Row = Mapping[str, object]


def _names(kind: type, *without: str) -> tuple[str, ...]:
    """Names of the fields of a dataclass."""
    return tuple(item.name for item in fields(kind) if item.name not in without)


INTERSECTION = (*_names(IntersectionFigures, "movements"), "gain_veh_h")
MOVEMENT = (*_names(MovementFigures, "name_zh"), "platoon_ratio", "queue_ratio", "delay_veh_h")


def diagnosis_object(diagnosis: Diagnosis) -> dict[str, object]:
    """The diagnosis in numbers and lists that JSON knows; null is what nobody can tell, or infinite."""
    return {
        "plan": diagnosis.plan,
        "seeds": list(diagnosis.seeds),
        "mean_delay_s": _known(diagnosis.mean_delay_s),
        "sumo_mean_delay_s": _known(diagnosis.sumo_mean_delay_s),
        "untimed": dict(diagnosis.untimed),
        "worklist": [_point(rank, point) for rank, point in enumerate(diagnosis.worklist, start=1)],
        "links": [_known(asdict(link)) for link in diagnosis.links],
        "arterials": [_known(asdict(way)) for way in diagnosis.arterials],
    }


def _point(rank: int, point: Point) -> dict[str, object]:
    return {
        "rank": rank,
        **_intersection(point.figures),
        "movements": [_movement(m) for m in point.figures.movements],
        "weaknesses": [
            {
                "cause": w.cause,
                "words": w.words,
                "delay_veh_h": w.delay_veh_h,
                "treatments": list(w.treatments),
            }
            for w in point.weaknesses
        ],
        "treatments": list(point.treatments),
    }


def _known(value: object) -> object:
    """A value as JSON has it, None for a number that is none."""
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _known(each) for key, each in value.items()}
    return [_known(each) for each in value] if isinstance(value, (tuple, list)) else value


def diagnosis_text(diagnosis: Diagnosis, top: int = 10) -> str:
    """The worst points with their reasons and what could help, and the arterials."""
    n, delay = len(diagnosis.worklist), f"mean delay {_told(diagnosis.mean_delay_s, '.1f', ' s')} a vehicle"
    if diagnosis.seeds:
        seeds = ", ".join(map(str, diagnosis.seeds))
        delay += (
            f" by the queue model, {_told(diagnosis.sumo_mean_delay_s, '.1f', ' s')} in SUMO (seeds {seeds})"
        )
    lines = [f"{diagnosis.plan}: {n} signal{'s' * (n != 1)}, {delay}", *_untimed_lines(diagnosis.untimed), ""]
    for rank, point in enumerate(diagnosis.worklist[:top], start=1):
        lines += _point_lines(rank, point)
    if n > top:
        rest = sum(point.figures.gain_veh_h for point in diagnosis.worklist[top:])
        more = f"{n - top} more signals" if n - top > 1 else "1 more signal"
        lines.append(f"{more}, which could save {rest:.1f} veh*h{', each taken alone' * (n - top > 1)}")
    if diagnosis.arterials:
        lines += ["", *_arterial_lines(diagnosis.arterials, bool(diagnosis.seeds))]
    only = " SUMO's figures are those that name it." if diagnosis.seeds else ""
    return "\n".join([*lines, "", WHO_SAYS + only])


def _told(value: float, form: str, unit: str = "") -> str:
    """A figure with its unit; a dash for one that nobody can tell."""
    return f"{value:{form}}{unit}" if isfinite(value) else "-"


def _untimed_lines(untimed: Mapping[str, str]) -> list[str]:
    """Signals of which nothing is said."""
    named = [f"  {short_id(key)}: {why}" for key, why in [*untimed.items()][:MOST_UNTIMED]]
    more = [f"  and {len(untimed) - MOST_UNTIMED} more"] if len(untimed) > MOST_UNTIMED else []
    return ["Not judged, because the plan does not time them:", *named, *more] if untimed else []


def _point_lines(rank: int, point: Point) -> list[str]:
    f = point.figures
    sumo = f" (SUMO {f.sumo_delay_s:.1f} s)" if isfinite(f.sumo_delay_s) else ""
    lines = [
        f"{rank}. {short_id(f.id)}: could save {f.gain_veh_h:.1f} of {f.delay_veh_h:.1f} veh*h; "
        f"delay {_told(f.delay_s, '.1f', ' s')}{sumo}, LOS {f.level_of_service or '-'}",
        f"     Xc {_told(f.critical_saturation, '.2f')}, green use {_told(100 * f.green_use, '.0f', ' %')}, "
        f"first pass {_told(100 * f.first_pass_share, '.0f', ' %')}, "
        f"imbalance {_told(f.imbalance, '.2f')} (approaches {_told(f.approach_imbalance, '.2f')})",
    ]
    told, n_more = point.weaknesses[:MOST_WORDS], len(point.weaknesses) - MOST_WORDS
    lines += [f"     {weakness.words}" for weakness in told] or ["     nothing stands out"]
    if n_more > 0:
        lines.append(f"     and {n_more} more weakness{'es' * (n_more > 1)}")
    if point.treatments:
        lines.append(f"     could help: {', '.join(point.treatments)}")
    return lines


def _arterial_lines(arterials: Iterable[ArterialFigures], with_sumo: bool) -> list[str]:
    rows = [["arterial", "travel time index", "in SUMO", "on green", "stops a signal", "lost [veh*h]"]]
    for way in arterials:
        rows.append(
            [
                f"{short_id(way.name)} {way.direction}",
                _told(way.travel_time_index, ".2f"),
                _told(way.sumo_travel_time_index, ".2f"),
                _told(100 * way.arrivals_on_green, ".0f", " %"),
                _told(way.stops, ".2f"),
                _told(way.delay_veh_h, ".1f"),
            ]
        )
    if not with_sumo:
        rows = [[*row[:2], *row[3:]] for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "   ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]).rstrip() for row in rows
    ]


def tables(diagnosis: Diagnosis) -> dict[str, str]:
    """CSV texts by file name: worklist, intersections, movements, links, arterials."""
    intersections = [point.figures for point in diagnosis.worklist]
    movements = [m for figures in intersections for m in figures.movements]
    return {
        "worklist.csv": _csv(WORK, _work(diagnosis)),
        "intersections.csv": _csv(INTERSECTION, map(_flat, intersections)),
        "movements.csv": _csv(MOVEMENT, map(_movement, movements)),
        "links.csv": _csv(_names(LinkFigures), map(asdict, diagnosis.links)),
        "arterials.csv": _csv(_names(ArterialFigures), map(asdict, diagnosis.arterials)),
    }


def _work(diagnosis: Diagnosis) -> Iterable[Row]:
    """A row for each weakness of each point, and one for a point without any."""
    for rank, point in enumerate(diagnosis.worklist, start=1):
        f = point.figures
        place = {"rank": rank, "intersection": f.id, "gain_veh_h": f.gain_veh_h}
        for weakness in point.weaknesses:
            yield {
                **place,
                "cause": weakness.cause,
                "words": weakness.words,
                "delay_veh_h": weakness.delay_veh_h,
                "treatments": "; ".join(weakness.treatments),
            }
        if not point.weaknesses:
            yield place


def _movement(figures: MovementFigures) -> dict[str, object]:
    return {name: _known(getattr(figures, name)) for name in MOVEMENT}


def _intersection(figures: IntersectionFigures) -> dict[str, object]:
    """Figures of an intersection without its movements."""
    return {name: _known(getattr(figures, name)) for name in INTERSECTION}


def _flat(figures: IntersectionFigures) -> dict[str, object]:
    """The same without lists."""
    return {
        **_intersection(figures),
        "stage_saturation": " ".join(f"{load:.3f}" for load in figures.stage_saturation),
        "stage_limit": "; ".join(figures.stage_limit),
        "standing": " ".join(figures.standing),
    }


def _csv(names: tuple[str, ...], rows: Iterable[Row]) -> str:
    """Rows as CSV; figures have six digits, and what nobody can tell is empty."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    for row in rows:
        values = [_known(row.get(name)) for name in names]
        writer.writerow([f"{v:.6g}" if isinstance(v, float) else "" if v is None else v for v in values])
    return text.getvalue()
