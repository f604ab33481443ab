"""Another survey, and another wave, run through the whole program without an edit."""

from __future__ import annotations

import ast
import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from surveys import small_survey

from analysis.codebook import SURVEY_VARIABLE, load_codebook, shipped
from analysis.old.report.narration import NOT_BORNE
from analysis.old.report.publishing import batches, pages, workshop
from analysis.old.report.run import run_report
from analysis.old.rounding import print_percentages
from analysis.survey.appending import append_wave

QUICK = {form: ("svg",) for form in pages.DRAWN if form[0] in {"wide", "phone"}}
QUICK["wide", "light"] = ("svg", "png")


def run_cells(notebook: Path) -> list[str]:
    """What the code cells of a notebook show, run one after the other in this process."""
    namespace: dict[str, Any] = {}
    shown = []
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            *statements, last = ast.parse("".join(cell["source"])).body
            exec(compile(ast.Module(statements, []), notebook.name, "exec"), namespace)
            if isinstance(last, ast.Expr):
                shown.append(
                    repr(eval(compile(ast.Expression(last.value), notebook.name, "eval"), namespace))
                )
            else:
                exec(compile(ast.Module([last], []), notebook.name, "exec"), namespace)
    return shown


@pytest.mark.parametrize("notebook", sorted(shipped("notebooks").glob("*.ipynb")), ids=lambda path: path.stem)
def test_the_notebooks_narrate_another_survey(
    notebook: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SURVEY_VARIABLE, str(small_survey().save(tmp_path / "survey")))
    monkeypatch.chdir(tmp_path)
    shown = run_cells(notebook)
    assert len(shown) > 1
    assert not any(NOT_BORNE.partition(":")[0] in text for text in shown)


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


def only_waves(folder: Path) -> Path:
    """A folder with the notebook that compares waves, and no other."""
    folder.mkdir(exist_ok=True)
    shutil.copy(shipped("notebooks") / "04_two_waves.ipynb", folder)
    return folder


@pytest.mark.slow
def test_an_appended_wave_changes_notebooks_charts_and_pages_with_no_edit(
    survey_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (workshop, pages):
        monkeypatch.setattr(module, "DRAWN", QUICK)
        monkeypatch.setattr(module, "CHART_ORDER", ("stages", "waves"))
    monkeypatch.setattr(batches, "_processors", lambda: 1)  # other tests need the second
    monkeypatch.setattr(workshop, "shipped", lambda _: only_waves(tmp_path / "notebooks"))
    append_wave(third_wave(), survey_folder)
    report = run_report(tmp_path / "report", survey=survey_folder, lang="en")
    assert "autumn 2022" in (report / "en" / "index.html").read_text(encoding="utf-8")
    assert "autumn 2022" in (report / "en" / "charts" / "stages-wide.svg").read_text(encoding="utf-8")
    executed = (report / "notebooks" / "04_two_waves.ipynb").read_text(encoding="utf-8")
    assert "autumn 2022" in executed
