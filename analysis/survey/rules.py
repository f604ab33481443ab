"""What the rows of a wave say together: what cannot be, what deserves a look, what was done to them before.

A table has no column for weights and withheld stages, and rows lose what a frame carries beside them. So own
tabulations say it in the source of each row, in fixed words, and whoever reads the table declares it of the
wave.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import combinations, pairwise, product
from typing import Any, NamedTuple

from analysis.codebook import DESCRIPTOR, WEIGHTING, Codebook, wave_order
from analysis.errors import Problem, quote, shorten
from analysis.rounding import find_contradictions, printed_units, whole
from analysis.survey.ledger import span
from analysis.survey.rows import SurveyRow

WEIGHTED = re.compile(r", weighted \(effective n ([0-9]+)\)(?=$|;)")
WITHHELD = re.compile(r"; ([^;]+) withheld, so that no count below ([0-9]+) shows$")
FARTHEST_YEARS = 30  # between two waves of one survey
LEAST_POINTS = 10  # per group, by which a mix-up must fit better than the table as it stands
DECLARED = {"fieldwork", "publication", "source"}  # what a codebook may tell of a wave
WORDS_FORM = '{"fi": "…", "sv": "…", "en": "…"}'
DECLARE_WEIGHTED = f'where they are, give the wave "weighted": true in survey.waves of {DESCRIPTOR}'

Profile = dict[str, list[float]]  # percentages of each group in the order of the stages


class TableWave(NamedTuple):
    """The rows of one wave by group, in the codebook's order, each group in the order of the stages."""

    name: str
    groups: dict[str, list[SurveyRow]]
    codebook: Codebook

    @property
    def rows(self) -> list[SurveyRow]:
        """All rows of the wave."""
        return [row for rows in self.groups.values() for row in rows]

    @property
    def facts(self) -> dict[str, Any]:
        """What the codebook declares of the wave."""
        return self.codebook.wave(self.name)

    @property
    def weighting(self) -> str:
        """The word in a source that says the percentages are weighted, where no counts stand beside them."""
        if any(row.count is not None for row in self.rows):
            return ""
        sources = dict.fromkeys(row.source for row in self.rows)
        return next((found[0] for source in sources if (found := WEIGHTING.search(source))), "")

    def missing(self, group: str) -> list[str]:
        """The stages that a group lacks."""
        stages, rows = self.codebook.stages, self.groups[group]
        if len(rows) == len(stages):  # each stands once
            return []
        return [stage for stage in stages if all(row.stage != stage for row in rows)]

    def size(self, group: str) -> int | None:
        """The n of a group: as given, else the sum of its counts where all are known."""
        given = next((row.n for row in self.groups[group] if row.n is not None), None)
        return self.sum_counts(group) if given is None else given

    def sum_counts(self, group: str) -> int | None:
        """The sum of a group's counts where every stage has one, and each answered once."""
        counts = [row.count for row in self.groups[group] if row.count is not None]
        is_complete = len(counts) == len(self.codebook.stages) and not self.codebook.multiple
        return sum(counts) if is_complete else None

    def problem(self, rows: Iterable[SurveyRow], column: str, value: object, rule: str, text: str) -> Problem:
        """A problem of some rows; a stored row has line 0 and is not in the file, so others stand for it."""
        lines = [row.line for row in rows if row.line] or [row.line for row in self.rows if row.line]
        return Problem(span(lines), column, str(value), rule, text)


def split_waves(rows: Iterable[SurveyRow], codebook: Codebook) -> list[TableWave]:
    """Waves in the order of time."""
    waves: dict[str, list[SurveyRow]] = defaultdict(list)
    for row in rows:
        waves[row.wave].append(row)
    place = {cell: number for number, cell in enumerate(product(codebook.groups, codebook.stages))}
    ordered = []
    for name in sorted(waves, key=wave_order):
        groups: dict[str, list[SurveyRow]] = defaultdict(list)
        for row in sorted(waves[name], key=lambda row: place[row.group, row.stage]):
            groups[row.group].append(row)
        ordered.append(TableWave(name, dict(groups), codebook))
    return ordered


def find_breaches(waves: Iterable[TableWave], *, some_lost: bool = False) -> Iterator[Problem]:
    """What the rows of each wave say that cannot be together.

    With ``some_lost`` rows were refused already, so that what is missing says nothing: only groups with
    all stages are judged then.
    """
    waves = list(waves)
    yield from find_mixed_forms(waves)
    for wave in waves:
        judged = wave
        if some_lost:
            complete = {group: rows for group, rows in wave.groups.items() if not wave.missing(group)}
            judged = wave._replace(groups=complete)
        else:
            yield from _lost_rows(wave)
        for judge in (_sizes, _totals, _counts, _percents):
            yield from judge(judged)


