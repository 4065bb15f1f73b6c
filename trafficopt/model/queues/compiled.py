"""How the functions of the queue model are compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., Any])

# Without `nrt`: the functions only read and write arrays that the caller owns; counting references to two
# dozen arrays in every call takes longer than the calls themselves (docs/decisions/0007-queue-model.md).
OPTIONS: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy", "_nrt": False}


def compiled(function: Function) -> Function:
    """Compile a function of the model."""
    return cast(Function, numba.njit(**OPTIONS)(function))


def inlined(function: Function) -> Function:
    """Compile a function into those that call it, so that no descriptions of arrays are passed."""
    return cast(Function, numba.njit(forceinline=True, **OPTIONS)(function))
