"""Shares of counts with their intervals as arrays: of the answers, or of a finite population."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from analysis.errors import RequestError
from analysis.old.inference import intervals, multiplicity
from analysis.old.inference.cells import Cells, measured, upwards

if TYPE_CHECKING:
    from analysis.old.inference.cells import Integers
    from analysis.old.inference.intervals import Bounds, Floats

ONE_SHARE = {
    "wilson": intervals.wilson,
    "clopper_pearson": intervals.clopper_pearson,
    "jeffreys": intervals.jeffreys,
    "agresti_coull": intervals.agresti_coull,
}
METHODS = (*ONE_SHARE, "goodman", "sison_glaz", "bonferroni_wilson")


class Shares(NamedTuple):
    """Shares by table, group and stage of one measure; ``n`` by table and group."""

    groups: list[str]
    stages: list[str]
    n: Integers
    estimate: Floats
    low: Floats
    high: Floats
    error: Floats


def check_level(level: float) -> None:
    """Refuse a confidence level that is not between 0 and 1.

    Raises
    ------
    RequestError
        The level is 0, 1 or outside.
    """
    if not 0 < level < 1:
        raise RequestError(f"level is {level}; use a number between 0 and 1, such as 0.95")


def bounded_shares(
    cells: Cells, measure: str, *, level: float, method: str, members: Integers | None = None
) -> Shares:
    """The shares of each group with intervals and standard errors, corrected where ``members`` are given.

    The standard error is √(p (1 − p) / (n − 1) · (1 − n / N)), unbiased for the variance of a share.
    Source: Cochran (1977), *Sampling Techniques*, section 3.2.
    """
    stages, x = measured(cells, measure)
    n = cells.n[..., None]
    estimate = np.divide(x, n, out=np.full(x.shape, np.nan), where=n > 0)
    size = np.inf if members is None else members[:, None]
    freedom = np.where(n > 1, n - 1, np.where(n == size, 1, np.nan))
    error = np.sqrt(estimate * (1 - estimate) / freedom * (1 - n / size))
    low, high = _bounds(cells, measure, level, method, members)
    return Shares(cells.groups, stages, cells.n, estimate, low, high, error)


def stratified_total(shares: Shares, members: Integers, total: str) -> Shares:
    """The share in the whole population, each group weighted by its members.

    Sources: Cochran (1977), section 5.10; the interval adds up the squared arms of the groups, Zou,
    Huang & Zhang (2009), Comput. Stat. Data Anal. 53: 1080–1085.
    """
    weight = (members / members.sum())[:, None]
    estimate = (weight * shares.estimate).sum(1, keepdims=True)
    below, above, error = (
        np.sqrt(((weight * arm) ** 2).sum(1, keepdims=True))
        for arm in (shares.estimate - shares.low, shares.high - shares.estimate, shares.error)
    )
    n = shares.n.sum(1, keepdims=True)
    return Shares([total], shares.stages, n, estimate, estimate - below, estimate + above, error)


def sum_bounds(low: Floats, high: Floats) -> Bounds:
    """Bounds of "at least this stage" that follow from bounds of stages which add up to 1."""
    least = np.maximum(upwards(low), 1 - high.cumsum(-1)[..., :-1])
    most = np.minimum(upwards(high), 1 - low.cumsum(-1)[..., :-1])
    return np.clip(least, 0, 1), np.clip(most, 0, 1)


def _bounds(cells: Cells, measure: str, level: float, method: str, members: Integers | None) -> Bounds:
    _, x = measured(cells, measure)
    n = cells.n[..., None]
    size = None if members is None else members[:, None]
    if method in ONE_SHARE:
        return ONE_SHARE[method](x, n, level=level, population=size)
    if method == "sison_glaz":
        box = multiplicity.sison_glaz(cells.counts, level=level)
        return box if measure == "stage" else sum_bounds(*box)
    if method == "goodman" and measure == "stage":
        return multiplicity.goodman(x, level=level, population=members)
    return multiplicity.bonferroni_wilson(x, n, level=level, population=size)
