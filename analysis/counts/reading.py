"""One wave as it was printed: exact figures, known counts, and the n that each group may have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any, NamedTuple

import pandas as pd

from analysis.codebook import WEIGHTING, Codebook, codebook_of
from analysis.errors import RecoveryError, RequestError, quote, unknown_code
from analysis.rounding import (
    MOST_DECIMALS,
    Cell,
    Column,
    is_empty,
    printed_units,
    read_cell,
    significant_decimals,
    whole,
)

MOST_SIZES = 100_000  # n of one group to try

GroupSizes = Mapping[str, int | Iterable[int] | None] | int
Answers = tuple[int | None, ...]


class PrintedWave(NamedTuple):
    """The columns of one wave, in the codebook's order of groups and stages.

    ``groups`` are the parts, or the total where nothing else is published; ``total`` is the column that is
    compared with them: their sum, or at least it where the groups are not ``exhaustive``. ``counts`` are the
    known answers, None where there is none. ``sizes`` are the n a group may have; for the total None where
    any sum of its groups will do. Where an answer may be ``multiple``, each cell is out of n by itself. Where
    rows of the table are not shown, each column ends with one more cell, for all of them together.
    """

    wave: str
    codebook: Codebook
    groups: tuple[str, ...]
    total: str | None
    columns: dict[str, Column]
    counts: dict[str, Answers]
    sizes: dict[str, tuple[int, ...] | None]
    decimals: int
    exhaustive: bool = True
    multiple: bool = False

    @property
    def stages(self) -> list[str]:
        """Codes of all stages."""
        return self.codebook.stages

    @property
    def names(self) -> tuple[str, ...]:
        """The groups, then the total where it is compared with them."""
        return self.groups if self.total is None else (*self.groups, self.total)

    @property
    def counted(self) -> bool:
        """Whether the answers in every cell are known."""
        return all(None not in self.counts[group] for group in self.groups)

    def without_counts(self) -> PrintedWave:
        """The wave as a reader sees it who has the percentages and n alone."""
        return self._replace(counts={group: (None,) * len(cells) for group, cells in self.counts.items()})

    def total_sizes(self) -> tuple[int, int]:
        """The least and the most n of the total."""
        own = self.sizes[self.total] if self.total else None
        parts = [self.sizes[group] or (0,) for group in self.groups]
        return (own[0], own[-1]) if own else (sum(n[0] for n in parts), sum(n[-1] for n in parts))


def main_wave(survey: pd.DataFrame) -> str:
    """The wave that a report is about: the latest in which every group that it has, has every stage.

    Withheld stages are not missed. A wave of the total alone is passed over; where no wave is complete it is
    the latest one of all.

    Raises
    ------
    RequestError
        The survey has no figure yet.
    """
    codebook = codebook_of(survey)
    known = survey.dropna(subset=["percent", "count"], how="all")
    if not len(known):
        if len(survey["wave"].unique()) == 1:
            return str(survey["wave"].iloc[0])
        raise RequestError(
            "the survey has no figures yet; add a wave first: maturity append FILE --survey FOLDER"
        )
    in_order = isinstance(survey["wave"].dtype, pd.CategoricalDtype)  # else as they come
    groups_by_wave = dict(list(known.groupby("wave", observed=True, sort=in_order)["group"]))
    complete = []
    for wave, groups in groups_by_wave.items():
        stages, different = len(codebook.stages) - len(codebook.withheld(str(wave))), groups.nunique()
        if different >= min(2, len(codebook.groups)) and len(groups) == different * stages:
            complete.append(str(wave))
    return (complete or [str(wave) for wave in groups_by_wave])[-1]


def read_wave(
    survey: pd.DataFrame, wave: str | None, *, n: GroupSizes | None = None, max_n: int | None = None
) -> PrintedWave:
    """One wave of a survey as it was printed; the main one when left out.

    Parameters
    ----------
    survey
        A survey frame; in a column ``printed``, where there is one, cells stand as in the published table.
    wave
        Its id.
    n
        For a group its n, or the n that it may have (a range, list or set); what is given here
        replaces the survey's n. The total's n follows from its groups where one of theirs is given.
    max_n
        The survey's n are not used, and a group that ``n`` does not name may have any n up to this bound.

    Raises
    ------
    RequestError
        Unknown wave or group, an n that is not a positive whole number, more decimals than declared.
    RecoveryError
        The wave cannot be recovered: its percentages are weighted or have different bases, or an n is unknown
        and not bounded.
    """
    codebook = codebook_of(survey)
    wave = main_wave(survey) if wave is None else wave
    places = (survey["wave"] == wave).to_numpy().nonzero()[0]
    if not len(places):
        raise RequestError(unknown_code("wave", wave, [str(w) for w in survey["wave"].unique()]))
    names = ("group", "stage", "percent", "count", "n", "source", "printed")
    rows = {name: survey[name].array.take(places).tolist() for name in names if name in survey}
    _refuse_what_is_not_a_share(codebook, wave, rows)
    decimals = codebook.wave(wave).get("decimals")
    if decimals is None:
        decimals = significant_decimals(rows["percent"])
    if decimals > MOST_DECIMALS:
        reason = f"percentages of {wave} have {decimals} decimals, so they are computed, not rounded"
        raise RecoveryError(f"{reason}; give them as they were printed, with at most {MOST_DECIMALS}")
    columns, counts, bases = _read_columns(rows, codebook, wave, decimals)
    groups = tuple(group for group in codebook.parts if group in columns) or tuple(columns)
    total = codebook.total if codebook.parts and {*codebook.parts, codebook.total} <= set(columns) else None
    is_given = isinstance(n, Mapping) and total is not None and n.get(total) is not None
    if total and not (codebook.exhaustive or is_given) and (max_n or bases[total] is None):
        total = None  # a sum of other groups too, of unknown n, says nothing
    printed = PrintedWave(
        wave, codebook, groups, total, columns, counts, {}, decimals, codebook.exhaustive, codebook.multiple
    )
    return printed._replace(sizes=_sizes(printed, bases, _by_group(printed, n), max_n))


def _refuse_what_is_not_a_share(codebook: Codebook, wave: str, rows: Mapping[str, list[Any]]) -> None:
    declared = codebook.wave(wave)
    advice = "so they are not counts out of n, and only the published shares can be compared"
    if declared.get("weighted"):
        raise RecoveryError(f"percentages of {wave} are weighted, {advice}")
    if declared.get("bases"):
        raise RecoveryError(
            f"percentages of {wave} have different bases (codebook: {declared['bases']}), so no one n "
            "belongs to a column, and only the published shares can be compared"
        )
    if declared.get("weighted") is None and all(is_empty(count) for count in rows["count"]):
        for source in dict.fromkeys(map(str, rows.get("source", ()))):
            if told := WEIGHTING.search(source):
                raise RecoveryError(
                    f"percentages of {wave} are weighted (the source says {quote(told[0])}), {advice}; if "
                    f'they are not weighted, say so: weighted=False, --unweighted, or "weighted": false in '
                    "the codebook"
                )


def _read_columns(
    rows: Mapping[str, list[Any]], codebook: Codebook, wave: str, decimals: int
) -> tuple[dict[str, Column], dict[str, Answers], dict[str, int | None]]:
    """Printed columns, known counts and n by group, groups in the codebook's order."""
    stages, is_open = codebook.stages, codebook.survey.get("rest") == "unknown"
    cells = {group: [Cell(None, whole(decimals))] * (len(stages) + is_open) for group in rows["group"]}
    counts: dict[str, list[int | None]] = {group: [None] * len(column) for group, column in cells.items()}
    bases: dict[str, set[int | None]] = {group: set() for group in cells}
    texts = rows.get("printed", [None] * len(rows["group"]))
    names = ("group", "stage", "percent", "count", "n")
    for group, stage, percent, count, n, text in zip(*(rows[name] for name in names), texts, strict=True):
        place = stages.index(stage)
        if not is_empty(text):
            cells[group][place] = read_cell(str(text))
        elif not is_empty(percent):
            cells[group][place] = Cell(printed_units(percent, decimals), whole(decimals))
        counts[group][place] = None if is_empty(count) else int(count)
        bases[group].add(None if is_empty(n) else int(n))
    for group, sizes in bases.items():
        if len(sizes) > 1:
            ordered = sorted(sizes, key=str)
            raise RecoveryError(f"{group} of {wave} has several n ({ordered}); percentages need one base")
    order = [group for group in codebook.groups if group in cells]
    return (
        {group: Column(tuple(cells[group]), is_open) for group in order},
        {group: tuple(counts[group]) for group in order},
        {group: bases[group].pop() for group in order},
    )


