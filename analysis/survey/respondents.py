"""From one row per respondent to the rows of the survey table, counted where the respondents are.

Rows have exact counts, their base, and percentages by the package's own rounding; who is left out of a
base, and why, stands beside them.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import nan, sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis.codebook import WAVE_FORMS, WAVE_PATTERN, codebook_of, locate_survey
from analysis.errors import RequestError, quote, shorten, show, unknown_code
from analysis.rounding import print_percentages
from analysis.survey.rows import SurveyRow, read_credit
from analysis.survey.rules import mark_weighted
from analysis.survey.sources import open_respondents
from analysis.survey.table import frame_rows
from analysis.survey.tallies import KEYS, REASONS, AnswerReader, Missing, Tallies, tally_respondents

if TYPE_CHECKING:
    from analysis.codebook import Codebook

LEAST_SQUARE = 2**10  # units of a mean squared weight, of which half a one is lost by rounding
LONGEST_FILE_NAME = 200  # characters of a file's name in the source of its rows
BASES = ("group", "respondents", *REASONS, "n")
SHARE_FIELDS = ("wave", "group", "stage", "estimate", "error", "count", "n", "n_effective", "method", "basis")


def tabulate_responses(
    source: object,
    *,
    wave: str,
    group: str | None,
    stage: str,
    weight: str | None = None,
    respondent: str | None = None,
    missing: Missing | None = None,
    population: Mapping[str, int] | None = None,
    survey: str | Path | None = None,
    delimiter: str | None = None,
    credit: str | None = None,
) -> pd.DataFrame:
    """The rows of the survey table for one wave, counted from one row per respondent.

    Parameters
    ----------
    source
        A path (CSV, Parquet, a folder of Parquet files, a workbook, a file of SPSS, Stata or SAS), or a frame
        of pandas, polars, Arrow, DuckDB, Spark or whatever else narwhals takes. Spark counts its own, and
        only a small table of values comes back; all others, in files or in memory, are counted by DuckDB.
    wave
        The wave's id: ``YYYY``, ``YYYY-spring``, ``YYYY-autumn``, ``YYYY-Qn`` or ``YYYY-MM``.
    group, stage
        Columns by their names, with codes of the codebook or its labels in any language, in any case. What
        an SPSS or Stata file declares as missing is missing, whatever its label. ``group`` may be None
        where the codebook has a single group.
    weight
        Column of sampling weights; the shares are then weighted, and marked so.
    respondent
        Column of ids; an id that is empty or stands twice is refused.
    missing
        Values that mean no answer beside the usual words: ``not_asked``, ``dont_know`` or ``missing`` and
        the values, as ``{"dont_know": ["9"]}``.
    population
        Members of each group of which the respondents are a sample, for the standard errors of weighted
        shares; groups that are left out count as unlimited.
    survey
        Path of the survey whose codebook holds; left out, the shipped one.
    delimiter
        Delimiter of a CSV file; left out, the one under which its header has the columns.
    credit
        What the column ``source`` says; left out, that it is an own tabulation, of which file.

    Returns
    -------
    DataFrame
        One row per group × stage in the codebook's order, with the columns of the survey table; the total is
        computed, groups without an answer are left out. ``count`` and ``n`` are answers; ``percent`` adds up
        to 100. Weighted rows have no ``count``, ``attrs["weighted"]`` is true, and their sources say so, with
        the effective n, so that no counts are recovered from them. ``bases_of`` and ``shares_of`` give
        the bases and the standard errors that come with the rows; ``attrs["notes"]`` says how the file was
        read, where that may matter.

    Raises
    ------
    SurveyDataError
        Unknown values with their counts and first rows, repeated ids, unusable weights, damaged rows.
    RequestError
        The source, a column, the wave or an option cannot be used.

    Examples
    --------
    >>> import pandas as pd
    >>> answers = pd.DataFrame({"school": ["Lukiot"] * 3, "role": ["planned", "Planerad ", None]})
    >>> rows = tabulate_responses(answers, wave="2022-autumn", group="school", stage="role")
    >>> rows.loc[rows["count"] > 0, ["group", "stage", "percent", "count", "n"]].to_numpy().tolist()
    [['all', 'planned', 100.0, 2, 2], ['general', 'planned', 100.0, 2, 2]]
    >>> bases_of(rows).query("group == 'general'").to_numpy().tolist()
    [['general', 3, 0, 0, 1, 2]]
    """
    codebook = locate_survey(survey).codebook
    named = {"group": group, "stage": stage, "weight": weight, "respondent": respondent}
    columns = {role: str(name) for role, name in named.items() if name is not None}
    population = population or {}
    _check_request(codebook, wave, columns, population)
    credit = _credit(source) if credit is None else read_credit(credit)
    readers = {column: AnswerReader(codebook, column, missing) for column in KEYS if column in columns}
    with open_respondents(source, columns, delimiter=delimiter) as respondents:
        tallies, notes = tally_respondents(respondents, readers, codebook)
    rows, bases, shares = _tabulate_groups(codebook, tallies, wave, credit, population if weight else None)
    if not rows:
        raise RequestError(
            f"{respondents.place} has no answer with a group; check the columns of group and stage"
        )
    attrs: dict[str, Any] = {"basis": "counted", "bases": bases, "notes": notes}
    if weight:
        attrs |= {"basis": "weighted", "weighted": True, "shares": shares}
    frame = frame_rows(tuple(rows), codebook)
    frame.attrs |= attrs
    return frame


def bases_of(survey: pd.DataFrame) -> pd.DataFrame:
    """Who is in the base of the percentages, and who is left out of it, and why.

    Returns
    -------
    DataFrame
        One row per group that has respondents, the total among them, in the codebook's order; a last row with
        an empty group is of respondents whose group is not known, who count nowhere. ``respondents`` is
        everyone; ``not_asked``, ``dont_know`` and ``missing`` are those without an answer; ``n`` is the base.
        Empty where the rows were not tabulated here. After cells were withheld, reasons are withheld too.
    """
    return _attached(survey, "bases", BASES)


def shares_of(survey: pd.DataFrame) -> pd.DataFrame:
    """The weighted shares behind weighted rows, with linearised standard errors.

    Returns
    -------
    DataFrame
        One row per group × stage: ``estimate`` and its standard ``error`` as shares between 0 and 1,
        ``count`` and ``n`` answers without weights, ``n_effective`` Kish's effective number of answers.
        Empty where the rows are not weighted.
    """
    return _attached(survey, "shares", SHARE_FIELDS)


def _attached(survey: pd.DataFrame, key: str, columns: tuple[str, ...]) -> pd.DataFrame:
    records = survey.attrs.get(key, [])
    frame = pd.DataFrame(records, columns=list(records[0] if records else columns))
    frame.attrs["codebook"] = codebook_of(survey)
    return frame


def _check_request(
    codebook: Codebook, wave: str, columns: Mapping[str, str], population: Mapping[str, int]
) -> None:
    if not WAVE_PATTERN.fullmatch(wave):
        raise RequestError(f"wave is {quote(wave)}; use {WAVE_FORMS}, the time of fieldwork")
    if "group" not in columns and len(codebook.parts) > 1:
        raise RequestError(
            f"the codebook has {len(codebook.parts)} groups; name the column that holds them (--group)"
        )
    if population and "weight" not in columns:
        raise RequestError("a population needs weights: it is for the standard errors of weighted shares")
    for name in sorted(population.keys() - set(codebook.parts)):
        raise RequestError(unknown_code("a group of the population", name, codebook.parts))


def _credit(source: object) -> str:
    name = Path(source).name if isinstance(source, str | Path) else "respondents"
    return f"own tabulation of {shorten(show(name), LONGEST_FILE_NAME)}"


def _tabulate_groups(
    codebook: Codebook, tallies: Tallies, wave: str, credit: str, population: Mapping[str, int] | None
) -> tuple[list[SurveyRow], list[dict[str, Any]], list[dict[str, Any]]]:
    """Rows of the table, bases and weighted shares: group by group, those whose group is not known last.

    ``population`` is None where the respondents have no weights.
    """
    rows: list[SurveyRow] = []
    bases: list[dict[str, Any]] = []
    shares: list[dict[str, Any]] = []
    decimals = int(codebook.wave(wave).get("decimals", 0))
    for part, members in (population or {}).items():
        if members < (everyone := sum(tallies[part][:, 0])):
            raise RequestError(f"the population of '{part}' is {members}, but {everyone} of them responded")
    for group in (*codebook.groups, None):
        parts = codebook.parts if group and group == codebook.total else [group]
        whole = np.sum([tallies[part] for part in parts], axis=0)
        answers, left_out = whole[: -len(REASONS)], whole[-len(REASONS) :, 0]
        counts, weights, squares = answers.T.tolist()
        n = sum(counts)
        if everyone := n + sum(left_out):
            bases.append(dict(zip(BASES, (group or "", everyone, *left_out, n if group else 0), strict=True)))
        if group is None or not n:
            continue
        sizes, source = counts, credit
        if population is not None:
            effective = _effective_number(group, weights, squares, n)
            sizes, source = weights, mark_weighted(credit, effective)
            strata = [(tallies[part], population.get(str(part))) for part in parts]
            for at, stage in enumerate(codebook.stages):
                figures = (*_weigh_share(strata, at), counts[at], n, effective, "taylor", "weighted")
                shares.append(dict(zip(SHARE_FIELDS, (wave, group, stage, *figures), strict=True)))
        percents = print_percentages(sizes, decimals=decimals)
        for stage, percent, count in zip(codebook.stages, percents, counts, strict=True):
            shown = None if population is not None else count
            rows.append(SurveyRow(0, wave, group, stage, str(percent), shown, n, source))
    return rows, bases, shares


def _effective_number(group: str, weights: list[int], squares: list[int], n: int) -> float:
    """Kish's effective number of answers (1992, Journal of Official Statistics 8, 183-200)."""
    if not sum(weights):
        raise RequestError(f"the weights of group '{group}' sum to 0; give weights above 0")
    if sum(squares) < n * LEAST_SQUARE:
        problem = f"the weights of group '{group}' are nothing beside the largest"
        raise RequestError(f"{problem}; check that one")
    return float(Fraction(sum(weights) ** 2, sum(squares)))


