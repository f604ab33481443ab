"""The survey table: one row per wave × group × stage, checked whole before anything is made of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.codebook import COLUMNS, Codebook, load_codebook, locate_survey, time_order
from analysis.errors import Problem, SurveyDataError, show
from analysis.rounding import is_empty
from analysis.survey.cautions import find_cautions
from analysis.survey.ledger import MOST_PROBLEMS, Ledger, sort_problems
from analysis.survey.marks import declare_marks
from analysis.survey.reading import open_table, open_text
from analysis.survey.rows import HEADS, RowReader, SurveyRow, read_columns
from analysis.survey.rules import Wave, find_breaches, split_waves
from analysis.survey.sheets import Form, Record, Sheet
from analysis.survey.vocabulary import Vocabulary

if TYPE_CHECKING:
    import pandas as pd


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
    waves: tuple[Wave, ...] = ()

    def require_sound(self) -> Table:
        """The table itself.

        Raises
        ------
        SurveyDataError
            It has problems; all are listed.
        """
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
    """The table of a survey, judged by all rules; never raises for bad data.

    Raises
    ------
    CodebookError
        There is no such survey, or its descriptor is incomplete.
    """
    place = locate_survey(path)
    return judge_table(read_rows(place.table, load_codebook(place.descriptor)))


def read_rows(path: str | Path, codebook: Codebook) -> Table:
    """The rows of a file, each judged alone; never raises for bad data."""
    ledger = Ledger(show(str(path)))
    try:
        names = [*HEADS, *Vocabulary(codebook, "group").words]  # of the wide layout, to be told of --wide
        return read_sheet(open_table(path, ledger, names), codebook, ledger)
    except SurveyDataError:
        return close_table(ledger, codebook)


def read_frame(frame: pd.DataFrame, codebook: Codebook) -> Table:
    """The rows of a data frame, each judged alone, with lines as if it were written to a CSV file."""
    ledger = Ledger("the data frame")
    frame = frame.drop(columns="printed", errors="ignore")  # which read_percentages adds
    records = (
        Record(line, [_cell_text(value) for value in values])
        for line, values in enumerate(frame.itertuples(index=False, name=None), start=2)
    )
    header = Record(1, [str(column) for column in frame.columns])
    try:
        return read_sheet(Sheet(header, records, None, ledger), codebook, ledger)
    except SurveyDataError:
        return close_table(ledger, codebook)


def _cell_text(value: object) -> str:
    if is_empty(value):
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def read_bytes_as_table(data: bytes, place: str, codebook: Codebook) -> Table:
    """The rows in the bytes of a text file, each judged alone; never raises for bad data."""
    ledger = Ledger(place)
    try:
        return read_sheet(open_text(data, ledger, COLUMNS), codebook, ledger)
    except SurveyDataError:
        return close_table(ledger, codebook)


def read_sheet(sheet: Sheet, codebook: Codebook, ledger: Ledger) -> Table:
    """The rows of a sheet, each judged alone.

    Raises
    ------
    SurveyDataError
        A column is unknown, stands twice or is missing.
    """
    columns = read_columns(sheet, codebook, ledger)
    rows = tuple(RowReader(codebook, ledger).read(sheet.rows(), columns))
    return close_table(ledger, codebook, columns, sheet.form, rows)


def close_table(
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
    waves = sorted(set(frame["wave"]), key=time_order)
    for column, codes in (("wave", waves), ("group", codebook.groups), ("stage", codebook.stages)):
        frame[column] = pd.Categorical(frame[column], categories=codes, ordered=True)
    frame["percent"] = pd.to_numeric(frame["percent"].replace("", None)).astype("float64")
    frame = frame.astype({"count": "Int64", "n": "Int64", "source": "str"})
    frame.attrs["codebook"] = declare_marks(codebook, rows)
    return frame
