"""How a plan's values under several demands become one: their mean, or the mean of the worst of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from trafficopt.errors import InputError
from trafficopt.table_repr import Table, Tabled

CVAR = "cvar"
ROUNDING = 1e-12  # of a value: so that what is exactly as much as allowed is not above it
USUAL_SHARE = 0.5


@dataclass(frozen=True, slots=True, repr=False)
class Risk(Tabled):
    """Mean over the worst share of the demands: all of them, or less.

    With a share below 1 this is the conditional value at risk at the level 1 - share (Rockafellar and
    Uryasev 2000); a demand that is only partly among the worst counts with that part, as in their paper on
    general distributions of 2002. A share up to the weight of the worst demand leaves that one alone.

    Attributes
    ----------
    share
        Part of all weight that counts, above 0 and up to 1.

    Raises
    ------
    InputError
        If the share is not so.

    Examples
    --------
    >>> Risk().value([20.0, 30.0, 70.0], [0.25, 0.5, 0.25])
    37.5
    >>> Risk(0.5).value([20.0, 30.0, 70.0], [0.25, 0.5, 0.25])
    50.0
    >>> print(Risk(), Risk(0.5))
    mean cvar:0.5
    """

    share: float = 1.0

    def __post_init__(self) -> None:
        if not 0.0 < self.share <= 1.0:
            fault = f"the worst share is {self.share:g}"
            raise InputError("risk", fault, "give a share above 0 and up to 1, such as cvar:0.3")

    @classmethod
    def named(cls, text: str) -> Risk:
        """What `mean`, `cvar` (the worst half) or `cvar:0.3` (the worst 0.3) stands for.

        Raises
        ------
        InputError
            If `text` is none of these.
        """
        name, colon, share = text.partition(":")
        if text == "mean" or (name == CVAR and not colon):
            return cls(1.0 if text == "mean" else USUAL_SHARE)
        try:
            number = float(share)
        except ValueError:
            number = math.nan
        if name != CVAR or math.isnan(number):
            raise InputError("risk", f"there is none named {text!r}", "choose mean, cvar or cvar:SHARE")
        return cls(number)

    @property
    def is_mean(self) -> bool:
        """Whether all demands count."""
        return self.share >= 1.0

    def value(self, values: Sequence[float], weights: Sequence[float]) -> float:
        """The one value for those under each demand; their order does not matter.

        Parameters
        ----------
        values
            One for each demand; less is better.
        weights
            Of the demands; they add up to 1.
        """
        return self._mass(values, weights, self.share) / self.share

    def value_within(
        self, asked: Sequence[Callable[[float], float]], weights: Sequence[float], most: float = math.inf
    ) -> float:
        """The one value of what is asked for each demand in turn; inf as soon as it must be above `most`.

        Parameters
        ----------
        asked
            Gives the value under a demand, none of them below zero; it may answer inf above what it is
            called with.
        """
        most *= 1.0 + ROUNDING
        known: list[float] = []
        for k, ask in enumerate(asked):
            own = min(weights[k], self.share)
            others = self._mass(known, weights[:k], self.share - own)
            limit = (most * self.share - others) / own
            found = ask(limit) if limit >= 0.0 else math.inf
            known.append(found)
            if math.isinf(found) or self._mass(known, weights[: k + 1], self.share) > most * self.share:
                return math.inf
        return self.value(known, weights)

    def _mass(self, values: Sequence[float], weights: Sequence[float], share: float) -> float:
        """Sum of the largest values times their weights, up to the weight `share` of them."""
        if self.is_mean:
            return math.fsum(weight * value for value, weight in zip(values, weights, strict=True))
        left, parts = share, []
        for value, weight in sorted(zip(values, weights, strict=True), reverse=True):
            part = min(weight, left)
            if part > 0.0:
                parts.append(part * value)
            left -= part
        return math.fsum(parts)

    def __str__(self) -> str:
        return "mean" if self.is_mean else f"{CVAR}:{self.share:g}"

    def _table(self) -> Table:
        worst = "all demands" if self.is_mean else f"the worst {self.share:g} of the demands"
        return Table(f"Risk {self}: mean over {worst}")


MEAN = Risk()
