"""Where respondents come from: files of a survey tool, or the caller's own frame, as one row each.

CSV and Parquet stay on disk and are streamed by DuckDB: one name means one file, nothing is guessed or
mended, and a breach names its line. What is in memory is counted there by DuckDB too (of a lazy frame the
columns asked for are); Spark counts its own.
"""

from __future__ import annotations

import csv
import io
import os
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from itertools import islice
from math import nan
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.errors import Problem, RequestError, SurveyDataError, quote, shorten, show, unknown_code
from analysis.survey.cells import LOOKED_AT, compose
from analysis.survey.ledger import Ledger
from analysis.survey.opening import READ, decode, identify, open_plain
from analysis.survey.sheets import MOST_BYTES
from analysis.survey.tallies import BY_FILE, KEYS, Respondents, fetch_aside, text_of
from analysis.survey.workbooks import open_workbook

if TYPE_CHECKING:
    import pandas as pd
    from duckdb import DuckDBPyConnection, DuckDBPyRelation

    from analysis.survey.tallies import Frame

Columns = Mapping[str, str]  # what a column is for (group, stage, weight, respondent) and its name

DELIMITERS = (",", ";", "\t", "|")
FRUGAL = 32  # megabytes for each thread: some buffers of a CSV file and the values found so far
MOST_HEAD = 2_000_000  # bytes in which the header of a CSV file must end
MOST_LABELLED = 500_000_000  # bytes of a file of SPSS, Stata or SAS, which is read into memory
MOST_ROWS = 5_000_000  # of such a file
XPORT_RECORD = 80  # bytes, of which files of SAS transport are made
MOST_NUMBERED = 1_000_000  # rows, among which blank lines are looked for; Excel shows no more
MOST_UNPACKED_ANSWERS = 100_000_000  # bytes of a workbook
MOST_NAMES = 30  # columns that a message lists
NUMERIC = {"integer", "floating", "decimal", "mixed-integer-float"}  # as pandas calls values
PARQUET = {".parquet", ".pq"}
CSV_OPTIONS = (  # nothing guessed, mended or unpacked; the buffer is four times the longest row
    "header = true, auto_detect = false, strict_mode = true, quote = '\"', escape = '\"', "
    "compression = 'none', hive_partitioning = false, buffer_size = 8000000"
)
PARQUET_OPTIONS = (  # a column has a kind for the values of all files: 1 in one, 1.5 in the next
    "union_by_name = true, hive_partitioning = false, binary_as_string = true"
)
LINE = re.compile(r"CSV Error on Line: ([0-9]+)")
FLAWS = (  # what DuckDB says, and what we say
    (r"Expected Number of Columns: (\d+) Found: (\d+)", "the row has {1}, the header {0} fields"),
    (r"unterminated quote", "a quote does not close, or text stands beside it"),
    (r"Invalid unicode", "a byte is not UTF-8; save the file as CSV UTF-8"),
    (r"Could not convert string \"(.*?)\" to 'DOUBLE'", "the weight is '{0}', not a number like others"),
    (r"Maximum line size", "the row is longer than 2 MB; a quote may be missing"),
    (r"invalid state", "line ends are of two kinds, or a quote is wrong; save it as CSV UTF-8 again"),
)


@contextmanager
def open_respondents(
    source: object, columns: Columns, *, delimiter: str | None = None
) -> Iterator[Respondents]:
    """The respondents of a path or a frame, open while they are counted.

    Raises RequestError where the source cannot be read or lacks a column, SurveyDataError at a damaged row.
    """
    if not isinstance(source, str | Path):
        place = f"the frame of {type(source).__module__.split('.')[0].lstrip('_')}"
        with connect(place) as (connection, _):
            yield _take_frame(connection, source, columns, place)
        return
    path, ledger = Path(source), Ledger(show(str(source)))
    kind = "parquet" if path.is_dir() else identify(path, ledger, READ)
    with connect(ledger.place, frugal=kind == "text" and "respondent" not in columns) as (connection, folder):
        if kind == "text":
            text = _as_utf8(path, folder, ledger)
            respondents = _scan_csv(connection, text, ledger.place, columns, delimiter)
        elif kind == "parquet":
            respondents = _scan_parquet(connection, path, ledger.place, columns)
        else:
            values = (_read_workbook if kind == "xlsx" else _read_labelled)(path, kind, columns, ledger)
            frame = _plain_frame(values, ledger.place)
            respondents = _in_order(connection, connection.from_df(frame), ledger.place)
        yield respondents._replace(notes=(*ledger.warnings, *ledger.notes))


