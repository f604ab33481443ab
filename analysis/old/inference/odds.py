"""The common odds ratio of two groups on an ordered scale, by the proportional odds model.

The model gives the odds of being above a cut of the scale the same ratio at every cut (McCullagh 1980,
J. R. Stat. Soc. B 42: 109–142). Counts are enough to fit it; many tables are fitted side by side.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc, expit, logit, ndtri, xlogy

Reals: TypeAlias = NDArray[np.float64]

SIDES = np.array([0.5, -0.5])  # of the log odds ratio in the two groups, so that swapping them flips its sign
STEPS = 60  # of Newton's method, which needs about six
DONE = 1e-11  # largest step at which it stops
ROUNDING = 1e-13  # of a log-likelihood
FAR = 4.0  # longest step of a bound on the logarithmic scale


class CommonOdds(NamedTuple):
    """One value a table: the odds ratio of being higher for the first group against the second.

    ``error`` is the standard error of its logarithm and ``wald_low`` to ``wald_high`` the interval from
    it, NaN where the estimate is 0 or infinite; ``low`` to ``high`` from the profile likelihood; ``lr``
    and ``p_value`` against a ratio of 1; ``proportional_lr``, ``df`` and ``proportional_p`` against a
    ratio of its own at every cut.
    """

    ratio: Reals
    error: Reals
    low: Reals
    high: Reals
    wald_low: Reals
    wald_high: Reals
    lr: Reals
    p_value: Reals
    proportional_lr: Reals
    df: Reals
    proportional_p: Reals


def fit_common_odds(counts: ArrayLike, *, level: float = 0.95) -> CommonOdds:
    """The common odds ratio of tables of counts (… × 2 groups × stages), with its intervals and tests.

    Empty stages are left out. Where one group lies wholly at or above the other the estimate is
    infinite or 0 and its interval is one-sided; where a group is empty, or all answers are in one stage,
    nothing can be said and every value is NaN.

    Notes
    -----
    Fitted by Newton's method on the observed information, as R's ``ordinal::clm``. The profile interval
    holds the ratios that a likelihood-ratio test does not reject. With two groups the model with a
    ratio for every cut is saturated, so the test of proportionality is the deviance.
    """
    tables = np.asarray(counts, dtype=float)
    shape, tables = tables.shape[:-2], tables.reshape(-1, *tables.shape[-2:])
    results = np.full((len(CommonOdds._fields), len(tables)), np.nan)
    present = tables.sum(axis=1) > 0
    usable = (tables.sum(axis=2) > 0).all(axis=1) & (present.sum(axis=1) > 1)
    for pattern in np.unique(present[usable], axis=0):
        alike = usable & (present == pattern).all(axis=1)
        results[:, alike] = _fit(tables[alike][:, :, pattern], level)
    return CommonOdds(*(result.reshape(shape) for result in results))


def _fit(counts: Reals, level: float) -> Reals:
    """The fields of the result, for tables whose stages all hold answers."""
    z = ndtri(0.5 + level / 2)
    saturated = _multinomial(counts).sum(axis=1)
    start = logit(counts.sum(axis=1).cumsum(axis=1)[:, :-1] / counts.sum(axis=(1, 2))[:, None])
    above, below = _apart(counts), _apart(counts[:, ::-1])
    overlap = ~(above | below)
    slope, value, error = np.where(above, np.inf, -np.inf), saturated.copy(), np.full(len(counts), np.nan)
    cuts = start.copy()
    fitted = _maximise(counts[overlap], start[overlap], np.zeros(overlap.sum()), free=True)
    cuts[overlap], slope[overlap], value[overlap] = fitted
    error[overlap] = _standard_error(counts[overlap], cuts[overlap], slope[overlap])
    low, high = slope.copy(), slope.copy()
    for bound, sign, bounded in ((low, -1, ~below), (high, 1, ~above)):
        first = np.where(overlap, np.nan_to_num(slope + sign * z * error), 0.0)
        some = counts[bounded], cuts[bounded], first[bounded], value[bounded] - z**2 / 2
        bound[bounded] = _profile_bound(*some)
    lr, deviance = (_ratio(*pair) for pair in ((_multinomial(counts.sum(axis=1)), value), (value, saturated)))
    df = float(counts.shape[2] - 2)
    tests = [
        lr,
        chdtrc(1, lr),
        deviance,
        np.full(len(counts), df),
        chdtrc(df, deviance) if df else lr * np.nan,
    ]
    wald = [np.exp(slope + sign * z * error) for sign in (-1, 1)]
    return np.array([np.exp(slope), error, np.exp(low), np.exp(high), *wald, *tests])


def _ratio(small: Reals, large: Reals) -> Reals:
    """Twice the difference of two log-likelihoods, 0 where only rounding parts them."""
    difference = 2 * (large - small)
    return np.where(difference > ROUNDING * np.abs(large), difference, 0.0)


def _multinomial(counts: Reals) -> Reals:
    """The logarithm of the likelihood of counts (last axis) at their own shares."""
    return np.asarray(xlogy(counts, counts / counts.sum(axis=-1, keepdims=True)).sum(axis=-1))


def _apart(counts: Reals) -> NDArray[np.bool_]:
    """Whether no answer of the first group lies below one of the second: the likelihood has no top."""
    first, second = counts[:, 0] > 0, counts[:, 1] > 0
    lowest, highest = first.argmax(axis=1), second.shape[1] - 1 - second[:, ::-1].argmax(axis=1)
    return np.asarray(lowest >= highest)


def _maximise(counts: Reals, cuts: Reals, slope: Reals, *, free: bool) -> tuple[Reals, Reals, Reals]:
    """Cuts, slope and logarithm of the likelihood at its top; the slope stays unless it is free."""
    value = _likelihood(counts, cuts, slope)
    for _ in range(STEPS):
        gradient, curvature = _derivatives(counts, cuts, slope)
        if not free:
            gradient, curvature = gradient[:, :-1], curvature[:, :-1, :-1]
        step = np.asarray(np.linalg.solve(-curvature, gradient[..., None])[..., 0], dtype=np.float64)
        size = np.abs(step).max(axis=1, initial=0.0)
        if not (size > DONE).any():
            break
        step *= np.minimum(1.0, FAR / np.maximum(size, DONE))[:, None]
        if not free:
            step = np.column_stack([step, np.zeros(len(step))])
        cuts, slope, value = _climb(counts, (cuts, slope, value), step)
    return cuts, slope, value


def _climb(counts: Reals, here: tuple[Reals, Reals, Reals], step: Reals) -> tuple[Reals, Reals, Reals]:
    """The point after a step, halved until the likelihood does not fall."""
    cuts, slope, value = here
    share = np.ones((len(counts), 1))
    for _ in range(STEPS):
        moved, turned = cuts + share * step[:, :-1], slope + share[:, 0] * step[:, -1]
        reached = _likelihood(counts, moved, turned)
        falls = ~(reached >= value - 1e-12 * np.abs(value))
        if not falls.any():
            break
        share[falls] /= 2
    return moved, turned, reached


def _cells(cuts: Reals, slope: Reals) -> tuple[Reals, Reals]:
    """The cuts of each group on the logistic scale, and the probabilities of the stages between them."""
    at = cuts[:, None, :] - SIDES[:, None] * slope[:, None, None]
    end = np.full((len(cuts), 2, 1), np.inf)
    above, below = np.concatenate([at, end], axis=2), np.concatenate([-end, at], axis=2)
    return at, -expit(above) * expit(-below) * np.expm1(below - above)


def _likelihood(counts: Reals, cuts: Reals, slope: Reals) -> Reals:
    _, probabilities = _cells(cuts, slope)
    logs = xlogy(counts, np.maximum(probabilities, 0.0)).sum(axis=(1, 2))
    return np.where((np.diff(cuts, axis=1) > 0).all(axis=1), logs, -np.inf)


def _derivatives(counts: Reals, cuts: Reals, slope: Reals) -> tuple[Reals, Reals]:
    """Gradient and matrix of second derivatives of the log-likelihood in the cuts and the slope."""
    at, probabilities = _cells(cuts, slope)
    density = expit(at) * expit(-at)
    once, twice = counts / probabilities, counts / probabilities**2
    score = density * (once[..., :-1] - once[..., 1:])
    within = score * (1 - 2 * expit(at)) - density**2 * (twice[..., :-1] + twice[..., 1:])
    between = density[..., :-1] * density[..., 1:] * twice[..., 1:-1]
    size = cuts.shape[1]
    places, inner = np.arange(size), np.zeros((*at.shape, size))
    inner[..., places, places] = within
    inner[..., places[:-1], places[1:]] = inner[..., places[1:], places[:-1]] = between
    curvature = np.zeros((len(counts), size + 1, size + 1))
    curvature[:, :-1, :-1] = inner.sum(axis=1)
    across = -(SIDES[:, None] * inner.sum(axis=3)).sum(axis=1)
    curvature[:, :-1, -1] = curvature[:, -1, :-1] = across
    curvature[:, -1, -1] = (SIDES**2 * inner.sum(axis=(2, 3))).sum(axis=1)
    turned = -(SIDES * score.sum(axis=2)).sum(axis=1)
    return np.column_stack([score.sum(axis=1), turned]), curvature


def _standard_error(counts: Reals, cuts: Reals, slope: Reals) -> Reals:
    _, curvature = _derivatives(counts, cuts, slope)
    return np.asarray(np.sqrt(np.linalg.inv(-curvature)[:, -1, -1]))


def _profile_bound(counts: Reals, cuts: Reals, slope: Reals, target: Reals) -> Reals:
    """The slope beyond which the likelihood, at its best cuts, falls below a target; Newton's method."""
    for _ in range(STEPS):
        cuts, _, value = _maximise(counts, cuts, slope, free=False)
        gradient, _ = _derivatives(counts, cuts, slope)
        step = np.clip((target - value) / gradient[:, -1], -FAR, FAR)
        slope = slope + step
        if not (np.abs(step) > DONE).any():
            break
    return slope
