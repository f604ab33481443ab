"""CSV and Parquet files as DuckDB relations: streamed, one name meaning one file, nothing guessed.

A CSV file is UTF-8 with a header. Its delimiter is the one under which the header has the columns asked
for; quotes, numbers of fields and encoding are held strictly, and a breach names its line.
"""

from __future__ import annotations

import csv
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TextIO

from analysis.errors import Problem, RequestError, SurveyDataError, quote, shorten, show, unknown_code

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection, DuckDBPyRelation

Columns = Mapping[str, str]  # what a column is for (group, stage, weight, respondent) and its name

DELIMITERS = (",", ";", "\t", "|")
GLOB = re.compile(r"[*?[]")
LINE = re.compile(r"CSV Error on Line: ([0-9]+)")
FRUGAL = 32  # megabytes for each thread: some buffers of a CSV file and the values found so far
PEEKED_ROWS = 1000  # read in search of a decimal comma
MOST_NAMES = 30  # columns that a message lists
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


class Header(NamedTuple):
    """The first row of a CSV file; ``found`` are the columns asked for, ``above`` the lines before it."""

    names: list[str]
    found: dict[str, str]
    delimiter: str
    above: int
    decimal: str


@contextmanager
def connect(path: Path, *, frugal: bool = False) -> Iterator[DuckDBPyConnection]:
    """A connection to a DuckDB of our own, whose complaints about the file become ours.

    ``frugal`` ones keep what they have read in little memory; ids that are looked for twice need more.

    Raises
    ------
    RequestError
        The file cannot be read.
    SurveyDataError
        A row of it is damaged.
    """
    import duckdb

    connection = _database(os.getpid(), frugal=frugal).cursor()
    connection.execute("SET enable_progress_bar = false")  # stdout is for results
    try:
        yield connection
    except duckdb.Error as error:
        raise explain(path, str(error)) from error
    finally:
        connection.close()


@cache
def _database(process: int, *, frugal: bool) -> DuckDBPyConnection:
    """The database in memory of a process; opening it takes longer than counting a million rows.

    Its threads do not survive a fork, so that a forked process opens its own.
    """
    import duckdb

    settings: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "enable_external_file_cache": False,
        "temp_directory": str(Path(tempfile.gettempdir()) / f"maturity-{process}-{frugal:d}"),
    }
    if frugal:
        settings["memory_limit"] = f"{FRUGAL * max(2, os.cpu_count() or 2)}MB"
    return duckdb.connect(config=settings)


def scan_csv(
    connection: DuckDBPyConnection, path: Path, columns: Columns, delimiter: str | None = None
) -> tuple[DuckDBPyRelation, int]:
    """A relation of the columns asked for, text but for the weight, and the line of the first respondent."""
    header = read_header(path, columns, delimiter)
    places = {role: f"c{header.names.index(name)}" for role, name in header.found.items()}
    types = dict.fromkeys((f"c{place}" for place in range(len(header.names))), "VARCHAR")
    if "weight" in places:
        types[places["weight"]] = "DOUBLE"
    options = {
        "columns": "{" + ", ".join(f"{place}: {_quote(kind)}" for place, kind in types.items()) + "}",
        "delim": _quote(header.delimiter),
        "skip": str(header.above),
        "decimal_separator": _quote(header.decimal),
    }
    named = ", ".join(f"{name} = {value}" for name, value in {**options, **STRICT}.items())
    relation = connection.sql(f"FROM read_csv({_quote(literal(path))}, {named})")
    return relation.select(_list_columns(places)), header.above + 2


def scan_parquet(connection: DuckDBPyConnection, path: Path, columns: Columns) -> DuckDBPyRelation:
    """A relation of the columns asked for: of one file, or of all in a folder in the order of their names."""
    files = [path] if path.is_file() else sorted(path.rglob("*.parquet"))
    if not files:
        raise RequestError(f"{show(str(path))} has no .parquet files; give a folder that has some, or a file")
    names = ", ".join(_quote(literal(file)) for file in files)
    relation = connection.sql(
        f"FROM read_parquet([{names}], hive_partitioning = false, binary_as_string = true)"
    )
    return relation.select(_list_columns(find_columns(columns, relation.columns, show(str(path)))))


