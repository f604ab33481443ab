"""What a frame becomes under "Edit data": one small sheet in words, its figures as they are printed.

Shares are stored as printed (0.28 for 28 %), so that a number format never rounds a published figure
anew; differences in percentage points. What is missing stays empty.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analysis.codebook import codebook_of
from analysis.figures import decimals_of, rows_of
from analysis.wording import format_n, format_points, rounded, say, wave_label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.codebook import Codebook

MOST_BARS = 16  # that can be read from the back row
SURE = "every table"  # the verdict that holds whichever table is true


def stages_sheet(estimates: pd.DataFrame, *, lang: str = "en") -> pd.DataFrame:
    """One row per group, one column per stage; shares between 0 and 1."""
    codebook, decimals = codebook_of(estimates), decimals_of(estimates)
    rows = rows_of(estimates)
    figures = [{cell.stage: as_share(cell.printed, decimals) for cell in row.cells} for row in rows]
    sheet = pd.DataFrame(figures, columns=codebook.stages, dtype=float)
    sheet.index = pd.Index([group_label(codebook, row.group, row.n, lang) for row in rows])
    return headed(sheet, [codebook.word("stage", stage, lang) for stage in codebook.stages])


def cumulative_sheet(estimates: pd.DataFrame, *, lang: str = "en") -> pd.DataFrame:
    """One row per stage but the first, one column per group: the share at that stage or a higher one.

    Where that would be more bars than can be read, one row per group at the codebook's cut.
    """
    codebook, decimals = codebook_of(estimates), decimals_of(estimates)
    rows = rows_of(estimates, "at_least")
    stages = [stage for stage in codebook.stages[1:] if any(stage == c.stage for r in rows for c in r.cells)]
    figures = pd.DataFrame(
        {row.group: {cell.stage: as_share(cell.printed, decimals) for cell in row.cells} for row in rows},
        index=stages,
        dtype=float,
    )
    if len(stages) * len(rows) > MOST_BARS and codebook.cut in stages:
        sheet = figures.loc[[codebook.cut]].T
        sheet.index = pd.Index([group_label(codebook, row.group, row.n, lang) for row in rows])
        return headed(sheet, [at_least(codebook, codebook.cut, lang)])
    figures.index = pd.Index([at_least(codebook, stage, lang) for stage in stages])
    return headed(figures, [codebook.word("group", row.group, lang, "short") for row in rows])


def differences_sheet(differences: pd.DataFrame, *, lang: str = "en") -> pd.DataFrame:
    """One row per stage of one pair of groups; percentage points, first group minus second.

    The difference stands in the first column where it is clear, in the second where it is not; then the
    ends of its interval, and how far they are below and above it.
    """
    codebook = codebook_of(differences)
    points = pd.Series(printed_points(differences), index=differences.index)
    ends = 100 * differences[["low", "high"]]
    clear = differences["verdict"] == SURE
    sheet = pd.DataFrame(
        {
            "clear": points.where(clear),
            "unclear": points.where(~clear),
            "low": ends["low"],
            "high": ends["high"],
            "below": points - ends["low"],
            "above": ends["high"] - points,
        }
    ).astype(float)
    sheet.index = pd.Index([codebook.word("stage", str(stage), lang) for stage in differences["stage"]])
    return headed(sheet, [say(f"slides.column_{name}", lang) for name in sheet.columns])


def changes_sheet(changes: pd.DataFrame, *, lang: str = "en") -> pd.DataFrame:
    """One row per change, the change under its name; one column per wave, the earlier one first."""
    codebook, decimals = codebook_of(changes), decimals_of(changes)
    several = changes["group"].nunique() > 1
    labels = []
    for row, change in zip(changes.itertuples(), printed_points(changes), strict=True):
        stage = str(row.stage)
        words = (
            at_least(codebook, stage, lang)
            if row.measure == "at_least"
            else codebook.word("stage", stage, lang)
        )
        if several:
            words = f"{codebook.word('group', str(row.group), lang, 'short')}: {words}"
        points = say("slides.change_label", lang, points=format_points(change, lang, decimals))
        labels.append(f"{words}\n{points}")
    shares = [("second", "percent_second"), ("first", "percent_first")]
    sheet = pd.DataFrame(
        {name: [as_share(v, decimals) for v in changes[column]] for name, column in shares}
    )
    sheet.index = pd.Index(labels)
    return headed(sheet.astype(float), [wave_label(str(changes[name].iloc[0]), lang) for name, _ in shares])


def pair_sheet(shares: pd.DataFrame, *, lang: str = "en") -> pd.DataFrame:
    """One row per group at one stage: the share, and how far its interval reaches below and above."""
    codebook, decimals = codebook_of(shares), decimals_of(shares)
    rows = rows_of(shares, str(shares["measure"].iloc[0]))
    figures = [
        (as_share(cell.printed, decimals), (cell.printed - cell.low) / 100, (cell.high - cell.printed) / 100)
        for row in rows
        for cell in row.cells
    ]
    sheet = pd.DataFrame(figures, columns=["share", "below", "above"], dtype=float)
    sheet.index = pd.Index([group_label(codebook, row.group, row.n, lang) for row in rows])
    stage = codebook.word("stage", str(shares["stage"].iloc[0]), lang)
    return headed(sheet, [stage, *(say(f"slides.column_{name}", lang) for name in ("below", "above"))])


def printed_points(differences: pd.DataFrame) -> list[float]:
    """Differences in percentage points as they are printed: of the printed shares where both are known."""
    decimals = decimals_of(differences)
    printed = differences["percent_first"] - differences["percent_second"]
    points = printed.fillna(100 * differences["estimate"])
    return [float(rounded(value, decimals)) if value == value else value for value in points]


def as_share(percent: float, decimals: int) -> float:
    """A figure in per cent as the share that is printed so."""
    return float(rounded(percent, decimals) / 100) if percent == percent else percent


def group_label(codebook: Codebook, group: str, n: float, lang: str) -> str:
    """A group in words, and under it the answers that its shares rest on, where known."""
    words = codebook.word("group", group, lang, "short")
    return words if n != n else f"{words}\n{format_n(n, lang)}"


def at_least(codebook: Codebook, stage: str, lang: str) -> str:
    """A stage or a higher one, in words; the highest stage is its own name."""
    words = codebook.word("stage", stage, lang)
    return words if stage == codebook.stages[-1] else say("slides.at_least", lang, stage=words)


def headed(sheet: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """A sheet under the names of its columns."""
    sheet.columns = pd.Index(names)
    return sheet
