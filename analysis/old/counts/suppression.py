"""Cells that would give single answers away, withheld so that nothing published gives them back.

With n, the other cells of a group and the totals at hand, a hidden cell is often known to the answer. So a
choice of cells counts only when the counts that fit what is left leave each hidden cell open enough. Whole
stages are withheld, in every group alike: groups with different stages are a damaged table, and what is
hidden so adds up to a known rest, as if the stages had been merged.
"""

from __future__ import annotations

from itertools import combinations, pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.codebook import codebook_of
from analysis.errors import RequestError, quote
from analysis.old.rounding import publish
from analysis.survey.marks import mark_withheld

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Matrix = NDArray[np.float64]

FEWEST = 2  # stages that are withheld together; a single one is n minus the others
WHOLE = 2**60  # of a group, in whole numbers, where shares are weighted


def withhold_small_cells(survey: pd.DataFrame, *, minimum: int) -> pd.DataFrame:
    """The rows of a wave without the stages that hold, or give away, a cell below a minimum.

    The fewest stages are withheld that leave every hidden cell at least ``minimum`` possible values; among
    those choices stages next to each other, then the fewest answers. Zero is below any minimum: that nobody
    in a group gave an answer says something of each of them.

    Parameters
    ----------
    survey
        Rows of one wave with counts, as ``tabulate_responses`` makes them, weighted or not.
    minimum
        The smallest count that may be published.

    Returns
    -------
    DataFrame
        One row per group × published stage; all rows where no cell is small. ``attrs["withheld"]`` has the
        ``minimum``, the withheld ``stages`` and the stages that could be merged instead (``merge``); where
        something is withheld, ``source`` and the codebook of the rows say so. Reasons for no answer are
        withheld always.

    Raises
    ------
    RequestError
        Counts are unknown, or nothing would be left; the message says which stages to merge instead.

    References
    ----------
    Hundepool et al. (2012), Statistical Disclosure Control, Wiley.
    """
    if minimum < 1:
        raise RequestError(f"the minimum is {minimum}; give the smallest count that may be published")
    counted = _with_counts(survey)
    merge = suggest_merges(survey, minimum=minimum)
    stages = _choose_stages(_part_counts(counted), minimum)
    if stages is None:
        blocks = ", ".join(" with ".join(map(quote, block)) for block in merge)
        advice = f"merge {blocks}" if merge else "merge groups, or publish the total alone"
        raise RequestError(f"no stage can be published while cells below {minimum} stay hidden; {advice}")
    open_counts = possible_counts(counted[~counted["stage"].isin(stages)])
    if (open_counts["possible"] < minimum).any():
        raise AssertionError(f"withholding {stages} leaves cells open to fewer than {minimum} values")
    kept = _leave_out(survey, stages, minimum)
    kept.attrs["withheld"] = {"minimum": minimum, "stages": stages, "merge": merge}
    return kept


def suggest_merges(survey: pd.DataFrame, *, minimum: int) -> list[list[str]]:
    """Stages next to each other that, merged, leave no cell below a minimum; the most stages that allow it.

    Returns
    -------
    list of list of str
        Blocks of two or more stages, in the codebook's order; empty where none is needed or none helps.
    """
    counts = _part_counts(_with_counts(survey))
    stages = list(counts.columns)
    for blocks in range(len(stages), 1, -1):
        for cuts in combinations(range(1, len(stages)), blocks - 1):
            ends = [0, *cuts, len(stages)]
            spans = list(pairwise(ends))
            if all((counts.iloc[:, start:end].sum(axis="columns") >= minimum).all() for start, end in spans):
                return [stages[start:end] for start, end in spans if end - start > 1]
    return []


def possible_counts(survey: pd.DataFrame) -> pd.DataFrame:
    """What the published counts of a wave leave open for each cell that is not published.

    Parameters
    ----------
    survey
        Rows of one wave with ``count`` and ``n``; cells may be missing anywhere.

    Returns
    -------
    DataFrame
        One row per missing cell of a part group, in the codebook's order: ``low`` and ``high``, the smallest
        and largest count that fits n, the other cells and the totals. Every whole number between them fits;
        ``possible`` is how many there are.

    References
    ----------
    Bounds of a two-way table with given margins are a transport problem, whose corners are whole numbers:
    Dobra & Fienberg (2000), Bounds for cell entries in contingency tables, PNAS 97(22).
    """
    codebook = codebook_of(survey)
    known = survey.set_index(["group", "stage"])["count"].astype(float).to_dict()
    sizes = survey.groupby("group", observed=True)["n"].first().astype(float).to_dict()
    cells = [(group, stage) for group in _parts(survey) for stage in codebook.stages]
    sums: list[tuple[set[tuple[str, str]], float]] = [
        *(({cell for cell in cells if cell[0] == group}, sizes[group]) for group in _parts(survey)),
        *(({cell}, known[cell]) for cell in cells if cell in known),
        *(
            ({cell for cell in cells if cell[1] == stage}, known[codebook.total, stage])
            for stage in codebook.stages
            if (codebook.total, stage) in known
        ),
    ]
    rules = np.array([[float(cell in members) for cell in cells] for members, _ in sums])
    values = np.array([value for _, value in sums])
    records = []
    for place, cell in enumerate(cells):
        if cell not in known:
            low, high = _bounds(place, rules, values)
            records.append((*cell, low, high, high - low + 1))
    frame = pd.DataFrame(records, columns=["group", "stage", "low", "high", "possible"])
    frame.attrs["codebook"] = codebook
    return frame


