"""The exact tests against R's ``fisher.test``, scipy's and plain Python, on the same tables in one run.

Times are CPU milliseconds a call, medians. scipy samples (9999 tables, without a seed), so its p differs
from run to run. R is left out where it is not installed, and its time is empty where it gives up with its
default workspace. Plain Python goes through all tables of ours with whole numbers; the others have too
many. ``error`` is what a test says of its own p, ``off by`` the part by which it misses the rational one.
"""

from __future__ import annotations

import math
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import partial
from statistics import median
from time import process_time
from timeit import Timer
from typing import Any

import numpy as np
from scipy import stats

from analysis.old.inference.exact import (
    ExactTest,
    freeman_halton,
    linear_by_linear,
    mann_whitney,
    pearson_exact,
)
from benchmarks.clock import RUNS, Budget, Record, judged, markdown

OURS = [[15, 15, 22, 26, 2], [20, 21, 9, 39, 6]]
SHORT, LONG = 3.0, 1000.0  # CPU milliseconds: of our table, and of any with 10 stages and 5000 answers
LONGER = 0.05  # seconds of calls that a time is taken over
R_SCRIPT = """
for (line in readLines(file("stdin"))) {
  table <- matrix(as.numeric(strsplit(line, ",")[[1]]), nrow = 2, byrow = TRUE)
  work <- function() tryCatch(fisher.test(table)$p.value, error = function(e) NA)
  p <- work(); calls <- 0; spent <- 0
  while (spent < 0.1) { spent <- spent + sum(system.time(work())[1:2]); calls <- calls + 1 }
  cat(sprintf("%.12g %.12g\\n", if (is.na(p)) NaN else 1000 * spent / calls, p))
}
"""


def measure(*, runs: int = RUNS) -> list[Record]:
    """One row per test and table, with its budget, its error, and ratios to the peers of the same test."""
    tables = dict(cases())
    in_r = time_r(list(tables.values()))
    exact, plain = time_plain_python()
    records = []
    for position, (case, table) in enumerate(tables.items()):
        peers = {"R": in_r[position]} if in_r else {}
        peers["scipy, sampled"] = cpu_milliseconds(partial(stats.fisher_exact, table), runs)
        if case == "ours, n = 175":
            peers["plain Python"] = plain
        known = exact if case == "ours, n = 175" else None
        records.append(row(case, freeman_halton, table, runs, peers=peers, known=known))
    for test in (mann_whitney, linear_by_linear, pearson_exact):
        records += [row(case, test, table, runs) for case, table in tables.items()]
    return records


def cases() -> Iterator[tuple[str, Sequence[Sequence[int]]]]:
    """Our table, and tables drawn from groups that answer alike."""
    yield "ours, n = 175", OURS
    for stages, n in ((5, 2000), (5, 5000), (7, 500), (7, 2000), (10, 300), (10, 1000), (10, 5000)):
        rng = np.random.default_rng(stages * n)
        shares = rng.dirichlet(np.full(stages, 5.0))
        yield f"K = {stages}, n = {n}", [rng.multinomial(n // 2, shares).tolist() for _ in range(2)]


def row(
    case: str,
    test: Callable[..., ExactTest],
    table: Sequence[Sequence[int]],
    runs: int,
    *,
    peers: dict[str, float] | None = None,
    known: float | None = None,
) -> Record:
    """The time of one test on one table, what it found, and how it stands to its peers."""
    spent, found = cpu_milliseconds(partial(test, table), runs), test(table)
    values: Record = {"test": test.__name__, "case": case, "CPU ms": spent, "p": found.p_value}
    values |= {"found": found.method, "error": found.error or None}
    values["off by"] = None if known is None else abs(found.p_value / known - 1)
    values |= {f"{name} / ours": milliseconds / spent for name, milliseconds in (peers or {}).items()}
    return values | judged(values, Budget("CPU ms", SHORT if case == "ours, n = 175" else LONG))


def cpu_milliseconds(work: Callable[[], Any], runs: int) -> float:
    """CPU milliseconds of one call, the median of several runs of enough calls."""
    timer = Timer(work, timer=process_time)
    once = timer.timeit(1)
    calls = max(1, math.ceil(LONGER / max(once, 1e-6)))
    return median(1000 * spent / calls for spent in timer.repeat(runs, calls))


def time_r(tables: Sequence[Sequence[Sequence[int]]]) -> list[float]:
    """CPU milliseconds of R's ``fisher.test`` on each table; empty without R."""
    rscript = shutil.which("Rscript")
    if rscript is None:
        return []
    lines = "\n".join(",".join(map(str, [*first, *second])) for first, second in tables)
    told = subprocess.run([rscript, "-e", R_SCRIPT], input=lines, check=True, capture_output=True, text=True)
    return [float(line.split()[0]) for line in told.stdout.splitlines()]


def time_plain_python() -> tuple[float, float]:
    """The rational p of our table, and the CPU milliseconds of one way through all its tables."""
    start = process_time()
    p = float(plain_python(OURS))
    return p, 1000 * (process_time() - start)


def plain_python(table: Sequence[Sequence[int]]) -> Fraction:
    """The p of all tables with the margins, gone through in whole numbers."""
    sizes = [a + b for a, b in zip(*table, strict=True)]
    target = sum(table[0])
    ways = [[math.comb(size, x) for x in range(size + 1)] for size in sizes]
    observed = math.prod(column[x] for column, x in zip(ways, table[0], strict=True))
    total = 0

    def go_on(column: int, left: int, weight: int) -> None:
        nonlocal total
        if column == len(sizes) - 1:
            weight *= ways[column][left]
            total += weight if weight <= observed else 0
            return
        room = sum(sizes[column + 1 :])
        for x in range(max(0, left - room), min(sizes[column], left) + 1):
            go_on(column + 1, left - x, weight * ways[column][x])

    go_on(0, target, 1)
    return Fraction(total, math.comb(sum(sizes), target))


if __name__ == "__main__":
    print("\n".join(markdown(measure())))
