"""Weighted shares against R's survey package.

All reference values: R 4.2.2 with survey 4.1-1 (Debian's r-cran-survey), Rscript and this script::

    library(survey)
    i <- 0:239
    stages <- c("not_at_all", "planned", "piloting", "experiments", "versatile")
    d <- data.frame(group = ifelse(i %% 7 < 3, "vocational", "general"),
      stage = factor(c(stages, NA)[(7 * i + i %/% 9) %% 6 + 1], levels = stages),
      weight = ((37 * i) %% 23 + 5) / 10, N = ifelse(i %% 7 < 3, 112, 372))
    for (f in list(NULL, ~N)) {
      s <- svydesign(ids = ~1, strata = ~group, weights = ~weight, fpc = f, data = d)
      a <- svymean(~stage, s, na.rm = TRUE)
      b <- svyby(~stage, ~group, s, svymean, na.rm = TRUE)
      cat(sprintf("%.15g", coef(a)), "\n", sprintf("%.15g", SE(a)), "\n")
      for (g in c("vocational", "general")) cat(g, sprintf("%.15g", unlist(b[b$group == g, -1])), "\n")
    }
    for (g in c("vocational", "general")) {
      w <- d$weight[d$group == g & !is.na(d$stage)]
      cat(sprintf("%.15g\n", sum(w)^2 / sum(w^2)))
    }
"""

from __future__ import annotations

from fractions import Fraction
from math import isnan

import numpy as np
import pandas as pd
import pytest

from analysis.codebook import load_codebook
from analysis.survey.respondents import shares_of, tabulate_responses
from analysis.survey.tallying.weights import Stratum, effective_size, weighted_shares

STAGES = load_codebook().stages
SHARES = {
    "all": [0.218220991074177, 0.169898430286242, 0.225300092336103, 0.167743921206525, 0.218836565096953],
    "vocational": [
        0.20952380952381,
        0.170695970695971,
        0.226373626373626,
        0.165567765567766,
        0.227838827838828,
    ],
    "general": [0.224522292993631, 0.16932059447983, 0.224522292993631, 0.16932059447983, 0.212314225053079],
}
ERRORS = {
    "all": [
        0.0313680700728653,
        0.0282534446377928,
        0.032162843590551,
        0.0283340217699178,
        0.0316063306884018,
    ],
    "vocational": [
        0.047332070385618,
        0.0422011486686683,
        0.0492295869155577,
        0.0435615849809602,
        0.0495380581767312,
    ],
    "general": [
        0.0418346609908092,
        0.0379385112823584,
        0.0424763895920497,
        0.0373048664162192,
        0.0410000078545769,
    ],
}
FINITE = {
    "all": [
        0.0200387165787626,
        0.0181516370341748,
        0.020381726259485,
        0.0179097300417581,
        0.0197395093785977,
    ],
    "vocational": [
        0.0126500279135466,
        0.0112787314033191,
        0.0131571605378876,
        0.011642323301685,
        0.0132396029502431,
    ],
    "general": [
        0.0333212116808336,
        0.0302179373599535,
        0.0338323470422097,
        0.0297132406750745,
        0.0326564123691199,
    ],
}
EFFECTIVE = {"vocational": 74.3357271095153, "general": 99.4635431261559}


def respondents() -> pd.DataFrame:
    """The respondents of the R script."""
    i = np.arange(240)
    stages = np.array([*STAGES, None], dtype=object)
    group = np.where(i % 7 < 3, "vocational", "general")
    return pd.DataFrame({"g": group, "s": stages[(7 * i + i // 9) % 6], "w": ((37 * i) % 23 + 5) / 10})


def shares(**options: object) -> pd.DataFrame:
    rows = tabulate_responses(respondents(), wave="2022-autumn", group="g", stage="s", weight="w", **options)
    return shares_of(rows).set_index(["group", "stage"])


@pytest.mark.parametrize("group", ["all", "vocational", "general"])
def test_shares_and_linearised_errors_equal_those_of_r(group: str) -> None:
    found = shares().loc[group]
    np.testing.assert_allclose(found["estimate"], SHARES[group], rtol=1e-13)
    np.testing.assert_allclose(found["error"], ERRORS[group], rtol=1e-12)


@pytest.mark.parametrize("group", ["all", "vocational", "general"])
def test_the_finite_population_correction_equals_that_of_r(group: str) -> None:
    found = shares(population={"vocational": 112, "general": 372}).loc[group]
    np.testing.assert_allclose(found["error"], FINITE[group], rtol=1e-12)


@pytest.mark.parametrize("group", ["vocational", "general"])
def test_the_effective_number_of_answers_is_that_of_kish(group: str) -> None:
    np.testing.assert_allclose(shares().loc[group]["n_effective"], EFFECTIVE[group], rtol=1e-12)


def test_equal_weights_give_the_binomial_error() -> None:
    """By hand: share 3/10 of 10 answers, variance 0.3 * 0.7 / 9."""
    stratum = Stratum(10, [Fraction(3), Fraction(7)], [Fraction(3), Fraction(7)])
    assert weighted_shares([stratum])[0].estimate == 0.3
    assert weighted_shares([stratum])[0].error == pytest.approx((0.3 * 0.7 / 9) ** 0.5, rel=1e-15)
    assert effective_size([stratum]) == 10


def test_one_respondent_in_a_stratum_leaves_the_error_unknown() -> None:
    one = Stratum(1, [Fraction(1), Fraction(0)], [Fraction(1), Fraction(0)])
    two = Stratum(2, [Fraction(1), Fraction(1)], [Fraction(1), Fraction(1)])
    assert all(isnan(share.error) for share in weighted_shares([one, two]))


def test_a_census_has_no_sampling_error() -> None:
    stratum = Stratum(4, [Fraction(1), Fraction(3)], [Fraction(1), Fraction(3)], population=4)
    assert [share.error for share in weighted_shares([stratum])] == [0, 0]


@pytest.mark.parametrize("factor", [2.0**-40, 2.0**-8, 3.0, 1000.0, 2.0**45])
def test_the_scale_of_the_weights_does_not_matter(factor: float) -> None:
    frame = respondents()
    frame["w"] *= factor
    rows = tabulate_responses(frame, wave="2022-autumn", group="g", stage="s", weight="w")
    found = shares_of(rows).set_index(["group", "stage"])
    for group, shares_of_r in SHARES.items():
        np.testing.assert_allclose(found.loc[group]["estimate"], shares_of_r, rtol=1e-12)
        np.testing.assert_allclose(found.loc[group]["error"], ERRORS[group], rtol=1e-10)
