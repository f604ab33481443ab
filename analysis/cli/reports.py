"""The command that makes it all: notebooks, charts, slides and pages in one folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from analysis.cli.output import JsonOption, LangOption, SurveyOption, chosen_languages, print_json


def register(app: typer.Typer) -> None:
    """Add this family's commands to the program."""
    app.command("report")(report)


def report(
    survey: SurveyOption = None,
    lang: LangOption = "all",
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="The folder to make; an earlier report in it is replaced.")
    ] = Path("maturity-report"),
    *,
    force: Annotated[
        bool, typer.Option("--force", help="Make every part anew, also what has not changed.")
    ] = False,
    pdf: Annotated[
        bool,
        typer.Option("--pdf", help="Print each page to a tagged PDF too, with a browser of this machine."),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Make the report: executed notebooks, charts, slides and pages that need no network."""
    from analysis.cli.progress import Bar
    from analysis.old.report.run import run_report

    languages = chosen_languages(lang)
    with Bar() as bar:
        run_report(out, survey=survey, lang=lang, force=force, pdf=pdf, watch=bar)
    places = {
        "report": [out / "index.html"],
        "charts": [out / code / "gallery.html" for code in languages],
        "slides": [out / code / "slides.pptx" for code in languages],
        "prints": [out / code / "report.pdf" for code in languages if pdf],
        "notebooks": [out / "notebooks"],
    }
    if as_json:
        steps = [{"step": step.step, "made": step.made, "kept": step.kept} for step in sorted(bar.finished)]
        print_json({"status": "done", **places, "steps": steps})
        return
    print(f"The report is ready; open {out / 'index.html'}")
    for name, paths in places.items():
        for path in paths:
            print(f"  {name:<10} {path}")
