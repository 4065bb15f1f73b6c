"""The ledger of a programme: a matter for each signal, arterial, opening, island and district, closed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import isfinite

from trafficopt.comparison import Verdict
from trafficopt.diagnosis.diagnose import Point
from trafficopt.ledger import USUAL_EFFORT, Kind, Ledger, Matter, open_matter
from trafficopt.model.measures import intersection_delays
from trafficopt.network import Arterial
from trafficopt.plan import TimingPlan
from trafficopt.programme.run import Programme
from trafficopt.programme.site_matters import site_matters
from trafficopt.treatment import Family


def ledger_of(programme: Programme) -> Ledger:
    """Write down every matter of a programme; none stays open."""
    return Ledger(
        (
            *_signals(programme),
            *_arterials(programme),
            *site_matters(programme),
            *_districts(programme),
        )
    )


def _better(programme: Programme) -> bool:
    """Whether everything together is better than the field beyond noise."""
    return programme.attribution.change.verdict is Verdict.BETTER


def _signals(programme: Programme) -> Iterator[Matter]:
    """A matter for each intersection."""
    attribution, final = programme.attribution, programme.final
    before = intersection_delays(programme.scenario.network, attribution.before.evaluation)
    after = intersection_delays(final.scenario.network, attribution.together.evaluation)
    points = {point.figures.id: point for point in programme.diagnosis.worklist}
    for node in programme.scenario.network.intersections:
        found, figure = _diagnosed(points.get(node.id))
        family = _family(programme, node.id)
        matter = open_matter(
            f"S-{node.id}",
            node.id,
            Kind.INTERSECTION,
            found,
            figure,
            owner=programme.sites.owners["signals"],
            effort=USUAL_EFFORT[family],
            opened=programme.sites.opened,
        )
        told = _told(before.get(node.id), after.get(node.id))
        kept = node.id not in programme.scenario.retime
        matter = matter.propose("keep the field plan" if kept else _measure(programme, node.id, family))
        matter = matter.test(f"runs/{attribution.together.run.id}")
        if kept:
            yield matter.adopt(f"not among the signals to be retimed; {told}")
        elif _better(programme):
            worse = before.get(node.id, 0.0) < after.get(node.id, 0.0)
            yield matter.adopt(f"{told}; more here, less in the whole city" if worse else told)
        else:
            yield matter.reject(f"the plans together are not better beyond noise; {told}")


def _diagnosed(point: Point | None) -> tuple[str, str]:
    """What was found at a signal, and the figure behind it."""
    if point is None:
        return "not timed by the field plan", "0.0 veh*h"
    words = point.weaknesses[0].words if point.weaknesses else "nothing stands out"
    return words, f"{point.figures.delay_veh_h:.1f} veh*h"


def _family(programme: Programme, key: str) -> Family:
    """What kind of change the final plan makes at a signal, against the field plan on the final network."""
    old = programme.final.scenario.field_plan.timings.get(key)
    new = programme.final.plan.timings.get(key)
    if old is None or new is None:
        return Family.RETIME
    same = [stage.state for stage in old.stages] == [stage.state for stage in new.stages]
    return Family.RETIME if same else Family.RESEQUENCE


def _measure(programme: Programme, key: str, family: Family) -> str:
    """The new timing in words."""
    plan: TimingPlan = programme.final.plan
    timing = plan.timings[key]
    stages = "new stage order, " if family is Family.RESEQUENCE else ""
    waves = [a.name for a in programme.scenario.network.arterials if key in a.intersections]
    wave = f", coordinated on {' and '.join(waves)}" if waves else ""
    return f"{stages}cycle {timing.cycle_s:g} s, offset {timing.offset_s:g} s{wave}"


def _told(before: float | None, after: float | None) -> str:
    """Delay of a place before and after in SUMO."""
    if before is None or after is None or not (isfinite(before) and isfinite(after)):
        return "nobody passes there in SUMO"
    return f"delay on its approaches {before:.1f} to {after:.1f} s/veh in SUMO"


def _arterials(programme: Programme) -> Iterator[Matter]:
    """A matter for each arterial: time lost on its links, both ways."""
    attribution = programme.attribution
    old, new = attribution.before.evaluation.link_delay_s, attribution.together.evaluation.link_delay_s
    for arterial in programme.scenario.network.arterials:
        before, after = _lost(arterial, old), _lost(arterial, new)
        gaps = [way for way in programme.diagnosis.arterials if way.name == arterial.name]
        found = "; ".join(
            f"{way.direction}: {100 * way.arrivals_on_green:.0f} % arrive on green" for way in gaps
        )
        matter = open_matter(
            f"A-{arterial.name}",
            arterial.name,
            Kind.ARTERIAL,
            found or "a row of signals",
            f"{before:.1f} veh*h",
            owner=programme.sites.owners["signals"],
            effort=USUAL_EFFORT[Family.COORDINATE],
            opened=programme.sites.opened,
        )
        n = len(arterial.intersections)
        matter = matter.propose(f"coordinate {n} signals").test(f"runs/{attribution.together.run.id}")
        told = f"time lost on its links {before:.1f} to {after:.1f} veh*h in SUMO"
        yield matter.adopt(told) if after < before and _better(programme) else matter.reject(told)


def _lost(arterial: Arterial, link_delay_s: Mapping[str, float]) -> float:
    links = {key for path in (*arterial.outbound, *arterial.inbound) for key in path}
    return sum(link_delay_s.get(key, 0.0) for key in links) / 3600.0


def _districts(programme: Programme) -> Iterator[Matter]:
    """A matter for the parking of each district."""
    effect = next((e for e in programme.attribution.effects if e.family == Family.PARKING), None)
    for district in programme.parking:
        matter = open_matter(
            f"P-{district.name}",
            district.name,
            Kind.DISTRICT,
            f"{district.trip_ends_veh_h:.0f} trips end here an hour",
            f"{district.spaces_added} spaces",
            owner=programme.sites.owners["parking"],
            effort=USUAL_EFFORT[Family.PARKING],
            opened=programme.sites.opened,
        )
        matter = matter.propose(f"add {district.spaces_added} public parking spaces")
        assert effect is not None
        matter = matter.test(f"runs/{effect.evidence[0]}")
        told = (
            f"all districts together change {effect.alone.mean:+.1f} veh*h alone, by assumptions on cruising"
        )
        yield matter.adopt(told) if effect.alone.mean < 0 else matter.reject(told)
