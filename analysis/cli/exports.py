"""The command that hands the survey on: ``export`` in other forms."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from analysis.cli.output import (
    JsonOption,
    LangOption,
    SurveyOption,
    chosen_languages,
    print_json,
)
from analysis.errors import RequestError, unknown_code

ForceOption = Annotated[
    bool, typer.Option("--force", help="Replace a file that was not written here, or changed since.")
]


def register(app: typer.Typer) -> None:
    """Add this family's commands to the program."""
    app.command("export")(export)


def export(
    to: Annotated[str, typer.Option("--to", metavar="wide-csv|xlsx", help="The form to write.")],
    survey: SurveyOption = None,
    lang: LangOption = "en",
    reader: Annotated[
        str, typer.Option("--for", metavar="any|excel", help="What the CSV file is to open in.")
    ] = "any",
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder to write into.")] = Path(),
    *,
    force: ForceOption = False,
    as_json: JsonOption = False,
) -> None:
    """Write the table as on the slide (wide), or as an accessible workbook."""
    from analysis.report.tables import FORMS, export_survey
    from analysis.survey.storing import write_file
    from analysis.survey.table import load_survey

    if to not in FORMS:
        raise RequestError(unknown_code("--to", to, list(FORMS)))
    frame = load_survey(survey)
    contents = {
        out / f"survey-{language}.{FORMS[to]}": export_survey(frame, to=to, lang=language, reader=reader)
        for language in chosen_languages(lang)
    }
    files = [str(write_file(path, content, force=force)) for path, content in contents.items()]
    if as_json:
        print_json({"status": "written", "files": files, "rows": len(frame)})
        return
    print(f"{len(frame)} rows of the survey, as {to}:")
    for file in files:
        print(f"  {file}")
