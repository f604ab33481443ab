"""The whole ``maturity report`` in three languages, against its floors: the notebooks and the figures alone.

A floor is a process that does only that, with two kernels or two processes as the report does; what each
costs against bare matplotlib and single kernels stands under charts and notebooks. An unchanged report is
made of what the earlier one has; a forced one makes all parts anew.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from analysis.codebook import LANGUAGES, shipped
from benchmarks.clock import MATURITY, RUNS, Budget, Record, Spent, record, run_process

BUDGETS = {"wall s": Budget("wall s", 30.0), "ratio": Budget("ratio", 1.5)}


def measure(*, runs: int = RUNS) -> list[Record]:
    """One record per floor, their sum, and the report anew, forced over an old one and unchanged."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "report")
        floors = {
            f"{name} alone": run_process(
                [sys.executable, "-c", f"from benchmarks.report import {name} as work; work({folder!r})"],
                runs=runs,
            )
            for name in ("run_notebooks", "draw_figures")
        }
        command = [*MATURITY, "report", "--out", str(out)]
        new = run_process(command, runs=runs, before=lambda: shutil.rmtree(out, ignore_errors=True))
        forced = run_process([*command, "--force"], runs=runs)
        unchanged = run_process(command, runs=runs)
    total = Spent(*(sum(column) for column in zip(*floors.values(), strict=True)))
    to = "wall of both floors"
    return [
        *(record(name.replace("_", " "), took) for name, took in floors.items()),
        record("both floors", total._replace(megabytes=max(took.megabytes for took in floors.values()))),
        record("maturity report", new, ratio=new.wall / total.wall, to=to, budget=BUDGETS["ratio"]),
        record("maturity report, seconds", new, budget=BUDGETS["wall s"]),
        record("maturity report --force", forced, ratio=forced.wall / total.wall, to=to),
        record("maturity report, unchanged", unchanged, ratio=unchanged.wall / total.wall, to=to),
    ]


def run_notebooks(_: str) -> None:
    """The notebooks of the report and nothing else."""
    from analysis.old.report.publishing import execution

    books = {path.stem: path for path in sorted(shipped("notebooks").glob("*.ipynb"))}
    execution.run_notebooks(books, survey=shipped("data"))


def draw_figures(folder: str) -> None:
    """The figures of the report, in all languages, sizes and formats, and nothing else."""
    from analysis.old.charts.gallery import CHARTS
    from analysis.old.inference.findings import gather_frames
    from analysis.old.report.publishing.batches import Job, draw_all
    from analysis.old.report.publishing.pages import DRAWN
    from analysis.survey.table import load_survey

    frames = gather_frames(load_survey())
    draw_all(
        [
            Job(name, frames[chart.key], lang, size, theme, Path(folder, "figures", lang), formats)
            for lang in LANGUAGES
            for name, chart in CHARTS.items()
            if chart.key in frames
            for (size, theme), formats in DRAWN.items()
        ]
    )
