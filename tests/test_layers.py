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
    "recovery": 1,
    "windows": 1,
    "feasibility": 1,
    "boxes": 1,
    "lattice": 1,
    "relations": 1,
    "printed": 1,
    "candidates": 1,
    "estimating": 1,
    "pieces": 1,
    "programs": 1,
    "solutions": 1,
    "ranges": 1,
    "sizes": 1,
    "audit": 1,
    "disclosure": 1,
    "reasons": 1,
    "exact": 1,
    "odds": 1,
    "association": 1,
    "intervals": 1,
    "multiplicity": 1,
    "cells": 2,
    "shares": 3,
    "published": 4,
    "spans": 5,
    "differences": 5,
    "leeway": 5,
    "changes": 6,
    "ledger": 1,
    "witness": 1,
    "characters": 1,
    "numerals": 2,
    "encoding": 2,
    "tokens": 2,
    "workbook": 2,
    "sheets": 2,
    "reading": 2,
    "vocabulary": 3,
    "rows": 3,
    "rules": 3,
    "cautions": 3,
    "wide": 3,
    "table": 3,
    "storing": 4,
    "appending": 4,
    "weights": 1,
    "scanning": 2,
    "answers": 3,
    "sources": 3,
    "engines": 3,
    "tallies": 4,
    "respondents": 4,
    "suppression": 4,
    "marks": 7,
    "estimates": 5,
    "comparisons": 6,
    "effects": 6,
    "nonresponse": 6,
    "sensitivity": 7,
    "findings": 7,
    "wording": 7,
    "explanations": 7,
    "figures": 7,
    "phrases": 7,
    "courses": 7,
    "headlines": 7,
    "descriptions": 7,
    "conclusions": 7,
    "charts": 8,
    "style": 8,
    "placing": 8,
    "drawing": 8,
    "slides": 8,
    "powerpoint": 8,
    "refresh": 8,
    "files": 9,
    "batches": 10,
    "exports": 9,
    "ddi": 8,
    "scaffold": 4,
    "execution": 10,
    "workshop": 10,
    "prints": 10,
    "folders": 10,
    "datasheets": 10,
    "provenance": 10,
    "grids": 10,
    "document": 10,
    "cards": 10,
    "inline": 10,
    "manifest": 10,
    "transcripts": 10,
    "typeface": 8,
    "narration": 10,
    "report": 10,
    "pages": 10,
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
