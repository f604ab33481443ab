"""Seconds and memory of processes and of calls: medians, ratios, budgets, and their table."""

from __future__ import annotations

import math
import multiprocessing
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module
from inspect import cleandoc
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

RUNS = 5
ROOT = Path(__file__).parents[1]
LAUNCHER = [sys.executable, "-I", "-S", str(Path(__file__).with_name("launcher.py"))]
MATURITY = (sys.executable, "-m", "analysis")
Record = dict[str, Any]  # one row of a table; every benchmark measures a list of these


class Spent(NamedTuple):
    """What something took, in the median; CPU seconds of all threads and children, memory of the largest."""

    wall: float
    cpu: float
    megabytes: float


class Budget(NamedTuple):
    """The most that a column of a record may hold."""

    column: str
    most: float


def middle(runs: Sequence[Spent]) -> Spent:
    """The median of each figure."""
    return Spent(*(median(column) for column in zip(*runs, strict=True)))


def run_process(
    command: Sequence[str | Path],
    *,
    runs: int = RUNS,
    before: Callable[[], object] = lambda: None,
    code: int = 0,
) -> Spent:
    """A whole process, from its start to its end with this exit code; ``before`` goes ahead of each run."""
    found = []
    for _ in range(runs):
        before()
        told = subprocess.run(
            [*LAUNCHER, *map(str, command)], check=True, capture_output=True, text=True, cwd=ROOT
        )
        ended, *spent = told.stdout.split()
        if int(ended) != code:
            raise RuntimeError(f"exit code {ended} instead of {code}: {' '.join(map(str, command))}")
        found.append(Spent(*map(float, spent)))
    return middle(found)


def time_calls(works: Mapping[str, Callable[[], object]], *, runs: int = RUNS) -> dict[str, Spent]:
    """Several works in this process by name, each once to warm up, then in turns."""
    for work in works.values():
        work()
    found: dict[str, list[Spent]] = {name: [] for name in works}
    for _ in range(runs):
        for name, work in works.items():
            start, before = time.perf_counter(), cpu_seconds()
            work()
            wall, cpu = time.perf_counter() - start, cpu_seconds() - before
            found[name].append(Spent(wall, cpu, peak_megabytes()))
    return {name: middle(spent) for name, spent in found.items()}


def cpu_seconds() -> float:
    """CPU seconds of this process and of its children that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def peak_megabytes() -> float:
    """The largest memory of this process so far; of its parent nothing, unlike in ``getrusage``."""
    status = Path("/proc/self/status")
    if not status.exists():
        return math.nan
    return int(status.read_text().partition("VmHWM:")[2].split()[0]) / 1024


def apart(work: Callable[..., Any], *arguments: Any) -> Any:
    """What a function returns in a fresh process of its own."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(work, *arguments).result()


class Result(NamedTuple):
    """What a benchmark says of itself, what it measured, and what is to be known of some cases, by case."""

    text: str
    records: list[Record]
    remarks: dict[str, str]


def measure(name: str, runs: int) -> Result:
    """The result of one benchmark; its module may have ``REMARKS``."""
    module = import_module(f"benchmarks.{name}")
    remarks = getattr(module, "REMARKS", {})
    return Result(cleandoc(module.__doc__ or ""), module.measure(runs=runs), remarks)


def record(
    case: str,
    spent: Spent,
    *,
    ratio: float | None = None,
    to: str | None = None,
    budget: Budget | None = None,
) -> Record:
    """One row of a table; a ratio comes with what it is a ratio to."""
    values: Record = {
        "case": case,
        "wall s": spent.wall,
        "CPU s": spent.cpu,
        "peak MB": spent.megabytes,
        "ratio": ratio,
        "to": to,
    }
    return values | judged(values, budget)


def judged(values: Mapping[str, Any], budget: Budget | None) -> Record:
    """The columns that say what a record may take, and by how much it keeps to that or misses it."""
    if budget is None:
        return {"budget": None, "used": None}
    used = values[budget.column] / budget.most
    return {"budget": f"{budget.column} ≤ {budget.most:g}", "used": f"{used:.0%}" + " MISSED" * (used > 1)}


def markdown(records: Sequence[Record]) -> Iterator[str]:
    """The records as a table, without the columns that are empty in all of them."""
    heads = list(dict.fromkeys(head for values in records for head in values))
    heads = [head for head in heads if any(values.get(head) is not None for values in records)]
    numeric = {head for head in heads if all(isinstance(r.get(head), int | float | None) for r in records)}
    yield "| " + " | ".join(heads) + " |"
    yield "|" + "|".join("---:" if head in numeric else "---" for head in heads) + "|"
    for values in records:
        yield "| " + " | ".join(shown(values.get(head)) for head in heads) + " |"


def shown(value: Any) -> str:
    """A figure with three digits that count; others as they are."""
    if value is None or value != value:  # noqa: PLR0124  (NaN)
        return ""
    if not isinstance(value, float) or math.isinf(value):
        return str(value)
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"