@contextmanager
def connect(place: str, *, frugal: bool = False) -> Iterator[tuple[DuckDBPyConnection, Path]]:
    """A DuckDB and a folder of our own; what it says of the source is told in our words.

    ``frugal`` ones keep what they have read in little memory; ids that are looked for twice need more.
    """
    import duckdb

    with tempfile.TemporaryDirectory(prefix="maturity-") as folder:
        settings: dict[str, str | bool | int | float | list[str]] = {
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "enable_external_file_cache": False,
            "temp_directory": folder,
        }
        if frugal:
            settings["memory_limit"] = f"{FRUGAL * max(2, os.cpu_count() or 2)}MB"
        with duckdb.connect(config=settings) as connection:
            connection.execute("SET enable_progress_bar = false")  # stdout is for results
            try:
                yield connection, Path(folder)
            except duckdb.Error as error:
                raise explain(place, str(error)) from error


def explain(place: str, message: str) -> RequestError | SurveyDataError:
    """What DuckDB says of a source, as where, what and what to do."""
    if message.startswith("Out of Memory"):
        problem = "the columns asked for have more values than memory holds"
        return RequestError(f"{place}: {problem}; give the columns that hold the codes or labels")
    line = LINE.search(message)
    for pattern, sentence in FLAWS:
        if match := re.search(pattern, message):
            text = sentence.format(*(shorten(show(part), 80) for part in match.groups()))
            return SurveyDataError(place, [Problem(line[1] if line else "", "", "", "damaged-row", text)])
    return RequestError(f"{place} cannot be read: {shorten(show(message.splitlines()[0]), 300)}")


def _fold(name: str) -> str:
    return compose(name).strip().casefold()


def find_columns(columns: Columns, names: list[Any], place: str) -> dict[str, int]:
    """Where the columns asked for are: by their own names; in any case of letters where only one is meant.

    Raises RequestError where one is not there, is there twice, or is asked for twice.
    """
    folded = [_fold(name) if isinstance(name, str) else None for name in names]
    places: dict[str, int] = {}
    for role, name in columns.items():
        alike = [at for at, one in enumerate(folded) if one == _fold(name)]
        exact = [at for at in alike if names[at] == name] or alike
        if len(exact) > 1:
            raise RequestError(f"{place} has {len(exact)} columns {quote(name)}; rename one of them")
        if not names:
            raise RequestError(f"{place} has no first row with the names of its columns")
        if not exact:
            listed = [show(str(one)) for one in names[:MOST_NAMES]] + ["…"] * (len(names) > MOST_NAMES)
            unnamed = "" if folded[0] is not None else " (its columns are not named by text; name them so)"
            raise RequestError(f"{place}: {unknown_code('the column', name, listed)}{unnamed}")
        if exact[0] in places.values():
            problem = f"column {quote(name)} is given for two purposes; give each its own column"
            raise RequestError(f"{place}: {problem}")
        places[role] = exact[0]
    return places


def _select(relation: DuckDBPyRelation, columns: Columns, names: list[str], place: str) -> DuckDBPyRelation:
    """The columns asked for, by position, since DuckDB takes ``role`` and ``Role`` for one name."""
    places = find_columns(columns, names, place)
    return relation.select(", ".join(f'#{at + 1} AS "{role}"' for role, at in places.items()))


def _in_order(connection: DuckDBPyConnection, relation: DuckDBPyRelation, place: str) -> Respondents:
    """Respondents of a relation that has an order, and may have the numbers of its rows."""
    numbered = relation if "row" in relation.columns else relation.select("*, row_number() OVER () AS row")
    return Respondents(_frame(numbered, place), place, connection)