def _bounds(place: int, rules: Matrix, sums: Matrix) -> tuple[int, int]:
    from scipy.optimize import linprog

    goal = np.zeros(rules.shape[1])
    ends = []
    for sign in (1, -1):
        goal[place] = sign
        ends.append(linprog(goal, A_eq=rules, b_eq=sums).x[place])
    return round(ends[0]), round(ends[1])


def _choose_stages(counts: pd.DataFrame, minimum: int) -> list[str] | None:
    """The stages to withhold, none where no cell is small; None where too little would be left."""
    stages = list(counts.columns)
    small = [stage for stage in stages if (counts[stage] < minimum).any()]
    if not small:
        return []
    for size in range(max(FEWEST, len(small)), len(stages)):
        choices = [list(choice) for choice in combinations(stages, size) if set(small) <= set(choice)]
        safe = [choice for choice in choices if (counts[choice].sum(axis="columns") + 1 >= minimum).all()]
        if safe:
            return min(safe, key=lambda choice: (_runs(choice, stages), counts[choice].to_numpy().sum()))
    return None


def _runs(choice: list[str], stages: list[str]) -> int:
    """In how many pieces a choice of stages lies on the scale."""
    chosen = [stage in choice for stage in stages]
    return sum(now and not before for before, now in zip([False, *chosen], chosen, strict=False))


def _leave_out(survey: pd.DataFrame, stages: list[str], minimum: int) -> pd.DataFrame:
    kept = (_print_alone(survey, stages) if stages else survey).reset_index(drop=True)
    if stages:
        kept["source"] += mark_withheld(stages, minimum)
    attrs = {key: list(survey.attrs.get(key, [])) for key in ("bases", "shares")}
    shares = [share for share in attrs["shares"] if share["stage"] not in stages]
    bases = [{"group": base["group"], "n": base["n"]} for base in attrs["bases"] if base["group"]]
    kept.attrs = {**survey.attrs, "bases": bases, "shares": shares}
    if stages:
        withheld = {"withheld": {"minimum": minimum, "stages": stages}}
        kept.attrs["codebook"] = codebook_of(survey).declare(str(survey["wave"].iloc[0]), withheld)
    return kept


def _print_alone(survey: pd.DataFrame, stages: list[str]) -> pd.DataFrame:
    """The other stages, each rounded by itself: a column that adds up to 100 tells of what is withheld."""
    shares = pd.DataFrame(survey.attrs.get("shares", []), columns=["estimate"])["estimate"]
    sizes = survey["count"] if shares.empty else (shares * WHOLE).map(int)
    wholes = survey["n"] if shares.empty else [WHOLE] * len(survey)
    decimals = int(codebook_of(survey).wave(str(survey["wave"].iloc[0])).get("decimals", 0))
    cells = zip(sizes, wholes, strict=True)
    units = [publish([size, whole - size], "half_even", decimals=decimals)[0] for size, whole in cells]
    printed = survey.assign(percent=[unit / 10**decimals for unit in units])
    return printed[~survey["stage"].isin(stages)]


def _with_counts(survey: pd.DataFrame) -> pd.DataFrame:
    """The rows with their counts; those of weighted rows stand beside the shares.

    Raises
    ------
    RequestError
        There is more than one wave, or a count is unknown.
    """
    if len(survey["wave"].unique()) != 1:
        raise RequestError("cells are withheld from one wave at a time; give the rows of one wave")
    shares = pd.DataFrame(survey.attrs.get("shares", []), columns=["group", "stage", "count"])
    behind = shares.set_index(["group", "stage"])["count"].to_dict()
    keys = zip(survey["group"], survey["stage"], strict=True)
    counted = survey.assign(
        count=survey["count"].fillna(pd.Series([behind.get(key) for key in keys], dtype="Int64"))
    )
    if counted["count"].isna().any():
        raise RequestError("counts are unknown, so no cell can be judged; tabulate the respondents")
    return counted


def _part_counts(survey: pd.DataFrame) -> pd.DataFrame:
    """Counts of the part groups: one row per group, one column per stage."""
    table = survey.pivot_table(index="group", columns="stage", values="count", observed=True, aggfunc="sum")
    return table.loc[_parts(survey)].astype("int64")


def _parts(survey: pd.DataFrame) -> list[str]:
    """The part groups that have rows; the total where it stands alone."""
    codebook = codebook_of(survey)
    present = set(survey["group"])
    return [group for group in codebook.parts if group in present] or [
        str(group) for group in sorted(present)
    ]
