"""Commands for tables from elsewhere: one becomes a survey's folder; a page on which anybody pastes one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from analysis.cli import options


def register(app: typer.Typer) -> None:
    """Add this family's commands to the program."""
    app.command("read")(read)
    app.command("page")(page)


def read(
    table: Annotated[Path, typer.Argument(help="A table of percentages: CSV, Markdown or copied text.")],
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="The folder to make.")],
    wave: Annotated[str, typer.Option(metavar="WAVE", help="Id of the wave, as 2024 or 2024-autumn.")],
    *,
    name: Annotated[str | None, typer.Option(help="Name of the survey; left out, the file's name.")] = None,
    n: options.NOption = None,
    total: options.TotalOption = None,
    unordered: options.UnorderedOption = False,
) -> None:
    """Make a survey's folder of a published table, so that charts, slides and report follow."""
    from analysis.survey.pasted import read_percentages, save_percentages

    survey = read_percentages(table, n=options.read_sizes(n), total=total, ordered=not unordered)
    folder = save_percentages(survey, out, name=name or table.stem, wave=wave)
    print(f"{len(survey)} figures are in {folder}; next: maturity report --survey {folder}")


def page(
    out: Annotated[Path, typer.Option(metavar="FILE.html", help="The file to write.")] = Path("recover.html"),
    lang: Annotated[str, typer.Option("--lang", metavar="fi|sv|en", help="Language of the page.")] = "en",
    *,
    force: Annotated[
        bool,
        typer.Option("--force", help="Replace a file that this program did not write, or that was changed."),
    ] = False,
) -> None:
    """Write a page that recovers counts from a pasted table, in a browser and without a network."""
    from analysis.report.pages import make_recovery_page
    from analysis.survey.storing import write_file

    print(f"The page is ready; open {write_file(out, make_recovery_page(lang=lang), force=force)}")
