"""Tables that the benchmarks read: made-up waves of the shipped survey's groups and stages."""

from __future__ import annotations

import random
from collections.abc import Iterable

from analysis.codebook import load_codebook
from analysis.rounding import publish

HEADER = "wave,group,stage,percent,n,source\n"


def wave_text(year: int) -> str:
    """One whole wave as a file to append."""
    return HEADER + "".join(wave_lines(year))


def wave_lines(year: int, rule: str = "largest_remainder") -> list[str]:
    """The lines of one wave, printed by a rule from counts of its own."""
    numbers, codebook = random.Random(year), load_codebook()
    counts = {group: [numbers.randint(1, 40) for _ in codebook.stages] for group in codebook.parts}
    counts[str(codebook.total)] = [sum(stage) for stage in zip(*counts.values(), strict=True)]
    return [
        f"{year}-autumn,{group},{stage},{percent},{sum(column)},made up\n"
        for group, column in counts.items()
        for stage, percent in zip(codebook.stages, publish(column, rule), strict=True)
    ]


def waves_text(years: Iterable[int], *, most: int, rule: str = "largest_remainder") -> str:
    """Whole waves, as many as there is room for in so many characters."""
    lines, room = [HEADER], most - len(HEADER)
    for year in years:
        wave = wave_lines(year, rule)
        room -= sum(map(len, wave))
        if room < 0:
            break
        lines += wave
    return "".join(lines)
