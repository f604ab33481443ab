"""Shares with their intervals; and where all numbers come from, tables of counts or the published shares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.special import ndtri

from analysis.codebook import Codebook, codebook_of
from analysis.counts.reading import main_wave
from analysis.counts.recovery import recover_counts
from analysis.errors import RecoveryError, RequestError, unknown_code
from analysis.inference.cells import (
    EXACT,
    SAME,
    Cells,
    check_request,
    common,
    level_of,
    read_cells,
    settings,
    share_of,
    with_codes,
)
from analysis.rounding import (
    DEFAULT_RULES,
    RULES,
    Cell,
    Rule,
    print_percentages,
    read_cell,
    rule_names,
    significant_decimals,
    whole,
)

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from analysis.inference.cells import Reals

LARGE = 10**12  # an n at which the window of a rule is that of any n, but for what rounding leaves of a share


def estimate_shares(
    counts: pd.DataFrame,
    wave: str | None = None,
    *,
    level: float = 0.95,
    adjust: str = "none",
    population: Mapping[str, int] | None = None,
    rounding: str | Sequence[str] = DEFAULT_RULES,
) -> pd.DataFrame:
    """The share of each stage, and of that stage or a higher one, in every table of counts that fits.

    Parameters
    ----------
    counts : DataFrame
        From ``recover_counts``, or counts with stages as rows and groups as columns. Or rows of a survey
        whose counts cannot be told: then the published shares, between the bounds that rounding leaves.
    wave : str, optional
        Of survey rows: which wave; left out, the main one.
    level : float
        Confidence level.
    adjust : str
        "none": each interval holds by itself, since no share is a verdict; "family": those of a group's
        stages hold together (Bonferroni's level), as do those of its cumulative shares.
    population : mapping of str to int, optional
        Members of each part group, those who did not answer included: the finite population correction,
        and a total in which a group weighs as much as it has members. Without it the total counts every
        answer alike.
    rounding : str or sequence of str
        Of survey rows: the rules whose bounds the published shares have.

    Returns
    -------
    DataFrame
        One row per measure × group × stage. ``measure`` is "stage" or "at_least" (that stage or a higher one;
        the first stage left out). ``percent`` is the figure as published, in per cent, of "at_least" the sum
        of the published ones, nan where a limit ("<1") is printed; ``n`` answers, empty where tables differ.
        ``estimate``, ``low`` and ``high`` are shares, 0 to 1: ``estimate_low`` and ``estimate_high`` the
        range over all tables that fit, ``estimate`` nan where they differ, ``low`` to ``high`` the union of
        the tables' intervals.
        Of published shares ``low`` and ``high`` are the bounds of rounding, or of weighted ones that were
        tabulated here the interval by their linearised standard error.

    Raises
    ------
    RequestError
        A level not between 0 and 1, an unknown adjustment, a population that does not give each group's
        members or gives fewer than answered.
    RecoveryError
        No table of counts fits.

    Notes
    -----
    Wilson (1927), JASA 22: 209–212; Cochran (1977), Sampling Techniques, sections 3.2 and 5.10; Zou, Huang &
    Zhang (2009), Comput. Stat. Data Anal. 53: 1080–1085 for the total of a population.

    Examples
    --------
    >>> import pandas as pd
    >>> from analysis.codebook import load_codebook
    >>> counts = pd.DataFrame({"vocational": [15, 15, 22, 26, 2]}, index=load_codebook().stages)
    >>> counts.attrs["codebook"] = load_codebook()
    >>> estimate_shares(counts)["estimate"].head(3).tolist()
    [0.1875, 0.1875, 0.275]
    """
    check_request(level, adjust)
    cells = cells_of(counts, wave, rounding).with_members(population).with_total()
    cells = cells.cumulated(cells.stages[1:] if cells.ordered else [])
    (least, most), few = cells.shares, cells.answers[0]
    together = np.repeat([len(cells.stages), len(cells.cuts)], [len(cells.stages), len(cells.cuts)])
    one = np.array([level_of(level, number, adjust) for number in together])
    low, high = wilson(least, few, level=one)[0], wilson(most, few, level=one)[1]
    ends = np.array([least, most, np.where(np.isnan(few), least, low), np.where(np.isnan(few), most, high)])
    total = cells.codebook.total
    if np.isfinite(cells.members).all() and total in cells.groups and len(cells.groups) > 1:
        place = cells.groups.index(total)
        ends[:, :, place] = _stratified(np.delete(ends, place, 2), np.delete(cells.members, place, 0))
    least, most, low, high = ends[0].min(0), ends[1].max(0), ends[2].min(0), ends[3].max(0)
    shown = cells.shown() if cells.size is None else cells.shown() | (most - least < SAME)
    if not shown.any():
        raise RequestError(f"wave {cells.attrs['wave']} has no published figure")
    numbers = {
        "percent": cells.percent(),
        "n": np.broadcast_to(_answers(cells), shown.shape),
        "estimate": common(least, most),
        "estimate_low": least,
        "estimate_high": most,
        "low": low,
        "high": high,
    }
    labels = cells.labels(shown, group=cells.groups)[["measure", "group", "stage"]]
    shares = labels.assign(**{name: values[shown] for name, values in numbers.items()})
    shares = with_codes(shares.astype({"n": "Int64"}), cells.codebook)
    shares = shares.sort_values(["measure", "group", "stage"], ignore_index=True)
    shares.attrs = settings(cells.attrs, level=level, adjust=adjust, usual="none", population=population)
    return shares


def wilson(share: ArrayLike, n: ArrayLike, *, level: ArrayLike = 0.95) -> tuple[Reals, Reals]:
    """Wilson's score interval of one share of n answers (or of an effective n).

    It stays inside the possible range, is defined at 0 and n, and has no width only where a population
    answered whole; without an answer it is the whole range. Of the shares that it could be, it holds all
    within z of their own standard errors: so it widens as n falls and rises with the share, and corners bound
    it. Source: Wilson (1927), JASA 22: 209–212.
    """
    p, size = np.broadcast_arrays(np.asarray(share, dtype=float), np.asarray(n, dtype=float))
    z = ndtri((1 + np.asarray(level)) / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        shrink = 1 + z**2 / size
        centre = (p + z**2 / (2 * size)) / shrink
        half = z * np.sqrt(p * (1 - p) / size + (z / (2 * size)) ** 2) / shrink
    known = np.isfinite(size)
    low = np.where(((p == 0) & known) | np.isnan(p), 0.0, centre - half)
    high = np.where(((p == 1) & known) | np.isnan(p), 1.0, centre + half)
    return np.clip(low, 0.0, 1.0), np.clip(high, 0.0, 1.0)


def _answers(cells: Cells) -> Reals:
    """The n of each group in one column, nan where it is not known or tables differ."""
    if cells.size is None:
        return np.asarray(common(cells.n_low.min(0), cells.n_high.max(0)))
    sizes = [cells.attrs["n"].get(group) for group in cells.groups]
    return np.array([[size if isinstance(size, int) else np.nan] for size in sizes], dtype=float)


def _stratified(parts: Reals, members: Reals) -> Reals:
    """The share in the whole population; its interval adds up the squared arms of the groups."""
    weight, (least, most, low, high) = members / members.sum(), parts
    centre, top = (weight * least).sum(1), (weight * most).sum(1)
    below = np.sqrt(((weight * (least - low)) ** 2).sum(1))
    above = np.sqrt(((weight * (high - most)) ** 2).sum(1))
    return np.array([centre, top, centre - below, top + above])


def cells_of(frame: pd.DataFrame, wave: str | None, rounding: str | Sequence[str]) -> Cells:
    """The cells of a frame of counts, or what rows of a survey publish of a wave."""
    if "percent" in frame.columns and "stage" in frame.columns:
        return published_cells(frame, wave or main_wave(frame), rounding)
    return read_cells(frame)


def tables_of(
    survey: pd.DataFrame, wave: str, rounding: str | Sequence[str], n: Mapping[str, Any] | None = None
) -> pd.DataFrame:
    """The tables of counts of a wave or their bounds; without a row, and with the ``reason``, if it has none.

    The ``status`` is then "none" where no table fits, or "unknown" where counts cannot be told at all.
    """
    try:
        return recover_counts(survey, wave, n=n, rounding=rounding)
    except RecoveryError as error:
        known = {group: size for group, size in (n or {}).items() if size is not None}
        ends = {g: size if isinstance(size, int) else [min(size), max(size)] for g, size in known.items()}
        nothing = pd.DataFrame()
        nothing.attrs = {"status": "unknown", "n_tables": None, "reason": str(error), "assumed": {"n": ends}}
        return nothing


def counted_cells(
    survey: pd.DataFrame, published: Cells, rules: Sequence[str], population: Mapping[str, int] | None
) -> Cells:
    """Bounds of the counts that the groups of a wave can have; groups whose counts cannot be told left out.

    Parts that make up a published total are recovered together with it, others each by itself; where the
    tables are too many, each group's bounds are also taken by itself, if they are narrower there.
    """
    codebook, wave = published.codebook, str(published.attrs["wave"])
    rows = rows_of_wave(survey, wave)
    figures = [name for name in ("percent", "count", "printed") if name in rows]
    rows = rows.dropna(subset=figures, how="all")
    groups = [group for group in codebook.groups if (rows["group"] == group).any()]
    sources, alone = [], groups
    if set(codebook.parts) <= set(groups) and len(groups) > 1:
        sources = [tables_of(rows, wave, rules)]
        alone = [] if sources[0].attrs["status"] in {"none", "unique", "several"} else groups
    sources += [tables_of(rows[rows["group"] == group], wave, rules) for group in alone]
    own: dict[str, Cells] = {}
    for tables in filter(len, sources):
        cells = read_cells(tables).with_total().cumulated(published.cuts).over_tables()
        for group in set(groups) & set(cells.groups):
            bounds = cells.take([group])
            wide = own.get(group, bounds)  # both hold
            low, high = np.maximum(wide.low, bounds.low), np.minimum(wide.high, bounds.high)
            own[group] = wide._replace(low=low, high=high)
    if not own:
        return published.take([])
    counted = all(cells.attrs["basis"] == "counted" for cells in own.values())
    attrs = published.attrs | {"basis": "counted" if counted else "recovered"}
    low, high, n_low, n_high = (
        np.concatenate(parts, axis=1) for parts in zip(*(cells[:4] for cells in own.values()), strict=True)
    )
    members, stages = np.full((len(own), 1), np.inf), published.stages
    cells = Cells(low, high, n_low, n_high, members, list(own), stages, attrs, cuts=published.cuts)
    of_groups = dict(population or {})
    of_groups |= {str(codebook.total): sum(of_groups.values())} if of_groups else {}
    return cells.with_members({group: of_groups[group] for group in cells.groups if group in of_groups})


def published_cells(survey: pd.DataFrame, wave: str, rounding: str | Sequence[str] = DEFAULT_RULES) -> Cells:
    """The published shares of a wave, and what the rules leave open whatever the n: the union of the rules'.

    Bounds are narrowed by the shares of a group adding up to 1. A stage whose count is given has none; a
    share that was weighted here is known as it is, and has an effective n.
    """
    codebook, rows, rules = codebook_of(survey), rows_of_wave(survey, wave), rule_names(rounding)
    groups, stages = [group for group in codebook.groups if (rows["group"] == group).any()], codebook.stages
    place = [groups.index(group) for group in rows["group"]], [stages.index(stage) for stage in rows["stage"]]
    percent, count, n, size = np.full((4, len(groups), len(stages)), np.nan)
    for values, name in ((percent, "percent"), (count, "count"), (n, "n")):
        values[place] = rows[name].to_numpy(float, na_value=np.nan)
    answers = np.where(np.isnan(n).all(1), count.sum(1), np.nan_to_num(n).max(1))
    declared = codebook.wave(wave).get("decimals")
    decimals = significant_decimals(rows["percent"]) if declared is None else int(declared)
    limits: dict[str, list[str]] = {}
    ends = np.stack([np.zeros((len(rules), *percent.shape)), np.ones((len(rules), *percent.shape))])
    texts = rows["printed"].tolist() if "printed" in rows else [None] * len(rows)
    for group, stage, text in zip(*place, texts, strict=True):
        cell = Cell(None, whole(decimals)) if text is None else read_cell(str(text))
        if not np.isnan(figure := percent[group, stage]):
            cell = Cell(round(figure * cell.unit / 100), cell.unit)
        if cell.sign:
            limits.setdefault(groups[group], []).append(stages[stage])
        windows = [_share_window(RULES[rule], cell, answers[group], len(stages)) for rule in rules]
        ends[:, :, group, stage] = np.transpose(windows)
    counted = ~np.isnan(count) & (answers > 0)[:, None]
    ends[:, :, counted] = share_of(count, answers[:, None])[counted]
    low, high = _bounds(ends[0], ends[1], codebook)
    for unprinted in np.flatnonzero(counted.all(1) & np.isnan(percent).any(1)):
        whole_counts = count[unprinted].astype(np.int64).tolist()
        percent[unprinted] = print_percentages(whole_counts, decimals=decimals)
    for record in survey.attrs.get("shares", []):
        if record["wave"] == wave and record["group"] in groups:
            at = groups.index(record["group"]), stages.index(record["stage"])
            share, error = record["estimate"], record["error"]
            size[at] = share * (1 - share) / error**2 if error > 0 else record["n_effective"]
            low[at] = high[at] = share
    weighted = codebook.wave(wave).get("weighted") or survey.attrs.get("shares")
    figures = [[None if np.isnan(x) else x for x in column] for column in percent.tolist()]
    assumed = survey.attrs.get("assumed", {})
    sizes = {group: int(own) for group, own in zip(groups, answers.tolist(), strict=True) if own > 0}
    sizes |= assumed.get("n", {})
    attrs = {
        "codebook": codebook,
        "wave": wave,
        "basis": "weighted" if weighted else "published",
        "n": {group: sizes[group] for group in groups if group in sizes},
        "percent": dict(zip(groups, figures, strict=True)),
        "decimals": decimals,
        "assumed": assumed | assumed_rules(rounding),
    } | ({"limits": limits} if limits else {})
    one, members = np.ones((1, len(groups), 1)), np.full((len(groups), 1), np.inf)
    return Cells(low[None], high[None], one, one, members, groups, stages, attrs, size)


def _share_window(rule: Rule, cell: Cell, n: float, parts: int) -> tuple[float, float]:
    """What a printed cell leaves of its share under a rule; of "<5" fewer than 5 % or than 5 answers."""
    if cell.units is not None:
        ends = rule.window(cell.units, LARGE, cell.unit, parts)
        low, high = ((2 * LARGE * cell.units + end) / (2 * LARGE * cell.unit) for end in ends)
        return max(low, 0.0), min(high, 1.0)
    limit = cell.limit / cell.unit
    if cell.sign in {"<", "≤"} and n > 0:
        return 0.0, min(limit * max(1.0, 100 / n), 1.0)
    return (limit, 1.0) if cell.sign in {">", "≥"} else (0.0, 1.0)


def _bounds(low: Reals, high: Reals, codebook: Codebook) -> tuple[Reals, Reals]:
    """The union over the rules that allow the shares of a group to add up to 1; else all that they allow."""
    if not codebook.multiple:
        rest = codebook.survey.get("rest") == "unknown"  # what is not shown can be any share
        narrow_low = np.maximum(low, 1 - rest - (high.sum(2, keepdims=True) - high))
        narrow_high = np.minimum(high, 1 - (low.sum(2, keepdims=True) - low))
        possible = (narrow_low <= narrow_high + 10.0**-EXACT).all(2, keepdims=True)
        chosen = possible | ~possible.any(0)
        low = np.where(possible, narrow_low, np.where(chosen, low, np.inf))
        high = np.where(possible, narrow_high, np.where(chosen, high, -np.inf))
    return low.min(0).round(EXACT), high.max(0).round(EXACT)


def rows_of_wave(survey: pd.DataFrame, wave: str) -> pd.DataFrame:
    """The rows of a wave; one that the survey does not have is refused."""
    rows = survey[survey["wave"].astype(str) == wave]
    if rows.empty:
        raise RequestError(unknown_code("wave", wave, list(map(str, survey["wave"].unique()))))
    return rows


def assumed_rules(rounding: str | Sequence[str]) -> dict[str, list[str]]:
    """The rules by name, where they are not those that are always taken."""
    rules = rule_names(rounding)
    return {} if set(rules) == set(DEFAULT_RULES) else {"rounding": list(rules)}
