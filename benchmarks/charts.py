"""Each chart of the shipped survey in SVG, PNG and PDF, warm, in one process."""

from __future__ import annotations

from functools import partial

from analysis.charts.gallery import CHARTS, chart_files, charts_of
from analysis.inference.findings import gather_frames
from analysis.survey.table import load_survey
from benchmarks.clock import RUNS, Budget, Record, record, time_calls

BUDGET = Budget("CPU s", 0.8)
FORMATS = ("svg", "png", "pdf")


def measure(*, runs: int = RUNS) -> list[Record]:
    """One record per chart."""
    frames = gather_frames(load_survey())
    works = {
        name: partial(chart_files, name, frames, FORMATS, lang="en", size="wide", theme="light")
        for name in CHARTS
        if name in charts_of(frames)
    }
    spent = time_calls(works, runs=runs)
    return [record(f"{name}, three formats", took, budget=BUDGET) for name, took in spent.items()]
