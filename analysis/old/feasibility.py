"""Whether printed percentages can be percentages of their n under any named rounding at all.

For the checks of a table: plain Python integers, nothing is enumerated over counts, so n may be 10^9.
A column fits when counts inside one of its windows add up to its n; the total fits when the groups'
counts can add up to counts inside its own windows. That is a transport problem, decided by cuts
(Gale 1957, A theorem on flows in networks, Pacific Journal of Mathematics 7).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from math import prod
from operator import add, sub
from typing import NamedTuple

from analysis.old.counts.solving.windows import (
    Column,
    Window,
    column_windows,
    first_window,
    floor_or_ceiling_window,
    hull,
    tighten,
)
from analysis.old.digits import is_empty, print_units, printed_units, significant_decimals, whole

MOST_STEPS = 400_000  # of comparing windows of the total with windows of its parts, some 0.3 s
FARTHEST_N = 60  # how far around n one that fits is looked for


class Contradiction(NamedTuple):
    """What no counts can print: the group, the positions of the stages concerned, the reason."""

    group: str
    stages: tuple[int, ...]
    reason: str


class Breach(NamedTuple):
    """The stages of one column that cannot be, and why."""

    stages: tuple[int, ...]
    reason: str


def find_contradictions(
    percents: Mapping[str, Sequence[str | None]],
    sizes: Mapping[str, int | None],
    *,
    total: str | None = None,
    decimals: int | None = None,
) -> list[Contradiction]:
    """The groups whose printed percentages no counts out of their n could print.

    Sound for every named rounding but ``within_one``: a table that one of them printed is never
    refused. Where there are very many groups and stages, the total is compared more leniently.

    Parameters
    ----------
    percents
        For each group the percentages as printed, in the order of the stages; None where not published.
    sizes
        For each group its n, None where unknown.
    total
        The group that is the sum of all others. Where the n are known but do not add up, it is not
        compared with them: that is for the caller to report.
    decimals
        The published decimals; the most significant ones among ``percents`` when left out.

    Returns
    -------
    list of Contradiction
        At most one a group, in the order of ``percents``; the total's comparison with its parts comes
        only when each column is sound alone. Empty when all may be right.

    Raises
    ------
    RequestError
        A percentage is not a plain number, or has more decimals than ``decimals``.

    Examples
    --------
    >>> find_contradictions({"rural": ["20", "58", "22"]}, {"rural": 5})[0].reason
    'no counts out of n = 5 give 58 % or 22 %; 3 of 5 is 60 %, 1 of 5 is 20 %; n = 31 would fit'
    """
    if decimals is None:
        decimals = significant_decimals(percent for column in percents.values() for percent in column)
    columns = {group: read_column(column, decimals) for group, column in percents.items()}
    if _fit_at_once(columns, sizes, total):
        return []
    breaches = {
        group: _column_breach(column, sizes.get(group), decimals) for group, column in columns.items()
    }
    found = [Contradiction(group, *breach) for group, breach in breaches.items() if breach]
    if found or total is None or total not in columns or len(columns) == 1:
        return found
    breach = _total_breach(columns, dict(sizes), total, decimals)
    return [Contradiction(total, *breach)] if breach else []


def read_column(percents: Sequence[str | float | None], decimals: int) -> Column:
    """One group's percentages, as printed, in units of the last decimal."""
    units = [None if p is None or is_empty(p) else printed_units(p, decimals) for p in percents]
    return Column(tuple(units), whole(decimals))


def _fit_at_once(columns: Mapping[str, Column], sizes: Mapping[str, int | None], total: str | None) -> bool:
    """Whether the first window of each column already holds counts that add up, as is the common case."""
    known = {group: n for group in columns if (n := sizes.get(group))}
    windows = {group: window for group, n in known.items() if (window := first_window(columns[group], n))}
    if len(windows) < len(columns):
        return False
    if total not in windows:
        return True
    whole_window, size = windows.pop(total), known.pop(total)
    rows = list(known.values())
    return sum(rows) != size or can_add_up(whole_window, list(windows.values()), rows)


