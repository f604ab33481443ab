"""The finding of each chart as one sentence that says only what holds.

What chance or rounding could make is never called a difference: a gap is called one where its interval,
adjusted for the number of gaps looked at, leaves out zero.
"""

from __future__ import annotations

import math
from itertools import combinations
from typing import TYPE_CHECKING

from analysis.codebook import codebook_of
from analysis.old.inference.intervals import newcombe
from analysis.old.words.telling.figures import (
    Cell,
    Row,
    decimals_of,
    differences_of,
    one_wave,
    rows_of,
    sides_of,
)
from analysis.old.words.telling.phrases import (
    answer_phrase,
    change_of,
    list_shares,
    main_change,
    only_rounding,
    sentence,
    size_of_difference,
    stage_phrase,
    where,
)
from analysis.old.words.wording import (
    format_number,
    format_percent,
    format_range,
    join_words,
    points_phrase,
    quoted,
    say,
)

if TYPE_CHECKING:
    import pandas as pd

    from analysis.codebook import Codebook

LEVEL = 0.95  # of all gaps of one chart together


def headline_stages(frame: pd.DataFrame, *, lang: str = "en") -> str:
    """Where the groups are the furthest apart; of a single group, its most common answer."""
    codebook, decimals = codebook_of(frame), decimals_of(frame)
    rows = _compared(frame, "stage")
    if len(rows) < 2:
        return _most_common(rows[0], codebook, lang, decimals)
    pair = _widest(rows)
    if pair is None:
        return _most_common(rows[0], codebook, lang, decimals)
    (high, top), (low, bottom) = pair
    gap = top.printed - bottom.printed
    if gap <= 10.0**-decimals + 1e-9:
        return say("headlines.stages_alike", lang, points=points_phrase(gap, lang, decimals))
    gaps = len(list(combinations(rows, 2))) * len(codebook.stages)
    firm = len(rows) == 2 and _apart((high, top), (low, bottom), gaps=gaps, unit=10.0**-decimals)
    return say(
        "headlines.stages_more" if firm else "headlines.stages_gap",
        lang,
        stage=quoted(codebook.word("stage", top.stage, lang), lang),
        high=format_percent(top.printed, lang, decimals),
        low=format_percent(bottom.printed, lang, decimals),
        where_high=where(codebook, high.group, lang),
        where_low=where(codebook, low.group, lang),
    )


def headline_cumulative(frame: pd.DataFrame, *, lang: str = "en") -> str:
    """The share of each group at the codebook's cut or further, and whether chance could make the gap."""
    codebook, decimals = codebook_of(frame), decimals_of(frame)
    found = [
        (row, cell)
        for row in _compared(frame, "at_least")
        for cell in row.cells
        if cell.stage == codebook.cut
    ]
    if not found:
        return codebook.text("topic", lang)
    shares = list_shares([(r.group, c.printed) for r, c in found], codebook, lang, decimals)
    what = sentence(stage_phrase(codebook, "at_least", codebook.cut, lang))
    high, low = max(found, key=lambda pair: pair[1].printed), min(found, key=lambda pair: pair[1].printed)
    known = not any(math.isnan(row.n) for row, _ in found)
    pairs = len(list(combinations(found, 2)))
    unclear = known and pairs and not _apart(high, low, gaps=pairs, unit=10.0**-decimals)
    key = "headlines.cumulative_unclear" if unclear else "headlines.cumulative"
    return say(key, lang, what=what, shares=shares)


def headline_shares(frame: pd.DataFrame, *, lang: str = "en") -> str:
    """How far at most a share lies from the end of its interval, rounded up."""
    decimals = decimals_of(frame)
    margins = [
        max(cell.high - min(cell.share, cell.most), max(cell.share, cell.least) - cell.low)
        for row in rows_of(frame)
        for cell in row.cells
    ]
    unit = 10.0**-decimals
    widest = math.ceil(max(margins) / unit - 1e-9) * unit
    key = "headlines.shares_rounded" if only_rounding(frame) else "headlines.shares_known"
    return say(key, lang, points="±" + points_phrase(widest, lang, decimals))


def headline_differences(frame: pd.DataFrame, *, lang: str = "en") -> str:
    """How many differences are clear, and the largest of them; or that none is, and why."""
    differences = differences_of(frame)
    codebook, decimals = codebook_of(frame), decimals_of(frame)
    clear = [difference for difference in differences if difference.clear]
    largest = max(clear or differences, key=lambda difference: abs(difference.middle))
    values = {
        "what": answer_phrase(codebook, largest.measure, largest.stage, lang),
        "points": size_of_difference(largest, lang, decimals),
        "where": where(codebook, largest.first if largest.middle > 0 else largest.second, lang),
        "where_other": where(codebook, largest.second if largest.middle > 0 else largest.first, lang),
    }
    if all(difference.only_rounding for difference in differences):
        key = "headlines.differences_published" if clear else "headlines.differences_rounded_away"
        return say(key, lang, **values)
    undecided = sum(difference.verdict == "undetermined" for difference in differences)
    total = format_number(len(differences), lang)
    if not clear and undecided:
        return say("headlines.differences_open", lang, count=format_number(undecided, lang), total=total)
    if not clear:
        return say("headlines.differences_none", lang, **values)
    if len(clear) > 1:
        count = format_number(len(clear), lang)
        return say("headlines.differences_several", lang, count=count, total=total, **values)
    pairs = {(difference.first, difference.second) for difference in differences}
    return say(
        "headlines.differences_one_of_pairs" if len(pairs) > 1 else "headlines.differences_one",
        lang,
        **values,
    )


