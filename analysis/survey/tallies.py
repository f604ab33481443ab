"""Respondents counted where they are: one GROUP BY over the values as they stand, on any engine.

Only the small table of values comes back; what they mean is decided here, and nothing passes that is not
understood: unknown values, weights that cannot be used and repeated ids are named together, with their
numbers and first rows. Weights are summed as whole numbers of a fixed unit, so that neither the engine,
its threads nor the order of the rows moves a bit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from math import frexp
from typing import TYPE_CHECKING, Any, NamedTuple

from analysis.errors import SHOWN_PROBLEMS, Problem, RequestError, SurveyDataError, quote
from analysis.survey.answers import text_of

if TYPE_CHECKING:
    from analysis.survey.answers import AnswerReader
    from analysis.survey.sources import Frame, Respondents

Key = tuple[str | None, str]  # group, None where it is not known; stage or reason

KEYS = ("group", "stage")
MOST_PAIRS = 10_000  # of group and stage values; beyond it a column of free text was given
SHOWN_ROWS = 3
LIMB = 2**31  # of 62-bit numbers; sums of both halves stay below 2**63 for 2**32 rows
BITS = 62  # of a weight and of a square in their units
FARTHEST = 200  # binary places of the largest weight from 1; its square is still a float
SMALL = 2.0**-5  # a mean weight that deserves a finer unit
BLANKS = " \t\r\n\u00a0\u2007\u202f"  # around an id


class Unit(NamedTuple):
    """The unit of summed weights, for weights below ``2 ** top``; 2 048 is what is tried first."""

    top: int = 11

    @property
    def weight(self) -> int:
        """Binary places of a weight: it is summed in units of ``2 ** -weight``."""
        return BITS - self.top

    @property
    def square(self) -> int:
        """Binary places of a squared weight."""
        return BITS - 2 * self.top


class TalliedCell(NamedTuple):
    """A number of respondents with one pair of values as they stand.

    ``weighed`` are those whose weight can be used; ``weight`` and ``square`` are sums in a ``Unit``.
    """

    group: object
    stage: object
    number: int
    weighed: int = 0
    weight: int = 0
    square: int = 0


class Tallies(NamedTuple):
    """Respondents by group and by stage or reason; sums of weights and squares in the unit, if weighted.

    ``notes`` are sentences on how the source was read.
    """

    counts: Counter[Key]
    weights: Counter[Key]
    squares: Counter[Key]
    unit: Unit | None
    notes: list[str]

    def summed(self, sums: Counter[Key], parts: Iterable[str | None], kinds: Iterable[str]) -> list[int]:
        """Counts, weights or squares of some groups together, one for each stage or reason."""
        return [sum(sums[part, kind] for part in parts) for kind in kinds]


def tally_respondents(
    respondents: Respondents, readers: Mapping[str, AnswerReader], *, only: str | None, total: str | None
) -> Tallies:
    """The tallies of all respondents; ``only`` is their group where the source has no column of groups.

    Raises
    ------
    SurveyDataError
        Values that mean nothing known, weights that cannot be used, ids that are empty or repeated.
    RequestError
        A column is another than was meant.
    """
    names = respondents.frame.collect_schema().names()
    cells, unit = count_cells(respondents)
    notes = list(respondents.notes)
    if respondents.filled is not None and any(not text_of(cell.group or cell.stage) for cell in cells):
        respondents, everyone = respondents._replace(frame=respondents.filled), _number(cells)
        cells, unit = count_cells(respondents)
        if blank := everyone - _number(cells):
            notes.append(f"{blank} blank {'row is' if blank == 1 else 'rows are'} left out")
    problems = find_repeated(respondents) if "respondent" in names else []
    tallies = Tallies(Counter(), Counter(), Counter(), unit if "weight" in names else None, notes)
    unknown: dict[str, Counter[object]] = {column: Counter() for column in readers}
    weightless = False
    for cell in cells:
        key, strange = _read_cell(cell, readers, only, total)
        for column in strange:
            unknown[column][getattr(cell, column)] += cell.number
        tallies.counts[key] += cell.number
        tallies.weights[key] += cell.weight
        tallies.squares[key] += cell.square
        weightless |= key[0] is not None and key[1] in readers["stage"].codes and cell.weighed < cell.number
    for column, values in unknown.items():
        problems += _explain_values(respondents, readers[column], values, total)
    if weightless and tallies.unit is not None:
        problems += find_unusable(respondents)
    if problems:
        raise SurveyDataError(respondents.place, problems)
    return tallies


def count_cells(respondents: Respondents) -> tuple[list[TalliedCell], Unit]:
    """One cell per pair of values as they stand, and the unit of its sums of weights.

    The source is scanned once; once more where a weight is 2 048 or more, cannot be used, or all are tiny.

    Raises
    ------
    RequestError
        A column has so many values that another was meant, or the weights are not numbers.
    """
    frame, place, unit = respondents.frame, respondents.place, Unit()
    schema = frame.collect_schema()
    if "weight" not in schema.names():
        return _fetch(count_query(frame), place), unit
    if not schema["weight"].is_numeric():
        raise RequestError(f"{place}: the weights are not numbers; give a numeric column")
    cells = _fetch(weigh_query(frame, unit), place)
    if not _fits(cells, unit):
        unit = Unit(frexp(_largest_weight(frame))[1])
        if abs(unit.top) > FARTHEST:
            raise RequestError(f"{place}: the largest weight is near 2**{unit.top}; scale the weights")
        cells = _fetch(weigh_query(frame, unit), place)
    return cells, unit


def count_query(frame: Frame) -> Frame:
    """The number of respondents per pair of values: one scan of the source."""
    import narwhals as nw

    return frame.group_by(_keys(frame), drop_null_keys=False).agg(nw.len().alias("count"))


def weigh_query(frame: Frame, unit: Unit) -> Frame:
    """That, with the number of usable weights, and sums of weights and squares: one scan of the source."""
    import narwhals as nw

    scaled = _scale_in_duckdb(frame, unit) if frame.implementation.is_duckdb() else _scale(frame, unit)
    parts = [name for name in scaled.collect_schema().names() if name[:2] in {"w_", "q_"}]
    sums = (nw.len().alias("count"), nw.col("usable").count(), *(nw.col(part).sum() for part in parts))
    return scaled.group_by(_keys(frame), drop_null_keys=False).agg(*sums)


def find_repeated(respondents: Respondents) -> list[Problem]:
    """Ids that are empty or stand more than once; the first of them by name, then how many more."""
    import narwhals as nw

    plain = respondents._replace(frame=respondents.frame.with_columns(respondent=_plain_id(respondents)))
    repeated = _number_of(plain.frame, "respondent")
    repeated = repeated.filter((nw.col("count") > 1) | nw.col("respondent").is_null())
    first = _rows(repeated, SHOWN_PROBLEMS)
    problems = []
    for value, count in first:
        what = f"{count} ids are empty" if count > 1 else "an id is empty"
        if text_of(value):
            what = f"respondent {quote(text_of(value))} appears {count} times"
        problem = f"{what}{_where(plain, 'respondent', value)}; each respondent has one row and one id"
        problems.append(Problem("", "respondent", text_of(value), "repeated-respondent", problem))
    if len(first) == SHOWN_PROBLEMS and (more := _rows(repeated.select(nw.len()), 1)[0][0] - len(first)):
        problem = f"{more} more ids are repeated"
        problems.append(Problem("", "respondent", "", "repeated-respondent", problem))
    return problems


def find_unusable(respondents: Respondents) -> list[Problem]:
    """Weights that are missing, negative or not finite, with their first rows."""
    import narwhals as nw

    weight = nw.col("weight").cast(nw.Float64)
    usable = weight.is_finite() & (weight >= 0)
    bad = respondents.frame.filter(~nw.when(usable).then(nw.lit(value=True)).otherwise(nw.lit(value=False)))
    problems = []
    for value, count in _rows(_number_of(bad, "weight"), SHOWN_PROBLEMS):
        rows = f"{count} {'row' if count == 1 else 'rows'}{_where(respondents, 'weight', value)}"
        problem = f"weight is {quote(text_of(value))} in {rows}; a weight is a number of 0 or more"
        problems.append(Problem("", "weight", text_of(value), "unusable-weight", problem))
    return problems


def _number_of(frame: Frame, column: str) -> Frame:
    """How often each value of a column stands, in the order of the values."""
    import narwhals as nw

    counted = frame.group_by(column, drop_null_keys=False).agg(nw.len().alias("count"))
    return counted.sort(column)


def first_rows(respondents: Respondents, column: str, value: object) -> list[int]:
    """Numbers of the first rows that hold a value, or none; empty where the source has no order."""
    import narwhals as nw

    if respondents.first_row is None:
        return []
    frame = respondents.frame
    if "row" not in frame.collect_schema().names():  # what has an order is in DuckDB
        row = f"*, row_number() OVER () + {respondents.first_row - 1} AS row"
        frame = nw.from_native(frame.to_native().select(row))
    same = nw.col(column) == value
    if text_of(value) == "":
        same = nw.col(column).is_null()
        if frame.collect_schema()[column].is_float():
            same |= nw.col(column).is_nan()
    return [row for (row,) in _rows(frame.filter(same).select("row").sort("row"), SHOWN_ROWS)]


def _read_cell(
    cell: TalliedCell, readers: Mapping[str, AnswerReader], only: str | None, total: str | None
) -> tuple[Key, list[str]]:
    """Group and stage or reason of a cell, and the columns whose values mean nothing known."""
    answer = readers["stage"].read(cell.stage)
    unknown = [] if answer else ["stage"]
    group = only
    if "group" in readers:
        named = readers["group"].read(cell.group)
        group = named.code if named else None
        if named is None or (group is not None and group == total):
            unknown.append("group")
    return (group, (answer.code or answer.reason or "") if answer else ""), unknown


def _explain_values(
    respondents: Respondents, reader: AnswerReader, values: Counter[object], total: str | None
) -> list[Problem]:
    ranked = sorted(values.items(), key=lambda item: (-item[1], text_of(item[0])))
    problems = []
    for place, (value, count) in enumerate(ranked):
        what = reader.explain(value)
        if reader.column == "group" and (answer := reader.read(value)) and answer.code == total:
            named = quote(text_of(value))
            what = f"group is {named}, the total of the others; give each respondent's own group"
        where = _where(respondents, reader.column, value) if place < SHOWN_PROBLEMS else ""
        problem = f"{what}: {count} {'row' if count == 1 else 'rows'}{where}"
        problems.append(Problem("", reader.column, text_of(value), f"unknown-{reader.column}", problem))
    return problems


def _where(respondents: Respondents, column: str, value: object) -> str:
    rows = first_rows(respondents, column, value)
    return f", first in {'row' if len(rows) == 1 else 'rows'} {', '.join(map(str, rows))}" if rows else ""


def _keys(frame: Frame) -> list[str]:
    return [key for key in KEYS if key in frame.collect_schema().names()]


def _plain_id(respondents: Respondents) -> Any:
    """Ids that can be compared: text without the spaces around it; an empty text and nan are none."""
    import narwhals as nw

    kind, name = respondents.frame.collect_schema()["respondent"], nw.col("respondent")
    if kind.is_float():
        return nw.when(~name.is_nan()).then(name)
    if not kind.is_numeric():
        text = name.cast(nw.String).str.strip_chars(BLANKS)
        return nw.when(text != "").then(text)
    return name


def _scale(frame: Frame, unit: Unit) -> Frame:
    """Weights and squares as whole numbers of their unit, in halves that 64 bits can sum."""
    import narwhals as nw

    weight = nw.col("weight").cast(nw.Float64)
    fits = (weight >= 0) & (weight < 2.0**unit.top)
    plain = nw.when(fits).then(weight).otherwise(0.0)
    whole = {"w": plain * 2.0**unit.weight, "q": plain * plain * 2.0**unit.square}
    frame = frame.with_columns(
        usable=nw.when(fits).then(weight),
        **{name: (value // 1.0).cast(nw.Int64) for name, value in whole.items()},
    )
    frame = frame.with_columns(**{f"{name}_high": nw.col(name) // LIMB for name in whole})
    return frame.with_columns(
        **{f"{name}_low": nw.col(name) - nw.col(f"{name}_high") * LIMB for name in whole}
    )


def _scale_in_duckdb(frame: Frame, unit: Unit) -> Frame:
    """The same whole numbers; DuckDB sums them in 128 bits and floors them faster in its own words.

    It settles comparisons by the statistics of a Parquet file, which leave out nan; not ``isfinite``.
    """
    import narwhals as nw

    keys = [f'"{key}"' for key in _keys(frame)]
    weight = "CAST(weight AS DOUBLE)"
    usable = f"CASE WHEN isfinite({weight}) AND weight >= 0 AND weight < {2.0**unit.top!r} THEN {weight} END"
    whole = {"w_": f"usable * {2.0**unit.weight!r}", "q_": f"usable * usable * {2.0**unit.square!r}"}
    sums = [f"CAST(floor({value}) AS BIGINT) AS {name}" for name, value in whole.items()]
    named = frame.to_native().select(", ".join([*keys, f"{usable} AS usable"]))
    scaled: Frame = nw.from_native(named.select(", ".join([*keys, "usable", *sums])))
    return scaled


def _fetch(query: Frame, place: str) -> list[TalliedCell]:
    names = query.collect_schema().names()
    rows = _rows(query, MOST_PAIRS + 1)
    if len(rows) > MOST_PAIRS:
        problem = f"the columns of group and stage have more than {MOST_PAIRS} pairs of values"
        raise RequestError(f"{place}: {problem}; give the columns that hold the codes or labels")
    return [_cell(dict(zip(names, row, strict=True))) for row in rows]


def _cell(row: dict[str, Any]) -> TalliedCell:
    if "w_high" in row:
        row |= {f"{name}_": int(row[f"{name}_high"]) * LIMB + int(row[f"{name}_low"]) for name in "wq"}
    sums = (int(row.get(name) or 0) for name in ("count", "usable", "w_", "q_"))
    return TalliedCell(row.get("group"), row["stage"], *sums)


def _number(cells: list[TalliedCell]) -> int:
    return sum(cell.number for cell in cells)


def _fits(cells: list[TalliedCell], unit: Unit) -> bool:
    usable = sum(cell.weighed for cell in cells)
    return usable == _number(cells) and sum(cell.weight for cell in cells) >= usable * SMALL * 2**unit.weight


def _largest_weight(frame: Frame) -> float:
    import narwhals as nw

    weight = nw.col("weight").cast(nw.Float64)
    finite = frame.filter(weight.is_finite() & (weight >= 0))
    return float(_rows(finite.select(weight.max()), 1)[0][0] or 0)


def _rows(frame: Frame, most: int) -> list[tuple[Any, ...]]:
    """The first rows as Python values, without a detour that would lose 128-bit sums."""
    native = frame.to_native()
    if frame.implementation.is_duckdb():
        return list(native.limit(most).fetchall())
    if frame.implementation.is_spark_like():
        return [tuple(row) for row in native.limit(most).collect()]
    return list(frame.head(most).lazy().collect().rows())
