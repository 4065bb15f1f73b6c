"""An extension of Griffe: parameters that are documented together keep each its own type and default."""

from __future__ import annotations

from typing import Any

import griffe


class OwnAnnotations(griffe.Extension):
    """Mends what the parser of docstrings does: it gives all of them what the first one has."""

    def on_function(self, *, func: griffe.Function, **_: Any) -> None:
        """Called for each function that is read."""
        if func.docstring is None:
            return
        func.docstring.parser = griffe.Parser.numpy
        for section in func.docstring.parsed:
            if section.kind is griffe.DocstringSectionKind.parameters:
                for parameter in section.value:
                    if parameter.name in func.parameters:
                        own = func.parameters[parameter.name]
                        parameter.annotation, parameter.value = own.annotation, own.default
