"""Rows of the survey table, one a cell of wave × group × stage, from a sheet in the long or wide layout."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import cache, partial
from operator import itemgetter
from typing import NamedTuple

from analysis.codebook import COLUMNS, Codebook
from analysis.errors import RequestError, find_forbidden, quote
from analysis.survey.cells import (
    BLANKS,
    UNPUBLISHED,
    CellReading,
    Vocabulary,
    fold_head,
    read_integer,
    read_percent,
    read_source,
    read_wave_id,
    tell_foreign,
)
from analysis.survey.ledger import Ledger
from analysis.survey.sheets import LONGEST_CELL, Record, Sheet

KEY = ("wave", "group", "stage")
PERCENT_HEADS = (
    *("prosentti", "prosenttia", "osuus", "prosenttiosuus", "procent", "andel", "procentandel"),
    *("per cent", "percentage", "share", "%"),
)
HEADS = {  # what a column may be called, as pages and exports of this package call it, in any language
    **{column: column for column in COLUMNS},
    **dict.fromkeys(("aalto", "kierros", "omgång", "aineistonkeruu", "datainsamling"), "wave"),
    **dict.fromkeys(("ryhmä", "grupp"), "group"),
    **dict.fromkeys(("vaihe", "steg", "stadium"), "stage"),
    **dict.fromkeys(PERCENT_HEADS, "percent"),
    **dict.fromkeys(("lukumäärä", "antal"), "count"),
    **dict.fromkeys(("vastaajia", "vastaajat", "svarande", "respondents"), "n"),
    **dict.fromkeys(("lähde", "källa"), "source"),
}
SIZE, COUNT, SOURCE = "n_", "count_", "source_"  # before the code of a group: the column of its n …
COMPUTED = "computed_"  # percentages that an export rounded from counts, which are passed over
STARTS = {  # of heads, and as an export writes them before the label of a group
    **{start: start for start in (SIZE, COUNT, SOURCE, COMPUTED)},
    "n:": SIZE,
    **dict.fromkeys(("count:", "lukumäärä:", "antal:"), COUNT),
    **dict.fromkeys(("source:", "lähde:", "källa:"), SOURCE),
    **dict.fromkeys(("computed %:", "laskettu %:", "beräknad %:"), COMPUTED),
}


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


def read_records(
    records: Iterable[Record], columns: Sequence[str], codebook: Codebook, ledger: Ledger
) -> Iterator[SurveyRow]:
    """The sound rows of some records, whose cells stand in the order of ``columns``."""
    readers: list[Callable[[str], CellReading]] = [
        cache(read_wave_id),
        cache(Vocabulary(codebook, "group").read),
        cache(Vocabulary(codebook, "stage").read),
        cache(read_percent),
        cache(partial(read_integer, "count")),
        cache(partial(read_integer, "n")),
        cache(read_source),
    ]
    nothing = [(empty,) * len(readers) for empty in CellReading()[1:]]  # notes, warnings and flaws
    in_order = itemgetter(*(columns.index(column) if column in columns else -1 for column in COLUMNS))
    rows: dict[tuple[str, ...], SurveyRow] = {}
    marks: set[str] = set()
    for line, cells, _ in records:
        given = in_order([*cells, ""])
        readings = [read(cell) for read, cell in zip(readers, given, strict=True)]
        values, *told = zip(*readings, strict=True)
        if told != nothing:
            _take_down(line, given, readings, ledger)
        if not (given[3] or given[4]):
            problem = f"percent and count are both empty; a row needs one of them: {UNPUBLISHED}"
            ledger.refuse(line, "percent", "", "empty-cell", problem)
            continue
        marks |= {".", ","}.intersection(given[3])
        if any(told[-1]):  # flaws
            continue
        row = SurveyRow(line, *values)
        first = rows.setdefault(row.key, row)
        if first is row:
            yield row
            continue
        same = "the same" if first[4:] == row[4:] else "other figures"
        problem = f"{' '.join(row.key)} is already on line {first.line}, with {same}"
        ledger.refuse(line, "stage", row.stage, "duplicate-key", problem)
    if len(marks) > 1:
        ledger.warn("percent has decimal points and decimal commas; both are read as decimals")


def _take_down(line: int, cells: Sequence[str], readings: Sequence[CellReading], ledger: Ledger) -> None:
    for column, cell, (_, note, warning, flaw) in zip(COLUMNS, cells, readings, strict=True):
        if flaw:
            ledger.refuse(line, column, cell, *flaw)
        if warning:
            ledger.warn(warning, line)
        if note:
            ledger.note(note, line)


def read_credit(text: str) -> str:
    """What is given as the source of all rows, as it is stored; RequestError where it cannot be."""
    trimmed = text.strip(BLANKS)
    reading = read_source(trimmed)
    if reading.flaw or not trimmed or len(trimmed) > LONGEST_CELL or find_forbidden(trimmed):
        raise RequestError(
            f"the source {quote(text)} cannot stand in the table; begin with a word, in plain text of at "
            f"most {LONGEST_CELL:,} characters"
        )
    return str(reading.value)


def read_columns(sheet: Sheet, codebook: Codebook, ledger: Ledger) -> list[str]:
    """The table's columns in the sheet's order; SurveyDataError where some are unknown, twice or missing."""
    vocabulary = Vocabulary(codebook, "group")
    groups = [name for name in sheet.header if vocabulary.means(fold_head(name))]
    if len(groups) > 1:
        problem = (
            f"{', '.join(map(quote, groups))} are groups, a column each: maturity append --wide adds such a "
            "table, maturity recover works with it alone"
        )
        raise ledger.stop(sheet.header_line, "group", "", "missing-column", problem)
    columns = [HEADS.get(fold_head(name), "") for name in sheet.header]
    figures = "count" if "count" in columns else "percent"
    required = dict.fromkeys([*KEY, figures], "")
    return _judge_heads(sheet, columns, required, ", ".join(COLUMNS), ledger)


def read_roles(sheet: Sheet, codebook: Codebook, said: Mapping[str, str], ledger: Ledger) -> list[str]:
    """What each column of a wide sheet holds: ``stage``, ``wave``, ``source``, a group, ``n_`` and a group …

    ``said`` is what stands for all rows instead, by role. SurveyDataError where a column is unknown, twice,
    missing, or said too.
    """
    vocabulary = Vocabulary(codebook, "group")
    roles = [_role(name, vocabulary) for name in sheet.header]
    if "stage" not in roles and roles[:1] == [""]:
        roles[0] = "stage"
    if {"group", "stage"} <= {HEADS.get(fold_head(name)) for name in sheet.header}:
        problem = "the column of groups makes this a table with a row for each figure; leave --wide out"
        raise ledger.stop(sheet.header_line, "group", "", "unknown-column", problem)
    required = {"stage": "", "wave": "; or give --wave"}
    return _judge_heads(sheet, roles, required, "stage, wave, source, a group, n_<group>", ledger, said=said)


def _judge_heads(
    sheet: Sheet,
    roles: list[str],
    required: Mapping[str, str],
    usable: str,
    ledger: Ledger,
    *,
    said: Iterable[str] = (),
) -> list[str]:
    """The roles of a sheet's columns, one for each head; SurveyDataError where one is wrong.

    The role of an unknown head is empty. ``required`` has what to add where a role is missing, ``usable`` the
    columns that there may be.
    """
    line = sheet.header_line
    for name, role in zip(sheet.header, roles, strict=True):
        if not role:
            near = get_close_matches(name, COLUMNS, n=1)
            hint = f" (did you mean {quote(near[0])}?)" if near else f"; use {usable}"
            problem = f"the column {quote(name)} is unknown{hint}{tell_foreign(name)}"
            ledger.refuse(line, name, name, "unknown-column", problem)
    for role, times in Counter(filter(None, roles)).items():
        if times > 1:
            ledger.refuse(line, role, role, "repeated-column", f"the column {quote(role)} appears twice")
        if role in said:
            problem = f"{role} stands in the file and is given as an option too"
            ledger.refuse(line, role, "", "given-twice", problem)
    for missing, hint in required.items():
        if missing not in roles and missing not in said:
            ledger.refuse(line, missing, "", "missing-column", f"the column '{missing}' is missing{hint}")
    if ledger.problems:
        raise ledger.error()
    if roles != sheet.header:
        ledger.note(f"the header read as {', '.join(roles)}", line)
    return roles


def _role(name: str, vocabulary: Vocabulary) -> str:
    folded = fold_head(name)
    if HEADS.get(folded) in {"stage", "wave", "source"}:
        return HEADS[folded]
    start = next((start for start in STARTS if folded.startswith(start)), "")
    group = vocabulary.means(folded[len(start) :].strip()) if start else None
    return STARTS[start] + group if group else vocabulary.means(folded) or ""


def lengthen(sheet: Sheet, roles: Sequence[str], said: Mapping[str, str]) -> Iterator[Record]:
    """One record for each filled cell of a group's column, in the order of the table's columns."""
    codes = [role.removeprefix(COUNT) for role in roles if not role.startswith((SIZE, SOURCE, COMPUTED))]
    groups = [code for code in dict.fromkeys(codes) if code not in {"stage", "wave", "source"}]
    for line, cells, _ in sheet.rows():
        row = defaultdict(str, said) | dict(zip(roles, cells, strict=True))
        for group in groups:
            if row[group] or row[COUNT + group]:
                source = row[SOURCE + group] or row["source"]
                figures = [row[group], row[COUNT + group], row[SIZE + group]]
                yield Record(line, [row["wave"], group, row["stage"], *figures, source])
