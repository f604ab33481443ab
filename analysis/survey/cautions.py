"""What may be right in a table but deserves a look: partial waves, jumps that suggest a mix-up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise
from operator import sub
from typing import Any

from analysis.codebook import DESCRIPTOR
from analysis.errors import quote
from analysis.survey.rules import DECLARE_WEIGHTED, Wave, sum_percents

FARTHEST_YEARS = 30  # between two waves of one survey
SHOWN_NAMES = 3  # waves named in a note
LEAST_POINTS = 10  # per group, by which a mix-up must fit better than the table as it stands

DECLARED = {"fieldwork", "publication", "source"}  # what a codebook may tell of a wave
WORDS = '{"fi": "…", "sv": "…", "en": "…"}'

Profile = dict[str, list[float]]  # percentages of each group in the order of the stages


def find_cautions(waves: Sequence[Wave], names: set[str] | None = None) -> Iterator[str]:
    """Warnings on waves in the order of time: on all, or on those with these names and their neighbours."""
    for wave in waves:
        if names is not None and wave.name not in names:
            continue
        partial = describe_partial(wave)
        if partial:
            yield partial
        if wave.weighting and not wave.is_weighted:
            yield (
                f"source of {wave.name} says {quote(wave.weighting)}: counts cannot be recovered from "
                f"weighted percentages; {DECLARE_WEIGHTED}"
            )
    for other, wave in pairwise(waves):
        if names is None or names & {other.name, wave.name}:
            yield from _distance_in_time(wave, other)
    profiles = [(wave.name, profile) for wave in waves if (profile := _profile(wave))]
    for (earlier, old), (later, new) in pairwise(profiles):
        if names is None or names & {earlier, later}:
            for what in _mix_ups(new, old, waves[0].codebook.total):
                yield f"percent of {later} is much nearer to {earlier} with {what}: is the order right?"


def describe_partial(wave: Wave) -> str:
    """Which stages and groups a wave lacks, in words; empty when it is whole. The total may be absent."""
    stages = len(wave.codebook.stages)
    lacking = [
        f"{group}: {len(rows)} of {stages} stages"
        for group, rows in wave.groups.items()
        if wave.missing(group)
    ]
    absent = [group for group in wave.codebook.parts if group not in wave.groups]
    if absent:
        lacking.append(f"no rows of {', '.join(absent)}")
    if withheld := wave.codebook.withheld(wave.name):
        lacking.append(f"withheld: {', '.join(withheld)}")
    return f"{wave.name} is partial: {'; '.join(lacking)}" if lacking else ""


def describe_undeclared(waves: Sequence[Wave]) -> str:
    """What to add to the codebook for waves that it does not tell of; empty where it tells of all."""
    names = [wave.name for wave in waves if not DECLARED & wave.codebook.wave(wave.name).keys()]
    if not names:
        return ""
    more = f" and {len(names) - SHOWN_NAMES} more" if len(names) > SHOWN_NAMES else ""
    entry = f'{{"id": "{names[0]}", "fieldwork": {WORDS}, "publication": "…", "source": {WORDS}}}'
    return (
        f"{DESCRIPTOR} does not tell when {', '.join(names[:SHOWN_NAMES])}{more} was asked and where it was "
        f"published; all works without, and pages name it once survey.waves has an entry such as {entry}"
    )


def describe_waves(waves: Sequence[Wave]) -> list[dict[str, Any]]:
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
            "partial": is_partial,
        }
        for wave, is_partial in ((wave, bool(describe_partial(wave))) for wave in waves)
        for group, rows in wave.groups.items()
    ]


def _distance_in_time(wave: Wave, other: Wave) -> Iterator[str]:
    years = abs(int(wave.name[:4]) - int(other.name[:4]))
    if years > FARTHEST_YEARS:
        yield f"{wave.name} lies {years} years from {other.name}, the wave next to it: is the year right?"


def _mix_ups(new: Profile, old: Profile, total: str | None) -> Iterator[str]:
    """Exchanges of groups, or a reversed scale, that would bring one wave much nearer to another."""
    common = [group for group in new if group in old]
    as_it_stands = _distance(new, old, common)
    if as_it_stands < LEAST_POINTS * len(common) or not common:
        return
    candidates = [("the scale reversed", {group: shares[::-1] for group, shares in new.items()})]
    for first, second in combinations([group for group in common if group != total], 2):
        candidates.append((f"{first} and {second} exchanged", new | {first: new[second], second: new[first]}))
    for what, mixed in candidates:
        distance = _distance(mixed, old, common)
        if 2 * distance <= as_it_stands and as_it_stands - distance >= LEAST_POINTS * len(common):
            yield f"{what} ({distance:g} points apart in all, not {as_it_stands:g})"


def _profile(wave: Wave) -> Profile:
    """The groups with a percentage at every stage."""
    return {
        group: [float(row.percent) for row in rows]
        for group, rows in wave.groups.items()
        if not wave.missing(group) and all(row.percent for row in rows)
    }


def _distance(new: Profile, old: Profile, groups: Sequence[str]) -> float:
    return sum(sum(map(abs, map(sub, new[group], old[group]))) for group in groups)
