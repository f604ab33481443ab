"""Could a reported statistic come from the published percentages: from any table of counts that fits them?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from analysis.errors import RequestError, quote, unknown_code
from analysis.inference.cells import Cells, read_cells, settings
from analysis.inference.effects import pearson
from analysis.inference.exact import freeman_halton

if TYPE_CHECKING:
    from analysis.inference.cells import Reals

REPORTED = ("chi2", "p", "v", "mean", "sd")
MOST_EXACT = 2_000  # tables whose exact p are worked out, some five seconds


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
        by_method["yates"] = _yates(tables.astype(float))
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


def _yates(tables: Reals) -> Reals:
    """χ² of two by two cells with the continuity correction. Source: Yates (1934), JRSS Suppl. 1: 217–235."""
    n, across = tables.sum((1, 2)), tables[:, 0, 0] * tables[:, 1, 1] - tables[:, 0, 1] * tables[:, 1, 0]
    margins = tables.sum(1).prod(1) * tables.sum(2).prod(1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(n * np.maximum(np.abs(across) - n / 2, 0) ** 2 / margins)
