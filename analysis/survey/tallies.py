"""Respondents counted where they are: one GROUP BY over the values as they stand, on any engine.

Only the small table of values comes back; what they mean is decided here, and nothing passes that is not
understood: unknown values, weights that cannot be used and repeated ids are named together, with their
numbers and first rows. Weights are summed as whole numbers of a fixed unit, so that neither the engine,
its threads nor the order of the rows moves a bit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from decimal import Decimal
from math import frexp
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

from analysis.errors import SHOWN_PROBLEMS, Problem, RequestError, SurveyDataError, quote, unknown_code
from analysis.survey.cells import MISSING_SYMBOLS, Vocabulary, compose, tell_foreign

if TYPE_CHECKING:
    import narwhals as nw
    from duckdb import DuckDBPyConnection, DuckDBPyRelation

    from analysis.codebook import Codebook

    Frame: TypeAlias = nw.DataFrame[Any] | nw.LazyFrame[Any]

Missing = Mapping[str, str | Iterable[object]]  # reason and the values that mean it

KEYS = ("group", "stage")
BY_FILE = " (declared missing in the file)"  # behind the label of a value that is no answer by its file
REASONS = ("not_asked", "dont_know", "missing")
USUAL = {
    "not_asked": ("not_asked", "not asked", "ei kysytty", "inte tillfrågad", "ej tillfrågad"),
    "dont_know": (
        *("dont_know", "don't know", "don’t know", "do not know", "can't say", "can’t say", "cannot say"),
        *("en osaa sanoa", "en tiedä", "eos", "vet inte", "vet ej", "kan inte säga"),
    ),
    "missing": ("", "missing", "no answer", "ei vastausta", "puuttuu", "inget svar", "uppgift saknas"),
}
NOTHING = {"None", "nan", "NaN", "<NA>", "NaT"}  # what values that are none print as
MOST_VALUES = 10_000  # of group and stage together, or that are refused; beyond it a wrong column was given
SHOWN_ROWS = 3
BITS = 63  # of a weight and of a square in their units: as many as a whole number of SQL has
TOP = 11  # weights are below 2 ** 11 in the unit that is tried first
FARTHEST_WEIGHT = 200  # binary places of the largest weight from 1; its square is still a float
SMALL_WEIGHT = 2.0**-5  # a mean weight that deserves a finer unit
ID_BLANKS = " \t\r\n\u00a0\u2007\u202f"  # around an id


# What a value means


class Answer(NamedTuple):
    """What a value means: a code, or the reason why there is none."""

    code: str | None = None
    reason: str | None = None


class AnswerReader:
    """Reads the values of one column, ``group`` or ``stage``; a caller's reasons come before the usual ones.

    Raises RequestError where ``missing`` names an unknown reason, or a code or label of the codebook.
    """

    def __init__(self, codebook: Codebook, column: str, missing: Missing | None = None) -> None:
        self.column = column
        self.codes = codebook.groups if column == "group" else codebook.stages
        self._vocabulary = Vocabulary(codebook, column)
        self._reasons = {word: reason for reason, words in USUAL.items() for word in words}
        for reason, values in (missing or {}).items():
            if reason not in REASONS:
                raise RequestError(unknown_code("a reason for no answer", reason, REASONS))
            for value in [values] if isinstance(values, str) or not isinstance(values, Iterable) else values:
                text = text_of(value).strip()
                if (code := self._vocabulary.means(text)) is not None:
                    problem = f"it is {column} '{code}' in the codebook"
                    raise RequestError(f"{quote(text)} cannot mean {reason}: {problem}")
                self._reasons[_fold(text)] = reason

    def read(self, value: object) -> Answer | None:
        """What a value as it stands in the source means; None when it means nothing known.

        What its file declares as missing is never a code, whatever its label says; it may say the reason.
        """
        text = text_of(value).strip()
        if text.endswith(BY_FILE):
            return Answer(reason=self._reasons.get(_fold(text.removesuffix(BY_FILE)), "missing"))
        if code := self._vocabulary.means(text):
            return Answer(code)
        reason = self._reasons.get(_fold(text))
        return Answer(reason=reason) if reason else None

    def explain(self, value: object) -> str:
        """What to say of a value that means nothing known: the codes, the nearest one, strange characters."""
        text = text_of(value).strip()
        is_none = text.lower() in MISSING_SYMBOLS
        advice = "; where it means no answer, say so (--missing, or missing= in Python)" if is_none else ""
        return unknown_code(self.column, text, self.codes) + tell_foreign(text) + advice


def text_of(value: object) -> str:
    """A value of any engine as text: empty where there is none, without the ``.0`` of a whole number."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    if isinstance(value, float | Decimal) and float(value).is_integer() and abs(float(value)) < 2.0**63:
        return str(int(value))
    text = str(value)
    return "" if text in NOTHING and not isinstance(value, str) else text


