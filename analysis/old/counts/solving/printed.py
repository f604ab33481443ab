"""One wave as it was printed: exact figures, known counts, and the n that each group may have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from analysis.codebook import Codebook, codebook_of
from analysis.errors import RecoveryError, RequestError, unknown_code
from analysis.old.digits import is_empty, printed_units, significant_decimals, whole

if TYPE_CHECKING:
    import pandas as pd

MOST_DECIMALS = 3
READ = ("group", "stage", "percent", "count", "n")

Sizes = Mapping[str, int | Iterable[int] | None]
Figures = tuple[int | None, ...]


class Printed(NamedTuple):
    """The columns of one wave, in the codebook's order of groups and stages.

    ``groups`` are the parts, or the total where nothing else is published; ``total`` is the column that is
    compared with them. ``units`` are the printed figures in units of the last decimal and ``counts`` the
    known answers, None where there is none. ``sizes`` are the n a group may have; for the total None where
    any sum of its groups will do.
    """

    wave: str
    codebook: Codebook
    groups: tuple[str, ...]
    total: str | None
    units: dict[str, Figures]
    counts: dict[str, Figures]
    sizes: dict[str, tuple[int, ...] | None]
    decimals: int

    @property
    def unit(self) -> int:
        """What 100 % is in printed units."""
        return whole(self.decimals)

    @property
    def stages(self) -> list[str]:
        """Codes of all stages."""
        return self.codebook.stages

    @property
    def columns(self) -> tuple[str, ...]:
        """The groups, then the total where it is compared with them."""
        return self.groups if self.total is None else (*self.groups, self.total)

    @property
    def counted(self) -> bool:
        """Whether the answers in every cell are known."""
        return all(None not in self.counts[group] for group in self.groups)


def read_printed(
    survey: pd.DataFrame, wave: str, *, n: Sizes | None = None, max_n: int | None = None
) -> Printed:
    """One wave of a survey as it was printed.

    Parameters
    ----------
    survey
        A survey frame.
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
        The wave cannot be recovered: its percentages are weighted or have different bases, it has more
        than three decimals, or an n is unknown and not bounded.
    """
    codebook = codebook_of(survey)
    places = (survey["wave"] == wave).to_numpy().nonzero()[0]
    if not len(places):
        raise RequestError(unknown_code("wave", wave, [str(w) for w in survey["wave"].unique()]))
    _refuse_what_is_not_a_share(codebook, wave)
    rows = {name: survey[name].array.take(places).tolist() for name in READ}
    decimals = codebook.wave(wave).get("decimals")
    if decimals is None:
        decimals = significant_decimals(rows["percent"])
    if decimals > MOST_DECIMALS:
        reason = f"percentages of {wave} have {decimals} decimals, so they are computed, not rounded"
        raise RecoveryError(f"{reason}; give them as they were printed, with at most {MOST_DECIMALS}")
    units, counts, bases = _read_columns(rows, codebook, wave, decimals)
    groups = tuple(group for group in codebook.parts if group in units) or tuple(units)
    total = codebook.total if codebook.total in units and set(groups) == set(codebook.parts) else None
    kept = [*groups, *([total] if total else [])]
    printed = Printed(wave, codebook, groups, total, units, counts, {}, decimals)
    return printed._replace(sizes=_sizes(printed, kept, bases, n or {}, max_n))


def without_counts(printed: Printed) -> Printed:
    """The wave as a reader sees it who has the percentages and n alone."""
    return printed._replace(counts={group: (None,) * len(cells) for group, cells in printed.counts.items()})


def _refuse_what_is_not_a_share(codebook: Codebook, wave: str) -> None:
    declared = codebook.wave(wave)
    if declared.get("weighted"):
        raise RecoveryError(
            f"percentages of {wave} are weighted (codebook), so they are not counts out of n; "
            "compare the published shares instead"
        )
    if declared.get("bases"):
        raise RecoveryError(
            f"percentages of {wave} have different bases (codebook: {declared['bases']}), so no one n "
            "belongs to a column; compare the published shares instead"
        )


def _read_columns(
    rows: Mapping[str, list[Any]], codebook: Codebook, wave: str, decimals: int
) -> tuple[dict[str, Figures], dict[str, Figures], dict[str, int | None]]:
    """Printed units, known counts and n by group, groups in the codebook's order."""
    stages = {stage: position for position, stage in enumerate(codebook.stages)}
    cells: dict[str, list[list[int | None]]] = {}
    bases: dict[str, set[int | None]] = {}
    for group, stage, percent, count, n in zip(*(rows[name] for name in READ), strict=True):
        units, counts = cells.setdefault(group, [[None] * len(stages), [None] * len(stages)])
        units[stages[stage]] = None if is_empty(percent) else printed_units(percent, decimals)
        counts[stages[stage]] = None if is_empty(count) else int(count)
        bases.setdefault(group, set()).add(None if is_empty(n) else int(n))
    several = [group for group, sizes in bases.items() if len(sizes) > 1]
    if several:
        found = sorted(bases[several[0]], key=str)
        raise RecoveryError(f"{several[0]} of {wave} has several n ({found}); percentages need one base")
    order = [group for group in codebook.groups if group in cells]
    return (
        {group: tuple(cells[group][0]) for group in order},
        {group: tuple(cells[group][1]) for group in order},
        {group: next(iter(bases[group])) for group in order},
    )


