"""Cases that were found in use, some kept beside the checkout where CI puts them, end as they should."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from incoming import CASES, WAVE, maturity

from analysis.codebook import shipped
from analysis.errors import RequestError
from analysis.survey.appending import append_wave

MATURITY = (sys.executable, "-m", "analysis")


@pytest.fixture
def wave(tmp_path):
    file = tmp_path / "wave.csv"
    file.write_text(WAVE, encoding="utf-8")
    return file


def start(*arguments, **options):
    """A command as a process of its own."""
    command = [*MATURITY, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)


def names(folder):
    return sorted(path.name for path in folder.iterdir() if path.suffix != ".lock")


@pytest.mark.skipif(not CASES.is_dir(), reason="the cases are not beside the checkout")
@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("02-two-sheets-first-taken/two_sheets.xlsx", "several sheets hold something: 'old', '2022'"),
        ("05-formula-without-value/formula.xlsx", "cell C2 holds a formula without a stored value"),
        ("07-parquet-columns-by-case/two_case.parquet", "a Parquet file, not a table of percentages"),
        ("09-spss-missing-with-a-labels-word/same_label.sav", "an SPSS file (.sav)"),
        (
            "24-stata-sent-in-a-circle/answers.dta",
            "a Stata file (.dta), not a table of percentages; count",
        ),
        ("24-stata-sent-in-a-circle/answers.por", "a portable SPSS file (.por)"),
        ("24-stata-sent-in-a-circle/answers.xpt", "a SAS transport file (.xpt)"),
        ("25-workbook-with-a-password/rows.xlsx", "an Excel workbook with a password; save it without one"),
        ("26-strict-open-xml/app_strict.xlsx", "'Strict Open XML'; save it as .xlsx ('Excel Workbook')"),
        ("27-libreoffice-ods/a.ods", "an OpenDocument spreadsheet (.ods); save it as .xlsx"),
        ("27-libreoffice-ods/a_ods.xlsx", "an OpenDocument spreadsheet (.ods); save it as .xlsx"),
    ],
)
def test_a_file_is_refused_for_what_it_is(case, words, survey_folder):
    before = (survey_folder / "survey_2021.csv").read_bytes()
    outcome = maturity("append", CASES / case, "--survey", survey_folder, "--yes")
    assert outcome.code == 2
    assert words in outcome.err
    assert (survey_folder / "survey_2021.csv").read_bytes() == before


@pytest.mark.skipif(not CASES.is_dir(), reason="the cases are not beside the checkout")
def test_percentages_as_pandas_computes_them_are_right_waves(survey_folder):
    for file in sorted((CASES / "22-unrounded-percentages").glob("*.csv")):
        outcome = maturity("append", file, "--survey", survey_folder, "--dry-run")
        assert outcome.code == 0, outcome.text


def test_the_installed_survey_is_not_stored_into(tmp_path, wave, monkeypatch):
    home = tmp_path / "site-packages" / "analysis"
    shutil.copytree(shipped("data"), home / "shipped" / "data")
    monkeypatch.setattr("analysis.codebook.__file__", str(home / "codebook.py"))
    table = home / "shipped" / "data" / "survey_2021.csv"
    before = table.read_bytes()
    with pytest.raises(RequestError, match=r"copy its folder .* --survey"):
        append_wave(wave, table)
    outcome = maturity("append", wave, "--yes")
    assert outcome.code == 2
    assert "the next upgrade would delete" in outcome.err
    assert table.read_bytes() == before
    answers = home / "shipped" / "data" / "example_respondents.csv"
    columns = ("--wave", "2022-autumn", "--group", "institution", "--stage", "role")
    outcome = maturity("tabulate", answers, *columns, "--append")
    assert (outcome.code, "the next upgrade would delete" in outcome.err) == (2, True)
    assert table.read_bytes() == before


@pytest.mark.parametrize("reader", ["true", "head -1", "head -4"])
def test_a_reader_who_leaves_changes_neither_what_is_stored_nor_the_exit_code(reader, survey_folder, wave):
    command = (
        f'"{sys.executable}" -m analysis append "{wave}" --survey "{survey_folder}" --yes 2>&1 | {reader}; '
        "exit ${PIPESTATUS[0]}"
    )
    assert subprocess.run(["bash", "-c", command], capture_output=True, check=False).returncode == 0
    assert (survey_folder / "survey_2021.csv").read_bytes().count(b"2022-autumn") == 15


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-"])
def test_a_closed_stream_is_no_fault(closed, survey_folder):
    command = f'"{sys.executable}" -m analysis check "{survey_folder}" {closed}'
    found = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert found.returncode == 0
    assert "Traceback" not in found.stderr


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_append_ends_at_once_with_the_old_table_and_no_litter(
    number, code, survey_folder, wave
):
    fcntl = pytest.importorskip("fcntl")
    table = survey_folder / "survey_2021.csv"
    before, beside = table.read_bytes(), names(survey_folder)
    with Path(f"{table}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        restore = lambda: signal.signal(signal.SIGINT, signal.default_int_handler)  # noqa: E731
        process = start("append", wave, "--survey", survey_folder, "--yes", preexec_fn=restore)
        time.sleep(2)
        process.send_signal(number)
        begin = time.perf_counter()
        process.communicate(timeout=20)
    assert time.perf_counter() - begin < 3
    assert process.returncode == code
    assert (table.read_bytes(), names(survey_folder)) == (before, beside)


@pytest.mark.parametrize("call", ["open", "write", "fsync", "replace"])
def test_an_append_that_is_ended_while_it_writes_leaves_no_litter(call, survey_folder, wave):
    """SIGTERM is handled as the door does it, at the moment of the last call of each kind."""
    before = names(survey_folder)
    child = os.fork()
    if not child:
        real = getattr(os, call)

        def end(*arguments, **options):
            real(*arguments, **options)
            sys.exit(143)

        setattr(os, call, end)
        try:
            append_wave(wave, survey_folder)
        except SystemExit:
            os._exit(143)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 143
    assert names(survey_folder) in (before, sorted([*before, "survey_2021.csv.bak"]))
    assert len(append_wave(wave, survey_folder)) == 32
