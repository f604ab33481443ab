"""Commands on the table itself: check it; later also append, undo, new, export, tabulate."""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """Add this family's commands to the program."""
