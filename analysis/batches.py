"""Many charts at once: each drawn once and saved in all its formats, by two processes where it pays."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from analysis.charts import CHARTS
from analysis.drawing.canvas import new_axes
from analysis.files import save_chart

if TYPE_CHECKING:
    import pandas as pd

FORMATS = ("svg", "png", "pdf")
WORTH_A_PROCESS = 6  # figures; a second process first has to load matplotlib


class Job(NamedTuple):
    """One figure: a chart of a frame in a language, size and theme, and where it is saved."""

    chart: str
    frame: pd.DataFrame
    lang: str
    size: str
    theme: str
    folder: Path
    formats: Sequence[str] = FORMATS

    @property
    def stem(self) -> Path:
        """The path of its files without their ending."""
        return self.folder / chart_name(self.chart, self.size, self.theme)


def chart_name(chart: str, size: str, theme: str) -> str:
    """What the files of a chart are called: ``stages-wide``, ``stages-wide-dark``."""
    return f"{chart}-{size}" + ("" if theme == "light" else f"-{theme}")


def draw_job(job: Job) -> list[Path]:
    """One figure, drawn and saved; the same bytes in whichever process."""
    chart = CHARTS[job.chart]
    ax = chart.draw(job.frame, lang=job.lang, ax=new_axes(size=job.size, theme=job.theme))
    alt = chart.describe(job.frame, lang=job.lang)
    return save_chart(ax, job.stem, alt=alt, formats=job.formats, lang=job.lang)


def draw_all(
    jobs: Sequence[Job], *, done: Callable[[int], object] = int, processes: int | None = None
) -> list[Path]:
    """All figures, drawn and saved.

    Parameters
    ----------
    jobs : sequence of Job
        What to draw.
    done : callable
        Told how many more figures are ready, whenever some are.
    processes : int, optional
        1 or 2; left out, 2 where there are as many processors and enough figures to pay for the second.

    Returns
    -------
    list of Path
        One file per figure and format, in the order of the jobs.

    Raises
    ------
    StorageError
        The disk or the system refused.
    """
    if processes is None:
        processes = 2 if len(jobs) >= WORTH_A_PROCESS and _processors() > 1 else 1
    if processes > 1:
        return _draw_in_two(jobs, done)
    saved = []
    for job in jobs:
        saved += draw_job(job)
        done(1)
    return saved


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _draw_in_two(jobs: Sequence[Job], done: Callable[[int], object]) -> list[Path]:
    """Jobs from the front in this process, from the back in another, until they meet."""
    saved: dict[int, list[Path]] = {}
    front, back = 0, len(jobs)
    pending: dict[int, Future[list[Path]]] = {}
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as other:
        while front < back or pending:
            while len(pending) < 2 and front < back - 1:
                back -= 1
                pending[back] = other.submit(draw_job, jobs[back])
            if front < back:
                saved[front] = draw_job(jobs[front])
                front += 1
                done(1)
            ready = [place for place, future in pending.items() if future.done() or front >= back]
            saved |= {place: pending.pop(place).result() for place in ready}
            done(len(ready))
    return [path for place in sorted(saved) for path in saved[place]]
