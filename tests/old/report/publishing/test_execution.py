"""Notebooks run with this Python, find their survey, and have the same bytes each time."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import nbformat
import pytest
from nbclient.exceptions import CellExecutionError

from analysis.old.report.publishing.execution import run_notebooks

CELLS = [
    "import os, sys",
    "print(sys.version_info[:2], os.environ['MATURITY_SURVEY'])",
    "from pathlib import Path\nPath('litter.txt').write_text('x')",
    "40 + 2",
]


def save_notebook(path: Path, cells: list[str]) -> Path:
    sources = [nbformat.v4.new_code_cell(cell, id=f"cell-{i}") for i, cell in enumerate(cells)]
    nbformat.write(nbformat.v4.new_notebook(cells=sources), path)
    return path


def test_notebooks_run_in_order_and_find_their_survey(tmp_path: Path) -> None:
    first = save_notebook(tmp_path / "first.ipynb", CELLS)
    second = save_notebook(tmp_path / "second.ipynb", ["1 + 1"])
    finished: list[str] = []

    texts = run_notebooks({"a": first, "b": second}, survey=tmp_path, done=finished.append)

    found = nbformat.reads(texts["a"], as_version=4)
    assert list(texts) == ["a", "b"]
    assert sorted(finished) == ["a", "b"]
    assert [cell.execution_count for cell in found.cells] == [1, 2, 3, 4]
    assert str(tmp_path) in found.cells[1].outputs[0].text
    assert found.cells[3].outputs[0].data["text/plain"] == "42"
    assert "language_info" not in found.metadata


def test_a_second_run_has_the_same_bytes_and_leaves_no_litter(tmp_path: Path) -> None:
    path = save_notebook(tmp_path / "first.ipynb", CELLS)
    before = path.read_bytes()

    once = run_notebooks({"a": path}, survey=tmp_path)
    twice = run_notebooks({"a": path}, survey=tmp_path)

    assert once == twice
    assert path.read_bytes() == before
    assert sorted(tmp_path.iterdir()) == [path]
    assert not Path("litter.txt").exists()


def test_a_cell_that_fails_names_its_notebook(tmp_path: Path) -> None:
    path = save_notebook(tmp_path / "first.ipynb", ["1 / 0"])

    with pytest.raises(CellExecutionError) as caught:
        run_notebooks({"01_what_was_asked": path}, survey=tmp_path)

    assert "ZeroDivisionError" in str(caught.value)
    assert caught.value.__notes__ == ["in the notebook 01_what_was_asked"]


def test_notebooks_run_where_an_event_loop_runs_already(tmp_path: Path) -> None:
    path = save_notebook(tmp_path / "first.ipynb", ["1 + 1"])

    async def call() -> dict[str, str]:
        return run_notebooks({"a": path}, survey=tmp_path)

    assert json.loads(asyncio.run(call())["a"])["cells"][0]["execution_count"] == 1
