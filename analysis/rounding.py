"""How percentages get rounded: a rule is one entry of `RULES`, and everything else is read off it.

A rule about published numbers is a relation, since ties may have been broken either way: could these counts
be printed so? All is integers. ``unit`` is what 100 % is in printed units (100 at no decimals, 1 000 at
one), n the sum of a column's counts, and the doubled error of a cell, ``2 * (unit * count - printed * n)``,
is in half n-ths of a unit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache, reduce
from itertools import islice
from operator import add, sub
from typing import Any, NamedTuple

from analysis.errors import RequestError, quote, unknown_code

DEFAULT_RULES = ("nearest", "largest_remainder", "adjust_minimal")
PLAIN_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?", re.ASCII)
LIMITED = re.compile(r"(<=|>=|[<>≤≥])\s*(.+)")
NOT_SHOWN = re.compile(r"[-–—−*†‡.:…x]*|\[[a-z]\]|\(?[cs]\)?|n/?a|nan", re.IGNORECASE)
MOST_DECIMALS = 6  # of a float; what has more was computed, not printed
MOST_SIZES = 100_000  # n of one group to try
HIDDEN_ROWS = 20  # that a rest may be made of, as far as a multiplier is concerned
MOST_CUTS = 512  # of a total compared with its groups; more are compared cell by cell
FARTHEST_N = 60  # how far around n one that fits is looked for
TINY = 1e-300  # added to a count that divides: no other count than 0 is changed by it

Ends = tuple[Any, Any]  # a lowest and a highest value, for one n or for an array of them
Window = tuple[tuple[int, int], ...]  # lowest and highest count of each cell
Breach = tuple[tuple[int, ...], str]  # positions of the stages of one column that cannot be, and why


class Rule(NamedTuple):
    """One way of rounding.

    ``window(printed, n, unit, parts)`` is the lowest and highest doubled error of a cell; where there are
    ``sides``, one of these narrower windows holds for all cells of a column. A rule that ``keeps_sum`` prints
    100 % in all. With a ``span`` one hidden number, a threshold or a multiplier, suits all cells of a column:
    ``span(count, printed, n, unit)`` is the interval that a cell leaves for it, rising with ``printed``.
    ``loose`` is a tolerance that nobody rounds by, and says nothing against a table.
    """

    window: Callable[..., Ends]
    keeps_sum: bool = False
    span: Callable[..., Ends] | None = None
    sides: tuple[Callable[..., Ends], ...] = ()
    loose: bool = False

    def suits(
        self, cells: Sequence[Cell], counts: Iterable[Any], n: Any, least: Any = min, most: Any = max
    ) -> Any:
        """Whether one hidden number suits all cells; for arrays with numpy's minimum and maximum."""
        pairs = [(cell, count) for cell, count in zip(cells, counts, strict=True) if cell.units is not None]
        if not self.span or not pairs:
            return True
        lows, highs = zip(*(self.span(count, cell.units, n, cell.unit) for cell, count in pairs), strict=True)
        return reduce(most, lows) <= reduce(least, highs)


def _threshold(count: Any, printed: int, n: Any, unit: int) -> Ends:
    """The errors of a column lie within half a unit of the threshold."""
    over = 2 * (printed * n - unit * count)
    return over - n, over + n


def _multiplier(count: Any, printed: int, *_: Any) -> Ends:
    return (2 * printed - 1) / (count + TINY), (2 * printed + 1) / (count + TINY)


def _webster_window(a: int, n: Any, unit: int, parts: int) -> Ends:
    """The multiplier lies between (unit ± parts / 2) / n, since every cell is off by half at most."""
    reach = n * (2 * unit + 2 * a * parts)
    return -reach // (2 * unit + parts), -(-reach // max(1, 2 * unit - parts))


def _quota(_a: int, n: Any, *_: Any) -> Ends:
    return 1 - 2 * n, 2 * n - 1


