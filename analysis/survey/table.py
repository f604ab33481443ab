"""The survey table: one row per wave × group × stage, checked whole before anything is made of it.

The wide layout, one column a group as on a slide, is read as the same rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from analysis.codebook import (
    COLUMNS,
    WAVE_FORMS,
    WAVE_PATTERN,
    Codebook,
    load_codebook,
    locate_survey,
    wave_order,
)
from analysis.errors import Problem, RequestError, SurveyDataError, quote, show, unknown_code
from analysis.rounding import is_empty
from analysis.survey.cells import Vocabulary, compose, read_printed_wave
from analysis.survey.ledger import MOST_PROBLEMS, Ledger, sort_problems
from analysis.survey.rows import HEADS, RowReader, SurveyRow, read_columns
from analysis.survey.rules import TableWave, declare_marks, find_breaches, find_cautions, split_waves
from analysis.survey.sheets import Form, Record, Sheet, open_table, open_text

if TYPE_CHECKING:
    import pandas as pd

SIZE, COUNT, SOURCE = "n_", "count_", "source_"  # before the code of a group: the column of its n …
COMPUTED = "computed_"  # percentages that an export rounded from counts, which are passed over
STARTS = {  # of heads, and as an export writes them before the label of a group
    **{start: start for start in (SIZE, COUNT, SOURCE, COMPUTED)},
    "n:": SIZE,
    **dict.fromkeys(("count:", "lukumäärä:", "antal:"), COUNT),
    **dict.fromkeys(("source:", "lähde:", "källa:"), SOURCE),
    **dict.fromkeys(("computed %:", "laskettu %:", "beräknad %:"), COMPUTED),
}
SAID_ONCE = ("wave", "source")


@dataclass(frozen=True)
class Table:
    """What a file says of the survey: its sound rows, and what was found while it was read.

    ``columns`` are the file's own, in its order; ``form`` is None for a workbook; ``waves`` are the rows by
    wave once they are judged together.
    """

    place: str
    codebook: Codebook
    columns: tuple[str, ...]
    form: Form | None
    rows: tuple[SurveyRow, ...]
    problems: tuple[Problem, ...]
    warnings: tuple[str, ...]
    notes: tuple[str, ...]
    waves: tuple[TableWave, ...] = ()

    def require_sound(self) -> Table:
        """The table itself; SurveyDataError with all its problems where it has any."""
        if self.problems:
            raise SurveyDataError(self.place, self.problems)
        return self


def load_survey(path: str | Path | None = None) -> pd.DataFrame:
    """The survey in a folder or CSV file; the shipped survey when left out.

    Returns
    -------
    DataFrame
        One row per wave × group × stage, in the order of the file: ``wave`` (categories in the order of
        time), ``group`` and ``stage`` (categories: all codes in the codebook's order), ``percent`` (per cent
        as published), ``count`` and ``n`` (answers, ``<NA>`` where unknown), ``source``.
        ``attrs["codebook"]`` is its codebook.

    Raises
    ------
    SurveyDataError
        The table breaks its rules; every problem is listed.
    CodebookError
        There is no such survey, or its descriptor is incomplete.

    Examples
    --------
    >>> load_survey().query("wave == '2020-autumn' and stage == 'versatile'")["percent"].tolist()
    [5.0, 2.0, 6.0]
    """
    table = read_table(path).require_sound()
    return frame_rows(table.rows, table.codebook)


def find_problems(path: str | Path | None = None) -> pd.DataFrame:
    """Every breach of the table's rules.

    Returns
    -------
    DataFrame
        One row per problem, by line: ``line`` (physical line, header = 1, or a range such as ``7-11``),
        ``column``, ``value``, ``rule``, ``problem``. Empty when the table is sound.

    Raises
    ------
    CodebookError
        There is no such survey, or its descriptor is incomplete.

    Examples
    --------
    >>> len(find_problems())
    0
    """
    import pandas as pd

    table = read_table(path)
    problems = pd.DataFrame(table.problems, columns=list(Problem._fields), dtype="str")
    problems.attrs["codebook"] = table.codebook
    return problems


def read_table(path: str | Path | None = None) -> Table:
    """The table of a survey, judged by all rules; raises for its codebook alone, never for bad data."""
    place = locate_survey(path)
    return judge_table(read_rows(place.table, load_codebook(place.descriptor)))


def read_rows(path: str | Path, codebook: Codebook) -> Table:
    """The rows of a file, each judged alone; never raises for bad data."""
    ledger = Ledger(show(str(path)))
    names = [*HEADS, *Vocabulary(codebook, "group").words]  # of the wide layout, to be told of --wide
    return _read_sheet(lambda: open_table(path, ledger, names), codebook, ledger)


def read_frame(frame: pd.DataFrame, codebook: Codebook) -> Table:
    """The rows of a data frame, each judged alone, with lines as if it were written to a CSV file."""
    ledger = Ledger("the data frame")
    frame = frame.drop(columns="printed", errors="ignore")  # which read_percentages adds
    rows = enumerate(frame.itertuples(index=False, name=None), start=2)
    records = (Record(line, [_cell_text(value) for value in values]) for line, values in rows)
    header = Record(1, [str(column) for column in frame.columns])
    return _read_sheet(lambda: Sheet(header, records, None, ledger), codebook, ledger)


def _cell_text(value: object) -> str:
    if is_empty(value):
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def read_bytes_as_table(data: bytes, place: str, codebook: Codebook) -> Table:
    """The rows in the bytes of a text file, each judged alone; never raises for bad data."""
    ledger = Ledger(place)
    return _read_sheet(lambda: open_text(data, ledger, COLUMNS), codebook, ledger)


def _read_sheet(open_sheet: Callable[[], Sheet], codebook: Codebook, ledger: Ledger) -> Table:
    """The rows of a sheet, each judged alone; none where it cannot be opened or has other columns."""
    try:
        sheet = open_sheet()
        columns = read_columns(sheet, codebook, ledger)
    except SurveyDataError:
        return _close_table(ledger, codebook)
    rows = tuple(RowReader(codebook, ledger).read(sheet.rows(), columns))
    return _close_table(ledger, codebook, columns, sheet.form, rows)


def _close_table(
    ledger: Ledger,
    codebook: Codebook,
    columns: Sequence[str] = (),
    form: Form | None = None,
    rows: tuple[SurveyRow, ...] = (),
) -> Table:
    """The table that the ledger and the rows make; without rows where nothing could be read."""
    problems = tuple(sort_problems(ledger.problems))
    found = problems, tuple(ledger.warnings), tuple(ledger.notes)
    return Table(ledger.place, declare_marks(codebook, rows), tuple(columns), form, rows, *found)


def judge_table(table: Table) -> Table:
    """The table with what its rows say together: problems of whole waves, and warnings."""
    waves = tuple(split_waves(table.rows, table.codebook))
    breaches = islice(find_breaches(waves, some_lost=bool(table.problems)), MOST_PROBLEMS)
    problems = tuple(sort_problems([*table.problems, *breaches]))
    warnings = table.warnings if problems else (*table.warnings, *find_cautions(waves))
    return replace(table, problems=problems, warnings=warnings, waves=waves)


def frame_rows(rows: tuple[SurveyRow, ...], codebook: Codebook) -> pd.DataFrame:
    """The survey frame of some rows, as ``load_survey`` returns it."""
    import pandas as pd

    frame = pd.DataFrame([row[1:] for row in rows], columns=list(COLUMNS))
    waves = sorted(set(frame["wave"]), key=wave_order)
    for column, codes in (("wave", waves), ("group", codebook.groups), ("stage", codebook.stages)):
        frame[column] = pd.Categorical(frame[column], categories=codes, ordered=True)
    frame["percent"] = pd.to_numeric(frame["percent"].replace("", None)).astype("float64")
    frame = frame.astype({"count": "Int64", "n": "Int64", "source": "str"})
    frame.attrs["codebook"] = declare_marks(codebook, rows)
    return frame


class Given(NamedTuple):
    """What need not stand in a wide file, since it is the same in all rows: wave, n of each group, source."""

    wave: str = ""
    sizes: Mapping[str, str] = {}
    source: str = ""


def read_wide(path: str | Path, codebook: Codebook, given: Given) -> Table:
    """The rows of a wide file, each judged alone; never raises for bad data.

    The column ``stage``, or the first one, holds the stages; one column a group, named by its code or label,
    the percentages as published, an empty cell where they are not. Columns ``wave``, ``source`` and
    ``n_<group>`` may be there, else ``given`` says it for all rows; so may ``count_<group>`` and
    ``source_<group>``, and ``computed_<group>``, which is passed over. The heads of an export (``Vaihe``,
    ``n: Lukiot``) and its waves (``syksy 2022``) are read too.

    Raises
    ------
    RequestError
        What is given is no wave or no group.
    """
    if given.wave and not (WAVE_PATTERN.fullmatch(given.wave) or read_printed_wave(given.wave)):
        raise RequestError(f"--wave is {quote(given.wave)}; use {WAVE_FORMS}, the time of fieldwork")
    for group in given.sizes:
        if group not in codebook.groups:
            raise RequestError(unknown_code("a group of --n", group, codebook.groups))
    ledger = Ledger(show(str(path)))
    vocabulary = Vocabulary(codebook, "group")
    names = ["stage", *SAID_ONCE, *vocabulary.words, *HEADS]
    try:
        sheet = open_table(path, ledger, names)
        roles = _read_roles(sheet, vocabulary, ledger)
        _check_roles(sheet, roles, given, ledger)
        rows = tuple(RowReader(codebook, ledger).read(_lengthen(sheet, roles, given), COLUMNS))
    except SurveyDataError:
        return _close_table(ledger, codebook)
    said = [column for column in COLUMNS if _is_said(column, roles, given)]
    return _close_table(ledger, codebook, said, sheet.form, rows)


def _read_roles(sheet: Sheet, vocabulary: Vocabulary, ledger: Ledger) -> list[str]:
    """What each column holds: ``stage``, ``wave``, ``source``, a group, or ``n_`` and a group."""
    roles = [_role(name.rstrip(" ,%"), vocabulary) for name in sheet.header]
    if "stage" not in roles and roles[:1] == [""]:
        roles[0] = "stage"
    for name, role in zip(sheet.header, roles, strict=True):
        if not role:
            problem = f"the column {quote(name)} is unknown; use stage, a group, n_<group>, wave or source"
            ledger.refuse(sheet.header_line, name, name, "unknown-column", problem)
        elif name != role:
            ledger.note(f"the head {quote(name)} read as {quote(role)}", sheet.header_line)
    return roles


def _role(name: str, vocabulary: Vocabulary) -> str:
    folded = compose(name).lower()
    if HEADS.get(folded) in {"stage", *SAID_ONCE}:
        return HEADS[folded]
    start = next((start for start in STARTS if folded.startswith(start)), "")
    group = vocabulary.means(folded[len(start) :].strip()) if start else None
    if group:
        return STARTS[start] + group
    return vocabulary.means(name) or ""


def _check_roles(sheet: Sheet, roles: Sequence[str], given: Given, ledger: Ledger) -> None:
    line = sheet.header_line
    for role in dict.fromkeys(roles):
        if role and roles.count(role) > 1:
            ledger.refuse(line, role, role, "repeated-column", f"the column {quote(role)} appears twice")
    given_twice = [name for name in SAID_ONCE if getattr(given, name) and name in roles]
    given_twice += [SIZE + group for group in given.sizes if SIZE + group in roles]
    for name in given_twice:
        problem = f"{name} stands in the file and is given as an option too"
        ledger.refuse(line, name, "", "given-twice", problem)
    for name, missing in (("stage", "stage" not in roles), ("wave", not _is_said("wave", roles, given))):
        if missing:
            problem = f"the column {name} is missing" + ("; or give --wave" if name == "wave" else "")
            ledger.refuse(line, name, "", "missing-column", problem)
    if ledger.problems:
        raise ledger.error()


def _is_said(column: str, roles: Sequence[str], given: Given) -> bool:
    if column in {"n", "count"}:
        is_given = bool(given.sizes) and column == "n"
        return is_given or any(role.startswith(f"{column}_") for role in roles)
    is_said_by_group = column == "source" and any(role.startswith(SOURCE) for role in roles)
    is_given = column in SAID_ONCE and bool(getattr(given, column))
    return column not in SAID_ONCE or column in roles or is_given or is_said_by_group


def _lengthen(sheet: Sheet, roles: Sequence[str], given: Given) -> Iterator[Record]:
    """One row for each filled cell of a group's column, in the order of the table's columns."""
    codes = [role.removeprefix(COUNT) for role in roles if not role.startswith((SIZE, SOURCE, COMPUTED))]
    groups = [code for code in dict.fromkeys(codes) if code not in {"stage", *SAID_ONCE}]
    for line, cells, _ in sheet.rows():
        row = {"wave": given.wave, "source": given.source} | dict(zip(roles, cells, strict=True))
        for group in groups:
            percent, count = row.get(group, ""), row.get(COUNT + group, "")
            if percent or count:
                n = row.get(SIZE + group) or given.sizes.get(group, "")
                source = row.get(SOURCE + group) or row["source"]
                yield Record(line, [row["wave"], group, row["stage"], percent, count, n, source])
