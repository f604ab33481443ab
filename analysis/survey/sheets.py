"""A file into a sheet of cells that is read row by row, with physical line numbers; knows nothing of surveys.

Nothing is guessed: what could be read in two ways is refused, and every normalisation is noted.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple

from analysis.errors import find_forbidden, quote, show
from analysis.survey.cells import BLANKS, LOOKED_AT, known_names
from analysis.survey.ledger import Ledger
from analysis.survey.opening import decode, identify, open_plain

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}
LONGEST_CELL = 1000  # of one cell
CONFLICT = re.compile(r"(<{7}|={7}|>{7}|\|{7})( .*)?")
MOST_BYTES = 5_000_000  # of a file; the table of a survey has some kilobytes
LINE_ENDS = {"\r\n": "CR LF", "\r": "CR"}
HINT = re.compile(r'"?sep=(.?)"?[,;\t ]*', re.IGNORECASE)
SHOWN_COLUMNS = 7  # of columns that a header may have
# UTF-8 that was once read as Windows-1252: Ã¤ for ä, â€“ for a dash; and the mark of a lost character.
_HIGH = "".join(bytes([code]).decode("cp1252", "ignore") for code in range(0x80, 0xC0))
GARBLED = re.compile(f"[\u00c2\u00c3][{_HIGH}]|\u00e2[{_HIGH}]{{2}}|\ufffd")

Flaw = tuple[str, str]  # the rule that is broken, and why


class Record(NamedTuple):
    """One row: the line it starts on, its cells, and what is wrong with its quotes."""

    line: int
    cells: list[str]
    flaw: Flaw | None = None


class Form(NamedTuple):
    """How a text file is written: its encoding, its separator, the end of its first line."""

    encoding: str
    separator: str
    line_end: str


class Sheet:
    """A table of cells that is read row by row, with what is wrong going to the ledger.

    ``header`` holds the names as they stand, trimmed; ``form`` is None for a workbook.
    """

    def __init__(self, header: Record, records: Iterator[Record], form: Form | None, ledger: Ledger) -> None:
        self.header_line = header.line
        self.form = form
        self._records = records
        self._ledger = ledger
        self._names = [cell.strip(BLANKS) for cell in header.cells]
        self._named = [position for position, name in enumerate(self._names) if name]
        self.header = [self._names[position] for position in self._named]
        if header.flaw is not None:
            ledger.refuse(header.line, "", '"', *header.flaw)
        self._check_cells(header.line, self._names)

    def rows(self) -> Iterator[Record]:
        """The rows that hold something and have as many cells as the header, in the order of its names."""
        blank, all_named = 0, len(self._named) == len(self._names)
        for line, raw, flaw in self._records:
            if self._ledger.full:
                return
            text = "".join(raw)
            if not text.strip(BLANKS) and flaw is None:
                blank = blank or line
                continue
            if blank:
                self._ledger.warn("blank rows between the others are left out", blank)
                blank = 0
            cells = [cell.strip(BLANKS) for cell in raw]
            if breach := flaw or self._find_breach(cells):
                self._ledger.refuse(line, "", '"' if flaw else "", *breach)
                continue
            is_plain = text.isascii() and text.isprintable() and len(text) <= LONGEST_CELL
            if not (is_plain and all_named):
                self._check_cells(line, cells)
                cells = [cells[position] for position in self._named]
            yield Record(line, cells)
        if empty := [str(position) for position, name in enumerate(self._names, 1) if not name]:
            columns = "-".join(dict.fromkeys([empty[0], empty[-1]]))
            self._ledger.warn(f"columns without name and content are left out: {columns}")

    def _find_breach(self, cells: list[str]) -> Flaw | None:
        """Why a row is none of this table: it has another width, or is something else."""
        width, found = len(self._names), len(cells)
        if found == width:
            if cells[1:] == self._names[1:] and cells[0].lower() == self._names[0].lower():
                return "repeated-header", "the header stands here once more: are these two tables?"
            return None
        if CONFLICT.fullmatch(cells[0]):
            return "merge-conflict", f"a merge conflict marker: {quote(cells[0])}; resolve the conflict first"
        problem = f"the row has {found} field{'s' if found != 1 else ''}, the header {width}"
        if found > width and self.form is not None and self.form.separator == ",":
            problem += "; a decimal comma, or a comma in text, must stand in quotes in a file with commas"
        if unseen := find_forbidden("".join(cells)):
            problem += f"; it holds {unseen[1]}"
        return "too-few-fields" if found < width else "too-many-fields", problem

    def _check_cells(self, line: int, cells: list[str]) -> None:
        for position, cell in enumerate(cells):
            column = show(self._names[position].lower()) or f"column {position + 1}"
            if len(cell) > LONGEST_CELL:
                problem = f"{column} has {len(cell):,} characters; the limit is {LONGEST_CELL:,}"
                self._ledger.refuse(line, column, cell[:80], "field-too-long", problem)
            elif found := find_forbidden(cell):
                rule, reason = found
                self._ledger.refuse(line, column, cell, rule, f"{column} holds {reason}: {quote(cell)}")
            elif GARBLED.search(cell):
                self._ledger.warn(f"{column} looks garbled by a wrong encoding: {quote(cell)}", line)
            if cell and not self._names[position]:
                self._names[position] = column
                problem = (
                    f"{column} has no name but holds {quote(cell)} on line {line}; name it or delete it "
                    "(pandas writes such a column unless index=False)"
                )
                self._ledger.refuse(self.header_line, column, cell, "unknown-column", problem)


def split_records(text: str, separator: str, *, first_line: int = 1) -> Iterator[Record]:
    """The records of a text with unified line ends; those next to each other that are blank are one.

    They are read strictly (RFC 4180): a quote may open only at the start of a cell and must close before the
    next separator. A record with a wrong quote ends at its first line end.
    """
    lines, place, blank = text.removesuffix("\n").split("\n"), 0, separator + BLANKS
    while place < len(lines):
        line, number = lines[place], first_line + place
        if not line.strip(blank):
            yield Record(number, [])
            while place < len(lines) and not lines[place].strip(blank):
                place += 1
        elif '"' in line:
            cells, flaw, taken = _read_quoted(lines, place, separator)
            yield Record(number, cells, flaw)
            place += taken
        else:
            yield Record(number, line.split(separator))
            place += 1


def _read_quoted(lines: Sequence[str], place: int, separator: str) -> tuple[list[str], Flaw | None, int]:
    """The cells of the record that starts on a line with quotes, its flaw, and how many lines it takes."""
    end = min(len(lines), place + LONGEST_CELL)  # a cell has no more line ends than characters
    reader = csv.reader((lines[at] + "\n" for at in range(place, end)), delimiter=separator, strict=True)
    try:
        cells = next(reader)
    except csv.Error as error:
        flaw = ("stray-quote", "a closing quote is followed by something else than a separator")
        if "end of data" in str(error):
            flaw = ("unclosed-quote", "the quote that opens here is not closed before the longest cell ends")
        elif "limit" in str(error):
            flaw = ("field-too-long", f"a cell is longer than {LONGEST_CELL:,} characters")
        return [], flaw, 1
    raw = "\n".join(lines[place : place + reader.line_num])
    if any('"' in cell and '"' + cell.replace('"', '""') + '"' not in raw for cell in cells):
        return [], ("stray-quote", "a quote stands inside a cell that is not quoted"), 1
    return cells, None, reader.line_num


def unify_line_ends(text: str) -> tuple[str, str]:
    """The text with line feeds, and what ended its first line; a lone CR ends lines where it ended that."""
    first = re.search(r"\r\n?|\n", text)
    line_end = first[0] if first else "\n"
    unified = text.replace("\r\n", "\n")
    return unified.replace("\r", "\n") if line_end == "\r" else unified, line_end


def open_table(path: str | Path, ledger: Ledger, names: Sequence[str]) -> Sheet:
    """The sheet in a file, whose header has some of ``names``; its rows are read on demand.

    Raises SurveyDataError for no regular file, one of more than ``MOST_BYTES``, no table, or no header on the
    first line.
    """
    if identify(path, ledger, ("text", "xlsx")) == "xlsx":
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
    return open_text(read_bytes(path, ledger), ledger, names)


def open_text(data: bytes, ledger: Ledger, names: Sequence[str]) -> Sheet:
    """The sheet in the bytes of a text file, as ``open_table`` gives it."""
    text, encoding = decode(data, ledger)
    text, line_end = unify_line_ends(text)
    if line_end in LINE_ENDS:
        ledger.note(f"line ends {LINE_ENDS[line_end]} read as LF")
    first, _, below = text.partition("\n")
    hint = HINT.fullmatch(first)
    text = below if hint else text
    if not text.strip(BLANKS + "\n" + "".join(SEPARATORS)):
        raise ledger.stop("", "", "", "empty-file", f"the file is empty: {len(data)} bytes and no text")
    separator = (hint[1] or ",") if hint else _find_separator(text, names)
    if separator not in SEPARATORS:
        problem = f"the separator is {quote(separator)}; use commas, semicolons or tabs"
        raise ledger.stop(1, "", first, "separator", problem)
    if hint:
        ledger.note("the line 'sep=' left out", 1)
    if separator != ",":
        ledger.note(f"{SEPARATORS[separator]} read as separators")
    records = split_records(text, separator, first_line=2 if hint else 1)
    return _open_sheet(records, Form(encoding, separator, line_end), ledger, names)


def read_bytes(path: str | Path, ledger: Ledger) -> bytes:
    """The bytes of a regular file of at most ``MOST_BYTES``; nothing else is opened (see ``open_plain``)."""
    with open_plain(path, ledger, MOST_BYTES) as file:
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise ledger.stop("", "", "", "too-large", f"the file is larger than {MOST_BYTES // 10**6} MB")
    return data


def _open_sheet(records: Iterator[Record], form: Form | None, ledger: Ledger, names: Sequence[str]) -> Sheet:
    first = list(islice(records, LOOKED_AT))
    matches = [len(known_names(record.cells, names)) for record in first]
    best = matches.index(max(matches))
    if matches[0] == 0 or matches[0] < 2 <= matches[best]:
        rule = "no-header"
        advice = f"name the columns {', '.join(names[:SHOWN_COLUMNS])}, between commas, semicolons or tabs"
        if matches[best] > 1:
            rule = "header-not-on-line-1"
            advice = f"the header seems to be on line {first[best].line}: delete what is above it"
        start = f"starts {quote(' '.join(first[0].cells))}" if first[0].cells else "is blank"
        problem = f"this is not a header row: it {start}; {advice}"
        raise ledger.stop(first[0].line, "", "", rule, problem)
    return Sheet(first[0], chain(first[1:], records), form, ledger)


def _find_separator(text: str, names: Sequence[str]) -> str:
    """The separator that gives the best header within the first lines."""
    lines = text[: LOOKED_AT * LONGEST_CELL].split("\n")[:LOOKED_AT]
    cells = {mark: [[c.strip('"') for c in line.split(mark)] for line in lines] for mark in SEPARATORS}
    return max(SEPARATORS, key=lambda mark: max(len(known_names(line, names)) for line in cells[mark]))
