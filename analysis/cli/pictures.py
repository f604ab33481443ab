"""The command that makes pictures: every chart in the languages, sizes and formats asked for."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from analysis.cli.options import (
    Asked,
    LevelOption,
    NOption,
    RoundingOption,
    about_a_table,
    assumptions,
)
from analysis.cli.output import JsonOption, LangOption, chosen_languages, print_json
from analysis.errors import RequestError, unknown_code

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

SIZE_HELP = "Of wide, half, square and phone, or all."


def register(app: typer.Typer) -> None:
    """Add this family's commands to the program."""
    app.command("charts")(charts)


@about_a_table
def charts(
    asked: Asked,
    *,
    lang: LangOption = "en",
    out: Annotated[Path, typer.Option(metavar="DIR", help="The folder for the files.")] = Path(
        "maturity-charts"
    ),
    formats: Annotated[
        str, typer.Option("--format", metavar="FORMAT[,…]", help="Of svg, png and pdf.")
    ] = "svg,png,pdf",
    sizes: Annotated[str, typer.Option("--size", metavar="SIZE[,…]", help=SIZE_HELP)] = "wide",
    theme: Annotated[str, typer.Option(metavar="light|dark", help="Light or dark background.")] = "light",
    only: Annotated[str | None, typer.Option(metavar="NAME[,…]", help="Only these charts, by name.")] = None,
    n: NOption = None,
    rounding: RoundingOption = None,
    level: LevelOption = 0.95,
    force: Annotated[
        bool, typer.Option(help="Replace files that this program did not write, or that were changed.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Draw the charts of a survey or table as SVG, PNG and PDF, with alt texts and numbers beside them."""
    from rich.console import Console
    from rich.progress import track

    from analysis.charts.gallery import CHARTS, FORMATS, chart_files
    from analysis.inference.findings import gather_frames
    from analysis.report.tables import write_numbers
    from analysis.style import SIZES, THEMES
    from analysis.survey.storing import write_file
    from analysis.words.language import voice_of

    languages = chosen_languages(lang)
    kinds = tuple(chosen("--format", formats, FORMATS))
    forms = chosen("--size", sizes, list(SIZES))
    (ground,) = chosen("--theme", theme, list(THEMES), single=True)
    wanted = chosen("--only", only or "all", list(CHARTS))
    frames = gather_frames(asked.survey, wave=asked.wave, **assumptions(n, rounding, level))
    names = _bearable(frames, wanted, languages[0], asked=only is not None)
    files = []
    jobs = list(product(languages, names, forms))
    suffix = "" if ground == "light" else f"-{ground}"
    for code, name, size in track(jobs, "charts", console=Console(stderr=True), transient=True):
        drawn = chart_files(name, frames, kinds, lang=code, size=size, theme=ground)
        for form, content in drawn.items():
            files.append(write_file(out / code / f"{name}-{size}{suffix}.{form}", content, force=force))
    for code, name in product(languages, names):
        frame = frames[CHARTS[name].frame]
        voice = voice_of(frame, code)
        reading = CHARTS[name].read(frame, voice)
        words, numbers = reading.alt() + "\n", reading.numbers()
        files.append(write_file(out / code / f"{name}.txt", words, force=force))
        files.append(write_file(out / code / f"{name}.csv", write_numbers(numbers, code), force=force))
    if as_json:
        print_json({"status": "drawn", "files": files})
        return
    print(f"{len(jobs)} pictures in {', '.join(kinds)}, with alt texts and numbers:")
    for code in languages:
        print(f"  {out / code}")


def _bearable(frames: dict[str, pd.DataFrame], wanted: Sequence[str], lang: str, *, asked: bool) -> list[str]:
    """The charts to draw: those wanted that the survey bears; when they were asked for, all or none."""
    from analysis.charts.gallery import CHARTS, charts_of
    from analysis.words.language import voice_of

    able = charts_of(frames)
    missing = [name for name in wanted if name not in able]
    if asked and missing:
        for name in missing:
            if (frame := frames.get(CHARTS[name].frame)) is not None:
                CHARTS[name].read(frame, voice_of(frame, lang)).title()  # says what is in the way
        named = ", ".join(missing)
        bears = ", ".join(able)
        raise RequestError(
            f"--only asks for {named}, which this survey has no figures for; it has those of {bears}"
        )
    return [name for name in able if name in wanted]


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
