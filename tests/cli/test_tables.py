"""``check``, ``append`` and ``undo`` as a maintainer types them."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from incoming import STORED, WAVE, maturity, with_line

from analysis.errors import MESSAGE_LIMIT

ROW = ["wave", "group", "stage", "percent", "count", "n", "source"]


@pytest.fixture
def table(survey_folder):
    """The table of a copy of the shipped survey."""
    return survey_folder / "survey_2021.csv"


@pytest.fixture
def wave_file(tmp_path):
    """A file with the made-up wave, away from the table."""
    path = tmp_path / "wave.csv"
    path.write_text(WAVE, encoding="utf-8")
    return path


def append(*arguments):
    return maturity("append", *arguments)


def test_check_tells_sums_and_the_partial_state_of_the_second_wave():
    outcome = maturity("check")
    assert outcome.code == 0
    assert outcome.out.startswith("no problems: 17 rows, 2 waves in ")
    assert outcome.out.count("5 of 5             100") == 3
    assert "partial" in outcome.out
    assert "warning: 2021-autumn is partial: all: 2 of 5 stages" in outcome.err
    assert max(map(len, outcome.out.splitlines())) <= 80


def test_check_as_json_has_the_keys_of_the_contract():
    outcome = maturity("check", "--json")
    content = json.loads(outcome.out)
    assert outcome.err == ""
    assert content["status"] == "sound"
    assert content["problems"] == []
    assert content["warnings"] == [
        "2021-autumn is partial: all: 2 of 5 stages; no rows of vocational, general"
    ]
    assert content["waves"][0] == {
        "wave": "2020-autumn",
        "group": "all",
        "stages": 5,
        "stages_in_codebook": 5,
        "percent_sum": 100,
        "count_sum": None,
        "n": 175,
        "partial": False,
    }


def test_check_of_a_bad_table_ends_with_its_problems(table):
    table.write_bytes(STORED.replace(b"piloting,28", b"piloting,x"))
    outcome = maturity("check", table)
    assert outcome.code == 2
    assert outcome.out.splitlines()[1] == (
        "  line 9: percent is 'x', which is not a number; write it in digits 0-9"
    )
    found = maturity("check", table, "--json")
    assert found.code == 2
    content = json.loads(found.out)
    assert content["status"] == "refused"
    assert content["problems"] == [
        {
            "line": "9",
            "column": "percent",
            "value": "x",
            "rule": "not-a-number",
            "problem": "percent is 'x', which is not a number; write it in digits 0-9",
        }
    ]


def test_check_judges_a_file_by_the_codebook_of_a_survey(wave_file, survey_folder):
    assert maturity("check", wave_file, "--survey", survey_folder).out.startswith(
        "no problems: 15 rows, 1 wave"
    )


def test_a_file_without_codebook_is_judged_by_the_shipped_one_and_told_so(wave_file):
    outcome = maturity("check", wave_file)
    assert outcome.code == 0
    assert "the shipped survey's is used" in outcome.err


def test_append_shows_the_difference_stores_it_and_tells_what_to_run(wave_file, table):
    outcome = append(wave_file, "--survey", table, "--yes")
    assert outcome.code == 0
    lines = outcome.out.splitlines()
    assert lines[0] == f"15 new rows for {table}"
    assert "  2022-autumn vocational (n = 50): not_at_all 10, planned 16, piloting 24," in lines
    assert "    percentage points against 2020-autumn: not_at_all −9, planned −3, piloting" in lines
    assert f"added 15 rows to {table}" in lines
    assert lines[-3:] == [f"  maturity {name} --survey {table}" for name in ("report", "slides", "charts")]
    assert table.read_bytes().startswith(STORED)
    assert len(table.read_bytes().splitlines()) == 18 + 15


def test_without_a_terminal_nobody_is_asked(wave_file, table, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    assert append(wave_file, "--survey", table).code == 0
    assert table.read_bytes() != STORED


@pytest.fixture
def reports(tmp_path, monkeypatch):
    """The surveys of which a report was made, in place of a report that takes its time."""
    made = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        "analysis.report.run.run_report", lambda out, *, survey, watch: made.append((out, survey))
    )
    return made


def test_with_report_the_report_is_made_of_the_new_table(wave_file, table, reports):
    outcome = append(wave_file, "--survey", table, "--yes", "--report")
    assert outcome.code == 0
    assert reports == [(Path("maturity-report"), table)]
    assert "The report is ready; open maturity-report/index.html" in outcome.err
    assert "maturity report" not in outcome.out


def test_a_second_run_makes_the_report_that_the_first_could_not(wave_file, table, reports):
    append(wave_file, "--survey", table, "--yes")
    append(wave_file, "--survey", table, "--dry-run", "--report")
    assert reports == []
    append(wave_file, "--survey", table, "--yes", "--report")
    assert len(reports) == 1


def test_where_no_report_can_be_put_nothing_is_stored(wave_file, table, reports):
    Path("maturity-report").mkdir()
    Path("maturity-report", "minutes.txt").write_text("mine", encoding="utf-8")
    outcome = append(wave_file, "--survey", table, "--yes", "--report")
    assert outcome.code == 2
    assert "maturity-report exists already; name a folder" in outcome.err
    assert table.read_bytes() == STORED


def test_a_wave_that_the_codebook_does_not_tell_of_is_noted_with_the_entry_to_add(wave_file, table):
    appended = append(wave_file, "--survey", table, "--yes")
    checked = maturity("check", table)
    for outcome in (appended, checked):
        assert outcome.code == 0
        assert "note: datapackage.json does not say when 2022-autumn was asked" in outcome.err
        entry = outcome.err.partition("an entry such as ")[2].partition("\n")[0]
        assert json.loads(entry).keys() == {"id", "fieldwork", "publication", "source"}
    assert "does not say" in json.loads(maturity("check", table, "--json").out)["notes"][0]
    assert "does not say" not in maturity("check").err


class Terminal:
    """Somebody who types one answer."""

    def __init__(self, answer):
        self.answer = answer

    def isatty(self):
        return True

    def readline(self, *limit):
        return f"{self.answer}\n"


@pytest.mark.parametrize(("answer", "added"), [("y", True), ("n", False)])
def test_at_a_terminal_the_answer_counts(answer, added, wave_file, table, monkeypatch):
    monkeypatch.setattr(sys, "stdin", Terminal(answer))
    outcome = append(wave_file, "--survey", table)
    assert outcome.code == 0
    assert ("added 15 rows" in outcome.out) is added
    assert ("nothing was changed" in outcome.out) is not added
    assert (table.read_bytes() != STORED) is added


def test_a_dry_run_writes_nothing(wave_file, table):
    beside = sorted(table.parent.iterdir())
    outcome = append(wave_file, "--survey", table, "--dry-run")
    assert outcome.code == 0
    assert outcome.out.splitlines()[-1] == "dry run: nothing was written"
    assert (table.read_bytes(), sorted(table.parent.iterdir())) == (STORED, beside)


def test_the_second_run_says_that_nothing_was_added(wave_file, table):
    append(wave_file, "--survey", table, "--yes")
    outcome = append(wave_file, "--survey", table, "--yes")
    assert outcome.code == 0
    assert "nothing to add: all rows of the file are stored already" in outcome.out


def test_a_file_without_rows_is_nothing_to_add(wave_file, table):
    wave_file.write_text(WAVE.splitlines()[0], encoding="utf-8")
    outcome = append(wave_file, "--survey", table, "--yes")
    assert outcome.code == 0
    assert "no rows" in outcome.out


def test_append_as_json_tells_what_was_added_and_what_was_normalised(wave_file, table):
    wave_file.write_text(WAVE.replace(",", ";").replace(";16;50", ";16,0;50"), encoding="utf-8")
    for status in ("dry_run", "added", "nothing_to_do"):
        outcome = append(
            wave_file, "--survey", table, "--json", *(["--dry-run"] if status == "dry_run" else [])
        )
        content = json.loads(outcome.out)
        assert (outcome.code, outcome.err, content["status"]) == (0, "", status)
        assert len(content["added"]) == (0 if status == "nothing_to_do" else 15)
        assert content["already_there"] == (15 if status == "nothing_to_do" else 0)
        separators, numbers = content["notes"]
        assert separators == "semicolons read as separators"
        assert numbers.startswith("percent: read as a plain number: ")
        assert content["warnings"] == []
        assert all(list(row) == ROW for row in content["added"])
        if content["added"]:
            assert content["added"][7] == {
                "wave": "2022-autumn",
                "group": "vocational",
                "stage": "piloting",
                "percent": 24,
                "count": None,
                "n": 50,
                "source": "made up",
            }


def test_a_refusal_as_json_has_its_problems_too(wave_file, table):
    wave_file.write_text(with_line(9, ",24,", ",x,"), encoding="utf-8")
    outcome = append(wave_file, "--survey", table, "--json")
    assert outcome.code == 2
    content = json.loads(outcome.out)
    assert content["status"] == "refused"
    assert content["problems"][0]["line"] == "9"
    assert "line 9" in outcome.err


@pytest.mark.parametrize("command", [["recover"], ["waves"], ["export", "--to", "xlsx"]])
def test_every_command_tells_programs_what_is_wrong_with_a_table(command, table):
    table.write_bytes(STORED.replace(b"piloting,28", b"piloting,x"))
    outcome = maturity(*command, "--survey", table, "--json")
    assert outcome.code == 2
    assert json.loads(outcome.out)["problems"][0]["line"] == "9"
    assert "line 9" in outcome.err


def test_a_refusal_shows_eight_problems_and_their_number(wave_file, table):
    wave_file.write_text(WAVE.splitlines()[0] + "\n" + "2022,x,y,z,z,=1\n" * 600, encoding="utf-8")
    outcome = append(wave_file, "--survey", table, "--yes")
    assert outcome.code == 2
    assert len(outcome.text) <= MESSAGE_LIMIT
    assert len(outcome.err.splitlines()) == 10
    assert "more" in outcome.err.splitlines()[-1]


def test_the_wide_layout_needs_its_option_and_is_read_with_it(wave_file, table):
    wide = "stage,all,vocational,general\n" + "".join(
        f"{stage},{a},{v},{g}\n"
        for stage, a, v, g in zip(
            ("not_at_all", "planned", "piloting", "experiments", "versatile"),
            (10, 16, 22, 42, 10),
            (10, 16, 24, 40, 10),
            (10, 15, 20, 45, 10),
            strict=True,
        )
    )
    wave_file.write_text(wide, encoding="utf-8")
    assert "--wide" in append(wave_file, "--survey", table, "--yes").err
    given = ["--wave", "2022-autumn", "--n", "all=90,vocational=50,general=40", "--source", "made up"]
    assert "--wide" in append(wave_file, "--survey", table, "--yes", *given).err
    outcome = append(wave_file, "--survey", table, "--yes", "--wide", *given)
    assert outcome.code == 0, outcome.err
    assert table.read_text(encoding="utf-8").splitlines()[18 + 7] == (
        "2022-autumn,vocational,piloting,24,,50,made up"
    )


@pytest.mark.parametrize(
    "sizes", ["vocational", "vocational=x", "vocational=5,vocational=6", "vocational=5-7"]
)
def test_sizes_that_cannot_be_read_are_refused(sizes, wave_file, table):
    outcome = append(wave_file, "--survey", table, "--wide", "--wave", "2022-autumn", "--n", sizes)
    assert outcome.code == 2
    assert "--n" in outcome.err


def test_undo_brings_the_table_back_once(wave_file, table):
    append(wave_file, "--survey", table, "--yes")
    outcome = maturity("undo", "--survey", table)
    assert outcome.code == 0
    assert outcome.out == f"15 rows of 2022-autumn taken out of {table} again\n"
    assert table.read_bytes() == STORED
    again = maturity("undo", "--survey", table)
    assert again.code == 2
    assert "nothing to undo" in again.err


def test_undo_as_json_tells_the_rows(wave_file, table):
    append(wave_file, "--survey", table, "--yes")
    content = json.loads(maturity("undo", "--survey", table, "--json").out)
    assert content["status"] == "undone"
    assert len(content["removed"]) == 15


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["append", "absent.csv"], 2, "no such file"),
        (["append", "http://127.0.0.1:9/x.csv"], 2, "address"),
        (["append", "/dev/zero"], 2, "device"),
        (["append", "."], 2, "folder"),
        (["check", "absent.csv"], 2, "does not exist"),
        (["check", "s3://bucket/x.csv"], 2, "address"),
        (["check", "/dev/null"], 2, "device"),
    ],
)
def test_what_is_no_file_is_refused_in_one_clear_message(arguments, code, words, survey_folder):
    survey = ["--survey", survey_folder] if arguments[0] == "append" else []
    outcome = maturity(*arguments, *survey)
    assert outcome.code == code
    assert words in outcome.text


def test_a_survey_that_is_no_file_or_read_only_is_refused(wave_file, table):
    os.mkfifo(table.parent / "pipe.csv")
    assert append(wave_file, "--survey", table.parent / "pipe.csv").code == 2
    table.chmod(0o444)
    outcome = append(wave_file, "--survey", table)
    assert outcome.code == 4
    assert "read-only" in outcome.err


def test_what_the_system_refuses_outside_the_table_is_no_traceback(wave_file, table):
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("no device that is always full")
    command = [
        sys.executable,
        "-u",
        "-m",
        "analysis",
        "append",
        str(wave_file),
        "--survey",
        str(table),
        "--yes",
    ]
    with full.open("w") as stdout:
        found = subprocess.run(command, stdout=stdout, stderr=subprocess.PIPE, text=True, check=False)
    assert found.returncode == 4
    assert "No space left" in found.stderr
    assert "Traceback" not in found.stderr
    assert table.read_bytes() == STORED


@pytest.mark.parametrize(
    "environment", [{"LC_ALL": "C"}, {"PYTHONUTF8": "0", "LC_ALL": "POSIX"}, {"TZ": "Asia/Tokyo"}]
)
def test_the_result_is_the_same_in_any_environment(environment, wave_file, table):
    wave_file.write_text(
        WAVE.replace("made up", "Opetushallitus – syyskuu, äö".replace(",", ";")), encoding="utf-8"
    )
    command = [sys.executable, "-m", "analysis", "append", str(wave_file), "--survey", str(table), "--json"]
    found = subprocess.run(
        command, capture_output=True, check=True, env={"PATH": os.environ["PATH"]} | environment
    )
    assert "Opetushallitus – syyskuu; äö" in found.stdout.decode("utf-8")
    assert "Opetushallitus – syyskuu; äö" in table.read_text(encoding="utf-8")
