"""Counting respondents where they are: one GROUP BY over the values as they stand, on any engine.

Only the small table of values comes back; what they mean is decided there. Weights are summed as whole
numbers of a fixed unit, so that neither the engine, its threads nor the order of the rows moves a bit.
"""

from __future__ import annotations

from math import frexp
from typing import TYPE_CHECKING, Any, NamedTuple

from analysis.errors import RequestError
from analysis.survey.tallying.answers import text_of

if TYPE_CHECKING:
    from analysis.survey.tallying.sources import Frame, Respondents

KEYS = ("group", "stage")
MOST_PAIRS = 10_000  # of group and stage values; beyond it a column of free text was given
SHOWN_ROWS = 3
LIMB = 2**31  # of 62-bit numbers; sums of both halves stay below 2**63 for 2**32 rows
BITS = 62  # of a weight and of a square in their units
USUAL = 11  # weights below 2**11 are what is tried first
FARTHEST = 200  # binary places of the largest weight from 1; its square is still a float
SMALL = 2.0**-5  # a mean weight that deserves a finer unit


class Unit(NamedTuple):
    """The unit of summed weights, for weights below ``2 ** top``."""

    top: int = USUAL

    @property
    def weight(self) -> int:
        """Binary places of a weight: it is summed in units of ``2 ** -weight``."""
        return BITS - self.top

    @property
    def square(self) -> int:
        """Binary places of a squared weight."""
        return BITS - 2 * self.top


class Cell(NamedTuple):
    """A number of respondents with one pair of values as they stand.

    ``weighed`` are those whose weight can be used; ``weight`` and ``square`` are sums in a ``Unit``.
    """

    group: object
    stage: object
    number: int
    weighed: int = 0
    weight: int = 0
    square: int = 0


def count_cells(respondents: Respondents) -> tuple[list[Cell], Unit]:
    """One cell per pair of values as they stand, and the unit of its sums of weights.

    The source is scanned once; once more where a weight is 2 048 or more, cannot be used, or all are tiny.

    Raises
    ------
    RequestError
        A column has so many values that another was meant, or the weights are no numbers.
    """
    frame = respondents.frame
    schema = frame.collect_schema()
    if "weight" not in schema.names():
        return _fetch(count_query(frame), respondents), Unit()
    if not schema["weight"].is_numeric():
        raise RequestError(f"{respondents.place}: the weights are no numbers; give a numeric column")
    unit = Unit()
    cells = _fetch(weigh_query(frame, unit), respondents)
    if not _fits(cells, unit):
        unit = Unit(frexp(_largest_weight(frame))[1])
        if abs(unit.top) > FARTHEST:
            raise RequestError(
                f"{respondents.place}: the largest weight is near 2**{unit.top}; scale the weights"
            )
        cells = _fetch(weigh_query(frame, unit), respondents)
    return cells, unit


def count_query(frame: Frame) -> Frame:
    """The number of respondents per pair of values: one scan of the source."""
    import narwhals as nw

    grouped = frame.group_by(_keys(frame), drop_null_keys=False)
    return grouped.agg(nw.len().alias("count"))


def weigh_query(frame: Frame, unit: Unit) -> Frame:
    """That, with the number of usable weights, and sums of weights and squares: one scan of the source."""
    import narwhals as nw

    scaled = _scale_in_duckdb(frame, unit) if frame.implementation.is_duckdb() else _scale(frame, unit)
    parts = [name for name in scaled.collect_schema().names() if name[:2] in {"w_", "q_"}]
    counts = (nw.len().alias("count"), nw.col("usable").count())
    grouped = scaled.group_by(_keys(frame), drop_null_keys=False)
    return grouped.agg(*counts, *(nw.col(part).sum() for part in parts))


def first_rows(respondents: Respondents, column: str, value: object) -> list[int]:
    """Numbers of the first rows that hold a value, or none; empty where the source has no order."""
    import narwhals as nw

    numbered = _number_rows(respondents)
    if numbered is None:
        return []
    same = nw.col(column) == value
    if text_of(value) == "":
        same = nw.col(column).is_null()
        if column == "weight":
            weight = nw.col(column).cast(nw.Float64)
            same |= ~weight.is_finite() & ~weight.is_in([float("inf"), -float("inf")])
    return [row for (row,) in _rows(numbered.filter(same).select("row").sort("row"), SHOWN_ROWS)]


def unusable_weights(respondents: Respondents, most: int) -> list[tuple[object, int]]:
    """The first weights that are missing, negative or infinite, with their numbers of rows."""
    import narwhals as nw

    weight = nw.col("weight").cast(nw.Float64)
    usable = weight.is_finite() & (weight >= 0)
    bad = respondents.frame.filter(~nw.when(usable).then(nw.lit(value=True)).otherwise(nw.lit(value=False)))
    counted = bad.group_by("weight", drop_null_keys=False).agg(nw.len().alias("count"))
    return [(value, count) for value, count in _rows(counted.sort("weight"), most)]


