"""The table in other forms: wide CSV and an accessible workbook."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from incoming import maturity
from surveys import SURVEYS, large_survey

from analysis.codebook import LANGUAGES
from analysis.old.report.exports import (
    FORMS,
    export_survey,
    print_cell,
    widen_survey,
    write_wide_csv,
    write_workbook,
)
from analysis.survey.table import load_survey

DANGEROUS = ("=1+1", "+1", "-1", "@SUM(A1)", "＝1", '=HYPERLINK("https://example.org")')


def with_sources(*sources: str) -> pd.DataFrame:
    """The shipped survey, each of its first stages from another source."""
    survey = load_survey()
    survey["source"] = [sources[row % len(sources)] for row in range(len(survey))]
    return survey


def sheets(content: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(content))


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("form", ["wide-csv", "xlsx"])
def test_an_export_can_be_appended_again(form: str, lang: str, survey_folder: Path, tmp_path: Path) -> None:
    table = survey_folder / "survey_2021.csv"
    file = tmp_path / f"wide.{FORMS[form]}"
    file.write_bytes(export_survey(load_survey(table), to=form, lang=lang))
    header, *rows = table.read_text(encoding="utf-8").splitlines()
    later = [row for row in rows if not row.startswith("2020-autumn")]
    table.write_text("\n".join([header, *later]) + "\n", encoding="utf-8")
    outcome = maturity("append", file, "--wide", "--survey", table, "--yes")
    assert outcome.code == 0, outcome.text
    assert "15 rows new" in outcome.out
    assert sorted(table.read_text(encoding="utf-8").splitlines()[1:]) == sorted(rows)


def test_the_wide_table_is_the_published_one() -> None:
    wide = widen_survey(load_survey())
    assert wide.columns.tolist() == [
        "wave", "stage", "all", "vocational", "general", "n_all", "n_vocational", "n_general", "source",
    ]  # fmt: skip
    assert wide[["all", "vocational", "general"]].iloc[:5].to_numpy().tolist() == [
        [20, 19, 21],
        [20, 19, 22],
        [18, 28, 10],
        [37, 32, 41],
        [5, 2, 6],
    ]
    assert wide["stage"].tolist() == [
        "not_at_all", "planned", "piloting", "experiments", "versatile", "experiments", "versatile",
    ]  # fmt: skip
    assert wide[["vocational", "general"]].iloc[5:].isna().all(axis=None)


@pytest.mark.parametrize("name", SURVEYS)
def test_no_figure_is_lost_on_the_way(name: str) -> None:
    rows = SURVEYS[name]().rows()
    wide = widen_survey(rows).set_index(["wave", "stage"])
    found = {
        (wave, group, stage): value
        for (wave, stage), cells in wide.iterrows()
        for group, value in cells.items()
        if group in set(rows["group"]) and not pd.isna(value)
    }
    keys = zip(rows["wave"], rows["group"], rows["stage"], strict=True)
    assert found == dict(zip(keys, rows["percent"], strict=True))


@pytest.mark.parametrize("source", DANGEROUS)
def test_no_cell_of_the_csv_begins_as_a_formula(source: str) -> None:
    rows = list(csv.reader(io.StringIO(write_wide_csv(with_sources(source)))))
    assert {row[-1] for row in rows[1:]} == {f"'{source}"}


def test_the_csv_is_in_the_language_that_is_asked_for() -> None:
    heads = {lang: write_wide_csv(load_survey(), lang=lang).splitlines()[0] for lang in LANGUAGES}
    assert heads["fi"].startswith("Aineistonkeruu,Vaihe,")
    assert heads["sv"].startswith("Datainsamling,Stadium,")
    assert heads["en"].startswith("Wave,Stage,")


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", SURVEYS)
def test_the_workbook_holds_the_wide_table(name: str, lang: str) -> None:
    rows = SURVEYS[name]().rows()
    table = sheets(write_workbook(rows, lang=lang)).worksheets[1]
    head, *cells = ([cell.value for cell in row] for row in table.iter_rows())
    wide = widen_survey(rows, lang=lang)
    assert head == wide.columns.tolist()
    assert cells == [[None if pd.isna(value) else value for value in row] for row in wide.to_numpy().tolist()]


def test_the_workbook_has_no_formula_link_or_merged_cell() -> None:
    content = write_workbook(with_sources(*DANGEROUS, "https://example.org/a"))
    for sheet in sheets(content):
        assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n"}
        assert all(cell.hyperlink is None for row in sheet.iter_rows() for cell in row)
        assert not sheet.merged_cells.ranges
    assert not [name for name in zipfile.ZipFile(io.BytesIO(content)).namelist() if "external" in name]


def test_the_workbook_marks_its_table_and_its_head_row() -> None:
    book = sheets(write_workbook(load_survey()))
    assert book.sheetnames == ["About", "Table"]
    (table,) = book["Table"].tables.values()
    assert (table.ref, table.headerRowCount) == ("A1:I8", 1)
    assert book["Table"].freeze_panes == "C2"
    assert (
        book.properties.title
        == "Role of virtual international activities at the institution, answers by stage"
    )


def test_the_notes_tell_question_unit_and_sources() -> None:
    survey = load_survey()
    notes = sheets(write_workbook(survey, lang="sv")).worksheets[0]
    told = {row[0].value: row[1].value for row in notes.iter_rows(min_row=3)}
    assert told["Fråga"] == survey.attrs["codebook"].text("question", "sv")
    assert "avrundade" in told["Enhet"]
    told_sources = {text for head, text in told.items() if head.startswith("Källa")}
    assert told_sources == set(survey["source"])


@pytest.mark.parametrize("form", FORMS)
def test_the_same_survey_has_the_same_bytes(form: str) -> None:
    survey = large_survey().rows()
    assert export_survey(survey, to=form, lang="fi") == export_survey(survey, to=form, lang="fi")


@pytest.mark.parametrize("form", FORMS)
def test_a_survey_without_rows_can_be_exported(form: str) -> None:
    assert export_survey(load_survey().iloc[:0], to=form)


@pytest.mark.parametrize(
    ("value", "text"), [(19.0, "19"), (0.1 + 0.2, "0.3"), (12.5, "12.5"), (pd.NA, ""), ("−", "−")]
)
def test_a_figure_is_printed_with_the_digits_that_it_has(value: object, text: str) -> None:
    assert print_cell(value) == text


def test_the_command_writes_a_file_for_each_language(tmp_path: Path) -> None:
    outcome = maturity("export", "--to", "xlsx", "--lang", "all", "--out", tmp_path / "a", "--json")
    told = json.loads(outcome.out)
    assert (told["status"], told["rows"]) == ("written", 17)
    assert [Path(file).name for file in told["files"]] == [f"survey-{lang}.xlsx" for lang in LANGUAGES]
    assert all(sheets(Path(file).read_bytes()) for file in told["files"])


def test_an_unknown_form_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    outcome = maturity("export", "--to", "ods", "--out", tmp_path)
    assert outcome.code == 2
    assert "wide-csv, xlsx" in outcome.err
    assert not list(tmp_path.iterdir())
