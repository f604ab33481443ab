"""The commands that hand a survey on: all that can be made of it as a report, its table in other forms."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from analysis.cli.options import (
    AdjustOption,
    LevelOption,
    NOption,
    PopulationOption,
    RoundingOption,
    assumptions,
    read_members,
)
from analysis.cli.output import JsonOption, LangOption, StepBars, SurveyOption, chosen_languages, print_json
from analysis.errors import RequestError, unknown_code


def register(app: typer.Typer) -> None:
    """Add this family's commands to the program."""
    app.command("report")(report)
    app.command("export")(export)


def report(
    survey: SurveyOption = None,
    lang: LangOption = "all",
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="The folder to make; an earlier report in it is replaced.")
    ] = Path("maturity-report"),
    *,
    n: NOption = None,
    rounding: RoundingOption = None,
    level: LevelOption = 0.95,
    adjust: AdjustOption = "family",
    population: PopulationOption = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace an earlier report also where files in it were changed.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Make the report: executed notebooks, charts, slides and pages that need no network."""
    from analysis.codebook import load_codebook, locate_survey
    from analysis.report.run import run_report

    languages = chosen_languages(lang, load_codebook(locate_survey(survey).descriptor).languages)
    assumed = assumptions(n, rounding, level, adjust) | {"population": read_members(population)}
    with StepBars() as bar:
        run_report(out, survey=survey, lang=lang, **assumed, force=force, watch=bar)
    places = {
        "report": [out / "index.html"],
        "pages": [out / code / "index.html" for code in languages],
        "charts": [out / code / "charts" for code in languages],
        "slides": [out / code / "slides.pptx" for code in languages],
        "notebooks": [out / "notebooks"],
    }
    if as_json:
        steps = [{"step": step, "parts": parts} for step, (parts, _) in sorted(bar.finished.items())]
        print_json({"status": "done", **places, "steps": steps})
        return
    print(f"The report is ready; open {out / 'index.html'}")
    for name, paths in places.items():
        for path in paths:
            print(f"  {name:<10} {path}")


def export(
    to: Annotated[str, typer.Option("--to", metavar="wide-csv|xlsx", help="The form to write.")],
    survey: SurveyOption = None,
    lang: LangOption = "en",
    reader: Annotated[
        str, typer.Option("--for", metavar="any|excel", help="The program that is to open the CSV file.")
    ] = "any",
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder to write into.")] = Path(),
    *,
    force: Annotated[
        bool,
        typer.Option("--force", help="Replace a file that this program did not write, or that was changed."),
    ] = False,
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
