"""Charts drawn by two processes: each once for a language, size and theme, and saved in all formats."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from analysis.charts import CHARTS, new_axes
from analysis.files import save_chart

if TYPE_CHECKING:
    import pandas as pd

HELPER = (
    "import pickle, sys; sys.path[:] = pickle.load(sys.stdin.buffer); import analysis.crew as c; c.help_out()"
)


class Job(NamedTuple):
    """One figure to draw, and where its files go: a path without the ending of a format."""

    name: str
    frame: pd.DataFrame
    lang: str
    size: str
    theme: str
    stem: Path


def draw_all(jobs: Sequence[Job], *, done: Callable[[], None]) -> None:
    """Every figure drawn and saved, by this process and a helper; which of them draws one changes no byte.

    Parameters
    ----------
    jobs : sequence of Job
        Figures to draw.
    done : callable
        Called after each figure.

    Raises
    ------
    StorageError
        The disk or the system refused.
    """
    pending = iter(jobs)
    with ThreadPoolExecutor(max_workers=1) as thread:
        helped = thread.submit(_direct_helper, pending, done)
        try:
            for job in pending:
                draw(job)
                done()
        finally:
            deque(pending, maxlen=0)  # where one of the two fails the other stops as well
        helped.result()


def draw(job: Job) -> None:
    """One figure, drawn and saved in all formats."""
    chart = CHARTS[job.name]
    axes = chart.draw(job.frame, lang=job.lang, ax=new_axes(size=job.size, theme=job.theme))
    save_chart(axes, job.stem, alt=chart.describe(job.frame, lang=job.lang), lang=job.lang)


def _direct_helper(pending: Iterator[Job], done: Callable[[], None]) -> None:
    """Hand figures to a second process, one at a time, until none is pending."""
    # Not multiprocessing: it would run the caller's own script once more in the second process.
    command = [sys.executable, "-c", HELPER]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as helper:  # noqa: S603
        assert helper.stdin  # noqa: S101  (it was asked for)
        assert helper.stdout  # noqa: S101
        helper.stdin.write(pickle.dumps(sys.path))
        for job in pending:
            helper.stdin.write(pickle.dumps(job))
            helper.stdin.flush()
            error = pickle.load(helper.stdout)  # noqa: S301  (from a process of our own)
            if error is not None:
                deque(pending, maxlen=0)
                raise error
            done()


def help_out() -> None:
    """Draw the figures that come in, and answer each with what went wrong, or nothing."""
    answers = sys.stdout.buffer
    while True:
        try:
            job = pickle.load(sys.stdin.buffer)  # noqa: S301  (from the process that started this one)
        except EOFError:
            return
        error = None
        try:
            draw(job)
        except Exception as problem:  # noqa: BLE001  (raised again by the process that waits)
            error = problem
        pickle.dump(error, answers)
        answers.flush()
