"""Tables from elsewhere on the command line: read into a folder, and the page on which one is pasted."""

from __future__ import annotations

from pathlib import Path

import pytest
from incoming import maturity

from analysis.survey.table import find_problems, load_survey

TABLE = 'Stage,All,Men,Women\n"Yes, often",34,40,30\nNo,66,60,70\n'
SIZES = ("--n", "Men=20,Women=30,All=50", "--total", "All")


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "habits.csv"
    path.write_text(TABLE, encoding="utf-8")
    return path


def test_a_table_becomes_a_folder_like_any_survey(table: Path, tmp_path: Path) -> None:
    folder = tmp_path / "new"
    outcome = maturity("read", table, "--out", folder, "--wave", "2024", *SIZES)
    assert outcome.code == 0
    assert find_problems(folder).empty
    survey = load_survey(folder)
    assert survey[["group", "stage", "percent", "n"]].to_numpy().tolist()[2:4] == [
        ["men", "yes_often", 40.0, 20],
        ["men", "no", 60.0, 20],
    ]
    assert survey.attrs["codebook"].word("stage", "yes_often", "en") == "Yes, often"
    assert survey.attrs["codebook"].total == "all"


@pytest.mark.parametrize(
    ("old", "new", "told"), [("40", "<5", "is no number"), ("40", "40.5", "different decimals")]
)
def test_what_a_folder_cannot_keep_is_refused(
    table: Path, tmp_path: Path, old: str, new: str, told: str
) -> None:
    table.write_text(TABLE.replace(old, new), encoding="utf-8")
    outcome = maturity("read", table, "--out", tmp_path / "new", "--wave", "2024", *SIZES)
    assert outcome.code == 2
    assert told in outcome.err
    assert not (tmp_path / "new").exists()


def test_the_page_is_written_and_a_file_of_others_is_not_written_over(tmp_path: Path) -> None:
    page = tmp_path / "recover.html"
    assert maturity("page", "--out", page, "--lang", "fi").code == 0
    assert '<html lang="fi">' in page.read_text(encoding="utf-8")
    page.write_text("mine", encoding="utf-8")
    assert maturity("page", "--out", page).code == 2
    assert page.read_text(encoding="utf-8") == "mine"
