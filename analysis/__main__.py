"""The command line: ``maturity COMMAND …`` (``python -m analysis`` does the same).

Exit codes: 0 done, 2 the input is refused, 3 locked, 4 the disk or the system refused; 1 is left to bugs.
"""

from __future__ import annotations

import sys
from importlib import import_module

import typer

from analysis.errors import MaturityError, StorageError

FAMILIES = ("tables", "exports", "responses", "counts", "contrasts", "pictures", "decks", "reports")

app = typer.Typer(
    name="maturity",
    help="Maturity stages in a published survey table: what the rounded percentages can and cannot bear.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for family in FAMILIES:
    import_module(f"analysis.commands.{family}").register(app)


def main() -> None:
    """Run one command; what the user can cause ends in its message and exit code."""
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