def read_header(path: Path, columns: Columns, delimiter: str | None = None) -> Header:
    """The header of a CSV file, under the delimiter that gives the columns asked for.

    Raises
    ------
    RequestError
        No usual delimiter gives them all, or the header is not UTF-8.
    """
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        above = int(file.readline().lower().startswith("sep="))
        heads = {mark: _first_row(file, above, mark) for mark in ([delimiter] if delimiter else DELIMITERS)}
        asked = set(columns.values())
        mark = max(heads, key=lambda mark: (asked <= set(heads[mark]), len(heads[mark])))
        names = heads[mark]
        if not _is_unicode("".join(names)):
            raise RequestError(f"{show(str(path))} is not UTF-8 in its header; save it as CSV UTF-8")
        found = find_columns(columns, names, show(str(path)))
        decimal = "."
        if "weight" in found and mark != ",":
            _first_row(file, above, mark)
            decimal = _decimal_mark(file, mark, names.index(found["weight"]))
    return Header(names, found, mark, above, decimal)


def find_columns(columns: Columns, names: list[str], place: str) -> dict[str, str]:
    """The columns asked for by their own names; in any case of letters where only one is meant.

    Raises
    ------
    RequestError
        One is not there, is there twice, or is asked for twice.
    """
    found = {role: _find_column(name, names, place) for role, name in columns.items()}
    for name in {name for name in found.values() if list(found.values()).count(name) > 1}:
        raise RequestError(f"column {quote(name)} is given for two purposes; give each its own column")
    return found


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


def explain(path: Path, message: str) -> RequestError | SurveyDataError:
    """What DuckDB says of a file, as where, what and what to do."""
    place = show(str(path))
    if message.startswith("Out of Memory"):
        return RequestError(
            f"{place}: the columns asked for have more values than memory holds; give the columns that hold "
            f"the codes or labels"
        )
    line = LINE.search(message)
    for pattern, sentence in FLAWS:
        found = re.search(pattern, message)
        if found:
            text = sentence.format(
                *(quote(group) if "{0}," in sentence else group for group in found.groups())
            )
            return SurveyDataError(place, [Problem(line[1] if line else "", "", "", "damaged-row", text)])
    return RequestError(f"{place} cannot be read: {shorten(show(message.splitlines()[0]), 300)}")


def _quote(text: str) -> str:
    """Text as a literal of SQL; values bound as parameters make some versions read the file at once."""
    return "'" + text.replace("'", "''") + "'"


def _list_columns(columns: Columns) -> str:
    quoted = {role: name.replace('"', '""') for role, name in columns.items()}
    return ", ".join(f'"{name}" AS "{role}"' for role, name in quoted.items())


def _first_row(file: TextIO, above: int, delimiter: str) -> list[str]:
    file.seek(0)
    with suppress(csv.Error):  # under this delimiter it is no row; DuckDB says why where none fits
        return next(islice(csv.reader(file, delimiter=delimiter, strict=True), above, None), [])
    return []


def _decimal_mark(file: TextIO, delimiter: str, place: int) -> str:
    with suppress(csv.Error):  # DuckDB names the line
        rows = islice(csv.reader(file, delimiter=delimiter, strict=True), PEEKED_ROWS)
        return "," if any("," in row[place] for row in rows if len(row) > place) else "."
    return "."


def _find_column(name: str, names: list[str], place: str) -> str:
    alike = [found for found in names if found.strip().casefold() == name.strip().casefold()]
    if names.count(name) == 1:
        return name
    if len(alike) == 1:
        return alike[0]
    if alike:
        raise RequestError(f"{place} has {len(alike)} columns {quote(name)}; rename one of them")
    raise RequestError(
        f"{place}: {unknown_code('the column', name, [show(one) for one in names[:MOST_NAMES]])}"
    )


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