def can_add_up(total: Window, parts: Sequence[Window], sizes: Sequence[int]) -> bool:
    """Whether counts inside the parts' windows, with row sums ``sizes``, add up inside the total's window."""
    lows = [[low for low, _ in part] for part in parts]
    lowest = list(map(sum, zip(*lows, strict=True)))
    supply = list(map(sub, sizes, map(sum, lows)))
    room = [[high - low for low, high in part] for part in parts]
    most = [high - base for (_, high), base in zip(total, lowest, strict=True)]
    need = [low - base if low > base else 0 for (low, _), base in zip(total, lowest, strict=True)]
    if min(most) < 0 or min(supply) < 0:
        return False
    return smallest_cut(supply, most, room) >= sum(supply) and smallest_cut(supply, need, room) >= sum(need)


def smallest_cut(supply: Sequence[int], demand: Sequence[int], room: Sequence[Sequence[int]]) -> int:
    """The greatest flow from supplies to demands through a matrix of capacities (max-flow min-cut)."""
    if len(supply) > len(demand):
        return smallest_cut(demand, supply, list(zip(*room, strict=True)))
    cuts = [(sum(supply), (0,) * len(demand))]  # supplies cut off, and the room of the rows that are not
    for amount, row in zip(supply, room, strict=True):
        cuts += [(left - amount, tuple(map(add, reach, row))) for left, reach in cuts]
    return min(left + sum(map(min, demand, reach)) for left, reach in cuts)


def _column_breach(column: Column, n: int | None, decimals: int) -> Breach | None:
    parts, published = len(column.printed), column.published
    if not published:
        return None
    shown = [column.printed[stage] or 0 for stage in published]
    if n == 0:
        return Breach(published, "n = 0 has no percentages") if any(shown) else None
    if _look_like_fractions(column, shown):
        text = print_units(sum(shown), decimals)
        return Breach(published, f"shares add up to {text}: they look like fractions; multiply them by 100")
    if column.rest <= -parts or (not column.hidden and column.rest >= parts):
        return Breach(published, _sum_reason(column, decimals))
    if n is None or first_window(column, n):
        return None
    return _size_breach(column, n, decimals)


def _look_like_fractions(column: Column, shown: list[int]) -> bool:
    one = column.unit // 100
    return not column.hidden and max(shown) <= one and 50 * abs(sum(shown) - one) <= one


