"""Which heavy libraries each command loads: those that its work needs, and no others; no clock."""

import subprocess
import sys

import pytest
from incoming import WAVE, maturity

HEAVY = {
    "pandas", "numpy", "scipy", "scipy.stats", "matplotlib", "seaborn", "duckdb", "pptx", "nbformat",
    "nbclient", "IPython", "babel", "openpyxl", "narwhals", "polars", "fontTools",
}  # fmt: skip
FRAMES = {"pandas", "numpy"}
NEEDED = {  # of these, by command; a command that is not here needs none
    "recover": FRAMES,
    "sizes": FRAMES | {"scipy"},  # solves small programs where there is much to list
    "audit": FRAMES,
    "disclose": FRAMES,
    "compare": FRAMES | {"scipy", "babel"},
    "waves": FRAMES | {"scipy", "babel"},
}
SCRIPT = """
import sys
from analysis.__main__ import main
try:
    main()
finally:
    print(*sys.modules, file=sys.stderr)
"""


def loaded_by(*command):
    """The modules that a command has loaded when it ends, in a process of its own."""
    found = subprocess.run(
        [sys.executable, "-c", SCRIPT, *command], capture_output=True, text=True, check=True
    )
    return set(found.stderr.splitlines()[-1].split())


@pytest.fixture
def survey(survey_folder):
    """A copy of the shipped survey, and a wave to append beside it."""
    (survey_folder / "wave.csv").write_text(WAVE, encoding="utf-8")
    return survey_folder


@pytest.mark.parametrize(
    "command",
    [
        ["--help"],
        ["append", "--help"],
        ["report", "--help"],
        ["check"],
        ["recover", "2020-autumn"],
        ["sizes", "2020-autumn", "--max-n", "20"],
        ["audit", "2020-autumn"],
        ["disclose", "2020-autumn"],
        ["compare"],
        ["waves"],
    ],
    ids=" ".join,
)
def test_a_command_loads_what_its_work_needs(command):
    asked = set() if "--help" in command else NEEDED.get(command[0], set())
    assert HEAVY & loaded_by(*command) - asked == set()


@pytest.mark.parametrize("command", ["check", "append", "undo"])
def test_a_command_on_the_table_loads_nothing_heavy(command, survey):
    if command == "undo":
        maturity("append", survey / "wave.csv", "--survey", survey, "--yes")
    file = [str(survey / "wave.csv"), "--yes"] if command == "append" else []
    assert HEAVY & loaded_by(command, *file, "--survey", str(survey)) == set()