def _sizes(
    printed: Printed, kept: list[str], bases: Mapping[str, int | None], given: Sizes, max_n: int | None
) -> dict[str, tuple[int, ...] | None]:
    for group in given:
        if group not in kept:
            raise RequestError(unknown_code("group", group, kept))
    changed = max_n is not None or any(given.get(group) is not None for group in printed.groups)
    sizes: dict[str, tuple[int, ...] | None] = {}
    for group in kept:
        known = None if max_n is not None or (group == printed.total and changed) else bases[group]
        chosen = given.get(group)
        if chosen is not None:
            sizes[group] = _positive(group, chosen)
        elif None not in printed.counts[group]:
            sizes[group] = (sum(count or 0 for count in printed.counts[group]),)
        else:
            sizes[group] = None if known is None else (known,)
    return _complete(printed, sizes, max_n)


def _complete(
    printed: Printed, sizes: dict[str, tuple[int, ...] | None], max_n: int | None
) -> dict[str, tuple[int, ...] | None]:
    """Unknown n bounded, or following from the total; a total that contradicts its groups refused."""
    total = sizes.get(printed.total) if printed.total else None
    missing = [group for group in printed.groups if sizes[group] is None]
    others = [sizes[group] for group in printed.groups if group not in missing]
    known = sum((sizes[group] or (0,))[0] for group in printed.groups)
    if max_n is not None:
        sizes |= {group: tuple(range(1, max_n + 1)) for group in missing}
    elif len(missing) == 1 and total and _are_single([*others, total]) and known < total[0]:
        sizes[missing[0]] = (total[0] - known,)
    elif missing:
        raise RecoveryError(
            f"n of {', '.join(missing)} in {printed.wave} is not known; give it, or bound it "
            "(max_n, --max-n) to see which n fit"
        )
    elif total and _are_single([*others, total]) and known != total[0]:
        parts = " + ".join(str((sizes[group] or (0,))[0]) for group in printed.groups)
        raise RecoveryError(
            f"n of {printed.total} in {printed.wave} is {total[0]}, its groups have {parts} = {known}: "
            "the percentages have different bases; correct the n, or leave the total's n out"
        )
    return sizes


def _are_single(sizes: list[tuple[int, ...] | None]) -> bool:
    return all(size is not None and len(size) == 1 for size in sizes)


def _positive(group: str, chosen: int | Iterable[int]) -> tuple[int, ...]:
    values = (chosen,) if isinstance(chosen, int) or not isinstance(chosen, Iterable) else tuple(chosen)
    numbers = sorted({int(value) for value in values if int(value) == value and value > 0})
    if not values or len(numbers) < len(set(values)):
        raise RequestError(f"n of {group} is {chosen}; give a positive whole number, or several")
    return tuple(numbers)
