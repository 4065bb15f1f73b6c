"""The catalog of safety rules: what each says, where it comes from, how to mend a breach."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Severity(StrEnum):
    """How much a finding weighs: an error makes a signal unsafe."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that the rows of a signal are checked against.

    Attributes
    ----------
    id
        Stable name, as waivers use it.
    title
        What is found, in one sentence.
    source
        Where the rule comes from; "[from memory]" marks what was not read again.
    remedy
        How to mend a breach.
    """

    id: str
    severity: Severity
    title: str
    source: str
    remedy: str


_PROFILE = "rule profile of the scenario"
_BY_HAND = "[[conflicts]] corrects paths that do not meet on site"
_SUMO_STATES = "SUMO documentation, signal state definitions"

_ERRORS_OF_STATE = (
    Rule(
        "bad-state",
        Severity.ERROR,
        "A row has not one known letter for each head, or no positive duration.",
        _SUMO_STATES,
        "write one of rRyYuUgGsoO for each head and a duration above 0 s",
    ),
    Rule(
        "cycle-sum",
        Severity.ERROR,
        "The rows do not add up to the cycle.",
        "docs/glossary.md, cycle",
        "lengthen or shorten a green by the difference",
    ),
    Rule(
        "conflicting-greens",
        Severity.ERROR,
        "Two movements whose paths meet have green that does not yield (G) together.",
        "GB/T 51439-2021 9.2.1(1); MUTCD part 4D [from memory]",
        f"give them stages of their own, or show g to the one that yields; {_BY_HAND}",
    ),
    Rule(
        "permissive-without-yield",
        Severity.ERROR,
        "A movement has yielding green (g, s) but the network does not make it yield.",
        "SUMO documentation: g yields only where the junction's request row says so",
        f"give the movements stages of their own, or build the network again with this plan; {_BY_HAND}",
    ),
    Rule(
        "newly-permissive",
        Severity.ERROR,
        "A movement yields on green where the requirements do not allow it.",
        f"{_PROFILE}, permissive; trials with the RESCO maps, docs/rules.md",
        "keep its protected stage, or choose a profile whose warrant allows it",
    ),
)

_ERRORS_OF_TIME = (
    Rule(
        "missing-yellow",
        Severity.ERROR,
        "Vehicles go from green to red without yellow.",
        "GB 14886-2016, order of lamps; MUTCD part 4D [from memory]",
        "insert a row with yellow",
    ),
    Rule(
        "short-yellow",
        Severity.ERROR,
        "Yellow after green is too short.",
        f"{_PROFILE}, yellow; for example 1 s + v / (2a + 2gG)",
        "lengthen the yellow",
    ),
    Rule(
        "green-to-permissive",
        Severity.ERROR,
        "Protected green (G) becomes yielding green (g) with no yellow between, as opposing green begins.",
        "trials with the RESCO maps, docs/rules.md; MUTCD on the steady yellow arrow [from memory]",
        "insert yellow between them, or show the yielding green first",
    ),
    Rule(
        "short-intergreen",
        Severity.ERROR,
        "Too little time from the end of a movement's green to the green of one that it meets.",
        f"{_PROFILE}, intergreen; for example yellow + (W + L) / v",
        "lengthen yellow or all-red between the two, or change the stage order",
    ),
    Rule(
        "short-walk-clearance",
        Severity.ERROR,
        "Too little time from the end of walk to the green of vehicles that meet the crossing.",
        f"{_PROFILE}, intergreen; MUTCD 2009 4E.06; GB/T 51439-2021 9.2.1(3)",
        "end walk earlier, or begin the vehicles' green later",
    ),
    Rule(
        "short-green",
        Severity.ERROR,
        "A green of vehicles is too short.",
        f"{_PROFILE}, minimum green",
        "lengthen the green",
    ),
    Rule(
        "short-walk",
        Severity.ERROR,
        "A walk is too short.",
        f"{_PROFILE}, minimum walk; MUTCD 2009 4E.06",
        "lengthen the walk",
    ),
    Rule(
        "never-served",
        Severity.ERROR,
        "A movement or a crossing is never green.",
        "nobody ever passes; in SUMO vehicles wait until they are teleported",
        "give it green in a stage",
    ),
)

_WARNINGS_AND_NOTES = (
    Rule(
        "yellow-without-green",
        Severity.WARNING,
        "Yellow follows red; red-and-yellow before green is u.",
        "GB 14886-2016, order of lamps",
        "write u before green, r elsewhere",
    ),
    Rule(
        "long-red",
        Severity.WARNING,
        "Vehicles wait too long for green.",
        f"{_PROFILE}, longest red",
        "shorten the cycle, or serve the movement twice",
    ),
    Rule(
        "long-walk-wait",
        Severity.WARNING,
        "Pedestrians wait too long for walk.",
        f"{_PROFILE}, longest red; GB/T 51439-2021 9.2.1(4)",
        "shorten the cycle, serve the crossing twice, or build a refuge",
    ),
    Rule(
        "always-green",
        Severity.WARNING,
        "Vehicles have green all the time; a note where they only merge, or nobody they meet is ever green.",
        "trials with the RESCO maps, docs/rules.md",
        "give the movement red at some time, or take it out of the signal",
    ),
    Rule(
        "idle-stage",
        Severity.WARNING,
        "For longer than any intergreen nobody is served but those who are green all the time.",
        "lost time without use, docs/rules.md",
        "drop the row, or give green to somebody",
    ),
    Rule(
        "u-turn-across-walk",
        Severity.WARNING,
        "A U-turn is green while a crossing that it meets is.",
        "GB/T 51439-2021 9.2.1(1)",
        "move the U-turn to a stage without that crossing",
    ),
    Rule(
        "switched-off",
        Severity.WARNING,
        "Heads are dark (O) or flash (o).",
        _SUMO_STATES,
        "write a program that is on, or leave the signal out",
    ),
    Rule(
        "merge-within-approach",
        Severity.NOTE,
        "Lanes of one approach merge behind the stop line while both have G.",
        "SUMO documentation: G does not yield",
        "let the lanes lead to exit lanes of their own, or show g to one of them",
    ),
)

_OF_THE_SYSTEM = (
    Rule(
        "saturated",
        Severity.WARNING,
        "A lane has more demand than it can be served.",
        "HCM: volume-to-capacity ratio above 1 [from memory]; by the model, not measured",
        "give the movement more green, or change stages, lanes or demand",
    ),
    Rule(
        "cycles-drift",
        Severity.WARNING,
        "Neighbors have cycles that are nearly, but not quite, one or half of one another.",
        "TRR 2311, page 85: errors in controller databases",
        "give both the same cycle, or half of it to one",
    ),
    Rule(
        "zone-cycles",
        Severity.WARNING,
        "A signal of an arterial runs neither its cycle nor half of it: no green wave can hold.",
        "docs/glossary.md, coordination zone",
        "give the signals of an arterial one cycle",
    ),
    Rule(
        "cycle-range",
        Severity.WARNING,
        "The cycle is outside the range of the rule profile.",
        f"{_PROFILE}, shortest and longest cycle",
        "choose a cycle within the range, or change [limits]",
    ),
    Rule(
        "permissive-volume",
        Severity.WARNING,
        "A turn that never goes first gives way to more traffic than the warrant for permissive turns has.",
        f"{_PROFILE}, permissive_left_max_volume_product",
        "give the turn a stage of its own",
    ),
    Rule(
        "stale-waiver",
        Severity.NOTE,
        "A waiver covers no finding.",
        "scenario.toml",
        "take it out",
    ),
)

RULES: Mapping[str, Rule] = MappingProxyType(
    {rule.id: rule for rule in (*_ERRORS_OF_STATE, *_ERRORS_OF_TIME, *_WARNINGS_AND_NOTES, *_OF_THE_SYSTEM)}
)
"""All rules by id, in the order in which findings are listed."""
