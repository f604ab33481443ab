"""What survives other assumptions: the same measures under other roundings and other n."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from analysis.codebook import codebook_of
from analysis.old.counts.recovery import recover_counts
from analysis.old.inference.comparisons import compare_stages
from analysis.old.inference.effects import compare_groups
from analysis.old.rounding import DEFAULT_RULES

MEASURES = ("freeman_halton", "mann_whitney", "kruskal_wallis", "cliffs_delta")
MOST_COMPARED = 100  # tables; each has exact tests of its own, which take seconds for a hundred


def compare_assumptions(
    survey: pd.DataFrame,
    wave: str,
    *,
    roundings: Sequence[str | Sequence[str]] = (DEFAULT_RULES, "floor_or_ceiling", "within_one"),
    n: Mapping[str, Any] | None = None,
    max_tables: int = MOST_COMPARED,
) -> pd.DataFrame:
    """The measures of a wave under several roundings, each over every table of counts that fits it.

    Parameters
    ----------
    survey : DataFrame
        Rows of the survey table.
    wave : str
        The id of the wave.
    roundings : sequence
        One assumption each: the name of a rule, or several whose tables are taken together.
    n : mapping, optional
        Other n than the table's, as in ``recover_counts``.
    max_tables : int
        An assumption with more tables than this is counted and not compared.

    Returns
    -------
    DataFrame
        One row per assumption × measure: ``rounding``, ``n_tables``, ``measure`` (those of ``compare_groups``
        and ``largest_difference``, the p-value of the stage with the smallest), ``stage``, ``low`` and
        ``high`` (p-values for tests, the estimate for effects), ``verdict``. Assumptions under which no
        table fits, or more than ``max_tables``, have one row with no measure.

    Notes
    -----
    The largest p over the set is a valid p-value; see ``analysis.old.inference.effects``.
    """
    rows: list[dict[str, Any]] = []
    for rules in roundings:
        tables = recover_counts(survey, wave, rounding=rules, n=n, max_tables=max_tables)
        name = rules if isinstance(rules, str) else ", ".join(rules)
        head = {"rounding": name, "n_tables": tables.attrs["n_tables"]}
        listed = tables.attrs["status"] in {"unique", "several"}
        rows += [head | row for row in _measure(tables)] if listed else [head]
    columns = ["rounding", "n_tables", "measure", "stage", "low", "high", "verdict"]
    found = pd.DataFrame(rows, columns=columns)
    found.attrs["codebook"] = codebook_of(survey)
    return found


def _measure(tables: pd.DataFrame) -> list[dict[str, Any]]:
    """The ranges of the measures over the tables, one row each."""
    effects = compare_groups(tables)
    rows = []
    for effect in effects[effects["measure"].isin(MEASURES)].to_dict("records"):
        ends = "estimate" if effect["measure"] == "cliffs_delta" else "p"
        low, high = effect[f"{ends}_low"], effect[f"{ends}_high"]
        rows.append({"measure": effect["measure"], "low": low, "high": high, "verdict": effect["verdict"]})
    differences = compare_stages(tables)
    stages = differences[differences["measure"] == "stage"].to_dict("records")
    if not stages:  # a single group
        return rows
    least = min(stages, key=lambda difference: round(difference["p_high"], 12))
    named = {"measure": "largest_difference", "stage": str(least["stage"])}
    return [*rows, named | {"low": least["p_low"], "high": least["p_high"], "verdict": least["verdict"]}]
