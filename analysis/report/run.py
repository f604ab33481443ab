"""The whole report of a survey in one folder: executed notebooks, charts, slides and pages.

The folder is built beside its place and put there whole, at the end; the same input gives the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import platform
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import requires, version
from itertools import product
from pathlib import Path
from typing import Any, TypeVar

import nbformat

from analysis.charts.gallery import CHARTS, FORMATS, chart_files, charts_of
from analysis.codebook import DESCRIPTOR, locate_survey, usual_language
from analysis.inference.findings import gather_frames
from analysis.report.exports import export_survey, write_numbers
from analysis.report.notebooks import Watch, keep_silent, notebooks_for, render_cells, running_notebooks
from analysis.report.pages import Matter, render_choice, render_notebook, render_page, render_recovery
from analysis.rounding import DEFAULT_RULES
from analysis.slides.deck import make_deck
from analysis.slides.story import Page, pages_of
from analysis.survey.storing import building, require_replaceable
from analysis.survey.table import load_survey
from analysis.words.language import voice_of

ALL = "all"
REPORT_MANIFEST = "manifest.json"
DEFAULTS = {"n": None, "rounding": DEFAULT_RULES, "level": 0.95, "adjust": "family", "population": None}
Made = TypeVar("Made")


def run_report(
    out: str | Path,
    *,
    survey: str | Path | None = None,
    lang: str = ALL,
    n: Any = None,
    rounding: str | Sequence[str] = DEFAULT_RULES,
    level: float = 0.95,
    adjust: str = "family",
    population: Mapping[str, int] | None = None,
    force: bool = False,
    watch: Watch = keep_silent,
) -> Path:
    """A folder with the report of a survey, as static pages that need no network.

    Parameters
    ----------
    out : path
        The folder. An earlier report in it is replaced if nothing in it was changed, anything else refused.
    survey : path, optional
        A survey's folder or CSV; left out, the shipped survey.
    lang : str
        ``"all"``, or one of the codebook's languages, of pages, charts and slides.
    n, rounding, level, adjust, population
        What is assumed, as ``gather_frames`` takes it; it reaches notebooks, charts, slides and pages, and
        stands in every source line and in the manifest.
    force : bool
        Replace an earlier report also where files in it were added or changed.
    watch : callable
        Told the name of a step, how many of its parts are done (0 at its start), and how many it has;
        notebooks run beside the other steps.

    Returns
    -------
    Path
        The folder: ``index.html``, a folder a language, ``notebooks``, ``data`` and ``manifest.json``.

    Raises
    ------
    RequestError
        The language or an assumption cannot be used, the survey has no figures, or ``out`` holds something
        else.
    CodebookError, SurveyDataError
        The survey cannot be read.
    StorageError
        The disk or the system refused; ``out`` is as it was.

    Examples
    --------
    >>> from analysis import run_report
    >>> run_report("my-report", lang="fi", n={"vocational": 80, "general": range(95, 98)})  # doctest: +SKIP
    PosixPath('my-report')
    """
    location, rows = locate_survey(survey), load_survey(survey)
    codebook = location.codebook
    languages = list(codebook.languages) if lang == ALL else [voice_of(rows, lang).lang]
    require_replaceable(out, force=force)
    assumptions = {"n": n, "rounding": rounding, "level": level, "adjust": adjust, "population": population}
    frames = gather_frames(rows, **assumptions)
    table, content = str(codebook["resources"][0]["path"]), location.table.read_bytes()
    matter = Matter(rows, frames, languages, table, digest(content))
    assumed = {name: value for name, value in assumptions.items() if value != DEFAULTS[name]}
    descriptor = location.descriptor.read_bytes()
    with building(out, force=force) as folder:
        for name, data in {table: content, DESCRIPTOR: descriptor}.items():
            _put(folder, f"data/{name}", data)
        (folder / "notebooks").mkdir()
        paths = notebooks_for(rows)
        given = {"lang": usual_language(codebook.languages), **assumed}
        with running_notebooks(paths, folder / "notebooks", assumed=given, watch=watch) as running:
            slides = {voice.lang: pages_of(frames, voice) for voice in matter.voices}
            drawings = _make_charts(folder, matter, slides, watch)
            for voice in _watched(watch, "slides", matter.voices):
                workbook = export_survey(rows, to="xlsx", lang=voice.lang)
                _put(folder, f"{voice.lang}/slides.pptx", make_deck(slides[voice.lang], voice))
                _put(folder, f"{voice.lang}/survey.xlsx", workbook)
            executed = running.result()
        _make_pages(folder, matter, drawings, executed, watch)
        _put(folder, REPORT_MANIFEST, _manifest(folder, languages, assumed))
    return Path(out)


def _put(folder: Path, name: str, content: bytes | str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)


def _watched(watch: Watch, step: str, parts: Iterable[Made]) -> Iterator[Made]:
    """The parts of a step one by one, while the watch is told."""
    listed = list(parts)
    watch(step, 0, len(listed))
    for done, part in enumerate(listed, start=1):
        yield part
        watch(step, done, len(listed))


def _make_charts(
    folder: Path, matter: Matter, slides: Mapping[str, Mapping[str, Page]], watch: Watch
) -> dict[tuple[str, str], tuple[bytes, bytes]]:
    """Files of every chart that the survey bears; by language and name its drawings for wide and narrow."""
    frames, drawings = matter.frames, {}
    for voice, name in _watched(watch, "charts", product(matter.voices, charts_of(frames))):
        chart, lang = CHARTS[name], voice.lang
        files = chart_files(name, frames, FORMATS, lang=lang)
        files["pptx"] = make_deck(slides[lang], voice, only=name)
        files["csv"] = write_numbers(chart.read(frames[chart.frame], voice).numbers(), lang)
        for ending, content in files.items():
            _put(folder, f"{lang}/charts/{name}.{ending}", content)
        narrow = chart_files(name, frames, ("svg",), lang=lang, size="phone")
        drawings[lang, name] = files["svg"], narrow["svg"]
    return drawings


def _make_pages(
    folder: Path,
    matter: Matter,
    drawings: Mapping[tuple[str, str], tuple[bytes, bytes]],
    executed: Mapping[str, Any],
    watch: Watch,
) -> None:
    """The executed notebooks, as files and as pages, and the pages of each language."""
    heads = {stem: str(notebook.cells[0].source).partition("\n")[0] for stem, notebook in executed.items()}
    titles = {stem: head.lstrip("# ") for stem, head in heads.items()}
    for stem, notebook in executed.items():
        _put(folder, f"notebooks/{stem}.ipynb", nbformat.writes(notebook) + "\n")  # type: ignore[no-untyped-call]
        page = render_notebook(stem, titles[stem], render_cells(notebook), matter)
        _put(folder, f"notebooks/{stem}.html", page)
    _put(folder, "index.html", render_choice(matter))
    for voice in _watched(watch, "pages", matter.voices):
        own = {name: pair for (lang, name), pair in drawings.items() if lang == voice.lang}
        _put(folder, f"{voice.lang}/index.html", render_page(matter, own, titles, voice))
        _put(folder, f"{voice.lang}/recover.html", render_recovery(matter, voice))


def _manifest(folder: Path, languages: Sequence[str], assumed: Mapping[str, Any]) -> str:
    """What was assumed, what went in and what came out by SHA-256; no date and no path of the machine."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    needed = [line for line in requires("maturity-survey") or [] if "extra ==" not in line]
    libraries = sorted(re.split(r"[^\w.-]", line, maxsplit=1)[0] for line in needed)
    content = {
        "made_by": "maturity-survey report",
        "version": version("maturity-survey"),
        "languages": list(languages),
        "assumed": assumed,
        "versions": {"python": platform.python_version()} | {name: version(name) for name in libraries},
        "outputs": {path.relative_to(folder).as_posix(): digest(path.read_bytes()) for path in files},
    }
    return json.dumps(content, ensure_ascii=False, indent=1, default=list) + "\n"  # a range as its numbers


def digest(content: bytes) -> str:
    """The SHA-256 of bytes, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()