def _fold(text: str) -> str:
    return " ".join(compose(text).casefold().split())


# Counting


class Respondents(NamedTuple):
    """One row per respondent, with columns named for what they are for: group, stage, weight, respondent.

    ``row`` is the number that people give each row, where the source has an order. ``filled`` is the frame
    without rows that hold nothing at all, where it may have such; ``has_extremes`` says that the least value
    of a column is known without a scan; ``notes`` are sentences on what was read, for whoever gave the file;
    ``number`` gives those numbers for the rows in ``row`` where it is too dear to have them right at once.
    """

    frame: Frame
    place: str
    connection: DuckDBPyConnection
    filled: Frame | None = None
    has_extremes: bool = False
    notes: Sequence[str] = ()
    number: Callable[[list[int]], list[int]] = list

    def fetch(self, query: Frame, most: int) -> list[tuple[Any, ...]]:
        """The first rows of a query as Python values, without a detour that would lose 128-bit sums."""
        native = query.to_native().limit(most)
        if not query.implementation.is_duckdb():
            return [tuple(row) for row in native.collect()]
        return fetch_aside(native, self.connection)


def fetch_aside(relation: DuckDBPyRelation, connection: DuckDBPyConnection) -> list[tuple[Any, ...]]:
    """All rows of a relation, fetched in another thread: DuckDB loses what the handler of a signal raises."""
    with ThreadPoolExecutor(1) as aside:
        rows = aside.submit(relation.fetchall)
        try:
            while not rows.done():
                wait([rows], timeout=0.2)  # seconds; Windows lets no signal through while one waits
            return list(rows.result())
        finally:
            while not rows.done():  # a query that has not begun yet does not hear
                connection.interrupt()
                wait([rows], timeout=0.05)


class TalliedCell(NamedTuple):
    """A number of respondents with one pair of values as they stand.

    ``weighed`` are those whose weight can be used; ``weight`` is the sum of their weights in a unit,
    ``square`` that of the squared weights in the square of the unit.
    """

    stage: object
    number: int
    group: object = None
    weighed: int = 0
    weight: int = 0
    square: int = 0


# By group, None where it is not known: a row for each stage, then for each reason; columns are the number of
# respondents, the sum of their weights and that of the squares, as Python's whole numbers of any size.
Tallies = dict[str | None, np.ndarray]


def tally_respondents(
    respondents: Respondents, readers: Mapping[str, AnswerReader], codebook: Codebook
) -> tuple[Tallies, list[str]]:
    """The tallies of all respondents, and sentences on how the source was read.

    Raises SurveyDataError for values that mean nothing known, weights that cannot be used, ids that are
    empty or repeated; RequestError where a column is another than was meant.
    """
    cells, notes = count_cells(respondents), list(respondents.notes)
    if respondents.filled is not None and any(not text_of(cell.group or cell.stage) for cell in cells):
        everyone = sum(cell.number for cell in cells)
        respondents = respondents._replace(frame=respondents.filled)
        cells = count_cells(respondents)
        if blank := everyone - sum(cell.number for cell in cells):
            notes.append(f"{blank} blank {'row is' if blank == 1 else 'rows are'} left out")
    kinds = [*map(Answer, codebook.stages), *(Answer(reason=reason) for reason in REASONS)]
    tallies: Tallies = {group: np.zeros((len(kinds), 3), dtype=object) for group in (*codebook.groups, None)}
    unknown: dict[str, Counter[object]] = {column: Counter() for column in readers}
    is_weightless = False  # an answer that counts has no usable weight
    for cell in cells:
        answer = readers["stage"].read(cell.stage)
        named = readers["group"].read(cell.group) if "group" in readers else Answer(codebook.parts[0])
        if answer is None:
            unknown["stage"][cell.stage] += cell.number
        if named is None or (named.code and named.code == codebook.total):
            unknown["group"][cell.group] += cell.number
        if answer and named:
            sums = np.array((cell.number, cell.weight, cell.square), dtype=object)
            tallies[named.code][kinds.index(answer)] += sums
            is_weightless |= bool(answer.code and named.code) and cell.weighed < cell.number
    columns = respondents.frame.collect_schema().names()
    problems = find_repeated(respondents) if "respondent" in columns else []
    for column, values in unknown.items():
        problems += _find_unknown(respondents, readers[column], values)
    problems += find_unusable(respondents) if "weight" in columns and is_weightless else []
    if problems:
        raise SurveyDataError(respondents.place, problems)
    return tallies, notes


