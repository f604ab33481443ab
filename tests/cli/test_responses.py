"""The command ``tabulate``: its output, its JSON, what it stores and what it refuses."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import duckdb
import pytest
from typer.testing import CliRunner

from analysis.__main__ import app
from analysis.codebook import COLUMNS, load_codebook, shipped
from analysis.counts.recovery import recover_counts
from analysis.errors import RecoveryError, RequestError, SurveyDataError
from analysis.survey.appending import append_wave
from analysis.survey.table import find_problems, load_survey

EXAMPLE = shipped("data") / "example_respondents.csv"
OF_EXAMPLE = ["--wave", "2022-autumn", "--group", "institution", "--stage", "role", "--id", "respondent"]
ANSWERS = "g;s;w\nLukiot;planned;1,5\nLukiot;9;2\nvocational;vet inte;1\nvocational;planned;1\n;planned;1\n"
OF_ANSWERS = ["--wave", "2022-autumn", "--group", "g", "--stage", "s", "--not-asked", "9"]


def run(*arguments: object) -> Any:
    return CliRunner().invoke(app, ["tabulate", *map(str, arguments)])


def records(*arguments: object) -> dict[str, Any]:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return dict(json.loads(result.stdout))


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    path = tmp_path / "answers.csv"
    path.write_text(ANSWERS)
    return path


def test_the_first_line_says_the_finding_and_lines_fit_a_terminal() -> None:
    result = run(EXAMPLE, *OF_EXAMPLE, "--minimum", 5)
    lines = result.stdout.splitlines()
    assert lines[0] == "2022-autumn: 175 answers counted (vocational 80, general 95)"
    assert max(map(len, lines)) <= 80
    assert "“Has tried it out” and “Wide-ranging experience”" in " ".join(lines)
    assert "nothing was stored" in result.stderr


def test_json_has_frames_by_name(answers: Path) -> None:
    found = records(answers, *OF_ANSWERS)
    assert list(found) == ["status", "survey", "bases", "shares", "withheld"]
    assert found["status"] == "tabulated"
    assert list(found["survey"][0]) == list(COLUMNS)
    assert found["survey"][1] == {
        "wave": "2022-autumn",
        "group": "all",
        "stage": "planned",
        "percent": 100.0,
        "count": 2,
        "n": 2,
        "source": "own tabulation of answers.csv",
    }
    assert found["bases"] == [
        {"group": "all", "respondents": 4, "not_asked": 1, "dont_know": 1, "missing": 0, "n": 2},
        {"group": "vocational", "respondents": 2, "not_asked": 0, "dont_know": 1, "missing": 0, "n": 1},
        {"group": "general", "respondents": 2, "not_asked": 1, "dont_know": 0, "missing": 0, "n": 1},
        {"group": "", "respondents": 1, "not_asked": 0, "dont_know": 0, "missing": 0, "n": 0},
    ]
    assert found["shares"] == found["withheld"] == []


def test_json_of_weighted_shares_has_their_errors(answers: Path) -> None:
    found = records(answers, *OF_ANSWERS, "--weight", "w", "--population", "general=100,vocational=50")
    names = ["wave", "group", "stage", "estimate", "error", "count", "n", "n_effective", "method", "basis"]
    assert list(found["shares"][0]) == names
    assert found["survey"][0]["count"] is None
    assert "effective n" in run(answers, *OF_ANSWERS, "--weight", "w").stdout


def test_json_names_withheld_stages_and_shows_none_of_their_counts() -> None:
    found = records(EXAMPLE, *OF_EXAMPLE, "--minimum", 5)
    assert found["withheld"] == [
        {"stage": "experiments", "minimum": 5},
        {"stage": "versatile", "minimum": 5},
    ]
    assert {row["stage"] for row in found["survey"]} == set(load_codebook().stages[:3])
    assert list(found["bases"][0]) == ["group", "n"]


def test_appending_stores_the_rows_once(survey_folder: Path) -> None:
    table = survey_folder / "survey_2021.csv"
    before = table.read_bytes()
    assert records(EXAMPLE, *OF_EXAMPLE, "--survey", survey_folder, "--append")["status"] == "added"
    stored = table.read_bytes()
    assert stored.startswith(before)
    assert stored.count(b"\n2022-autumn,") == 15
    assert b"\n2022-autumn,vocational,versatile,2,2,80,own tabulation of example_respondents.csv\n" in stored
    again = records(EXAMPLE, *OF_EXAMPLE, "--survey", survey_folder, "--append")
    assert again["status"] == "nothing_to_do"
    assert table.read_bytes() == stored
    other = run(EXAMPLE, *OF_EXAMPLE, "--survey", survey_folder, "--append", "--source", "panel").exception
    assert str(other).startswith("the table counted from")
    assert EXAMPLE.name in str(other)
    assert table.read_bytes() == stored


def test_a_withheld_wave_is_stored_as_a_sound_partial_wave(survey_folder: Path) -> None:
    result = run(EXAMPLE, *OF_EXAMPLE, "--survey", survey_folder, "--append", "--minimum", 5)
    assert result.exit_code == 0
    assert find_problems(survey_folder).empty
    assert set(load_survey(survey_folder).query("wave == '2022-autumn'")["stage"]) == set(
        load_codebook().stages[:3]
    )


@pytest.mark.parametrize(
    ("options", "declared"),
    [
        (["--minimum", 5], {"withheld": {"minimum": 5, "stages": ["experiments", "versatile"]}}),
        (["--id", "respondent"], {}),
    ],
)
def test_a_stored_wave_keeps_what_was_withheld_from_it(
    survey_folder: Path, tmp_path: Path, options: list[Any], declared: dict[str, Any]
) -> None:
    run(EXAMPLE, *OF_EXAMPLE, *options, "--out", tmp_path / "rows.csv")
    append_wave(tmp_path / "rows.csv", survey_folder)
    stored = load_survey(survey_folder).attrs["codebook"].wave("2022-autumn")
    assert stored == ({"id": "2022-autumn", **declared} if declared else {})


def test_a_stored_wave_keeps_that_it_is_weighted(survey_folder: Path, answers: Path) -> None:
    options = ["--weight", "w", "--source", "panel, spring", "--survey", survey_folder, "--append"]
    assert records(answers, *OF_ANSWERS, *options)["status"] == "added"
    survey = load_survey(survey_folder)
    assert survey.attrs["codebook"].wave("2022-autumn")["weighted"]
    assert survey["source"].iloc[-1].startswith("panel, spring, weighted (effective n ")
    with pytest.raises(RecoveryError, match="are weighted"):
        recover_counts(survey, "2022-autumn")


def test_refused_answers_leave_no_trace(survey_folder: Path, answers: Path) -> None:
    before = {path.name: path.read_bytes() for path in survey_folder.iterdir()}
    options = ["--wave", "2022-autumn", "--group", "g", "--stage", "s", "--survey", survey_folder, "--append"]
    result = run(answers, *options, "--out", answers.parent / "rows.csv")
    assert isinstance(result.exception, SurveyDataError)
    assert "stage is '9'" in str(result.exception)
    assert {path.name: path.read_bytes() for path in survey_folder.iterdir()} == before
    assert not (answers.parent / "rows.csv").exists()


def test_json_of_a_refusal_lists_the_problems(answers: Path) -> None:
    result = run(answers, "--wave", "2022-autumn", "--group", "g", "--stage", "s", "--json")
    found = json.loads(result.stdout)
    assert isinstance(result.exception, SurveyDataError)
    assert found["status"] == "refused"
    assert [list(problem) for problem in found["problems"]] == [
        ["line", "column", "value", "rule", "problem"]
    ]


def test_rows_are_written_in_the_stored_form(survey_folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "rows.csv"
    assert records(EXAMPLE, *OF_EXAMPLE, "--out", out)["status"] == "written"
    lines = out.read_text(encoding="utf-8").splitlines()
    assert lines[0] == ",".join(COLUMNS)
    assert lines[6] == "2022-autumn,vocational,not_at_all,19,15,80,own tabulation of example_respondents.csv"
    appended = CliRunner().invoke(app, ["append", str(out), "--survey", str(survey_folder), "--yes"])
    assert appended.exit_code == 0


@pytest.mark.parametrize("name", ["survey_2021.csv", "datapackage.json", "answers.csv", "letter.txt"])
def test_no_file_of_others_is_written_over(survey_folder: Path, answers: Path, name: str) -> None:
    shutil.copy(answers, survey_folder)
    target = survey_folder / name
    target.write_bytes(target.read_bytes() if target.exists() else b"dear all")
    before = target.read_bytes()
    for force in ([], ["--force"]) if name != "letter.txt" else ([],):
        source = survey_folder / "answers.csv"
        result = run(source, *OF_ANSWERS, "--survey", survey_folder, "--append", "--out", target, *force)
        assert isinstance(result.exception, RequestError)
        assert target.read_bytes() == before
        assert "2022-autumn" not in (survey_folder / "survey_2021.csv").read_text()


def test_neither_a_bare_table_nor_a_part_of_the_input_is_written_over(tmp_path: Path) -> None:
    table, part = tmp_path / "survey-en.csv", tmp_path / "answers" / "part.parquet"
    shutil.copy(shipped("data") / "survey_2021.csv", table)
    part.parent.mkdir()
    duckdb.sql("SELECT 'general' AS g, 'planned' AS s").write_parquet(str(part))
    before = table.read_bytes(), part.read_bytes()
    for target in (table, part):
        result = run(part.parent, *OF_ANSWERS, "--survey", table, "--out", target, "--force")
        assert isinstance(result.exception, RequestError)
    options = ["--to", "wide-csv", "--survey", str(table), "--out", str(tmp_path), "--force"]
    assert isinstance(CliRunner().invoke(app, ["export", *options]).exception, RequestError)
    assert (table.read_bytes(), part.read_bytes()) == before


def test_a_conflict_with_stored_rows_is_told_in_json_too(survey_folder: Path, answers: Path) -> None:
    options = [*OF_ANSWERS, "--survey", survey_folder, "--append", "--json"]
    run(answers, *options)
    answers.write_text(ANSWERS + "general;planned;1\n")
    assert json.loads(run(answers, *options).stdout)["status"] == "refused"


def test_what_was_read_is_told_on_the_side(tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    path.write_bytes("g;s\nLukiot;Meillä on jo kokeiluja virtuaalisesta kv-toiminnasta\n;\n".encode("cp1252"))
    result = run(path, "--wave", "2022-autumn", "--group", "g", "--stage", "s", "--json")
    assert "note: read as Windows-1252" in result.stderr
    assert "note: 1 blank row is left out" in result.stderr
    assert json.loads(result.stdout)["bases"][0]["respondents"] == 1


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three million long ids, each to be compared with all others."""
    path = tmp_path_factory.mktemp("many") / "x.csv"
    ids = "SELECT repeat(md5(range::text), 3) AS id, 'Lukiot' AS g, 'planned' AS s FROM range(3000000)"
    duckdb.sql(f"COPY ({ids}) TO '{path}' (HEADER)")
    return path


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_counting_within_two_seconds(
    many: Path, tmp_path: Path, number: int, code: int
) -> None:
    folder = tmp_path / "tmp"
    folder.mkdir()
    command = ["tabulate", many, "--wave", "2022-autumn", "--group", "g", "--stage", "s", "--id", "id"]
    with subprocess.Popen(
        [sys.executable, "-m", "analysis", *map(str, command), "--out", str(tmp_path / "rows.csv")],
        env={**os.environ, "TMPDIR": str(folder)},
        stderr=subprocess.PIPE,
    ) as process:
        while not list(folder.iterdir()):
            time.sleep(0.05)
        time.sleep(0.3)
        process.send_signal(number)
        sent = time.monotonic()
        assert process.wait(10) == code
        assert time.monotonic() - sent < 2
        assert process.stderr is not None
        assert process.stderr.read() == b""
    assert list(tmp_path.iterdir()) == [folder]
    assert not list(folder.iterdir())
