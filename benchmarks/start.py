"""How long a command takes to answer at all, against Python itself and what its libraries cost to import.

The lines in the middle show what the commands on the table would cost if they loaded the libraries that the
others need. ``tests/test_start.py`` holds which command loads what.
"""

from __future__ import annotations

import sys

from benchmarks.clock import MATURITY, RUNS, Budget, Record, record, run_process

PYTHON = (sys.executable, "-c")
CASES = {
    "python -c pass": [*PYTHON, "pass"],
    "import typer and rich": [*PYTHON, "import typer, typer.rich_utils"],
    "import pandas": [*PYTHON, "import pandas"],
    "import pandas, scipy.stats, matplotlib.pyplot": [
        *PYTHON,
        "import pandas, scipy.stats, matplotlib.pyplot",
    ],
    "maturity --help": [*MATURITY, "--help"],
    "maturity check --help": [*MATURITY, "check", "--help"],
    "maturity check": [*MATURITY, "check"],
    "maturity recover 2020-autumn": [*MATURITY, "recover", "2020-autumn"],
    "maturity compare": [*MATURITY, "compare"],
}
REMARKS = {
    "maturity --help": "bound by the start of Python and the import of typer. The speed of a shared machine "
    "moves it across its budget: it took 0.11 s where Python alone took 16 ms, and 0.19 s where that took 26."
}
BUDGETS = {"maturity --help": Budget("wall s", 0.15)}


def measure(*, runs: int = RUNS) -> list[Record]:
    """One record per process."""
    spent = {case: run_process(command, runs=runs) for case, command in CASES.items()}
    floor = spent["python -c pass"].cpu
    return [
        record(case, took, ratio=took.cpu / floor, to="CPU of python -c pass", budget=BUDGETS.get(case))
        for case, took in spent.items()
    ]
