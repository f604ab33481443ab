"""The command that makes decks of slides, and puts new figures into decks made before."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from analysis.cli.output import JsonOption, SurveyOption, chosen_languages, print_json
from analysis.errors import RequestError, show


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
            help="A deck made before, however changed since: only the data, labels, alt texts and source "
            "lines of our charts change. It is replaced unless --out names another file.",
        ),
    ] = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Make a deck of slides with native, editable charts; or put new figures into one made before."""
    if refresh is None:
        result = _make(survey, lang or "en", template, out)
    elif template is not None or lang == "all":
        raise RequestError(
            "--refresh keeps the look and language of a deck; leave out --template and --lang all"
        )
    else:
        result = _refresh(survey, lang, refresh, out)
    if as_json:
        print_json(result)
    else:
        _tell(result)


def _make(survey: Path | None, lang: str, template: Path | None, out: Path | None) -> dict[str, Any]:
    from analysis.old.inference.findings import gather_frames
    from analysis.old.slides.story import save_slides
    from analysis.survey.table import load_survey

    languages = chosen_languages(lang)
    frame = load_survey(survey)
    folder = out or Path()
    if folder.suffix == ".pptx" and len(languages) > 1:
        raise RequestError(f"--out {show(str(out))} is one file, and --lang all makes three; give a folder")
    targets = [folder if folder.suffix == ".pptx" else folder / f"slides-{code}.pptx" for code in languages]
    for target in targets:
        _check_target(target)
    frames = gather_frames(frame)
    for target, code in zip(targets, languages, strict=True):
        save_slides(target, frame, lang=code, template=template, frames=frames)
    return {"status": "made", "files": targets}


def _refresh(survey: Path | None, lang: str | None, deck: Path, out: Path | None) -> dict[str, Any]:
    from analysis.old.inference.findings import gather_frames
    from analysis.old.slides.refresh import outdated_titles, refresh_slides
    from analysis.survey.table import load_survey

    frame = load_survey(survey)
    if out is not None and out != deck:
        _check_target(out)
    before = deck.read_bytes() if deck.is_file() else b""
    frames = gather_frames(frame)
    target = refresh_slides(deck, frame, lang=lang, out=out, frames=frames)
    status = "unchanged" if target.read_bytes() == before else "refreshed"
    titles = outdated_titles(target, frame, lang=lang, frames=frames)
    return {"status": status, "files": [target], "outdated_titles": titles}


def _check_target(path: Path) -> None:
    """Refuse to replace what is no deck, or a deck that somebody has changed since it was made."""
    from analysis.old.slides.powerpoint.deck import is_ours

    if path.is_dir():
        raise RequestError(f"{show(str(path))} is a folder; give --out the folder that should hold it")
    if path.exists() and not is_ours(path):
        raise RequestError(
            f"{show(str(path))} is not a deck as maturity slides left it, and is not replaced; give another "
            "--out, or put the new figures into it with --refresh"
        )


def _tell(result: dict[str, Any]) -> None:
    """Where the decks are, and which titles no longer hold."""
    heads = {
        "made": "Slides with native charts, to be edited in PowerPoint:",
        "refreshed": "The charts have the figures of the survey now:",
        "unchanged": "The charts had the figures of the survey already:",
    }
    print(heads[result["status"]])
    for file in result["files"]:
        print(f"  {file}")
    titles = result.get("outdated_titles")
    if titles is None or titles.empty:
        return
    print("Titles that the figures no longer bear (titles and notes are yours, and were left alone):")
    for row in titles.itertuples():
        print(f"  slide {row.slide}: {show(row.title)}")
        print(f"    now: {show(row.finding) or 'nothing; the survey no longer bears this chart'}")
