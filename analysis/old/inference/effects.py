"""Groups compared over the whole scale: do the shapes differ, does one lie higher, and by how much."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from scipy.special import ndtr

from analysis.old.inference import association as of
from analysis.old.inference.cells import Cells, common, read_cells
from analysis.old.inference.differences import verdicts
from analysis.old.inference.extremes import PValues, ranks_p, scores_p, shape_p
from analysis.old.inference.odds import CommonOdds, fit_common_odds
from analysis.old.inference.shares import check_level

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Reals = NDArray[np.float64]

COLUMNS = (
    "measure",
    "estimate",
    "estimate_low",
    "estimate_high",
    "low",
    "high",
    "p_value",
    "p_low",
    "p_high",
    "statistic",
    "df",
    "level",
    "method",
    "basis",
    "n_tables",
    "verdict",
)


class Row(NamedTuple):
    """A measure over the tables: what was found, the numerical error of its p-values, and how."""

    measure: str
    found: of.Measure
    error: Reals
    method: str


def compare_groups(counts: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    """How groups differ over the whole scale: tests of shape and of shift, and the size of the effect.

    Parameters
    ----------
    counts : DataFrame
        ``counts`` or ``count_tables``. Over several tables an interval is the union of theirs and a
        p-value the largest, so both hold whichever table is true.
    level : float
        Confidence level of each interval.

    Returns
    -------
    DataFrame
        One row per measure of the whole scale.

        Shape: ``freeman_halton`` (exact), ``pearson``, ``g_test``. Shift, for two groups:
        ``mann_whitney`` (exact; ``statistic`` counts the pairs in which the first group lies higher),
        ``linear_by_linear`` (exact; ``statistic`` is the standardised sum), ``cochran_armitage``; for
        more: ``kruskal_wallis``.

        Size, for two groups, in the codebook's order: ``probability_of_superiority`` of the first over
        the second (ties by half), ``cliffs_delta`` (twice that, less 1), ``common_odds_ratio`` of being
        higher with its profile interval, ``common_odds_ratio_wald``, ``proportional_odds`` (whether one
        ratio fits every cut); for any number: ``cramers_v`` and ``cramers_v_corrected``.

        ``estimate_low`` to ``estimate_high`` is the range over the tables, ``estimate`` is NaN where it
        has one; ``low`` to ``high`` the interval. ``p_low`` to ``p_high`` is the range of p over the
        tables, widened by its numerical error where p is not exact (``method`` tells; "asymptotic" where
        more than a hundred tables could have the largest or smallest p: those with the most extreme
        approximate p were tested, the others bounded by theirs). The p of a size
        is that of the test that goes with it. ``verdict``: p is below 1 − level in "every table", in
        "none", or "undetermined". Empty for a single group.

    Raises
    ------
    RequestError
        The level is not between 0 and 1, or the counts are not whole numbers.
    RecoveryError
        No table of counts fits.

    Notes
    -----
    Freeman & Halton (1951), Biometrika 38: 141–149; Pearson (1900), Philos. Mag. 50: 157–175; Wilks
    (1935), Ann. Math. Stat. 6: 190–196; Mann & Whitney (1947), Ann. Math. Stat. 18: 50–60; Agresti,
    Mehta & Patel (1990), J. Am. Stat. Assoc. 85: 453–458; Cochran (1954), Biometrics 10: 417–451;
    Armitage (1955), Biometrics 11: 375–386; Kruskal & Wallis (1952), J. Am. Stat. Assoc. 47: 583–621;
    Newcombe (2006), Stat. Med. 25: 559–573; Cliff (1993), Psychol. Bull. 114: 494–509; McCullagh (1980),
    J. R. Stat. Soc. B 42: 109–142; Bergsma (2013), J. Korean Stat. Soc. 42: 323–328.
    """
    check_level(level)
    cells = read_cells(counts)
    rows = _rows(cells, level) if len(cells.groups) > 1 else []
    effects = pd.DataFrame([_over_tables(row, level) for row in rows], columns=list(COLUMNS))
    effects = effects.assign(level=level, basis=cells.basis, n_tables=cells.n_tables)
    n = {
        group: int(size)
        for group, size in zip(cells.groups, common(cells.n), strict=True)
        if not np.isnan(size)
    }
    effects.attrs = {**cells.attrs, "wave": cells.wave, "groups": cells.groups, "n": n}
    return effects


def _rows(cells: Cells, level: float) -> list[Row]:
    counts = cells.counts.astype(float)
    two = len(cells.groups) == 2
    shape, (plain, corrected) = of.pearson(counts), of.cramers_v(counts, level)
    return [
        _exact("freeman_halton", shape_p(cells.counts, shape.p_value), np.full(len(counts), np.nan)),
        _plain("pearson", shape),
        _plain("g_test", of.g_test(counts)),
        *(_of_two(cells, level) if two else [_plain("kruskal_wallis", of.kruskal_wallis(counts))]),
        _plain("cramers_v", plain, "noncentral_chi_square"),
        _plain("cramers_v_corrected", corrected, "noncentral_chi_square"),
    ]


def _of_two(cells: Cells, level: float) -> list[Row]:
    counts = cells.counts.astype(float)
    n = cells.n.sum(axis=1)
    trend, ranks = of.cochran_armitage(counts), ranks_p(cells.counts, of.kruskal_wallis(counts).p_value)
    higher = of.superiority(counts, level)
    wins = higher.estimate * cells.n.prod(axis=1)
    z = of.trend(counts) * np.sqrt(np.maximum(n - 1, 0) / np.maximum(n, 1))
    delta = higher._replace(**{name: 2 * getattr(higher, name) - 1 for name in ("estimate", "low", "high")})
    p = {"p_value": ranks.p_values}
    return [
        _exact("mann_whitney", ranks, wins),
        _exact("linear_by_linear", scores_p(cells.counts, trend.p_value), z),
        _plain("cochran_armitage", trend),
        Row("probability_of_superiority", higher._replace(**p), ranks.errors, "newcombe_5"),
        Row("cliffs_delta", delta._replace(**p), ranks.errors, "newcombe_5"),
        *_odds(fit_common_odds(counts, level=level)),
    ]


def _odds(odds: CommonOdds) -> list[Row]:
    nothing = np.full(len(odds.ratio), np.nan)
    once = np.where(np.isnan(odds.ratio), np.nan, 1.0)
    z = np.abs(np.divide(np.log(odds.ratio, where=odds.ratio > 0, out=nothing.copy()), odds.error))
    profile = of.Measure(odds.ratio, odds.low, odds.high, odds.p_value, odds.lr, once)
    wald = of.Measure(odds.ratio, odds.wald_low, odds.wald_high, 2 * ndtr(-z), z, nothing)
    proportional = of.Measure(nothing, nothing, nothing, odds.proportional_p, odds.proportional_lr, odds.df)
    return [
        _plain("common_odds_ratio", profile, "profile"),
        _plain("common_odds_ratio_wald", wald, "wald"),
        _plain("proportional_odds", proportional, "likelihood_ratio"),
    ]


def _plain(measure: str, values: of.Measure, method: str = "asymptotic") -> Row:
    return Row(measure, values, np.zeros(len(values.p_value)), method)


def _exact(measure: str, p: PValues, statistic: Reals) -> Row:
    nothing = np.full(len(statistic), np.nan)
    found = of.Measure(nothing, nothing, nothing, p.p_values, statistic, nothing)
    return Row(measure, found, p.errors, p.method)


def _over_tables(row: Row, level: float) -> dict[str, object]:
    """One row of the frame: ranges over the tables, and what holds in all of them."""
    found = row.found
    p_low = np.clip(found.p_value - row.error, 0.0, 1.0)
    p_high = np.clip(found.p_value + row.error, 0.0, 1.0)
    return {
        "measure": row.measure,
        "estimate": float(common(found.estimate)),
        "estimate_low": found.estimate.min(),
        "estimate_high": found.estimate.max(),
        "low": found.low.min(),
        "high": found.high.max(),
        "p_value": found.p_value.max(),
        "p_low": p_low.min(),
        "p_high": p_high.max(),
        "statistic": float(common(found.statistic)),
        "df": float(common(found.df)),
        "method": row.method,
        "verdict": str(verdicts(p_low.min(), p_high.max(), level)),
    }
