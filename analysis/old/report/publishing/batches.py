"""Many charts at once: each drawn once and saved in all its formats, by two processes where it pays."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from analysis.old.charts.drawing.canvas import new_axes
from analysis.old.charts.files import save_chart
from analysis.old.charts.gallery import CHARTS

if TYPE_CHECKING:
    import pandas as pd

FORMATS = ("svg", "png", "pdf")
HELPER = (
    "import pickle, sys; sys.path[:] = pickle.load(sys.stdin.buffer); "
    "from analysis.old.report.publishing.batches import help_out; help_out()"
)
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
    """Jobs drawn by this process and a helper, each taking the next one until none is left."""
    saved: dict[int, list[Path]] = {}
    pending = iter(enumerate(jobs))
    with ThreadPoolExecutor(max_workers=1) as thread:
        helped = thread.submit(_direct_helper, pending, saved, done)
        try:
            for place, job in pending:
                saved[place] = draw_job(job)
                done(1)
        finally:
            deque(pending, maxlen=0)  # where one of the two fails the other stops as well
        helped.result()
    return [path for place in sorted(saved) for path in saved[place]]


def _direct_helper(
    pending: Iterator[tuple[int, Job]], saved: dict[int, list[Path]], done: Callable[[int], object]
) -> None:
    """Hand jobs to a second process, one at a time, until none is left.

    Not by multiprocessing, which would run the caller's own script once more in the second process. It is
    in a session of its own, so that an interrupt ends this process alone, and the helper with its input.
    """
    command = [sys.executable, "-c", HELPER]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, start_new_session=True) as helper:  # noqa: S603
        assert helper.stdin  # noqa: S101  (both were asked for)
        assert helper.stdout  # noqa: S101
        helper.stdin.write(pickle.dumps(sys.path))
        for place, job in pending:
            helper.stdin.write(pickle.dumps(job))
            helper.stdin.flush()
            answer = pickle.load(helper.stdout)  # noqa: S301  (from a process of our own)
            if isinstance(answer, BaseException):
                deque(pending, maxlen=0)
                raise answer
            saved[place] = answer
            done(1)


def help_out() -> None:
    """Draw the jobs that come in on stdin, and answer each with its files or with what went wrong."""
    while True:
        try:
            job = pickle.load(sys.stdin.buffer)  # noqa: S301  (from the process that started this one)
        except EOFError:
            return
        answer: list[Path] | Exception
        try:
            answer = draw_job(job)
        except Exception as error:  # noqa: BLE001  (raised again by the process that waits)
            answer = error
        pickle.dump(answer, sys.stdout.buffer)
        sys.stdout.buffer.flush()