def repeated_respondents(respondents: Respondents, most: int) -> tuple[int, list[tuple[object, int]]]:
    """How many ids are empty or stand more than once, and the first of them with their numbers of rows."""
    import narwhals as nw

    counted = respondents.frame.group_by("respondent", drop_null_keys=False).agg(nw.len().alias("count"))
    repeated = counted.filter((nw.col("count") > 1) | nw.col("respondent").is_null())
    first = [(value, count) for value, count in _rows(repeated.sort("respondent"), most)]
    number = _rows(repeated.select(nw.len()), 1)[0][0] if len(first) == most else len(first)
    return number, first


def plain_ids(respondents: Respondents) -> Respondents:
    """The respondents with their ids comparable: one type, text trimmed, an empty text as none."""
    import narwhals as nw

    kind = respondents.frame.collect_schema()["respondent"]
    if kind not in {nw.String, nw.Object}:
        return respondents
    text = nw.col("respondent").cast(nw.String).str.strip_chars()
    plain = respondents.frame.with_columns(respondent=nw.when(text != "").then(text))
    return respondents._replace(frame=plain)


def _keys(frame: Frame) -> list[str]:
    return [key for key in KEYS if key in frame.collect_schema().names()]


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

    keys = ", ".join(f'"{key}"' for key in _keys(frame))
    weight = "CAST(weight AS DOUBLE)"
    usable = f"CASE WHEN isfinite({weight}) AND weight >= 0 AND weight < {2.0**unit.top!r} THEN {weight} END"
    whole = (f"usable * {2.0**unit.weight!r} ", f"usable * usable * {2.0**unit.square!r}")
    sums = [
        f"CAST(floor({value}) AS BIGINT) AS {name}" for name, value in zip(("w_", "q_"), whole, strict=True)
    ]
    named = frame.to_native().select(f"{keys}, {usable} AS usable")
    scaled: Frame = nw.from_native(named.select(", ".join([keys, "usable", *sums])))
    return scaled


def _fetch(query: Frame, respondents: Respondents) -> list[Cell]:
    names = query.collect_schema().names()
    rows = [dict(zip(names, row, strict=True)) for row in _rows(query, MOST_PAIRS + 1)]
    if len(rows) > MOST_PAIRS:
        raise RequestError(
            f"{respondents.place}: the columns of group and stage have more than {MOST_PAIRS} pairs of "
            f"values; give the columns that hold the codes or labels"
        )
    return [
        Cell(row.get("group"), row["stage"], int(row["count"]), int(row.get("usable", 0)), *_sums(row))
        for row in rows
    ]


def _sums(row: dict[str, Any]) -> tuple[int, int]:
    if "w_high" in row:
        weight, square = (int(row[f"{name}_high"]) * LIMB + int(row[f"{name}_low"]) for name in "wq")
        return weight, square
    return int(row.get("w_", 0)), int(row.get("q_", 0))


def _fits(cells: list[Cell], unit: Unit) -> bool:
    usable = sum(cell.weighed for cell in cells)
    all_usable = usable == sum(cell.number for cell in cells)
    return all_usable and sum(cell.weight for cell in cells) >= usable * SMALL * 2**unit.weight


def _largest_weight(frame: Frame) -> float:
    import narwhals as nw

    weight = nw.col("weight").cast(nw.Float64)
    finite = frame.filter(weight.is_finite() & (weight >= 0))
    largest = _rows(finite.select(weight.max()), 1)[0][0]
    return float(largest or 0)


def _number_rows(respondents: Respondents) -> Frame | None:
    import narwhals as nw

    frame, first = respondents.frame, respondents.first_row
    if "row" in frame.collect_schema().names():
        return frame
    if first is None:
        return None
    if isinstance(frame, nw.DataFrame):
        return frame.with_row_index("row").with_columns(row=nw.col("row") + first)
    native = frame.to_native()
    if frame.implementation.is_polars():
        numbered: Frame = nw.from_native(native.with_row_index("row", offset=first))
    else:
        numbered = nw.from_native(native.select(f"*, row_number() OVER () + {first - 1} AS row"))
    return numbered


def _rows(frame: Frame, most: int) -> list[tuple[Any, ...]]:
    """The first rows as Python values, without a detour that would lose 128-bit sums."""
    native = frame.to_native()
    if frame.implementation.is_duckdb():
        return list(native.limit(most).fetchall())
    if frame.implementation.is_spark_like():
        return [tuple(row) for row in native.limit(most).collect()]
    return list(frame.lazy().collect().head(most).rows())