def _frame(native: Any, place: str) -> Frame:
    """A frame with columns that hold one value in each row; what narwhals does not know is text."""
    import narwhals as nw

    frame: Frame = nw.from_native(native)
    for role, kind in frame.collect_schema().items():
        if kind.is_nested():
            raise _nested(place, role)
        if kind == nw.Unknown:  # nothing but none, a UUID, a time
            frame = frame.with_columns(nw.col(role).cast(nw.String))
    return frame


def _nested(place: str, role: str) -> RequestError:
    problem = f"the column of the {role} holds lists or structures; give a column with one value in a row"
    return RequestError(f"{place}: {problem}")


# Frames of the caller


def _take_frame(connection: DuckDBPyConnection, source: Any, columns: Columns, place: str) -> Respondents:
    """What is in memory or will be for DuckDB; a frame of Spark as it is."""
    import duckdb
    import narwhals as nw
    from narwhals.exceptions import DuplicateError, NarwhalsError

    if isinstance(source, duckdb.DuckDBPyRelation):
        return Respondents(_frame(_select(source, columns, source.columns, place), place), place, connection)
    try:
        frame: Frame = nw.from_native(source, pass_through=False)
    except TypeError as error:
        raise RequestError(
            f"respondents cannot be read from a {type(source).__name__}; give a path, or a frame of pandas, "
            f"polars, DuckDB, Arrow or Spark"
        ) from error
    except DuplicateError as error:
        raise RequestError("the frame has two columns of one name; rename one of them") from error
    if frame.implementation.is_spark_like():  # which takes a dot in a name for a part, and two of one name
        spark: Any = frame.to_native()
        places = find_columns(columns, spark.columns, place)
        numbered = spark.toDF(*(f"c{at}" for at in range(len(spark.columns))))
        chosen = numbered.selectExpr(*(f"c{at} AS `{role}`" for role, at in places.items()))
        return Respondents(_frame(chosen, place), place, connection)
    names = list(frame.collect_schema().names())
    places = find_columns(columns, names, place)
    frame = frame.select(**{role: nw.col(names[at]) for role, at in places.items()})
    if isinstance(frame, nw.LazyFrame):
        try:
            frame = frame.collect()
        except (NarwhalsError, OSError) as error:  # of what the caller planned, or of its files
            raise explain(place, str(error)) from error
    native = frame.to_native()
    if frame.implementation.is_pandas():
        return _in_order(connection, connection.from_df(_plain_frame(dict(native.items()), place)), place)
    table = native if frame.implementation.is_polars() else frame.to_arrow()
    return _in_order(connection, connection.from_arrow(table), place)


def _plain_frame(columns: Mapping[str, Any], place: str) -> pd.DataFrame:
    """Columns that DuckDB takes as they are: numbers and text; of objects it would look at a sample only."""
    import pandas as pd
    from pandas.api.types import infer_dtype

    plain = {}
    for role, values in columns.items():
        series = pd.Series(values)
        if role == "weight" and infer_dtype(series) in NUMERIC:
            plain[role] = pd.Series(series.to_numpy("float64", na_value=nan), index=series.index)
        elif series.dtype.kind in "biuf" or isinstance(series.dtype, pd.StringDtype):
            plain[role] = series
        else:
            try:
                codes, uniques = pd.factorize(series)
            except TypeError as error:  # lists and dicts have no hash
                raise _nested(place, role) from error
            if any(isinstance(value, tuple | frozenset) for value in uniques):
                raise _nested(place, role)
            texts = pd.array([*map(text_of, uniques), ""], dtype="str")
            plain[role] = pd.Series(texts.take(codes), index=series.index)
    return pd.DataFrame(plain)


# CSV and Parquet


def _as_utf8(path: Path, folder: Path, ledger: Ledger) -> Path:
    """The file, or one like it in UTF-8 where it is small and in an encoding that is read for a table too."""
    with open_plain(path, ledger) as file:
        data = file.read(MOST_BYTES + 1)
    if not data.strip():
        raise RequestError(f"{ledger.place} is empty; give an export with one row per respondent")
    text, encoding = decode(data, ledger) if len(data) <= MOST_BYTES else ("", "utf-8")
    if encoding == "utf-8":
        return path
    copy = folder / "respondents.csv"
    copy.write_bytes(text.encode("utf-8"))
    return copy


