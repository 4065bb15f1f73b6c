"""What islands and openings mean beside time lost, as records, as words for the ledger and as a table."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from math import isfinite
from pathlib import Path

from trafficopt.plan import TimingPlan
from trafficopt.programme.before_after import BeforeAfter, TurnFigures
from trafficopt.programme.island_figures import IslandFigures, island_figures
from trafficopt.programme.opening_figures import OpeningFigures, opening_figures
from trafficopt.scenario import Scenario
from trafficopt.sumo.network_edits import EditedScenario
from trafficopt.treatment import CloseOpening, MoveOpening, NetworkEdit, RemoveIsland
from trafficopt.whole_file import write_whole

SITES = "sites.csv"  # in the programme's folder
BASIS = "by geometry and plan, not simulated"

SiteFigures = IslandFigures | OpeningFigures

COLUMNS = (
    *("family", "site", "treatment", "turns", "flow_before_veh_h", "flow_after_veh_h"),
    *("capacity_before_veh_h", "capacity_after_veh_h", "cautious_capacity_before_veh_h"),
    *("fullest_turn_before", "fullest_turn_after", "opposing_before_veh_h", "further_m", "further_s"),
    *("walk_before_m", "walk_after_m", "crossing_before_m", "crossing_after_m"),
    *("roadway_before_m", "roadway_after_m", "wait_before_s", "wait_after_s", "crossings_without_green"),
    *("approaches", "walks_before_m", "walks_after_m", "waits_before_s", "waits_after_s", "basis"),
)


def site_figures(
    scenario: Scenario,
    edited: EditedScenario,
    edits: Iterable[NetworkEdit],
    plan: TimingPlan | None = None,
) -> dict[NetworkEdit, SiteFigures]:
    """Tell for islands and openings what they mean beside time lost, before and after.

    Right turns past a signal, and U-turns at an opening, go through the gaps of those to whom they yield;
    under a signal they have what green and the others on their lanes leave. Flows are those of the demand
    as its routes have them. Nothing here says whether anybody is safer.

    Parameters
    ----------
    edited
        The scenario with some treatments, `edits` among them.
    edits
        Other kinds of treatments are left out.
    plan
        Of `scenario`, the one that `edited.plan` was made of; by default the field plan.

    Raises
    ------
    InputError
        If the network cannot be read.
    ValueError
        If an edit is not among those of `edited`.

    Examples
    --------
    >>> import trafficopt as to
    >>> scenario = to.read_scenario(to.example_path("main_street"))
    >>> same = EditedScenario(scenario, scenario.field_plan, (), {})
    >>> site_figures(scenario, same, [])
    {}
    """
    asked = [edit for edit in edits if isinstance(edit, RemoveIsland | CloseOpening | MoveOpening)]
    if missing := [edit for edit in asked if edit not in edited.treatments]:
        raise ValueError(f"not among the treatments of the edited scenario: {missing[0]}")
    both = BeforeAfter(scenario, edited, plan or scenario.field_plan)
    return {
        edit: island_figures(both, edit) if isinstance(edit, RemoveIsland) else opening_figures(both, edit)
        for edit in asked
    }


def site_words(figures: SiteFigures) -> str:
    """The figures of a site for a closing reason, in one line."""
    return _island_words(figures) if isinstance(figures, IslandFigures) else _opening_words(figures)


def _island_words(figures: IslandFigures) -> str:
    turns, old, new = figures.turns, figures.walk_before, figures.walk_after
    before = sum(turn.capacity_before_veh_h for turn in turns)
    after = sum(turn.capacity_after_veh_h for turn in turns)
    fullest = max(turn.saturation_before for turn in turns), max(turn.saturation_after for turn in turns)
    words = [
        f"right turns {before:.0f} to {after:.0f} veh/h for {sum(t.flow_before_veh_h for t in turns):.0f}",
        f"the fullest at {_percent(fullest[0])} to {_percent(fullest[1])}",
        f"walk across all approaches {old.walk_m:.0f} to {new.walk_m:.0f} m",
        f"{old.roadway_m:.0f} to {new.roadway_m:.0f} m of it on the roadway",
    ]
    if isfinite(figures.waits_s[0]):
        words.append("wait {:.1f} to {:.1f} s an approach".format(*figures.waits_s))
    if figures.without_green:
        words.append(
            f"{figures.without_green} of {len(figures.crossings)} with no green long enough to cross"
        )
    return f"{', '.join(words)} ({BASIS})"


def _opening_words(figures: OpeningFigures) -> str:
    turn = figures.turn
    after = "no turn at a signal"
    if isfinite(turn.capacity_after_veh_h):
        after = f"{turn.capacity_after_veh_h:.0f} veh/h for {turn.flow_after_veh_h:.0f}"
    way = "further" if figures.further_m >= 0 else "less"
    return (
        f"U-turns {turn.capacity_before_veh_h:.0f} veh/h for {turn.flow_before_veh_h:.0f} to {after}, "
        f"{abs(figures.further_m):.0f} m and {abs(figures.further_s):.0f} s {way} for each"
    )


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if isfinite(share) else "no room at all"


def sites_csv(figures: Mapping[NetworkEdit, SiteFigures]) -> str:
    """A row for each site, empty where a figure has no meaning; infinite where nothing is left.

    Sums and means over all turns and all approaches of a site, then walks and waits by approach, separated
    by spaces.
    """
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    for edit, each in figures.items():
        cells = _island_cells(each) if isinstance(each, IslandFigures) else _opening_cells(each)
        writer.writerow({"family": edit.family, "site": edit.place, "treatment": edit, **cells})
    return text.getvalue()


def write_sites(figures: Mapping[NetworkEdit, SiteFigures], folder: Path) -> None:
    """Write the table of all sites to a folder.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    write_whole(folder / SITES, sites_csv(figures))