def _by_group(printed: PrintedWave, n: GroupSizes | None) -> Mapping[str, int | Iterable[int] | None]:
    if n is None:
        return {}
    if not isinstance(n, Mapping):
        if len(printed.groups) > 1:
            example = ", ".join(f'"{group}": …' for group in printed.groups[:3])
            raise RequestError(f"n is {n}, but {printed.wave} has several groups; give n={{{example}}}")
        return {printed.groups[0]: n}
    for group in n:
        if group not in printed.names:
            raise RequestError(unknown_code("group", str(group), printed.names))
    return n


def _sizes(
    printed: PrintedWave,
    bases: Mapping[str, int | None],
    given: Mapping[str, int | Iterable[int] | None],
    max_n: int | None,
) -> dict[str, tuple[int, ...] | None]:
    """The n that each column may have: as given, counted, published or declared in the codebook."""
    if max_n is not None and not 1 <= max_n <= MOST_SIZES:
        raise RequestError(f"max_n is {max_n}; give a whole number from 1 to {MOST_SIZES}")
    changed = max_n is not None or any(given.get(group) is not None for group in printed.groups)
    declared = printed.codebook.wave(printed.wave).get("n") or {}
    sizes: dict[str, tuple[int, ...] | None] = {}
    for group in printed.names:
        dropped = max_n is not None or (group == printed.total and changed and printed.exhaustive)
        chosen, base = given.get(group), None if dropped else bases[group]
        if chosen is not None:
            sizes[group] = _positive(group, chosen)
        elif None not in printed.counts[group] and not printed.multiple:
            sizes[group] = (sum(count or 0 for count in printed.counts[group]),)
        elif base is None and group in declared:
            sizes[group] = _positive(group, range(declared[group][0], declared[group][-1] + 1))
        else:
            sizes[group] = None if base is None else (base,)
    return _complete(printed, sizes, max_n)


