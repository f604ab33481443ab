"""Exact tests of tables of counts: the same p-value on every call, without sampling wherever possible."""

from analysis.old.inference.exact.tables import (
    fisher_exact,
    freeman_halton,
    linear_by_linear,
    mann_whitney,
    pearson_exact,
)
from analysis.old.inference.exact.tails import ExactTest

__all__ = [
    "ExactTest",
    "fisher_exact",
    "freeman_halton",
    "linear_by_linear",
    "mann_whitney",
    "pearson_exact",
]
