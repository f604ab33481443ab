"""Statistics of whole tables: how groups differ over the scale, and whether a reported one can be true."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.special import chdtr, chdtrc, chdtri, chndtrinc, gammaln, stdtr, stdtrit

from analysis.errors import RequestError, quote, unknown_code
from analysis.inference.cells import (
    SAME,
    Cells,
    check_request,
    common,
    judge,
    level_of,
    read_cells,
    settings,
    with_codes,
)
from analysis.inference.differences import pair_p
from analysis.inference.exact import FEW, ExactP, freeman_halton

if TYPE_CHECKING:
    from analysis.inference.cells import Integers, Reals

NUMBERS = ("estimate", "estimate_low", "estimate_high", "low", "high", "p_value", "p_low")
EFFECT_COLUMNS = ("first", "second", "statistic", "method", *NUMBERS, "verdict")
STATISTICS = ("shape", "shift", "size")
REPORTED = ("chi2", "p", "v", "mean", "sd")
MOST_EXACT = 2_000  # tables whose exact p are worked out for a reported one, some five seconds
# At .6 of 100, its share of a family of eight, a shift was wrongly clear in 1.3 of 100 simulated surveys at
# worst where the smaller group had 20 answers, in 1.5 with 15 and in 2.7 with 10 (against 10 to 1 000).
FEWEST_JUDGED = 20  # answers of a group
FEWEST_APART = 3  # of them outside the group's largest stage; if all are alike, their spread is unknown
WORK = 30_000_000  # fillings that the exact tests of one comparison may look at: some five seconds
EACH = 10_000  # fillings that take as long as a test takes besides


class Superiority(NamedTuple):
    """The probability that the first group's answer lies higher, ties by half: by table."""

    estimate: Reals
    low: Reals
    high: Reals
    p_value: Reals


