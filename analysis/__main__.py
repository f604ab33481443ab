"""The command line: ``maturity COMMAND …`` (``python -m analysis`` does the same).

Exit codes: 0 done, 2 the input is refused, 3 locked, 4 the disk or the system refused; 1 is left to bugs.
"""

from __future__ import annotations

import gc
import sys
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

from analysis.errors import MaturityError, StorageError

CONTAINERS = 100_000  # made between two looks for cycles, which the rows of a table have none of
FAMILIES = ("tables", "exports", "responses", "counts", "contrasts", "pictures", "decks", "reports")


class Program(TyperGroup):
    """The help as plain text, since loading rich takes longer than all else, and no summary cut short."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """The commands and the first paragraph of what each says of itself."""
        names = self.list_commands(ctx)
        with formatter.section("Commands"):
            formatter.write_dl([(name, (self.commands[name].help or "").split("\n\n")[0]) for name in names])


app = typer.Typer(
    name="maturity",
    cls=Program,
    help="Maturity stages in a published survey table: what the rounded percentages can and cannot bear.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for family in FAMILIES:
    import_module(f"analysis.cli.{family}").register(app)


def main() -> None:
    """Run one command; what the user can cause ends in its message and exit code."""
    gc.set_threshold(CONTAINERS)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    try:
        app()
    except MaturityError as error:
        print(error, file=sys.stderr)  # noqa: T201
        sys.exit(error.exit_code)
    except OSError as error:
        print(f"the system refused: {error}", file=sys.stderr)  # noqa: T201
        sys.exit(StorageError.exit_code)


if __name__ == "__main__":
    main()
