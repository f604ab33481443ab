"""Imports go down the layers only, and only named modules touch the disk."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import analysis

HOME = Path(analysis.__file__).parent
LAYERS = {
    "errors": 0,
    "rounding": 0,
    "digits": 0,
    "apportionment": 0,
    "codebook": 1,
    "solving": 1,
    "recovery": 1,
    "ranges": 1,
    "sizes": 1,
    "audit": 1,
    "disclosure": 1,
    "reasons": 1,
    "feasibility": 1,
    "exact": 1,
    "odds": 1,
    "association": 1,
    "intervals": 1,
    "multiplicity": 1,
    "parsing": 2,
    "reading": 2,
    "checking": 3,
    "table": 3,
    "storing": 4,
    "appending": 4,
    "tallying": 4,
    "respondents": 4,
    "suppression": 4,
    "scaffold": 4,
    "inference": 5,
    "estimates": 5,
    "comparisons": 6,
    "changes": 6,
    "effects": 6,
    "nonresponse": 6,
    "sensitivity": 7,
    "findings": 7,
    "wording": 7,
    "telling": 7,
    "headlines": 7,
    "descriptions": 7,
    "explanations": 7,
    "reservations": 7,
    "conclusions": 7,
    "style": 8,
    "drawing": 8,
    "charts": 8,
    "powerpoint": 8,
    "slides": 8,
    "refresh": 8,
    "ddi": 8,
    "files": 9,
    "exports": 9,
    "narration": 10,
    "publishing": 10,
    "report": 10,
    "commands": 11,
    "__main__": 12,
}


def imports_of(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("analysis."):
            found.add((node.module or "").split(".")[1])
        elif isinstance(node, ast.ImportFrom) and node.module == "analysis":
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.Import):
            found |= {name.name.split(".")[1] for name in node.names if name.name.startswith("analysis.")}
    return found


def module_of(path: Path) -> str:
    return path.relative_to(HOME).parts[0].removesuffix(".py")


SOURCES = [path for path in sorted(HOME.rglob("*.py")) if path != HOME / "__init__.py"]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(HOME)))
def test_imports_go_down_the_layers(path: Path) -> None:
    here = module_of(path)
    upwards = {name for name in imports_of(path) if name != here and LAYERS[name] > LAYERS[here]}
    assert upwards == set()


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(HOME)))
def test_modules_are_small(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 320
