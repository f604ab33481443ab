"""All shipped notebooks run on another survey from first cell to last, without an edit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from surveys import small_survey

from analysis.codebook import shipped
from analysis.publishing.execution import run_notebooks


@pytest.mark.slow
def test_the_notebooks_narrate_another_survey(tmp_path: Path) -> None:
    folder = small_survey().save(tmp_path / "survey")
    notebooks = {path.stem: path for path in sorted(shipped("notebooks").glob("*.ipynb"))}
    executed = run_notebooks(notebooks, survey=folder)
    assert list(executed) == list(notebooks)
    for text in executed.values():
        code = [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]
        outputs = [output for cell in code for output in cell["outputs"]]
        assert all(cell["execution_count"] for cell in code)
        assert {output["output_type"] for output in outputs} == {"execute_result"}  # no error, no warning