def count_cells(respondents: Respondents) -> list[TalliedCell]:
    """One cell per pair of values as they stand.

    The source is scanned once; once more where a weight is 2 048 or more, cannot be used, or all are tiny.
    Raises RequestError for a column with so many values that another was meant, or weights that are none.
    """
    import narwhals as nw

    frame, place = respondents.frame, respondents.place
    schema = frame.collect_schema()
    if "weight" not in schema.names():
        return _fetch_cells(respondents, count_query(frame))
    if not schema["weight"].is_numeric():
        raise RequestError(f"{place}: the weights are not numbers; give a numeric column")
    weight = nw.col("weight").cast(nw.Float64)
    [(least,)] = respondents.fetch(frame.select(weight.min()), 1) if respondents.has_extremes else [(None,)]
    frame = frame.with_columns(weight=weight if (least or -1) >= 0 else nw.when(weight >= 0).then(weight))
    cells = _fetch_cells(respondents, count_query(frame, TOP))
    number, weighed = sum(cell.number for cell in cells), sum(cell.weighed for cell in cells)
    if number == weighed and sum(cell.weight for cell in cells) >= number * SMALL_WEIGHT * 2 ** (BITS - TOP):
        return cells
    largest = frame.filter(nw.col("weight").is_finite()).select(nw.col("weight").max())
    top = frexp(respondents.fetch(largest, 1)[0][0] or 0)[1]
    if abs(top) > FARTHEST_WEIGHT:
        raise RequestError(f"{place}: the largest weight is near 2**{top}; scale the weights")
    return _fetch_cells(respondents, count_query(frame, top))


def _fetch_cells(respondents: Respondents, query: Frame) -> list[TalliedCell]:
    names = query.collect_schema().names()
    rows = _fetch_few(respondents, query, "pairs of group and stage", "the columns of their codes or labels")
    cells = [TalliedCell(**dict(zip(names, row, strict=True))) for row in rows]
    return [
        cell._replace(weight=int(cell.weight or 0), square=int(cell.square or 0) << BITS) for cell in cells
    ]


def _fetch_few(respondents: Respondents, query: Frame, what: str, meant: str) -> list[tuple[Any, ...]]:
    """All rows of a query; RequestError where they are so many that another column was meant."""
    rows = respondents.fetch(query, MOST_VALUES + 1)
    if len(rows) > MOST_VALUES:
        raise RequestError(f"{respondents.place} has more than {MOST_VALUES} {what}; give {meant}")
    return rows


def count_query(frame: Frame, top: int | None = None) -> Frame:
    """The number of respondents per pair of values, in one scan of the source; with sums of weights.

    Weights from 0 to below ``2 ** top`` are rounded to whole numbers of 63 bits, and so are their squares,
    which are summed in 128 bits or as decimals; what is no such weight is left out.
    """
    import narwhals as nw

    keys = [key for key in KEYS if key in frame.collect_schema().names()]
    rows, is_duckdb = frame.to_native(), frame.implementation.is_duckdb()
    if top is not None:
        named = [f'"{key}"' if is_duckdb else f"`{key}`" for key in keys]
        whole = "TRY_CAST({} AS BIGINT)" if is_duckdb else "CAST(TRY_CAST(rint({}) AS BIGINT) AS DECIMAL(20))"
        weight = whole.format(f"weight * power(2, {BITS - top})")
        square = whole.format(f"weight * weight * power(2, {BITS - 2 * top})")
        columns = [*named, f"{weight} AS weight", f"{square} AS square"]
        rows = rows.select(", ".join(columns)) if is_duckdb else rows.selectExpr(*columns)
    if not is_duckdb:
        sums = [nw.col("weight").count().alias("weighed"), nw.col("weight").sum(), nw.col("square").sum()]
        spark: Frame = nw.from_native(rows)
        totals = [nw.len().alias("number"), *(sums if top is not None else [])]
        return spark.group_by(keys, drop_null_keys=False).agg(*totals)
    counts = "count(*) AS number"
    if top is not None:
        counts += ", count(weight) AS weighed, sum(weight) AS weight, sum(square) AS square"
    # By a hash of 64 bits DuckDB groups faster than by texts. That any two of 10 000 pairs share theirs has a
    # chance of 3 in a million millions.
    pair = ", ".join(f'"{key}"' for key in keys)
    cells = rows.aggregate(f"first(struct_pack({pair})) AS pair, {counts}", f"hash({pair})")
    query: Frame = nw.from_native(cells.select("unnest(pair), * EXCLUDE pair"))
    return query


