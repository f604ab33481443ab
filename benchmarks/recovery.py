"""Recovery of counts against plain Python, in one run.

Times are CPU seconds, the median of several runs; ratios to the baselines are what is comparable between
machines. Plain Python over all compositions takes minutes, so its time is measured on a part of them and
scaled up, which the case's name says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from math import comb
from statistics import median
from time import process_time
from typing import Any

from analysis.counts.assumptions import consistent_sizes
from analysis.counts.recovery import recover_counts
from analysis.survey.table import load_survey
from benchmarks.clock import RUNS, Budget, Record, judged, peak_megabytes

WAVE = "2020-autumn"
FIGURES = {"vocational": (19, 19, 28, 32, 2), "general": (21, 22, 10, 41, 6), "all": (20, 20, 18, 37, 5)}
SIZES = {"vocational": 80, "general": 95}
TRIED = 100_000  # compositions to time plain Python on

BUDGETS = {  # CPU seconds on a small two-core machine
    "our table, default rules": 0.006,
    "all pairs to 300, half_up": 2.0,
    "all pairs to 300, largest_remainder": 6.0,
}


def measure(*, runs: int = RUNS) -> list[Record]:
    """One row per case: CPU seconds, budget if any, ratios to the baselines where they do the same work."""
    deck = load_survey()
    ours = []
    for name, rules in (("default rules", {}), ("largest_remainder", {"rounding": "largest_remainder"})):
        seconds, found = timed(partial(recover_counts, deck, WAVE, **rules), runs=5 * runs)
        ours.append(row(f"our table, {name}", seconds, len(found)))
    rows = []
    for rule in ("half_up", "largest_remainder", "webster", "adjust_minimal"):
        seconds, found = timed(partial(consistent_sizes, deck, WAVE, max_n=300, rounding=rule), runs=1)
        rows.append(row(f"all pairs to 300, {rule}", seconds, found.attrs["n_tables"]))
    plain = time_plain_python()
    for values in ours:
        values["times faster than plain Python"] = plain / values["CPU s"]
    return [*ours, *rows, row("our table, plain Python (scaled up)", plain)]


def row(case: str, seconds: float, tables: Any = None) -> Record:
    values: Record = {"case": case, "CPU s": seconds, "peak MB": peak_megabytes(), "tables": tables}
    budget = Budget("CPU s", BUDGETS[case]) if case in BUDGETS else None
    return values | judged(values, budget)


def timed(work: Callable[[], Any], *, runs: int) -> tuple[float, Any]:
    """Median CPU seconds of several runs, and what the last one returned."""
    seconds, found = [], None
    for _ in range(runs):
        started = process_time()
        found = work()
        seconds.append(process_time() - started)
    return median(seconds), found


def time_plain_python() -> float:
    """Seconds to judge every composition of both groups, scaled up from the first hundred thousand."""
    seconds = 0.0
    for group, n in SIZES.items():
        tried = list(islice(compositions(n, 5), TRIED))
        started = process_time()
        for counts in tried:
            could_print(counts, FIGURES[group])
        seconds += (process_time() - started) / TRIED * comb(n + 4, 4)
    return seconds


def could_print(counts: tuple[int, ...], figures: tuple[int, ...]) -> bool:
    """Whether the largest remainders print these counts so: the errors spread by a unit at most."""
    n = sum(counts)
    errors = [100 * count - units * n for count, units in zip(counts, figures, strict=True)]
    return max(errors) - min(errors) <= n


def compositions(n: int, parts: int) -> Iterator[tuple[int, ...]]:
    """Every way to share n answers among cells."""
    if parts == 1:
        yield (n,)
        return
    for first in range(n + 1):
        for rest in compositions(n - first, parts - 1):
            yield (first, *rest)
