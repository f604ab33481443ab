"""One wave as it was printed: exact figures, known counts, and the n that each group may have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from analysis.codebook import WEIGHTING, Codebook, codebook_of, waves_in_time
from analysis.errors import RecoveryError, RequestError, quote, unknown_code
from analysis.rounding import (
    MOST_DECIMALS,
    MOST_SIZES,
    Cell,
    Column,
    is_empty,
    list_sizes,
    printed_units,
    read_cell,
    significant_decimals,
    whole,
)

TWICE = "keep one row of each wave, group and stage"

GroupSizes = Mapping[str, int | Iterable[int] | None] | int


class PrintedWave(NamedTuple):
    """The columns of one wave, in the codebook's order of groups and stages.

    ``groups`` are the parts, or the total where nothing else is published; ``total`` is the column that is
    compared with them: their sum, or at least it where the groups are not exhaustive. ``sizes`` are the n a
    column may have. Where rows of the table are not shown, each column ends with one more cell, for all of
    them together.
    """

    wave: str
    codebook: Codebook
    groups: tuple[str, ...]
    total: str | None
    columns: dict[str, Column]
    sizes: dict[str, Sequence[int]]
    decimals: int

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
        return all(cell.answers is not None for group in self.groups for cell in self.columns[group].cells)

    def without_counts(self) -> PrintedWave:
        """The wave as a reader sees it who has the percentages and n alone."""
        return self._replace(
            columns={
                group: column._replace(cells=tuple(cell._replace(answers=None) for cell in column.cells))
                for group, column in self.columns.items()
            }
        )

    def resized(self, sizes: Mapping[str, Sequence[int]]) -> PrintedWave:
        """The wave with other n of its groups; the total of all groups may have any sum of them."""
        if self.total and self.codebook.exhaustive:
            least, most = (sum(sizes[group][end] for group in self.groups) for end in (0, -1))
            sizes = {**sizes, self.total: range(least, most + 1)}
        return self._replace(sizes={**self.sizes, **sizes})


def main_wave(survey: pd.DataFrame) -> str:
    """The wave that a report is about: the latest in which every group that it has, has every stage.

    Withheld stages are not missed. A wave of the total alone is passed over; where no wave is complete it is
    the latest one of all. A survey without any figure is refused.
    """
    codebook = codebook_of(survey)
    known = survey.dropna(subset=["percent", "count"], how="all")
    if not len(known):
        if len(survey["wave"].unique()) == 1:
            return str(survey["wave"].iloc[0])
        raise RequestError(
            "the survey has no figures yet; add a wave first: maturity append FILE --survey FOLDER"
        )
    groups_by_wave = {str(wave): rows for wave, rows in known.groupby("wave", observed=True)["group"]}
    complete, waves = [], waves_in_time(known)
    for wave in waves:
        groups = groups_by_wave[wave]
        stages, different = len(codebook.stages) - len(codebook.withheld(wave)), groups.nunique()
        if len(groups) > different * len(codebook.stages):
            raise RequestError(f"the rows of {wave} stand there more than once: {TWICE}")
        if different >= min(2, len(codebook.groups)) and len(groups) == different * stages:
            complete.append(wave)
    return (complete or waves)[-1]


def read_wave(
    survey: pd.DataFrame, wave: str | None, *, n: GroupSizes | None = None, max_n: int | None = None
) -> PrintedWave:
    """One wave of a survey as it was printed; the main one when left out, the others as in `recover_counts`.

    In a column ``printed``, where there is one, cells stand as in the published table. The n of the total
    follows from its groups where one of theirs is given. Refused are percentages that are weighted or have
    different bases, or more decimals than are printed, and an n that is neither known nor bounded.
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
    columns, bases = _read_columns(rows, codebook, wave, decimals)
    groups = tuple(group for group in codebook.parts if group in columns) or tuple(columns)
    total = codebook.total if codebook.parts and {*codebook.parts, codebook.total} <= set(columns) else None
    is_given = isinstance(n, Mapping) and total is not None and n.get(total) is not None
    if total and not (codebook.exhaustive or is_given) and (max_n or bases[total] is None):
        total = None  # a sum of other groups too, of unknown n, says nothing
    printed = PrintedWave(wave, codebook, groups, total, columns, {}, decimals)
    return _with_sizes(printed, bases, _given_sizes(printed, n), max_n)


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
) -> tuple[dict[str, Column], dict[str, int | None]]:
    """Printed columns and n by group, groups in the codebook's order."""
    stages, is_open = codebook.stages, codebook.survey.get("rest") == "unknown"
    cells = {group: [Cell(None, whole(decimals))] * (len(stages) + is_open) for group in rows["group"]}
    bases: dict[str, set[int | None]] = {group: set() for group in cells}
    seen: set[tuple[str, str]] = set()
    texts = rows.get("printed", [None] * len(rows["group"]))
    names = ("group", "stage", "percent", "count", "n")
    for group, stage, percent, count, n, text in zip(*(rows[name] for name in names), texts, strict=True):
        cell = Cell(None, whole(decimals))
        if not is_empty(text):
            cell = read_cell(str(text))
        elif not is_empty(percent):
            cell = cell._replace(units=printed_units(percent, decimals))
        known = None if is_empty(count) else int(count)
        if (group, stage) in seen:
            raise RequestError(f"{group}, {stage} of {wave} stands there more than once: {TWICE}")
        seen.add((group, stage))
        cells[group][stages.index(stage)] = cell._replace(answers=known)
        bases[group].add(None if is_empty(n) else int(n))
    for group, sizes in bases.items():
        if len(sizes) > 1:
            ordered = sorted(sizes, key=str)
            raise RecoveryError(f"{group} of {wave} has several n ({ordered}); percentages need one base")
    order = [group for group in codebook.groups if group in cells]
    columns = {group: Column(tuple(cells[group]), is_open, codebook.multiple) for group in order}
    return columns, {group: bases[group].pop() for group in order}