def _complete(
    printed: PrintedWave, sizes: dict[str, tuple[int, ...] | None], max_n: int | None
) -> dict[str, tuple[int, ...] | None]:
    """Unknown n bounded, or following from the total; a total that contradicts its groups refused."""
    missing = [group for group in printed.groups if sizes[group] is None]
    if max_n is not None:
        return sizes | {group: tuple(range(1, max_n + 1)) for group in missing}
    total = None if printed.total is None else sizes[printed.total]
    addends = [(sizes[group] or (0,))[0] for group in printed.groups]
    is_exact = all(size is None or len(size) == 1 for size in sizes.values())
    left = total[0] - sum(addends) if total and is_exact else None
    if len(missing) == 1 and printed.exhaustive and left is not None and left > 0:
        return sizes | {missing[0]: (left,)}
    if missing:
        raise RecoveryError(
            f"the n of {', '.join(missing)} in {printed.wave} is not known; give it (n, --n); maturity sizes "
            "tells which n are possible"
        )
    if total and left and (printed.exhaustive or left < 0):
        raise RecoveryError(
            f"n of {printed.total} in {printed.wave} is {total[0]}, its groups have "
            f"{' + '.join(map(str, addends))} = {sum(addends)}: "
            "the percentages have different bases; correct the n, or leave the total's n out"
        )
    return sizes


def _positive(group: str, chosen: int | Iterable[int]) -> tuple[int, ...]:
    many = isinstance(chosen, Iterable) and not isinstance(chosen, str)
    values: tuple[Any, ...] = tuple(islice(chosen, MOST_SIZES + 1)) if many else (chosen,)  # type: ignore[arg-type]
    if len(values) > MOST_SIZES:
        raise RequestError(f"n of {group} has more than {MOST_SIZES} values; give fewer")
    try:
        numbers = sorted({int(value) for value in values if int(value) == value and int(value) > 0})
    except (TypeError, ValueError):
        numbers = []
    if not values or len(numbers) < len(set(values)):
        raise RequestError(f"n of {group} is {chosen}; give a positive whole number, or several")
    return tuple(numbers)