# What is refused


def find_repeated(respondents: Respondents) -> list[Problem]:
    """Ids that are empty or stand more than once."""
    import narwhals as nw

    plain = respondents._replace(frame=_plain_ids(respondents.frame))
    numbers = _number_of(plain.frame, "respondent")
    repeated = numbers.filter((nw.col("number") > 1) | nw.col("respondent").is_null())
    values = _fetch_few(plain, repeated, "repeated ids", "the column that holds the ids")

    def explain(value: object) -> str:
        text = text_of(value)
        what = f"respondent {quote(text)} is there more than once" if text else "an id is empty"
        return f"{what}; each respondent has one row and one id"

    return _name_values(plain, "respondent", "repeated-respondent", values, explain)


def _plain_ids(frame: Frame) -> Frame:
    """Ids that can be compared: text without the spaces around it; an empty text and nan are none."""
    import narwhals as nw

    kind, name = frame.collect_schema()["respondent"], nw.col("respondent")
    if kind.is_float():
        return frame.with_columns(respondent=nw.when(~_is_nan(name)).then(name))
    if kind.is_numeric():
        return frame
    text = name.cast(nw.String).str.strip_chars(ID_BLANKS)
    return frame.with_columns(respondent=nw.when(text != "").then(text))


def _is_nan(value: nw.Expr) -> nw.Expr:
    """Asked of the text: DuckDB answers for all of a Parquet file by its bounds, which leave nan out."""
    import narwhals as nw

    return value.cast(nw.String).str.to_lowercase() == "nan"


def find_unusable(respondents: Respondents) -> list[Problem]:
    """Weights that are missing, negative or not finite, with their first rows."""
    import narwhals as nw

    weight = nw.col("weight").cast(nw.Float64)
    is_unusable = nw.when(weight.is_finite() & (weight >= 0)).then(0).otherwise(1) == 1  # null is neither
    unusable = _number_of(respondents.frame.filter(is_unusable), "weight")
    values = _fetch_few(respondents, unusable, "weights that cannot be used", "the column of weights")

    def explain(value: object) -> str:
        return f"weight is {quote(text_of(value))}; a weight is a number of 0 or more"

    return _name_values(respondents, "weight", "unusable-weight", values, explain)


def _find_unknown(respondents: Respondents, reader: AnswerReader, values: Counter[object]) -> list[Problem]:
    """Values that mean nothing known, the most frequent first."""

    def explain(value: object) -> str:
        if reader.read(value):
            what = f"group is {quote(text_of(value))}, the total of the others"
            return f"{what}; give each respondent's own group"
        return reader.explain(value)

    frequent = sorted(values.items(), key=lambda item: (-item[1], text_of(item[0])))
    return _name_values(respondents, reader.column, f"unknown-{reader.column}", frequent, explain)


def _number_of(frame: Frame, column: str) -> Frame:
    """How often each value of a column stands, in the order of the values."""
    import narwhals as nw

    return frame.group_by(column, drop_null_keys=False).agg(nw.len().alias("number")).sort(column)


def _name_values(
    respondents: Respondents,
    column: str,
    rule: str,
    values: Iterable[tuple[object, int]],
    explain: Callable[[object], str],
) -> list[Problem]:
    """A problem for each value: what it is, its number of rows, and the first of them where it is shown."""
    problems: list[Problem] = []
    for value, number in values:
        rows = first_rows(respondents, column, value) if len(problems) < SHOWN_PROBLEMS else []
        where = f", first in {'row' if len(rows) == 1 else 'rows'} {', '.join(map(str, rows))}"
        told = f"{explain(value)}: {number} {'row' if number == 1 else 'rows'}{where if rows else ''}"
        problems.append(Problem("", column, text_of(value), rule, told))
    return problems


def first_rows(respondents: Respondents, column: str, value: object) -> list[int]:
    """Numbers of the first rows that hold a value, or none; empty where the source has no order."""
    import narwhals as nw

    schema = respondents.frame.collect_schema()
    if "row" not in schema.names():
        return []
    same = nw.col(column) == value
    if text_of(value) == "":
        same = nw.col(column).is_null() | (_is_nan(nw.col(column)) if schema[column].is_float() else False)
    rows = respondents.fetch(respondents.frame.filter(same).select("row").sort("row"), SHOWN_ROWS)
    return respondents.number([row for (row,) in rows])
