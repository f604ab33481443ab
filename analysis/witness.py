"""Counts that print given percentages, found at once in the common case.

Where the percentages of each group add up to 100, n answers are shared out among them by largest
remainders. If every count then lies less than one printed unit from its percentage, and the groups'
counts added up do so for the total, they prove that the table may be right. No proof says nothing:
``feasibility`` decides then, which takes some hundred times as long.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from analysis.digits import whole


def find_witness(
    percents: Mapping[str, Sequence[str | None]],
    sizes: Mapping[str, int | None],
    *,
    total: str | None = None,
    decimals: int = 0,
) -> dict[str, list[int]] | None:
    """Counts of each group, in the order of the stages, that print all percentages; None when none is found.

    Percentages are plain decimals with at most ``decimals`` decimals, None where not published; ``total``
    is the group that is the sum of all others.

    Examples
    --------
    >>> find_witness({"rural": ["20", "57", "23"]}, {"rural": 30})
    {'rural': [6, 17, 7]}
    """
    unit = whole(decimals)
    counts: dict[str, list[int]] = {}
    columns: dict[str, list[int]] = {}
    for group, column in percents.items():
        n, units = sizes[group], [_units(percent, decimals) for percent in column if percent is not None]
        if n is None or len(units) < len(column) or sum(units) != unit:
            return None
        columns[group] = units
        if group != total:
            counts[group] = _share_out(n, units, unit)
    if total is not None:
        counts[total] = [sum(stage) for stage in zip(*counts.values(), strict=True)]
    sound = all(_prints(counts[group], units, sizes[group] or 0, unit) for group, units in columns.items())
    return counts if sound else None


def _units(percent: str, decimals: int) -> int:
    integer, _, fraction = percent.partition(".")
    return int(integer + fraction.ljust(decimals, "0"))


def _share_out(n: int, units: Sequence[int], unit: int) -> list[int]:
    """n shared out by largest remainders (Hamilton), the first listed on ties."""
    counts, rests = zip(*(divmod(n * part, unit) for part in units), strict=True)
    order = sorted(range(len(units)), key=lambda stage: -rests[stage])
    raised = set(order[: n - sum(counts)])
    return [count + (stage in raised) for stage, count in enumerate(counts)]


def _prints(counts: Sequence[int], units: Sequence[int], n: int, unit: int) -> bool:
    """Whether the counts add up to n and each is less than one unit from its percentage."""
    return sum(counts) == n and all(
        abs(unit * count - part * n) < n for count, part in zip(counts, units, strict=True)
    )
