"""Shares with intervals: of the answers, of a finite population, or as published."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis.codebook import Codebook, codebook_of
from analysis.errors import RequestError
from analysis.old.inference.cells import MEASURES, Cells, common, ordered, printed, read_cells, with_total
from analysis.old.inference.published import Published, published_upwards, read_published
from analysis.old.inference.shares import METHODS, Shares, bounded_shares, check_level, stratified_total

if TYPE_CHECKING:
    from numpy.typing import NDArray

COLUMNS = (
    "wave",
    "group",
    "measure",
    "stage",
    "estimate",
    "estimate_low",
    "estimate_high",
    "low",
    "high",
    "standard_error",
    "n",
    "level",
    "method",
    "target",
    "basis",
    "n_tables",
    "percent",
)


def estimate_shares(
    counts: pd.DataFrame,
    *,
    population: Mapping[str, int] | None = None,
    level: float = 0.95,
    method: str = "wilson",
) -> pd.DataFrame:
    """The share of each stage, and of that stage or a higher one, with its interval.

    The total pools the answers, so it weights answers, not institutions. A ``population`` adds rows
    about all who could have answered: each group with the finite population correction, and the
    stratified total, in which a group weighs as much as it has members.

    Parameters
    ----------
    counts : DataFrame
        ``counts`` or ``count_tables``; over several tables an interval is the union of theirs.
    population : mapping of str to int, optional
        Members of each part group, those who did not answer included.
    level : float
        Confidence level: of each interval, or of all stages of a group together for ``goodman``,
        ``sison_glaz`` and ``bonferroni_wilson``.
    method : str
        ``wilson``, ``clopper_pearson``, ``jeffreys``, ``agresti_coull``, ``goodman``, ``sison_glaz`` or
        ``bonferroni_wilson``. With a population ``clopper_pearson`` inverts the hypergeometric, and
        ``sison_glaz`` has no form.

    Returns
    -------
    DataFrame
        One row per target × measure × group × stage. ``target`` is "answers" or "population", ``measure``
        "stage" or "at_least" (that stage or a higher one; the first stage left out). ``estimate``, ``low``
        and ``high`` are shares, 0 to 1; ``estimate_low`` and ``estimate_high`` their range over the
        tables, ``estimate`` nan where the tables differ. ``percent`` is the figure to print, nan where
        there is none. ``standard_error`` is nan for a single answer.

    Raises
    ------
    RequestError
        An unknown method, a level not between 0 and 1, a population that does not give each group's
        members or gives fewer than answered.
    RecoveryError
        No table of counts fits.

    Notes
    -----
    Sources stand with each method in ``analysis.old.inference.intervals``, ``multiplicity`` and ``shares``.
    """
    check_level(level)
    if method not in METHODS:
        raise RequestError(f"method is '{method}'; use one of {', '.join(METHODS)}")
    cells = read_cells(counts)
    answers = with_total(cells)
    blocks = []
    for measure in MEASURES:
        shares = bounded_shares(answers, measure, level=level, method=method)
        blocks.append(_rows(shares, measure, "answers", percent=printed(answers, measure)))
    if population is not None:
        members = _members(population, cells, method)
        for measure in MEASURES:
            shares = bounded_shares(cells, measure, level=level, method=method, members=members)
            blocks.append(_rows(shares, measure, "population", percent=printed(cells, measure)))
            if len(answers.groups) > len(cells.groups):
                total = stratified_total(shares, members, str(cells.codebook.total))
                blocks.append(_rows(total, measure, "population"))
    estimates = pd.concat(blocks).assign(
        wave=cells.wave, level=level, method=method, basis=cells.basis, n_tables=cells.n_tables
    )
    return _finish(estimates, cells.codebook, cells.attrs)


def published_shares(survey: pd.DataFrame, wave: str) -> pd.DataFrame:
    """The published shares of a wave, between the bounds that rounding alone leaves.

    Nothing is assumed of counts or sampling: a share printed as 19 lies between 18.5 and 19.5 %, or
    nearer where the shares of its group must add up to 100. A stage whose count is given has no such
    room. A partial wave gives the stages that it has, and "at least" where all higher ones are there.

    Returns
    -------
    DataFrame
        One row per measure × group × stage, with the columns of ``estimate_shares``. ``low`` and ``high``
        equal ``estimate_low`` and ``estimate_high``; ``method`` is "rounding"; ``level`` and
        ``standard_error`` are nan. ``percent`` is the published figure, the sum of the published ones
        for "at_least".

    Raises
    ------
    RequestError
        The survey has no such wave.
    """
    stages = read_published(survey, wave)
    blocks = [_published_rows(stages, "stage"), _published_rows(published_upwards(stages), "at_least")]
    estimates = pd.concat(blocks).dropna(subset="estimate")
    estimates = estimates.assign(wave=wave, method="rounding", target="answers", n_tables=np.nan)
    codebook = codebook_of(survey)
    return _finish(estimates, codebook, {"codebook": codebook, "wave": wave, "basis": "published"})


def _members(population: Mapping[str, int], cells: Cells, method: str) -> NDArray[np.int64]:
    """Members of each group in the order of the cells, refused where they cannot be."""
    if method == "sison_glaz":
        raise RequestError("sison_glaz has no form for a finite population; use wilson or goodman with it")
    if set(population) != set(cells.groups):
        given = ", ".join(population) or "nothing"
        raise RequestError(f"population gives {given}; give the members of {', '.join(cells.groups)}")
    for group, answers in zip(cells.groups, cells.n.max(0), strict=True):
        if population[group] < max(answers, 1):
            raise RequestError(
                f"population of {group} is {population[group]}, but {answers} answered; "
                "count all who could have answered"
            )
    return np.array([population[group] for group in cells.groups], dtype=np.int64)


def _rows(
    shares: Shares, measure: str, target: str, percent: NDArray[np.float64] | None = None
) -> pd.DataFrame:
    """The arrays of one measure as rows, ranges over the tables (first axis) taken."""
    size = len(shares.stages)
    columns = {
        "group": np.repeat(shares.groups, size),
        "measure": measure,
        "stage": np.tile(shares.stages, len(shares.groups)),
        "estimate": common(shares.estimate).ravel(),
        "estimate_low": shares.estimate.min(0).ravel(),
        "estimate_high": shares.estimate.max(0).ravel(),
        "low": shares.low.min(0).ravel(),
        "high": shares.high.max(0).ravel(),
        "standard_error": common(shares.error).ravel(),
        "n": np.repeat(common(shares.n), size),
        "target": target,
        "percent": np.nan if percent is None else percent.ravel(),
    }
    return pd.DataFrame(columns)


def _published_rows(published: Published, measure: str) -> pd.DataFrame:
    groups, size = len(published.groups), len(published.stages)
    return pd.DataFrame(
        {
            "group": np.repeat(published.groups, size),
            "measure": measure,
            "stage": np.tile(published.stages, groups),
            "estimate": published.estimate.ravel(),
            "estimate_low": published.low.ravel(),
            "estimate_high": published.high.ravel(),
            "low": published.low.ravel(),
            "high": published.high.ravel(),
            "standard_error": np.nan,
            "n": np.repeat(published.n, size),
            "level": np.nan,
            "basis": np.where(published.counted.ravel(), "counted", "published"),
            "percent": published.percent.ravel(),
        }
    )


def _finish(estimates: pd.DataFrame, codebook: Codebook, attrs: dict[Any, Any]) -> pd.DataFrame:
    """The rows in order, with the columns of the frame and its codes as ordered categories."""
    estimates = estimates.assign(
        n=estimates["n"].astype("Int64"),
        n_tables=estimates["n_tables"].astype("Int64"),
        order=estimates["measure"].map(MEASURES.index),
        group=ordered(list(estimates["group"]), codebook.groups),
        stage=ordered(list(estimates["stage"]), codebook.stages),
    )
    estimates = estimates.sort_values(["target", "order", "group", "stage"], ignore_index=True)
    estimates = estimates[list(COLUMNS)]
    estimates.attrs = attrs
    return estimates
