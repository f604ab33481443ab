"""The frame of differences between two shares: its columns, interval methods, residuals and verdicts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from analysis.cells import ordered
from analysis.codebook import Codebook
from analysis.errors import RequestError
from analysis.exact import fisher_exact
from analysis.intervals import miettinen_nurminen, newcombe
from analysis.multiplicity import ADJUSTMENTS
from analysis.published import EXACT, Published
from analysis.shares import check_level

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.cells import Integers
    from analysis.intervals import Floats

COLUMNS = (
    "wave",
    "first",
    "second",
    "measure",
    "stage",
    "estimate",
    "estimate_low",
    "estimate_high",
    "low",
    "high",
    "p_value",
    "p_low",
    "p_high",
    "p_adjusted",
    "residual",
    "level",
    "method",
    "adjust",
    "n_first",
    "n_second",
    "percent_first",
    "percent_second",
    "basis",
    "n_tables",
    "verdict",
)
METHODS = {"newcombe": newcombe, "miettinen_nurminen": miettinen_nurminen}
EVERY, NONE, UNDETERMINED = "every table", "none", "undetermined"


class Request(NamedTuple):
    """How differences are bounded and their p-values adjusted."""

    level: float
    adjust: str
    method: str


def check_request(level: float, adjust: str, method: str) -> Request:
    """The request, refused where its level, adjustment or method cannot be used.

    Raises
    ------
    RequestError
        One of the three is not known.
    """
    check_level(level)
    for name, value, known in (("adjust", adjust, ADJUSTMENTS), ("method", method, METHODS)):
        if value not in known:
            raise RequestError(f"{name} is '{value}'; use one of {', '.join(known)}")
    return Request(level, adjust, method)


def verdicts(adjusted_low: Floats, adjusted_high: Floats, level: float) -> NDArray[np.str_]:
    """Whether the adjusted p is below 1 − level in every table, in none, or in some of them."""
    found = [adjusted_high < 1 - level, adjusted_low >= 1 - level]
    return np.select(found, [EVERY, NONE], default=UNDETERMINED)


def fisher_p(x1: Integers, n1: Integers, x2: Integers, n2: Integers) -> Floats:
    """Fisher's exact two-sided p of each pair of shares; each distinct table is computed once."""
    tables = np.stack(np.broadcast_arrays(x1, n1, x2, n2), axis=-1)
    distinct, back = np.unique(tables.reshape(-1, 4), axis=0, return_inverse=True)
    p = np.array([fisher_exact(a, n - a, b, m - b) for a, n, b, m in distinct.tolist()])
    return p[back].reshape(tables.shape[:-1])


def adjusted_residuals(x1: Integers, n1: Integers, x2: Integers, n2: Integers) -> Floats:
    """By how many standard errors a cell of the first sample exceeds its expectation; nan in an empty column.

    Source: Haberman (1973), Biometrics 29: 205–220.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        share = (x1 + x2) / (n1 + n2)
        variance = n1 * share * (1 - share) * n2 / (n1 + n2)
        residuals: Floats = (x1 - n1 * share) / np.sqrt(variance)
    return residuals


def published_differences(first: Published, second: Published) -> pd.DataFrame:
    """Rows of first minus second, group by group, for the stages that both publish."""
    low, high = np.round(first.low - second.high, EXACT), np.round(first.high - second.low, EXACT)
    size = len(first.stages)
    columns = {
        "first": np.repeat(first.groups, size),
        "second": np.repeat(second.groups, size),
        "stage": np.tile(first.stages, len(first.groups)),
        "estimate": np.round(first.estimate - second.estimate, EXACT).ravel(),
        "estimate_low": low.ravel(),
        "estimate_high": high.ravel(),
        "low": low.ravel(),
        "high": high.ravel(),
        **dict.fromkeys(("p_value", "p_low", "p_high", "p_adjusted", "residual", "level"), np.nan),
        "method": "rounding",
        "adjust": "none",
        "n_first": np.repeat(first.n, size),
        "n_second": np.repeat(second.n, size),
        "percent_first": first.percent.ravel(),
        "percent_second": second.percent.ravel(),
        "basis": np.where((first.counted & second.counted).ravel(), "counted", "published"),
        "n_tables": np.nan,
        "verdict": np.where((low > 0) | (high < 0), EVERY, UNDETERMINED).ravel(),
    }
    return pd.DataFrame(columns).dropna(subset="estimate")


def finish(differences: pd.DataFrame, codebook: Codebook, attrs: dict[Any, Any]) -> pd.DataFrame:
    """The frame with its columns in order, its stages an ordered category, and where it comes from."""
    whole = dict.fromkeys(("n_first", "n_second", "n_tables"), "Int64")
    leading = ["group"] if "group" in differences else []
    differences = differences.assign(stage=ordered(list(differences["stage"]), codebook.stages))
    differences = differences.astype(whole)[[*leading, *COLUMNS]].reset_index(drop=True)
    differences.attrs = {**attrs, "codebook": codebook}
    return differences
