"""Appending a wave as a whole process, and judging files at the size limit.

    python benchmarks/append.py

Each figure is the median of five processes: wall seconds, CPU seconds, and the peak memory of the process
itself. The floor is a process that imports the command line and ends. Files are made up, seeded, in a
temporary folder that is deleted.
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import median

from analysis.codebook import load_codebook, shipped
from analysis.reading import MOST_BYTES
from analysis.rounding import print_percentages

RUNS = 5
BUDGETS = {  # wall seconds, and megabytes at the limit
    "append of 15 rows": (0.5, 200),
    "sound file at the limit": (3.0, 200),
    "file of mistakes at the limit": (3.0, 200),
    "2 GB in one line": (1.0, 200),
}
MEASURED = """
import sys, time
start = time.perf_counter()
from analysis.__main__ import main
sys.argv = ["maturity", *sys.argv[1:]]
try:
    if len(sys.argv) > 1:
        main()
except SystemExit:
    pass
peak = open("/proc/self/status").read().partition("VmHWM:")[2].split()[0]
print(time.process_time(), int(peak) // 1024, file=sys.stderr)
"""


def sound_rows(years: Iterable[int]) -> str:
    """Whole waves with counts of their own, printed as this package prints, as many as a file may hold."""
    numbers = random.Random(2020)
    codebook = load_codebook()
    lines = ["wave,group,stage,percent,n,source\n"]
    room = MOST_BYTES - 1000
    for year in years:
        if room < 0:
            break
        counts = {group: [numbers.randint(1, 40) for _ in codebook.stages] for group in codebook.parts}
        counts[str(codebook.total)] = [sum(stage) for stage in zip(*counts.values(), strict=True)]
        for group, column in counts.items():
            cells = zip(codebook.stages, print_percentages(column), strict=True)
            lines += [f"{year}-autumn,{group},{stage},{cell},{sum(column)},s\n" for stage, cell in cells]
            room -= sum(map(len, lines[-len(column) :]))
    return "".join(lines)


def run(arguments: Sequence[str]) -> tuple[float, float, int]:
    """Wall and CPU seconds and peak megabytes of one process."""
    from time import perf_counter

    start = perf_counter()
    found = subprocess.run(
        [sys.executable, "-c", MEASURED, *arguments], capture_output=True, text=True, check=True
    )
    wall = perf_counter() - start
    seconds, megabytes = found.stderr.split()[-2:]
    return wall, float(seconds), int(megabytes)


def main() -> int:
    """Print every case beside its budget; 1 where one is missed."""
    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        table, files = Path(folder, "survey.csv"), Path(folder)
        Path(folder, "datapackage.json").write_bytes((shipped("data") / "datapackage.json").read_bytes())
        (files / "wave.csv").write_text(sound_rows([2030]), encoding="utf-8")
        (files / "sound.csv").write_text(sound_rows(range(1000, 9999)), encoding="utf-8")
        (files / "bad.csv").write_bytes(b"wave,group,stage,percent\n" + b"x,y,z,q\n" * (MOST_BYTES // 8 - 10))
        with (files / "line.csv").open("wb") as line:
            line.truncate(2_000_000_000)
        cases = {
            "floor": [],
            "append of 15 rows": ["append", str(files / "wave.csv"), "--survey", str(table), "--yes"],
            "sound file at the limit": ["check", str(files / "sound.csv"), "--survey", str(table)],
            "file of mistakes at the limit": ["check", str(files / "bad.csv"), "--survey", str(table)],
            "2 GB in one line": ["check", str(files / "line.csv"), "--survey", str(table)],
        }
        for name, arguments in cases.items():
            runs = []
            for _ in range(RUNS):
                table.write_bytes((shipped("data") / "survey_2021.csv").read_bytes())
                runs.append(run(arguments))
            wall, cpu, megabytes = (median(column) for column in zip(*runs, strict=True))
            seconds, most = BUDGETS.get(name, (float("inf"), float("inf")))
            verdict = "ok" if wall <= seconds and megabytes <= most else "MISSED"
            missed += verdict == "MISSED"
            print(f"{name:<32}{wall:7.2f} s wall {cpu:7.2f} s CPU {megabytes:6.0f} MB   {verdict}")
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
