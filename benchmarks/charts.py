"""Warm figures in SVG, PNG and PDF against bare matplotlib, and 36 of them on one process and on two.

Bare matplotlib draws the same picture: the texts, lines and rectangles of ours at the places where ours has
put them, in the same typeface, saved with the same settings. It neither measures nor wraps nor places a
text, writes no alt text into the files, and writes them to memory.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from analysis.codebook import LANGUAGES
from analysis.old.charts.drawing.canvas import new_axes
from analysis.old.charts.files import SETTINGS
from analysis.old.charts.gallery import CHARTS
from analysis.old.inference.findings import gather_frames
from analysis.old.report.publishing.batches import FORMATS, Job, draw_all, draw_job
from analysis.survey.table import load_survey
from benchmarks.clock import RUNS, Budget, Record, record, time_calls

if TYPE_CHECKING:
    from matplotlib.axes import Axes

OF_BARE = Budget("ratio", 1.15)
OF_ONE_PROCESS = Budget("ratio", 1 / 1.75)
REMARKS = {
    "36 figures in three formats, two processes": "bound by the start of the second process, which imports "
    "matplotlib and the package first (the CPU seconds beyond those of one process); the 108 figures of a "
    "report earn it back better. A forked process would start at once, but copies the threads of its caller."
}
COPIED = ("color", "linewidth", "linestyle", "marker", "markersize", "zorder")


def measure(*, runs: int = RUNS) -> list[Record]:
    """Two records per chart, then one per number of processes."""
    frames = gather_frames(load_survey())
    names = [name for name in CHARTS if CHARTS[name].key in frames]
    records = []
    with tempfile.TemporaryDirectory() as folder:
        jobs = [
            Job(name, frames[CHARTS[name].key], lang, size, "light", Path(folder, lang))
            for lang in LANGUAGES
            for size in ("wide", "half")
            for name in names
        ]
        for job in jobs[: len(names)]:
            records += measure_figure(job, runs)
        return records + measure_processes(jobs, runs)


def measure_figure(job: Job, runs: int) -> list[Record]:
    """One chart by bare matplotlib and by us, in turns."""
    ax = CHARTS[job.chart].draw(job.frame, lang=job.lang, ax=new_axes(size=job.size, theme=job.theme))
    works = {"bare": draw_plainly(ax), "ours": partial(draw_job, job)}
    spent = time_calls(works, runs=runs)
    return [
        record(f"{job.chart}, bare matplotlib", spent["bare"]),
        record(
            job.chart,
            spent["ours"],
            ratio=spent["ours"].cpu / spent["bare"].cpu,
            to="CPU of bare matplotlib",
            budget=OF_BARE,
        ),
    ]


def draw_plainly(ax: Axes) -> Callable[[], None]:
    """The drawing and saving of the picture on these Axes with nothing but matplotlib."""
    figure = ax.figure
    size, dpi, ground = tuple(figure.get_size_inches()), figure.dpi, figure.get_facecolor()
    texts = [
        (
            text.get_transform().transform(text.get_unitless_position()),
            text.get_text(),
            {
                "fontproperties": text.get_fontproperties(),
                "color": text.get_color(),
                "ha": text.get_ha(),
                "va": text.get_va(),
                "parse_math": False,
                "zorder": text.get_zorder(),
            },
        )
        for text in ax.texts
    ]
    lines = [
        (
            line.get_transform().transform(line.get_xydata()),
            {name: mpl.artist.getp(line, name) for name in COPIED},
        )
        for line in ax.lines
    ]
    bars = [(patch.get_window_extent(), patch.get_facecolor(), patch.get_edgecolor()) for patch in ax.patches]

    def draw() -> None:
        plain = Figure(size, dpi=dpi, facecolor=ground)
        FigureCanvasAgg(plain)
        axes = plain.add_axes((0, 0, 1, 1), xlim=(0, size[0] * dpi), ylim=(0, size[1] * dpi))
        axes.set_axis_off()
        for (x, y), words, style in texts:
            axes.text(x, y, words, **style)
        for points, style in lines:
            axes.plot(*points.T, **style)
        for box, face, edge in bars:
            axes.bar(box.x0, box.height, box.width, box.y0, align="edge", color=face, edgecolor=edge)
        save_plainly(plain)

    return draw


def save_plainly(figure: Any) -> None:
    """A figure in all formats, to memory."""
    with mpl.rc_context(SETTINGS):
        for form in FORMATS:
            figure.savefig(io.BytesIO(), format=form, dpi="figure")


def measure_processes(jobs: list[Job], runs: int) -> list[Record]:
    """All figures on one process and on two; the files have to be the same."""
    found: dict[int, str] = {}

    def draw(processes: int) -> None:
        files = draw_all(jobs, processes=processes)
        found[processes] = sha256(b"".join(file.read_bytes() for file in files)).hexdigest()

    spent = time_calls({f"on {number}": partial(draw, number) for number in (1, 2)}, runs=runs)
    if found[1] != found[2]:
        raise AssertionError("two processes have drawn other bytes than one")
    one, two = spent["on 1"], spent["on 2"]
    name = f"{len(jobs)} figures in three formats"
    return [
        record(f"{name}, one process", one),
        record(
            f"{name}, two processes",
            two,
            ratio=two.wall / one.wall,
            to="wall of one process",
            budget=OF_ONE_PROCESS,
        ),
    ]
