"""Screens as first-time users see them: no label torn, nothing claimed that was not done, mistakes named."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from incoming import maturity

from analysis.cli.output import print_table

TABLE = """Stage,Vocational,General,All
Not at all,19,21,20
Planned,19,22,20
Preparing or piloting,28,10,18
Has tried it out,32,41,37
Wide-ranging experience,2,6,5
"""
SIZES = ["--n", "Vocational=80,General=95", "--total", "All"]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "table.csv"
    path.write_text(TABLE, encoding="utf-8")
    return path


def said(*arguments: object) -> str:
    return " ".join(maturity(*arguments).text.split())


@pytest.mark.parametrize("command", ["compare", "waves"])
def test_no_label_is_torn_from_its_sign(command: str) -> None:
    lines = maturity(command).out.splitlines()
    assert any("≥\u00a0" in line for line in lines)
    assert not [line for line in lines if "≥" in line and "≥\u00a0" not in line]


def test_labels_of_a_survey_made_of_a_table_are_whole(table: Path, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    assert maturity("read", table, "--out", folder, "--wave", "2024", *SIZES).code == 0
    printed = maturity("compare", "--survey", folder).out
    assert "…" not in printed
    assert max(map(len, printed.splitlines())) <= 80
    assert " ≥\u00a0Preparing or" in printed


def test_stages_stand_in_the_words_of_the_sentences() -> None:
    for command in ("recover", "compare", "waves", "disclose"):
        printed = maturity(command).out
        assert "Wide-ranging" in printed
        assert "versatile" not in printed


def test_of_shares_without_counts_no_interval_or_count_is_spoken_of(table: Path) -> None:
    weighted = said("compare", table, "--total", "All", "--weighted")
    assert "Percentages of the table are weighted, so they are not counts out of n" in weighted
    assert "So the published shares are compared" in weighted
    assert "unweighted" not in weighted
    assert "Intervals" not in weighted
    unknown = said("compare", table, "--total", "All")
    assert "The n of Vocational, General in the table is not known; give it (n, --n)" in unknown
    assert "maturity sizes" in unknown


def test_the_promise_of_waves_is_made_once_and_where_there_are_intervals() -> None:
    printed = said("waves")
    assert printed.count("surveys like this") == 1


def test_one_is_not_told_as_many(table: Path) -> None:
    printed = said("sizes", table, *SIZES)
    assert "One combination of n up to 150 fits the table" in printed
    assert "Vocational=80, General=95; tables: 1." in printed
    assert "nearest: Vocational is 38.9 to 50.0% of all, whatever n is." in printed


def test_columns_of_codes_and_risks_are_explained() -> None:
    assert "nearest n: the closest n for which the rule can print them" in said("audit")
    assert "exposed: the exact count can be worked out." in said("disclose")
    assert "small:" not in said("disclose")
    assert "“Further along” is the probability" in said("compare")


def test_what_is_neither_file_nor_wave_is_told_apart(survey_folder: Path, tmp_path: Path) -> None:
    assert f"{survey_folder} is a folder; name a survey's folder with --survey" in said(
        "recover", survey_folder
    )
    assert "there is no file" in said("recover", tmp_path / "none.csv")
    assert "wave is '2020-spring'; use one of 2020-autumn" in said("recover", "2020-spring")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["export", "--to", "xlsx", "--for", "word"], "--for is 'word'; use one of any, excel"),
        (["export", "--to", "xlsx", "--out", "TABLE"], "TABLE is a file; name a folder"),
        (["slides", "--out", "deck.ppt"], "ends in .ppt; name a file that ends in .pptx"),
        (["read", "TABLE", "--out", "new", "--wave", "autumn"], "wave is 'autumn'; use YYYY,"),
        (["page", "--out", "p.html", "--lang", "no"], "there are no words in 'no', only in fi, sv, en"),
        (["new", "new", "--name", "A", "--stages", "a b", "--groups", "x"], "a scale has two stages or more"),
        (["new", "new", "--name", "A", "--stages", "a,b,a", "--groups", "x"], "'a' is named twice"),
        (["new", "new", "--name", "A", "--stages", "a=b,a=c", "--groups", "x"], "a code stands twice"),
        (["recover", "TABLE", "--n", "80,95"], "give each group once with its number"),
        (["check", "TABLE"], "maturity append --wide adds such a table, maturity recover works with it"),
        (["check", "https://oph.fi/t.csv"], "https://oph.fi/t.csv is an address"),
    ],
)
def test_mistakes_are_named_in_the_words_of_the_command(
    arguments: list[str], words: str, table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(table.parent)
    outcome = maturity(*(str(table) if part == "TABLE" else part for part in arguments))
    assert outcome.code == 2
    assert words.replace("TABLE", str(table)) in " ".join(outcome.text.split())
    assert [path.name for path in table.parent.iterdir()] == ["table.csv"]


def test_columns_that_do_not_add_up_are_told_with_their_sums(table: Path) -> None:
    table.write_text(TABLE.replace("32,41", "12,31"), encoding="utf-8")
    assert "percentages must add up to 100, but they add up to 80 (Vocational), 90 (General)" in said(
        "recover", table, *SIZES
    )


def test_a_conflict_of_many_rows_is_told_once(survey_folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "wave.csv"
    rows = [line.split(",")[:3] for line in TABLE.splitlines()]
    path.write_text("\n".join(",".join(row) for row in rows) + "\n", encoding="utf-8")
    wide = ["append", path, "--survey", survey_folder, "--wide", "--wave", "2022-autumn", "--yes"]
    sizes = ["--n", "vocational=80,general=95"]
    assert maturity(*wide, *sizes, "--source", "First").code == 0
    again = maturity(*wide, *sizes, "--source", "Second")
    assert again.code == 2
    assert "has 2 problems" in again.text
    assert "and of 4 more of its rows is 'Second' here, but 'First' on line 19" in again.text


def test_a_group_that_looks_like_the_total_is_asked_about(table: Path) -> None:
    asked = "All looks like the total of the others; if so, say it: --total All"
    assert asked in said("recover", table, "--n", "Vocational=80,General=95,All=175")
    assert asked not in said("recover", table, *SIZES)


def test_a_bare_table_is_drawn_in_each_language_without_a_word_of_another(
    table: Path, tmp_path: Path
) -> None:
    drawn = maturity(
        "charts", table, *SIZES, "--lang", "fi", "--only", "stages", "--format", "svg", "--out", tmp_path
    )
    assert drawn.code == 0
    alt = (tmp_path / "fi" / "stages.txt").read_text(encoding="utf-8")
    assert "Julkaistu taulukko, osuudet vastauksista, ajankohta ei tiedossa" in alt
    assert "ublished" not in alt
    assert "the table" not in alt


def test_a_survey_without_english_needs_no_language_named(table: Path, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    assert maturity("read", table, "--out", folder, "--wave", "2024", *SIZES, "--lang", "fi").code == 0
    survey = ["--survey", folder, "--out", tmp_path]
    assert maturity("charts", *survey, "--only", "stages", "--format", "svg").code == 0
    assert (tmp_path / "fi" / "stages-wide.svg").is_file()
    assert "survey-fi.xlsx" in said("export", "--to", "xlsx", *survey)
    assert "--lang is 'en'; use one of fi, all" in said("export", "--to", "xlsx", "--lang", "en", *survey)


def test_labels_stay_where_the_columns_of_figures_are_many(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(
        "Many", ["stage", *(f"group {place}" for place in range(12))], [["Not at all", *["100.0"] * 12]]
    )
    printed = capsys.readouterr().out
    assert "Not at all" in printed
    assert printed.count("100.0") == 12


def test_heads_break_before_labels_do(capsys: pytest.CaptureFixture[str]) -> None:
    label = "A label of more than thirty columns"
    print_table("Heads", ["stage", *["a head of words"] * 4], [[label, *["1"] * 4]])
    printed = capsys.readouterr().out
    assert label in printed
    assert "a head of words" not in printed


def test_a_narrow_terminal_loses_no_label(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    print_table(
        "Narrow", ["stage", *(f"group {place}" for place in range(5))], [["Not at all", *["100.0"] * 5]]
    )
    printed = capsys.readouterr().out
    assert "Not at all" in printed
    assert printed.count("100.0") == 5
