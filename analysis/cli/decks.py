"""The command that makes decks of slides, and puts new figures into decks made before."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from analysis.cli.options import AdjustOption, LevelOption, NOption, RoundingOption, assumptions
from analysis.cli.output import JsonOption, SurveyOption, chosen_languages, print_json
from analysis.errors import RequestError, shorten, show

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TOLD = 160  # characters of what stands on a slide


def register(app: typer.Typer) -> None:
    """Add this family's commands to the program."""
    app.command("slides")(slides)


def slides(
    survey: SurveyOption = None,
    lang: Annotated[
        str | None,
        typer.Option(
            "--lang",
            metavar="fi|sv|en|all",
            help="Language of the slides; left out, en, and with --refresh that of the deck.",
        ),
    ] = None,
    template: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A .pptx or .potx whose master, theme and layouts are used."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR|FILE", help="A folder for slides-LANG.pptx, or a file that ends in .pptx."),
    ] = None,
    refresh: Annotated[
        Path | None,
        typer.Option(
            metavar="DECK",
            help="A deck made before, however changed since: charts and our words get the figures of now, "
            "what you wrote stays. It is kept as DECK.bak unless --out names another file.",
        ),
    ] = None,
    *,
    n: NOption = None,
    rounding: RoundingOption = None,
    level: LevelOption = 0.95,
    adjust: AdjustOption = "family",
    force: Annotated[
        bool,
        typer.Option("--force", help="Replace a file that this program did not write, or that was changed."),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Make a deck of slides with native, editable charts; or put new figures into one made before."""
    if refresh is not None and (template is not None or lang == "all"):
        raise RequestError(
            "--refresh keeps the look and language of a deck; leave out --template and --lang all"
        )
    from analysis.inference.findings import gather_frames
    from analysis.slides.deck import save_slides
    from analysis.slides.refresh import refresh_slides
    from analysis.survey.table import load_survey

    rows = load_survey(survey)
    offered = rows.attrs["codebook"].languages
    languages = chosen_languages(lang or ("en" if "en" in offered else offered[0]), offered)
    files = _targets(languages, out) if refresh is None else {}
    frames = gather_frames(rows, **assumptions(n, rounding, level, adjust))
    if refresh is None:
        for code, file in files.items():
            save_slides(file, rows, lang=code, template=template, frames=frames, force=force)
        result: dict[str, Any] = {"status": "made", "files": list(files.values())}
    else:
        target = out / refresh.name if out is not None and out.is_dir() else out
        done = refresh_slides(refresh, rows, lang=lang, out=target, frames=frames, force=force)
        status = "refreshed" if done.changed else "unchanged"
        result = {"status": status, "files": [done.path], "backup": done.backup, "left": done.left}
    if as_json:
        print_json(result)
    else:
        _tell(result)


def _targets(languages: Sequence[str], out: Path | None) -> dict[str, Path]:
    """The file of each language."""
    folder = out or Path()
    if folder.suffix != ".pptx":
        return {code: folder / f"slides-{code}.pptx" for code in languages}
    if len(languages) > 1:
        raise RequestError(f"--out {show(str(out))} is one file, and --lang all makes several; give a folder")
    return {languages[0]: folder}


def _tell(result: Mapping[str, Any]) -> None:
    """Where the decks are, and what is left to the presenter."""
    heads = {
        "made": "Slides with native charts, to be edited in PowerPoint:",
        "refreshed": "The deck has the figures of the survey now:",
        "unchanged": "The deck had the figures of the survey already:",
    }
    print(heads[result["status"]])
    for file in result["files"]:
        print(f"  {show(str(file))}")
    if result.get("backup"):
        print(f"The deck before is {show(str(result['backup']))}")
    left = result.get("left")
    if left is None or left.empty:
        return
    print("Left to you, since it is not ours as we wrote it, or cannot be renewed:")
    for row in left.itertuples():
        print(f"  slide {row.slide}: {shorten(show(row.text), TOLD) or show(row.shape)}")
        if row.now:
            print(f"    now: {shorten(show(row.now), TOLD)}")
