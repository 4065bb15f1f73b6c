"""What a report shows as a file, from which the report can be drawn again."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable, Mapping, Set
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin

import numpy as np
from cattrs import Converter
from cattrs.errors import BaseValidationError
from cattrs.gen import make_dict_unstructure_fn, override
from cattrs.preconf.json import make_converter

from trafficopt.demand import Demand
from trafficopt.errors import InputError
from trafficopt.evaluation import Evaluation
from trafficopt.reporting.pages.programme_page import ProgrammeFacts, render_programme_page
from trafficopt.reporting.pages.report import PAGE, render_report
from trafficopt.study_findings import Study
from trafficopt.whole_file import write_whole, write_whole_bytes

FILE = "report.json.gz"
FORMAT = 1

Shown = Study | ProgrammeFacts
PAGES: Mapping[str, tuple[type, Callable[..., str]]] = {
    "study": (Study, render_report),
    "programme": (ProgrammeFacts, render_programme_page),
}
"""What a report may show, and how it is drawn."""


def write_shown(shown: Shown, folder: Path) -> None:
    """Write `report.html`, and what it shows as `report.json.gz`, to a folder.

    Raises
    ------
    OSError
        If a file cannot be written.
    """
    write_whole_bytes(folder / FILE, saved(shown))
    write_whole(folder / PAGE, page(shown))


def page(shown: Shown) -> str:
    """The report as HTML text."""
    return next(draw(shown) for kind, draw in PAGES.values() if isinstance(shown, kind))


def saved(shown: Shown) -> bytes:
    """What a report shows as compressed JSON, the same bytes for the same contents.

    The vehicles of the demand, which no report shows, are not in it.
    """
    if isinstance(shown, Study):
        shown = replace(shown, scenario=replace(shown.scenario, demand=Demand.none(), demanded={}))
    kind = next(name for name, (kind, _) in PAGES.items() if isinstance(shown, kind))
    held = {"format": FORMAT, "kind": kind, "shown": _converter().unstructure(shown)}
    text = json.dumps(held, ensure_ascii=False, separators=(",", ":"))
    return gzip.compress(text.encode(), compresslevel=6, mtime=0)


def read_shown(path: str | Path) -> Shown:
    """Read what a report shows, from the folder that a run left or from the file itself.

    Raises
    ------
    InputError
        If there is none, or it cannot be read.

    Examples
    --------
    >>> read_shown("nowhere")
    Traceback (most recent call last):
    ...
    trafficopt.errors.InputError: nowhere: no such file or folder
    Remedy: name a folder that `trafficopt run` left, with its report.json.gz
    """
    path = Path(path)
    file = path / FILE if path.is_dir() else path
    remedy = f"name a folder that `trafficopt run` left, with its {FILE}"
    try:
        held = json.loads(gzip.decompress(file.read_bytes()))
        if held["format"] != FORMAT:
            fault = f"has format {held['format']}, and this version reads {FORMAT}"
            raise InputError(file, fault, "run the study again")
        shown: Shown = _converter().structure(held["shown"], PAGES[held["kind"]][0])
        return shown
    except FileNotFoundError:
        raise InputError(file, "no such file or folder", remedy) from None
    except InputError:
        raise
    except (OSError, EOFError, zlib.error, ValueError, LookupError, TypeError, BaseValidationError) as error:
        fault = f"holds no report ({type(error).__name__})"
        raise InputError(file, fault, remedy) from None


@cache
def _converter() -> Converter:
    """How what JSON does not know is written and read."""
    made = make_converter(unstruct_collection_overrides={Set: sorted, frozenset: sorted})
    made.register_unstructure_hook_func(_is_array, lambda array: array.tolist())
    without_clock = make_dict_unstructure_fn(Evaluation, made, wall_s=override(omit=True))
    made.register_unstructure_hook(Evaluation, without_clock)
    made.register_structure_hook_func(_is_array, _array)
    made.register_structure_hook_func(lambda kind: kind is object, lambda value, _: value)  # facts
    return made


def _is_array(kind: Any) -> bool:
    return get_origin(_bare(kind)) is np.ndarray


def _array(values: list[Any], kind: Any) -> np.ndarray[Any, Any]:
    """An array of the numbers that its type names."""
    (number,) = get_args(get_args(_bare(kind))[1])
    return np.array(values, dtype=number)


def _bare(kind: Any) -> Any:
    """A type without what is annotated to it."""
    return get_args(kind)[0] if get_origin(kind) is Annotated else kind
