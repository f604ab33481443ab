"""A folder for another survey: a descriptor to fill in, what its fields mean, an empty table, the notebooks."""

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

GUIDE = """# A survey of your own

Fill in `datapackage.json`; `maturity check .` says what is still missing. Then append your first wave:

    maturity append my_table.csv --survey .
    maturity report --survey .

## What to fill in

Every text stands in three languages: `fi`, `sv`, `en`. An empty text is reported by `maturity check`.

| field | meaning | example |
|---|---|---|
| `name` | short name in small letters and hyphens | `digital-guidance-survey` |
| `title`, `description` | what the data package holds, in English | |
| `survey.name` | name of the survey | Virtual internationalisation survey |
| `survey.title` | the question of the report, as a headline | How far have … come? |
| `survey.question` | the question as it was asked | What role do … play at your institution? |
| `survey.topic` | the question as a noun phrase, for subtitles | Role of … at the institution |
| `survey.respondents` | who answered | Upper secondary education institutions |
| `survey.publisher` | who published the figures | |
| `survey.total` | code of the group that is the total of the others; leave the line out if there is none | `all` |
| `survey.cut` | code of the stage from which the upper part of the scale begins | `second_stage` |
| `survey.waves` | may stay empty; for each wave `id` and, where known, `fieldwork`, `publication`, `source`, `decimals` | `2022-autumn` |
| `categories` of `group` | `value`: the code that stands in the table; `labels`: the words | |
| `categories` of `stage` | the same, **ordered from least to most** | |
| `enum` of `group` and `stage` | the same codes once more, for other programs | |

Codes are small letters, digits and underscores. Optional words of a group: `short` (for charts) and `within`
(“in vocational institutions”), which make the sentences read better. Optional words of a stage: `answer`,
the full answer as it was printed. A wave whose question or scale was changed gets `"comparable": false`;
one whose percentages are weighted gets `"weighted": true`.

## The table

`survey.csv` has one row for each wave, group and stage. Never edit it by hand: `maturity append` checks and
adds rows, `maturity undo` takes the last addition back.
"""


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
    if target.is_file() or (target.is_dir() and any(target.iterdir())):
        raise RequestError(
            f"{show(str(target))} exists already; name a folder that does not exist or is empty"
        )
    try:
        target.mkdir(parents=True, exist_ok=True)
        descriptor = json.dumps(blank_descriptor(), ensure_ascii=False, indent=2)
        (target / DESCRIPTOR).write_text(descriptor + "\n", encoding="utf-8", newline="\n")
        (target / "README.md").write_text(GUIDE, encoding="utf-8", newline="\n")
        (target / TABLE).write_text(",".join(COLUMNS) + "\n", encoding="utf-8", newline="\n")
        shutil.copytree(shipped("notebooks"), target / "notebooks", ignore=shutil.ignore_patterns(".*"))
    except OSError as error:
        raise StorageError(f"{show(str(target))} cannot be written: {error.strerror}") from error
    return target


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
