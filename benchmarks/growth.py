"""How seconds and memory grow with rows, waves, stages and groups, for every kind of work.

Each figure is a made-up survey in a process of its own that does the work over and over and tells the median
of its CPU seconds; all but the one dimension stay at 2 waves, 5 stages, 3 groups and some 100 answers a
group. The exponent is the slope between the last two sizes on logarithmic scales: 1 grows as the size does,
2 as its square. Answers, and so the recovered tables, are those of one wave; pairs of groups grow as their
square, and so must a comparison.
"""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import NamedTuple

import numpy as np
from surveys import Survey, make_codebook

from benchmarks.clock import RUNS, Record, apart, peak_megabytes, shown

SECONDS = 3.0  # after which a work is not repeated
ANSWERS = 100  # in a group of a wave
USUAL = {"waves": 2, "stages": 5, "groups": 3}
SIZES = {"waves": (2, 20, 200), "stages": (2, 4, 8, 12), "groups": (2, 4, 8)}


class Point(NamedTuple):
    """The size of a survey and what a work on it took."""

    rows: int
    seconds: float
    megabytes: float


def measure(*, runs: int = RUNS) -> list[Record]:
    """One record per work and dimension: CPU seconds and peak memory at each size, and the exponent."""
    return [
        grow(work, dimension, {size: apart(run_point, work, dimension, size, runs) for size in sizes})
        for work in WORKS
        for dimension, sizes in SIZES.items()
    ]


def grow(work: str, dimension: str, points: dict[int, Point]) -> Record:
    """One line of the table."""
    (before, last), (fewer, most) = list(points.values())[-2:], list(points)[-2:]
    return {
        "work": work,
        "grows in": dimension,
        "sizes": ", ".join(map(str, points)),
        "rows": ", ".join(str(point.rows) for point in points.values()),
        "CPU s": ", ".join(shown(point.seconds) for point in points.values()),
        "peak MB": ", ".join(shown(point.megabytes) for point in points.values()),
        "exponent": math.log(last.seconds / before.seconds) / math.log(most / fewer),
    }


def run_point(work: str, dimension: str, size: int, runs: int) -> Point:
    """One work on a survey of one size; the first run, which warms up, counts only if it is the only one."""
    with tempfile.TemporaryDirectory() as folder:
        survey = make_survey(**USUAL | {dimension: size})
        home = survey.save(Path(folder, "survey"))
        rows = len(survey.rows())
        doing = WORKS[work](survey, home)
        spent: list[float] = []
        while len(spent) <= runs and sum(spent) < SECONDS:
            start = time.process_time()
            doing()
            spent.append(time.process_time() - start)
        return Point(rows, median(spent[1:] or spent), peak_megabytes())


def make_survey(*, waves: int, stages: int, groups: int) -> Survey:
    """A survey with seeded answers and a total."""
    numbers = np.random.default_rng([waves, stages, groups])
    names = [f"{2000 + place // 2}-{('spring', 'autumn')[place % 2]}" for place in range(waves)]
    codes = [f"g{place}" for place in range(groups)]
    codebook = make_codebook(
        {f"s{place}": f"Stage {place}" for place in range(stages)},
        {"all": "All"} | {code: f"Group {code}" for code in codes},
        waves=names,
    )
    weights = numbers.dirichlet(np.full(stages, 5.0), size=groups)
    answers = {
        wave: {
            code: numbers.multinomial(ANSWERS, row).tolist() for code, row in zip(codes, weights, strict=True)
        }
        for wave in names
    }
    return Survey(codebook, answers)


def last_wave(survey: Survey) -> str:
    return list(survey.answers)[-1]


def checking(_: Survey, home: Path) -> Callable[[], object]:
    from analysis.table import find_problems

    return lambda: find_problems(home)


def appending(survey: Survey, home: Path) -> Callable[[], object]:
    """The last wave appended to the table without it, as a dry run: all is judged, nothing is written."""
    from analysis.appending import append_wave
    from analysis.codebook import locate_survey

    table = locate_survey(home).table
    header, *lines = table.read_text(encoding="utf-8").splitlines(keepends=True)
    new = [line for line in lines if line.startswith(last_wave(survey))]
    incoming = table.with_name("incoming.csv")
    incoming.write_text(header + "".join(new), encoding="utf-8")
    table.write_text(header + "".join(lines[: -len(new)]), encoding="utf-8")
    return lambda: append_wave(incoming, table, dry_run=True)


def recovering(survey: Survey, home: Path) -> Callable[[], object]:
    """Counting the tables of the last wave, which listing them would have to begin with."""
    from analysis.recovery import number_of_tables
    from analysis.table import load_survey

    rows, wave = load_survey(home), last_wave(survey)
    return lambda: number_of_tables(rows, wave)


def comparing(survey: Survey, home: Path) -> Callable[[], object]:
    """Stages, groups and waves compared, on known counts."""
    from analysis.changes import compare_waves
    from analysis.comparisons import compare_stages
    from analysis.effects import compare_groups
    from analysis.table import load_survey

    rows, counts = load_survey(home), survey.counts(last_wave(survey))
    return lambda: (compare_stages(counts), compare_groups(counts), compare_waves(rows))


def gathering(_: Survey, home: Path) -> Callable[[], object]:
    """All frames of a report."""
    from analysis.findings import gather_frames
    from analysis.table import load_survey

    rows = load_survey(home)
    return lambda: gather_frames(rows)


WORKS = {
    "check": checking,
    "append": appending,
    "recovery": recovering,
    "comparison": comparing,
    "frames of a report": gathering,
}
