"""How a command starts and ends: what it loads, its version, a signal, a reader that leaves; no clock."""

import json
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
FRAMES = {"rich", "pandas", "numpy"}
ALLOWED = {  # of these, by command; in the order in which one process runs them, each set in the next
    "--help": set(),
    "append --help": set(),
    "report --help": set(),
    "append wave.csv --survey survey --yes": set(),
    "undo --survey survey": set(),
    "check --survey survey": {"rich"},
    "check": {"rich"},
    "audit 2020-autumn": FRAMES,
    "disclose 2020-autumn": FRAMES,
    "sizes 2020-autumn --max-n 20": FRAMES | {"scipy"},  # solves small programs where there is much to list
    "recover 2020-autumn": FRAMES | {"scipy", "babel"},  # says what the tables mean for the differences
    "compare": FRAMES | {"scipy", "babel"},
    "waves": FRAMES | {"scipy", "babel"},
}
SCRIPT = """
import contextlib, io, json, sys
from analysis.__main__ import main
loaded = {}
for command in json.loads(sys.argv[1]):
    sys.argv = ["maturity", *command.split()]
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            main()
        except SystemExit as end:
            assert not end.code, command
    loaded[command] = list(sys.modules)
print(json.dumps(loaded))
"""


@pytest.fixture
def survey(survey_folder):
    """A copy of the shipped survey, and a wave to append beside it."""
    (survey_folder / "wave.csv").write_text(WAVE, encoding="utf-8")
    return survey_folder


def test_a_command_loads_what_its_work_needs_and_nothing_of_the_working_folder(survey, tmp_path):
    folder = tmp_path / "working"
    folder.mkdir()
    told = put_shadows(folder)
    survey.rename(folder / "survey")
    (folder / "survey" / "wave.csv").rename(folder / "wave.csv")
    ended = subprocess.run(
        [sys.executable, "-P", "-c", SCRIPT, json.dumps(list(ALLOWED))],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert not told.exists(), told.read_text(encoding="utf-8")
    loaded = json.loads(ended.stdout)
    beyond = {command: HEAVY & set(loaded[command]) - allowed for command, allowed in ALLOWED.items()}
    assert {command: modules for command, modules in beyond.items() if modules} == {}


def test_the_help_says_each_summary_whole():
    text = " ".join(maturity("--help").out.split())
    summaries = [" ".join(c.callback.__doc__.split("\n\n")[0].split()) for c in app.registered_commands]
    assert [summary for summary in summaries if summary not in text] == []


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
