"""Where the queue model and SUMO differ, and what is known of these places, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from trafficopt.intersection import Control, Turn
from trafficopt.model.reconciliation import Reconciliation, Row
from trafficopt.plan import TimingPlan
from trafficopt.problem import Problem
from trafficopt.reporting.words.reconciliation_site import Site
from trafficopt.reporting.words.wording import number, signed
from trafficopt.stage import GREEN

MINOR = {"m": "gives way", "w": "gives way", "=": "gives way to the right", "s": "has to stop"}
TURNS = {
    Turn.THROUGH: "through traffic",
    Turn.LEFT: "the left turn",
    Turn.RIGHT: "the right turn",
    Turn.U_TURN: "the U-turn",
}
OTHER_ROUTES = 0.15  # share of vehicles that one of the two sends elsewhere, and
FEWEST_VEHICLES = 10  # at least so many
FEW = 0.1  # vehicles as a share of those of a movement beside
SHORT_M = 60.0
FILLING, FULL = 0.2, 0.5  # mean queue as a share of the room on a link
OTHER_DISCHARGE = 0.15
BALANCED = 0.5  # share of a difference that is left when a link beside is counted too
NOISE = 2.0  # standard errors
MOST_NAMED = 3
NO_CAUSE = "nothing that the model is known to miss: look at when vehicles arrive and at their lanes"


Rule = Callable[[Row, Site], str]


def explain(found: Reconciliation, problem: Problem, plan: TimingPlan, n: int = 10) -> tuple[str, ...]:
    """Say where the model and SUMO differ most, by how much, and what may be behind it.

    The causes are rules over what is known of a place, not measurements: what is named is there, but it
    need not be what makes the difference.

    Parameters
    ----------
    n
        Places that are told of, greatest difference of all vehicles' delay first.
    """
    site = Site(problem, plan, found)
    return tuple(_told(row, site) for row in found.worst(n))


def _told(row: Row, site: Site) -> str:
    model, sumo = row.delay_s
    n = row.vehicles
    rules = MOVEMENT_RULES if len(row.links) > 1 else ENTRY_RULES
    causes = [text for text in (rule(row, site) for rule in rules) if text] or [NO_CAUSE]
    driven = " and ".join(dict.fromkeys(number(side, 0) for side in n))
    delays = f"model {_seconds(model)}, SUMO {_seconds(sumo)} a vehicle ({driven} vehicles)"
    total = (
        f"{signed(row.total_s.difference / 3600.0)} veh h, {number(100 * row.share, 0)} % of all differences"
    )
    return f"{_name(row, site)}: {delays}; {total}. {_sentence(causes)}"


def _seconds(value: float) -> str:
    return f"{number(value)} s" if value == value else "nobody got through"


def _sentence(parts: list[str]) -> str:
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}."


def _name(row: Row, site: Site) -> str:
    if len(row.links) == 1:
        return f"Waiting to depart on {row.name}"
    first = next(iter(site.of(row)))
    where = f" at signal {first.signal}" if first.signal else f" at {first.node}"
    kind = TURNS[first.turn].removeprefix("the ").capitalize()
    return f"{kind} {row.name}{where}"


def _unknown_program(row: Row, site: Site) -> str:
    signals = {c.signal for c in site.of(row) if c.signal}
    guessed = sorted(key for key in signals if key not in site.plan.timings)
    if not guessed:
        return ""
    actuated = any(site.problem.network[key].control is not Control.FIXED_TIME for key in guessed)
    kind = "is actuated" if actuated else "has no program that is known"
    return f"the signal {kind}: the model runs one that it guesses"


def _never_green(row: Row, site: Site) -> str:
    shown = [site.shown(c) for c in site.of(row)]
    dark = all(letters and not set(letters) & set(GREEN + "soO") for letters in shown)
    return "the plan never shows it green" if shown and dark else ""


def _lock_up(row: Row, site: Site) -> str:
    model = [link for link in row.links if link in site.found.estimate.standing]
    sumo = [link for link in row.links if link in site.links and _stands(site.links[link])]
    if model and not sumo:
        return f"{_links(model)} locked up in the model, not in SUMO"
    if sumo and not model:
        return f"{_links(sumo)} locked up in SUMO, not in the model"
    return f"{_links(model)} locked up in both" if model else ""


def _stands(link: Row) -> bool:
    """Whether hardly anybody gets off a link in SUMO that many wait on."""
    return link.total_s.sumo > 600.0 * max(link.vehicles.sumo, 1.0)


def _other_routes(row: Row, site: Site) -> str:
    away = abs(row.vehicles.difference)
    many = away >= max(FEWEST_VEHICLES, OTHER_ROUTES * max(row.vehicles))
    delay_s = row.delay_s.sumo if row.vehicles.sumo else row.delay_s.model
    if not many and away * abs(delay_s) < 0.5 * abs(row.total_s.difference):
        return ""
    driven = f"{number(row.vehicles.model, 0)} vehicles in the model, {number(row.vehicles.sumo, 0)} in SUMO"
    if site.found.estimate.chosen_routes:
        return f"drivers choose other routes, or fewer get here by the end: {driven}"
    return f"not as many get here by the end: {driven}"


def _permissive(row: Row, site: Site) -> str:
    graph = site.graph.connections
    first = [f for k, f in site.foes(row) if graph[k].signal and site.together(graph[k], graph[f])]
    if not first:
        return ""
    sides = dict.fromkeys(site.ends(f)[0] for f in first)
    letters = "".join(site.shown(c) for c in site.of(row))
    protected = ", with a protected green besides" if "G" in letters else ""
    return f"its green gives way to traffic from {_listed(sides)}{protected}"


def _minor(row: Row, site: Site) -> str:
    graph = site.graph.connections
    ways = [c for c in site.of(row) if not c.signal and c.right_of_way in MINOR]
    if not ways:
        return ""
    sides = dict.fromkeys(site.ends(f)[0] for k, f in site.foes(row) if not graph[k].signal)
    others = f" to traffic from {_listed(sides)}" if sides else ""
    return f"no signal: it {MINOR[ways[0].right_of_way]}{others}"


def _unopposed(row: Row, site: Site) -> str:
    ways = site.of(row)
    if any(c.signal or c.right_of_way in MINOR for c in ways) or any(site.foes(row)):
        return ""
    return "nobody has to stop here: vehicles change lanes for what is ahead, or queue back from it"


def _shared_lane(row: Row, site: Site) -> str:
    lanes = {c.from_lane for c in site.of(row)}
    others: dict[str, None] = {}
    for k, c in enumerate(site.graph.connections):
        ends = site.ends(k)
        if c.from_lane in lanes and ends != row.links and site.vehicles[ends] > FEW * max(row.vehicles):
            others[f"{TURNS[c.turn]} to {ends[1]}"] = None
    which = "its lane is" if len(lanes) == 1 else "its lanes are"
    return f"{which} shared with {_listed(others)}" if others else ""


def _short_link(row: Row, site: Site) -> str:
    link = row.links[0]
    length_m = site.problem.network.links[link].length_m
    model, sumo = site.queue_veh(link)
    if length_m >= SHORT_M or max(model, sumo) < FILLING * site.room_veh[link]:
        return ""
    return (
        f"link {link} is short ({number(length_m, 0)} m, room for {number(site.room_veh[link], 0)} vehicles) "
        f"and fills up: on average {number(model)} are held there in the model, {number(sumo)} in SUMO"
    )


def _full_ahead(row: Row, site: Site) -> str:
    link = row.links[-1]
    limit = FULL * site.room_veh[link]
    full = [where for where, n in zip(("the model", "SUMO"), site.queue_veh(link), strict=True) if n > limit]
    if not full:
        return ""
    where = "both" if len(full) == 2 else f"{full[0]} only"
    return f"the link ahead, {link}, is full for much of the time in {where}"


def _discharge(row: Row, site: Site) -> str:
    model, sumo = row.saturation_veh_h
    if not abs(model - sumo) > OTHER_DISCHARGE * sumo:
        return ""
    return f"a queue discharges at {number(model, 0)} veh/h a lane in the model, {number(sumo, 0)} in SUMO"


def _balanced(row: Row, site: Site) -> str:
    """Whether a link beside has about the same difference the other way: the queue stands elsewhere."""
    own = row.total_s.difference
    for place, beside in (("ahead of it", row.links[1:]), ("behind it", site.behind[row.links[0]])):
        for link in beside:
            other = site.links[link].total_s.difference if link in site.links else 0.0
            if own * other < 0 and abs(own + other) < BALANCED * abs(own):
                left = signed((own + other) / 3600.0)
                together = f"together with {link} {place}, the difference is {left} veh h"
                return f"the queue stands elsewhere: {together}"
    return ""


def _noise(row: Row, site: Site) -> str:
    if not abs(row.delay_s.difference) < NOISE * row.error_s:
        return ""
    return f"within the noise of SUMO's seeds (standard error {number(row.error_s)} s)"


def _entry(row: Row, site: Site) -> str:
    link = row.links[0]
    lanes = sum(lane.link == link for lane in site.graph.lanes)
    per_hour = row.vehicles.sumo * 3600.0 / site.found.period_s
    length_m = site.problem.network.links[link].length_m
    lanes_named = "1 lane" if lanes == 1 else f"{lanes} lanes"
    wanted = f"{number(per_hour, 0)} veh/h want to enter over {lanes_named} of {number(length_m, 0)} m"
    if max(site.queue_veh(link)) > FILLING * site.room_veh[link]:
        return f"the link cannot take its demand: {wanted}, and its queue reaches its beginning at times"
    return f"vehicles are let in late: {wanted}"


MOVEMENT_RULES: tuple[Rule, ...] = (
    *(_unknown_program, _never_green, _lock_up, _other_routes, _permissive, _minor, _unopposed, _shared_lane),
    *(_short_link, _full_ahead, _balanced, _discharge, _noise),
)
ENTRY_RULES: tuple[Rule, ...] = (_lock_up, _entry)


def _links(names: Sequence[str]) -> str:
    return f"{'link' if len(names) == 1 else 'links'} {_listed(names)}"


def _listed(names: Iterable[str]) -> str:
    """First few names, and how many more."""
    found = list(names)
    if len(found) > MOST_NAMED:
        return f"{', '.join(found[:MOST_NAMED])} and {len(found) - MOST_NAMED} more"
    return " and ".join([", ".join(found[:-1]), found[-1]]) if len(found) > 1 else "".join(found)
