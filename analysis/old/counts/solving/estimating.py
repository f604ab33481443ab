"""How many tables there are where they are too many to list: exact where possible, else a seeded estimate.

Tables of several rules are a union. Exact counts come from inclusion and exclusion over boxes; where the
total ties the groups together in too many boxes, tables are drawn uniformly from the rules' own sets and
kept when the total fits and no earlier rule gives the same table (Karp & Luby 1983), and the share that is
kept gets a Clopper-Pearson interval. Kept tables are a uniform sample of the union.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from itertools import accumulate, combinations, product
from math import prod
from random import Random
from typing import Any, NamedTuple

from analysis.old.counts.solving.boxes import intersect
from analysis.old.counts.solving.candidates import Rounding, figures_for, group_boxes
from analysis.old.counts.solving.lattice import Point, count_pairs, count_points, point_source
from analysis.old.counts.solving.printed import Printed
from analysis.old.counts.solving.windows import Window
from analysis.old.rounding import RULES

DRAWS = 4_000  # of an estimate, a second or two for twelve stages
LEVEL = 0.95
MOST_RULES = 4  # whose union is counted by inclusion and exclusion
MOST_BOXES = 50  # combinations of boxes of two groups and the total to count exactly, some 40 ms each

Table = tuple[Point, ...]


class Pair(NamedTuple):
    """One rule of the groups with one of the total, and for each group its boxes by n."""

    rule: str
    total_rule: str
    boxes: tuple[dict[int, list[Window]], ...]

    @property
    def columns(self) -> list[int]:
        """The number of columns of each group."""
        return [sum(count_points(found, n) for n, found in by_n.items()) for by_n in self.boxes]


def count_tables(printed: Printed, rounding: Rounding, seed: int) -> int | dict[str, Any]:
    """The number of tables; an estimate with its interval where no exact count is within reach."""
    pairs = _pairs(printed, rounding)
    if len(pairs) <= MOST_RULES:
        exact = _count_exactly(printed, pairs)
        if exact is not None:
            return exact
    return _estimate(printed, pairs, seed)


def draw_tables(printed: Printed, rounding: Rounding, size: int, seed: int) -> list[Table]:
    """Tables drawn uniformly, with replacement, from all that fit; fewer where hardly any drawn one fits."""
    drawn = _draws(printed, _pairs(printed, rounding), seed)
    tries = (table for table, _ in zip(drawn, range(50 * size), strict=False))
    kept = (table for table in tries if table is not None)
    return [table for table, _ in zip(kept, range(size), strict=False)]


def _pairs(printed: Printed, rounding: Rounding) -> list[Pair]:
    pairs = []
    for rule, totals in zip(rounding.rules, rounding.totals, strict=True):
        boxes = tuple(
            {n: found for n in printed.sizes[group] or () if (found := group_boxes(printed, group, rule, n))}
            for group in printed.groups
        )
        if all(boxes):
            pairs += [Pair(rule, total, boxes) for total in (totals if printed.total else totals[:1])]
    return pairs


def _count_exactly(printed: Printed, pairs: list[Pair]) -> int | None:
    """Inclusion and exclusion over the rules; None where the total has too many boxes."""
    number = 0
    for size in range(1, len(pairs) + 1):
        for chosen in combinations(pairs, size):
            common = _count_common(printed, chosen)
            if common is None:
                return None
            number += common if size % 2 else -common
    return number


def _count_common(printed: Printed, pairs: tuple[Pair, ...]) -> int | None:
    """The number of tables that each of several rules could have printed."""
    groups = [_common_boxes([pair.boxes[place] for pair in pairs]) for place in range(len(printed.groups))]
    if printed.total is None:
        return prod(sum(count_points(found, n) for n, found in by_n.items()) for by_n in groups)
    if not all(groups):
        return 0
    if len(groups) != 2 or any(len(by_n) > 1 for by_n in groups):
        return None
    (first_n, first), (second_n, second) = (next(iter(by_n.items())) for by_n in groups)
    n, allowed = first_n + second_n, printed.sizes[printed.total]
    of_total = [{n: group_boxes(printed, printed.total, pair.total_rule, n)} for pair in pairs]
    total = _common_boxes(of_total).get(n, []) if allowed is None or n in allowed else []
    if len(first) * len(second) * len(total) > MOST_BOXES:
        return None
    return sum(count_pairs(*boxes, (first_n, second_n)) for boxes in product(first, second, total))


def _common_boxes(several: list[dict[int, list[Window]]]) -> dict[int, list[Window]]:
    """The boxes by n that several unions share."""
    sizes = set.intersection(*(set(by_n) for by_n in several))
    shared = {
        n: reduce(lambda a, b: intersect(a, b, n), (by_n[n] for by_n in several)) for n in sorted(sizes)
    }
    return {n: found for n, found in shared.items() if found}


def _estimate(printed: Printed, pairs: list[Pair], seed: int) -> dict[str, Any]:
    from scipy.special import betaincinv

    proposals = sum(prod(pair.columns) for pair in pairs)
    drawn = [table for table, _ in zip(_draws(printed, pairs, seed), range(DRAWS), strict=False)]
    kept, tail = sum(table is not None for table in drawn), (1 - LEVEL) / 2
    low = betaincinv(kept, DRAWS - kept + 1, tail) if kept else 0.0
    high = betaincinv(kept + 1, DRAWS - kept, 1 - tail) if kept < DRAWS else 1.0
    return {
        "estimate": proposals * kept / DRAWS,
        "low": proposals * float(low),
        "high": proposals * float(high),
        "level": LEVEL,
        "method": "Monte Carlo acceptance, Clopper-Pearson interval",
        "draws": DRAWS,
        "seed": seed,
    }


def _draws(printed: Printed, pairs: list[Pair], seed: int) -> Iterator[Table | None]:
    """Draws without end: a table, or None where it does not fit or belongs to an earlier rule."""
    random = Random(seed)  # noqa: S311  (statistics, not secrets)
    ends = list(accumulate(prod(pair.columns) for pair in pairs))
    sources = [[point_source(list(by_n.items())) for by_n in pair.boxes] for pair in pairs]
    while ends:
        rank = random.randrange(ends[-1])
        place = next(at for at, end in enumerate(ends) if rank < end)
        table = tuple(draw(random) for draw in sources[place])
        first = next((at for at, pair in enumerate(pairs) if _prints(printed, pair, table)), None)
        yield table if first == place else None


def _prints(printed: Printed, pair: Pair, table: Table) -> bool:
    """Whether one pair of rules could have printed a table whose known counts are right."""
    names = zip(printed.groups, table, strict=True)
    return all(_fits(printed, group, pair.rule, column) for group, column in names) and (
        printed.total is None
        or _fits(printed, printed.total, pair.total_rule, tuple(map(sum, zip(*table, strict=True))))
    )


def _fits(printed: Printed, column: str, rule: str, counts: Point) -> bool:
    figures, allowed = figures_for(printed, column, rule), printed.sizes[column]
    return (
        figures is not None
        and (allowed is None or sum(counts) in allowed)
        and (not any(counts) or RULES[rule].fits(counts, figures, printed.unit))
    )
