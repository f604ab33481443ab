"""A folder for another survey: what is in it, what it asks for, and that it works when filled in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from incoming import maturity

from analysis.codebook import COLUMNS, LANGUAGES, load_codebook, shipped
from analysis.errors import RequestError, StorageError
from analysis.survey.scaffold import make_survey
from analysis.survey.table import load_survey

TEXTS = ("name", "title", "question", "topic", "respondents", "publisher")
FIRST_WAVE = "wave,group,stage,percent,n,source\n" + "".join(
    f"2024-autumn,{group},{stage},{percent},{n},made up\n"  # of the counts 4 10 6 and 8 12 20
    for group, n, percents in (
        ("all", 60, (20, 37, 43)),
        ("first_group", 20, (20, 50, 30)),
        ("second_group", 40, (20, 30, 50)),
    )
    for stage, percent in zip(("first_stage", "second_stage", "third_stage"), percents, strict=True)
)


def fill_in(folder: Path) -> None:
    """Write a word into each empty text of the descriptor, as a person would."""
    path = folder / "datapackage.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    for text in TEXTS:
        content["survey"][text] = {lang: f"{text} in {lang}" for lang in LANGUAGES}
    for field in content["resources"][0]["schema"]["fields"]:
        for category in field.get("categories", []):
            category["labels"] = {lang: f"{category['value']} in {lang}" for lang in LANGUAGES}
    path.write_text(json.dumps(content), encoding="utf-8")


@pytest.fixture
def blank(tmp_path: Path) -> Path:
    return make_survey(tmp_path / "my survey")


@pytest.fixture
def filled(blank: Path) -> Path:
    fill_in(blank)
    return blank


def test_a_new_folder_has_all_that_a_survey_needs(blank: Path) -> None:
    assert sorted(path.name for path in blank.iterdir()) == [
        "README.md",
        "datapackage.json",
        "notebooks",
        "survey.csv",
    ]
    assert (blank / "survey.csv").read_text(encoding="utf-8") == ",".join(COLUMNS) + "\n"


def test_check_lists_all_that_is_to_be_filled_in(blank: Path) -> None:
    outcome = maturity("check", blank)
    assert outcome.code == 2
    for text in TEXTS:
        assert f"survey.{text} lacks fi, sv, en" in outcome.err
    for code in ("all", "first_group", "second_group"):
        assert f"labels of group '{code}' lacks fi, sv, en" in outcome.err
    for code in ("first_stage", "second_stage", "third_stage"):
        assert f"labels of stage '{code}' lacks fi, sv, en" in outcome.err


def test_the_guide_explains_each_text_that_check_asks_for(blank: Path) -> None:
    guide = (blank / "README.md").read_text(encoding="utf-8")
    assert all(f"`survey.{text}`" in guide for text in (*TEXTS, "total", "cut", "waves"))


def test_nothing_of_the_shipped_survey_is_in_a_new_one(blank: Path) -> None:
    descriptor = (blank / "datapackage.json").read_text(encoding="utf-8")
    book = load_codebook()
    words = [book.text(text, lang) for text in TEXTS for lang in LANGUAGES]
    words += [book.word("stage", stage, lang) for stage in book.stages for lang in LANGUAGES]
    assert [word for word in [*words, *book.stages, "vocational"] if f'"{word}"' in descriptor] == []


def test_a_filled_in_survey_without_a_wave_is_sound(filled: Path) -> None:
    outcome = maturity("check", filled)
    assert outcome.code == 0, outcome.text
    assert outcome.out.startswith("sound: 0 rows, 0 waves")
    assert len(load_survey(filled)) == 0


def test_a_table_without_a_header_is_refused(filled: Path) -> None:
    (filled / "survey.csv").write_bytes(b"")
    outcome = maturity("check", filled)
    assert outcome.code == 2
    assert "the file is empty" in outcome.text


def test_the_first_wave_can_be_appended_and_taken_back(filled: Path, tmp_path: Path) -> None:
    file = tmp_path / "first.csv"
    file.write_text(FIRST_WAVE, encoding="utf-8")
    before = (filled / "survey.csv").read_bytes()
    outcome = maturity("append", file, "--survey", filled, "--yes")
    assert outcome.code == 0, outcome.text
    assert "added 9 rows" in outcome.out
    assert load_survey(filled)["percent"].tolist() == [20, 37, 43, 20, 50, 30, 20, 30, 50]
    assert maturity("undo", "--survey", filled).code == 0
    assert (filled / "survey.csv").read_bytes() == before


@pytest.mark.parametrize("command", ["compare", "charts", "slides", "report"])
def test_what_needs_figures_says_that_there_are_none(
    filled: Path, tmp_path: Path, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    outcome = maturity(command, "--survey", filled)
    assert outcome.code == 2
    assert "no figures yet; add a wave first: maturity append" in outcome.err


def test_the_notebooks_have_no_outputs_and_read_the_survey_beside_them(blank: Path) -> None:
    names = sorted(path.name for path in (blank / "notebooks").iterdir())
    assert names == sorted(path.name for path in shipped("notebooks").glob("*.ipynb"))
    for name in names:
        cells = json.loads((blank / "notebooks" / name).read_text(encoding="utf-8"))["cells"]
        code = [cell for cell in cells if cell["cell_type"] == "code"]
        assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
        sources = "".join(line for cell in code for line in cell["source"])
        assert 'load_survey("..")' in sources
        assert "load_survey()" not in sources


def test_two_new_folders_have_the_same_bytes(tmp_path: Path) -> None:
    first, second = (make_survey(tmp_path / name) for name in ("first", "second"))
    for path in first.rglob("*"):
        if path.is_file():
            assert path.read_bytes() == (second / path.relative_to(first)).read_bytes()


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    for taken in (tmp_path, tmp_path / "mine.txt"):
        with pytest.raises(RequestError, match="exists already; name a folder"):
            make_survey(taken)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    assert (make_survey(tmp_path) / "datapackage.json").is_file()


def test_a_place_where_nothing_can_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(StorageError, match="cannot be written"):
        make_survey(tmp_path / "file" / "survey")


def test_the_command_says_what_is_next(tmp_path: Path) -> None:
    outcome = maturity("new", tmp_path / "my survey")
    assert outcome.code == 0
    assert outcome.out.splitlines() == [f"{tmp_path / 'my survey'} is ready to be filled in."]
    assert outcome.err.splitlines()[-1] == f"      maturity check '{tmp_path / 'my survey'}'"


def test_the_command_tells_other_programs_the_folder(tmp_path: Path) -> None:
    outcome = maturity("new", tmp_path / "new", "--json")
    assert json.loads(outcome.out) == {"status": "made", "folder": str(tmp_path / "new")}
    assert outcome.err == ""
