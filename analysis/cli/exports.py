"""Commands that hand the survey on: ``export`` in other forms, ``new`` for another survey."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from analysis.cli.output import (
    JsonOption,
    LangOption,
    SurveyOption,
    chosen_languages,
    note,
    print_json,
)
from analysis.errors import RequestError, unknown_code


def register(app: typer.Typer) -> None:
    """Add this family's commands to the program."""
    app.command("export")(export)
    app.command("new")(new)


def export(
    to: Annotated[str, typer.Option("--to", metavar="wide-csv|xlsx", help="The form to write.")],
    survey: SurveyOption = None,
    lang: LangOption = "en",
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder to write into.")] = Path(),
    *,
    as_json: JsonOption = False,
) -> None:
    """Write the table as on the slide (wide), or as an accessible workbook."""
    from analysis.old.charts.files import write_file
    from analysis.old.report.exports import FORMS, export_survey
    from analysis.survey.table import load_survey

    if to not in FORMS:
        raise RequestError(unknown_code("--to", to, list(FORMS)))
    frame, languages = load_survey(survey), chosen_languages(lang)
    names = {f"survey-{language}": language for language in languages}
    files = [
        str(write_file(out / f"{name}.{FORMS[to]}", export_survey(frame, to=to, lang=language)))
        for name, language in names.items()
    ]
    if as_json:
        print_json({"status": "written", "files": files, "rows": len(frame)})
        return
    print(f"{len(frame)} rows of the survey, as {to}:")
    for file in files:
        print(f"  {file}")


def new(
    folder: Annotated[Path, typer.Argument(help="A folder that does not exist yet, or is empty.")],
    *,
    as_json: JsonOption = False,
) -> None:
    """Make a folder for another survey: a codebook to fill in, a guide, an empty table, the notebooks."""
    from analysis.survey.scaffold import make_survey

    target = make_survey(folder)
    if as_json:
        print_json({"status": "made", "folder": str(target)})
        return
    print(f"{target} is ready to be filled in.")
    note(f"Next: fill in {target / 'datapackage.json'} (README.md beside it explains each field), then")
    note(f"      maturity check {shlex.quote(str(target))}")
