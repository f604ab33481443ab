"""Judging a table by all rules: the shipped one, and files at the limit of what is read at all.

The floor of a file is Python's own ``csv`` reader going through it once; pandas reads it without judging.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from analysis.codebook import shipped
from analysis.survey.sheets import MOST_BYTES
from benchmarks.clock import MATURITY, RUNS, Budget, Record, record, run_process
from benchmarks.tables import waves_text

BUDGETS = {
    "sound file at the limit": Budget("wall s", 3.0),
    "sound file at the limit, each figure rounded alone": Budget("wall s", 3.0),
    "file of mistakes at the limit": Budget("wall s", 3.0),
    "2 GB in one line": Budget("wall s", 1.0),
}
PEERS = {
    "csv reader": "import csv, sys; sum(1 for _ in csv.reader(open(sys.argv[1], newline='')))",
    "pandas.read_csv": "import pandas, sys; pandas.read_csv(sys.argv[1], dtype=str)",
}


def measure(*, runs: int = RUNS) -> list[Record]:
    """One record per process."""
    with tempfile.TemporaryDirectory() as folder:
        sound, alone, bad, line = (Path(folder, f"{name}.csv") for name in ("sound", "alone", "bad", "line"))
        for file, rule in ((sound, "largest_remainder"), (alone, "half_up")):
            file.write_text(waves_text(range(1000, 9999), most=MOST_BYTES - 100, rule=rule), encoding="utf-8")
        bad.write_bytes(b"wave,group,stage,percent\n" + b"x,y,z,q\n" * (MOST_BYTES // 8 - 10))
        with line.open("wb") as file:
            file.truncate(2_000_000_000)
        survey = ["--survey", str(shipped("data"))]
        spent = {
            f"{name}, sound file at the limit": run_process([sys.executable, "-c", code, sound], runs=runs)
            for name, code in PEERS.items()
        }
        floor = spent["csv reader, sound file at the limit"].cpu
        spent["shipped table"] = run_process([*MATURITY, "check"], runs=runs)
        for case, file, code in (
            ("sound file at the limit", sound, 0),
            ("sound file at the limit, each figure rounded alone", alone, 0),
            ("file of mistakes at the limit", bad, 2),
            ("2 GB in one line", line, 2),
        ):
            spent[case] = run_process([*MATURITY, "check", file, *survey], runs=runs, code=code)
    return [
        record(case, took, ratio=took.cpu / floor, to="CPU of the csv reader", budget=BUDGETS.get(case))
        for case, took in spent.items()
    ]
