"""The structure that the documentation promises."""

from __future__ import annotations

import importlib
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import trafficopt

ROOT = Path(__file__).parents[2]
FILES = sorted(path for path in (ROOT / "trafficopt").rglob("*.py") if path.name != "__init__.py")
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


def test_layers_hold() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_walk_explains_every_file(path: Path) -> None:
    assert f"{path.name}" in ARCHITECTURE or f"{path.parent.name}/" in ARCHITECTURE, path


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_have_one_subject(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 320
    assert path.stem not in {"utils", "helpers", "common", "misc"}


@pytest.mark.parametrize("name", trafficopt.__all__)
def test_public_names_are_there_and_documented(name: str) -> None:
    assert inspect.getdoc(getattr(trafficopt, name))


def test_public_names_are_typed_for_editors() -> None:
    text = (ROOT / "trafficopt" / "__init__.py").read_text(encoding="utf-8")
    checked = text[text.index("if TYPE_CHECKING") : text.index("_HOMES")]
    assert set(trafficopt.__all__) <= set(re.findall(r"\w+", checked))


@pytest.mark.parametrize(
    "module",
    [
        *("stage", "intersection", "network", "waiver", "limits", "plan"),
        *(
            "scenario",
            "evaluation",
            "comparison",
            "objective",
            "result",
            "problem",
            "day_plan",
            "demand_profile",
        ),
        *("ledger", "parking", "parking_assumptions", "treatment"),
    ],
)
def test_types_are_frozen(module: str) -> None:
    members = vars(importlib.import_module(f"trafficopt.{module}")).values()
    types = [m for m in members if inspect.isclass(m) and hasattr(m, "__dataclass_fields__")]
    assert types
    assert all(m.__dataclass_params__.frozen and "__slots__" in vars(m) for m in types)