def find_mixed_forms(waves: Sequence[TableWave]) -> Iterator[Problem]:
    """Waves named by a year alone beside others that are not: two waves can fall in a year."""
    for wave in waves[1:]:
        name, first = wave.name, waves[0].name
        if (len(name) == len("2022")) != (len(first) == len("2022")) and any(row.line for row in wave.rows):
            problem = (
                f"wave is {quote(name)}, but the table has {quote(first)}: two waves can fall in a "
                f"year; name all by the year, or all by more, such as {name[:4]}-spring or {name[:4]}-autumn"
            )
            yield wave.problem(wave.rows, "wave", name, "unknown-wave", problem)


def _lost_rows(wave: TableWave) -> Iterator[Problem]:
    """Groups with other stages than the fullest one, or with all stages but one."""
    stages, withheld = wave.codebook.stages, wave.codebook.withheld(wave.name)
    for group, rows in wave.groups.items():
        missing = [stage for stage in wave.missing(group) if stage not in withheld]
        lost = [stage for stage in missing if any(row.stage == stage for row in wave.rows)]
        follows = len(missing) == 1 and len(stages) > 2 and not withheld and not wave.codebook.multiple
        if lost or follows:
            names = ", ".join(map(quote, lost or missing))
            others = "which other groups have" if lost else "which follows from the others"
            problem = (
                f"{wave.name} {group} has {len(rows)} of {len(stages)} stages, without stage {names}, "
                f"{others}: was a row lost? (percent adds up to {sum_percents(rows)}; if it was withheld, "
                f'say so in the wave\'s "withheld" in {DESCRIPTOR})'
            )
            yield wave.problem(rows, "stage", names, "lost-rows", problem)


def _sizes(wave: TableWave) -> Iterator[Problem]:
    for group, rows in wave.groups.items():
        if len({row.n for row in rows}) > 1:
            [(common, _)] = Counter(row.n for row in rows).most_common(1)
            odd = [row for row in rows if row.n != common]
            here, there = ("empty" if n is None else str(n) for n in (odd[0].n, common))
            problem = (
                f"n of {wave.name} {group} is {here} here and {there} in its other rows; it is one number"
            )
            yield wave.problem(odd, "n", here, "n-differs-within-group", problem)


def _totals(wave: TableWave) -> Iterator[Problem]:
    """The total's n and counts against those of its parts, as far as these are known."""
    total = wave.codebook.total
    if total not in wave.groups or not wave.codebook.exhaustive:
        return
    parts = [group for group in wave.codebook.groups if group != total]
    rows = wave.groups[total]
    sizes = [wave.size(group) if group in wave.groups else None for group in parts]
    if _is_off(wave.size(total), sizes):
        problem = f"n of {wave.name} {total} is {wave.size(total)}, but {_add_up(sizes)}"
        yield wave.problem(rows, "n", wave.size(total), "n-total-is-not-the-sum", problem)
    counted = [row for row in rows if row.count is not None]
    counts = {(row.group, row.stage): row.count for row in wave.rows} if counted else {}
    for row in counted:
        cells = [counts.get((group, row.stage)) for group in parts]
        if _is_off(row.count, cells):
            problem = f"count of {total} {row.stage} is {row.count}, but {_add_up(cells)}"
            yield wave.problem([row], "count", row.count, "count-total-is-not-the-sum", problem)


def _is_off(total: int | None, parts: Sequence[int | None]) -> bool:
    """Whether parts cannot make a total; those that are unknown may be any number."""
    known = [part for part in parts if part is not None]
    least = sum(known)
    return (
        total is not None and bool(known) and (least > total or (len(known) == len(parts) and least < total))
    )


def _add_up(parts: Sequence[int | None]) -> str:
    known = [part for part in parts if part is not None]
    return f"the groups' {' + '.join(map(str, known))} make {sum(known)}"


