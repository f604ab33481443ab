"""How every command answers: a table at 80 columns, one JSON object, a word on the side, its progress.

Results go to stdout, progress and warnings to stderr.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from textwrap import fill
from time import perf_counter
from typing import Any, Self

from analysis.errors import SurveyDataError

WIDTH = 80  # columns of a terminal
COLUMN_GAP = 2  # columns between those of a table
SHORTEST = 12  # columns that are left to labels


def print_json(content: Mapping[str, Any]) -> None:
    """One JSON object; frames become lists of records, missing values null, numbers stay unrounded."""
    print(json.dumps(plain(content), ensure_ascii=False, indent=1))


def plain(value: Any) -> Any:
    """A value as JSON knows it; of a frame and of a named tuple, records with their columns as keys."""
    if hasattr(value, "columns"):
        frame = value if value.index.name is None else value.reset_index()
        rows = frame.itertuples(index=False, name=None)
        value = [dict(zip(frame.columns, row, strict=True)) for row in rows]
    elif hasattr(value, "_asdict"):
        value = value._asdict()
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [plain(item) for item in value]
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, bool | int | str):
        return value
    return None if str(value) in {"<NA>", "NaT"} else str(value)


@contextmanager
def telling_problems(*, as_json: bool) -> Iterator[None]:
    """Problems of a table stand on stdout too, where programs read it."""
    try:
        yield
    except SurveyDataError as error:
        if as_json:
            print_json({"status": "refused", "problems": error.problems})
        raise


def print_table(
    headline: str, heads: Iterable[object], rows: Iterable[Iterable[object]], *, left: int = 1
) -> None:
    """An aligned table under a line that says the finding; the first ``left`` columns align left.

    Labels that are too long go on in the next line, but not after a no-break space; nothing is cut short.
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    terminal = Console().width if sys.stdout.isatty() else WIDTH
    console = Console(width=max(terminal, WIDTH), highlight=False)  # a narrower one breaks the lines itself
    console.print(Text(headline, style="bold"))
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    names, cells = [str(head) for head in heads], [[str(value) for value in row] for row in rows]
    columns = list(zip(names, *cells, strict=True))
    widest = [max(map(len, column)) for column in columns]
    room = console.width - sum(widest[1:]) - COLUMN_GAP * len(widest)
    if widest[0] > room:  # then heads break, figures do not
        widest = [max(map(len, (*head.split(), *figures))) for head, *figures in columns]
        room = console.width - sum(widest[1:]) - COLUMN_GAP * len(widest)
    if room < SHORTEST:
        console.width, room = console.width + SHORTEST - room, SHORTEST
    for position, head in enumerate(names):
        if position < left:
            table.add_column(Text(head), overflow="fold")
        else:
            table.add_column(Text(head), justify="right", width=widest[position])
    for first, *others in cells:
        table.add_row(
            Text(fill(first, room, break_on_hyphens=False) if left == 1 and room > 0 else first),
            *map(Text, others),
        )
    console.print(table)


def wrapped(text: str, first: str = "", rest: str = "") -> str:
    """A text in lines of a terminal, with what stands before the first and before the others."""
    return fill(text, WIDTH, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False)


def note(text: str) -> None:
    """A line for people on stderr; stdout stays the result."""
    print(text, file=sys.stderr)


class StepBars:
    """On stderr a bar for each step that runs, where that is a terminal, and at the end the time of each.

    ``finished`` holds those done by name: how many parts each had, and the time that it took in seconds.
    """

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        self.finished: dict[str, tuple[int, float]] = {}
        self._console = Console(stderr=True, highlight=False)
        columns = (TextColumn("{task.description:<10}"), BarColumn(), TimeElapsedColumn())
        silent = not self._console.is_terminal
        self._progress = Progress(*columns, console=self._console, transient=True, disable=silent)
        self._running: dict[str, tuple[Any, float]] = {}
        self._since = perf_counter()

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._progress.stop()
        if kind is None:
            for step, (parts, seconds) in self.finished.items():
                self._console.print(f"{step:<10} {seconds:5.1f} s  {parts} made")
            self._console.print(f"{'in all':<10} {perf_counter() - self._since:5.1f} s")

    def __call__(self, step: str, done: int, parts: int) -> None:
        """So many parts of a step are done."""
        if step not in self._running:
            self._running[step] = self._progress.add_task(step, total=parts), perf_counter()
        task, since = self._running[step]
        self._progress.update(task, completed=done, visible=done < parts)
        if done == parts:
            self.finished[step] = parts, perf_counter() - since
