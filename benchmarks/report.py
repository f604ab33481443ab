"""The whole ``maturity report`` in three languages, with charts, decks and notebooks, as one command."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from benchmarks.clock import MATURITY, RUNS, Budget, Record, record, run_process

BUDGET = Budget("wall s", 45.0)


def measure(*, runs: int = RUNS) -> list[Record]:
    """One record: the report made anew."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "report")
        made = run_process(
            [*MATURITY, "report", "--out", out],
            runs=runs,
            before=lambda: shutil.rmtree(out, ignore_errors=True),
        )
    return [record("maturity report", made, budget=BUDGET)]
