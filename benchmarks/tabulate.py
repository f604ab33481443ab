"""Tabulating respondents: ours against bare DuckDB, polars, pandas and R's survey, as ratios in one run.

    python -m benchmarks tabulate
    python -m benchmarks.tabulate [--rows 1e6 1e7 1e8] [--forms parquet csv] [--runs 5]

Respondents are made up by arithmetic, in a temporary folder that is deleted. Each peer runs in a process of
its own, which measures the work alone, after its imports and a first run on a handful of rows, with
``resource.getrusage``: wall and CPU seconds of all threads, and the peak memory of the whole process. Rounds
go from peer to peer, and the median counts. pandas stops at 2e7 rows, CSV at 1e7, R at 1e6.

Budgets: from 1e7 rows on counts at most 1.15 times the CPU of DuckDB's own GROUP BY, and from 1e8 rows on
weighted sums at most 1.15 times that of its sums of floats, ``sum(w)`` and ``sum(w * w)``, which are not the
same bits for any thread number and order of the rows, as ours are; memory under 256 MB and not growing with
the rows.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

from benchmarks.clock import ROOT, RUNS, Budget, Record, judged, markdown

SCHOOLS = ["vocational", "Lukiot", "general", "Ammatilliset oppilaitokset", "Gymnasier"]
ROLES = ["not_at_all", "Suunniteltu", "vet inte", "PILOTING", "Försök", "versatile", "Not asked"]
REMARKS = {
    "parquet, ours, weighted": "the start and stop of a DuckDB, the codebook and the rows cost some 45 ms of "
    "CPU a call, which only many rows make small. Rows are grouped by a hash of their pair, and weights are "
    "cast to whole numbers of 63 bits, which finds those that cannot be used; that none is below 0 is known "
    "from the statistics of the file. In any other source each weight is looked at."
}
MILLION = 1_000_000
LARGEST_PANDAS = 20 * MILLION  # rows; beyond it pandas needs some 8 GB
LARGEST_CSV = 10 * MILLION  # rows; ten times as many are 4 GB
LARGEST_R = MILLION  # rows; ten times as many take R's survey over a minute
FEW = 50  # rows of the file for a first run
LARGE = {"ours": 10 * MILLION, "ours, weighted": 100 * MILLION}  # rows from which on the budget holds
BUDGET = Budget("ratio", 1.15)
KEYS = {"wave": "2022-autumn", "group": "school", "stage": "role"}


def make_respondents(path: Path, rows: int) -> None:
    """A file of made-up respondents; one in fourteen has no answer at all."""
    import duckdb

    form = "FORMAT parquet" if path.suffix == ".parquet" else "FORMAT csv, HEADER"
    duckdb.sql(
        f"""COPY (
            SELECT i AS id, {SCHOOLS}[1 + i * 7919 % 1000003 % 5] AS school,
                   CASE WHEN i % 14 = 3 THEN NULL ELSE {ROLES}[1 + i * 104729 % 1000033 % 7] END AS role,
                   round(0.25 + (i * 31337 % 999983) / 400000.0, 6) AS w
            FROM range({rows}) AS numbers(i)
        ) TO '{path}' ({form})"""
    )


def ours(path: str) -> Callable[[], object]:
    from analysis.survey.respondents import tabulate_responses

    return lambda: tabulate_responses(path, **KEYS)


def ours_weighted(path: str) -> Callable[[], object]:
    from analysis.survey.respondents import tabulate_responses

    return lambda: tabulate_responses(path, **KEYS, weight="w")


def duckdb_counts(path: str) -> Callable[[], object]:
    import duckdb

    return lambda: duckdb.sql(f"SELECT school, role, count(*) FROM '{path}' GROUP BY school, role").fetchall()


def duckdb_floats(path: str) -> Callable[[], object]:
    import duckdb

    sums = "count(*), sum(w), sum(w * w)"
    return lambda: duckdb.sql(f"SELECT school, role, {sums} FROM '{path}' GROUP BY school, role").fetchall()


def polars_counts(path: str) -> Callable[[], object]:
    import polars as pl

    scan = pl.scan_parquet if path.endswith(".parquet") else pl.scan_csv
    return lambda: scan(path).group_by("school", "role").len().collect(engine="streaming")


def pandas_counts(path: str) -> Callable[[], object]:
    import pandas as pd

    names = ["school", "role"]
    if path.endswith(".parquet"):
        return lambda: pd.read_parquet(path, columns=names).groupby(names, dropna=False).size()
    return lambda: pd.read_csv(path, usecols=names).groupby(names, dropna=False).size()


def r_survey(path: str) -> Callable[[], object]:
    script = f"""
        suppressMessages(library(survey))
        d <- read.csv("{path}", na.strings = "")
        d$group <- ifelse(d$school %in% c("vocational", "Ammatilliset oppilaitokset"), "v", "g")
        s <- svydesign(ids = ~1, strata = ~group, weights = ~w, data = d)
        print(svyby(~role, ~group, s, svymean, na.rm = TRUE))"""
    return lambda: subprocess.run(["Rscript", "-e", script], check=True, capture_output=True)


PEERS = {
    "duckdb": duckdb_counts,
    "ours": ours,
    "polars": polars_counts,
    "pandas": pandas_counts,
    "duckdb, float sums": duckdb_floats,
    "ours, weighted": ours_weighted,
    "R survey": r_survey,
}
BASELINES = {"ours, weighted": "duckdb, float sums", "R survey": "duckdb, float sums"}


def can_run(peer: str, path: Path, rows: int) -> bool:
    if peer == "R survey":
        return path.suffix == ".csv" and rows <= LARGEST_R and has_r_survey()
    return peer != "pandas" or rows <= LARGEST_PANDAS


def has_r_survey() -> bool:
    if not shutil.which("Rscript"):
        return False
    test = ["Rscript", "-e", "quit(status = !requireNamespace('survey', quietly = TRUE))"]
    return subprocess.run(test, check=False, capture_output=True).returncode == 0


def run_peer(peer: str, path: str) -> dict[str, float]:
    """What one peer takes for one file; call it in a process of its own."""
    work, first = PEERS[peer](path), PEERS[peer](f"{path}.few{Path(path).suffix}")
    first()
    who = resource.RUSAGE_CHILDREN if peer == "R survey" else resource.RUSAGE_SELF
    before, start = resource.getrusage(who), time.perf_counter()
    work()
    wall, after = time.perf_counter() - start, resource.getrusage(who)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"wall_s": wall, "cpu_s": cpu, "peak_mb": after.ru_maxrss / 1024}


def in_own_process(*arguments: str) -> str:
    command = [sys.executable, "-m", "benchmarks.tabulate", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout


def measure(
    rows: Sequence[int] = (MILLION, 10 * MILLION, 100 * MILLION),
    forms: Sequence[str] = ("parquet", "csv"),
    runs: int = RUNS,
) -> list[Record]:
    """One record per number of rows, form and peer: medians, and CPU as a ratio to the peer's baseline."""
    records = []
    with tempfile.TemporaryDirectory() as folder:
        for size in rows:
            for form in forms if size <= LARGEST_CSV else set(forms) - {"csv"}:
                path = Path(folder) / f"respondents.{form}"
                for file, number in ((path, size), (Path(f"{path}.few.{form}"), FEW)):
                    in_own_process("make", str(file), str(number))
                records += measure_file(path, size, runs)
                path.unlink()
    return records


