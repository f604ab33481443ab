"""How every command answers: a table at 80 columns, one JSON object, a word on the side, its progress.

Results go to stdout, progress and warnings to stderr.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from textwrap import fill
from time import perf_counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.progress import Progress

WIDTH = 80  # columns of a terminal
COLUMN_GAP = 2  # columns between those of a table
SHORTEST = 12  # columns that are left to labels


def print_json(content: Mapping[str, Any]) -> None:
    """One JSON object; frames become lists of records, missing values null, numbers stay unrounded."""
    print(json.dumps(content, ensure_ascii=False, indent=1, default=_plain))


def _plain(value: Any) -> Any:
    """What JSON has for what it does not know: records for a frame, a number, else text."""
    if hasattr(value, "columns"):
        frame = value if value.index.name is None else value.reset_index()
        return frame.astype(object).where(frame.notna(), None).to_dict("records")
    return value.item() if hasattr(value, "item") else str(value)


def print_table(
    headline: str, heads: Iterable[object], rows: Sequence[Iterable[object]], *, left: int = 1
) -> None:
    """An aligned table, where it has rows, under what it says; the first ``left`` columns align left.

    Labels that are too long go on in the next line, but not after a no-break space; nothing is cut short.
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table

    plain: dict[str, Any] = {"highlight": False, "markup": False, "emoji": False}
    terminal = Console().width if sys.stdout.isatty() else WIDTH
    console = Console(width=max(terminal, WIDTH), **plain)  # a narrower one breaks the lines itself
    console.print(fill(headline, WIDTH, break_on_hyphens=False), style="bold")
    if not rows:
        return
    lines = [list(map(str, row)) for row in (heads, *rows)]
    for broken in (False, True):  # heads break where labels have no room, figures do not
        cells = [
            (*(head.split() if broken else [head]), *column) for head, *column in zip(*lines, strict=True)
        ]
        first, *others = (max(map(len, column)) for column in cells)
        room = console.width - sum(others) - COLUMN_GAP * len(cells)
        if first <= room:
            break
    if room < SHORTEST:
        console.width, room = console.width + SHORTEST - room, SHORTEST
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    for position, (head, width) in enumerate(zip(lines[0], (first, *others), strict=True)):
        figures: dict[str, Any] = {"justify": "right", "width": width} if position >= left else {}
        table.add_column(head, overflow="fold", **figures)
    for label, *values in lines[1:]:
        table.add_row(fill(label, room, break_on_hyphens=False) if left == 1 else label, *values)
    console.print(table)


def say(*texts: str, first: str = "", rest: str = "", aside: bool = False) -> None:
    """Each text in lines of a terminal, with what stands before the first and the others; aside on stderr."""
    for text in texts:
        lines = fill(text, WIDTH, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False)
        print(lines, file=sys.stderr if aside else sys.stdout)


def note(text: str) -> None:
    """A line for people on stderr; stdout stays the result."""
    print(text, file=sys.stderr)


@contextmanager
def step_bars() -> Iterator[Progress]:
    """On stderr a bar for each step that runs, where that is a terminal, and at the end the time of each."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    since, console = perf_counter(), Console(stderr=True, highlight=False)
    columns = (TextColumn("{task.description:<10}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        yield bars
    for task in bars.tasks:
        console.print(f"{task.description:<10} {task.elapsed:5.1f} s  {task.total} made")
    console.print(f"{'in all':<10} {perf_counter() - since:5.1f} s")


def advance(bars: Progress, step: str, done: int, parts: int) -> None:
    """So many parts of a step are done."""
    begun = {task.description: task.id for task in bars.tasks}
    task = begun[step] if step in begun else bars.add_task(step, total=parts)
    bars.update(task, completed=done, visible=done < parts)
    if done == parts:
        bars.stop_task(task)
