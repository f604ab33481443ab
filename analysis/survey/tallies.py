"""Respondents counted where they are: one GROUP BY over the values as they stand, on any engine.

Only the small table of values comes back; what they mean is decided here, and nothing passes that is not
understood: unknown values, weights that cannot be used and repeated ids are named together, with their
numbers and first rows. Weights are summed as whole numbers of a fixed unit, so that neither the engine,
its threads nor the order of the rows moves a bit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from decimal import Decimal
from math import frexp
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from analysis.errors import SHOWN_PROBLEMS, Problem, RequestError, SurveyDataError, quote, unknown_code
from analysis.survey.cells import Vocabulary, alphabet_of, compose, tell_foreign

if TYPE_CHECKING:
    import narwhals as nw
    from duckdb import DuckDBPyConnection

    from analysis.codebook import Codebook

    Frame: TypeAlias = nw.DataFrame[Any] | nw.LazyFrame[Any]

Missing = Mapping[str, str | Iterable[object]]  # reason and the values that mean it
Key = tuple[str | None, str]  # group, None where it is not known; stage or reason

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
MOST_VALUE_PAIRS = 10_000  # of group and stage values; beyond it a column of free text was given
SHOWN_ROWS = 3
BITS = 63  # of a weight and of a square in their units: as many as a whole number of SQL has
TOP = 11  # weights are below 2 ** 11 in the unit that is tried first
FARTHEST_WEIGHT = 200  # binary places of the largest weight from 1; its square is still a float
SMALL_WEIGHT = 2.0**-5  # a mean weight that deserves a finer unit
ID_BLANKS = " \t\r\n\u00a0\u2007\u202f"  # around an id


# What a value means


class Answer(NamedTuple):
    """What a value means: a code, or the reason why there is none."""

    code: str | None
    reason: str | None


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
            given = values if isinstance(values, Iterable) and not isinstance(values, str) else [values]
            for value in given:
                text = text_of(value).strip()
                if (code := self._vocabulary.means(text)) is not None:
                    raise RequestError(
                        f"{quote(text)} cannot mean {reason}: it is {column} '{code}' in the codebook"
                    )
                self._reasons[_fold(text)] = reason

    def read(self, value: object) -> Answer | None:
        """What a value as it stands in the source means; None when it means nothing known.

        What its file declares as missing is never a code, whatever its label says; it may say the reason.
        """
        text = text_of(value).strip()
        if text.endswith(BY_FILE):
            return Answer(None, self._reasons.get(_fold(text.removesuffix(BY_FILE)), "missing"))
        code = self._vocabulary.means(text)
        reason = self._reasons.get(_fold(text)) if code is None else None
        return Answer(code, reason) if code or reason else None

    def explain(self, value: object) -> str:
        """What to say of a value that means nothing known: the codes, the nearest one, strange characters."""
        text, alphabet = text_of(value).strip(), alphabet_of(self._vocabulary.words)
        return unknown_code(self.column, text, self.codes) + tell_foreign(text, alphabet)


def text_of(value: object) -> str:
    """A value of any engine as text: empty where there is none, without the ``.0`` of a whole number."""
    if value is None:
        return ""
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    if isinstance(value, float | Decimal):
        if value != value:  # noqa: PLR0124  (nan differs from itself)
            return ""
        is_whole = float(value).is_integer() and abs(float(value)) < 2.0**63
        return str(int(value)) if is_whole else str(value)
    text = str(value)
    return "" if text in {"<NA>", "NaT"} and not isinstance(value, str) else text


def _fold(text: str) -> str:
    return " ".join(compose(text).casefold().split())


# Counting


class Respondents(NamedTuple):
    """One row per respondent, with columns named for what they are for: group, stage, weight, respondent.

    ``numbered`` is the frame with the number that people give each row, ``row``, and without rows that hold
    nothing at all; None where the source has no order. ``may_be_blank`` says that ``frame`` may have such
    rows, ``has_extremes`` that the least value of a column is known without a scan; ``notes`` are sentences
    on what was read, for whoever gave the file.
    """

    frame: Frame
    place: str
    connection: DuckDBPyConnection
    numbered: Frame | None = None
    may_be_blank: bool = False
    has_extremes: bool = False
    notes: list[str] = []  # noqa: RUF012  (never added to; each source gives its own)

    def fetch(self, query: Frame, most: int) -> list[tuple[Any, ...]]:
        """The first rows of a query as Python values, without a detour that would lose 128-bit sums."""
        native = query.to_native().limit(most)
        if not query.implementation.is_duckdb():
            return [tuple(row) for row in native.collect()]
        # In its midst DuckDB would lose what the handler of a signal raises, so it works in another thread.
        with ThreadPoolExecutor(1) as aside:
            rows = aside.submit(native.fetchall)
            try:
                while not rows.done():
                    wait([rows], timeout=0.2)  # seconds; Windows lets no signal through while one waits
                return list(rows.result())
            except BaseException:
                self.connection.interrupt()
                raise


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


class Tallies(NamedTuple):
    """Respondents by group and by stage or reason; sums of weights and squares as those of a cell.

    ``notes`` are sentences on how the source was read.
    """

    place: str
    is_weighted: bool
    notes: list[str]
    counts: Counter[Key]
    weights: Counter[Key]
    squares: Counter[Key]


def tally_respondents(
    respondents: Respondents, readers: Mapping[str, AnswerReader], *, only: str | None, total: str | None
) -> Tallies:
    """The tallies of all respondents; ``only`` is their group where the source has no column of groups.

    Raises SurveyDataError for values that mean nothing known, weights that cannot be used, ids that are
    empty or repeated; RequestError where a column is another than was meant.
    """
    cells, notes = count_cells(respondents), list(respondents.notes)
    filled = respondents.numbered if respondents.may_be_blank else None
    if filled is not None and any(not text_of(cell.group or cell.stage) for cell in cells):
        everyone = sum(cell.number for cell in cells)
        respondents = respondents._replace(frame=filled)
        cells = count_cells(respondents)
        if blank := everyone - sum(cell.number for cell in cells):
            notes.append(f"{blank} blank {'row is' if blank == 1 else 'rows are'} left out")
    columns = respondents.frame.collect_schema().names()
    tallies = Tallies(respondents.place, "weight" in columns, notes, Counter(), Counter(), Counter())
    unknown: dict[str, Counter[object]] = {column: Counter() for column in readers}
    is_weightless = False  # an answer that counts has no usable weight
    for cell in cells:
        answer, group = readers["stage"].read(cell.stage), only
        if answer is None:
            unknown["stage"][cell.stage] += cell.number
        if "group" in readers:
            named = readers["group"].read(cell.group)
            group = named.code if named else None
            if named is None or (group is not None and group == total):
                unknown["group"][cell.group] += cell.number
        key = (group, (answer.code or answer.reason or "") if answer else "")
        tallies.counts[key] += cell.number
        tallies.weights[key] += cell.weight
        tallies.squares[key] += cell.square
        is_weightless |= group is not None and key[1] in readers["stage"].codes and cell.weighed < cell.number
    problems = find_repeated(respondents) if "respondent" in columns else []
    for column, values in unknown.items():
        problems += _explain_values(respondents, readers[column], values, total)
    if tallies.is_weighted and is_weightless:
        problems += find_unusable(respondents)
    if problems:
        raise SurveyDataError(respondents.place, problems)
    return tallies


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
    is_positive = least is not None and least >= 0
    cells = _fetch_cells(respondents, count_query(frame, TOP, is_positive=is_positive))
    number, weighed = sum(cell.number for cell in cells), sum(cell.weighed for cell in cells)
    if number == weighed and sum(cell.weight for cell in cells) >= number * SMALL_WEIGHT * 2 ** (BITS - TOP):
        return cells
    finite = frame.filter(weight.is_finite() & (weight >= 0)).select(weight.max())
    top = frexp(respondents.fetch(finite, 1)[0][0] or 0)[1]
    if abs(top) > FARTHEST_WEIGHT:
        raise RequestError(f"{place}: the largest weight is near 2**{top}; scale the weights")
    return _fetch_cells(respondents, count_query(frame, top, is_positive=is_positive))


def _fetch_cells(respondents: Respondents, query: Frame) -> list[TalliedCell]:
    names = query.collect_schema().names()
    rows = respondents.fetch(query, MOST_VALUE_PAIRS + 1)
    if len(rows) > MOST_VALUE_PAIRS:
        problem = f"the columns of group and stage have more than {MOST_VALUE_PAIRS} pairs of values"
        raise RequestError(f"{respondents.place}: {problem}; give the columns that hold the codes or labels")
    cells = [TalliedCell(**dict(zip(names, row, strict=True))) for row in rows]
    return [
        cell._replace(weight=int(cell.weight or 0), square=int(cell.square or 0) << BITS) for cell in cells
    ]


def count_query(frame: Frame, top: int | None = None, *, is_positive: bool = False) -> Frame:
    """The number of respondents per pair of values, in one scan of the source; with sums of weights.

    Weights from 0 to below ``2 ** top`` are rounded to whole numbers of 63 bits, and so are their squares,
    which DuckDB sums in 128 bits; other weights are left out. ``is_positive`` says that none is below 0.
    """
    import narwhals as nw

    keys = [key for key in KEYS if key in frame.collect_schema().names()]
    if not frame.implementation.is_duckdb():
        return _count_in_spark(frame, keys, top)
    rows, counts = frame.to_native(), "count(*) AS number"
    pair = ", ".join(f'"{key}"' for key in keys)
    if top is not None:
        weight = "CAST(weight AS DOUBLE)"
        weight = weight if is_positive else f"CASE WHEN weight >= 0 THEN {weight} END"
        wholes = [
            f"TRY_CAST({value} * {2.0**scale!r}::DOUBLE AS BIGINT)"  # null where it is too large, or nan
            for value, scale in (("weight", BITS - top), ("weight * weight", BITS - 2 * top))
        ]
        rows = rows.select(f"{pair}, {weight} AS weight")
        rows = rows.select(f"{pair}, {wholes[0]} AS weight, {wholes[1]} AS square")
        counts += ", count(weight) AS weighed, sum(weight) AS weight, sum(square) AS square"
    # By a hash of 64 bits DuckDB groups faster than by texts. That any two of 10 000 pairs share theirs has a
    # chance of 3 in a million millions.
    cells = rows.aggregate(f"first(struct_pack({pair})) AS pair, {counts}", f"hash({pair})")
    query: Frame = nw.from_native(cells.select("unnest(pair), * EXCLUDE pair"))
    return query


def _count_in_spark(frame: Frame, keys: list[str], top: int | None) -> Frame:
    """The same in Spark, which sums decimals."""
    import narwhals as nw

    counts = [nw.len().alias("number")]
    if top is not None:
        pair, usable = [f"`{key}`" for key in keys], f"weight >= 0 AND weight < {2.0**top!r}D"
        weight = f"CASE WHEN {usable} THEN CAST(weight AS DOUBLE) END AS weight"
        wholes = [
            f"CAST(rint({value} * {2.0**scale!r}D) AS DECIMAL(20)) AS {name}"
            for name, value, scale in (
                ("weight", "weight", BITS - top),
                ("square", "weight * weight", BITS - 2 * top),
            )
        ]
        frame = nw.from_native(frame.to_native().selectExpr(*pair, weight).selectExpr(*pair, *wholes))
        weighed = nw.col("weight").count().alias("weighed")
        counts += [weighed, nw.col("weight").sum(), nw.col("square").sum()]
    return frame.group_by(keys, drop_null_keys=False).agg(*counts)


# What is refused


def find_repeated(respondents: Respondents) -> list[Problem]:
    """Ids that are empty or stand more than once; the first of them by name, then how many more."""
    import narwhals as nw

    plain = respondents._replace(frame=_plain_ids(respondents.frame))
    if plain.numbered is not None:
        plain = plain._replace(numbered=_plain_ids(plain.numbered))
    is_repeated = (nw.col("number") > 1) | nw.col("respondent").is_null()
    repeated = _number_of(plain.frame, "respondent").filter(is_repeated)
    first = respondents.fetch(repeated, SHOWN_PROBLEMS)
    problems = []
    for value, number in first:
        what = f"{number} ids are empty" if number > 1 else "an id is empty"
        if text_of(value):
            what = f"respondent {quote(text_of(value))} appears {number} times"
        problem = f"{what}{_where(plain, 'respondent', value)}; each respondent has one row and one id"
        problems.append(Problem("", "respondent", text_of(value), "repeated-respondent", problem))
    if len(first) == SHOWN_PROBLEMS:
        [(number,)] = respondents.fetch(repeated.select(nw.len()), 1)
        if number > len(first):
            problem = f"{number - len(first)} more ids are repeated"
            problems.append(Problem("", "respondent", "", "repeated-respondent", problem))
    return problems


def _plain_ids(frame: Frame) -> Frame:
    """Ids that can be compared: text without the spaces around it; an empty text and nan are none."""
    import narwhals as nw

    kind, name = frame.collect_schema()["respondent"], nw.col("respondent")
    if kind.is_float():
        return frame.with_columns(respondent=nw.when(~name.is_nan()).then(name))
    if kind.is_numeric():
        return frame
    text = name.cast(nw.String).str.strip_chars(ID_BLANKS)
    return frame.with_columns(respondent=nw.when(text != "").then(text))


def find_unusable(respondents: Respondents) -> list[Problem]:
    """Weights that are missing, negative or not finite, with their first rows."""
    import narwhals as nw

    weight = nw.col("weight").cast(nw.Float64)
    is_unusable = nw.when(weight.is_finite() & (weight >= 0)).then(0).otherwise(1) == 1  # null is neither
    unusable = _number_of(respondents.frame.filter(is_unusable), "weight")
    problems = []
    for value, number in respondents.fetch(unusable, SHOWN_PROBLEMS):
        rows = f"{_rows(number)}{_where(respondents, 'weight', value)}"
        problem = f"weight is {quote(text_of(value))} in {rows}; a weight is a number of 0 or more"
        problems.append(Problem("", "weight", text_of(value), "unusable-weight", problem))
    return problems


def _explain_values(
    respondents: Respondents, reader: AnswerReader, values: Counter[object], total: str | None
) -> list[Problem]:
    """Values that mean nothing known, the most frequent first."""
    problems: list[Problem] = []
    for value, number in sorted(values.items(), key=lambda item: (-item[1], text_of(item[0]))):
        what, text = reader.explain(value), text_of(value)
        if reader.column == "group" and (answer := reader.read(value)) and answer.code == total:
            what = f"group is {quote(text)}, the total of the others; give each respondent's own group"
        where = _where(respondents, reader.column, value) if len(problems) < SHOWN_PROBLEMS else ""
        problem = f"{what}: {_rows(number)}{where}"
        problems.append(Problem("", reader.column, text, f"unknown-{reader.column}", problem))
    return problems


def _number_of(frame: Frame, column: str) -> Frame:
    """How often each value of a column stands, in the order of the values."""
    import narwhals as nw

    return frame.group_by(column, drop_null_keys=False).agg(nw.len().alias("number")).sort(column)


def _rows(number: int) -> str:
    return f"{number} {'row' if number == 1 else 'rows'}"


def _where(respondents: Respondents, column: str, value: object) -> str:
    rows = first_rows(respondents, column, value)
    return f", first in {'row' if len(rows) == 1 else 'rows'} {', '.join(map(str, rows))}" if rows else ""


def first_rows(respondents: Respondents, column: str, value: object) -> list[int]:
    """Numbers of the first rows that hold a value, or none; empty where the source has no order."""
    import narwhals as nw

    if (frame := respondents.numbered) is None:
        return []
    same = nw.col(column) == value
    if text_of(value) == "":
        same = nw.col(column).is_null()
        if frame.collect_schema()[column].is_float():
            same |= nw.col(column).is_nan()
    rows = respondents.fetch(frame.filter(same).select("row").sort("row"), SHOWN_ROWS)
    return [row for (row,) in rows]
