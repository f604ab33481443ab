"""The notebooks of the report, one kernel at a time and two; a kernel that runs nothing is their floor."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path

import nbformat

from analysis.codebook import shipped
from analysis.old.report.publishing import execution
from benchmarks.clock import RUNS, Budget, Record, record, time_calls

BUDGET = Budget("ratio", 0.62)
REMARKS = {
    "5 notebooks, two kernels": "five notebooks do not divide evenly between two kernels, 0.6 at best where "
    "they are alike; empty ones show what the start of two kernels at once adds on two cores."
}


def measure(*, runs: int = RUNS) -> list[Record]:
    """One record per number of kernels, for empty notebooks and for ours."""
    ours = {path.stem: path for path in sorted(shipped("notebooks").glob("*.ipynb"))}
    with tempfile.TemporaryDirectory() as folder:
        empty = {name: Path(folder, f"{name}.ipynb") for name in ours}
        for path in empty.values():
            nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("0")]), path)
        works = {
            (name, kernels): partial(execute, books, kernels)
            for name, books in ((f"{len(ours)} empty notebooks", empty), (f"{len(ours)} notebooks", ours))
            for kernels in (1, 2)
        }
        spent = time_calls(works, runs=runs)
    return [
        record(
            f"{name}, {'one kernel' if kernels == 1 else 'two kernels'}",
            took,
            ratio=took.wall / spent[name, 1].wall,
            to="wall of one kernel",
            budget=BUDGET if kernels == 2 and "empty" not in name else None,
        )
        for (name, kernels), took in spent.items()
    ]


def execute(notebooks: dict[str, Path], kernels: int) -> None:
    """Notebooks run by so many kernels at a time."""
    execution.KERNELS = kernels
    execution.run_notebooks(notebooks, survey=shipped("data"))
