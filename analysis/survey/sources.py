"""Where respondents come from: files of a survey tool, or the caller's own frame, as one row each.

CSV and Parquet stay on disk and are streamed by DuckDB: one name means one file, nothing is guessed or
mended, and a breach names its line. Frames of pandas, polars and Arrow are counted by DuckDB where they are
in memory (of a lazy one the columns asked for are); what has an engine of its own, as Spark, stays on it.
"""

from __future__ import annotations

import csv
import io
import os
import re
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from analysis.errors import Problem, RequestError, SurveyDataError, quote, shorten, show, unknown_code
from analysis.survey.answers import DECLARED, text_of
from analysis.survey.ledger import Ledger
from analysis.survey.opening import READ, decode, identify, open_plain
from analysis.survey.sheets import MOST_BYTES
from analysis.survey.workbooks import open_workbook

if TYPE_CHECKING:
    import narwhals as nw
    import pandas as pd
    from duckdb import DuckDBPyConnection, DuckDBPyRelation

    Frame: TypeAlias = nw.DataFrame[Any] | nw.LazyFrame[Any]

Columns = Mapping[str, str]  # what a column is for (group, stage, weight, respondent) and its name

DELIMITERS = (",", ";", "\t", "|")
FRUGAL = 32  # megabytes for each thread: some buffers of a CSV file and the values found so far
MOST_HEAD = 2_000_000  # bytes in which the header of a CSV file must end
MOST_LABELLED = 500_000_000  # bytes of a file of SPSS, Stata or SAS, which is read into memory
MOST_ROWS = 5_000_000  # of such a file
MOST_UNPACKED = 100_000_000  # bytes of a workbook
PEEKED_ROWS = 1000  # read in search of a decimal comma
MOST_NAMES = 30  # columns that a message lists
GLOB = re.compile(r"[*?[]")
READERS = {  # of pyreadstat, by the kind of a file
    "sav": "read_sav",
    "por": "read_por",
    "dta": "read_dta",
    "xpt": "read_xport",
    "sas7bdat": "read_sas7bdat",
}
PARQUET = {".parquet", ".pq"}
SIGNALS = (signal.SIGINT, signal.SIGTERM)
NESTED = {"list", "struct", "map", "array", "union", "variant"}  # types of DuckDB that hold several values
STRICT = {  # options of read_csv: nothing guessed, nothing mended, nothing unpacked
    "header": "true",
    "auto_detect": "false",
    "strict_mode": "true",
    "quote": "'\"'",
    "escape": "'\"'",
    "compression": "'none'",
    "hive_partitioning": "false",
    "buffer_size": "8000000",  # bytes; four times the longest row
}
LINE = re.compile(r"CSV Error on Line: ([0-9]+)")
FLAWS = (  # what DuckDB says, and what we say
    (r"Expected Number of Columns: (\d+) Found: (\d+)", "the row has {1} fields, the header has {0}"),
    (r"unterminated quote", "a quote does not close, or text stands beside it"),
    (r"Invalid unicode", "a byte is not UTF-8; save the file as CSV UTF-8"),
    (
        r"Could not convert string \"(.*?)\" to 'DOUBLE'",
        "the weight is {0}, not a number like those before it",
    ),
    (r"Maximum line size", "the row is longer than 2 MB; a quote may be missing"),
    (r"invalid state", "line ends are of two kinds, or a quote is wrong; save it as CSV UTF-8 again"),
)


class Respondents(NamedTuple):
    """One row per respondent, with columns named for what they are for.

    ``first_row`` is the number that people give the first row, None where the source has no order; a frame
    that numbers its rows itself has a column ``row``. ``filled`` is the frame without rows that hold nothing
    at all, where there may be such; ``notes`` are sentences on what was read, for whoever gave the file.
    """

    frame: Frame
    place: str
    first_row: int | None = None
    filled: Frame | None = None
    notes: list[str] = []  # noqa: RUF012  (never added to; each source gives its own)


