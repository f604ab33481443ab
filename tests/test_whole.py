"""Another survey, and another wave, run through the whole program without an edit."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from surveys import small_survey

from analysis.appending import append_wave
from analysis.codebook import load_codebook, shipped
from analysis.publishing.execution import run_notebooks
from analysis.report import run_report
from analysis.rounding import print_percentages


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


def third_wave() -> pd.DataFrame:
    """A complete wave that never was: 10, 8, 12, 20, 5 of 50 and so on, printed in whole per cents."""
    counts = {"vocational": [5, 8, 12, 20, 5], "general": [4, 6, 8, 18, 4]}
    counts["all"] = [sum(pair) for pair in zip(*counts.values(), strict=True)]
    rows = [
        ("2022-autumn", group, stage, percent, sum(cells), "made up for this test")
        for group, cells in counts.items()
        for stage, percent in zip(load_codebook().stages, print_percentages(cells), strict=True)
    ]
    return pd.DataFrame(rows, columns=["wave", "group", "stage", "percent", "n", "source"])


@pytest.mark.slow
def test_an_appended_wave_changes_notebooks_charts_and_pages_with_no_edit(
    survey_folder: Path, tmp_path: Path
) -> None:
    append_wave(third_wave(), survey_folder)
    report = run_report(tmp_path / "report", survey=survey_folder, lang="en")
    assert "autumn 2022" in (report / "en" / "index.html").read_text(encoding="utf-8")
    assert "autumn 2022" in (report / "en" / "charts" / "stages-wide.svg").read_text(encoding="utf-8")
    executed = (report / "notebooks" / "04_two_waves.ipynb").read_text(encoding="utf-8")
    assert "autumn 2022" in executed