def _percents(wave: TableWave) -> Iterator[Problem]:
    codebook, declared = wave.codebook, wave.facts.get("decimals")
    fractions = [row for row in wave.rows if "." in row.percent]
    for row in fractions:
        if declared is not None and printed_decimals(row.percent) > declared:
            problem = (
                f"percent is {quote(row.percent)}; the codebook declares {declared} decimals for {wave.name}"
            )
            yield wave.problem([row], "percent", row.percent, "decimals", problem)
    if codebook.multiple:  # nothing binds the cells of a group together
        return
    printed: dict[str, list[str | None]] = {}
    for group, rows in wave.groups.items():
        if any(row.percent for row in rows):
            percents = {row.stage: row.percent or None for row in rows}
            printed[group] = [percents.get(stage) for stage in codebook.stages]
    sizes = {group: None if wave.facts.get("weighted") else wave.size(group) for group in printed}
    is_whole = len(printed) == len(codebook.groups) and codebook.exhaustive
    total, decimals = codebook.total if is_whole else None, _decimals(wave, fractions)
    for group, stages, reason in find_contradictions(printed, sizes, total=total, decimals=decimals):
        concerned = {codebook.stages[position] for position in stages}
        rows = [row for row in wave.groups[group] if row.stage in concerned]
        names = "" if len(rows) == len(codebook.stages) else " " + ", ".join(row.stage for row in rows)
        problem = f"percent of {wave.name} {group}{names}: {reason}"
        if len(fractions) == 1:
            problem += f"; only {quote(fractions[0].percent)} on line {fractions[0].line} has decimals"
        if wave.weighting:
            problem += f"; the source says {quote(wave.weighting)}: {DECLARE_WEIGHTED}"
        yield wave.problem(rows, "percent", rows[0].percent, "no-consistent-counts", problem)


def _counts(wave: TableWave) -> Iterator[Problem]:
    """Counts against n, and against percentages: each lies less than one printed unit away from its own."""
    for group, rows in wave.groups.items():
        counts = [row.count for row in rows]
        if not any(count is not None for count in counts):
            continue
        size, decimals = wave.size(group), _decimals(wave, rows)
        if not wave.codebook.multiple and _is_off(size, [*counts, *(None for _ in wave.missing(group))]):
            total = sum(count or 0 for count in counts)
            problem = f"count of {wave.name} {group} adds up to {total}, but n is {size}"
            yield wave.problem(rows, "count", total, "counts-do-not-add-up", problem)
            continue
        for row in rows:
            if row.count is None or not row.percent or not size or wave.facts.get("weighted"):
                continue
            if abs(whole(decimals) * row.count - printed_units(row.percent, decimals) * size) >= size:
                share = f"{100 * row.count / size:.{decimals + 1}f}"
                problem = f"count is {row.count} of {size}, which is {share} %, but percent is {row.percent}"
                yield wave.problem([row], "count", row.count, "count-contradicts-percent", problem)


def _decimals(wave: TableWave, rows: Iterable[SurveyRow]) -> int:
    """The decimals that some percentages were printed with: the most of them, or more where declared."""
    return max([wave.facts.get("decimals") or 0, *(printed_decimals(row.percent) for row in rows)])


def printed_decimals(percent: str) -> int:
    """The decimals of a percentage as stored, which has no needless zeros."""
    return len(percent.partition(".")[2])


def sum_percents(rows: Iterable[SurveyRow]) -> str:
    """The sum of the printed percentages, exactly."""
    return f"{sum((Decimal(row.percent or 0) for row in rows), Decimal(0)):f}"


def find_cautions(waves: Sequence[TableWave], names: set[str] | None = None) -> Iterator[str]:
    """Warnings on waves in the order of time: on all, or on those with these names and their neighbours."""
    for wave in waves:
        if names is not None and wave.name not in names:
            continue
        if partial := describe_partial(wave):
            yield partial
        if wave.weighting and not wave.facts.get("weighted"):
            yield (
                f"source of {wave.name} says {quote(wave.weighting)}: counts cannot be recovered from "
                f"weighted percentages; {DECLARE_WEIGHTED}"
            )
    for old, new in pairwise(waves):
        years = int(new.name[:4]) - int(old.name[:4])
        if years > FARTHEST_YEARS and (names is None or names & {old.name, new.name}):
            yield f"{new.name} lies {years} years from {old.name}, the wave next to it: is the year right?"
    profiles = [(wave, profile) for wave in waves if (profile := _profile(wave))]
    for (old, before), (new, after) in pairwise(profiles):
        if names is None or names & {old.name, new.name}:
            for what in _mix_ups(before, after, new.codebook.total):
                yield f"percent of {new.name} is much nearer to {old.name} with {what}: is the order right?"


