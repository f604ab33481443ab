"""Waves compared with the one before, group by group."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from analysis.codebook import Codebook, codebook_of
from analysis.inference.cells import (
    MEASURES,
    Cells,
    Side,
    check_request,
    inner_stages,
    level_of,
    members_of,
    settings,
    side_of,
)
from analysis.inference.differences import (
    Labels,
    difference_rows,
    finish_differences,
    label_rows,
    published_rows,
)
from analysis.inference.sources import Published, decimals_of_wave, group_cells, read_published
from analysis.rounding import DEFAULT_RULES


class ComparedWave(NamedTuple):
    """One wave: as published, and the counts that each group can have where they can be told."""

    id: str
    codebook: Codebook
    published: Published
    cells: Mapping[str, Cells]


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
    published = {wave: read_published(survey, wave, rounding=rounding) for wave in waves}
    steps: dict[tuple[str, str], list[str]] = {}
    for group, earlier, later in _steps(published, codebook):
        steps.setdefault((later, earlier), []).append(group)
    compared = sorted({wave for step in steps for wave in step})
    sides = {
        wave: ComparedWave(wave, codebook, published[wave], group_cells(survey, wave, rounding=rounding))
        for wave in compared
    }
    blocks, families = [], {}
    for (later, earlier), groups in steps.items():
        pair = sides[later], sides[earlier]
        changes = [_labels(*pair, group, measure) for group in groups for measure in MEASURES]
        family = sum(int(labels.chosen.sum()) for labels in changes)
        families[f"{later} {earlier}"] = family
        how = level_of(level, family, adjust), population
        step = [_change_rows(labels, *pair, *how) for labels in changes if labels.chosen.any()]
        if step:
            blocks.append(finish_differences(step, codebook, {}, 1 if adjust == "none" else family))
    attrs = settings(_change_attrs(survey, sides, rounding), level=level, adjust=adjust, family=families)
    frame = pd.concat(blocks, ignore_index=True) if blocks else _no_change(codebook)
    for name in ("first", "second"):
        frame[name] = pd.Categorical(list(frame[name]), categories=waves, ordered=True)
    frame = frame.sort_values(["group", "first", "second", "measure", "stage"], ignore_index=True)
    frame.attrs = attrs
    return frame


def _steps(published: Mapping[str, Published], codebook: Codebook) -> Iterator[tuple[str, str, str]]:
    """Group, earlier and later wave, for waves of one line: no declared break between them."""
    breaks = np.cumsum([codebook.wave(wave).get("comparable", True) is False for wave in published])
    line = dict(zip(published, breaks.tolist(), strict=True))
    for group in codebook.groups:
        own = [wave for wave, shares in published.items() if group in shares.groups]
        for earlier, later in pairwise(own):
            if line[earlier] == line[later]:
                yield group, earlier, later


def _labels(later: ComparedWave, earlier: ComparedWave, group: str, measure: str) -> Labels:
    """What both waves publish of a group: stages, and of the cumulative shares the inner ones."""
    one, other = (wave.published.take([group], measure) for wave in (later, earlier))
    codebook = later.codebook
    shown = one.stages if measure == "stage" else inner_stages(codebook, codebook.stages)
    chosen = ~np.isnan(one.percent + other.percent) & np.isin(one.stages, shown)
    names = [later.id], [earlier.id]
    labels = label_rows(measure, one.stages, names, (one.percent, other.percent), chosen)
    return labels._replace(codes={"group": group, **labels.codes})


def _change_rows(
    labels: Labels,
    later: ComparedWave,
    earlier: ComparedWave,
    level: float,
    population: Mapping[str, int] | None,
) -> pd.DataFrame:
    """The changes of one group and measure between two waves, on counts where both have them."""
    group, measure = labels.codes["group"], labels.codes["measure"]
    if group not in later.cells or group not in earlier.cells:
        one, other = (wave.published.take([group], measure) for wave in (later, earlier))
        return published_rows(labels, one, other, level)
    sides = []
    for wave in (later, earlier):
        cells = wave.cells[group]
        bounds = side_of(cells, measure, _members(population, cells, group))
        # waves know nothing of each other's tables, so the ends of each side bound every pair of tables
        ends = zip((np.min, np.max, np.min, np.max, np.max), bounds, strict=True)
        sides.append(Side(*(end(values, 0, keepdims=True)[:, labels.chosen] for end, values in ends)))
    return difference_rows(labels, sides[0], sides[1], level)


def _members(population: Mapping[str, int] | None, cells: Cells, group: str) -> Any:
    """Members of one group, or of all parts for the total; infinite without a population."""
    if population is None:
        return np.full(1, np.inf)
    members = sum(population.values()) if group == cells.codebook.total else population.get(group)
    return members_of(None if members is None else {group: members}, cells)


def _no_change(codebook: Codebook) -> pd.DataFrame:
    """The columns of the frame, without a row."""
    nothing = np.zeros((1, 0))
    labels = label_rows("stage", [], ([""], [""]), (nothing, nothing), nothing > 0)
    side = Side(*[nothing] * 5)
    rows = difference_rows(labels._replace(codes={"group": [], **labels.codes}), side, side, 0.95)
    return finish_differences([rows], codebook, {}, 1)


def _change_attrs(
    survey: pd.DataFrame, sides: Mapping[str, ComparedWave], rounding: str | Sequence[str]
) -> dict[str, Any]:
    rules = [rounding] if isinstance(rounding, str) else list(rounding)
    bases = {known.attrs.get("basis", "counted") for wave in sides.values() for known in wave.cells.values()}
    return {
        "codebook": codebook_of(survey),
        "basis": "counted" if bases == {"counted"} else "recovered" if bases else "published",
        "rules": rules,
        "n": {wave: side.published.known_n() for wave, side in sides.items()},
        "decimals": max((decimals_of_wave(survey, wave) for wave in sides), default=0),
        "assumed": {} if rules == list(DEFAULT_RULES) else {"rounding": rules},
    }
