"""Commands that make something: charts, slides, report, other forms of a survey's table; its folder; a page.

``charts``, ``slides``, ``report``, ``export``; ``new`` for another survey, ``read`` and ``page`` for tables.
"""

from __future__ import annotations

import shlex
import sys
from functools import partial
from itertools import product
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from typer import Argument, Option, prompt

from analysis.cli import options
from analysis.cli.output import advance, print_json, step_bars
from analysis.errors import RequestError, quote, shorten, show

if TYPE_CHECKING:
    from collections.abc import Sequence

OTHER_DECKS = {".ppt", ".potx", ".pptm", ".odp", ".pdf", ".key"}  # forms that are not written
TOLD = 160  # characters of what stands on a slide
DECKS = {  # by what became of them
    "made": "Slides with native charts, to be edited in PowerPoint:",
    "refreshed": "The deck has the figures of the survey now:",
    "unchanged": "The deck had the figures of the survey already:",
}


def charts(
    asked: options.Asked,
    *,
    lang: options.LangOption = None,
    out: Annotated[Path, Option(metavar="DIR", help="The folder for the files.")] = Path("maturity-charts"),
    formats: Annotated[
        str, Option("--format", metavar="FORMAT[,…]", help="One or more of svg, png and pdf.")
    ] = "svg,png,pdf",
    sizes: Annotated[
        str, Option("--size", metavar="SIZE[,…]", help="One or more of wide, half, square and phone; or all.")
    ] = "wide",
    theme: Annotated[str, Option(metavar="light|dark", help="Light or dark background.")] = "light",
    only: Annotated[
        str | None,
        Option(metavar="NAME[,…]", help="Only these charts; a name that is not known is answered with all."),
    ] = None,
    assumed: Annotated[dict[str, Any], options.assuming("n", "rounding", "level")],
    force: options.ForceOption = False,
    as_json: options.JsonOption = False,
) -> None:
    """Draw the charts of a survey or table as SVG, PNG and PDF, with alt texts and numbers beside them."""
    from rich.console import Console
    from rich.progress import track

    from analysis.charts.gallery import CHARTS, FORMATS, chart_files, charts_of, draw_figure
    from analysis.inference.findings import gather_frames
    from analysis.report.exports import write_numbers
    from analysis.style import SIZES, THEMES
    from analysis.survey.storing import write_file
    from analysis.words.language import voice_of

    languages = options.languages_of(lang, asked.survey.attrs["codebook"].languages)
    kinds = tuple(options.several("--format", formats, FORMATS))
    forms = options.several("--size", sizes, SIZES)
    suffix = "" if options.known("--theme", theme, THEMES) == "light" else f"-{theme}"
    wanted = options.several("--only", only or "all", CHARTS)
    frames = gather_frames(asked.survey, wave=asked.wave, **assumed)
    able = charts_of(frames)
    for name in wanted if only else ():
        if name not in able:
            draw_figure(name, frames)  # says what is in the way
    console, files = Console(stderr=True), []
    jobs = list(product(languages, [name for name in able if name in wanted]))
    for code, name in track(jobs, "charts", console=console, transient=True, disable=not console.is_terminal):
        frame = frames[CHARTS[name].frame]
        reading = CHARTS[name].read(frame, voice_of(frame, code))
        contents: dict[str, bytes | str] = {}
        for size in forms:
            drawn = chart_files(name, frames, kinds, lang=code, size=size, theme=theme)
            contents |= {f"{name}-{size}{suffix}.{form}": content for form, content in drawn.items()}
        contents[f"{name}.txt"] = reading.alt() + "\n"
        contents[f"{name}.csv"] = write_numbers(reading.numbers(), code)
        files += [write_file(out / code / file, content, force=force) for file, content in contents.items()]
    if as_json:
        print_json({"status": "drawn", "files": files})
        return
    number = len(jobs) * len(forms)
    pictures = "1 picture" if number == 1 else f"{number} pictures"
    head = f"{pictures} in {', '.join(kinds)}, with alt texts and numbers:"
    print(head, *(out / code for code in languages), sep="\n  ")


