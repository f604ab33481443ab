"""The whole report of a survey in one folder: executed notebooks, charts, slides and pages.

The folder is built beside its place and put there whole, at the end; the same input gives the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.codebook import DESCRIPTOR, codebook_of, load_codebook, locate_survey
from analysis.report.notebooks import (
    language_of_notebooks,
    notebooks_for,
    render_cells,
    running_notebooks,
    title_of,
    write_notebook,
)
from analysis.report.pages import Matter, Picture, render_choice, render_notebook, render_page
from analysis.rounding import DEFAULT_RULES
from analysis.survey.cells import starts_formula
from analysis.survey.storing import building, require_replaceable
from analysis.survey.table import load_survey

if TYPE_CHECKING:
    import pandas as pd

    from analysis.charts.chart import Chart
    from analysis.words.language import Voice

ALL = "all"
REPORT_MANIFEST = "manifest.json"
DECIMALS = 2  # of the numbers beside a chart
DEFAULTS = {"n": None, "rounding": DEFAULT_RULES, "level": 0.95, "adjust": "family", "population": None}
LIBRARIES = (
    "babel",
    "fonttools",
    "font-source-sans-pro",
    "ipykernel",
    "jinja2",
    "matplotlib",
    "nbclient",
    "nbconvert",
    "numpy",
    "pandas",
    "python-pptx",
    "scipy",
    "seaborn",
)


class Watch:
    """Told of the steps of a report while they run, two at a time; this one keeps silent."""

    def begin(self, step: str, parts: int) -> None:
        """A step of so many parts starts."""

    def advance(self, step: str) -> None:
        """One more part of the step is made."""

    def end(self, step: str) -> None:
        """The step is done."""


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
    watch: Watch | None = None,
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
    watch : Watch, optional
        Told of each step.

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
    from analysis.inference.findings import gather_frames
    from analysis.words.language import voice_of

    location, rows = locate_survey(survey), load_survey(survey)
    languages = list(codebook_of(rows).languages) if lang == ALL else [voice_of(rows, lang).lang]
    require_replaceable(out, force=force)
    assumptions = {"n": n, "rounding": rounding, "level": level, "adjust": adjust, "population": population}
    frames = gather_frames(rows, **assumptions)
    descriptor = location.descriptor.read_bytes()
    data = {
        str(load_codebook(location.descriptor)["resources"][0]["path"]): location.table.read_bytes(),
        DESCRIPTOR: descriptor,
    }
    assumed = {name: value for name, value in assumptions.items() if value != DEFAULTS[name]}
    with building(out, force=force) as folder:
        _Making(folder, rows, frames, languages, data, assumed, watch or Watch()).make()
    return Path(out)


@dataclass
class _Making:
    """A report while it is made: what it is made of, and the folder that it is made in."""

    folder: Path
    rows: pd.DataFrame
    frames: Mapping[str, pd.DataFrame]
    languages: Sequence[str]
    data: Mapping[str, bytes]  # table and descriptor by file name
    assumed: Mapping[str, Any]
    watch: Watch

    def make(self) -> None:
        """Everything: the notebooks in kernels of their own, the rest meanwhile in this process."""
        for name, content in self.data.items():
            self._write(f"data/{name}", content)
        paths = notebooks_for(codebook_of(self.rows))
        home = self.folder / "notebooks"
        home.mkdir()
        self.watch.begin("notebooks", len(paths))
        given = {
            "lang": language_of_notebooks(codebook_of(self.rows).languages),
            **self.assumed,
        }
        with running_notebooks(
            paths, home, assumed=given, done=lambda: self.watch.advance("notebooks")
        ) as running:
            pictures = self._make_charts()
            self._make_slides()
            executed = running.result()
        self.watch.end("notebooks")
        self.watch.begin("pages", len(self.languages) + len(executed))
        table, content = next(iter(self.data.items()))
        titles = {stem: title_of(notebook) for stem, notebook in executed.items()}
        matter = Matter(self.rows, self.frames, self.languages, titles, table, digest(content))
        for stem, notebook in executed.items():
            self._write(f"notebooks/{stem}.ipynb", write_notebook(notebook))
            self._write(
                f"notebooks/{stem}.html", render_notebook(stem, titles[stem], render_cells(notebook), matter)
            )
            self.watch.advance("pages")
        self._write("index.html", render_choice(matter))
        self._make_pages(matter, pictures)
        self.watch.end("pages")
        self._write(REPORT_MANIFEST, self._manifest())

    def _make_charts(self) -> dict[str, list[Picture]]:
        """Every chart that the survey bears in every language, with its numbers and its slide."""
        from analysis.charts.gallery import CHARTS
        from analysis.words.language import voice_of

        charts = [chart for chart in CHARTS.values() if chart.bears(self.frames)]
        self.watch.begin("charts", len(charts) * len(self.languages))
        pictures: dict[str, list[Picture]] = {lang: [] for lang in self.languages}
        for lang in self.languages:
            voice = voice_of(self.rows, lang)
            for chart in charts:
                pictures[lang].append(self._make_chart(chart, voice))
                self.watch.advance("charts")
        self.watch.end("charts")
        return pictures

    def _make_chart(self, chart: Chart, voice: Voice) -> Picture:
        """One chart in one language, its files written."""
        from analysis.charts.files import FORMATS
        from analysis.charts.gallery import chart_files
        from analysis.slides.deck import make_deck

        frame, name = self.frames[chart.frame], chart.name
        numbers = tidy_numbers(chart.numbers(frame, voice))
        wide = chart_files(name, self.frames, FORMATS, lang=voice.lang)
        files = {f"charts/{name}.{ending}": content for ending, content in wide.items()}
        files[f"charts/{name}.pptx"] = make_deck(self.frames, voice, only=name)
        files[f"charts/{name}.csv"] = write_numbers(numbers, voice)
        for path, content in files.items():
            self._write(f"{voice.lang}/{path}", content)
        return Picture(
            name,
            chart.title(frame, voice),
            chart.alt(frame, voice),
            numbers,
            wide["svg"],
            chart_files(name, self.frames, ("svg",), lang=voice.lang, size="phone")["svg"],
            {path.rpartition(".")[2]: path for path in files},
        )

    def _make_slides(self) -> None:
        """A deck and a workbook in each language."""
        from analysis.report.tables import export_survey
        from analysis.slides.deck import make_deck
        from analysis.words.language import voice_of

        self.watch.begin("slides", len(self.languages))
        for lang in self.languages:
            self._write(f"{lang}/slides.pptx", make_deck(self.frames, voice_of(self.rows, lang)))
            self._write(f"{lang}/survey.xlsx", export_survey(self.rows, to="xlsx", lang=lang))
            self.watch.advance("slides")
        self.watch.end("slides")

    def _make_pages(self, matter: Matter, pictures: Mapping[str, Sequence[Picture]]) -> None:
        from analysis.report.recovery_page import make_recovery_page, table_as_text
        from analysis.words.language import voice_of

        for lang in self.languages:
            voice = voice_of(self.rows, lang)
            self._write(f"{lang}/index.html", render_page(matter, pictures[lang], voice))
            example = table_as_text(self.frames["survey"], voice)
            self._write(f"{lang}/recover.html", make_recovery_page(lang=lang, example=example))
            self.watch.advance("pages")

    def _write(self, name: str, content: bytes | str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)

    def _manifest(self) -> str:
        """What was assumed, what went in and what came out by SHA-256; no date and no path of the machine."""
        files = sorted(
            path for path in self.folder.rglob("*") if path.is_file() and not path.name.startswith(".")
        )
        content = {
            "made_by": "maturity-survey report",
            "version": version("maturity-survey"),
            "languages": list(self.languages),
            "assumed": {name: _plain(value) for name, value in self.assumed.items()},
            "versions": {"python": platform.python_version()} | {name: version(name) for name in LIBRARIES},
            "outputs": {
                path.relative_to(self.folder).as_posix(): digest(path.read_bytes()) for path in files
            },
        }
        return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def tidy_numbers(numbers: pd.DataFrame) -> pd.DataFrame:
    """The numbers of a chart without digits that nobody reads, whole ones as whole."""
    tidied = numbers.copy()
    for name, column in numbers.select_dtypes("number").items():
        whole = (column.dropna() % 1 == 0).all()
        tidied[name] = column.astype("Int64") if whole else column.round(DECIMALS)
    return tidied


def write_numbers(numbers: pd.DataFrame, voice: Voice) -> bytes:
    """The numbers of a chart as a CSV file that a spreadsheet of its language opens as a table.

    Where decimals have a comma, semicolons stand between the cells. A text that would run as a formula gets
    an apostrophe.
    """
    mark = "," if "," in voice.number(0.5, 1) else "."
    table = numbers.map(_inert).rename(columns=_inert)
    named = table.index.name is not None
    if named:
        table = table.rename(index=_inert)
    text = table.to_csv(sep=";" if mark == "," else ",", decimal=mark, index=named, lineterminator="\n")
    return text.encode("utf-8-sig")


def _inert(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and starts_formula(value) else value


def digest(content: bytes) -> str:
    """The SHA-256 of bytes, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def _plain(value: Any) -> Any:
    """An assumption as JSON knows it."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    return list(value) if isinstance(value, Iterable) and not isinstance(value, str) else value
