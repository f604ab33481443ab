"""What published percentages give away, and which cells to withhold so that they do not.

With n, the other cells of a group and the totals at hand, a hidden cell is often known to the answer. So a
choice of cells counts only when the counts that fit what is left leave each hidden cell open enough. Whole
stages are withheld, in every group alike: groups with different stages are a damaged table, and what is
hidden so adds up to a known rest, as if the stages had been merged.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, pairwise

import pandas as pd

from analysis.codebook import WITHHELD_MARK, codebook_of
from analysis.counts.reading import GroupSizes, PrintedWave, read_wave
from analysis.counts.recovery import bound_cells
from analysis.errors import RequestError, quote
from analysis.rounding import DEFAULT_RULES, Cell, Column, publish, rule_names, whole

FEWEST = 2  # stages that are withheld together; a single one is n minus the others
WHOLE_GROUP = 2**60  # of a group, in whole numbers, where shares are weighted


def disclosure_risk(
    survey: pd.DataFrame,
    wave: str | None = None,
    *,
    minimum: int = 3,
    n: GroupSizes | None = None,
    max_n: int | None = None,
    rounding: str | Sequence[str] = DEFAULT_RULES,
) -> pd.DataFrame:
    """Which cells a reader of the percentages and n can work out, and which of them are below a minimum.

    To be asked before publishing. Counts in the survey are not used, except that a column that has counts
    and no percentages is printed as this package prints it. Leaving a cell out hides it only while the
    other figures leave it room, so unpublished cells are audited too.

    Parameters
    ----------
    survey : DataFrame
        A survey.
    wave : str, optional
        The id of the wave; left out, the latest complete one.
    minimum : int
        The fewest answers that a cell may show.
    n, max_n, rounding
        What the reader knows or assumes, as in `recover_counts`.

    Returns
    -------
    DataFrame
        One row per group (the total too) × stage: ``group``, ``stage``, ``published``; ``low``, ``high`` and
        ``n_values`` of the answers that are possible, ``method`` as in `cell_bounds`; ``risk``: "exposed"
        (the count is certain, and between 1 and the minimum), "small" (uncertain, but surely below the
        minimum and not surely 0), "narrow" (unpublished, with fewer possible values than the minimum), or
        "none".

    Raises
    ------
    RecoveryError
        No table fits, or the wave cannot be recovered.
    RequestError
        Unknown wave, group or rule, or a minimum below 1.
    """
    if minimum < 1:
        raise RequestError(f"minimum is {minimum}; give at least 1")
    printed = _as_published(read_wave(survey, wave, n=n, max_n=max_n))
    risks = bound_cells(printed, rule_names(rounding))
    cells = {
        (group, stage): cell
        for group in printed.names
        for stage, cell in zip(printed.stages, printed.columns[group].cells, strict=False)
    }
    published = [cells[key].units is not None for key in zip(risks["group"], risks["stage"], strict=True)]
    risks.insert(2, "published", published)
    bounds = risks[["published", "low", "high", "n_values"]].itertuples(index=False, name=None)
    risks["risk"] = [_risk(*cell, minimum=minimum) for cell in bounds]
    risks.attrs["minimum"] = minimum
    return risks


def _risk(published: bool, low: int, high: int, n_values: int, *, minimum: int) -> str:
    if 0 < high < minimum:
        return "exposed" if low == high else "small"
    return "none" if published or n_values >= minimum else "narrow"


def _as_published(printed: PrintedWave) -> PrintedWave:
    """The wave as its readers see it: no counts; counted columns printed where percentages are missing."""
    columns = dict(printed.columns)
    for group, column in printed.columns.items():
        counts = [cell.answers for cell in column.cells if cell.answers is not None]
        if len(counts) == len(column.cells) and any(counts) and not column.published:
            units = publish(counts, "adjust_minimal", decimals=printed.decimals)
            columns[group] = Column(tuple(Cell(value, whole(printed.decimals)) for value in units))
    return printed._replace(columns=columns).without_counts()


def withhold_small_cells(survey: pd.DataFrame, *, minimum: int) -> pd.DataFrame:
    """The rows of a wave without the stages that hold, or give away, a cell below a minimum.

    The fewest stages are withheld that leave every hidden cell at least ``minimum`` possible values; among
    those choices stages next to each other, then the fewest answers. Zero is below any minimum: that nobody
    in a group gave an answer says something of each of them.

    Parameters
    ----------
    survey : DataFrame
        Rows of one wave with counts, as ``tabulate_responses`` makes them, weighted or not.
    minimum : int
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
    counts = _part_counts(counted)
    merge = suggest_merges(counted, minimum=minimum)
    stages = _choose_stages(counts, minimum)
    if stages is None:
        blocks = ", ".join(" with ".join(map(quote, block)) for block in merge)
        advice = f"merge {blocks}" if merge else "merge groups, or publish the total alone"
        raise RequestError(f"no stage can be published while cells below {minimum} stay hidden; {advice}")
    hidden_cells = possible_counts(counted[~counted["stage"].isin(stages)])
    if (hidden_cells["n_values"] < minimum).any():
        raise AssertionError(f"withholding {stages} leaves cells open to fewer than {minimum} values")
    kept = _leave_out(survey, stages, minimum)
    kept.attrs["withheld"] = {"minimum": minimum, "stages": stages, "merge": merge}
    return kept