def _scan_csv(
    connection: DuckDBPyConnection, path: Path, place: str, columns: Columns, delimiter: str | None
) -> Respondents:
    """The columns asked for, text but for the weight."""
    with path.open("rb") as file:
        start = file.read(MOST_HEAD).decode("utf-8-sig", "surrogateescape")
    above = int(start[:4].lower() == "sep=")  # lines above the header
    names, mark = _read_header(start, above, columns, delimiter, place)
    if not _is_unicode("".join(names)):
        raise RequestError(f"{place} is not UTF-8 in its header; save it as CSV UTF-8")
    places = find_columns(columns, names, place)
    types, decimal = ["VARCHAR"] * len(names), "."
    if (weight := places.get("weight")) is not None:
        types[weight] = "DOUBLE"
        rows_below = _rows_of(start, mark, above + 1)
        if mark != "," and any("," in "".join(row[weight : weight + 1]) for row in rows_below):
            decimal = ","
    typed = ", ".join(f"c{at}: '{kind}'" for at, kind in enumerate(types))
    options = f"delim = {_quote(mark)}, skip = {above}, decimal_separator = '{decimal}', {CSV_OPTIONS}"
    table = f"read_csv({_quote(literal(path))}, columns = {{{typed}}}, {options})"
    roles = ", ".join(f'c{at} AS "{role}"' for role, at in places.items())
    holds = " OR ".join(f"c{at} IS NOT NULL" for at in range(len(names)))
    rows = connection.sql(f"FROM {table}").select(f"*, row_number() OVER () + {above + 1} AS row")
    frame, filled = (_frame(some.select(f"{roles}, row"), place) for some in (rows, rows.filter(holds)))
    number = partial(_number_rows, path, mark) if len(names) > 1 else list  # alone, a blank line is a row
    return Respondents(frame, place, connection, filled, number=number)


def _number_rows(path: Path, mark: str, rows: Sequence[int]) -> list[int]:
    """The numbers that a spreadsheet gives to rows, with blank lines, which DuckDB leaves out."""
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file, suppress(csv.Error):
        filled = (at for at, row in enumerate(csv.reader(file, delimiter=mark), 1) if row)
        last = max(rows, default=0)
        numbers = dict(zip(range(1, last + 1 if last <= MOST_NUMBERED else 0), filled, strict=False))
        return [numbers.get(row, row) for row in rows]
    return list(rows)


def _read_header(
    start: str, above: int, columns: Columns, delimiter: str | None, place: str
) -> tuple[list[str], str]:
    """The header, and the delimiter that gives the columns asked for, or else the most columns."""
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n\0' or not delimiter.isascii()):
        raise RequestError(f"the delimiter is {quote(delimiter)}; give one character, such as ; or , or |")
    marks = [delimiter] if delimiter else DELIMITERS
    first = {mark: list(islice(_rows_of(start, mark, above), LOOKED_AT)) or [[]] for mark in marks}
    asked = set(columns.values())
    mark = max(first, key=lambda mark: (asked <= set(first[mark][0]), len(first[mark][0])))
    header = [at for rows in first.values() for at, row in enumerate(rows) if asked <= set(row)]
    if 0 not in header and any(header):
        line = header[0] + above + 1
        raise RequestError(f"{place}: the header seems to be on line {line}: delete what is above it")
    return first[mark][0], mark


def _rows_of(text: str, mark: str, skipped: int) -> Iterator[list[str]]:
    """The rows of the start of a file, up to one that is none under this mark; DuckDB says why it is not."""
    with suppress(csv.Error):
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
        yield from islice(rows, skipped, None)


