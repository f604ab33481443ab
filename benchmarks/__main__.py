"""All benchmarks, or those named, as one Markdown document: machine, versions, budgets, tables."""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.clock import RUNS, Result, apart, markdown, measure

NAMES = (
    "start",
    "check",
    "append",
    "recovery",
    "exact",
    "charts",
    "report",
    "tabulate",
)
LIBRARIES = ("numpy", "pandas", "scipy", "matplotlib", "duckdb", "polars", "typer", "ipykernel")


def describe_machine() -> str:
    """Processor, memory and system, and how busy they were."""
    cpuinfo = Path("/proc/cpuinfo")
    models = [line for line in cpuinfo.read_text().splitlines() if line.startswith("model name")]
    model = models[0].partition(": ")[2] if models else platform.machine()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    system = f"{platform.system()} {platform.machine()}"
    load = f"load {os.getloadavg()[0]:.1f} before the run"
    return f"{model}, {os.cpu_count()} cores, {memory:.0f} GiB, {system}; {load}."


def describe_versions() -> str:
    """Python and the libraries that the figures depend on."""
    found = [f"Python {platform.python_version()}"]
    for library in LIBRARIES:
        try:
            found.append(f"{library} {version(library)}")
        except PackageNotFoundError:
            found.append(f"no {library}")
    return ", ".join(found) + "."


def document(results: Mapping[str, Result], seconds: float, machine: str, runs: int) -> Iterator[str]:
    """The lines of the document."""
    yield "# Benchmarks"
    yield ""
    yield machine
    yield describe_versions()
    yield f"Medians of {runs}, unless a table says otherwise; {seconds / 60:.0f} minutes in all."
    yield ""
    yield from summary(results)
    for name, (text, records, remarks) in results.items():
        yield f"\n## {name}\n\n{text}\n"
        yield from markdown(records)
        if remarks:
            yield ""
        for case, remark in remarks.items():
            yield f"* {case}: {remark}"


def summary(results: Mapping[str, Result]) -> Iterator[str]:
    """How many budgets were met, and which were not."""
    judged = [(name, r) for name, result in results.items() for r in result.records if r.get("budget")]
    missed = [(name, r) for name, r in judged if "MISSED" in r["used"]]
    yield f"{len(judged) - len(missed)} of {len(judged)} budgets are met" + (":" if missed else ".")
    for name, r in missed:
        yield f"* missed: {name}, {r['case']}: {r['budget']}, {r['used'].split()[0]} of it"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, each benchmark in a process of its own, and print or write the document."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}; else all")
    parser.add_argument("--runs", type=int, default=RUNS, help="runs that a median is of")
    parser.add_argument("--out", type=Path, help="the file to write; else the document is printed")
    given = parser.parse_args(arguments)
    unknown = set(given.names) - set(NAMES)
    if unknown:
        parser.error(f"no benchmark is called {', '.join(sorted(unknown))}; they are {', '.join(NAMES)}")
    machine, start, results = describe_machine(), time.perf_counter(), {}
    for name in given.names or NAMES:
        begun = time.perf_counter()
        results[name] = apart(measure, name, given.runs)
        print(f"{name}: {time.perf_counter() - begun:.0f} s", file=sys.stderr)
    text = "\n".join(document(results, time.perf_counter() - start, machine, given.runs)) + "\n"
    if given.out:
        given.out.write_text(text, encoding="utf-8")
    else:
        print(text, end="")


if __name__ == "__main__":
    main()
