"""Text into records of cells, strictly (RFC 4180), with the physical line of each.

A quote may open only at the start of a cell and must close before the next separator. A reader that is
lenient here swallows the rest of the file into one cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from analysis.errors import quote
from analysis.survey.parsing.characters import BLANKS

MOST_CHARACTERS = 1000  # of one cell

# Possessive, so that an unclosed quote costs one pass, over the longest cell with its quotes doubled.
QUOTED = re.compile(r'"((?:[^"]++|"")*+)"')
FARTHEST = 2 * MOST_CHARACTERS + 2


class Record(NamedTuple):
    """One row: the line it starts on, its cells, and what is wrong with its quotes (rule, reason)."""

    line: int
    cells: list[str]
    flaw: tuple[str, str] | None = None


def first_line_end(text: str) -> str:
    """What ends the first line: LF where there is only one line."""
    found = re.search(r"\r\n?|\n", text)
    return found[0] if found else "\n"


def unify_line_ends(text: str) -> str:
    """The text with line feeds; a lone carriage return ends a line only where the first line ends so."""
    unified = text.replace("\r\n", "\n")
    return unified.replace("\r", "\n") if first_line_end(text) == "\r" else unified


def split_records(text: str, separator: str, *, first_line: int = 1) -> Iterator[Record]:
    """The records of a text with unified line ends; those next to each other that are blank are one.

    A record with a wrong quote ends at its first line end.
    """
    blanks = f"{separator}{BLANKS}"
    filled = re.compile(f"[^\n{blanks}]")
    position, line = 0, first_line
    while position < len(text):
        end = text.find("\n", position)
        end = len(text) if end < 0 else end
        content = text[position:end]
        after = end + 1
        if not content.strip(blanks):
            yield Record(line, [])
            next_filled = filled.search(text, position)
            after = max(after, text.rfind("\n", position, next_filled.start() if next_filled else None) + 1)
        elif '"' in content:
            cells, behind, flaw = _split_quoted(text, position, separator)
            yield Record(line, cells, flaw)
            after = after if flaw else behind
        else:
            yield Record(line, content.split(separator))
            line, position = line + 1, after
            continue
        line += text.count("\n", position, after)
        position = after


def _split_quoted(text: str, start: int, separator: str) -> tuple[list[str], int, tuple[str, str] | None]:
    """Cells of the record at ``start``, where the next one starts, and what is wrong with its quotes."""
    bare = re.compile(f"[^{separator}\n]*")
    cells: list[str] = []
    position = start
    while True:
        if text.startswith('"', position):
            quoted = QUOTED.match(text, position, position + FARTHEST)
            if quoted is None:
                return cells, position, ("unclosed-quote", _unclosed(len(text) - position))
            cells.append(quoted[1].replace('""', '"'))
            position = quoted.end()
            if text[position : position + 1] not in {separator, "\n", ""}:
                return cells[:-1], position, ("stray-quote", _after_quote(text, position, quoted[0]))
        else:
            plain = bare.match(text, position)
            cells.append(plain[0] if plain else "")
            position += len(cells[-1])
            if '"' in cells[-1]:
                return (
                    cells[:-1],
                    position,
                    ("stray-quote", "a quote stands inside a cell that is not quoted"),
                )
        if text[position : position + 1] != separator:
            return cells, position + 1, None
        position += 1


def _unclosed(rest: int) -> str:
    if rest < FARTHEST:
        return "the quote that opens here is not closed before the end of the file"
    return (
        f"the quote that opens here is not closed within {MOST_CHARACTERS:,} characters, the most of one cell"
    )


def _after_quote(text: str, position: int, quoted: str) -> str:
    below = quoted.count("\n")
    where = f"{below} line{'s' if below > 1 else ''} below" if below else "in this line"
    found = quote(text[position])
    return f"a quote that opens here closes {where}, but {found} follows instead of a separator"