class Header(NamedTuple):
    """The first row of a CSV file; ``places`` are the columns asked for, ``above`` the lines before it."""

    names: list[str]
    places: dict[str, int]
    delimiter: str
    above: int
    decimal: str


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
        A row of a file is damaged; the message names its line.
    """
    if not isinstance(source, str | Path):
        with connect("the frame") as connection:
            yield _take_frame(connection, source, columns)
        return
    path, place = Path(source), show(str(source))
    ledger = Ledger(place)
    kind = "parquet" if path.is_dir() else identify(path, ledger, READ)
    is_text = kind in {"text", "utf-16"}
    with connect(place, frugal=is_text and "respondent" not in columns) as connection:
        if is_text:
            with _as_utf8(path, ledger) as text:
                respondents = _scan_csv(connection, text, place, columns, delimiter)
                yield respondents._replace(notes=ledger.notes)
        elif kind == "parquet":
            relation = _scan_parquet(connection, path, columns)
            yield Respondents(_frame(relation, place), place, 1)
        else:
            values = (_read_workbook if kind == "xlsx" else _read_labelled)(path, kind, columns, ledger)
            yield _own_frame(connection, values, place)._replace(notes=[*ledger.warnings, *ledger.notes])


@contextmanager
def connect(place: str, *, frugal: bool = False) -> Iterator[DuckDBPyConnection]:
    """A DuckDB of our own, whose complaints about the source become ours.

    ``frugal`` ones keep what they have read in little memory; ids that are looked for twice need more.

    Raises
    ------
    RequestError
        The source cannot be read.
    SurveyDataError
        A row of it is damaged.
    """
    import duckdb

    with tempfile.TemporaryDirectory(prefix="maturity-") as spill:
        settings: dict[str, str | bool | int | float | list[str]] = {
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "enable_external_file_cache": False,
            "temp_directory": spill,
        }
        if frugal:
            settings["memory_limit"] = f"{FRUGAL * max(2, os.cpu_count() or 2)}MB"
        with duckdb.connect(config=settings) as connection, _kept_signals() as raised:
            connection.execute("SET enable_progress_bar = false")  # stdout is for results
            try:
                yield connection
            except duckdb.Error as error:
                raise explain(place, str(error)) from error
            except RuntimeError:
                if raised:
                    raise raised[0] from None
                raise


@contextmanager
def _kept_signals() -> Iterator[list[BaseException]]:
    """What handlers of Ctrl-C and SIGTERM raise; of a query, DuckDB says only that it was interrupted."""
    raised: list[BaseException] = []

    def keep(handler: Callable[[int, Any], Any], number: int, frame: Any) -> None:
        try:
            handler(number, frame)
        except BaseException as error:
            raised.append(error)
            raise

    is_main = threading.current_thread() is threading.main_thread()
    before = {number: signal.getsignal(number) for number in SIGNALS if is_main}
    ours = {number: partial(keep, handler) for number, handler in before.items() if callable(handler)}
    for number, handler in ours.items():
        signal.signal(number, handler)
    try:
        yield raised
    finally:
        for number, handler in ours.items():
            if signal.getsignal(number) is handler:  # not where it was told to ignore further ones
                signal.signal(number, before[number])


def explain(place: str, message: str) -> RequestError | SurveyDataError:
    """What DuckDB says of a source, as where, what and what to do."""
    if message.startswith("Out of Memory"):
        problem = "the columns asked for have more values than memory holds"
        return RequestError(f"{place}: {problem}; give the columns that hold the codes or labels")
    line = LINE.search(message)
    for pattern, sentence in FLAWS:
        if match := re.search(pattern, message):
            text = sentence.format(*(quote(part) if "{0}," in sentence else part for part in match.groups()))
            return SurveyDataError(place, [Problem(line[1] if line else "", "", "", "damaged-row", text)])
    return RequestError(f"{place} cannot be read: {shorten(show(message.splitlines()[0]), 300)}")


def find_columns(columns: Columns, names: list[Any], place: str) -> dict[str, int]:
    """Where the columns asked for are: by their own names; in any case of letters where only one is meant.

    Raises
    ------
    RequestError
        One is not there, is there twice, or is asked for twice.
    """
    places = {role: _find_column(name, names, place) for role, name in columns.items()}
    for role, at in places.items():
        if list(places.values()).count(at) > 1:
            raise RequestError(
                f"{place}: column {quote(columns[role])} is given for two purposes; give each its own column"
            )
    return places


def _find_column(name: str, names: list[Any], place: str) -> int:
    folded = name.strip().casefold()
    alike = [at for at, one in enumerate(names) if isinstance(one, str) and one.strip().casefold() == folded]
    exact = [at for at in alike if names[at] == name] or alike
    if len(exact) == 1:
        return exact[0]
    if exact:
        raise RequestError(f"{place} has {len(exact)} columns {quote(name)}; rename one of them")
    if not names:
        raise RequestError(f"{place} has no first row with the names of its columns")
    listed = [show(str(one)) for one in names[:MOST_NAMES]] + ["…"] * (len(names) > MOST_NAMES)
    unnamed = "" if isinstance(names[0], str) else " (its columns are not named by text; name them so)"
    raise RequestError(f"{place}: {unknown_code('the column', name, listed)}{unnamed}")


def _frame(relation: DuckDBPyRelation, place: str) -> Frame:
    """A relation as a narwhals frame, of columns that hold one value each."""
    import narwhals as nw

    for name, kind in zip(relation.columns, relation.types, strict=True):
        if kind.id in NESTED:
            _refuse_nested(place, name)
    frame: Frame = nw.from_native(relation)
    return frame


def _refuse_nested(place: str, role: str) -> None:
    problem = f"the column of the {role} holds lists or structures; give a column with one value in a row"
    raise RequestError(f"{place}: {problem}")


def _select(relation: DuckDBPyRelation, columns: Columns, names: list[str], place: str) -> DuckDBPyRelation:
    """The columns asked for, by position, since DuckDB takes ``role`` and ``Role`` for one name."""
    places = find_columns(columns, names, place)
    return relation.select(", ".join(f'#{at + 1} AS "{role}"' for role, at in places.items()))


# Frames of the caller


def _take_frame(connection: DuckDBPyConnection, source: Any, columns: Columns) -> Respondents:
    """What is in memory or a lazy polars frame for DuckDB; what has an engine of its own as it is."""
    import duckdb
    import narwhals as nw
    from narwhals.exceptions import DuplicateError

    place = f"the frame of {type(source).__module__.split('.')[0].lstrip('_')}"
    if isinstance(source, duckdb.DuckDBPyRelation):
        return Respondents(_frame(_select(source, columns, source.columns, place), place), place)
    try:
        frame: Frame = nw.from_native(source, pass_through=False)
    except TypeError as error:
        raise RequestError(
            f"respondents cannot be read from a {type(source).__name__}; give a path, or a frame of pandas, "
            f"polars, DuckDB, Arrow or Spark"
        ) from error
    except DuplicateError as error:
        raise RequestError("the frame has two columns of one name; rename one of them") from error
    names = list(frame.collect_schema().names())
    places = find_columns(columns, names, place)
    frame = frame.select(**{role: nw.col(names[at]) for role, at in places.items()})
    if frame.implementation.is_polars():
        frame = frame.lazy().collect()
    if isinstance(frame, nw.LazyFrame):
        for role, kind in frame.collect_schema().items():
            if kind.is_nested() or kind == nw.Unknown:
                _refuse_nested(place, role)
        return Respondents(frame, place)
    native = frame.to_native()
    if frame.implementation.is_pandas():
        relation = connection.from_df(_plain_frame(native, place))
    else:
        relation = connection.from_arrow(native if frame.implementation.is_polars() else frame.to_arrow())
    return Respondents(_frame(relation, place), place, 1)


def _plain_frame(frame: pd.DataFrame, place: str) -> pd.DataFrame:
    """Columns that DuckDB takes as they are: numbers and text; of objects it would look at a sample only."""
    import pandas as pd

    plain = {}
    for role, series in frame.items():
        if series.dtype.kind in "biuf":
            plain[role] = series.astype("float64") if role == "weight" else series
        elif isinstance(series.dtype, pd.StringDtype):
            plain[role] = series
        else:
            try:
                codes, values = pd.factorize(series)
            except TypeError:  # lists and dicts have no hash
                _refuse_nested(place, str(role))
            if any(isinstance(value, tuple | frozenset) for value in values):
                _refuse_nested(place, str(role))
            texts = pd.array([*map(text_of, values), ""], dtype="str")
            plain[role] = pd.Series(texts.take(codes), index=series.index)
    return pd.DataFrame(plain)


# CSV and Parquet


@contextmanager
def _as_utf8(path: Path, ledger: Ledger) -> Iterator[Path]:
    """The file, or one like it in UTF-8 where it is small and in an encoding that is read for a table too."""
    with open_plain(path, ledger) as file:
        data = file.read(MOST_BYTES + 1)
    if not data.strip():
        raise RequestError(f"{ledger.place} is empty; give an export with one row per respondent")
    with suppress(UnicodeDecodeError):
        data[:MOST_BYTES].decode("utf-8", "strict" if len(data) <= MOST_BYTES else "replace")
        yield path
        return
    text, _ = decode(data, ledger)
    with tempfile.TemporaryDirectory(prefix="maturity-") as folder:
        copy = Path(folder) / "respondents.csv"
        copy.write_bytes(text.encode("utf-8"))
        yield copy


def _scan_csv(
    connection: DuckDBPyConnection, path: Path, place: str, columns: Columns, delimiter: str | None
) -> Respondents:
    """The columns asked for, text but for the weight."""
    header = read_header(path, place, columns, delimiter)
    types = ["VARCHAR"] * len(header.names)
    if "weight" in header.places:
        types[header.places["weight"]] = "DOUBLE"
    named = ", ".join(f"c{at}: '{kind}'" for at, kind in enumerate(types))
    options = {
        "columns": f"{{{named}}}",
        "delim": _quote(header.delimiter),
        "skip": str(header.above),
        "decimal_separator": _quote(header.decimal),
        **STRICT,
    }
    listed = ", ".join(f"{name} = {value}" for name, value in options.items())
    relation = connection.sql(f"FROM read_csv({_quote(literal(path))}, {listed})")
    roles = ", ".join(f'c{at} AS "{role}"' for role, at in header.places.items())
    first = header.above + 2
    empty = " AND ".join(f"c{at} IS NULL" for at in range(len(types)))
    numbered = relation.select(f"{roles}, row_number() OVER () + {first - 1} AS row, {empty} AS is_empty")
    filled = numbered.filter("NOT is_empty").select("* EXCLUDE is_empty")
    return Respondents(_frame(relation.select(roles), place), place, first, _frame(filled, place))


def read_header(path: Path, place: str, columns: Columns, delimiter: str | None = None) -> Header:
    """The header of a CSV file, under the delimiter that gives the columns asked for.

    Raises
    ------
    RequestError
        No usual delimiter gives them all, the one given is none, or the header is not UTF-8.
    """
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n\0' or not delimiter.isascii()):
        raise RequestError(f"the delimiter is {quote(delimiter)}; give one character, such as ; or , or |")
    with path.open("rb") as file:
        text = file.read(MOST_HEAD).decode("utf-8-sig", "surrogateescape")
    above = int(text[:4].lower() == "sep=")
    marks = [delimiter] if delimiter else DELIMITERS
    heads = {mark: next(_rows_of(text, mark, above), []) for mark in marks}
    asked = set(columns.values())
    mark = max(heads, key=lambda mark: (asked <= set(heads[mark]), len(heads[mark])))
    names = heads[mark]
    if not _is_unicode("".join(names)):
        raise RequestError(f"{place} is not UTF-8 in its header; save it as CSV UTF-8")
    places = find_columns(columns, list(names), place)
    decimal = "."
    if "weight" in places and mark != ",":
        rows = islice(_rows_of(text, mark, above + 1), PEEKED_ROWS)
        decimal = "," if any("," in "".join(row[places["weight"] :][:1]) for row in rows) else "."
    return Header(names, places, mark, above, decimal)


def _rows_of(text: str, mark: str, skipped: int) -> Iterator[list[str]]:
    """The rows of the start of a file, up to one that is none under this mark; DuckDB says why it is not."""
    with suppress(csv.Error):
        yield from islice(
            csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True), skipped, None
        )


def _scan_parquet(connection: DuckDBPyConnection, path: Path, columns: Columns) -> DuckDBPyRelation:
    """The columns asked for of one file, or of all in a folder in the order of their names."""
    place = show(str(path))
    files = [path] if path.is_file() else list_parquet(path)
    named = "[" + ", ".join(_quote(literal(file)) for file in files) + "]"
    relation = connection.sql(
        f"FROM read_parquet({named}, hive_partitioning = false, binary_as_string = true)"
    )
    folded, asked = {name.casefold() for name in relation.columns}, columns.values()
    if not any(f"{name.casefold()}_1" in folded for name in asked):
        return _select(relation, columns, relation.columns, place)
    if len(files) > 1:  # DuckDB renames what differs in case only
        raise RequestError(
            f"{place}: columns of its files differ in the case of letters only; give one file, or rename"
        )
    query = f"SELECT name, num_children FROM parquet_schema({named})"  # noqa: S608  (literals of our own)
    names, inside = [], 0
    for name, children in connection.sql(query).fetchall()[1:]:  # below the root, what is nested too
        names += [] if inside else [str(name)]
        inside += (children or 0) - (1 if inside else 0)
    return _select(relation, columns, names, place)


def list_parquet(folder: Path) -> list[Path]:
    """The Parquet files of a folder as Spark reads it, each once.

    Names that begin with ``_`` or ``.`` are of whoever writes there; folders inside are parts of the table
    where they are named so, as ``year=2022``.

    Raises
    ------
    RequestError
        There are none, one is not a regular file, or another folder inside has some too.
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

    Raises
    ------
    RequestError
        The name cannot be given to DuckDB.

    Examples
    --------
    >>> literal(Path("/answers/[1]*.csv"))
    '/answers/[[]1][*].csv'
    """
    text = str(path.absolute())
    unsafe = GLOB.search(text) and "\\" in text and os.sep == "/"
    if unsafe or not _is_unicode(text):
        raise RequestError(f"{quote(text)} is a name that cannot be read safely; rename the file or folder")
    return GLOB.sub(r"[\g<0>]", text)


def _quote(text: str) -> str:
    """Text as a literal of SQL; values bound as parameters make some versions read the file at once."""
    return "'" + text.replace("'", "''") + "'"


def _is_unicode(text: str) -> bool:
    return text.encode("utf-8", "replace") == text.encode("utf-8", "surrogatepass")


# Workbooks, and files of SPSS, Stata and SAS


def _read_workbook(path: Path, _kind: str, columns: Columns, ledger: Ledger) -> dict[str, list[Any]]:
    """The values of the columns asked for, and the numbers of their rows, of those that hold anything."""
    grid = open_workbook(path, ledger, list(columns.values()), most=MOST_UNPACKED)
    heads = ["" if cell is None else str(cell.value).strip() for cell in grid.rows[grid.header]]
    places = find_columns(columns, heads, ledger.place)
    rows = [(line, row) for line, row in enumerate(grid.rows, 1) if line > grid.header + 1 and any(row)]
    values: dict[str, list[Any]] = {
        role: [row[at].value if at < len(row) and row[at] is not None else None for _, row in rows]
        for role, at in places.items()
    }
    for (line, _), weight in zip(rows, values.get("weight", []), strict=False):
        if weight is not None and (isinstance(weight, bool) or not isinstance(weight, int | float)):
            problem = f"the weight is {quote(str(weight))}, not a number"
            ledger.refuse(line, "weight", str(weight), "unusable-weight", problem)
    if ledger.problems:
        raise ledger.error()
    return {**values, "row": [line for line, _ in rows]}


def _read_labelled(path: Path, kind: str, columns: Columns, ledger: Ledger) -> dict[str, list[Any]]:
    """A file of SPSS, Stata or SAS: its labels for its codes, and what it declares as missing marked so."""
    place = ledger.place
    try:
        import pyreadstat
    except ImportError as error:
        advice = "install it with: python -m pip install 'maturity-survey[io]'"
        raise RequestError(f"{place} needs pyreadstat; {advice}") from error
    if path.stat().st_size > MOST_LABELLED:
        raise RequestError(f"{place} is larger than {MOST_LABELLED // 10**6} MB; save it as CSV or Parquet")
    read = getattr(pyreadstat, READERS[kind])
    options: dict[str, Any] = {"user_missing": True} if kind in {"sav", "dta"} else {}
    try:
        _, head = read(str(path), metadataonly=True)
        names = list(head.column_names)
        asked = {role: names[at] for role, at in find_columns(columns, names, place).items()}
        options |= {"usecols": list(asked.values()), "row_limit": MOST_ROWS + 1, "output_format": "dict"}
        data, meta = read(str(path), **options)
    except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError, UnicodeError) as error:
        raise RequestError(f"{place} is not a valid .{kind} file: {show(str(error))}") from error
    values = {role: list(data[name]) for role, name in asked.items()}
    if len(values["stage"]) > MOST_ROWS:
        raise RequestError(f"{place} has more than {MOST_ROWS} rows; save it as CSV or Parquet")
    for role in values.keys() & {"group", "stage"}:
        labels = meta.variable_value_labels.get(asked[role], {})
        spans = meta.missing_ranges.get(asked[role], [])
        marks = meta.missing_user_values.get(asked[role], [])
        said = {value: _said(value, labels, spans, marks) for value in set(values[role])}
        values[role] = [said[value] for value in values[role]]
    return values


def _said(value: Any, labels: Mapping[Any, str], spans: list[Mapping[str, Any]], marks: list[Any]) -> str:
    """What a value says: its label, with a mark where the file declares it as missing."""
    text = text_of(labels.get(value, value))
    alike = [span for span in spans if text and isinstance(span["lo"], str) == isinstance(value, str)]
    is_declared = value in marks or any(span["lo"] <= value <= span["hi"] for span in alike)
    return text + DECLARED if is_declared and text else text


def _own_frame(connection: DuckDBPyConnection, values: Mapping[str, list[Any]], place: str) -> Respondents:
    import pandas as pd

    frame = pd.DataFrame({role: pd.Series(cells, dtype=object) for role, cells in values.items()})
    frame = frame.astype({name: kind for name, kind in (("weight", float), ("row", int)) if name in frame})
    return Respondents(_frame(connection.from_df(_plain_frame(frame, place)), place), place, 1)
