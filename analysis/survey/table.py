"""The survey table: one row per wave × group × stage, checked whole before anything is made of it.

The wide layout, one column a group as on a slide, is read as the same rows. A new survey is a folder with an
empty table.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from io import StringIO
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from analysis.codebook import (
    COLUMNS,
    DESCRIPTOR,
    WAVE_FORMS,
    WAVE_PATTERN,
    Codebook,
    locate_survey,
    make_codebook,
    shipped,
    wave_order,
)
from analysis.errors import Problem, RequestError, SurveyDataError, quote, show, unknown_code
from analysis.rounding import is_empty
from analysis.survey.cells import Vocabulary, read_printed_wave
from analysis.survey.ledger import MOST_PROBLEMS, Ledger, sort_problems
from analysis.survey.rows import (
    HEADS,
    SIZE,
    SurveyRow,
    lengthen,
    read_columns,
    read_credit,
    read_records,
    read_roles,
)
from analysis.survey.rules import TableWave, declare_marks, find_breaches, find_cautions, split_waves
from analysis.survey.sheets import Form, Record, Sheet, open_table, open_text
from analysis.survey.storing import building

if TYPE_CHECKING:
    import pandas as pd

GUIDE = Path(__file__).parent / "guide.md"
GENERAL = "any_survey.ipynb"  # the notebook that suits any survey, beside those that tell the shipped one


class Table(NamedTuple):
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
    return judge_table(read_rows(place.table, place.codebook))


def read_rows(path: str | Path, codebook: Codebook) -> Table:
    """The rows of a file, each judged alone; never raises for bad data."""
    ledger = Ledger(show(str(path)))
    names = [*HEADS, *Vocabulary(codebook, "group").words]  # of the wide layout, to be told of --wide
    return _read_sheet(lambda: open_table(path, ledger, names), codebook, ledger)


def read_bytes_as_table(data: bytes, place: str, codebook: Codebook) -> Table:
    """The rows in the bytes of a text file, each judged alone; never raises for bad data."""
    ledger = Ledger(place)
    return _read_sheet(lambda: open_text(data, ledger, COLUMNS), codebook, ledger)


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


def _read_sheet(
    open_sheet: Callable[[], Sheet],
    codebook: Codebook,
    ledger: Ledger,
    lay_out: Callable[[Sheet], tuple[Sequence[str], Iterable[Record]]] | None = None,
) -> Table:
    """The rows of a sheet, each judged alone; none where it cannot be opened or has other columns.

    ``lay_out`` gives columns and records of a sheet that is not in the long layout.
    """
    columns: Sequence[str] = ()
    form, rows = None, []
    with suppress(SurveyDataError):  # which the ledger holds
        sheet = open_sheet()
        columns, records = (
            lay_out(sheet) if lay_out else (read_columns(sheet, codebook, ledger), sheet.rows())
        )
        form, rows = sheet.form, list(read_records(records, columns, codebook, ledger))
    found = tuple(sort_problems(ledger.problems)), tuple(ledger.warnings), tuple(ledger.notes)
    return Table(ledger.place, declare_marks(codebook, rows), tuple(columns), form, tuple(rows), *found)


def judge_table(table: Table) -> Table:
    """The table with what its rows say together: problems of whole waves, and warnings."""
    waves = tuple(split_waves(table.rows, table.codebook))
    breaches = islice(find_breaches(waves, some_lost=bool(table.problems)), MOST_PROBLEMS)
    problems = tuple(sort_problems([*table.problems, *breaches]))
    warnings = table.warnings if problems else (*table.warnings, *find_cautions(waves))
    return table._replace(problems=problems, warnings=warnings, waves=waves)


def frame_rows(rows: tuple[SurveyRow, ...], codebook: Codebook) -> pd.DataFrame:
    """The survey frame of some rows, as ``load_survey`` returns it."""
    import pandas as pd

    texts = {column: [getattr(row, column) for row in rows] for column in COLUMNS}
    codes = {
        "wave": sorted(set(texts["wave"]), key=wave_order),
        "group": codebook.groups,
        "stage": codebook.stages,
    }
    kinds = {"count": "Int64", "n": "Int64", "source": "str"}
    frame = pd.DataFrame(
        {name: pd.Categorical(texts[name], categories=codes[name], ordered=True) for name in codes}
        | {"percent": pd.Series([float(text or "nan") for text in texts["percent"]], dtype="float64")}
        | {name: pd.Series(texts[name], dtype=kind) for name, kind in kinds.items()}
    )
    frame.attrs["codebook"] = declare_marks(codebook, rows)
    return frame


def read_wide(
    path: str | Path, codebook: Codebook, *, wave: str = "", sizes: Mapping[str, str] = {}, source: str = ""
) -> Table:
    """The rows of a wide file, each judged alone; never raises for bad data.

    The column ``stage``, or the first one, holds the stages; one column a group, named by its code or label,
    the percentages as published, an empty cell where they are not. Columns ``wave``, ``source`` and
    ``n_<group>`` may be there, else ``wave``, ``source`` and ``sizes`` (by group) say it for all rows; so
    may ``count_<group>`` and ``source_<group>``, and ``computed_<group>``, which is passed over. The heads of
    an export (``Vaihe``, ``n: Lukiot``) and its waves (``syksy 2022``) are read too.

    Raises
    ------
    RequestError
        What is given is no wave, no group, or no source that can be stored.
    """
    if wave and not (WAVE_PATTERN.fullmatch(wave) or read_printed_wave(wave)):
        raise RequestError(f"--wave is {quote(wave)}; use {WAVE_FORMS}, the time of fieldwork")
    for group in sizes:
        if group not in codebook.groups:
            raise RequestError(unknown_code("a group of --n", group, codebook.groups))
    credit = read_credit(source) if source else ""
    once = {"wave": wave, "source": credit} | {SIZE + group: n for group, n in sizes.items()}
    said = {role: text for role, text in once.items() if text}
    ledger = Ledger(show(str(path)))
    names = ["stage", "wave", "source", *Vocabulary(codebook, "group").words, *HEADS]

    def lay_out(sheet: Sheet) -> tuple[Sequence[str], Iterable[Record]]:
        return COLUMNS, lengthen(sheet, read_roles(sheet, codebook, said, ledger), said)

    table = _read_sheet(lambda: open_table(path, ledger, names), codebook, ledger, lay_out)
    filled = [column for column in COLUMNS if any(row.texts[column] for row in table.rows)]
    return table._replace(columns=tuple(filled))


def make_survey(
    folder: str | Path,
    *,
    name: str,
    stages: Mapping[str, str] | Iterable[str],
    groups: Mapping[str, str] | Iterable[str],
    total: str | None = None,
    lang: str = "en",
) -> Path:
    """A new folder with a survey that waits for its first wave: descriptor, guide, empty table, notebook.

    The names are those of ``make_codebook``.

    Raises
    ------
    CodebookError, RequestError, StorageError
        The names make no sound codebook, the folder is there and not empty, or the system refused to write;
        nothing was made.
    """
    return save_survey(folder, make_codebook(name, stages, groups, total=total, lang=lang), name=name)


def save_survey(
    folder: str | Path, codebook: Codebook, *, name: str, rows: Iterable[Sequence[object]] = ()
) -> Path:
    """A folder with a codebook, a guide, the rows of a table and a notebook; errors as `make_survey`."""
    table = StringIO()
    csv.writer(table, lineterminator="\n").writerows([COLUMNS, *rows])
    with building(folder, once=True) as staged:
        (staged / "notebooks").mkdir()
        for file, text in (
            (f"notebooks/{GENERAL}", _general_notebook()),
            (DESCRIPTOR, json.dumps(codebook, ensure_ascii=False, indent=2) + "\n"),
            ("README.md", GUIDE.read_text(encoding="utf-8").replace("NAME", show(name), 1)),
            (codebook["resources"][0]["path"], table.getvalue()),
        ):
            (staged / file).write_text(text, encoding="utf-8", newline="\n")
    return Path(folder)


def _general_notebook() -> str:
    """The notebook that suits any survey, without outputs, reading the survey in the folder above."""
    notebook = json.loads((shipped("notebooks") / GENERAL).read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        cell["source"] = [line.replace("../data", "..") for line in cell["source"]]
        if cell["cell_type"] == "code":
            cell |= {"outputs": [], "execution_count": None}
    return json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"
