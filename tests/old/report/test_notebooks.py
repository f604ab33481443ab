"""The notebooks are executed in order, keep the narrative rules, and type no number by hand."""

from __future__ import annotations

import ast
import json
import re

import pytest

from analysis.codebook import shipped

NOTEBOOKS = sorted(shipped("notebooks").glob("*.ipynb"))
pytestmark = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


@pytest.fixture
def cells(path) -> list[dict]:
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


def source(cell: dict) -> str:
    return "".join(cell["source"])


def code(cells: list[dict]) -> list[dict]:
    return [cell for cell in cells if cell["cell_type"] == "code"]


def test_the_cells_were_executed_in_order(cells: list[dict], path) -> None:
    assert [cell["execution_count"] for cell in code(cells)] == list(range(1, len(code(cells)) + 1))


def test_no_output_is_an_error_or_a_warning(cells: list[dict], path) -> None:
    outputs = [output for cell in code(cells) for output in cell["outputs"]]
    assert outputs
    assert not [o for o in outputs if o["output_type"] == "error" or o.get("name") == "stderr"]


def test_a_notebook_is_short_and_so_are_its_cells(cells: list[dict], path) -> None:
    assert len(code(cells)) <= 14
    assert max(len(source(cell).strip().splitlines()) for cell in code(cells)) <= 6


def test_cells_call_and_do_not_program(cells: list[dict], path) -> None:
    forbidden = (ast.FunctionDef, ast.ClassDef, ast.For, ast.While, ast.If, ast.Lambda, ast.ListComp, ast.Try)
    nodes = [node for cell in code(cells) for node in ast.walk(ast.parse(source(cell)))]
    assert not [type(node).__name__ for node in nodes if isinstance(node, forbidden)]


def test_prose_has_no_number_typed_by_hand(cells: list[dict], path) -> None:
    prose = [source(cell) for cell in cells if cell["cell_type"] == "markdown"]
    assert not [text for text in prose if re.search(r"\d", re.sub(r"`[^`]*`", "", text))]


def test_charts_are_svg_with_their_alt_text(cells: list[dict], path) -> None:
    data = [output["data"] for cell in code(cells) for output in cell["outputs"] if "data" in output]
    charts = [entry for entry in data if "image/svg+xml" in entry]
    assert charts
    assert not [entry for entry in data if "image/png" in entry]
    assert all(len("".join(chart["text/plain"])) > 80 for chart in charts)


def test_a_notebook_opens_with_a_heading_and_no_cell_stands_without_words(cells: list[dict], path) -> None:
    assert source(cells[0]).startswith("# ")
    kinds = [cell["cell_type"] for cell in cells]
    assert "code code code" not in " ".join(kinds)


def test_nothing_of_a_machine_or_a_clock_is_stored(cells: list[dict], path) -> None:
    text = path.read_text(encoding="utf-8")
    assert '"execution": {' not in text
    assert not re.search(r"/(home|root|tmp|work|Users)/", text)
