"""How a plan comes about: the field plan, a search, or a file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

SHIPPED = "shipped"
OPTIMIZE = "optimize"
PLAN = "plan"
STAGES = ("shipped", "protected", "warranted")
"""Values of `StagePolicy`, which takes long to be loaded."""
DEFAULT_STAGES = "protected"
REMEDY = "methods are shipped, optimize, optimize:shipped, optimize:protected, optimize:warranted, plan:FILE"


@dataclass(frozen=True, slots=True)
class Method:
    """A method of a matrix.

    Attributes
    ----------
    text
        As the matrix has it.
    stages
        Stage policy of a search; empty where nothing is searched.
    file
        A `plan.json`, or a SUMO additional file with programs; None where there is none.
    """

    text: str
    stages: str = ""
    file: Path | None = None

    @property
    def is_shipped(self) -> bool:
        """Whether the field plan runs, files untouched."""
        return not self.stages and self.file is None


def parse_method(text: str, folder: Path) -> Method:
    """The method of a text; files stand relative to `folder`.

    Raises
    ------
    ValueError
        If there is no such method, or no such file.

    Examples
    --------
    >>> parse_method("optimize", Path()).stages
    'protected'
    """
    kind, colon, rest = text.partition(":")
    if text == SHIPPED:
        return Method(text)
    if kind == OPTIMIZE and (not colon or rest in STAGES):
        return Method(text, stages=rest or DEFAULT_STAGES)
    if kind == PLAN and rest:
        file = folder / rest
        if not file.is_file():
            raise ValueError(f"{text!r}: {file} {'is no file' if file.exists() else 'does not exist'}")
        return Method(text, file=file)
    raise ValueError(f"{text!r} is no method; {REMEDY}")