def measure_file(path: Path, rows: int, runs: int) -> list[Record]:
    peers = [peer for peer in PEERS if can_run(peer, path, rows)]
    found: dict[str, list[dict[str, float]]] = {peer: [] for peer in peers}
    for _ in range(runs):
        for peer in peers:
            found[peer].append(json.loads(in_own_process("run", peer, str(path))))
    medians = {
        peer: {key: median(run[key] for run in runs) for key in runs[0]} for peer, runs in found.items()
    }
    return [measured(path, rows, peer, medians) for peer in peers]


def measured(path: Path, rows: int, peer: str, medians: dict[str, dict[str, float]]) -> Record:
    """One line of the table, its CPU as a ratio to that of the peer's baseline."""
    took, baseline = medians[peer], BASELINES.get(peer, "duckdb")
    values: Record = {
        "case": f"{rows:.0e} rows, {path.suffix[1:]}, {peer}",
        "wall s": took["wall_s"],
        "CPU s": took["cpu_s"],
        "CPU ns/row": 1e9 * took["cpu_s"] / rows,
        "peak MB": took["peak_mb"],
        "ratio": took["cpu_s"] / medians[baseline]["cpu_s"],
        "to": f"CPU of {baseline}",
    }
    return values | judged(values, BUDGET if peer in LARGE and rows >= LARGE[peer] else None)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", nargs="+", type=float, default=[1e6, 1e7, 1e8])
    parser.add_argument("--forms", nargs="+", default=["parquet", "csv"])
    parser.add_argument("--runs", type=int, default=RUNS)
    given = parser.parse_args()
    print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, medians of {given.runs} runs\n")
    print("\n".join(markdown(measure([int(rows) for rows in given.rows], given.forms, given.runs))))


if __name__ == "__main__":
    if sys.argv[1:2] == ["make"]:
        make_respondents(Path(sys.argv[2]), int(sys.argv[3]))
    elif sys.argv[1:2] == ["run"]:
        print(json.dumps(run_peer(sys.argv[2], sys.argv[3])))
    else:
        main()
