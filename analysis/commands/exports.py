"""Commands that hand the survey on: ``export`` in other forms, ``new`` for another survey."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from analysis.commands.output import JsonOption, SurveyOption, note, print_json

SUFFIXES = {"wide-csv": "csv", "xlsx": "xlsx", "ddi": "xml"}


def register(app: typer.Typer) -> None:
    """Add this family's commands to the program."""
    app.command("export")(export)
    app.command("new")(new)


def export(
    to: Annotated[str, typer.Option("--to", metavar="wide-csv|xlsx|ddi", help="The form to write.")],
    survey: SurveyOption = None,
    lang: Annotated[str, typer.Option(metavar="fi|sv|en", help="Language of heads and labels.")] = "en",
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where to; survey.<ending> if left out.")
    ] = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Write the table as on the slide (wide), as an accessible workbook, or as a DDI description."""
    from analysis.exports import export_survey
    from analysis.files import write_atomically
    from analysis.table import load_survey
    from analysis.wording import check_language

    check_language(lang)
    frame = load_survey(survey)
    content = export_survey(frame, to=to, lang=lang)
    target = out or Path(f"survey-{lang}.{SUFFIXES[to]}")
    write_atomically(target, content)
    if as_json:
        print_json({"status": "written", "file": str(target), "rows": len(frame)})
    else:
        print(f"{target} holds {len(frame)} rows of the survey, as {to}.")


def new(
    folder: Annotated[Path, typer.Argument(help="A folder that does not exist yet, or is empty.")],
    *,
    as_json: JsonOption = False,
) -> None:
    """Make a folder for another survey: a codebook to fill in, a guide, an empty table, the notebooks."""
    from analysis.scaffold import make_survey

    target = make_survey(folder)
    if as_json:
        print_json({"status": "made", "folder": str(target)})
        return
    print(f"{target} is ready to be filled in.")
    note(f"Next: fill in {target / 'datapackage.json'} (README.md beside it explains each field), then")
    note(f"      maturity check {target}")
