"""Recovery of counts against plain Python and vectorised brute force, in one run.

Times are CPU seconds, the median of several runs; ratios to the baselines are what is comparable between
machines. Plain Python over all compositions takes minutes, so its time is measured on a part of them and
scaled up, which the case's name says.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import islice
from math import comb
from statistics import median
from time import process_time
from typing import Any

import numpy as np
from brute import compositions
from builders import codebook_of_codes, survey_frame

from analysis.old.counts.recovery import number_of_tables, recover_counts
from analysis.old.counts.sizes import consistent_sizes
from analysis.old.counts.solving.relations import ColumnArrays, fits_arrays
from analysis.old.rounding import could_print, publish
from analysis.survey.table import load_survey
from benchmarks.clock import RUNS, Budget, Record, judged, peak_megabytes

WAVE = "2020-autumn"
FIGURES = {"vocational": (19, 19, 28, 32, 2), "general": (21, 22, 10, 41, 6), "all": (20, 20, 18, 37, 5)}
SIZES = {"vocational": 80, "general": 95}
TRIED = 100_000  # compositions to time plain Python on

BUDGETS = {  # CPU seconds on a small two-core machine
    "our table, default rules": 0.005,
    "our table, largest_remainder": 0.005,
    "all pairs to 300, half_up": 2.0,
    "all pairs to 300, largest_remainder": 5.0,
    "number of tables, K = 12, n = 2000, largest_remainder": 0.05,
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
    rows += large_cases(runs)
    # the baselines come last, since their arrays would hide our peak of memory
    plain, vectorised = time_plain_python(), timed(brute_force_arrays, runs=1)[0]
    for values in ours:
        values["times faster than plain Python"] = plain / values["CPU s"]
        values["times faster than numpy brute force"] = vectorised / values["CPU s"]
    baselines = {"plain Python (scaled up)": plain, "numpy arrays": vectorised}
    return [*ours, *rows, *(row(f"our table, brute force, {name}", t) for name, t in baselines.items())]


def large_cases(runs: int) -> list[Record]:
    """Twelve stages and thousands of answers, and six groups with one decimal."""
    first, second = share_out(2_000, 12, seed=1), share_out(1_800, 12, seed=2)
    many = {f"g{place}": share_out(400 + 90 * place, 12, seed=place) for place in range(6)}
    cases: list[tuple[str, dict[str, list[int]], str, int, bool]] = [
        (
            "number of tables, K = 12, n = 2000, largest_remainder",
            {"g": first},
            "largest_remainder",
            0,
            False,
        ),
        ("number of tables, K = 12, n = 2000/1800, half_up", {"g": first, "h": second}, "half_up", 0, True),
        ("six groups, K = 12, one decimal, half_even", many, "half_even", 1, True),
    ]
    rows = []
    for name, columns, rule, decimals, with_total in cases:
        survey = printed_survey(columns, rule, decimals, with_total=with_total)
        seconds, number = timed(partial(number_of_tables, survey, WAVE, rounding=rule), runs=runs)
        rows.append(row(name, seconds, number))
    return rows


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
            could_print(counts, FIGURES[group], "largest_remainder")
        seconds += (process_time() - started) / TRIED * comb(n + 4, 4)
    return seconds


def brute_force_arrays() -> int:
    """The deck's tables by judging arrays of all compositions of both groups and every pair that is left."""
    columns = []
    for group, n in SIZES.items():
        counts = all_compositions(n, 5)
        arrays = ColumnArrays(list(counts), np.full(counts.shape[1], n), FIGURES[group], 100)
        columns.append(counts[:, fits_arrays("largest_remainder", arrays)])
    pairs = [first + second for first in columns[0].T for second in columns[1].T]
    return sum(could_print(pair.tolist(), FIGURES["all"], "largest_remainder") for pair in pairs)


def all_compositions(n: int, parts: int) -> np.ndarray:
    """Every way to share n answers among cells, one array a cell."""
    columns = np.arange(n + 1)[None]
    for _ in range(parts - 2):
        left = n - columns.sum(0)
        repeated = np.repeat(columns, left + 1, axis=1)
        ends = np.cumsum(left + 1)
        added = np.arange(ends[-1]) - np.repeat(ends - left - 1, left + 1)
        columns = np.vstack([repeated, added])
    return np.vstack([columns, n - columns.sum(0)])


def share_out(n: int, parts: int, *, seed: int) -> list[int]:
    weights = np.random.default_rng(seed).dirichlet(np.full(parts, 5.0))
    return publish_to(n, (weights * 10**6).astype(int).tolist())


def publish_to(n: int, weights: Sequence[int]) -> list[int]:
    """Answers in proportion to weights, n in all."""
    floors = [n * w // sum(weights) for w in weights]
    return [f + (place < n - sum(floors)) for place, f in enumerate(floors)]


def printed_survey(columns: dict[str, list[int]], rule: str, decimals: int, *, with_total: bool) -> Any:
    """A survey of one wave whose percentages a rule printed from these counts."""
    if with_total:
        columns = columns | {"all": [sum(stage) for stage in zip(*columns.values(), strict=True)]}
    stages = [f"s{place}" for place in range(len(next(iter(columns.values()))))]
    waves = [{"id": WAVE, "decimals": decimals}]
    codebook = codebook_of_codes(stages, list(columns), "all" if with_total else None, waves)
    figures = {g: publish(column, rule, decimals=decimals) for g, column in columns.items()}
    percents = {g: [a / 10**decimals for a in units] for g, units in figures.items()}
    published = {(WAVE, g): dict(zip(stages, column, strict=True)) for g, column in percents.items()}
    return survey_frame(published, {(WAVE, g): sum(column) for g, column in columns.items()}, codebook)
