"""Rows of the survey table: one cell each of wave × group × stage, read from a sheet by strict rules."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from operator import itemgetter
from typing import NamedTuple

from analysis.codebook import COLUMNS, DESCRIPTOR, Codebook
from analysis.errors import quote
from analysis.survey.cells import (
    LARGEST,
    MOST_DECIMALS,
    Numeral,
    Vocabulary,
    compose,
    is_ambiguous_thousand,
    read_numeral,
    read_wave_id,
    starts_formula,
    tell_foreign,
)
from analysis.survey.ledger import Ledger
from analysis.survey.sheets import Record, Sheet

KEY = ("wave", "group", "stage")
LETTERS = frozenset("åäöÅÄÖ")
PLAIN_PERCENTS = {text: text for text in ["", *map(str, range(101))]}
PLAIN_INTEGER = re.compile(r"[1-9][0-9]{0,9}")
HEADS = {  # what a column may be called, as pages and exports of this package call it, in any language
    **{column: column for column in COLUMNS},
    **dict.fromkeys(("aalto", "kierros", "omgång", "aineistonkeruu", "datainsamling"), "wave"),
    **dict.fromkeys(("ryhmä", "grupp"), "group"),
    **dict.fromkeys(("vaihe", "steg", "stadium"), "stage"),
    **dict.fromkeys(("prosentti", "prosenttia", "procent", "per cent", "%"), "percent"),
    **dict.fromkeys(("lukumäärä", "antal"), "count"),
    **dict.fromkeys(("lähde", "källa"), "source"),
}
MISSING = {  # what statistics write for an unknown or hidden value
    *("na", "n/a", "#n/a", "nan", "null", "none", "nil", "[c]", "[x]"),
    *(".", "..", "...", "…", "-", "–", "—", "*", "?", "<1", "<5"),
}
UNPUBLISHED = (
    "write 0 where it means none; where it was not published, leave the row out, and say so in the wave's "
    f'"withheld" in {DESCRIPTOR}'
)


class SurveyRow(NamedTuple):
    """One cell of the survey as stored; ``percent`` keeps the digits as printed, "" where it is empty."""

    line: int
    wave: str
    group: str
    stage: str
    percent: str
    count: int | None  # type: ignore[assignment]  # the name of the column, over tuple.count
    n: int | None
    source: str

    @property
    def key(self) -> tuple[str, ...]:
        """What makes the row the only one of its kind."""
        return self[1:4]

    @property
    def texts(self) -> dict[str, str]:
        """The cells as they are stored, by column."""
        texts = ("" if value is None else str(value) for value in self[1:])
        return dict(zip(COLUMNS, texts, strict=True))

    @property
    def record(self) -> dict[str, str | float | None]:
        """The cells as values, by column; None where empty."""
        cells = dict(zip(COLUMNS, self[1:], strict=True))
        return cells | {"percent": float(self.percent) if self.percent else None}


def read_columns(sheet: Sheet, codebook: Codebook, ledger: Ledger) -> list[str]:
    """The table's columns in the sheet's order; SurveyDataError where some are unknown, twice or missing."""
    columns = [HEADS.get(compose(name).lower(), name) for name in sheet.header]
    line = sheet.header_line
    groups = [name for name in sheet.header if Vocabulary(codebook, "group").means(name.rstrip(" %,"))]
    if len(groups) > 1:
        problem = f"{', '.join(map(quote, groups))} are groups: is this the wide layout? Then use --wide"
        raise ledger.stop(line, "group", "", "missing-column", problem)
    for position, column in enumerate(columns):
        if column in columns[:position]:
            problem = f"the column {quote(column)} appears twice"
            ledger.refuse(line, column, column, "repeated-column", problem)
        elif column not in COLUMNS:
            near = get_close_matches(column, COLUMNS, n=1)
            hint = f" (did you mean '{near[0]}'?)" if near else f"; the table has {', '.join(COLUMNS)}"
            problem = (
                f"the column {quote(sheet.header[position])} is unknown{hint}{tell_foreign(column, LETTERS)}"
            )
            ledger.refuse(line, column, column, "unknown-column", problem)
    figures = [] if {"percent", "count"} & set(columns) else ["percent"]
    for missing in [*(name for name in KEY if name not in columns), *figures]:
        ledger.refuse(line, missing, "", "missing-column", f"the column '{missing}' is missing")
    if columns != sheet.header:
        ledger.note(f"the header read as {', '.join(columns)}", line)
    if ledger.problems:
        raise ledger.error()
    return columns


class RowReader:
    """Reads the rows of one sheet; cells that are wrong go to the ledger, and their rows are left out."""

    def __init__(self, codebook: Codebook, ledger: Ledger) -> None:
        self._ledger = ledger
        self._groups = Vocabulary(codebook, "group")
        self._stages = Vocabulary(codebook, "stage")
        self._seen: dict[tuple[str, ...], SurveyRow] = {}
        self._waves: dict[str, str] = {}  # one object for each, as of the codes
        self._sources: dict[str, str] = {}
        self._integers: dict[str, int | None] = {"": None}
        self._marks: set[str] = set()

    def read(self, rows: Iterable[Record], columns: Sequence[str]) -> Iterator[SurveyRow]:
        """The sound ones of some rows, whose cells stand in the order of ``columns``."""
        in_order = itemgetter(*(columns.index(column) if column in columns else -1 for column in COLUMNS))
        for line, cells, _ in rows:
            row = self._read_row(line, in_order([*cells, ""]))
            if row is not None:
                yield row
        if len(self._marks) > 1:
            self._ledger.warn("percent has decimal points and decimal commas; both are read as decimals")

    def _read_row(self, line: int, cells: Sequence[str]) -> SurveyRow | None:
        before = len(self._ledger.problems)
        wave = self._waves.get(cells[0]) or read_wave_id(cells[0], line, self._ledger)
        wave = wave and self._waves.setdefault(wave, wave)
        group = self._groups.read(cells[1], line, self._ledger)
        stage = self._stages.read(cells[2], line, self._ledger)
        percent = self._percent(cells[3], line)
        integers = self._integers
        count = integers[cells[4]] if cells[4] in integers else self._integer("count", cells[4], line)
        n = integers[cells[5]] if cells[5] in integers else self._integer("n", cells[5], line)
        if not cells[3] and not cells[4]:
            problem = f"percent and count are both empty; a row needs one of them: {UNPUBLISHED}"
            self._ledger.refuse(line, "percent", "", "empty-cell", problem)
        source = self._sources.get(cells[6]) or self._source(cells[6], line)
        if len(self._ledger.problems) > before or wave is None or group is None or stage is None:
            return None
        row = SurveyRow(line, wave, group, stage, percent, count, n, source)
        first = self._seen.setdefault(row.key, row)
        if first is row:
            return row
        same = "the same" if first[4:] == row[4:] else "other figures"
        problem = f"{' '.join(row.key)} is already on line {first.line}, with {same}"
        self._ledger.refuse(row.line, "stage", row.stage, "duplicate-key", problem)
        return None

    def _percent(self, cell: str, line: int) -> str:
        plain = PLAIN_PERCENTS.get(cell)
        if plain is not None:
            return plain
        numeral = self._numeral("percent", cell, line)
        if numeral is None:
            return ""
        self._marks |= {numeral.mark} - {""}
        decimals = len(numeral.plain.partition(".")[2])
        if float(numeral.plain) > 100:
            problem = f"percent is {quote(cell)}; a share lies between 0 and 100"
            self._ledger.refuse(line, "percent", cell, "out-of-range", problem)
        elif decimals > MOST_DECIMALS:
            problem = f"percent is {quote(cell)}, with {decimals} decimals; give it as it was published"
            self._ledger.refuse(line, "percent", cell, "too-many-decimals", problem)
        return numeral.plain

    def _integer(self, column: str, cell: str, line: int) -> int | None:
        if PLAIN_INTEGER.fullmatch(cell):
            return self._integers.setdefault(cell, int(cell))
        if is_ambiguous_thousand(cell):
            whole, decimals = cell[:-4], cell[-3:]
            problem = (
                f"{column} is {quote(cell)}: {whole}{decimals}, or {whole} and a fraction? Leave the mark out"
            )
            self._ledger.refuse(line, column, cell, "not-an-integer", problem)
            return None
        numeral = self._numeral(column, cell, line)
        if numeral is None:
            return None
        if not numeral.is_whole:
            problem = f"{column} is {quote(cell)}; a number of answers is a whole number"
            self._ledger.refuse(line, column, cell, "not-an-integer", problem)
        elif float(numeral.plain) > LARGEST or (column == "n" and numeral.plain == "0"):
            problem = f"{column} is {quote(cell)}; it lies between {int(column == 'n')} and {LARGEST:,}"
            self._ledger.refuse(line, column, cell, "out-of-range", problem)
        else:
            return int(numeral.plain)
        return None

    def _numeral(self, column: str, cell: str, line: int) -> Numeral | None:
        numeral = read_numeral(cell, percent=column == "percent")
        if numeral is None:
            advice = "write it in digits 0-9"
            if cell.lower() in MISSING:
                advice = UNPUBLISHED if column == "percent" else "leave the cell empty where it is unknown"
            problem = (
                f"{column} is {quote(cell)}, which is not a number; {advice}{tell_foreign(cell, LETTERS)}"
            )
            self._ledger.refuse(line, column, cell, "not-a-number", problem)
        elif numeral.negative:
            problem = f"{column} is {quote(cell)}; it cannot be below 0, nor have a minus sign"
            self._ledger.refuse(line, column, cell, "out-of-range", problem)
            return None
        else:
            for dropped in numeral.dropped:
                self._ledger.note(f"{column}: {dropped}", line)
        return numeral

    def _source(self, cell: str, line: int) -> str:
        if not cell:
            self._ledger.warn("source is empty: nobody can tell where the figures come from", line)
        elif cell.lower() in MISSING:
            problem = f"source is {quote(cell)}; leave the cell empty where it is unknown"
            self._ledger.refuse(line, "source", cell, "missing-symbol", problem)
        elif starts_formula(cell):
            problem = (
                f"source is {quote(cell)}, which a spreadsheet would run as a formula; begin with a word"
            )
            self._ledger.refuse(line, "source", cell, "formula-cell", problem)
        elif cell.isascii():
            self._sources[cell] = cell
        elif compose(cell) != cell:
            self._ledger.note("source: letters and their accents composed (NFC)", line)
        return compose(cell)
