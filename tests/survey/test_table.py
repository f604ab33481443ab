"""The survey table as a frame."""

import json
import math

import pandas as pd
import pytest
from incoming import STORED_HEADER, WAVE, with_line

from analysis.codebook import load_codebook
from analysis.errors import SurveyDataError
from analysis.survey.table import find_problems, judge_table, load_survey, read_frame, read_rows, read_table


@pytest.fixture
def wave_file(survey_folder):
    """A file with the made-up wave in a survey's folder."""
    path = survey_folder / "wave.csv"
    path.write_text(WAVE, encoding="utf-8")
    return path


def test_the_frame_has_the_types_that_every_part_counts_on():
    survey = load_survey()
    codebook = load_codebook()
    assert list(survey.columns) == ["wave", "group", "stage", "percent", "count", "n", "source"]
    assert survey["wave"].cat.categories.tolist() == ["2020-autumn", "2021-autumn"]
    assert survey["group"].cat.categories.tolist() == codebook.groups
    assert survey["stage"].cat.categories.tolist() == codebook.stages
    assert all(survey[column].cat.ordered for column in ("wave", "group", "stage"))
    assert [str(survey[column].dtype) for column in ("percent", "count", "n")] == [
        "float64",
        "Int64",
        "Int64",
    ]
    assert pd.api.types.is_string_dtype(survey["source"])
    assert survey["count"].isna().all()
    assert survey.index.equals(pd.RangeIndex(17))
    assert survey.attrs["codebook"] == codebook


def test_an_empty_percentage_is_missing(survey_folder):
    table = survey_folder / "survey_2021.csv"
    rows = [f"2022-autumn,general,{stage},,{count},40,own" for stage, count in
            zip(load_codebook().stages, (4, 6, 8, 18, 4), strict=True)]  # fmt: skip
    table.write_text(STORED_HEADER + "\n".join(rows), encoding="utf-8")
    survey = load_survey(table)
    assert all(math.isnan(percent) for percent in survey["percent"])
    assert survey["count"].tolist() == [4, 6, 8, 18, 4]


def test_an_empty_table_is_an_empty_frame(survey_folder):
    (survey_folder / "survey_2021.csv").write_text(STORED_HEADER, encoding="utf-8")
    survey = load_survey(survey_folder)
    assert len(survey) == 0
    assert str(survey["percent"].dtype) == "float64"
    assert survey["stage"].cat.categories.tolist() == load_codebook().stages


def test_every_problem_is_raised_at_once(wave_file):
    wave_file.write_text(
        with_line(9, ",24,", ",x,").replace("general,planned", "general,plan"), encoding="utf-8"
    )
    with pytest.raises(SurveyDataError) as caught:
        load_survey(wave_file)
    assert [problem.line for problem in caught.value.problems] == ["9", "13"]
    assert "line 9" in str(caught.value)
    assert "'planned'" in str(caught.value)


def test_problems_are_a_frame_and_nothing_is_raised(wave_file):
    wave_file.write_text(with_line(9, ",24,", ",x,"), encoding="utf-8")
    found = find_problems(wave_file)
    assert list(found.columns) == ["line", "column", "value", "rule", "problem"]
    assert found.iloc[0, :4].tolist() == ["9", "percent", "x", "not-a-number"]
    assert len(find_problems(wave_file.with_name("survey_2021.csv"))) == 0


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\xff\xfe\x00", b"wave;group\n", b"a" * 6_000_000])
def test_whatever_a_file_holds_becomes_problems(content, wave_file):
    wave_file.write_bytes(content)
    assert len(find_problems(wave_file)) > 0


def test_a_wrong_row_and_a_wrong_sum_come_together(wave_file):
    text = with_line(9, ",24,", ",x,").replace("general,planned,15", "general,planned,25")
    wave_file.write_text(text, encoding="utf-8")
    assert find_problems(wave_file)["line"].tolist() == ["9", "12-16"]


def test_another_survey_has_other_codes(survey_folder):
    descriptor = survey_folder / "datapackage.json"
    content = json.loads(descriptor.read_text(encoding="utf-8"))
    words = {"labels": {"fi": "x", "sv": "x", "en": "x"}}
    fields = content["resources"][0]["schema"]["fields"]
    fields[1]["categories"] = [{"value": value, **words} for value in ("north", "south")]
    fields[2]["categories"] = [{"value": value, **words} for value in ("no", "some", "much")]
    content["survey"] |= {"total": None, "cut": "some", "waves": []}
    descriptor.write_text(json.dumps(content), encoding="utf-8")
    rows = "2024-spring,north,no,50,,2,s\n2024-spring,north,some,50,,2,s\n2024-spring,north,much,0,,2,s\n"
    (survey_folder / "survey_2021.csv").write_text(STORED_HEADER + rows, encoding="utf-8")
    assert load_survey(survey_folder)["stage"].tolist() == ["no", "some", "much"]
    assert read_table(survey_folder).warnings == ("2024-spring is partial: no rows of south",)


def test_a_frame_reads_as_its_file_would(wave_file):
    codebook = load_codebook()
    frame = pd.read_csv(wave_file)
    assert read_frame(frame, codebook).rows == read_rows(wave_file, codebook).rows
    frame.loc[7, "percent"] = 90
    assert judge_table(read_frame(frame, codebook)).problems[0].line == "7-11"