RULES: dict[str, Rule] = {
    "half_up": Rule(lambda _a, n, *_: (-n, n - 1)),
    "half_down": Rule(lambda _a, n, *_: (1 - n, n)),
    "half_even": Rule(lambda a, n, *_: (a % 2 - n, n - a % 2)),
    "nearest": Rule(lambda _a, n, *_: (-n, n)),
    "floor": Rule(lambda _a, n, *_: (0, 2 * n - 1)),
    "ceiling": Rule(lambda _a, n, *_: (1 - 2 * n, 0)),
    "within_one": Rule(lambda _a, n, *_: (-2 * n, 2 * n), loose=True),
    "largest_remainder": Rule(_quota, keeps_sum=True, span=_threshold),
    "webster": Rule(_webster_window, keeps_sum=True, span=_multiplier),
    "floor_or_ceiling": Rule(_quota, keeps_sum=True),
    "adjust_minimal": Rule(  # some figures, all of them up or all down, are a unit from the nearest
        lambda _a, n, *_: (-3 * n, 3 * n),
        keeps_sum=True,
        sides=(lambda _a, n, *_: (-3 * n, n), lambda _a, n, *_: (-n, 3 * n)),
    ),
}


def rule_names(rounding: str | Sequence[str]) -> tuple[str, ...]:
    """One or several rules by name, each once; of one that does not exist the refusal names the nearest."""
    names = (rounding,) if isinstance(rounding, str) else tuple(dict.fromkeys(rounding))
    if not names:
        raise RequestError(f"no rounding rule is given; use one of {', '.join(RULES)}")
    for name in names:
        if name not in RULES:
            raise RequestError(unknown_code("rounding rule", name, list(RULES)))
    return names


