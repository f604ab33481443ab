"""The frame of differences between two shares: its columns, interval methods, residuals and verdicts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from analysis.codebook import Codebook
from analysis.errors import RequestError
from analysis.old.inference.cells import ordered
from analysis.old.inference.intervals import miettinen_nurminen, newcombe
from analysis.old.inference.multiplicity import ADJUSTMENTS
from analysis.old.inference.shares import check_level

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from analysis.old.inference.cells import Integers
    from analysis.old.inference.intervals import Floats

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
Block = dict[str, Any]  # some rows by column: arrays of one length, and values that hold for all of them
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
    """Fisher's exact two-sided p of each pair of shares; pairs with the same margins share one distribution.

    Probabilities within 1e-9 of the observed one count as equal to it, as the last bits of their
    logarithms are noise. Source: Fisher (1935), JRSS 98: 39–82.
    """
    first, size1, second, size2 = np.broadcast_arrays(x1, n1, x2, n2)
    margins = np.stack([size1, size2, first + second], axis=-1).reshape(-1, 3)
    distinct, place = np.unique(margins, axis=0, return_inverse=True)
    p, hits = np.empty(len(margins)), first.ravel()
    alike = np.split(np.argsort(place, kind="stable"), np.cumsum(np.bincount(place))[:-1])
    for (a, b, both), rows in zip(distinct.tolist(), alike, strict=False):  # no pairs still split in one
        p[rows] = _two_sided(hits[rows], a, b, both)
    return p.reshape(first.shape)


def _two_sided(x: Integers, n1: int, n2: int, both: int) -> Floats:
    """Probabilities of all tables with these margins that are no more probable than that with x."""
    least = max(0, both - n2)
    before = np.arange(least, min(n1, both), dtype=float)
    ratios = (n1 - before) / (before + 1) * ((both - before) / (n2 - both + 1 + before))
    logs = np.concatenate([[0.0], np.log(ratios).cumsum()])
    ranked = np.sort(logs)
    sums: Floats = np.exp(ranked - ranked[-1]).cumsum()
    last = np.searchsorted(ranked, logs[x - least] + 1e-9, side="right") - 1
    return np.asarray(sums[last] / sums[-1])


def adjusted_residuals(x1: Integers, n1: Integers, x2: Integers, n2: Integers) -> Floats:
    """By how many standard errors a cell of the first sample exceeds its expectation; nan in an empty column.

    Source: Haberman (1973), Biometrics 29: 205–220.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        share = (x1 + x2) / (n1 + n2)
        variance = n1 * share * (1 - share) * n2 / (n1 + n2)
        residuals: Floats = (x1 - n1 * share) / np.sqrt(variance)
    return residuals


def build_frame(blocks: Sequence[Block], codebook: Codebook, attrs: dict[Any, Any]) -> pd.DataFrame:
    """The frame of all blocks, its stages an ordered category, with where it comes from."""
    names = [name for name in ("group", *COLUMNS) if name in blocks[0]]
    columns = {
        name: np.concatenate([np.broadcast_to(block[name], len(block["stage"])) for block in blocks])
        for name in names
    }
    differences = pd.DataFrame(columns | {"stage": ordered(columns["stage"].tolist(), codebook.stages)})
    differences = differences.astype(dict.fromkeys(("n_first", "n_second", "n_tables"), "Int64"))
    differences.attrs = {**attrs, "codebook": codebook}
    return differences