def compare_groups(counts: pd.DataFrame, *, level: float = 0.95, adjust: str = "family") -> pd.DataFrame:
    """How groups differ over the whole scale, in every table of counts that fits.

    Three statements of each two groups. **shape**: do the distributions differ in any way? The exact test
    of Freeman and Halton, a statement of its own with its own 5 % (at a level of .95). **shift**: is the
    first group further along? The probability that an answer of the first group lies higher than one of the
    second (ties by half), with Brunner and Munzel's p and interval; a member of the family of
    ``compare_stages``. **size**: Cramér's V, with the interval that belongs to the test of shape.

    Parameters
    ----------
    counts : DataFrame
        From ``recover_counts`` (tables, or the bounds of too many), or counts with stages as rows.
    level : float
        Confidence level; V's interval has twice the error (90 % at .95), so that it leaves zero out where the
        test of shape is significant.
    adjust : str
        "family": the shift's interval has Bonferroni's level of the family, and of more than two groups the
        shapes of all pairs hold together; "none": each holds by itself.

    Returns
    -------
    DataFrame
        One row per pair of groups × ``statistic``; of more than two groups first "shape" and "size" of all
        together, with ``first`` and ``second`` empty. ``estimate`` (of "shift" a probability, nan where
        tables differ), its range over the tables, ``low`` to ``high`` the union of the tables' intervals.
        ``p_value`` is the largest over the tables, which is a valid p, ``p_low`` the smallest. ``verdict``:
        "clear", "not clear" or "open" as in ``compare_stages``; "" for "size", and where a shift is not
        judged: a group has fewer than 20 answers, or fewer than 3 outside its largest stage, or the scale has
        no order. ``method`` says how: "exact",
        "sampled" (seeded tables, p between the ends of its interval), "bounds" (Bonferroni's p of the stages'
        Fisher tests, where tables cannot be listed), "brunner_munzel", "noncentral_chi_square", "too_few",
        "unordered", "multiple" (answers). Empty for a single group.

    Raises
    ------
    RequestError
        A level not between 0 and 1, or an unknown adjustment.
    RecoveryError
        No table of counts fits.

    Notes
    -----
    Freeman & Halton (1951), Biometrika 38: 141–149; Brunner & Munzel (2000), Biometrical J. 42: 17–25;
    Cramér (1946), Mathematical Methods of Statistics, section 21.9; Steiger & Fouladi (1997), in What If
    There Were No Significance Tests? 221–257, for V's interval; Birnbaum & Klose (1957), Ann. Math. Stat. 28:
    933–945, for the largest variance of a shift.
    """
    check_request(level, adjust)
    cells = read_cells(counts)
    pairs = list(combinations(cells.groups, 2))
    rows: list[dict[str, Any]] = []
    if len(pairs) > 1:
        shape = shape_p(cells)
        rows += [_shape_row(shape, level), _size_row(cells, shape, level)]
    for names in pairs:
        pair, one = cells.take(names), level_of(level, len(pairs), adjust)
        shape, shift = shape_p(pair, WORK // len(pairs)), level_of(level, cells.family, adjust)
        statements = _shape_row(shape, one), _shift_row(pair, shift), _size_row(pair, shape, one)
        rows += [dict(zip(("first", "second"), names, strict=True)) | row for row in statements]
    effects = pd.DataFrame(rows, columns=list(EFFECT_COLUMNS))
    effects = effects.astype(dict.fromkeys(NUMBERS, float))
    effects = with_codes(effects, cells.codebook, statistic=STATISTICS)
    effects.attrs = settings(cells.attrs, level=level, adjust=adjust, family=cells.family)
    return effects


def shape_p(cells: Cells, most_work: int = WORK) -> ExactP:
    """The ends of Freeman and Halton's p over all tables, nan if in any of them one group alone answered.

    Of answers of which several may be given there is no one scale, and no p.

    p is the same for columns in another order, and given the margins falls as the table gets less probable:
    so of the tables with the same margins two are enough. Where even these would take more than
    ``most_work``, or only bounds are known, the largest p is Bonferroni's of the stages.
    """
    if cells.codebook.multiple:
        return ExactP(np.nan, np.nan, "multiple")
    if not cells.listed:
        return _shape_from_stages(cells)
    counts = _complete(cells)
    if ((counts.sum(2) > 0).sum(1) < 2).any():
        return ExactP(np.nan, np.nan, "exact")
    tested, found, work = _extreme_tables(counts), [], 0
    for place, table in enumerate(tested):
        found.append(freeman_halton(table, max(FEW, most_work // 10)))
        work += found[-1].work + EACH
        too_much = place and work / (place + 1) * len(tested) > most_work
        if too_much or found[-1].method == "bounds":
            return _shape_from_stages(cells)
    method = "sampled" if any(one.method == "sampled" for one in found) else "exact"
    return ExactP(min(one.low for one in found), max(one.high for one in found), method)


def superiority(counts: Integers, level: float) -> Superiority:
    """Brunner and Munzel's estimate, interval and p for tables of two groups.

    Placements are the mid-distribution of the other group at each stage; their variances, a group's over its
    n, add up to that of the estimate, with Satterthwaite's degrees of freedom. Where an estimate has no
    variance (all answers of a group alike), min(n) independent pairs are all that is known, and the interval
    is theirs (Clopper & Pearson).
    """
    shares = counts.astype(float)
    n = shares.sum(2)
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = shares / n[..., None]
        middle = shares.cumsum(2) - shares / 2
        placements = middle[:, ::-1]  # of each group's answers in the other group
        means = (shares * placements).sum(2)
        spread = (shares * (placements - means[..., None]) ** 2).sum(2) / (n - 1)
        variance = spread.sum(1)
        freedom = variance**2 / (spread**2 / (n - 1)).sum(1)
        estimate = means[:, 0]
        error = np.sqrt(variance)
        p = 2 * stdtr(freedom, -np.abs(estimate - 0.5) / error)
        reach = stdtrit(freedom, (1 + level) / 2) * error
    fewest, alike = n.min(1), ~(variance > 0)  # all of one group higher, or all in one stage
    away = 1 - ((1 - level) / 2) ** (1 / np.maximum(fewest, 1))  # of pairs, at most, that may be otherwise
    reach = np.where(alike, away, reach)
    p = np.where(alike, np.where(estimate == 0.5, 1.0, np.minimum(1.0, 2 * 0.5**fewest)), p)
    known = (n > 0).all(1)
    ends = (estimate, estimate - reach, estimate + reach, p)
    return Superiority(*(np.where(known, np.clip(x, 0.0, 1.0), np.nan) for x in ends))


def pearson(counts: Integers, correction: float = 0.0) -> tuple[Reals, Reals, Reals]:
    """Pearson's χ², its degrees of freedom and the most that it can be by table, without what is empty.

    V² is the first over the last. Yates' continuity correction is .5, of two by two cells. Sources: Pearson
    (1900), Philos. Mag. 50: 157–175; Yates (1934), JRSS Suppl. 1: 217–235.
    """
    n = np.maximum(counts.sum((1, 2)), 1)
    expected = counts.sum(2)[:, :, None] * counts.sum(1)[:, None] / n[:, None, None]
    away = np.maximum(np.abs(counts - expected) - correction, 0.0)
    parts = np.divide(away**2, expected, out=np.zeros_like(expected), where=expected > 0)
    shape = [np.maximum((counts.sum(axis) > 0).sum(1) - 1, 0) for axis in (2, 1)]
    return parts.sum((1, 2)), (shape[0] * shape[1]).astype(float), n * np.minimum(*shape).astype(float)


def noncentrality(statistic: Reals, freedom: Reals, tail: float) -> Reals:
    """The noncentrality at which the statistic is this quantile of χ²; 0 where it lies below it already."""
    return np.where(chdtr(freedom, statistic) <= tail, 0.0, chndtrinc(statistic, freedom, tail))


def _complete(cells: Cells) -> Integers:
    """The tables with what is not shown of their groups as one more stage."""
    rest = cells.n_low - cells.low.sum(2, keepdims=True)
    return np.concatenate([cells.low, rest], axis=2) if rest.any() else cells.low


def _extreme_tables(counts: Integers) -> Integers:
    """Of the tables (first axis) that share their margins the most and the least probable one."""
    distance = gammaln(counts + 1.0).sum((1, 2))
    margins = np.concatenate([np.sort(counts.sum(2)), np.sort(counts.sum(1))], axis=1)
    alike = np.unique(margins, axis=0, return_inverse=True)[1].ravel()
    by_margins = pd.Series(distance).groupby(alike)
    extreme: Integers = counts[np.union1d(by_margins.idxmin(), by_margins.idxmax())]
    return extreme


def _shape_from_stages(cells: Cells) -> ExactP:
    """A p of the shape from the stages' Fisher tests of all pairs: the smallest, times their number."""
    p = pair_p(*cells.pairs())[1].max(0)
    return ExactP(np.nan, float(min(1.0, p.min(initial=1.0) * max(p.size, 1))), "bounds")


def _shape_row(shape: ExactP, level: float) -> dict[str, Any]:
    error = 1 - level - SAME
    verdict = "clear" if shape.high < error else "not clear" if shape.low >= error else "open"
    row = {"statistic": "shape", "method": shape.method, "p_value": shape.high, "p_low": shape.low}
    return row | {"verdict": "" if np.isnan(shape.high) else verdict}


def _shift_row(pair: Cells, level: float) -> dict[str, Any]:
    row: dict[str, Any] = {"statistic": "shift", "method": "unordered", "verdict": ""}
    if not pair.ordered:
        return row
    found = superiority(pair.low, level) if pair.listed else _superiority_of_bounds(pair, level)
    apart = (pair.n_low - pair.high.max(2, keepdims=True)).min()
    ends = (found.low.min(), found.low.max(), found.high.min(), found.high.max())
    row |= _numbers(found.estimate, ends[0], ends[3], found.p_value)
    if pair.n_low.min() < FEWEST_JUDGED or apart < FEWEST_APART:
        return row | dict.fromkeys(("low", "high", "p_value", "p_low"), np.nan) | {"method": "too_few"}
    verdict = str(judge(*ends, middle=0.5))
    if pair.listed:
        return row | {"method": "brunner_munzel", "verdict": verdict}
    return row | {"method": "bounds", "verdict": "clear" if verdict == "clear" else "open"}


def _numbers(estimates: Reals, low: float, high: float, p: Reals) -> dict[str, float]:
    """The numbers of a row from each table's estimate and p, and the union of their intervals."""
    least, most = estimates.min(), estimates.max()
    numbers = float(common(least, most)), least, most, low, high, p.max(), p.min()
    return dict(zip(NUMBERS, numbers, strict=True))


def _superiority_of_bounds(pair: Cells, level: float) -> Superiority:
    """What the bounds of "at least each stage" leave, at the largest variance that the estimate can have."""
    low, high = (ends[0, :, len(pair.stages) :] for ends in pair.cumulated(pair.stages[1:]).shares)
    ends = np.stack([[low[0], high[0]], [high[1], low[1]]])  # of both groups, for the least and the most
    first, second = -np.diff(ends, axis=2, prepend=1.0, append=0.0)
    estimate = (first * (second.cumsum(1) - second / 2)).sum(1)
    fewest = max(int(pair.n_low.min()), 1)
    reach = stdtrit(max(fewest - 1, 1), (1 + level) / 2) * np.sqrt(estimate * (1 - estimate) / fewest)
    low, high = np.clip(estimate - reach, 0.0, 1.0), np.clip(estimate + reach, 0.0, 1.0)
    return Superiority(estimate, low, high, np.full(2, np.nan))


def _size_row(cells: Cells, shape: ExactP, level: float) -> dict[str, Any]:
    """Cramér's V; its interval leaves zero out only where the exact test is clear."""
    row: dict[str, Any] = {"statistic": "size", "method": "noncentral_chi_square", "verdict": ""}
    if shape.method in {"bounds", "multiple"}:
        return row | {"method": shape.method}
    counts = _complete(cells)
    statistic, freedom, scale = pearson(counts)
    if (freedom == 0).any():
        return row
    v = np.sqrt(statistic / scale)
    error = 1 - level
    ends = np.unique(np.stack([statistic, freedom, scale], axis=1), axis=0)
    lows, highs = (noncentrality(ends[:, 0], ends[:, 1], tail) / ends[:, 2] for tail in (1 - error, error))
    low, high = np.sqrt(lows.min()), max(np.sqrt(highs.max()), v.max())
    if shape.high >= error - SAME:
        low = 0.0
    elif low == 0 and shape.high > 0:  # the exact test is significant where Pearson's is not: by its own p
        as_far = chdtri(ends[:, 1], np.full(len(ends), shape.high))
        low = np.sqrt(noncentrality(as_far, ends[:, 1], 1 - error) / ends[:, 2]).min()
    return row | _numbers(v, min(low, v.min()), min(high, 1.0), chdtrc(freedom, statistic))


def check_reported(
    counts: pd.DataFrame,
    statistic: str,
    value: float | str,
    *,
    decimals: int | None = None,
    group: str | None = None,
    scores: Sequence[float] | None = None,
) -> pd.DataFrame:
    """Whether a reported χ², p, V, mean or standard deviation comes from any table of counts that fits.

    Parameters
    ----------
    counts : DataFrame
        From ``recover_counts``, or counts with stages as rows.
    statistic : str
        "chi2", "p" or "v" (Cramér's) of all groups; "mean" or "sd" of the scores of one group.
    value : float or str
        As reported; a text keeps its zeros ("0.030" has three decimals) and may be a limit ("<0.05").
    decimals : int, optional
        Decimals that were reported; left out, those of ``value``.
    group : str, optional
        Whose mean or standard deviation; may be left out where there is one group.
    scores : sequence of float, optional
        The score of each stage; left out, 1, 2, 3 …

    Returns
    -------
    DataFrame
        One row per method by which the statistic may have been worked out ("pearson", with "yates" for two
        groups and two stages; "freeman_halton" for p up to 2 000 tables). ``low`` and ``high`` are its range
        over the tables, ``nearest`` the value nearest to the reported one, ``fitting`` how many tables give
        what was reported, either way where it is a tie. ``possible``: whether any does; of too many tables to
        list a mean may lie between its bounds, and of the others nothing is known (empty).

    Raises
    ------
    RequestError
        An unknown statistic or group, a value that is no number, scores that are not one a stage.
    RecoveryError
        No table of counts fits.

    Notes
    -----
    As GRIM for means: Brown & Heathers (2017), Social Psychological and Personality Science 8: 363–369.
    """
    if statistic not in REPORTED:
        raise RequestError(unknown_code("statistic", statistic, list(REPORTED)))
    cells = read_cells(counts).with_total()
    sign, number, places = _read_value(value, decimals)
    reach = 0.5 * 10.0**-places * (1 + 1e-9)
    columns = ("statistic", "method", "group", "reported", "low", "high", "nearest", "fitting", "possible")
    rows = []
    if statistic in {"mean", "sd"}:
        name, by_method = _of_scores(cells, statistic, group, scores)
    else:
        name, by_method = "", _of_tables(cells.parts(), statistic)
    for method, values in by_method.items():
        listed, finite = len(values) != 0 and cells.listed, values[np.isfinite(values)]
        row: dict[str, object] = dict(zip(columns, (statistic, method, name, str(value)), strict=False))
        if len(finite):
            least, most, away = float(finite.min()), float(finite.max()), np.abs(finite - number)
            fits = {"<": finite < number, ">": finite > number}.get(sign, away <= reach)
            inside = bool(fits.any()) if sign or listed else least - reach <= number <= most + reach
            row |= {"low": least, "high": most, "possible": inside}
            row |= {"nearest": float(finite[away.argmin()]), "fitting": int(fits.sum())} if listed else {}
        rows.append(row)
    frame = pd.DataFrame(rows, columns=list(columns))
    frame = frame.astype({"fitting": "Int64", "possible": "boolean"})
    frame.attrs = settings(cells.attrs)
    return frame


def _read_value(value: float | str, decimals: int | None) -> tuple[str, float, int]:
    """The sign of a limit, the number and its decimals."""
    match = re.fullmatch(r"\s*([<>]?)\s*(-?[0-9]*\.?[0-9]+)\s*", str(value), re.ASCII)
    if match is None:
        raise RequestError(
            f"value is {quote(str(value))}; give a number as it was reported, such as '0.030' or '<0.05'"
        )
    return match[1], float(match[2]), len(match[2].partition(".")[2]) if decimals is None else decimals


def _of_tables(cells: Cells, statistic: str) -> dict[str, Reals]:
    """The statistic of every table by method; nothing of bounds, or where stages do not add up."""
    if not cells.listed or not cells.codebook.adds_up:
        return {"pearson": np.array([])}
    tables = cells.low
    chi2, freedom, most = pearson(tables)
    if statistic == "v":
        with np.errstate(invalid="ignore"):
            return {"pearson": np.sqrt(chi2 / most)}
    by_method = {"pearson": chi2}
    if tables.shape[1:] == (2, 2):
        by_method["yates"] = pearson(tables, 0.5)[0]
    if statistic == "p":
        by_method = {method: np.asarray(chdtrc(freedom, values)) for method, values in by_method.items()}
        if len(tables) <= MOST_EXACT:
            by_method["freeman_halton"] = np.array([freeman_halton(table).high for table in tables])
    return by_method


def _of_scores(
    cells: Cells, statistic: str, group: str | None, scores: Sequence[float] | None
) -> tuple[str, dict[str, Reals]]:
    """Means or standard deviations of one group's scores, the latter over n − 1."""
    name = cells.groups[0] if group is None and len(cells.groups) == 1 else str(group)
    if name not in cells.groups:
        raise RequestError(unknown_code("group", name, cells.groups))
    each = np.arange(1.0, len(cells.stages) + 1) if scores is None else np.asarray(scores, dtype=float)
    if len(each) != len(cells.stages):
        raise RequestError(f"there are {len(each)} scores; give one for each of {', '.join(cells.stages)}")
    own, moments = cells.take([name]), np.array([])
    if own.listed and own.codebook.adds_up:
        n = own.n_low[:, 0, 0]
        moments = means = own.low[:, 0] @ each / n
        if statistic == "sd":
            spread = (own.low[:, 0] * (each - means[:, None]) ** 2).sum(1)
            moments = np.sqrt(np.divide(spread, n - 1, out=np.full(len(n), np.nan), where=n > 1))
    elif statistic == "mean" and own.codebook.adds_up and (np.diff(each) >= 0).all():
        ends = (shares[0, 0, len(each) :] for shares in own.cumulated(own.stages[1:]).shares)
        moments = np.array([each[0] + np.diff(each) @ end for end in ends])
    return name, {"moments": moments}
