"""How seconds and memory grow with waves, stages and groups, for every kind of work.

Each figure is a made-up survey in a process of its own that does the work over and over and tells the median
of its CPU seconds; all but the one dimension stay at 2 waves, 5 stages and 3 groups of 60, 97, 134 … answers.
A work that is not done after a minute is ended and told as "> 60"; of its greater sizes nothing is tried. The
exponent is the slope between the last two sizes on logarithmic scales: 1 grows as the size does, 2 as its
square. Recovery is of the last wave. Pairs of groups grow as their square, and so must a comparison.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import NamedTuple

import numpy as np
from surveys import Survey, make_codebook

from benchmarks.clock import ROOT, RUNS, Record, peak_megabytes, shown

SECONDS = 2.0  # after which a work is not repeated
MOST_SECONDS = 60  # after which it is ended
USUAL = {"waves": 2, "stages": 5, "groups": 3}
SIZES = {"waves": (2, 20, 200), "stages": (2, 4, 8, 12), "groups": (2, 4, 8)}


class Point(NamedTuple):
    """The rows of a survey and what a work on it took; not a number where it was ended."""

    rows: float = math.nan
    seconds: float = math.nan
    megabytes: float = math.nan


def measure(*, runs: int = RUNS) -> list[Record]:
    """One record per dimension and work: CPU seconds and peak memory at each size, and the exponent."""
    return [grow(work, dimension, runs) for dimension in SIZES for work in WORKS]


def grow(work: str, dimension: str, runs: int) -> Record:
    """One line of the table."""
    points: dict[int, Point] = {}
    for size in SIZES[dimension]:
        points[size] = run_apart(work, dimension, size, runs)
        if math.isnan(points[size].seconds):
            break
    (before, last), (fewer, most) = list(points.values())[-2:], list(points)[-2:]
    return {
        "grows in": dimension,
        "work": work,
        "sizes": ", ".join(map(str, points)),
        "rows": ", ".join(f"{point.rows:.0f}" for point in points.values()),
        "CPU s": ", ".join(shown(point.seconds) or f"> {MOST_SECONDS}" for point in points.values()),
        "peak MB": ", ".join(shown(point.megabytes) or "–" for point in points.values()),
        "exponent": math.log(last.seconds / before.seconds) / math.log(most / fewer),
    }


def run_apart(work: str, dimension: str, size: int, runs: int) -> Point:
    """One work on a survey of one size, in a process that is ended when it takes too long."""
    command = [sys.executable, "-m", "benchmarks.growth", work, dimension, str(size), str(runs)]
    try:
        told = subprocess.run(
            command, check=True, capture_output=True, text=True, cwd=ROOT, timeout=MOST_SECONDS
        )
    except subprocess.TimeoutExpired:
        return Point()
    return Point(*json.loads(told.stdout))


def run_point(work: str, dimension: str, size: int, runs: int) -> Point:
    """The work itself; the first run, which warms up, counts only if it is the only one."""
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
    answered = {f"g{place}": 60 + 37 * place for place in range(groups)}
    codebook = make_codebook(
        {f"s{place}": f"Stage {place}" for place in range(stages)},
        {"all": "All"} | {code: f"Group {code}" for code in answered},
        waves=names,
    )
    weights = numbers.dirichlet(np.full(stages, 5.0), size=groups)
    answers = {
        wave: {
            code: numbers.multinomial(n, row).tolist()
            for (code, n), row in zip(answered.items(), weights, strict=True)
        }
        for wave in names
    }
    return Survey(codebook, answers)


def last_wave(survey: Survey) -> str:
    return list(survey.answers)[-1]


def checking(_: Survey, home: Path) -> Callable[[], object]:
    from analysis.survey.table import find_problems

    return lambda: find_problems(home)


def appending(survey: Survey, home: Path) -> Callable[[], object]:
    """The last wave appended to the table without it, as a dry run: all is judged, nothing is written."""
    from analysis.codebook import locate_survey
    from analysis.survey.appending import append_wave

    table = locate_survey(home).table
    header, *lines = table.read_text(encoding="utf-8").splitlines(keepends=True)
    new = [line for line in lines if line.startswith(last_wave(survey))]
    incoming = table.with_name("incoming.csv")
    incoming.write_text(header + "".join(new), encoding="utf-8")
    table.write_text(header + "".join(lines[: -len(new)]), encoding="utf-8")
    return lambda: append_wave(incoming, table, dry_run=True)


def recovering(survey: Survey, home: Path) -> Callable[[], object]:
    """Counting the tables of the last wave, which listing them would have to begin with."""
    from analysis.old.counts.recovery import number_of_tables
    from analysis.survey.table import load_survey

    rows, wave = load_survey(home), last_wave(survey)
    return lambda: number_of_tables(rows, wave)


def comparing(survey: Survey, home: Path) -> Callable[[], object]:
    """Stages, groups and waves compared, on known counts."""
    from analysis.old.inference.changes import compare_waves
    from analysis.old.inference.comparisons import compare_stages
    from analysis.old.inference.effects import compare_groups
    from analysis.survey.table import load_survey

    rows, counts = load_survey(home), survey.counts(last_wave(survey))
    return lambda: (compare_stages(counts), compare_groups(counts), compare_waves(rows))


def gathering(_: Survey, home: Path) -> Callable[[], object]:
    """All frames of a report."""
    from analysis.old.inference.findings import gather_frames
    from analysis.survey.table import load_survey

    rows = load_survey(home)
    return lambda: gather_frames(rows)


WORKS = {
    "check": checking,
    "append": appending,
    "recovery": recovering,
    "comparison": comparing,
    "frames of a report": gathering,
}

if __name__ == "__main__":
    print(json.dumps(run_point(*sys.argv[1:3], *map(int, sys.argv[3:]))))
