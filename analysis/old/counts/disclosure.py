"""What published percentages give away: cells of few answers that a reader can work out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from analysis.errors import RequestError
from analysis.old.counts.ranges import bound_cells
from analysis.old.counts.solving.candidates import read_rounding
from analysis.old.counts.solving.printed import Printed, Sizes, read_printed, without_counts
from analysis.old.rounding import DEFAULT_RULES, publish

if TYPE_CHECKING:
    import pandas as pd


def disclosure_risk(
    survey: pd.DataFrame,
    wave: str,
    *,
    minimum: int = 3,
    n: Sizes | None = None,
    max_n: int | None = None,
    rounding: str | Sequence[str] = DEFAULT_RULES,
    total_rounding: str | Sequence[str] | None = None,
) -> pd.DataFrame:
    """Which cells a reader of the percentages and n can work out, and which of them are below a minimum.

    To be asked before publishing. Counts in the survey are not used, except that a column that has counts
    and no percentages is printed as this package prints it. Leaving a cell out hides it only while the
    other figures leave it room, so unpublished cells are audited too.

    Parameters
    ----------
    survey : DataFrame
        A survey.
    wave : str
        The id of the wave.
    minimum : int
        The fewest answers that a cell may show.
    n, max_n, rounding, total_rounding
        What the reader knows or assumes, as in `recover_counts`.

    Returns
    -------
    DataFrame
        One row per group (the total too) × stage: ``group``, ``stage``, ``published``; ``low``, ``high`` and
        ``n_values`` of the answers that are possible, ``method`` as in `cell_bounds`; ``risk``: "exposed"
        (the count is certain, and between 1 and the minimum), "small" (uncertain, but surely below the
        minimum and not surely 0), "narrow" (unpublished, with fewer possible values than the minimum), or
        "none".

    Raises
    ------
    RecoveryError
        No table fits, or the wave cannot be recovered.
    RequestError
        Unknown wave, group or rule, or a minimum below 1.
    """
    if minimum < 1:
        raise RequestError(f"minimum is {minimum}; give at least 1")
    printed = as_published(read_printed(survey, wave, n=n, max_n=max_n))
    risks = bound_cells(printed, read_rounding(rounding, total_rounding))
    places = {stage: place for place, stage in enumerate(printed.stages)}
    cells = list(zip(risks["group"], risks["stage"], strict=True))
    published = [printed.units[group][places[stage]] is not None for group, stage in cells]
    risks.insert(2, "published", published)
    bounds = zip(published, risks["low"], risks["high"], risks["n_values"], strict=True)
    risks["risk"] = [_risk(shown, (low, high), values, minimum) for shown, low, high, values in bounds]
    risks.attrs["minimum"] = minimum
    return risks


def as_published(printed: Printed) -> Printed:
    """The wave as its readers see it: no counts; counted columns printed where percentages are missing."""
    units = dict(printed.units)
    for group, counts in printed.counts.items():
        known = [count for count in counts if count is not None]
        if len(known) == len(counts) and any(known) and not any(a is not None for a in units[group]):
            units[group] = tuple(publish(known, "adjust_minimal", decimals=printed.decimals))
    return without_counts(printed._replace(units=units))


def _risk(published: bool, answers: tuple[int, int], n_values: int, minimum: int) -> str:
    if 0 < answers[1] < minimum:
        return "exposed" if answers[0] == answers[1] else "small"
    return "none" if published or n_values >= minimum else "narrow"