def _scan_parquet(connection: DuckDBPyConnection, path: Path, place: str, columns: Columns) -> Respondents:
    """The columns asked for of one file, or of all in a folder in the order of their names."""
    files = [path] if path.is_file() else list_parquet(path)
    named = "[" + ", ".join(_quote(literal(file)) for file in files) + "]"
    relation = connection.sql(f"FROM read_parquet({named}, {PARQUET_OPTIONS})")
    names, folded = relation.columns, {name.casefold() for name in relation.columns}
    parts = {part.partition("=")[0] for file in files for part in file.relative_to(path).parts[:-1]}
    named_only = parts.intersection(columns.values()).difference(names)
    if named_only:  # DuckDB would let them overrule others
        problem = f"{quote(min(named_only))} is in the names of its folders only"
        raise RequestError(f"{place}: {problem}; write it into the files as a column")
    heads = {} if len(files) == 1 else _read_heads(connection, named)
    if any(f"{name.casefold()}_1" in folded for name in columns.values()):  # so DuckDB renames the second
        if len(files) > 1:
            raise RequestError(
                f"{place}: columns of its files differ in the case of letters only; give one file, or rename"
            )
        [names] = _read_heads(connection, named).values()
    respondents = _in_order(connection, _select(relation, columns, names, place), place)
    for file, head in heads.items():
        if lacking := {_fold(name) for name in columns.values()} - {*map(_fold, head)}:
            problem = f"its file {quote(Path(file).name)} lacks the column {quote(min(lacking))}"
            raise RequestError(f"{place}: {problem}; add it there, or take the file out of the folder")
    return respondents._replace(has_extremes=True)


def _read_heads(connection: DuckDBPyConnection, named: str) -> dict[str, list[str]]:
    """The names of the columns of each Parquet file, without those inside others."""
    heads: dict[str, list[str]] = {}
    query = f"SELECT file_name, name, num_children FROM parquet_schema({named})"  # noqa: S608  (our literals)
    for file, name, children in fetch_aside(connection.sql(query), connection):
        if file not in heads:  # the root
            heads[file], inside = [], 0
            continue
        heads[file] += [] if inside else [name]
        inside += (children or 0) - (1 if inside else 0)
    return heads


def list_parquet(folder: Path) -> list[Path]:
    """The Parquet files of a folder as Spark reads it, each once.

    Names that begin with ``_`` or ``.`` are of whoever writes there; folders inside are parts of the table
    where they are named so, as ``year=2022``. Raises RequestError where there are none, one is not a regular
    file, or another folder inside has some too.
    """
    place, files, waiting = show(str(folder)), dict[tuple[int, int], Path](), [folder]
    for current in waiting:
        for entry in sorted(current.glob("[!_.]*")):
            is_parquet = entry.suffix.lower() in PARQUET
            if entry.is_dir() and "=" in entry.name:
                waiting += [entry] if entry.resolve() not in {one.resolve() for one in waiting} else []
            elif entry.is_dir() and not is_parquet:
                with suppress(OSError):
                    if any(inside.suffix.lower() in PARQUET for inside in entry.iterdir()):
                        problem = f"the folder {quote(entry.name)} inside has Parquet files too"
                        raise RequestError(f"{place}: {problem}; move it elsewhere, or give one of the two")
            elif is_parquet and not entry.is_file():
                raise RequestError(f"{show(str(entry))} is not a regular file; take it out of the folder")
            elif is_parquet or (entry.is_file() and _starts(entry, b"PAR1")):
                status = entry.stat()
                files.setdefault((status.st_dev, status.st_ino), entry)
    if not files:
        raise RequestError(f"{place} has no .parquet files; give a folder that has some, or a file")
    return sorted(files.values())


def _starts(path: Path, mark: bytes) -> bool:
    with path.open("rb") as file:
        return file.read(len(mark)) == mark


def literal(path: Path) -> str:
    """A path as a pattern that means this file alone, since DuckDB expands ``*``, ``?`` and ``[``.

    Raises RequestError for a name that cannot be given to DuckDB.

    Examples
    --------
    >>> literal(Path("/answers/[1]*.csv"))
    '/answers/[[]1][*].csv'
    """
    text = str(path.absolute())
    pattern = re.sub(r"[*?[]", r"[\g<0>]", text)
    unsafe = pattern != text and "\\" in text and os.sep == "/"
    if unsafe or not _is_unicode(text):
        raise RequestError(f"{quote(text)} is a name that cannot be read safely; rename the file or folder")
    return pattern


def _quote(text: str) -> str:
    """Text as a literal of SQL; values bound as parameters make some versions read the file at once."""
    return "'" + text.replace("'", "''") + "'"


