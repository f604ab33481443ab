"""How a command starts and ends: what it loads, its version, a signal, a reader that leaves; no clock."""

import signal
import subprocess
import sys
from importlib.metadata import version

import pytest
from incoming import WAVE, maturity, put_shadows

from analysis.__main__ import app

HEAVY = {
    "pandas", "numpy", "scipy", "scipy.stats", "matplotlib", "seaborn", "duckdb", "pptx", "nbformat",
    "nbclient", "IPython", "babel", "openpyxl", "narwhals", "polars", "fontTools", "rich",
}  # fmt: skip
TABLE = {"rich"}
FRAMES = {"pandas", "numpy"} | TABLE
NEEDED = {  # of these, by command; a command that is not here needs none
    "check": TABLE,
    "recover": FRAMES | {"scipy", "babel"},  # says what the tables mean for the differences
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


@pytest.fixture
def loaded_by(tmp_path):
    """The modules that a command has loaded when it ends, in a folder with modules of the user's."""
    folder = tmp_path / "working"
    folder.mkdir()
    told = put_shadows(folder)

    def run(*command):
        found = subprocess.run(
            [sys.executable, "-P", "-c", SCRIPT, *command],
            cwd=folder,
            capture_output=True,
            text=True,
            check=True,
        )
        assert not told.exists(), told.read_text(encoding="utf-8")
        return set(found.stderr.splitlines()[-1].split())

    return run


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
def test_a_command_loads_what_its_work_needs(command, loaded_by):
    asked = set() if "--help" in command else NEEDED.get(command[0], set())
    assert HEAVY & loaded_by(*command) - asked == set()


def test_the_help_says_each_summary_whole():
    text = " ".join(maturity("--help").out.split())
    summaries = [" ".join(c.callback.__doc__.split("\n\n")[0].split()) for c in app.registered_commands]
    assert [summary for summary in summaries if summary not in text] == []


@pytest.mark.parametrize("command", ["check", "append", "undo"])
def test_a_command_on_the_table_loads_nothing_heavy(command, survey, loaded_by):
    if command == "undo":
        maturity("append", survey / "wave.csv", "--survey", survey, "--yes")
    file = [str(survey / "wave.csv"), "--yes"] if command == "append" else []
    loaded = loaded_by(command, *file, "--survey", str(survey))
    assert HEAVY & loaded - NEEDED.get(command, set()) == set()


def test_it_says_its_version():
    assert maturity("--version").out == f"maturity-survey {version('maturity-survey')}\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_a_signal_ends_a_command_with_its_number(number):
    waiting = (
        "import os, signal, time, analysis.__main__ as door; "
        "signal.signal(signal.SIGINT, signal.default_int_handler); "  # which a job in the background ignores
        "door.app = lambda: (os.write(1, b'.'), time.sleep(60))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", f"{waiting}; door.main()"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        process.stdout.read(1)
        process.send_signal(number)
        assert process.communicate(timeout=20) == (b"", b"")
    assert process.returncode == 128 + number


def test_a_command_whose_reader_leaves_does_its_work_and_is_quiet(survey):
    command = [sys.executable, "-m", "analysis", "append", survey / "wave.csv", "--survey", survey, "--yes"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()
    assert process.returncode == 0
    assert "2022-autumn" in (survey / "survey_2021.csv").read_text(encoding="utf-8")


def test_a_command_without_stdout_ends_well():
    ended = subprocess.run(
        f"{sys.executable} -m analysis --help >&-", shell=True, capture_output=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, b"")
