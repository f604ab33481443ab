"""Appending a wave of 15 rows to a copy of the survey, and taking it back, each as a whole process.

The peer is a process that only imports pandas: an append that went through it could not be faster.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from analysis.codebook import shipped
from benchmarks.clock import MATURITY, RUNS, Budget, Record, record, run_process
from benchmarks.tables import wave_text, waves_text

BUDGETS = {"append of 15 rows": Budget("wall s", 0.5)}


def measure(*, runs: int = RUNS) -> list[Record]:
    """One record per process."""
    with tempfile.TemporaryDirectory() as folder:
        home, wave, many = (Path(folder, name) for name in ("survey", "wave.csv", "many.csv"))
        wave.write_text(wave_text(2030), encoding="utf-8")
        many.write_text(waves_text(range(2030, 9999), most=4_000_000), encoding="utf-8")
        table = ["--survey", str(home)]

        def renew() -> None:
            shutil.rmtree(home, ignore_errors=True)
            shutil.copytree(shipped("data"), home)

        def append() -> None:
            renew()
            run_process([*MATURITY, "append", str(wave), *table, "--yes"], runs=1)

        spent = {
            "python -c pass": run_process([sys.executable, "-c", "pass"], runs=runs),
            "import pandas": run_process([sys.executable, "-c", "import pandas"], runs=runs),
            "append of 15 rows": run_process(
                [*MATURITY, "append", str(wave), *table, "--yes"], runs=runs, before=renew
            ),
            "append of 15 rows, dry run": run_process(
                [*MATURITY, "append", str(wave), *table, "--dry-run"], runs=runs, before=renew
            ),
            "append of 4 MB": run_process(
                [*MATURITY, "append", str(many), *table, "--yes"], runs=runs, before=renew
            ),
            "undo": run_process([*MATURITY, "undo", *table], runs=runs, before=append),
        }
    floor = spent["import pandas"].cpu
    return [
        record(case, took, ratio=took.cpu / floor, to="CPU of import pandas", budget=BUDGETS.get(case))
        for case, took in spent.items()
    ]
