"""Slow and plain recovery for tests: every composition of n, judged by the rules' own relations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from hypothesis import assume, strategies as st

from analysis.errors import RequestError
from analysis.old.apportionment import TIES
from analysis.old.rounding import RULES, could_print


def compositions(n: int, parts: int) -> Iterator[tuple[int, ...]]:
    """Every way to share n answers among cells."""
    if parts == 1:
        yield (n,)
        return
    for first in range(n + 1):
        for rest in compositions(n - first, parts - 1):
            yield (first, *rest)


def columns_that_print(
    rule: str, printed: Sequence[int | None], n: int, decimals: int = 0
) -> list[tuple[int, ...]]:
    """All columns of n answers that a rule could have printed so."""
    return [c for c in compositions(n, len(printed)) if could_print(c, printed, rule, decimals=decimals)]


def tables_that_print(
    rule: str,
    groups: Sequence[Sequence[int | None]],
    sizes: Sequence[int],
    total: Sequence[int | None] | None = None,
    decimals: int = 0,
) -> set[tuple[tuple[int, ...], ...]]:
    """All tables whose columns, and whose total if there is one, a rule could have printed so."""
    columns = [columns_that_print(rule, a, n, decimals) for a, n in zip(groups, sizes, strict=True)]
    return {
        table
        for table in product(*columns)
        if total is None
        or could_print([sum(stage) for stage in zip(*table, strict=True)], total, rule, decimals=decimals)
    }


@st.composite
def printed_columns(draw: st.DrawFn) -> tuple[str, tuple[int | None, ...], int, int]:
    """A rule, a column that some rule printed, shaken and hidden here and there, n and the unit."""
    parts = draw(st.integers(2, 4))
    n = draw(st.integers(1, {2: 150, 3: 40, 4: 16}[parts]))
    cuts = sorted(draw(st.lists(st.integers(0, n), min_size=parts - 1, max_size=parts - 1)))
    counts = [b - a for a, b in zip([0, *cuts], [*cuts, n], strict=True)]
    unit = draw(st.sampled_from([100, 1000, 20, 7]))  # 20 and 7 make ties and large n frequent
    try:
        figures = RULES[draw(st.sampled_from(sorted(RULES)))].publish(counts, unit, TIES["first"])
    except RequestError:
        assume(False)
    shaken = [max(0, a + draw(st.sampled_from([0, 0, 0, 0, 1, -1]))) for a in figures]
    hidden = draw(st.sampled_from([set(), set(), draw(st.sets(st.integers(0, parts - 1)))]))
    printed = tuple(None if cell in hidden else a for cell, a in enumerate(shaken))
    return draw(st.sampled_from(sorted(RULES))), printed, n, unit
