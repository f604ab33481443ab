"""Bytes of a file into rows of cells with their physical line numbers; knows nothing of surveys.

Nothing is guessed: what could be read in two ways is refused, and every normalisation is noted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path

from analysis.errors import quote
from analysis.survey.characters import BLANKS
from analysis.survey.encoding import decode
from analysis.survey.ledger import Ledger
from analysis.survey.opening import identify, open_plain
from analysis.survey.sheets import (
    MOST_CHARACTERS,
    SEPARATORS,
    Form,
    Record,
    Sheet,
    first_line_end,
    known_names,
    split_records,
    unify_line_ends,
)

MOST_BYTES = 5_000_000  # of a file; the table of a survey has some kilobytes
LINE_ENDS = {"\r\n": "CR LF", "\r": "CR"}
HINT = re.compile(r'"?sep=(.?)"?[,;\t ]*', re.IGNORECASE)
SHOWN_NAMES = 7  # of columns that a header may have
LOOKED_AT = 20  # lines in which a header is looked for


def open_table(path: str | Path, ledger: Ledger, names: Sequence[str]) -> Sheet:
    """The sheet in a file, whose header has some of ``names``; its rows are read on demand.

    Raises
    ------
    SurveyDataError
        It is no regular file, is larger than ``MOST_BYTES``, is no table, or has no header on its first line.
    """
    if identify(path, ledger, ("text", "utf-16", "xlsx")) == "xlsx":
        from analysis.survey.workbooks import open_workbook, show_cell

        grid = open_workbook(path, ledger, names)
        width = max(map(len, grid.rows))
        records = (
            Record(line, [show_cell(cell, line, ledger) for cell in row] + [""] * (width - len(row)))
            if any(row)
            else Record(line, [])
            for line, row in enumerate(grid.rows[grid.header :], grid.header + 1)
        )
        return _open_sheet(records, None, ledger, names)
    data = read_bytes(path, ledger)
    return open_text(data, ledger, names)


def open_text(data: bytes, ledger: Ledger, names: Sequence[str]) -> Sheet:
    """The sheet in the bytes of a text file, as ``open_table`` gives it."""
    text, encoding = decode(data, ledger)
    line_end = first_line_end(text)
    if line_end in LINE_ENDS:
        ledger.note(f"line ends {LINE_ENDS[line_end]} read as LF")
    text = unify_line_ends(text)
    first, _, below = text.partition("\n")
    hint = HINT.fullmatch(first)
    text = below if hint else text
    if not text.strip(BLANKS + "\n" + "".join(SEPARATORS)):
        raise ledger.stop("", "", "", "empty-file", f"the file is empty: {len(data)} bytes and no text")
    separator = _hinted(hint, ledger) if hint else _find_separator(text, names)
    if separator != ",":
        ledger.note(f"{SEPARATORS[separator]} read as separators")
    records = split_records(text, separator, first_line=2 if hint else 1)
    return _open_sheet(records, Form(encoding, separator, line_end), ledger, names)


def read_bytes(path: str | Path, ledger: Ledger) -> bytes:
    """The bytes of a regular file of at most ``MOST_BYTES``; nothing else is opened.

    Raises
    ------
    SurveyDataError
        It is an address, absent, a folder, a pipe, a device, unreadable or too large.
    """
    with open_plain(path, ledger, MOST_BYTES) as file:
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise ledger.stop("", "", "", "too-large", f"the file is larger than {MOST_BYTES // 10**6} MB")
    return data


def _open_sheet(records: Iterator[Record], form: Form | None, ledger: Ledger, names: Sequence[str]) -> Sheet:
    first = list(islice(records, LOOKED_AT))
    matches = [len(known_names(record.cells, names)) for record in first]
    best = matches.index(max(matches))
    line = first[0].line
    if matches[0] < 2 <= matches[best]:
        start = f"starts {quote(' '.join(first[0].cells))}" if any(first[0].cells) else "is blank"
        problem = (
            f"the header was looked for on line {line}, which {start}, and seems to be on line "
            f"{first[best].line}; delete what is above it"
        )
        raise ledger.stop(line, "", "", "header-not-on-line-1", problem)
    if matches[0] == 0:
        problem = (
            f"this is not a header row: it starts {quote(' '.join(first[0].cells))}; name the columns "
            f"{', '.join(names[:SHOWN_NAMES])}, separated by commas, semicolons or tabs"
        )
        raise ledger.stop(line, "", "", "no-header", problem)
    return Sheet(first[0], chain(first[1:], records), form, ledger)


def _hinted(hint: re.Match[str], ledger: Ledger) -> str:
    separator = hint[1] or ","
    if separator not in SEPARATORS:
        problem = f"the separator is {quote(separator)}; use commas, semicolons or tabs"
        raise ledger.stop(1, "", hint[0], "separator", problem)
    ledger.note("the line 'sep=' left out", 1)
    return separator


def _find_separator(text: str, names: Sequence[str]) -> str:
    """The separator that gives the best header within the first lines."""
    lines = text[: LOOKED_AT * MOST_CHARACTERS].split("\n")[:LOOKED_AT]
    cells = {mark: [[c.strip('"') for c in line.split(mark)] for line in lines] for mark in SEPARATORS}
    return max(SEPARATORS, key=lambda mark: max(len(known_names(line, names)) for line in cells[mark]))
