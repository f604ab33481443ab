"""What a frame becomes under "Edit data": one small sheet in words, its figures as they are printed.

Shares are stored as printed (0.28 for 28 %), so that a number format never rounds a published figure
anew; differences in percentage points. What is missing stays empty.
"""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

import pandas as pd

from analysis.codebook import codebook_of
from analysis.old.slides.powerpoint.labels import COLUMNS, difference_label, group_label
from analysis.old.slides.powerpoint.lettering import count_lines, text_height
from analysis.old.words.telling.figures import (
    decimals_of,
    differences_of,
    one_wave,
    rows_of,
    shown_differences,
)
from analysis.old.words.telling.phrases import change_of, stage_label
from analysis.old.words.wording import format_range, rounded, say, wave_label

if TYPE_CHECKING:
    from collections.abc import Sequence


MOST_BARS = 16  # that can be read from the back row
BESIDE, DOWN, LABEL = 4.0, 4.2, 12  # inches for labels beside rows, and their type in points
FEWEST = 3  # differences between several pairs of groups
NAN = float("nan")


def stages_sheet(estimates: pd.DataFrame, *, lang: str = "en") -> pd.DataFrame:
    """One row per group, one column per stage, withheld ones marked so; shares between 0 and 1."""
    codebook, decimals = codebook_of(estimates), decimals_of(estimates)
    rows = rows_of(estimates)
    figures = [{cell.stage: as_share(cell.printed, decimals) for cell in row.cells} for row in rows]
    sheet = pd.DataFrame(figures, columns=codebook.stages, dtype=float)
    sheet.index = pd.Index([group_label(codebook, row.group, row.n, lang) for row in rows])
    withheld, mark = codebook.withheld(one_wave(estimates)), say("respondents.withheld_cells", lang)
    names = {stage: codebook.word("stage", stage, lang) for stage in codebook.stages}
    return headed(sheet, [f"{n} ({mark})" if stage in withheld else n for stage, n in names.items()])


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
    """One row per difference that a chart shows; percentage points, first group minus second.

    A difference stands in the first column where it is clear, in the second where it is not; then the ends
    of its interval, and how far they are below and above it. Where the tables of counts that fit differ it
    stands in neither, but its middle in two more such columns and half its range in the last, the range
    under its name.
    """
    decimals, shown = decimals_of(differences), shown_differences(differences)
    several = len({(found.first, found.second) for found in shown}) > 1
    rows, labels = [], []
    for found in shown:
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
                "clear_varies": middle if found.clear and not single else NAN,
                "varies": NAN if found.clear or single else middle,
                "half": NAN if single else middle - ends[0],
            }
        )
        words = [difference_label(found, codebook_of(differences), lang, several=several)]
        if not single:
            words.append(format_range(ends[0], ends[1], lang, decimals, sign=True))
        labels.append("\n".join(words))
    sheet = pd.DataFrame(rows, index=labels, columns=COLUMNS, dtype=float)
    sheet = sheet if sheet["half"].notna().any() else sheet.drop(columns=["clear_varies", "varies", "half"])
    return headed(sheet, [say(f"slides.column_{name}", lang) for name in sheet.columns])


def readable_differences(differences: pd.DataFrame, *, lang: str = "en") -> pd.DataFrame:
    """The differences that a slide has room to name: all of one pair of groups, the main of several."""
    shown = shown_differences(differences)
    if len({(found.first, found.second) for found in shown}) == 1:
        return differences
    codebook = codebook_of(differences)
    labels = [difference_label(found, codebook, lang, several=True) for found in shown]
    for count in range(len(shown), FEWEST, -1):
        lines = max(count_lines(label, BESIDE, LABEL) for label in labels[:count])
        if text_height(count * (lines + 1), LABEL) <= DOWN:  # one more for a range
            break
    kept = {(found.first, found.second, found.stage) for found in shown[:count]}
    keys = zip(differences["first"], differences["second"], differences["stage"], strict=True)
    return differences[[tuple(map(str, key)) in kept for key in keys]]


def changes_sheet(changes: pd.DataFrame, *, lang: str = "en") -> pd.DataFrame:
    """One row per change, the change under its name; one column per wave, the earlier one first.

    A row has the name of its stage, or of its group where there are several groups at one stage.
    """
    codebook, decimals = codebook_of(changes), decimals_of(changes)
    found = differences_of(changes)
    several = len({change.group for change in found}) > 1
    labels, shares = [], []
    for change in found:
        name = (
            codebook.word("group", change.group, lang, "short")
            if several
            else stage_label(codebook, change.measure, change.stage, lang)
        )
        labels.append(f"{name}\n{change_of(change, lang, decimals)}")
        printed = (change.printed_second, change.printed_first)
        shares.append([as_share(percent, decimals) for percent in printed])
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


def headed(sheet: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """A sheet under the names of its columns."""
    sheet.columns = pd.Index(names)
    return sheet
