"""The command that makes it all: notebooks, charts, slides and pages in one folder."""

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
    from analysis.cli.progress import StepBars
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
        steps = [{"step": step.step, "parts": step.parts} for step in sorted(bar.finished)]
        print_json({"status": "done", **places, "steps": steps})
        return
    print(f"The report is ready; open {out / 'index.html'}")
    for name, paths in places.items():
        for path in paths:
            print(f"  {name:<10} {path}")
