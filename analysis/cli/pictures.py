"""The command that makes pictures: every chart in the languages, sizes and formats asked for."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from analysis.cli.output import (
    JsonOption,
    LangOption,
    SurveyOption,
    chosen_languages,
    print_json,
)
from analysis.errors import RequestError, unknown_code

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from analysis.old.report.publishing.batches import Job


def register(app: typer.Typer) -> None:
    """Add this family's commands to the program."""
    app.command("charts")(charts)


def charts(
    survey: SurveyOption = None,
    lang: LangOption = "en",
    out: Annotated[Path, typer.Option(metavar="DIR", help="The folder for the files.")] = Path(
        "maturity-charts"
    ),
    *,
    formats: Annotated[
        str, typer.Option("--format", metavar="FORMAT[,…]", help="Of svg, png and pdf.")
    ] = "svg,png,pdf",
    sizes: Annotated[
        str, typer.Option("--size", metavar="SIZE[,…]", help="Of wide, half, square and phone, or all.")
    ] = "wide",
    theme: Annotated[str, typer.Option(metavar="light|dark", help="The ground of the pictures.")] = "light",
    only: Annotated[
        str | None, typer.Option(metavar="NAME[,…]", help="Some of the charts, by their names.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Draw the charts of a survey as SVG, PNG and PDF, with their alt texts and numbers beside them."""
    from rich.console import Console
    from rich.progress import Progress

    from analysis.old.report.publishing.batches import FORMATS, Job, draw_all
    from analysis.old.style import SIZES, THEMES

    languages = chosen_languages(lang)
    kinds = chosen("--format", formats, FORMATS)
    forms = chosen("--size", sizes, list(SIZES))
    (ground,) = chosen("--theme", theme, list(THEMES), single=True)
    frames = _frames(survey, only)
    choices = product(languages, frames, forms)
    jobs = [Job(name, frames[name], code, size, ground, out / code, kinds) for code, name, size in choices]
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("charts", total=len(jobs))
        files = draw_all(jobs, done=lambda more: progress.advance(task, more))
    files += _write_words(jobs)
    if as_json:
        print_json({"status": "drawn", "files": files})
        return
    print(f"{len(jobs)} pictures in {', '.join(kinds)}, with alt texts and numbers:")
    for code in languages:
        print(f"  {out / code}")


def _frames(survey: Path | None, only: str | None) -> dict[str, pd.DataFrame]:
    """The frame of each chart to draw, by the chart's name: those asked for, or all that the survey bears."""
    from analysis.old.charts.gallery import CHARTS, bears_chart
    from analysis.old.inference.findings import gather_frames
    from analysis.survey.table import load_survey

    names = chosen("--only", only or "all", list(CHARTS))
    known = gather_frames(load_survey(survey))
    frames = {name: known[chart.key] for name, chart in CHARTS.items() if bears_chart(known, name)}
    missing = [name for name in names if name not in frames]
    if only and missing:
        for name in missing:
            if CHARTS[name].key in known:
                CHARTS[name].describe(known[CHARTS[name].key])  # says what is in the way
        asked = ", ".join(missing)
        raise RequestError(
            f"--only asks for {asked}, which this survey cannot bear; it bears {', '.join(frames)}"
        )
    return {name: frame for name, frame in frames.items() if name in names}


def chosen(option: str, value: str, valid: Sequence[str], *, single: bool = False) -> list[str]:
    """The values of a list with commas, in the order of the valid ones; ``all`` for all of them.

    Raises
    ------
    RequestError
        A value is not valid, or there are several where one is meant.
    """
    names = [name.strip() for name in value.split(",")]
    if names == ["all"] and not single:
        return list(valid)
    for name in names:
        if name not in valid:
            raise RequestError(unknown_code(option, name, [*valid, *([] if single else ["all"])]))
    if single and len(names) > 1:
        raise RequestError(f"{option} takes one of {', '.join(valid)}")
    return [name for name in valid if name in names]


def _write_words(jobs: Sequence[Job]) -> list[Path]:
    """The alt text and the plotted numbers of each chart and language, beside its pictures."""
    from analysis.old.charts.files import write_file
    from analysis.old.charts.gallery import CHARTS
    from analysis.old.report.publishing.datasheets import write_numbers

    written: dict[Path, Any] = {}
    for job in jobs:
        stem = job.folder / job.chart
        written[stem.with_suffix(".txt")] = CHARTS[job.chart].describe(job.frame, lang=job.lang) + "\n"
        written[stem.with_suffix(".csv")] = write_numbers(job.frame, lang=job.lang)
    return [write_file(path, content) for path, content in written.items()]