def _given_sizes(printed: PrintedWave, n: GroupSizes | None) -> dict[str, Sequence[int]]:
    """The n that the user gives, by group: positive whole numbers."""
    if n is not None and not isinstance(n, Mapping):
        if len(printed.groups) > 1:
            example = ", ".join(f'"{group}": …' for group in printed.groups[:3])
            raise RequestError(f"n is {n}, but {printed.wave} has several groups; give n={{{example}}}")
        n = {printed.groups[0]: n}
    sizes: dict[str, Sequence[int]] = {}
    for group, chosen in (n or {}).items():
        if group not in printed.names:
            raise RequestError(unknown_code("group", str(group), printed.names))
        if chosen is None:
            continue
        sizes[group] = list_sizes(group, chosen)
    return sizes


def _with_sizes(
    printed: PrintedWave,
    bases: Mapping[str, int | None],
    given: Mapping[str, Sequence[int]],
    max_n: int | None,
) -> PrintedWave:
    """The wave with the n that each column may have: given, counted, published, or declared of the wave."""
    if max_n is not None and not 1 <= max_n <= MOST_SIZES:
        raise RequestError(f"max_n is {max_n}; give a whole number from 1 to {MOST_SIZES}")
    codebook, total = printed.codebook, printed.total
    follows = codebook.exhaustive and (max_n is not None or any(group in given for group in printed.groups))
    declared = codebook.wave(printed.wave).get("n") or {}
    sizes: dict[str, Sequence[int]] = {}
    for group in printed.names:
        counts = [cell.answers for cell in printed.columns[group].cells if cell.answers is not None]
        base = None if max_n is not None or (group == total and follows) else bases[group]
        if group in given:
            sizes[group] = given[group]
        elif len(counts) == len(printed.columns[group].cells) and not codebook.multiple:
            sizes[group] = (sum(counts),)
        elif base is not None:
            sizes[group] = (base,)
        elif group in declared:
            sizes[group] = range(declared[group][0], declared[group][-1] + 1)
        elif max_n is not None and group != total:
            sizes[group] = range(1, max_n + 1)
        if len(sizes.get(group, ())) > MOST_SIZES:
            raise RequestError(f"n of {group} has more than {MOST_SIZES} values; give fewer")
    return _complete(printed, sizes, is_bounded=max_n is not None)


def _complete(printed: PrintedWave, sizes: dict[str, Sequence[int]], *, is_bounded: bool) -> PrintedWave:
    """The wave with an n that follows from the total; one that contradicts its groups is refused."""
    total, exhaustive = printed.total, printed.codebook.exhaustive
    missing = [group for group in printed.groups if group not in sizes]
    addends = [sizes.get(group, (0,))[0] for group in printed.groups]
    if total in sizes and not is_bounded and all(len(n) == 1 for n in sizes.values()):
        left = sizes[total][0] - sum(addends)
        if len(missing) == 1 and exhaustive and left > 0:
            sizes[missing.pop()] = (left,)
        elif not missing and left and (exhaustive or left < 0):
            raise RecoveryError(
                f"n of {total} in {printed.wave} is {sizes[total][0]}, its groups have "
                f"{' + '.join(map(str, addends))} = {sum(addends)}: "
                "the percentages have different bases; correct the n, or leave the total's n out"
            )
    if missing:
        raise RecoveryError(
            f"the n of {', '.join(missing)} in {printed.wave} is not known; give it (n, --n); maturity sizes "
            "tells which n are possible"
        )
    return printed._replace(sizes=sizes) if total in sizes else printed.resized(sizes)
