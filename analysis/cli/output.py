"""What every command shares: its options, its tables at 80 columns, its JSON, its progress.

Results go to stdout, progress and warnings to stderr.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Any, Self

import typer

from analysis.codebook import LANGUAGES
from analysis.errors import RequestError, unknown_code

if TYPE_CHECKING:
    import pandas as pd

SurveyOption = Annotated[
    Path | None,
    typer.Option(
        "--survey", help="A survey's folder, or its CSV; left out, the shipped survey.", metavar="PATH"
    ),
]
LangOption = Annotated[
    str, typer.Option("--lang", metavar="fi|sv|en|all", help="Language of pages, charts and slides.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object for other programs.")]


def print_json(content: Mapping[str, Any]) -> None:
    """One JSON object; frames become lists of records, missing values null, numbers stay unrounded."""
    print(json.dumps({key: plain(value) for key, value in content.items()}, ensure_ascii=False, indent=1))


def plain(value: Any) -> Any:
    """A value as JSON knows it; frames become lists of records with their columns as keys."""
    if hasattr(value, "to_dict") and hasattr(value, "columns"):
        return records(value)
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [plain(item) for item in value]
    if hasattr(value, "item"):
        value = value.item()
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return None if str(value) in {"<NA>", "NaT"} else str(value)


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """One dict a row; a named index comes first, a column MultiIndex nests."""
    if frame.index.name is not None:
        frame = frame.reset_index()
    rows = []
    for values in frame.itertuples(index=False, name=None):
        row: dict[str, Any] = {}
        for column, value in zip(frame.columns, values, strict=True):
            if isinstance(column, tuple):
                row.setdefault(str(column[0]), {})[str(column[1])] = plain(value)
            else:
                row[str(column)] = plain(value)
        rows.append(row)
    return rows


def print_table(headline: str, heads: list[str], rows: list[list[str]], *, left: int = 1) -> None:
    """An aligned table under a line that says the finding; the first ``left`` columns align left."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(width=None if sys.stdout.isatty() else 80, highlight=False)
    console.print(Text(headline, style="bold"))
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for position, head in enumerate(heads):
        if position < left:
            table.add_column(Text(head))
        else:  # heads break, figures do not
            widest = max((len(row[position]) for row in rows), default=1)
            table.add_column(Text(head), justify="right", min_width=widest)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console.print(table)


def chosen_languages(lang: str, offered: Sequence[str] = LANGUAGES) -> tuple[str, ...]:
    """The languages that an option asks for: one of those that the codebook offers, or ``all``."""
    if lang == "all":
        return tuple(offered)
    if lang not in offered:
        raise RequestError(unknown_code("--lang", lang, [*offered, "all"]))
    return (lang,)


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
        self._progress = Progress(*columns, console=self._console, transient=True)
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
