"""The command that makes it all: notebooks, charts, slides and pages in one folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from analysis.commands.output import JsonOption, LangOption, SurveyOption, print_json


def register(app: typer.Typer) -> None:
    """Add this family's commands to the program."""
    app.command("report")(report)


def report(
    survey: SurveyOption = None,
    lang: LangOption = "all",
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="The folder to make; an earlier report in it is replaced.")
    ] = Path("maturity-report"),
    force: Annotated[
        bool, typer.Option("--force", help="Make every part anew, also what has not changed.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Make the report: executed notebooks, charts, slides and pages that need no network."""
    from analysis.commands.progress import Bar
    from analysis.report import read_languages, run_report

    languages = read_languages(lang)
    with Bar() as bar:
        folder = run_report(out, survey=survey, lang=lang, force=force, watch=bar)
    places = {
        "report": folder / "index.html",
        "charts": [folder / code / "gallery.html" for code in languages],
        "slides": [folder / code / "slides.pptx" for code in languages],
        "notebooks": folder / "notebooks",
    }
    if as_json:
        steps = [{"step": step.step, "made": step.made, "kept": step.kept} for step in bar.finished]
        print_json({"status": "done", **places, "steps": steps})
        return
    for name, place in places.items():
        for path in place if isinstance(place, list) else [place]:
            print(f"{name:<10} {path}")
