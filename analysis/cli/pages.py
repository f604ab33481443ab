"""The command that writes the page on which a reader recovers counts from a pasted table."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add this family's commands to the program."""
    app.command("page")(page)


def page(
    out: Annotated[Path, typer.Option(metavar="FILE.html", help="The file to write.")] = Path("recover.html"),
    lang: Annotated[str, typer.Option("--lang", metavar="fi|sv|en", help="Language of the page.")] = "en",
    *,
    force: Annotated[
        bool, typer.Option("--force", help="Write over a file that is not of this package.")
    ] = False,
) -> None:
    """Write a page that recovers counts from a pasted table, in a browser and without a network."""
    from analysis.report.recovery_page import make_recovery_page
    from analysis.survey.storing import write_file

    print(f"The page is ready; open {write_file(out, make_recovery_page(lang=lang), force=force)}")
