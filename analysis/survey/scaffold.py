"""A folder for another survey: a descriptor to fill in, a guide, an empty table, the notebooks."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from analysis.codebook import COLUMNS, DESCRIPTOR, LANGUAGES, load_codebook, shipped
from analysis.errors import RequestError, StorageError, show

TABLE = "survey.csv"
EXAMPLE_STAGES = ("first_stage", "second_stage", "third_stage")
EXAMPLE_GROUPS = ("all", "first_group", "second_group")
GUIDE = Path(__file__).parent / "guide.md"


def make_survey(folder: str | Path) -> Path:
    """A new folder that ``maturity check`` guides through: descriptor, guide, empty table, notebooks.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    RequestError
        The folder exists and is not empty, or is a file.
    StorageError
        The system refused to write.
    """
    target = Path(folder)
    try:
        if target.is_file() or (target.is_dir() and any(target.iterdir())):
            raise RequestError(
                f"{show(str(target))} exists already; name a folder that does not exist or is empty"
            )
        target.mkdir(parents=True, exist_ok=True)
        descriptor = json.dumps(blank_descriptor(), ensure_ascii=False, indent=2)
        (target / DESCRIPTOR).write_text(descriptor + "\n", encoding="utf-8", newline="\n")
        shutil.copyfile(GUIDE, target / "README.md")
        (target / TABLE).write_text(",".join(COLUMNS) + "\n", encoding="utf-8", newline="\n")
        copy_notebooks(target / "notebooks")
    except OSError as error:
        raise StorageError(f"{show(str(target))} cannot be written: {error.strerror}") from error
    return target


def copy_notebooks(folder: Path) -> None:
    """The shipped notebooks without their outputs, reading the survey in the folder above them."""
    folder.mkdir()
    for source in sorted(shipped("notebooks").glob("*.ipynb")):
        notebook = json.loads(source.read_text(encoding="utf-8"))
        for cell in notebook["cells"]:
            cell["source"] = [line.replace("load_survey()", 'load_survey("..")') for line in cell["source"]]
            if cell["cell_type"] == "code":
                cell |= {"outputs": [], "execution_count": None}
        text = json.dumps(notebook, ensure_ascii=False, indent=1)
        (folder / source.name).write_text(text + "\n", encoding="utf-8", newline="\n")


def blank_descriptor() -> dict[str, Any]:
    """A descriptor with the shipped one's shape and empty words, so that what is missing can be told."""
    shape = load_codebook(shipped("data") / DESCRIPTOR)
    words = ("name", "title", "question", "topic", "respondents", "publisher")
    fields = [dict(field) for field in shape["resources"][0]["schema"]["fields"]]
    for field in fields:
        codes = {"group": EXAMPLE_GROUPS, "stage": EXAMPLE_STAGES}.get(field["name"])
        if codes:
            field["categories"] = [{"value": code, "label": code, "labels": _blank()} for code in codes]
            field["constraints"] = {"required": True, "enum": list(codes)}
            field["description"] = ""
    resource = dict(shape["resources"][0]) | {"path": TABLE}
    resource["schema"] = dict(resource["schema"]) | {"fields": fields}
    return {
        "$schema": shape["$schema"],
        "name": "my-survey",
        "title": "",
        "description": "",
        "survey": {
            **{word: _blank() for word in words},
            "total": EXAMPLE_GROUPS[0],
            "cut": EXAMPLE_STAGES[1],
            "waves": [],
        },
        "resources": [resource],
    }


def _blank() -> dict[str, str]:
    return dict.fromkeys(LANGUAGES, "")