def possible_counts(survey: pd.DataFrame) -> pd.DataFrame:
    """What the published counts of a wave leave open for each cell of a part group that is not published.

    The rows of `cell_bounds` for these cells. Percentages are not used.
    """
    codebook, wave = codebook_of(survey), str(survey["wave"].iloc[0])
    counted = survey.assign(percent=float("nan"))
    counted.attrs = {"codebook": codebook.declare(wave, {"weighted": False, "bases": None})}
    printed, known = read_wave(counted, wave), set(zip(survey["group"], survey["stage"], strict=True))
    bounds = bound_cells(printed, ["within_one"])
    keys = zip(bounds["group"], bounds["stage"], strict=True)
    return bounds[[key[0] in printed.groups and key not in known for key in keys]].reset_index(drop=True)


def suggest_merges(counted: pd.DataFrame, *, minimum: int) -> list[list[str]]:
    """Stages next to each other that, merged, leave no cell below a minimum; as many as allow it."""
    counts = _part_counts(counted)
    stages = list(counts.columns)
    for blocks in range(len(stages), 1, -1):
        for cuts in combinations(range(1, len(stages)), blocks - 1):
            spans = list(pairwise([0, *cuts, len(stages)]))
            if all((counts.iloc[:, start:end].sum(axis="columns") >= minimum).all() for start, end in spans):
                return [stages[start:end] for start, end in spans if end - start > 1]
    return []


def _choose_stages(counts: pd.DataFrame, minimum: int) -> list[str] | None:
    """The stages to withhold, none where no cell is small; None where too little would be left."""
    stages = list(counts.columns)
    small = {stage for stage in stages if (counts[stage] < minimum).any()}

    def price(choice: Sequence[str]) -> tuple[int, int]:
        """In how many pieces it lies on the scale, and its answers."""
        ends = sum((one in choice) > (next_one in choice) for one, next_one in pairwise([*stages, ""]))
        return ends, int(counts[list(choice)].to_numpy().sum())

    for size in range(max(FEWEST, len(small)), len(stages)) if small else ():
        choices = [list(choice) for choice in combinations(stages, size) if small <= set(choice)]
        safe = [choice for choice in choices if (counts[choice].sum(axis="columns") + 1 >= minimum).all()]
        if safe:
            return min(safe, key=price)
    return None if small else []


def _leave_out(survey: pd.DataFrame, stages: list[str], minimum: int) -> pd.DataFrame:
    """The rows of the other stages, and what stands beside them; without reasons for no answer."""
    kept = (_print_alone(survey, stages) if stages else survey).reset_index(drop=True)
    beside = {key: survey.attrs.get(key, []) for key in ("bases", "shares")}
    bases = [{"group": base["group"], "n": base["n"]} for base in beside["bases"] if base["group"]]
    shares = [share for share in beside["shares"] if share["stage"] not in stages]
    kept.attrs = {**survey.attrs, "bases": bases, "shares": shares}
    if stages:
        kept["source"] += WITHHELD_MARK.format(stages=", ".join(stages), minimum=minimum)
        withheld = {"withheld": {"minimum": minimum, "stages": stages}}
        kept.attrs["codebook"] = codebook_of(survey).declare(str(survey["wave"].iloc[0]), withheld)
    return kept


def _print_alone(survey: pd.DataFrame, stages: list[str]) -> pd.DataFrame:
    """The other stages, each rounded by itself: a column that adds up to 100 tells of what is withheld."""
    shares = survey.attrs.get("shares")
    decimals = int(codebook_of(survey).wave(str(survey["wave"].iloc[0])).get("decimals", 0))
    cells = list(zip(survey["count"], survey["n"], strict=True))
    if shares:
        cells = [(int(share["estimate"] * WHOLE_GROUP), WHOLE_GROUP) for share in shares]
    units = [publish([count, n - count], "half_even", decimals=decimals)[0] for count, n in cells]
    printed = survey.assign(percent=[unit / 10**decimals for unit in units])
    return printed[~survey["stage"].isin(stages)]


def _with_counts(survey: pd.DataFrame) -> pd.DataFrame:
    """The rows of one wave with their counts; those of weighted rows stand beside the shares."""
    if len(survey["wave"].unique()) != 1:
        raise RequestError("cells are withheld from one wave at a time; give the rows of one wave")
    beside = {(s["group"], s["stage"]): s["count"] for s in survey.attrs.get("shares", [])}
    keys = zip(survey["group"], survey["stage"], strict=True)
    counts = pd.Series([beside.get(key) for key in keys], index=survey.index, dtype="Int64")
    counted = survey.assign(count=survey["count"].fillna(counts))
    if counted["count"].isna().any():
        raise RequestError("counts are unknown, so no cell can be judged; tabulate the respondents")
    return counted


def _part_counts(survey: pd.DataFrame) -> pd.DataFrame:
    """Counts of the part groups: one row per group, one column per stage; of the total where it is alone."""
    codebook, present = codebook_of(survey), set(survey["group"])
    parts = [group for group in codebook.parts if group in present] or sorted(map(str, present))
    table = survey.pivot_table(index="group", columns="stage", values="count", observed=True, aggfunc="sum")
    return table.loc[parts].astype("int64")