def slides(
    survey: options.SurveyOption = None,
    lang: Annotated[
        str | None,
        Option(
            "--lang",
            metavar="fi|sv|en|all",
            help="Language of the slides; left out, English, or with --refresh that of the deck.",
        ),
    ] = None,
    template: Annotated[
        Path | None,
        Option(metavar="FILE", help="A .pptx or .potx file whose look (master, theme and layouts) is used."),
    ] = None,
    out: Annotated[
        Path | None,
        Option(
            metavar="DIR|FILE",
            help="A file that ends in .pptx, or a folder for slides-LANG.pptx; left out, this folder.",
        ),
    ] = None,
    refresh: Annotated[
        Path | None,
        Option(
            metavar="DECK",
            help="A deck made before, also one that you have changed: its charts and our sentences get the "
            "figures of now, what you wrote stays. The deck before is kept as DECK.bak, unless --out names "
            "another file.",
        ),
    ] = None,
    *,
    assumed: Annotated[dict[str, Any], options.assuming("n", "rounding", "level", "adjust")],
    force: options.ForceOption = False,
    as_json: options.JsonOption = False,
) -> None:
    """Make a deck of slides with native, editable charts; or put new figures into one made before.

    For a published table that is no survey yet, maturity read makes the folder first.
    """
    if refresh is not None and (template is not None or lang == "all"):
        raise RequestError(
            "--refresh keeps the look and language of a deck; leave out --template and --lang all"
        )
    from analysis.inference.findings import gather_frames
    from analysis.slides.deck import save_slides
    from analysis.slides.refresh import refresh_slides
    from analysis.survey.table import load_survey

    rows = load_survey(survey)
    targets = _targets(options.languages_of(lang, rows.attrs["codebook"].languages), out or Path())
    frames = gather_frames(rows, **assumed)
    done = None
    if refresh is None:
        for code, file in targets.items():
            save_slides(file, rows, lang=code, template=template, frames=frames, force=force)
        result: dict[str, Any] = {"status": "made", "files": list(targets.values())}
    else:
        target = out / refresh.name if out is not None and out.is_dir() else out
        done = refresh_slides(refresh, rows, lang=lang, out=target, frames=frames, force=force)
        status = "refreshed" if done.changed else "unchanged"
        result = {"status": status, "files": [done.path], "backup": done.backup, "left": done.left}
    if as_json:
        print_json(result)
        return
    print(DECKS[result["status"]], *(show(str(file)) for file in result["files"]), sep="\n  ")
    if done and done.backup:
        print(f"The deck before is {show(str(done.backup))}")
    if done and len(done.left):
        print("Left to you, since it is not ours as we wrote it, or cannot be renewed:")
    for slide, shape, text, now in done.left.to_numpy() if done else ():
        print(f"  slide {slide}: {shorten(show(text), TOLD) or show(shape)}")
        if now:
            print(f"    now: {shorten(show(now), TOLD)}")


def _targets(languages: Sequence[str], out: Path) -> dict[str, Path]:
    """The file of each language."""
    ending = out.suffix.lower()
    if ending in OTHER_DECKS and not out.is_dir():
        raise RequestError(
            f"--out {show(str(out))} ends in {ending}; name a file that ends in .pptx, or a folder"
        )
    if ending != ".pptx":
        return {code: out / f"slides-{code}.pptx" for code in languages}
    if len(languages) > 1:
        raise RequestError(f"--out {show(str(out))} is one file, and --lang all makes several; give a folder")
    return {languages[0]: out}


def report(
    survey: options.SurveyOption = None,
    lang: Annotated[
        str, Option("--lang", metavar="fi|sv|en|all", help="Language of pages, charts and slides.")
    ] = "all",
    out: Annotated[
        Path, Option(metavar="DIR", help="The folder to make; an earlier report there is replaced.")
    ] = Path("maturity-report"),
    *,
    assumed: Annotated[dict[str, Any], options.assuming("n", "rounding", "level", "adjust", "population")],
    force: Annotated[
        bool, Option("--force", help="Replace an earlier report also where files in it were changed.")
    ] = False,
    as_json: options.JsonOption = False,
) -> None:
    """Make the report: pages that need no network, charts, slides and executed notebooks.

    For a published table that is no survey yet, maturity read makes the folder first.
    """
    from analysis.codebook import locate_survey
    from analysis.report.run import run_report

    languages = options.languages_of(lang, locate_survey(survey).codebook.languages)
    with step_bars() as bars:
        run_report(out, survey=survey, lang=lang, **assumed, force=force, watch=partial(advance, bars))
    places = {
        "report": [out / "index.html"],
        "pages": [out / code / "index.html" for code in languages],
        "charts": [out / code / "charts" for code in languages],
        "slides": [out / code / "slides.pptx" for code in languages],
        "notebooks": [out / "notebooks"],
    }
    if as_json:
        steps = [{"step": step.description, "parts": step.total} for step in bars.tasks]
        print_json({"status": "done", **places, "steps": sorted(steps, key=itemgetter("step"))})
        return
    print(f"The report is ready; open {out / 'index.html'}")
    for name, paths in places.items():
        for path in paths:
            print(f"  {name:<10} {path}")