def _turn_cells(turns: Iterable[TurnFigures]) -> dict[str, object]:
    each = tuple(turns)
    return {
        "turns": len(each),
        "flow_before_veh_h": _number(sum(turn.flow_before_veh_h for turn in each)),
        "flow_after_veh_h": _number(sum(turn.flow_after_veh_h for turn in each)),
        "capacity_before_veh_h": _number(sum(turn.capacity_before_veh_h for turn in each)),
        "capacity_after_veh_h": _number(sum(turn.capacity_after_veh_h for turn in each)),
        "fullest_turn_before": _number(max(turn.saturation_before for turn in each), 3),
        "fullest_turn_after": _number(max(turn.saturation_after for turn in each), 3),
    }


def _island_cells(figures: IslandFigures) -> dict[str, object]:
    old, new, crossings = figures.walk_before, figures.walk_after, figures.crossings
    return {
        **_turn_cells(figures.turns),
        "walk_before_m": _number(old.walk_m),
        "walk_after_m": _number(new.walk_m),
        "crossing_before_m": _number(old.crossing_m),
        "crossing_after_m": _number(new.crossing_m),
        "roadway_before_m": _number(old.roadway_m),
        "roadway_after_m": _number(new.roadway_m),
        "wait_before_s": _number(figures.waits_s[0]),
        "wait_after_s": _number(figures.waits_s[1]),
        "crossings_without_green": figures.without_green,
        "approaches": " ".join(crossing.approach for crossing in crossings),
        "walks_before_m": " ".join(_number(crossing.before.walk_m) for crossing in crossings),
        "walks_after_m": " ".join(_number(crossing.after.walk_m) for crossing in crossings),
        "waits_before_s": " ".join(_number(crossing.wait_before_s) for crossing in crossings),
        "waits_after_s": " ".join(_number(crossing.wait_after_s) for crossing in crossings),
        "basis": BASIS,
    }


def _opening_cells(figures: OpeningFigures) -> dict[str, object]:
    return {
        **_turn_cells([figures.turn]),
        "cautious_capacity_before_veh_h": _number(figures.cautious_veh_h),
        "opposing_before_veh_h": _number(figures.opposing_veh_h),
        "further_m": _number(figures.further_m),
        "further_s": _number(figures.further_s),
        "basis": BASIS,
    }


def _number(value: float, digits: int = 1) -> str:
    """A cell; empty for what does not exist."""
    return f"{value:.{digits}f}" if value == value else ""