def _mix_ups(before: Profile, after: Profile, total: str | None) -> Iterator[str]:
    """Exchanges of groups, or a reversed scale, that would bring one wave much nearer to the one before."""
    common = [group for group in after if group in before]

    def distance(profile: Profile) -> float:
        return sum(abs(a - b) for group in common for a, b in zip(profile[group], before[group], strict=True))

    as_it_stands = distance(after)
    if as_it_stands < LEAST_POINTS * len(common) or not common:
        return
    mixed = {"the scale reversed": {group: shares[::-1] for group, shares in after.items()}}
    for a, b in combinations([group for group in common if group != total], 2):
        mixed[f"{a} and {b} exchanged"] = after | {a: after[b], b: after[a]}
    for what, profile in mixed.items():
        points = distance(profile)
        if 2 * points <= as_it_stands and as_it_stands - points >= LEAST_POINTS * len(common):
            yield f"{what} ({points:g} points apart in all, not {as_it_stands:g})"


def _profile(wave: TableWave) -> Profile:
    """The percentages of each group that has one at every stage."""
    return {
        group: [float(row.percent) for row in rows]
        for group, rows in wave.groups.items()
        if not wave.missing(group) and all(row.percent for row in rows)
    }


def describe_partial(wave: TableWave) -> str:
    """Which stages and groups a wave lacks, in words; empty when it is whole. The total may be absent."""
    stages = len(wave.codebook.stages)
    parts = [(group, len(rows)) for group, rows in wave.groups.items() if wave.missing(group)]
    lacking = [f"{group}: {given} of {stages} stages" for group, given in parts]
    absent = [group for group in wave.codebook.parts if group not in wave.groups]
    if absent:
        lacking.append(f"no rows of {', '.join(absent)}")
    if withheld := wave.codebook.withheld(wave.name):
        lacking.append(f"withheld: {', '.join(withheld)}")
    return f"{wave.name} is partial: {'; '.join(lacking)}" if lacking else ""


def describe_undeclared(waves: Sequence[TableWave]) -> str:
    """What to add to the codebook for waves that it does not tell of; empty where it tells of all."""
    names = [wave.name for wave in waves if not DECLARED & wave.codebook.wave(wave.name).keys()]
    if not names:
        return ""
    entry = f'{{"id": "{names[0]}", "fieldwork": {WORDS_FORM}, "publication": "…", "source": {WORDS_FORM}}}'
    return (
        f"{DESCRIPTOR} does not say when {shorten(', '.join(names), 60)} was asked and where it was "
        f"published; pages will name both once survey.waves has an entry such as {entry}"
    )


def list_waves(waves: Sequence[TableWave]) -> list[dict[str, Any]]:
    """One record per wave × group: stages given, their number in the codebook, sum of percent, n, counts."""
    return [
        {
            "wave": wave.name,
            "group": group,
            "stages": len(rows),
            "stages_in_codebook": len(wave.codebook.stages),
            "percent_sum": float(sum_percents(rows)) if any(row.percent for row in rows) else None,
            "count_sum": wave.sum_counts(group),
            "n": wave.size(group),
            "partial": bool(describe_partial(wave)),
        }
        for wave in waves
        for group, rows in wave.groups.items()
    ]


def mark_weighted(source: str, effective: float) -> str:
    """The source of rows whose percentages are weighted.

    Examples
    --------
    >>> mark_weighted("own tabulation", 156.1)
    'own tabulation, weighted (effective n 156)'
    """
    return f"{source}, weighted (effective n {effective:.0f})"


def declare_marks(codebook: Codebook, rows: Iterable[SurveyRow]) -> Codebook:
    """The codebook with what the sources of rows say of their waves; what it declares itself goes first.

    Of a wave ``weighted`` is true, ``effective`` the effective n by group, ``withheld`` an object with
    ``minimum`` and ``stages``.
    """
    facts: dict[str, dict[str, Any]] = defaultdict(dict)
    for wave, group, source in dict.fromkeys((row.wave, row.group, row.source) for row in rows):
        if sizes := WEIGHTED.findall(source):
            facts[wave]["weighted"] = True
            if len(sizes) == 1:  # a wide table joins the sources of its groups
                facts[wave].setdefault("effective", {})[group] = int(sizes[0])
        if found := WITHHELD.search(source):
            stages = [stage for stage in codebook.stages if stage in found[1].split(", ")]
            facts[wave]["withheld"] = {"minimum": int(found[2]), "stages": stages}
    told = {wave: found | codebook.wave(wave) for wave, found in facts.items()}
    return codebook.declare_all(told) if told else codebook
