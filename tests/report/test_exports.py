"""The table in other forms, wide CSV and an accessible workbook, and the way back."""

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

from analysis.codebook import LANGUAGES, shipped
from analysis.report.exports import FORMS, export_survey, write_csv, write_numbers, write_workbook
from analysis.survey.table import load_survey
from analysis.words.tables import widen_survey

DANGEROUS = ("=1+1", "+1", "-1", "@SUM(A1)", "＝1", '=HYPERLINK("https://example.org")')
STORED = (shipped("data") / "survey_2021.csv").read_text(encoding="utf-8")
COUNTED = "".join(  # counts without percentages, each group from its own source, the total without counts
    f"2022-autumn,{group},{stage},,{count},{n},register {group}\n"
    for group, n, counts in (("vocational", 154, (1, 11, 18, 66, 58)), ("general", 100, (3, 9, 20, 40, 28)))
    for stage, count in zip(
        ("not_at_all", "planned", "piloting", "experiments", "versatile"), counts, strict=True
    )
)


def with_sources(*sources: str) -> pd.DataFrame:
    """The shipped survey, each of its first stages from another source."""
    survey = load_survey()
    survey["source"] = [sources[row % len(sources)] for row in range(len(survey))]
    return survey


def sheets(content: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(content))


def table_in(content: bytes) -> list[list[object]]:
    """The cells of the table of a workbook, its head row first."""
    sheet = sheets(content).active
    [table] = sheet.tables.values()
    return [[cell.value for cell in row] for row in sheet[table.ref]]


def read_csv(content: bytes, delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=delimiter))


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(("form", "reader"), [("wide-csv", "any"), ("wide-csv", "excel"), ("xlsx", "any")])
def test_an_export_appended_again_makes_the_same_rows(
    form: str, reader: str, lang: str, survey_folder: Path, tmp_path: Path
) -> None:
    """Published percentages, a partial wave, and a wave of which counts alone are stored."""
    table, file = survey_folder / "survey_2021.csv", tmp_path / f"wide.{FORMS[form]}"
    table.write_text(STORED + COUNTED, encoding="utf-8")
    file.write_bytes(export_survey(load_survey(table), to=form, lang=lang, reader=reader))
    again = maturity("append", file, "--wide", "--survey", table, "--yes")
    assert (again.code, table.read_text(encoding="utf-8")) == (0, STORED + COUNTED), again.text
    header, *rows = (STORED + COUNTED).splitlines()
    table.write_text(header + "\n", encoding="utf-8")
    outcome = maturity("append", file, "--wide", "--survey", table, "--yes")
    assert outcome.code == 0, outcome.text
    assert "27 new rows" in outcome.out
    assert sorted(table.read_text(encoding="utf-8").splitlines()[1:]) == sorted(rows)


def test_the_wide_table_is_the_published_one() -> None:
    wide = widen_survey(load_survey())
    assert wide.columns.tolist() == [
        "wave", "stage", "all", "vocational", "general", "n_all", "n_vocational", "n_general", "source",
    ]  # fmt: skip
    percents = wide[["all", "vocational", "general"]].iloc[:5].T.to_numpy().tolist()
    assert percents == [[20, 20, 18, 37, 5], [19, 19, 28, 32, 2], [21, 22, 10, 41, 6]]
    assert wide["stage"].tolist()[4:] == ["versatile", "experiments", "versatile"]
    assert wide[["vocational", "general"]].iloc[5:].isna().all(axis=None)


def test_stored_counts_are_exported_with_percentages_of_the_house(survey_folder: Path) -> None:
    """By hand: 1, 11, 18, 66 and 58 of 154 are .65, 7.1, 11.7, 42.9 and 37.7 %, which round to 101."""
    table = survey_folder / "survey_2021.csv"
    table.write_text(STORED.splitlines()[0] + "\n" + COUNTED, encoding="utf-8")
    wide = widen_survey(load_survey(table))
    assert "vocational" not in wide
    assert wide["computed_vocational"].tolist() == [0, 7, 12, 43, 38]
    assert wide["computed_general"].tolist() == wide["count_general"].tolist() == [3, 9, 20, 40, 28]
    assert wide["source_general"].unique().tolist() == ["register general"]
    table.write_text(  # two stages of which the rest is not told
        "wave,group,stage,percent,count,n,source\n"
        "2022-autumn,general,experiments,,1,8,a\n2022-autumn,general,versatile,,2,8,a\n"
    )
    assert widen_survey(load_survey(table))["computed_general"].tolist() == [12, 25]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", SURVEYS)
def test_no_figure_is_lost_on_the_way(name: str, lang: str) -> None:
    rows = SURVEYS[name]().rows()
    wide = widen_survey(rows).set_index(["wave", "stage"])
    cells = {(*key, group): wide.loc[key, group] for key in wide.index for group in set(rows["group"])}
    keys = zip(rows["wave"], rows["stage"], rows["group"], strict=True)
    assert {key: cell for key, cell in cells.items() if not pd.isna(cell)} == dict(
        zip(keys, rows["percent"], strict=True)
    )
    labelled = widen_survey(rows, lang=lang)
    plain = [[None if pd.isna(cell) else cell for cell in row] for row in labelled.to_numpy().tolist()]
    assert table_in(write_workbook(rows, lang=lang)) == [labelled.columns.tolist(), *plain]
    texts = [[str(cell or "").removesuffix(".0") if cell != 0 else "0" for cell in row] for row in plain]
    assert read_csv(export_survey(rows, to="wide-csv", lang=lang)) == [labelled.columns.tolist(), *texts]