def _sum_reason(column: Column, decimals: int) -> str:
    parts, unit = len(column.printed), column.unit
    names = {0: "whole percentages", 1: "percentages with one decimal"}
    kind = names.get(decimals, f"percentages with {decimals} decimals")
    half = [print_units(unit + sign * (parts // 2), decimals) for sign in (-1, 1)]
    full = [print_units(unit + sign * (parts - 1), decimals) for sign in (-1, 1)]
    return (
        f"percentages sum to {print_units(unit - column.rest, decimals)}; {kind} of {_number(parts)} stages "
        f"sum to {half[0]}-{half[1]} ({full[0]}-{full[1]} when all are cut off or raised)"
    )


def _size_breach(column: Column, n: int, decimals: int) -> Breach:
    near = _nearest_size(column, n)
    hint = f"; n = {near} would fit" if near is not None else ""
    windows = floor_or_ceiling_window(column, n)
    impossible = tuple(k for k in column.published if max(0, windows[k][0]) > min(n, windows[k][1]))
    if impossible:
        units = dict.fromkeys(column.printed[k] or 0 for k in impossible)
        figures = " or ".join(f"{print_units(u, decimals)} %" for u in units)
        counts = dict.fromkeys((2 * u * n + column.unit) // (2 * column.unit) for u in units)
        nearby = ", ".join(f"{c} of {n} is {_exact_percent(c, n, decimals)} %" for c in counts)
        return Breach(impossible, f"no counts out of n = {n} give {figures}; {nearby}{hint}")
    lowest, highest = sum(max(0, low) for low, _ in windows), sum(high for _, high in windows)
    if lowest <= n <= highest:
        reason = f"counts near these percentages add up to n = {n}, but no one rounding prints them all"
    else:
        reason = f"no counts add up to n = {n}: the percentages allow {_span(lowest, highest)} answers"
    return Breach(column.published, reason + hint)


def _nearest_size(column: Column, n: int) -> int | None:
    around = (n + sign * step for step in range(1, FARTHEST_N + 1) for sign in (-1, 1))
    return next((size for size in around if size > 0 and first_window(column, size)), None)


def _total_breach(
    columns: Mapping[str, Column], sizes: dict[str, int | None], total: str, decimals: int
) -> Breach | None:
    parts = [group for group in columns if group != total]
    known = _complete_sizes(sizes, total, parts)
    if known is None:
        return _outside_breach(columns, total, parts, decimals)
    if known[total] != sum(known[group] for group in parts):
        return None
    windows = {group: column_windows(column, known[group]) for group, column in columns.items()}
    if not all(windows.values()) or _some_add_up(windows, known, total, parts):
        return None
    return _explain_total(columns, windows, known, total, decimals)


def _complete_sizes(sizes: Mapping[str, int | None], total: str, parts: list[str]) -> dict[str, int] | None:
    """All n, where one unknown follows from the others; None when more are unknown or it is negative."""
    known = {group: n for group in [total, *parts] if (n := sizes.get(group)) is not None}
    missing = [group for group in [total, *parts] if group not in known]
    if missing == [total]:
        known[total] = sum(known.values())
    elif len(missing) == 1:
        known[missing[0]] = known[total] - sum(known[group] for group in parts if group in known)
    return known if len(known) == len(parts) + 1 and min(known.values()) >= 0 else None


def _some_add_up(
    windows: Mapping[str, list[Window]], sizes: Mapping[str, int], total: str, parts: list[str]
) -> bool:
    rows = [sizes[group] for group in parts]
    whole_hull = hull(windows[total])
    if not can_add_up(whole_hull, [hull(windows[group]) for group in parts], rows):
        return False
    steps = 2 ** min(len(parts), len(whole_hull)) * len(whole_hull) * len(parts)
    if prod(len(choices) for choices in windows.values()) * steps > MOST_STEPS:
        return True
    return any(
        can_add_up(first, rest, rows)
        for first, *rest in product(windows[total], *(windows[group] for group in parts))
    )


def _explain_total(
    columns: Mapping[str, Column],
    windows: Mapping[str, list[Window]],
    sizes: Mapping[str, int],
    total: str,
    decimals: int,
) -> Breach:
    parts = [group for group in columns if group != total]
    shown = {
        group: tighten(floor_or_ceiling_window(column, sizes[group]), sizes[group]) or hull(windows[group])
        for group, column in columns.items()
    }
    stages, sentences = [], []
    for stage in columns[total].published:
        low, high = (sum(shown[group][stage][end] for group in parts) for end in (0, 1))
        if low > shown[total][stage][1] or high < shown[total][stage][0]:
            addends = [_cell(columns[g], shown[g][stage], sizes[g], stage, decimals) for g in parts]
            figure = print_units(columns[total].printed[stage] or 0, decimals)
            stages.append(stage)
            sentences.append(f"{figure} % of {sizes[total]} cannot be the sum of {' and '.join(addends)}")
    if stages:
        return Breach(tuple(stages), "; ".join(sentences))
    reason = (
        "each stage alone could be the sum of the groups, but no counts of the groups fit all stages at once"
    )
    return Breach(columns[total].published, reason)


def _cell(column: Column, window: tuple[int, int], n: int, stage: int, decimals: int) -> str:
    units = column.printed[stage]
    printed = "not published" if units is None else f"{print_units(units, decimals)} %"
    return f"{_span(*window)} of {n} ({printed})"


def _outside_breach(
    columns: Mapping[str, Column], total: str, parts: list[str], decimals: int
) -> Breach | None:
    """A total far outside its groups' figures, which no n of theirs can mend."""
    margin = len(columns[total].printed) + 1
    for stage in columns[total].published:
        figures = [columns[group].printed[stage] for group in parts]
        known = [units for units in figures if units is not None]
        units = columns[total].printed[stage] or 0
        if len(known) == len(parts) and not min(known) - margin <= units <= max(known) + margin:
            span = _span(print_units(min(known), decimals), print_units(max(known), decimals))
            return Breach((stage,), f"{print_units(units, decimals)} % lies outside the groups' {span} %")
    return None


def _exact_percent(count: int, n: int, decimals: int) -> str:
    """A share with one decimal more than the table has, without needless zeros."""
    text = print_units((2 * whole(decimals + 1) * count + n) // (2 * n), decimals + 1)
    return text.rstrip("0").rstrip(".")


def _span(low: object, high: object) -> str:
    return str(low) if low == high else f"{low}-{high}"


def _number(count: int) -> str:
    words = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    return words[count] if count < len(words) else str(count)
