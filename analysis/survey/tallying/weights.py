"""Weighted shares with linearised standard errors, exact until the last step.

Strata are the groups, every respondent is a sampling unit, and those without an answer stay in the design
with a contribution of zero (a domain), as R's ``survey`` does it. Sums of weights and of their squares in
each cell are all it takes.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import nan, sqrt
from typing import NamedTuple


class Stratum(NamedTuple):
    """One group: all its respondents, and by stage the sums of the weights and of the squared weights.

    ``population`` is how many there are in all, None where that is not known.
    """

    respondents: int
    weights: Sequence[Fraction]
    squares: Sequence[Fraction]
    population: int | None = None


class Share(NamedTuple):
    """A weighted share with its standard error, nan where a stratum has a single respondent."""

    estimate: float
    error: float


def weighted_shares(strata: Sequence[Stratum]) -> list[Share]:
    """The share of each stage in some strata together, with its Taylor-linearised standard error.

    The share is a ratio of totals; with the residuals u = w (y - p) / W its variance is the sum over
    strata of (1 - n/N) n/(n - 1) (sum of u² - (sum of u)²/n).

    Returns
    -------
    list of Share
        One per stage; shares between 0 and 1.

    References
    ----------
    Särndal, Swensson & Wretman (1992), Model Assisted Survey Sampling, section 5.6; Lumley (2004), Analysis
    of complex survey samples, Journal of Statistical Software 9(8).
    """
    whole = sum((weight for stratum in strata for weight in stratum.weights), Fraction(0))
    shares = []
    for stage in range(len(strata[0].weights)):
        share = sum((stratum.weights[stage] for stratum in strata), Fraction(0)) / whole
        parts = [_variance(stratum, stage, share, whole) for stratum in strata]
        known = [part for part in parts if part is not None]
        error = sqrt(sum(known, Fraction(0))) if len(known) == len(parts) else nan
        shares.append(Share(float(share), error))
    return shares


def effective_size(strata: Sequence[Stratum]) -> float:
    """Kish's effective number of answers: the squared sum of the weights over the sum of their squares.

    References
    ----------
    Kish (1992), Weighting for unequal P_i, Journal of Official Statistics 8, 183-200.
    """
    weight = sum((weight for stratum in strata for weight in stratum.weights), Fraction(0))
    square = sum((square for stratum in strata for square in stratum.squares), Fraction(0))
    return float(weight**2 / square)


def _variance(stratum: Stratum, stage: int, share: Fraction, whole: Fraction) -> Fraction | None:
    n = stratum.respondents
    if n < 2:
        return None
    inside, square = stratum.weights[stage], stratum.squares[stage]
    residuals = inside - share * sum(stratum.weights)
    squares = (1 - share) ** 2 * square + share**2 * (sum(stratum.squares) - square)
    sampled = 1 - Fraction(n, stratum.population) if stratum.population else Fraction(1)
    return sampled * Fraction(n, n - 1) * (squares - residuals**2 / n) / whole**2
