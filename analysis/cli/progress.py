"""Progress on stderr: a bar for the step that runs, and at the end the time of each."""

from __future__ import annotations

from time import perf_counter
from types import TracebackType
from typing import NamedTuple, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from analysis.old.report.publishing.workshop import Watch


class Finished(NamedTuple):
    """A step that is done: how many of its parts were made, how many kept, and the time."""

    step: str
    made: int
    kept: int
    seconds: float


class Running(NamedTuple):
    """A step that runs: its bar, its parts, and since when."""

    task: TaskID
    made: int
    kept: int
    since: float


class Bar(Watch):
    """A bar on stderr, where that is a terminal, for each step that runs; ``finished`` holds those done."""

    def __init__(self) -> None:
        self.finished: list[Finished] = []
        self._console = Console(stderr=True, highlight=False)
        columns = (TextColumn("{task.description:<10}"), BarColumn(), TimeElapsedColumn())
        self._progress = Progress(*columns, console=self._console, transient=True)
        self._running: dict[str, Running] = {}
        self._since = perf_counter()

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()
        if error is None:
            for step in self.finished:
                kept = f", {step.kept} kept" if step.kept else ""
                self._console.print(f"{step.step:<10} {step.seconds:5.1f} s  {step.made} made{kept}")
            self._console.print(f"{'in all':<10} {perf_counter() - self._since:5.1f} s")

    def begin(self, step: str, made: int, kept: int) -> None:
        """A step starts: a bar of its own."""
        task = self._progress.add_task(step, total=made)
        self._running[step] = Running(task, made, kept, perf_counter())

    def advance(self, step: str, parts: float = 1) -> None:
        """The bar so many parts further."""
        self._progress.advance(self._running[step].task, parts)

    def end(self, step: str) -> None:
        """The step is done; its time is kept."""
        task, made, kept, since = self._running.pop(step)
        self._progress.remove_task(task)
        self.finished.append(Finished(step, made, kept, perf_counter() - since))
