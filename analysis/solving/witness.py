"""Whether counts that print given percentages are found at once, as in the common case.

Where the percentages of each group add up to 100, n answers are shared out among them by largest
remainders. If every count then lies less than one printed unit from its percentage, and the groups'
counts can add up so for the total, the table may be right. If not, that says nothing: ``feasibility``
decides, which knows every rounding and takes a hundred times as long.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from analysis.digits import whole
from analysis.feasibility import can_add_up
from analysis.solving.windows import Column, floor_or_ceiling_window, tighten


def has_witness(
    percents: Mapping[str, Sequence[str | None]],
    sizes: Mapping[str, int | None],
    *,
    total: str | None = None,
    decimals: int = 0,
) -> bool:
    """Whether counts of each group print all percentages; False where none are found at once.

    Percentages are plain decimals with at most ``decimals`` decimals, None where not published; ``total``
    is the group that is the sum of all others.

    Examples
    --------
    >>> has_witness({"rural": ["20", "57", "23"]}, {"rural": 30})
    True
    >>> has_witness({"rural": ["20", "57", "23"]}, {"rural": 5})
    False
    """
    unit = whole(decimals)
    columns: dict[str, Column] = {}
    known: dict[str, int] = {}
    for group, column in percents.items():
        n, units = sizes[group], tuple(_units(percent, decimals) for percent in column if percent is not None)
        if n is None or len(units) < len(column) or sum(units) != unit:
            return False
        columns[group], known[group] = Column(units, unit), n
    counts = {group: _share_out(known[group], columns[group]) for group in columns if group != total}
    if not all(_prints(found, columns[group], known[group]) for group, found in counts.items()):
        return False
    if total is None:
        return True
    summed = [sum(stage) for stage in zip(*counts.values(), strict=True)]
    return _prints(summed, columns[total], known[total]) or _can_meet(columns, known, total)


def _units(percent: str, decimals: int) -> int:
    integer, _, fraction = percent.partition(".")
    return int(integer + fraction.ljust(decimals, "0"))


def _share_out(n: int, column: Column) -> list[int]:
    """All n answers shared out by largest remainders (Hamilton), the first listed on ties."""
    shares = [divmod(n * (units or 0), column.unit) for units in column.printed]
    left = n - sum(count for count, _ in shares)
    order = sorted(range(len(shares)), key=lambda stage: -shares[stage][1])
    raised = set(order[:left])
    return [count + (stage in raised) for stage, (count, _) in enumerate(shares)]


def _prints(counts: Sequence[int], column: Column, n: int) -> bool:
    """Whether the counts add up to n and each is less than one unit from its percentage."""
    return sum(counts) == n and all(
        abs(column.unit * count - (units or 0) * n) < n
        for count, units in zip(counts, column.printed, strict=True)
    )


def _can_meet(columns: Mapping[str, Column], sizes: Mapping[str, int], total: str) -> bool:
    """Whether other counts, each less than one unit from its percentage, add up for the total."""
    windows = {
        group: tighten(floor_or_ceiling_window(column, sizes[group]), sizes[group])
        for group, column in columns.items()
    }
    whole_window = windows.pop(total)
    parts = [window for window in windows.values() if window is not None]
    if whole_window is None or len(parts) < len(windows):
        return False
    if sum(sizes[group] for group in windows) != sizes[total]:
        return False
    return can_add_up(whole_window, parts, [sizes[group] for group in windows])
