"""The exact test of a whole table against R's ``fisher.test``, scipy's and plain Python, in one run.

Times are CPU milliseconds a call, medians. scipy samples (9999 tables, without a seed), so its p differs
from run to run. R is left out where it is not installed, and its time is empty where it gives up with its
default workspace. Plain Python goes through all tables of ours with whole numbers; the others have too
many. ``off by`` is the part by which p misses the rational one. Ours remembers the fillings of columns from
one call to the next, so these are times of a table like the one before; a first call takes longer.
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

from analysis.inference.exact import MOST_FILLINGS, _exact_p, freeman_halton
from benchmarks.clock import RUNS, Budget, Record, judged, markdown

OURS = [[15, 15, 22, 26, 2], [20, 21, 9, 39, 6]]
BUDGETS = {"ours, n = 175": 4.0, "K = 6, n = 2000": 500.0}  # CPU milliseconds
LONG = 1000.0  # of any other table
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
    """One row per table, with its budget and ratios to the peers."""
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
        records.append(row(case, table, runs, peers=peers, known=known))
    return records


def cases() -> Iterator[tuple[str, Sequence[Sequence[int]]]]:
    """Our table, and tables drawn from groups that answer alike."""
    yield "ours, n = 175", OURS
    for stages, n in ((5, 2000), (6, 2000), (8, 500), (7, 2000), (10, 1000)):
        rng = np.random.default_rng(stages * n)
        shares = rng.dirichlet(np.full(stages, 5.0))
        yield f"K = {stages}, n = {n}", [rng.multinomial(n // 2, shares).tolist() for _ in range(2)]


def row(
    case: str,
    table: Sequence[Sequence[int]],
    runs: int,
    *,
    peers: dict[str, float],
    known: float | None = None,
) -> Record:
    """The time of the test on one table, what it found, and how it stands to its peers."""
    counts = np.array(table)
    anew = partial(
        _exact_p.__wrapped__, tuple(map(tuple, counts.tolist())), MOST_FILLINGS
    )  # not from its cache
    spent, found = cpu_milliseconds(anew, runs), freeman_halton(counts)
    values: Record = {"case": case, "CPU ms": spent, "p": found.high, "found": found.method}
    values["off by"] = None if known is None else abs(found.high / known - 1)
    values |= {f"{name} / ours": milliseconds / spent for name, milliseconds in peers.items()}
    return values | judged(values, Budget("CPU ms", BUDGETS.get(case, LONG)))


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