def export(
    to: Annotated[
        str,
        Option(
            "--to",
            metavar="wide-csv|xlsx",
            help="As a CSV file with a column for each group, or as a workbook.",
        ),
    ],
    survey: options.SurveyOption = None,
    lang: options.LangOption = None,
    reader: Annotated[
        str, Option("--for", metavar="any|excel", help="The program that is to open the CSV file.")
    ] = "any",
    out: Annotated[Path, Option(metavar="DIR", help="The folder for the files.")] = Path(),
    *,
    force: options.ForceOption = False,
    as_json: options.JsonOption = False,
) -> None:
    """Write the table with a column for each group, as it was published, or as an accessible workbook."""
    from analysis.codebook import locate_survey
    from analysis.report.exports import FORMS, READERS, export_survey
    from analysis.survey.storing import write_file
    from analysis.survey.table import load_survey

    ending, reader = FORMS[options.known("--to", to, FORMS)], options.known("--for", reader, READERS)
    frame, never = load_survey(survey), [locate_survey(survey).table]
    files = [
        write_file(
            out / f"survey-{code}.{ending}",
            export_survey(frame, to=to, lang=code, reader=reader),
            force=force,
            never=never,
        )
        for code in options.languages_of(lang, frame.attrs["codebook"].languages)
    ]
    if as_json:
        print_json({"status": "written", "files": files, "rows": len(frame)})
    else:
        print(f"{len(frame)} rows of the survey, as {to}:", *files, sep="\n  ")


def new(
    folder: Annotated[
        Path, Argument(metavar="FOLDER", help="A folder that does not exist yet, or is empty.")
    ],
    *,
    name: Annotated[str, Option(metavar="TEXT", help="Name of the survey.")] = "",
    stages: Annotated[
        str, Option(metavar="A,B,…", help="Stages from least to most: labels, or CODE=LABEL each.")
    ] = "",
    groups: Annotated[
        str, Option(metavar="A,B,…", help="Groups in the same way, with their total, if there is one.")
    ] = "",
    total: Annotated[str, Option(metavar="GROUP", help="The group that all others make up together.")] = "",
    lang: options.LabelsOption = "en",
    as_json: options.JsonOption = False,
) -> None:
    """Make a folder for another survey: codebook, guide, empty table, notebook. Asks for what is not given.

    Where a name has a comma in it, separate the names with semicolons.
    """
    from analysis.survey.storing import require_replaceable
    from analysis.survey.table import make_survey

    require_replaceable(folder, once=True)
    name = name or _ask("--name", "Name of the survey")
    scale = _split_names(stages or _ask("--stages", "Stages, from least to most, separated by commas"))
    if len(scale) < 2:
        raise RequestError("a scale has two stages or more; separate their names with commas")
    target = make_survey(
        folder,
        name=name,
        stages=scale,
        groups=_split_names(groups or _ask("--groups", "Groups, separated by commas")),
        total=total or None,
        lang=lang,
    )
    if as_json:
        print_json({"status": "made", "folder": target})
        return
    print(f"{show(str(target))} is ready for its first wave; its README.md says what can be added.")
    print(f"  maturity append FILE --survey {show(shlex.quote(str(target)))}")


def _ask(option: str, question: str) -> str:
    """What the person at the terminal answers; where there is none, the option must say it."""
    if not sys.stdin.isatty():
        raise RequestError(
            f"{option} is missing; give it: maturity new FOLDER --name … --stages … --groups …"
        )
    return str(prompt(question))


def _split_names(text: str) -> dict[str, str] | list[str]:
    """Labels parted by semicolons, else by commas; by code where each is given as CODE=LABEL."""
    names = [part.strip() for part in text.split(";" if ";" in text else ",") if part.strip()]
    pairs = [[side.strip() for side in part.split("=", 1)] for part in names]
    coded = all(len(pair) == 2 for pair in pairs)
    if coded and len({code for code, _ in pairs}) < len(pairs):
        raise RequestError(f"a code stands twice in {quote(text)}; give each once")
    return dict(pairs) if coded else names


def read(
    table: Annotated[
        Path, Argument(metavar="TABLE", help="A table of percentages: CSV, Markdown or copied text.")
    ],
    out: Annotated[Path, Option(metavar="FOLDER", help="The folder to make.")],
    wave: Annotated[str, Option(metavar="WAVE", help="When the survey was made, as 2024 or 2024-autumn.")],
    *,
    name: Annotated[
        str | None, Option(metavar="TEXT", help="Name of the survey; left out, the file's name.")
    ] = None,
    assumed: Annotated[dict[str, Any], options.assuming("n")],
    total: options.TotalOption = None,
    unordered: options.UnorderedOption = False,
    lang: options.LabelsOption = "en",
) -> None:
    """Make a published table a survey's folder, of which report, slides and charts can be made."""
    from analysis.survey.pasted import read_percentages, save_percentages

    survey = read_percentages(table, **assumed, total=total, ordered=not unordered, lang=lang)
    folder = save_percentages(survey, out, name=name or table.stem, wave=wave)
    print(f"{len(survey)} figures are in {folder}; next: maturity report --survey {folder}")


def page(
    out: Annotated[Path, Option(metavar="FILE.html", help="The file to write.")] = Path("recover.html"),
    lang: Annotated[str, Option("--lang", metavar="fi|sv|en", help="Language of the page.")] = "en",
    *,
    force: options.ForceOption = False,
) -> None:
    """Write a page on which anybody can paste a table and see its counts, in a browser, without a network."""
    from analysis.report.pages import make_recovery_page
    from analysis.survey.storing import write_file

    print(f"The page is ready; open {write_file(out, make_recovery_page(lang=lang), force=force)}")