def _weigh_share(strata: list[tuple[np.ndarray, int | None]], stage: int) -> tuple[float, float]:
    """The share of a stage in some groups together, and its error, nan where one has a single respondent.

    The groups, each with its population where that is known, are strata; every respondent is a sampling unit,
    and those without an answer stay in the design with a contribution of zero (a domain), as R's ``survey``
    does it. Sums of weights and of their squares are all it takes, and it is exact until the last step. The
    share is a ratio of totals; with the residuals u = w (y - p) / W its variance is the sum over strata of
    (1 - n/N) n/(n - 1) (sum of u² - (sum of u)²/n): Särndal, Swensson & Wretman (1992), Model Assisted
    Survey Sampling, section 5.6; Lumley (2004), Journal of Statistical Software 9(8).
    """
    answers = np.sum([tally for tally, _ in strata], axis=0)[: -len(REASONS)]
    whole = answers[:, 1].sum()
    share = Fraction(answers[stage, 1], whole)
    variance = Fraction(0)
    for tally, population in strata:
        n = tally[:, 0].sum()
        if n == 1:
            return float(share), nan
        if n:
            _, weight, square = tally[: -len(REASONS)].sum(axis=0)
            residuals = tally[stage, 1] - share * weight
            spread = (1 - share) ** 2 * tally[stage, 2] + share**2 * (square - tally[stage, 2])
            sampled = 1 - Fraction(n, population) if population else 1
            variance += sampled * Fraction(n, n - 1) * (spread - residuals**2 / n) / whole**2
    return float(share), sqrt(variance)
