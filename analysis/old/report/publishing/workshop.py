"""The making of a report's parts: tables, notebooks, charts, slides, pages, each written into one folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.codebook import DESCRIPTOR, Location, codebook_of, shipped
from analysis.old.charts.gallery import CHARTS, bears_chart
from analysis.old.inference.findings import gather_frames
from analysis.old.report.exports import export_survey
from analysis.old.report.publishing.batches import Job, draw_all
from analysis.old.report.publishing.datasheets import write_numbers
from analysis.old.report.publishing.execution import run_notebooks
from analysis.old.report.publishing.manifest import Part
from analysis.old.report.publishing.pages import (
    CHART_ORDER,
    DRAWN,
    Matter,
    Picture,
    chart_files,
    numbers_file,
    render_choice,
    render_gallery,
    render_notebook,
    render_page,
)
from analysis.old.report.publishing.prints import print_page
from analysis.old.report.publishing.transcripts import read_transcript
from analysis.old.slides.story import save_slides
from analysis.old.words.conclusions import conclude

if TYPE_CHECKING:
    import pandas as pd

    from analysis.old.report.publishing.transcripts import Transcript

SHARED = "shared"  # the item of a part that belongs to no language
Files = dict[Part, list[str]]  # what a step has written: files by part, relative to the folder


class Watch:
    """Told of the steps of a report while they run, two at a time; this one keeps silent."""

    def begin(self, step: str, made: int, kept: int) -> None:
        """A step starts: so many of its parts have to be made anew, so many are kept."""

    def advance(self, step: str, parts: float = 1) -> None:
        """So many more parts of the step are made."""

    def end(self, step: str) -> None:
        """The step is done."""


class Workshop:
    """What is known of a survey, and the folder that its report is made in.

    Every method takes the parts of its step that have to be made anew and gives the files of each.
    """

    def __init__(
        self,
        folder: Path,
        location: Location,
        rows: pd.DataFrame,
        *,
        languages: Sequence[str],
        pdf: bool,
        watch: Watch,
    ) -> None:
        self.folder, self.location, self.rows = folder, location, rows
        self.languages, self.pdf, self.watch = languages, pdf, watch
        self.notebooks = {path.stem: path for path in sorted(shipped("notebooks").glob("*.ipynb"))}
        self.inputs = {location.table.name: location.table, DESCRIPTOR: location.descriptor}
        self.inputs |= {f"notebooks/{path.name}": path for path in self.notebooks.values()}

    @cached_property
    def frames(self) -> dict[str, pd.DataFrame]:
        """The frames of the survey; computed once, and only when a part needs them."""
        return gather_frames(self.rows)

    @cached_property
    def charts(self) -> list[str]:
        """The charts that the survey bears, in the order of a page."""
        return [name for name in CHART_ORDER if bears_chart(self.frames, name)]

    def make_tables(self, parts: Sequence[Part]) -> Files:
        """The table and its codebook as they are, and a workbook in each language."""
        made: Files = {}
        for part in parts:
            if part.item == SHARED:
                paths = (self.location.table, self.location.descriptor)
                content = {f"data/{path.name}": path.read_bytes() for path in paths}
            else:
                content = {f"{part.item}/survey.xlsx": export_survey(self.rows, to="xlsx", lang=part.item)}
            made[part] = self._write(content)
        return made

    def make_notebooks(self, parts: Sequence[Part]) -> Files:
        """The notebooks, executed on this survey."""
        notebooks = {part.item: self.notebooks[part.item] for part in parts}
        texts = run_notebooks(
            notebooks, survey=self.location.table, done=lambda _: self.watch.advance("notebooks")
        )
        return {
            part: self._write({f"notebooks/{part.item}.ipynb": texts[part.item].encode()}) for part in parts
        }

    def make_charts(self, parts: Sequence[Part]) -> Files:
        """Every chart in every size and format, and its numbers."""
        made = {part: self._write(self._numbers(part.item)) for part in parts}
        jobs = [job for part in parts for job in self._jobs(part.item)]
        draw_all(jobs, done=lambda more: self.watch.advance("charts", more * len(parts) / len(jobs)))
        for part in parts:
            forms = [chart_files(name, *form) for name in self.charts for form in DRAWN]
            made[part] += [f"{part.item}/{name}" for files in forms for name in files.values()]
        return made

    def _numbers(self, lang: str) -> dict[str, bytes]:
        frames = {name: self.frames[CHARTS[name].key] for name in self.charts}
        return {
            f"{lang}/{numbers_file(name)}": write_numbers(frame, lang=lang).encode()
            for name, frame in frames.items()
        }

    def _jobs(self, lang: str) -> list[Job]:
        folder = self.folder / lang / "charts"
        return [
            Job(name, self.frames[CHARTS[name].key], lang, size, theme, folder, formats)
            for name in self.charts
            for (size, theme), formats in DRAWN.items()
        ]

    def make_slides(self, parts: Sequence[Part]) -> Files:
        """A deck in each language."""
        made: Files = {}
        for part in parts:
            name = f"{part.item}/slides.pptx"
            save_slides(self.folder / name, self.rows, lang=part.item, frames=self.frames)
            self.watch.advance("slides")
            made[part] = [name]
        return made

    def make_prints(self, parts: Sequence[Part]) -> Files:
        """The page of each language as a tagged PDF."""
        made: Files = {}
        for part in parts:
            content = print_page(self.folder / part.item / "index.html")
            made[part] = self._write({f"{part.item}/report.pdf": content})
            self.watch.advance("prints")
        return made

    def make_pages(self, parts: Sequence[Part]) -> Files:
        """The pages of each language, those of the notebooks, and the first page."""
        made: Files = {}
        for part in parts:
            pages = self._shared_pages() if part.item == SHARED else self._pages(part.item)
            made[part] = self._write({name: text.encode() for name, text in pages.items()})
            self.watch.advance("pages")
        return made

    def _shared_pages(self) -> dict[str, str]:
        codebook = codebook_of(self.rows)
        pages = {"index.html": render_choice(codebook, self.languages)}
        for stem, transcript in self._transcripts.items():
            pages[f"notebooks/{stem}.html"] = render_notebook(
                transcript, stem, codebook=codebook, languages=self.languages
            )
        return pages

    @cached_property
    def _transcripts(self) -> dict[str, Transcript]:
        paths = {stem: self.folder / "notebooks" / f"{stem}.ipynb" for stem in self.notebooks}
        return {stem: read_transcript(path.read_text(encoding="utf-8")) for stem, path in paths.items()}

    def _pages(self, lang: str) -> dict[str, str]:
        matter = Matter(
            self.rows,
            self.frames,
            [self._picture(name, lang) for name in self.charts],
            conclude(self.frames, lang=lang),
            self.languages,
            {stem: transcript.title for stem, transcript in self._transcripts.items()},
            self.location.table.name,
            self.pdf,
        )
        return {
            f"{lang}/index.html": render_page(matter, lang=lang),
            f"{lang}/gallery.html": render_gallery(matter, lang=lang),
        }

    def _picture(self, name: str, lang: str) -> Picture:
        chart, frame = CHARTS[name], self.frames[CHARTS[name].key]
        drawings = {
            (size, theme): (self.folder / lang / chart_files(name, size, theme)["svg"]).read_bytes()
            for size, theme in DRAWN
        }
        return Picture(name, chart.describe(frame, lang=lang), chart.headline(frame, lang=lang), drawings)

    def _write(self, contents: Mapping[str, bytes]) -> list[str]:
        for name, content in contents.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return list(contents)
