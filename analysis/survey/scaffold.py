"""A folder for another survey: its descriptor, a guide, an empty table, a notebook."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from io import StringIO
from pathlib import Path

from analysis.codebook import COLUMNS, DESCRIPTOR, Codebook, make_codebook, shipped
from analysis.errors import show
from analysis.survey.storing import building

GUIDE = Path(__file__).parent / "guide.md"
GENERAL = "any_survey.ipynb"  # the notebook that suits any survey, beside those that tell the shipped one


def make_survey(
    folder: str | Path,
    *,
    name: str,
    stages: Mapping[str, str] | Iterable[str],
    groups: Mapping[str, str] | Iterable[str],
    total: str | None = None,
    lang: str = "en",
) -> Path:
    """A new folder with a survey that waits for its first wave: descriptor, guide, empty table, notebook.

    The names are those of ``make_codebook``.

    Raises
    ------
    CodebookError, RequestError, StorageError
        The names make no sound codebook, the folder is there and not empty, or the system refused to write;
        nothing was made.
    """
    return save_survey(folder, make_codebook(name, stages, groups, total=total, lang=lang), name=name)


def save_survey(
    folder: str | Path, codebook: Codebook, *, name: str, rows: Iterable[Sequence[object]] = ()
) -> Path:
    """A folder with a codebook, a guide, the rows of a table and a notebook; errors as `make_survey`."""
    table = StringIO()
    csv.writer(table, lineterminator="\n").writerows([COLUMNS, *rows])
    with building(folder, once=True) as staged:
        (staged / "notebooks").mkdir()
        for file, text in (
            (f"notebooks/{GENERAL}", _general_notebook()),
            (DESCRIPTOR, json.dumps(codebook, ensure_ascii=False, indent=2) + "\n"),
            ("README.md", GUIDE.read_text(encoding="utf-8").replace("NAME", show(name), 1)),
            (codebook["resources"][0]["path"], table.getvalue()),
        ):
            (staged / file).write_text(text, encoding="utf-8", newline="\n")
    return Path(folder)


def _general_notebook() -> str:
    """The notebook that suits any survey, without outputs, reading the survey in the folder above."""
    notebook = json.loads((shipped("notebooks") / GENERAL).read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        cell["source"] = [line.replace("../data", "..") for line in cell["source"]]
        if cell["cell_type"] == "code":
            cell |= {"outputs": [], "execution_count": None}
    return json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"
