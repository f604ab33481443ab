"""What a frame becomes under "Edit data": one small sheet in words, its figures as they are printed.

Shares are stored as printed (0.28 for 28 %), so that a number format never rounds a published figure
anew; differences in percentage points. What is missing stays empty.
"""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

import pandas as pd

from analysis.codebook import codebook_of
from analysis.figures import decimals_of, differences_of, rows_of
from analysis.phrases import change_of, sentence
from analysis.wording import format_n, format_range, rounded, say, wave_label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.codebook import Codebook

MOST_BARS = 16  # that can be read from the back row
NAN = float("nan")


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
        return headed(sheet, [stage_label(codebook, "at_least", codebook.cut, lang)])
    figures.index = pd.Index([stage_label(codebook, "at_least", stage, lang) for stage in stages])
    return headed(figures, [codebook.word("group", row.group, lang, "short") for row in rows])


def differences_sheet(differences: pd.DataFrame, *, lang: str = "en") -> pd.DataFrame:
    """One row per difference of one pair of groups; percentage points, first group minus second.

    A difference stands in the first column where it is clear, in the second where it is not; then the ends
    of its interval, and how far they are below and above it. Where the tables of counts that fit differ it
    stands in neither, but its middle and half its range in two more columns, its range under its name.
    """
    codebook, decimals = codebook_of(differences), decimals_of(differences)
    rows, labels = [], []
    for found in differences_of(differences):
        ends = [float(rounded(value, decimals)) for value in (found.least, found.most)]
        single, middle = ends[0] == ends[1], sum(ends) / 2
        rows.append(
            {
                "clear": middle if single and found.clear else NAN,
                "unclear": middle if single and not found.clear else NAN,
                "low": found.low,
                "high": found.high,
                "below": middle - found.low,
                "above": found.high - middle,
                "varies": NAN if single else middle,
                "half": NAN if single else middle - ends[0],
            }
        )
        words = codebook.word("stage", found.stage, lang)
        labels.append(
            words if single else f"{words}\n{format_range(ends[0], ends[1], lang, decimals, sign=True)}"
        )
    sheet = pd.DataFrame(rows, index=labels, dtype=float)
    sheet = sheet if sheet["varies"].notna().any() else sheet.drop(columns=["varies", "half"])
    return headed(sheet, [say(f"slides.column_{name}", lang) for name in sheet.columns])


def changes_sheet(changes: pd.DataFrame, *, lang: str = "en") -> pd.DataFrame:
    """One row per change, the change under its name; one column per wave, the earlier one first."""
    codebook, decimals = codebook_of(changes), decimals_of(changes)
    found = differences_of(changes)
    groups = {change.group for change in found}
    labels = []
    for change in found:
        words = stage_label(codebook, change.measure, change.stage, lang)
        if len(groups) > 1:
            words = f"{codebook.word('group', change.group, lang, 'short')}: {words}"
        labels.append(f"{words}\n{change_of(change, lang, decimals)}")
    shares = [(as_share(c.printed_second, decimals), as_share(c.printed_first, decimals)) for c in found]
    sheet = pd.DataFrame(shares, index=labels, dtype=float)
    return headed(sheet, [wave_label(wave, lang) for wave in (found[0].second, found[0].first)])


def pair_sheet(shares: pd.DataFrame, *, lang: str = "en") -> pd.DataFrame:
    """One row per group at one stage: the share, the ends of its interval, how far they are from it."""
    codebook, decimals = codebook_of(shares), decimals_of(shares)
    rows, labels = [], []
    for row in rows_of(shares, str(shares["measure"].iloc[0])):
        cell, printed = row.cells[0], as_share(row.cells[0].printed, decimals)
        low, high = cell.low / 100, cell.high / 100
        rows.append((printed, low, high, printed - low, high - printed))
        labels.append(group_label(codebook, row.group, row.n, lang))
    ends = [say(f"slides.column_{name}", lang) for name in ("low", "high", "below", "above")]
    stage = codebook.word("stage", str(shares["stage"].iloc[0]), lang)
    return headed(pd.DataFrame(rows, index=labels, dtype=float), [stage, *ends])


def as_share(percent: float, decimals: int) -> float:
    """A figure in per cent as the share that is printed so."""
    return percent if isnan(percent) else float(rounded(percent, decimals) / 100)


def group_label(codebook: Codebook, group: str, n: float, lang: str) -> str:
    """A group in words, and under it the answers that its shares rest on, where known."""
    words = codebook.word("group", group, lang, "short")
    return words if isnan(n) else f"{words}\n{format_n(n, lang)}"


def stage_label(codebook: Codebook, measure: str, stage: str, lang: str) -> str:
    """A stage, or that stage or a higher one, as a label; the highest stage is its own name."""
    words = codebook.word("stage", stage, lang)
    if measure == "stage" or stage == codebook.stages[-1]:
        return words
    return sentence(say("phrases.at_least", lang, stage=words))


def headed(sheet: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """A sheet under the names of its columns."""
    sheet.columns = pd.Index(names)
    return sheet
