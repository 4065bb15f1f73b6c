"""What each family of treatments does: alone, in the order in which they are applied, and together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from trafficopt.comparison import Change, compare, paired_change
from trafficopt.evaluation import HEADLINE, Evaluation
from trafficopt.sumo.run_store import StoredRun
from trafficopt.units import Seconds

CITIES = ("The city as it is", "The treated city")


@dataclass(frozen=True, slots=True)
class Step:
    """A state of the city that ran in SUMO.

    Attributes
    ----------
    name
        The families that are applied, in words.
    detour_s
        Free driving [veh*s] that vehicles drive more than in the field, whatever the seed.
    """

    name: str
    run: StoredRun
    detour_s: Seconds = 0.0

    @property
    def evaluation(self) -> Evaluation:
        """What SUMO said."""
        return self.run.evaluation

    def lost_veh_h(self) -> tuple[float, ...]:
        """Delay of all demanded vehicles and detours, by seed [veh*h]."""
        return tuple(
            (run.mean_delay_s * run.demanded + self.detour_s) / 3600.0 for run in self.evaluation.runs
        )


@dataclass(frozen=True, slots=True)
class Effect:
    """What a family changes of the time that all vehicles lose [veh*h].

    Attributes
    ----------
    alone
        Against the field.
    in_order
        Against the families before it.
    """

    family: str
    alone: Change
    in_order: Change
    evidence: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Attribution:
    """Effects of all families, in the order in which they are applied.

    Attributes
    ----------
    before, together
        Time lost [veh*h] and mean delay [s] of the field and of all families together.
    """

    effects: tuple[Effect, ...]
    before: Step = field(repr=False)
    together: Step = field(repr=False)

    @property
    def change(self) -> Change:
        """Of the time lost, all families together."""
        return paired_change(self.before.lost_veh_h(), self.together.lost_veh_h())

    @property
    def delay_change(self) -> Change:
        """Of the mean delay of all demanded vehicles [s]."""
        return paired_change(
            self.before.evaluation.values(HEADLINE), self.together.evaluation.values(HEADLINE)
        )

    @property
    def caveats(self) -> tuple[str, ...]:
        """Runs of the field and of all families together that cannot be believed, and why."""
        return compare(self.before.evaluation, self.together.evaluation).caveats(CITIES)

    @property
    def overlap_veh_h(self) -> float:
        """What the effects alone add up to beyond all families together [veh*h]; below 0 they claim more."""
        return sum(effect.alone.mean for effect in self.effects) - self.change.mean


def attribute(
    field_state: Step, alone: Mapping[str, Step], in_order: Sequence[tuple[str, Step]]
) -> Attribution:
    """Tell the effect of each family.

    Parameters
    ----------
    field_state
        Before anything is applied.
    alone
        The field with one family, by family.
    in_order
        Family that came last, and the state with it and all before it.
    """
    effects, before = [], field_state
    for family, step in in_order:
        effects.append(
            Effect(
                family,
                paired_change(field_state.lost_veh_h(), alone[family].lost_veh_h()),
                paired_change(before.lost_veh_h(), step.lost_veh_h()),
                (alone[family].run.id, step.run.id),
            )
        )
        before = step
    return Attribution(tuple(effects), field_state, before)
