"""Progress on stderr: a bar for each step that runs, and at the end the time of each."""

from __future__ import annotations

from time import perf_counter
from types import TracebackType
from typing import NamedTuple, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from analysis.report.run import Watch


class Finished(NamedTuple):
    """A step that is done: how many parts it had, and the time it took in seconds."""

    step: str
    parts: int
    seconds: float


class StepBars(Watch):
    """A bar on stderr, where that is a terminal, for each step that runs; ``finished`` holds those done."""

    def __init__(self) -> None:
        self.finished: list[Finished] = []
        self._console = Console(stderr=True, highlight=False)
        columns = (TextColumn("{task.description:<10}"), BarColumn(), TimeElapsedColumn())
        self._progress = Progress(*columns, console=self._console, transient=True)
        self._running: dict[str, tuple[TaskID, int, float]] = {}
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
                self._console.print(f"{step.step:<10} {step.seconds:5.1f} s  {step.parts} made")
            self._console.print(f"{'in all':<10} {perf_counter() - self._since:5.1f} s")

    def begin(self, step: str, parts: int) -> None:
        """A step starts: a bar of its own."""
        self._running[step] = self._progress.add_task(step, total=parts), parts, perf_counter()

    def advance(self, step: str) -> None:
        """The bar one part further."""
        self._progress.advance(self._running[step][0])

    def end(self, step: str) -> None:
        """The step is done; its time is kept."""
        task, parts, since = self._running.pop(step)
        self._progress.remove_task(task)
        self.finished.append(Finished(step, parts, perf_counter() - since))