@pytest.mark.parametrize("reader", ["any", "excel"])
@pytest.mark.parametrize(("lang", "mark"), [("fi", ","), ("sv", ","), ("en", ".")])
def test_excel_gets_the_decimal_comma_that_its_language_has(lang: str, mark: str, reader: str) -> None:
    survey = load_survey()
    survey["percent"] += 0.5
    content = export_survey(survey, to="wide-csv", lang=lang, reader=reader)
    mark = mark if reader == "excel" else "."
    assert content.startswith(b"\xef\xbb\xbf") is (reader == "excel")
    head, first, *_ = read_csv(content, ";" if mark == "," else ",")
    assert first[2] == f"20{mark}5"
    assert len(head) == len(first) == 9


def test_numbers_of_a_chart_have_the_digits_that_are_read() -> None:
    numbers = pd.DataFrame(
        {"=cmd()": ["-1+1", "b"], "%": [37.0, 41.714285], "n": pd.array([80, None], "Int64")}
    )
    assert write_numbers(numbers, "fi").decode("utf-8-sig") == "'=cmd();%;n\n'-1+1;37;80\nb;41,71;\n"
    assert write_numbers(numbers, "en").decode("utf-8-sig").splitlines()[2] == "b,41.71,"


def test_nothing_in_an_export_runs() -> None:
    survey = with_sources(*DANGEROUS, "https://example.org/a")
    rows = read_csv(export_survey(survey, to="wide-csv", lang=None))
    assert {cell for row in rows for cell in row} >= {f"'{source}" for source in DANGEROUS}
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "＝"))]
    content = write_workbook(survey)
    for cell in (cell for row in sheets(content).active.iter_rows() for cell in row):
        assert cell.data_type in {"s", "n"}
        assert cell.hyperlink is None
    assert {cell for row in table_in(content) for cell in row} >= set(DANGEROUS)
    assert not [name for name in zipfile.ZipFile(io.BytesIO(content)).namelist() if "external" in name]


def test_the_workbook_is_accessible_and_prints_on_one_page() -> None:
    book = sheets(write_workbook(load_survey(), lang="sv"))
    [sheet] = book.worksheets
    [table] = sheet.tables.values()
    assert table.headerRowCount == 1
    assert not sheet.merged_cells.ranges
    assert not [row for row in sheet.row_dimensions.values() if row.hidden]
    assert sheet.page_setup.orientation == "landscape"
    assert {sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight} <= {
        1,
        None,
    }  # which is 1 where not given
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet["A1"].value == book.properties.title
    notes = [row[0].value for row in sheet.iter_rows(max_row=int(table.ref[1:].split(":")[0]) - 1)]
    told = " ".join(filter(None, notes))
    assert load_survey().attrs["codebook"].text("question", "sv") in told
    assert "avrundade" in told


@pytest.mark.parametrize("form", FORMS)
def test_the_same_survey_has_the_same_bytes_and_one_without_rows_some(form: str) -> None:
    survey = large_survey().rows()
    assert export_survey(survey, to=form, lang="fi") == export_survey(survey, to=form, lang="fi")
    assert export_survey(load_survey().iloc[:0], to=form)


@pytest.mark.parametrize(
    ("value", "text"),
    [(19.0, "19"), (0.1 + 0.2, "0.3"), (12.5, "12.5"), (-0.0, "0"), (pd.NA, ""), ("−", "−")],
)
def test_a_figure_is_printed_with_the_digits_that_it_has(value: object, text: str) -> None:
    [_, [cell, _]] = read_csv(write_csv(pd.DataFrame({"a": [value], "b": [1]})))
    assert cell == text


def test_the_command_writes_a_file_for_each_language_and_none_over_others(tmp_path: Path) -> None:
    command = ["export", "--to", "xlsx", "--lang", "all", "--out", tmp_path / "a", "--json"]
    told = json.loads(maturity(*command).out)
    assert (told["status"], told["rows"]) == ("written", 17)
    assert [Path(file).name for file in told["files"]] == [f"survey-{lang}.xlsx" for lang in LANGUAGES]
    assert all(sheets(Path(file).read_bytes()) for file in told["files"])
    assert maturity(*command).code == 0
    other = tmp_path / "a" / "survey-fi.xlsx"
    other.write_text("mine")
    assert maturity(*command).code == 2
    assert other.read_text() == "mine"
    assert maturity(*command, "--force").code == 0


@pytest.mark.parametrize(("option", "value"), [("--to", "ods"), ("--for", "word"), ("--lang", "de")])
def test_an_unknown_option_is_refused_before_anything_is_written(
    tmp_path: Path, option: str, value: str
) -> None:
    options = {"--to": "wide-csv", "--lang": "fi", "--for": "any", option: value}
    outcome = maturity("export", *(part for pair in options.items() for part in pair), "--out", tmp_path)
    assert outcome.code == 2
    assert f"'{value}'; use one of" in outcome.err
    assert not list(tmp_path.iterdir())