class Cell(NamedTuple):
    """One printed cell: its figure in units of its last decimal, None where there is none.

    ``limit`` is what is printed instead ("<5"), in the same units, ``sign`` its side ("<", "≤", ">", "≥").
    ``answers`` is its count where it is known.
    """

    units: int | None
    unit: int
    sign: str = ""
    limit: int = 0
    answers: int | None = None

    def finer(self, unit: int) -> Cell:
        """The cell in units of which ``unit`` are 100 %."""
        if self.unit == unit:
            return self
        by = unit // self.unit
        units = None if self.units is None else self.units * by
        return self._replace(units=units, unit=unit, limit=self.limit * by)

    def ends(
        self, window: Callable[..., Ends], n: Any, parts: int = 1, least: Any = min, most: Any = max
    ) -> Ends:
        """The lowest and highest count of the cell; for an array of n with numpy's minimum and maximum."""
        low, high = 0 * n, n
        if self.answers is not None:
            low, high = most(low, self.answers), least(high, self.answers)
        if self.units is not None:
            below, above = window(self.units, n + (n == 0), self.unit, parts)  # of nobody zeros are printed
            middle = 2 * self.units * n
            low = most(low, -(-(middle + below) // (2 * self.unit)))
            high = least(high, (middle + above) // (2 * self.unit))
        if self.sign in {"<", "≤"}:  # "<5" is fewer than 5 % or fewer than 5 answers
            limit = self.limit * most(n, 100)
            high = least(high, -(-limit // self.unit) - 1 if self.sign == "<" else limit // self.unit)
        elif self.sign:
            limit = self.limit * n
            low = most(low, limit // self.unit + 1 if self.sign == ">" else -(-limit // self.unit))
        return low, high


ENDS_OF_ONE = lru_cache(maxsize=1 << 14)(Cell.ends)  # in a table the same percentages come again and again


class Column(NamedTuple):
    """The cells of one printed column.

    ``is_open`` where rows of it are not shown, nobody knows how many: the last cell is all of them together.
    Where an answer may be ``multiple``, each cell is out of n by itself.
    """

    cells: tuple[Cell, ...]
    is_open: bool = False
    multiple: bool = False

    @property
    def published(self) -> tuple[int, ...]:
        """Positions of the cells with a figure."""
        return tuple(place for place, cell in enumerate(self.cells) if cell.units is not None)

    @property
    def unit(self) -> int:
        """What 100 % is in units of the finest cell."""
        return max(cell.unit for cell in self.cells)

    @property
    def decimals(self) -> int:
        """The decimals of the finest cell."""
        return len(str(self.unit)) - len("100")

    def text(self, units: int) -> str:
        """A figure of the finest cell as it is printed."""
        return print_units(units, self.decimals)

    @property
    def parts(self) -> int:
        """The most cells that the column may have."""
        return len(self.cells) + HIDDEN_ROWS * self.is_open

    @property
    def rest(self) -> int:
        """What the figures leave of 100 %, in units of the finest cell; negative when they exceed it."""
        unit = self.unit
        return unit - sum((cell.units or 0) * (unit // cell.unit) for cell in self.cells)

    def under(self, rule: Rule) -> tuple[Cell, ...] | None:
        """The cells as a rule must have printed them; None where their sum rules it out.

        A rule that keeps the sum prints all cells alike, and a single cell that is not shown follows from
        the others. Of several such cells it binds none, so that the truth cannot be lost.
        """
        if not rule.keeps_sum:
            return self.cells
        unit, rest, hidden = self.unit, self.rest, len(self.cells) - len(self.published)
        if self.multiple or rest < 0 or (rest > 0 and not hidden):
            return None
        cells = [cell.finer(unit) for cell in self.cells]
        if hidden == 1 and not self.is_open:
            cells = [cell if cell.units is not None else cell._replace(units=rest) for cell in cells]
        return tuple(cells)

    def boxes(self, rule: Rule, n: Any, least: Any = min, most: Any = max) -> Iterator[list[Ends]]:
        """The lowest and highest count of each cell under each window of a rule; crossed where none will do.

        They are narrowed by the cells adding up to n. For an array of n with numpy's minimum and maximum.
        """
        cells, parts = self.under(rule) or (), self.parts
        for window in (rule.sides or (rule.window,)) if cells else ():
            ends = ENDS_OF_ONE if isinstance(n, int) else Cell.ends
            box = [ends(cell, window, n, parts, least, most) for cell in cells]
            if not self.multiple:
                lowest, highest = (sum(ends) for ends in zip(*box, strict=True))
                box = [(most(low, n - highest + high), least(high, n - lowest + low)) for low, high in box]
            yield box


def publish(counts: Sequence[int], rule: str = "nearest", *, decimals: int = 0) -> list[int]:
    """Counts as a rule prints them, in units of the last decimal; of tied cells the first is moved.

    Of the figures that a window allows the nearest is printed, of two the even one. Refused where there is
    no answer, or no figure near by.

    >>> publish([15, 15, 22, 26, 2], "largest_remainder")
    [19, 19, 28, 32, 2]
    """
    chosen, unit, cells = RULES[rule_names(rule)[0]], whole(decimals), [int(count) for count in counts]
    n = sum(cells)
    if min(cells, default=0) < 0 or n <= 0:
        raise RequestError(
            f"counts are {list(counts)}; percentages need at least one answer, and none below 0"
        )
    units = [_nearest(chosen, count, n, unit) for count in cells]
    missing = unit - sum(units) if chosen.keeps_sum else 0
    step = 1 if missing > 0 else -1
    ranked = sorted(range(len(cells)), key=lambda k: -step * (unit * cells[k] - units[k] * n))
    for place in ranked[: abs(missing)]:
        units[place] += step
    while chosen.span:  # a unit moves from the cell with too much to that with too little
        spans = [chosen.span(count, a, n, unit) for count, a in zip(cells, units, strict=True)]
        lows, highs = zip(*spans, strict=True)
        if max(lows) <= min(highs):
            break
        units[lows.index(max(lows))] -= 1
        units[highs.index(min(highs))] += 1
    return units


def _nearest(rule: Rule, count: int, n: int, unit: int) -> int:
    """The nearest figure that a window allows; where a sum is kept, it is moved afterwards."""
    exact = unit * count
    around = range(max(0, exact // n - 10), exact // n + 11)
    for units in sorted(around, key=lambda a: (abs(exact - a * n), a % 2)):
        low, high = rule.window(units, n, unit, 1)
        if rule.keeps_sum or low <= 2 * (exact - units * n) <= high:
            return units
    raise RequestError(f"the rule prints nothing for {count} of {n}")


def print_percentages(counts: Sequence[int], *, decimals: int = 0) -> list[float]:
    """The percentages of one column as this package prints them: they add up to 100.

    Round half to even; if the column does not add up to 100, the cells with the largest rounding error
    move by one unit, the first listed on ties. This prints all fifteen figures of the shipped table.

    Parameters
    ----------
    counts
        The answers in each cell of one column.
    decimals
        Decimals of the printed percentages.

    Returns
    -------
    list of float
        One percentage a cell; integers when ``decimals`` is 0.

    Raises
    ------
    RequestError
        There are no answers.

    Examples
    --------
    >>> print_percentages([20, 21, 9, 39, 6])
    [21, 22, 10, 41, 6]
    """
    units = publish(counts, "adjust_minimal", decimals=decimals)
    return [value / 10**decimals if decimals else value for value in units]


def list_sizes(group: str, chosen: Any) -> list[int]:
    """The n that a group may have, as a user gives them: one number or several, whole and positive."""
    is_several = isinstance(chosen, Iterable) and not isinstance(chosen, str)
    values = tuple(islice(chosen, MOST_SIZES + 1)) if is_several else (chosen,)
    if len(values) > MOST_SIZES:
        raise RequestError(f"n of {group} has more than {MOST_SIZES} values; give fewer")
    try:
        sizes = sorted({int(value) for value in values if int(value) == value and int(value) > 0})
    except (TypeError, ValueError):
        sizes = []
    if not sizes or len(sizes) < len(set(values)):
        raise RequestError(f"n of {group} is {chosen}; give a positive whole number, or several")
    return sizes


def whole(decimals: int) -> int:
    """What 100 % is in printed units: 100 at no decimals, 1 000 at one."""
    return int(100 * 10**decimals)


def read_decimal(percent: str | float) -> Decimal:
    """A percentage exactly as printed, without its insignificant zeros; refused if it is no plain number.

    A float stands for the shortest decimal that reads back as the same float; what a float has beyond six
    decimals is noise of a computer (13.750000000000002 is 13.75).
    """
    text = percent.strip() if isinstance(percent, str) else repr(float(percent))
    if not PLAIN_NUMBER.fullmatch(text):
        raise RequestError(f"a percentage is {quote(text)}; give a plain number such as 19 or 19.5")
    number = Decimal(text)
    if not isinstance(percent, str):
        number = round(number, MOST_DECIMALS)
    return number.quantize(Decimal(1)) if number == number.to_integral_value() else number.normalize()


def significant_decimals(percents: Iterable[str | float | None]) -> int:
    """The most significant decimals among percentages; None and nan are left out."""
    published = (p for p in percents if p is not None and not is_empty(p))
    return max((_decimals(read_decimal(p)) for p in published), default=0)


@lru_cache(maxsize=4096)
def printed_units(percent: str | float, decimals: int) -> int:
    """A percentage in units of its last decimal: 195 for 19.5 at one decimal; refused if it has more."""
    number = read_decimal(percent)
    if _decimals(number) > decimals:
        raise RequestError(
            f"a percentage is {quote(str(percent))}; the wave is published with {decimals} decimals"
        )
    return int(number.scaleb(decimals))


def print_units(units: int, decimals: int) -> str:
    """Printed units as text with all their decimals."""
    return f"{Decimal(units).scaleb(-decimals):f}"


def read_cell(text: str) -> Cell:
    """A cell as it stands in a published table, with decimals of its own.

    "8.2" and "20.0" have one decimal, ".5" is 0.5, "<1" and "≥95" are limits, and nothing is known of an
    empty cell, a dash or a sign such as "*" or "[c]". Anything else is refused.

    >>> read_cell("8.2"), read_cell("<5").sign, read_cell("[c]").units
    (Cell(units=82, unit=1000, sign='', limit=0, answers=None), '<', None)
    """
    stripped = text.strip().removesuffix("%").strip()
    if NOT_SHOWN.fullmatch(stripped):
        return Cell(None, 100)
    limited = LIMITED.fullmatch(stripped)
    number = (limited[2] if limited else stripped).strip()
    if not PLAIN_NUMBER.fullmatch(number) or number.startswith("-"):
        raise RequestError(f"a percentage is {quote(text)}; give a number such as 19, 19.5 or <1, or nothing")
    decimals = len(number.partition(".")[2])
    units, unit = int(Decimal(number).scaleb(decimals)), whole(decimals)
    if limited is None:
        return Cell(units, unit)
    return Cell(None, unit, {"<=": "≤", ">=": "≥"}.get(limited[1], limited[1]), units)


def is_empty(percent: object) -> bool:
    """Whether a percentage is not published: None, nan or missing."""
    return percent is None or type(percent).__name__ == "NAType" or percent != percent  # noqa: PLR0124


def _decimals(number: Decimal) -> int:
    return max(0, -int(number.as_tuple().exponent))


class Contradiction(NamedTuple):
    """What no counts can print: the group, the positions of the stages concerned, the reason."""

    group: str
    stages: tuple[int, ...]
    reason: str


def find_contradictions(
    percents: Mapping[str, Sequence[str | None]],
    sizes: Mapping[str, int | None],
    *,
    total: str | None = None,
    decimals: int | None = None,
) -> list[Contradiction]:
    """The groups whose printed percentages no counts out of their n could print, at most one entry each.

    Percentages stand as printed in the order of the stages, None where not published, n None where unknown,
    and ``total`` is the group that is the sum of all others; where the n are known and do not add up, that
    is for the caller to report. ``decimals`` are the most significant ones where they are not given.

    Sound for every rule that is not loose: a table that one of them printed is never refused. Nothing is
    listed, so n may be 10^9. A column fits when counts inside its windows add up to n; the total fits when
    the groups' counts can add up inside its own windows, and is judged when each column is sound alone.

    >>> find_contradictions({"rural": ["20", "58", "22"]}, {"rural": 5})[0].reason
    'no counts out of n = 5 give 58 % or 22 %; 3 of 5 is 60 %, 1 of 5 is 20 %; n = 31 would fit'
    """
    if decimals is None:
        decimals = significant_decimals(percent for column in percents.values() for percent in column)
    columns = {
        group: Column(tuple([_printed_cell(percent, decimals) for percent in column]))
        for group, column in percents.items()
    }
    breaches = {group: _column_breach(column, sizes.get(group)) for group, column in columns.items()}
    if total in columns and len(columns) > 1 and not any(breaches.values()):
        breaches = {total: _total_breach(columns, sizes, total)}
    return [Contradiction(group, *breach) for group, breach in breaches.items() if breach]


@lru_cache(maxsize=1 << 14)  # the same percentages come again and again
def _printed_cell(percent: str | None, decimals: int) -> Cell:
    return Cell(None if percent is None else printed_units(percent, decimals), whole(decimals))


@lru_cache(maxsize=64)  # a column is asked for alone, and once more beside its total
def _window(rule: Rule, column: Column, n: int) -> Window | None:
    """The counts that a rule leaves the cells of a column; None where it cannot have printed it."""
    boxes = [box for box in column.boxes(rule, n) if all(low <= high for low, high in box)]
    return _hull(boxes) if len(boxes) > 1 else tuple(boxes[0]) if boxes else None


def _hull(boxes: Sequence[Sequence[Ends]]) -> Window:
    """The smallest window around several."""
    stages = zip(*boxes, strict=True)
    return tuple((min(low for low, _ in stage), max(high for _, high in stage)) for stage in stages)


def _likely_rules() -> Iterator[Rule]:
    """All rules that somebody rounds by, the usual ones first: what is sound is known to be so at once."""
    return (RULES[name] for name in (*DEFAULT_RULES, *RULES) if not RULES[name].loose)


def _is_printable(column: Column, n: int) -> bool:
    return any(_window(rule, column, n) for rule in _likely_rules())


def can_add_up(total: Window, parts: Sequence[Window], sizes: Sequence[int]) -> bool:
    """Whether counts inside the parts' windows, with row sums ``sizes``, add up inside the total's window.

    A transport problem, decided by cuts (Gale 1957, A theorem on flows in networks, Pacific Journal of
    Mathematics 7); by its cells alone where there are too many cuts.
    """
    lows = [[low for low, _ in part] for part in parts]
    lowest = list(map(sum, zip(*lows, strict=True)))
    supply = list(map(sub, sizes, map(sum, lows)))
    room = [[high - low for low, high in part] for part in parts]
    most = [high - base for (_, high), base in zip(total, lowest, strict=True)]
    need = [max(0, low - base) for (low, _), base in zip(total, lowest, strict=True)]
    if min(most) < 0 or min(supply) < 0:
        return False
    if 2 ** min(len(supply), len(need)) > MOST_CUTS:
        return all(
            wanted <= sum(map(min, supply, cells))
            for wanted, cells in zip(need, zip(*room, strict=True), strict=True)
        )
    return smallest_cut(supply, most, room) >= sum(supply) and smallest_cut(supply, need, room) >= sum(need)


def smallest_cut(supply: Sequence[int], demand: Sequence[int], room: Sequence[Sequence[int]]) -> int:
    """The greatest flow from supplies to demands through a matrix of capacities (max-flow min-cut)."""
    if len(supply) > len(demand):
        return smallest_cut(demand, supply, list(zip(*room, strict=True)))
    cuts = [(sum(supply), (0,) * len(demand))]  # supplies cut off, and the room of the rows that are not
    for amount, row in zip(supply, room, strict=True):
        cuts += [(left - amount, tuple(map(add, reach, row))) for left, reach in cuts]
    return min(left + sum(map(min, demand, reach)) for left, reach in cuts)


def _column_breach(column: Column, n: int | None) -> Breach | None:
    if n and _is_printable(column, n):
        return None
    parts, published, one = len(column.cells), column.published, column.unit // 100
    shown = [column.cells[place].units or 0 for place in published]
    is_complete = len(published) == parts
    if not published or n == 0:
        return (published, "n = 0 has no percentages") if any(shown) else None
    if is_complete and max(shown) <= one and 50 * abs(sum(shown) - one) <= one:
        text = column.text(sum(shown))
        return published, f"shares add up to {text}: they look like fractions; multiply them by 100"
    if column.rest <= -parts or (is_complete and column.rest >= parts):
        return published, _sum_reason(column)
    return None if n is None else _size_breach(column, n)


def _sum_reason(column: Column) -> str:
    parts, unit, decimals = len(column.cells), column.unit, column.decimals
    kind = "whole percentages"
    if decimals:
        kind = f"percentages with {_number(decimals)} decimal{'s' * (decimals > 1)}"
    half, full = (join_ends(column.text(unit - by), column.text(unit + by)) for by in (parts // 2, parts - 1))
    return (
        f"percentages sum to {column.text(unit - column.rest)}; {kind} of {_number(parts)} stages "
        f"sum to {half} ({full} when all are cut off or raised)"
    )


def _size_breach(column: Column, n: int) -> Breach:
    around = (n + sign * step for step in range(1, FARTHEST_N + 1) for sign in (-1, 1))
    near = next((size for size in around if size > 0 and _is_printable(column, size)), None)
    hint = f"; n = {near} would fit" if near is not None else ""
    windows = [cell.ends(_quota, n) for cell in column.cells]
    impossible = tuple(place for place, (low, high) in enumerate(windows) if low > high)
    if impossible:
        units = dict.fromkeys(column.cells[place].units or 0 for place in impossible)
        figures = " or ".join(f"{column.text(u)} %" for u in units)
        counts = dict.fromkeys((2 * u * n + column.unit) // (2 * column.unit) for u in units)
        nearby = ", ".join(f"{c} of {n} is {_exact_percent(c, n, column.decimals)} %" for c in counts)
        return impossible, f"no counts out of n = {n} give {figures}; {nearby}{hint}"
    lowest, highest = map(sum, zip(*windows, strict=True))
    reason = f"no counts add up to n = {n}: the percentages allow {join_ends(lowest, highest)} answers"
    if lowest <= n <= highest:
        reason = f"counts near these percentages add up to n = {n}, but no one rounding prints them all"
    return column.published, reason + hint


def _total_breach(
    columns: Mapping[str, Column], sizes: Mapping[str, int | None], total: str
) -> Breach | None:
    """What no rule could have printed together though each column is sound; nothing where n do not add up."""
    parts = [group for group in columns if group != total]
    n = {group: size for group in columns if (size := sizes.get(group)) is not None}
    if len(n) == len(parts):  # one n follows from the others
        (unknown,) = columns.keys() - n.keys()
        others = sum(n[group] for group in parts if group != unknown)
        n[unknown] = others if unknown == total else n[total] - others
    if len(n) < len(columns) or min(n.values()) < 0:
        return _outside_breach(columns, total, parts)
    rows = [n[group] for group in parts]
    if n[total] != sum(rows):
        return None
    for rule in _likely_rules():
        windows = {group: window for group in columns if (window := _window(rule, columns[group], n[group]))}
        if len(windows) == len(columns) and can_add_up(windows.pop(total), [windows[g] for g in parts], rows):
            return None
    is_sound = all(_is_printable(column, n[group]) for group, column in columns.items())
    return _explain_total(columns, n, total) if is_sound else None


def _explain_total(columns: Mapping[str, Column], sizes: Mapping[str, int], total: str) -> Breach:
    """The stages whose groups cannot add up to the total, each with the counts next to its figures."""
    shown = {}
    for group, column in columns.items():
        known = [window for rule in _likely_rules() if (window := _window(rule, column, sizes[group]))]
        shown[group] = _window(RULES["floor_or_ceiling"], column, sizes[group]) or _hull(known)
    sentences = {}
    for stage in columns[total].published:
        windows = {group: window[stage] for group, window in shown.items() if group != total}
        low, high = map(sum, zip(*windows.values(), strict=True))
        if low > shown[total][stage][1] or high < shown[total][stage][0]:
            addends = [
                f"{join_ends(*window)} of {sizes[group]} ({_shown(columns[group], stage)})"
                for group, window in windows.items()
            ]
            sum_of = f"of {sizes[total]} cannot be the sum of {' and '.join(addends)}"
            sentences[stage] = f"{_shown(columns[total], stage)} {sum_of}"
    if sentences:
        return tuple(sentences), "; ".join(sentences.values())
    reason = "but no counts of the groups fit all stages at once"
    return columns[total].published, f"each stage alone could be the sum of the groups, {reason}"


def _shown(column: Column, stage: int) -> str:
    units = column.cells[stage].units
    return "not published" if units is None else f"{column.text(units)} %"


def _outside_breach(columns: Mapping[str, Column], total: str, parts: Sequence[str]) -> Breach | None:
    """A total far outside its groups' figures, which no n of theirs can mend."""
    column = columns[total]
    margin = len(column.cells) + 1
    for stage in column.published:
        figures = [units for group in parts if (units := columns[group].cells[stage].units) is not None]
        units = column.cells[stage].units or 0
        if len(figures) == len(parts) and not min(figures) - margin <= units <= max(figures) + margin:
            span = join_ends(column.text(min(figures)), column.text(max(figures)))
            return (stage,), f"{_shown(column, stage)} lies outside the groups' {span} %"
    return None


def _exact_percent(count: int, n: int, decimals: int) -> str:
    """A share with one decimal more than the table has, without needless zeros."""
    text = print_units((2 * whole(decimals + 1) * count + n) // (2 * n), decimals + 1)
    return text.rstrip("0").rstrip(".")


def join_ends(low: object, high: object) -> str:
    """The ends of a range as messages write it: ``7-9``; one number where they are the same."""
    return str(low) if low == high else f"{low}-{high}"


def _number(count: int) -> str:
    words = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    return words[count] if count < len(words) else str(count)
