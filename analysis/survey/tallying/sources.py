"""Where respondents come from: files of a survey tool, or the caller's own frame, as one row each.

What a file is, its content decides, and its name must agree. CSV and Parquet stay on disk and are
streamed by DuckDB; a caller's frame stays on its own engine.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from analysis.errors import RequestError, quote, show
from analysis.survey.parsing.workbook import find_hidden, list_rows
from analysis.survey.tallying import scanning
from analysis.survey.tallying.answers import text_of

if TYPE_CHECKING:
    import narwhals as nw

    from analysis.survey.tallying.scanning import Columns

    Frame: TypeAlias = nw.DataFrame[Any] | nw.LazyFrame[Any]

ENDINGS = {"parquet": "parquet", "pq": "parquet", "xlsx": "xlsx", "sav": "sav", "zsav": "sav", "csv": "csv"}
CONTENTS = ((b"PAR1", "parquet"), (b"PK\x03\x04", "xlsx"), (b"$FL2", "sav"), (b"$FL3", "sav"))
REFUSED = (
    (b"\x1f\x8b", "compressed (gzip); unpack it first"),
    (b"BZh", "compressed (bzip2); unpack it first"),
    (b"\xfd7zXZ\x00", "compressed (xz); unpack it first"),
    (b"\x28\xb5\x2f\xfd", "compressed (Zstandard); unpack it first"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls); save it as .xlsx or as CSV UTF-8"),
    (b"\xff\xfe", "text in UTF-16; save it as CSV UTF-8"),
    (b"\xfe\xff", "text in UTF-16; save it as CSV UTF-8"),
    (b"ARROW1", "an Arrow file; give it as Parquet, or as a frame"),
    (b"%PDF", "a PDF document; give the answers as CSV or as a workbook"),
)


class Respondents(NamedTuple):
    """One row per respondent, with columns named for what they are for.

    ``first_row`` is the number that people give the first row, None where the source has no order or the
    frame numbers its rows itself; ``missing`` holds values that the file declares as missing.
    """

    frame: Frame
    place: str
    first_row: int | None = None
    missing: tuple[str, ...] = ()


@contextmanager
def open_respondents(
    source: object, columns: Columns, *, delimiter: str | None = None
) -> Iterator[Respondents]:
    """The respondents of a path or a frame, open while they are counted.

    Raises
    ------
    RequestError
        The source cannot be read, or lacks a column.
    SurveyDataError
        A row of a CSV file is damaged; the message names its line.
    """
    if not isinstance(source, str | Path):
        yield _take_frame(source, columns)
        return
    path = Path(source)
    kind = find_kind(path)
    if kind in {"xlsx", "sav"}:
        yield _read_workbook(path, columns) if kind == "xlsx" else _read_spss(path, columns)
        return
    with scanning.connect(path, frugal=kind == "csv" and "respondent" not in columns) as connection:
        if kind == "csv":
            relation, first_row = scanning.scan_csv(connection, path, columns, delimiter)
        else:
            relation, first_row = scanning.scan_parquet(connection, path, columns), 1
        yield Respondents(_narwhal(relation), show(str(path)), first_row)


def find_kind(path: Path) -> str:
    """``csv``, ``parquet``, ``xlsx`` or ``sav``, by the first bytes of a file; a folder is of Parquet files.

    Raises
    ------
    RequestError
        There is nothing there, it is no plain file, it is something else, or its name says otherwise.
    """
    place = show(str(path))
    if path.is_dir():
        return "parquet"
    if not path.is_file():
        raise RequestError(
            f"{place} {'is no plain file' if path.exists() else 'does not exist'}; give a file"
        )
    start = _first_bytes(path)
    if not start:
        raise RequestError(f"{place} is empty; give an export with one row per respondent")
    for mark, what in REFUSED:
        if start.startswith(mark):
            raise RequestError(f"{place} is {what}")
    found = next((kind for mark, kind in CONTENTS if start.startswith(mark)), "csv")
    named = ENDINGS.get(path.suffix.lower().removeprefix("."), found)
    if named != found:
        raise RequestError(
            f"{place} is {named} by its name, but {found} by its content; give it its right name"
        )
    return found


def _first_bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(8)
    except OSError as error:
        raise RequestError(f"{show(str(path))} cannot be read: {error.strerror}") from error


def _take_frame(source: object, columns: Columns) -> Respondents:
    import narwhals as nw

    frame = _narwhal(source)
    place = f"the frame of {type(source).__module__.split('.')[0].lstrip('_')}"
    found = scanning.find_columns(columns, frame.collect_schema().names(), place)
    frame = frame.select(**{role: nw.col(name) for role, name in found.items()})
    return Respondents(frame, place, 1 if _has_order(frame) else None)


def _narwhal(source: object) -> Frame:
    import narwhals as nw
    from narwhals.exceptions import DuplicateError

    try:
        frame: Frame = nw.from_native(source)
    except TypeError as error:
        raise RequestError(
            f"respondents cannot be read from a {type(source).__name__}; give a path, or a frame of pandas, "
            f"polars, DuckDB, Arrow or Spark"
        ) from error
    except DuplicateError as error:
        raise RequestError("the frame has two columns of one name; rename one of them") from error
    return frame


def _has_order(frame: Frame) -> bool:
    import narwhals as nw

    return isinstance(frame, nw.DataFrame) or frame.implementation.is_polars()


def _read_workbook(path: Path, columns: Columns) -> Respondents:
    openpyxl, place = _library("openpyxl", path), show(str(path))
    with warnings.catch_warnings(), path.open("rb") as file:
        warnings.simplefilter("ignore", UserWarning)  # of styles and validations, which do not matter here
        try:
            sheet = openpyxl.load_workbook(file, read_only=True, data_only=True).worksheets[0]
            sheet.reset_dimensions()  # some tools write them wrongly, and rows would be lost
            every = enumerate(sheet.iter_rows(values_only=True), 1)
            rows = [(number, row) for number, row in every if any(cell is not None for cell in row)]
            unseen = find_hidden(sheet).rows
        except Exception as error:  # a parser may raise anything on a broken workbook
            raise RequestError(f"{place} is no workbook that can be read: {error}") from error
    if hidden := [number for number, _ in rows if number in unseen]:
        raise RequestError(
            f"{place}: rows {list_rows(hidden)} are hidden, as by a filter; show them all or delete them, so "
            "that those who are counted are those who are seen"
        )
    heads = ["" if cell is None else str(cell) for cell in (rows[0][1] if rows else ())]
    places = {role: heads.index(name) for role, name in scanning.find_columns(columns, heads, place).items()}
    values = {
        role: [row[at] if at < len(row) else None for _, row in rows[1:]] for role, at in places.items()
    }
    return _own_frame(values, place, [number for number, _ in rows[1:]])


def _read_spss(path: Path, columns: Columns) -> Respondents:
    pyreadstat, place = _library("pyreadstat", path), show(str(path))
    try:
        _, head = pyreadstat.read_sav(str(path), metadataonly=True)
        names = scanning.find_columns(columns, head.column_names, place)
        data, meta = pyreadstat.read_sav(str(path), usecols=list(names.values()), user_missing=True)
    except pyreadstat.ReadstatError as error:
        raise RequestError(f"{place} is no SPSS file that can be read: {error}") from error
    values = {role: list(data[name]) for role, name in names.items()}
    missing: set[str] = set()
    for role in values.keys() & {"group", "stage"}:
        labels = meta.variable_value_labels.get(names[role], {})
        spans = meta.missing_ranges.get(names[role], [])
        out = {v for v in data[names[role]].dropna() if any(span["lo"] <= v <= span["hi"] for span in spans)}
        missing |= {text_of(labels.get(value, value)) for value in out}
        values[role] = [labels.get(value, value) for value in values[role]]
    return _own_frame(values, place, range(1, len(data) + 1))._replace(missing=tuple(sorted(missing)))


def _library(name: str, path: Path) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        raise RequestError(
            f"{show(str(path))} needs {name}; install it with: python -m pip install 'maturity-survey[io]'"
        ) from error


def _own_frame(values: Mapping[str, list[Any]], place: str, rows: list[int] | range) -> Respondents:
    import pandas as pd

    for row, weight in zip(rows, values.get("weight", []), strict=False):
        if weight is not None and (isinstance(weight, bool) or not isinstance(weight, int | float)):
            raise RequestError(f"{place}: the weight in row {row} is {quote(str(weight))}, not a number")
    frame = pd.DataFrame({role: pd.Series(column, dtype=object) for role, column in values.items()})
    if "weight" in frame:
        frame["weight"] = frame["weight"].astype(float)
    return Respondents(_narwhal(frame.assign(row=list(rows))), place)