def headline_waves(frame: pd.DataFrame, *, lang: str = "en") -> str:
    """The latest change at the codebook's cut or further, else the largest, and whether it is clear."""
    codebook, decimals = codebook_of(frame), decimals_of(frame)
    change = main_change(frame)
    what = sentence(stage_phrase(codebook, change.measure, change.stage, lang))
    if len(set(frame["group"])) > 1:
        what = say("phrases.what_there", lang, what=what, where=where(codebook, change.group, lang))
    values = {
        "what": what,
        "before": format_percent(change.printed_second, lang, decimals),
        "after": format_percent(change.printed_first, lang, decimals),
    }
    if change.only_rounding:
        return say("headlines.waves_published", lang, **values)
    if not change.clear:
        return say("headlines.waves_unclear", lang, **values)
    return say(
        "headlines.waves_rose" if change.middle > 0 else "headlines.waves_fell",
        lang,
        points=change_of(change, lang, decimals),
        level=format_percent(100 * change.level, lang),
        interval=format_range(change.low, change.high, lang, decimals, sign=True),
        **values,
    )


def headline_diverging(frame: pd.DataFrame, *, lang: str = "en") -> str:
    """On which side of the codebook's cut most answers of every group are, and how many."""
    codebook, decimals = codebook_of(frame), decimals_of(frame)
    sides = [(row.group, sides_of(row, codebook)) for row in _compared(frame, "stage")]
    sums = {
        side: [(group, totals[place]) for group, totals in sides]
        for place, side in enumerate(("below", "above"))
    }
    slack = 50 + 0.5 * 10.0**-decimals * len(codebook.stages)  # what rounding can add to a sum
    most = [side for side, shares in sums.items() if all(share > slack for _, share in shares)]
    side = most[0] if most else "mixed"
    return say(
        f"headlines.diverging_{side}",
        lang,
        cut=quoted(codebook.word("stage", codebook.cut, lang), lang),
        shares=list_shares(sums["below" if side == "below" else "above"], codebook, lang, decimals),
    )


def _compared(frame: pd.DataFrame, measure: str) -> list[Row]:
    """The rows of the groups to compare: the total only where it is alone; weighted ones without their n."""
    total, rows = codebook_of(frame).total, rows_of(frame, measure)
    if codebook_of(frame).wave(one_wave(frame)).get("weighted"):
        rows = [row._replace(n=math.nan) for row in rows]
    return [row for row in rows if row.group != total] or rows


def _widest(rows: list[Row]) -> tuple[tuple[Row, Cell], tuple[Row, Cell]] | None:
    """The two groups furthest apart at one stage, the higher first; nothing where no stage is shared."""
    found: dict[str, list[tuple[Row, Cell]]] = {}
    for row in rows:
        for cell in row.cells:
            found.setdefault(cell.stage, []).append((row, cell))
    ends = [
        (max(pairs, key=lambda pair: pair[1].printed), min(pairs, key=lambda pair: pair[1].printed))
        for pairs in found.values()
        if len(pairs) > 1
    ]
    return max(ends, key=lambda end: end[0][1].printed - end[1][1].printed, default=None)


def _apart(high: tuple[Row, Cell], low: tuple[Row, Cell], *, gaps: int, unit: float) -> bool:
    """Whether two shares differ by more than chance and rounding make, with so many gaps looked at.

    Newcombe's interval at a level divided among the gaps (Bonferroni), of shares that stand as near as
    their rounding lets them.
    """
    (first, top), (second, bottom) = high, low
    if math.isnan(first.n) or math.isnan(second.n):
        return False
    answers = [
        share * n / 100
        for share, n in ((top.printed - unit / 2, first.n), (bottom.printed + unit / 2, second.n))
    ]
    least, _ = newcombe(answers[0], first.n, answers[1], second.n, level=1 - (1 - LEVEL) / gaps)
    return bool(least > 0)


def _most_common(row: Row, codebook: Codebook, lang: str, decimals: int) -> str:
    """The most common answer of one group; where not all stages were published, the shares that were."""
    most = max(cell.printed for cell in row.cells)
    names = [quoted(codebook.word("stage", c.stage, lang), lang) for c in row.cells if c.printed == most]
    rest = 100 - sum(cell.share for cell in row.cells)
    percent = format_percent(most, lang, decimals)
    if len(row.cells) < len(codebook.stages) and rest >= most:
        listed = [
            (
                quoted(codebook.word("stage", cell.stage, lang), lang),
                format_percent(cell.printed, lang, decimals),
            )
            for cell in row.cells
        ]
        shares = [f"{name} {figure}" for name, figure in listed]
        return say("headlines.stages_listed", lang, shares=join_words(shares, lang))
    if len(names) > 1:
        return say("headlines.stages_tied", lang, stages=join_words(names, lang), percent=percent)
    return say("headlines.stages_most", lang, stage=names[0], percent=percent)