def _is_unicode(text: str) -> bool:
    return text.encode("utf-8", "replace") == text.encode("utf-8", "surrogatepass")


# Workbooks, and files of SPSS, Stata and SAS


def _read_workbook(path: Path, _kind: str, columns: Columns, ledger: Ledger) -> dict[str, list[Any]]:
    """The values of the columns asked for, and the numbers of their rows, of those that hold anything."""
    grid = open_workbook(path, ledger, list(columns.values()), most=MOST_UNPACKED_ANSWERS)
    heads = ["" if cell is None else str(cell.value).strip() for cell in grid.rows[grid.header]]
    places = find_columns(columns, heads, ledger.place)
    values: dict[str, list[Any]] = {role: [] for role in (*places, "row")}
    for line, row in enumerate(grid.rows[grid.header + 1 :], grid.header + 2):
        if any(row):
            values["row"].append(line)
            for role, at in places.items():
                values[role] += [cell and cell.value for cell in row[at : at + 1]] or [None]
    for line, weight in zip(values["row"], values.get("weight", []), strict=False):
        if weight is not None and (isinstance(weight, bool) or not isinstance(weight, int | float)):
            problem = f"the weight is {quote(str(weight))}, not a number; type it as one, not as text"
            ledger.refuse(line, "weight", str(weight), "unusable-weight", problem)
    if ledger.problems:
        raise ledger.error()
    return values


def _read_labelled(path: Path, kind: str, columns: Columns, ledger: Ledger) -> dict[str, list[Any]]:
    """A file of SPSS, Stata or SAS: its labels for its codes, and what it declares as missing marked so."""
    place = ledger.place
    try:
        import pyreadstat
    except ImportError as error:
        advice = "install it with: python -m pip install 'maturity-survey[io]'"
        raise RequestError(f"{place} needs pyreadstat; {advice}") from error
    size = path.stat().st_size
    if kind == "xpt" and size % XPORT_RECORD:  # which pyreadstat does not see
        raise RequestError(f"{place} is not a valid .xpt file: it is cut off; write it again")
    if size > MOST_LABELLED:
        raise RequestError(f"{place} is larger than {MOST_LABELLED // 10**6} MB; save it as CSV or Parquet")
    read = getattr(pyreadstat, f"read_{'xport' if kind == 'xpt' else kind}")
    options: dict[str, Any] = {"user_missing": True} if kind in {"sav", "dta"} else {}
    try:
        names = list(read(str(path), metadataonly=True)[1].column_names)
        asked = {role: names[at] for role, at in find_columns(columns, names, place).items()}
        options |= {"usecols": list(asked.values()), "row_limit": MOST_ROWS + 1, "output_format": "dict"}
        data, meta = read(str(path), **options)
    except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError, UnicodeError) as error:
        raise RequestError(f"{place} is not a valid .{kind} file: {show(str(error))}") from error
    values = {role: list(data[name]) for role, name in asked.items()}
    if len(values["stage"]) > MOST_ROWS:
        raise RequestError(f"{place} has more than {MOST_ROWS} rows; save it as CSV or Parquet")
    for role, name in asked.items():
        spans, marks = meta.missing_ranges.get(name, []), meta.missing_user_values.get(name, [])
        judged = set(values[role]) if spans or marks else ()
        declared = {value for value in judged if _is_declared(value, spans, marks)}
        if role in KEYS:
            labels = meta.variable_value_labels.get(name, {})
            texts = {value: text_of(labels.get(value, value)) for value in set(values[role])}
            texts |= {value: texts[value] + BY_FILE for value in declared if texts[value]}
            values[role] = [texts[value] for value in values[role]]
        elif declared:  # no weight, and no id
            values[role] = [None if value in declared else value for value in values[role]]
    return values


def _is_declared(value: Any, spans: list[Mapping[str, Any]], marks: list[Any]) -> bool:
    """Whether the file declares a value as missing, by itself or by a range."""
    if value is None:
        return False
    alike = [span for span in spans if isinstance(span["lo"], str) == isinstance(value, str)]
    return value in marks or any(span["lo"] <= value <= span["hi"] for span in alike)
