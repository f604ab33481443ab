"""The command line: ``maturity COMMAND …`` (``python -m analysis`` does the same).

Exit codes: 0 done, 2 the input is refused, 3 locked, 4 the disk or the system refused; 128 and its number
after a signal (130 after Ctrl-C, 143 after SIGTERM); 1 is left to bugs.
"""

from __future__ import annotations

import gc
import io
import os
import signal
import sys
from pathlib import Path
from typing import Annotated, Any, Never

import typer

from analysis.cli.counts import audit, compare, disclose, recover, sizes, waves
from analysis.cli.making import charts, export, new, page, read, report, slides
from analysis.cli.options import spread
from analysis.cli.tables import append, check, tabulate, undo
from analysis.errors import MaturityError, StorageError

CONTAINERS = 100_000  # made between two looks for cycles, which the rows of a table have none of
COMMANDS = (  # in the order of the help
    *(check, append, undo, new, tabulate),
    *(recover, sizes, audit, disclose, compare, waves),
    *(charts, slides, report, export, read, page),
)
SIGNALS = (signal.SIGINT, signal.SIGTERM)

app = typer.Typer(
    name="maturity",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # loading rich takes longer than all else
)
for command in COMMANDS:
    summary = (command.__doc__ or "").partition("\n\n")[0]  # whole, which would be cut short else
    app.command(short_help=summary)(spread(command))


def show_version(asked: bool) -> None:
    """Print the version and end, where that is asked."""
    if asked:
        from importlib.metadata import version

        print(f"maturity-survey {version('maturity-survey')}")  # noqa: T201
        raise typer.Exit


@app.callback()
def start(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Maturity stages in a published survey table: what the rounded percentages can and cannot tell."""


class Outlet(io.FileIO):
    """A stream that takes what nobody reads any more, so that a command does its work to the end."""

    def write(self, content: Any) -> int:
        """How much was taken; all of it where the reader has gone."""
        try:
            return super().write(content) or 0
        except BrokenPipeError:
            return len(content)


def open_outlet(stream: Any) -> Any:
    """The same stream in UTF-8, which neither a reader that leaves nor a lone surrogate can end."""
    if stream is None:  # closed by whoever started this
        return Path(os.devnull).open("w", encoding="utf-8")
    try:
        outlet = Outlet(stream.fileno(), "w", closefd=False)
    except (AttributeError, OSError, ValueError):
        return stream  # not a file
    return io.TextIOWrapper(
        io.BufferedWriter(outlet), encoding="utf-8", errors="backslashreplace", line_buffering=outlet.isatty()
    )


def end_by_signal(number: int, _: object) -> Never:
    """End through every clean-up on the way out; further signals no longer disturb it."""
    for which in SIGNALS:
        signal.signal(which, signal.SIG_IGN)
    sys.exit(128 + number)


def main() -> None:
    """Run one command; what the user can cause ends in its message and exit code."""
    gc.set_threshold(CONTAINERS)
    before = {number: signal.getsignal(number) for number in SIGNALS}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:  # as nohup leaves it
            signal.signal(number, end_by_signal)
    sys.stdout, sys.stderr = open_outlet(sys.stdout), open_outlet(sys.stderr)
    try:
        try:
            app()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
    except MaturityError as error:
        print(error, file=sys.stderr)  # noqa: T201
        sys.exit(error.exit_code)
    except OSError as error:
        print(f"the system refused: {error}", file=sys.stderr)  # noqa: T201
        sys.stdout = None  # which would be flushed once more
        sys.exit(StorageError.exit_code)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


if __name__ == "__main__":
    main()
