"""The command ``charts``: what it writes, what it says, what it refuses."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from surveys import small_survey, tiny_survey
from typer.testing import CliRunner, Result

from analysis.__main__ import app
from analysis.cli.options import several
from analysis.errors import RequestError


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["charts", *map(str, arguments)], catch_exceptions=False)


def test_charts_come_with_their_words_and_numbers(tmp_path: Path) -> None:
    result = run("--only", "stages,waves", "--format", "svg", "--lang", "fi", "--out", tmp_path)
    assert result.exit_code == 0
    assert result.stdout.splitlines()[0] == "2 pictures in svg, with alt texts and numbers:"
    assert sorted(path.name for path in (tmp_path / "fi").iterdir() if path.name[0] != ".") == [
        "stages-wide.svg",
        "stages.csv",
        "stages.txt",
        "waves-wide.svg",
        "waves.csv",
        "waves.txt",
    ]
    assert (tmp_path / "fi" / "stages.txt").read_text(encoding="utf-8").startswith("Pinottu palkkikaavio.")
    with (tmp_path / "fi" / "stages.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file, delimiter=";"))
    assert [row[1] for row in rows[1:]] == ["19", "19", "28", "32", "2"]


def test_a_bare_table_is_drawn_with_the_n_that_are_given(tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text("role,one,two\nno,25,40\nsome,60,40\nmuch,15,20\n", encoding="utf-8")
    options = ["--only", "differences", "--format", "svg", "--n", "one=40,two=50", "--out", tmp_path]
    assert run(table, *options).exit_code == 0
    words = (tmp_path / "en" / "differences.txt").read_text(encoding="utf-8")
    assert "some" in words.lower()
    assert "40" in words


def test_what_is_assumed_reaches_the_charts(tmp_path: Path) -> None:
    run("--only", "differences", "--format", "svg", "--level", "90", "--n", "general=96", "--out", tmp_path)
    words = (tmp_path / "en" / "differences.txt").read_text(encoding="utf-8")
    assert "90%" in words
    drawing = (tmp_path / "en" / "differences-wide.svg").read_text(encoding="utf-8")
    assert "96" in drawing


def test_a_file_of_someone_else_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "stages-wide.svg").write_text("mine", encoding="utf-8")
    with pytest.raises(RequestError):
        run("--only", "stages", "--format", "svg", "--out", tmp_path)
    assert (tmp_path / "en" / "stages-wide.svg").read_text(encoding="utf-8") == "mine"


def test_one_picture_is_one_and_languages_are_those_of_the_codebook(tmp_path: Path) -> None:
    survey = tiny_survey().save(tmp_path / "tiny")
    descriptor = survey / "datapackage.json"
    content = json.loads(descriptor.read_text(encoding="utf-8"))
    content["survey"]["languages"] = ["en"]
    descriptor.write_text(json.dumps(content), encoding="utf-8")
    asked = ("--survey", survey, "--only", "stages", "--format", "svg", "--out", tmp_path / "made")
    assert run(*asked, "--lang", "all").stdout.startswith("1 picture in svg,")
    assert [path.name for path in (tmp_path / "made").iterdir()] == ["en"]
    with pytest.raises(RequestError, match="--lang is 'sv'; use one of en, all"):
        run(*asked, "--lang", "sv")


def test_a_survey_without_english_speaks_its_first_language_in_every_command(tmp_path: Path) -> None:
    survey = small_survey().save(tmp_path / "small")
    descriptor = survey / "datapackage.json"
    content = json.loads(descriptor.read_text(encoding="utf-8"))
    content["survey"]["languages"] = ["sv", "fi"]
    descriptor.write_text(json.dumps(content), encoding="utf-8")
    asked, made = ("--survey", str(survey)), str(tmp_path / "made")
    commands = {
        "charts": ["--only", "stages", "--format", "svg", "--out", made],
        "slides": ["--out", made],
        "export": ["--to", "wide-csv", "--out", made],
        "recover": [],
        "compare": [],
        "waves": [],
    }
    said = {
        name: CliRunner().invoke(app, [name, *asked, *rest], catch_exceptions=False).stdout
        for name, rest in commands.items()
    }
    assert sorted(path.name for path in (tmp_path / "made").iterdir() if path.name[0] != ".") == [
        "slides-sv.pptx",
        "survey-sv.csv",
        "sv",
    ]
    assert "tydligt" in said["compare"]
    assert "tydligt" in said["waves"]


def test_the_files_are_listed_for_other_programs(tmp_path: Path) -> None:
    result = run(
        "--only",
        "stages",
        "--format",
        "png",
        "--size",
        "phone",
        "--theme",
        "dark",
        "--out",
        tmp_path,
        "--json",
    )
    found = json.loads(result.stdout)
    assert found["status"] == "drawn"
    assert [Path(name).name for name in found["files"]] == [
        "stages-phone-dark.png",
        "stages.txt",
        "stages.csv",
    ]
    assert all(Path(name).is_file() for name in found["files"])


def test_another_survey_is_drawn_without_a_change_of_code(tmp_path: Path) -> None:
    folder = tiny_survey().save(tmp_path / "survey")
    result = run("--survey", folder, "--format", "svg", "--out", tmp_path / "out", "--json")
    names = {Path(name).stem for name in json.loads(result.stdout)["files"] if name.endswith(".svg")}
    assert names == {f"{name}-wide" for name in ("stages", "cumulative", "shares", "waves", "diverging")}
    assert "All schools" in (tmp_path / "out" / "en" / "stages.txt").read_text(encoding="utf-8")


def test_a_chart_that_the_survey_cannot_bear_is_refused_by_name(tmp_path: Path) -> None:
    survey = tiny_survey()
    one_wave = survey._replace(answers={"2022-autumn": survey.answers["2022-autumn"]})
    folder = one_wave.save(tmp_path / "survey")
    with pytest.raises(
        RequestError,
        match="this survey has no figures for the chart 'waves'; it has figures for stages",
    ):
        run("--survey", folder, "--only", "waves", "--out", tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.fixture
def gaps(tmp_path: Path) -> Path:
    """A survey of which each group lacks a stage on both sides of the cut; without n, it is soon read."""
    survey = small_survey()
    rows = survey.rows()
    folder = survey.save(tmp_path / "survey")
    kept = rows[~rows["stage"].isin(["none", "leading"])].assign(n=None)
    kept.to_csv(next(folder.glob("*.csv")), index=False)
    return folder


def test_gaps_on_both_sides_of_the_cut_leave_out_the_chart_around_it(tmp_path: Path, gaps: Path) -> None:
    result = run("--survey", gaps, "--format", "svg", "--out", tmp_path / "out", "--json")
    names = {Path(name).stem for name in json.loads(result.stdout)["files"]}
    assert "stages-wide" in names
    assert "diverging-wide" not in names


def test_a_chart_with_gaps_on_both_sides_of_the_cut_is_refused_with_the_reason(
    tmp_path: Path, gaps: Path
) -> None:
    with pytest.raises(RequestError, match="group 'north' lacks stages on both sides of the cut 'steady'"):
        run("--survey", gaps, "--only", "diverging", "--out", tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--only", "pie", "--only is 'pie'; use one of stages, cumulative"),
        ("--format", "jpg", "--format is 'jpg'; use one of svg, png, pdf"),
        ("--size", "huge", "--size is 'huge'"),
        ("--theme", "light,dark", "--theme is 'light,dark'; use one of light, dark"),
        ("--lang", "de", "--lang is 'de'"),
    ],
)
def test_an_unknown_choice_is_refused(tmp_path: Path, option: str, value: str, said: str) -> None:
    with pytest.raises(RequestError, match=said):
        run(option, value, "--out", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_list_may_be_in_any_order_or_all() -> None:
    assert several("--size", "phone, wide", ["wide", "half", "phone"]) == ["wide", "phone"]
    assert several("--size", "all", ["wide", "half"]) == ["wide", "half"]
