"""Waves compared with the one before, group by group."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, pairwise

import numpy as np
import pandas as pd

from analysis.codebook import Codebook, codebook_of
from analysis.inference.cells import MEASURES, Cells, Side, check_request, level_of, settings
from analysis.inference.differences import difference_rows, finish_differences, paired_rows
from analysis.inference.sources import assumed_rules, group_cells, published_cells
from analysis.rounding import DEFAULT_RULES, rule_names


def compare_waves(
    survey: pd.DataFrame,
    *,
    level: float = 0.95,
    adjust: str = "family",
    rounding: str | Sequence[str] = DEFAULT_RULES,
    population: Mapping[str, int] | None = None,
) -> pd.DataFrame:
    """The change of each group from wave to wave, at each stage that both publish.

    Counts are recovered where they can be, of a partly published wave too; a change then has an interval that
    holds in every table that fits. Waves are compared with the group's wave before, unless the codebook
    declares ``"comparable": false`` of a wave in between or of the later one: its question or scale changed.

    Parameters
    ----------
    survey : DataFrame
        Rows of the survey table.
    level, adjust, population
        As in ``compare_stages``; the family is the changes of all groups between two waves.
    rounding : str or sequence of str
        The rules, as in ``recover_counts``.

    Returns
    -------
    DataFrame
        One row per group × two waves × measure × stage: ``group`` and the columns of ``compare_stages``, with
        ``first`` the later wave and ``second`` the earlier one; differences are later minus earlier. ``low``
        and ``high`` are the bounds of rounding and ``verdict`` "" where counts cannot be told. Empty for a
        single wave.

    Raises
    ------
    RequestError
        An unknown adjustment or rule, or a level not between 0 and 1.

    Notes
    -----
    Sources as in ``compare_stages``. Two waves are taken for independent samples: institutions that answered
    both times make the interval too wide rather than too narrow where they tend to answer alike. Who answers
    may change from wave to wave; no interval knows of that.
    """
    check_request(level, adjust)
    codebook = codebook_of(survey)
    waves = [str(wave) for wave in survey["wave"].cat.categories if (survey["wave"] == wave).any()]
    published = {wave: published_cells(survey, wave, rounding) for wave in waves}
    steps: dict[tuple[str, str], list[str]] = {}
    for group, earlier, later in _steps(published, codebook):
        steps.setdefault((later, earlier), []).append(group)
    counted = {wave: group_cells(survey, wave, rounding) for wave in dict.fromkeys(chain(*steps))}
    blocks, families = [], {}
    for (later, earlier), groups in steps.items():
        changes = []
        for group in groups:
            sides = _sides(group, (later, earlier), published, counted, population)
            for measure in MEASURES:
                labels, one, other = paired_rows(*sides, measure)
                codes = {"group": group, **labels, "first": later, "second": earlier}
                # waves know nothing of each other's tables, so the ends of each side bound every pair of them
                changes.append((codes, one.over_tables(), other.over_tables()))
        family = families[f"{later} {earlier}"] = sum(len(labels["stage"]) for labels, *_ in changes)
        rows = [difference_rows(*change, level_of(level, family, adjust)) for change in changes]
        blocks.append(finish_differences(rows, codebook, {}, 1 if adjust == "none" else family))
    frame = pd.concat(blocks, ignore_index=True) if blocks else _no_change(codebook)
    for name in ("first", "second"):
        frame[name] = pd.Categorical(list(frame[name]), categories=waves, ordered=True)
    frame = frame.sort_values(["group", "first", "second", "measure", "stage"], ignore_index=True)
    bases = {cells.attrs.get("basis", "counted") for wave in counted.values() for cells in wave.values()}
    attrs = {
        "codebook": codebook,
        "basis": "counted" if bases == {"counted"} else "recovered" if bases else "published",
        "rules": list(rule_names(rounding)),
        "n": {wave: published[wave].attrs["n"] for wave in counted},
        "decimals": max((published[wave].attrs["decimals"] for wave in counted), default=0),
        "assumed": assumed_rules(rounding),
    }
    frame.attrs = settings(attrs, level=level, adjust=adjust, family=families)
    return frame


def _steps(published: Mapping[str, Cells], codebook: Codebook) -> Iterator[tuple[str, str, str]]:
    """Group, earlier and later wave, for waves of one line: no declared break between them."""
    breaks = np.cumsum([codebook.wave(wave).get("comparable", True) is False for wave in published])
    line = dict(zip(published, breaks.tolist(), strict=True))
    for group in codebook.groups:
        own = [wave for wave, cells in published.items() if group in cells.groups]
        for earlier, later in pairwise(own):
            if line[earlier] == line[later]:
                yield group, earlier, later


def _sides(
    group: str,
    waves: tuple[str, str],
    published: Mapping[str, Cells],
    counted: Mapping[str, Mapping[str, Cells]],
    population: Mapping[str, int] | None,
) -> tuple[Cells, Cells]:
    """The cells of one group in two waves: counts where both have them, beside the published figures."""
    later, earlier = (published[wave].take([group]) for wave in waves)
    if not all(group in counted[wave] for wave in waves):
        return later, earlier
    members = dict(population or {})
    own = sum(members.values()) if group == later.codebook.total else members.get(group)
    later, earlier = (
        counted[wave][group].with_members({group: own} if own else None)._replace(attrs=cells.attrs)
        for wave, cells in zip(waves, (later, earlier), strict=True)
    )
    return later, earlier


def _no_change(codebook: Codebook) -> pd.DataFrame:
    """The columns of the frame, without a row."""
    names = ("group", "measure", "stage", "first", "second", "percent_first", "percent_second")
    nothing = Side(*[np.zeros((1, 0))] * 5)
    rows = difference_rows({name: [] for name in names}, nothing, nothing, 0.95)
    return finish_differences([rows], codebook, {}, 1)
