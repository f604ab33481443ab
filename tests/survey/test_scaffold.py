"""A folder for another survey: made from a few names, whole or not at all, and it works."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest
from incoming import maturity

from analysis.codebook import COLUMNS, load_codebook
from analysis.errors import CodebookError, RequestError, StorageError
from analysis.survey.table import load_survey, make_survey

NAMES = {
    "name": "Ohjauksen kysely",
    "stages": ["Ei lainkaan", "Joskus", "Usein"],
    "groups": ["Kaikki", "Lukiot", "Ammatilliset"],
    "total": "Kaikki",
    "lang": "fi",
}
OPTIONS = (
    "--name",
    "Ohjauksen kysely",
    "--stages",
    "Ei lainkaan, Joskus, Usein",
    "--groups",
    "Kaikki,Lukiot,Ammatilliset",
)
FIRST_WAVE = "wave,group,stage,percent,n,source\n" + "".join(
    f"2024,{group},{stage},{percent},{n},made up\n"  # of the counts 4 10 6 and 8 12 20
    for group, n, percents in (
        ("all", 60, (20, 37, 43)),
        ("first_group", 20, (20, 50, 30)),
        ("second_group", 40, (20, 30, 50)),
    )
    for stage, percent in zip(("Ei lainkaan", "joskus", "usein"), percents, strict=True)
).replace("all", "Kaikki").replace("first_group", "lukiot").replace("second_group", "ammatilliset")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_survey(tmp_path / "my survey", **NAMES)


def test_a_new_folder_is_a_sound_survey_without_a_wave(folder: Path) -> None:
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["README.md", "datapackage.json", "notebooks", "survey.csv"]
    assert (folder / "survey.csv").read_text(encoding="utf-8") == ",".join(COLUMNS) + "\n"
    outcome = maturity("check", folder)
    assert (outcome.code, outcome.out.splitlines()[0][:20]) == (0, "no problems: 0 rows,")
    assert len(load_survey(folder)) == 0


def test_the_first_wave_can_be_appended_and_taken_back(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "first.csv"
    file.write_text(FIRST_WAVE, encoding="utf-8")
    before = (folder / "survey.csv").read_bytes()
    outcome = maturity("append", file, "--survey", folder, "--yes")
    assert outcome.code == 0, outcome.text
    assert load_survey(folder)["percent"].tolist() == [20, 37, 43, 20, 50, 30, 20, 30, 50]
    assert maturity("undo", "--survey", folder).code == 0
    assert (folder / "survey.csv").read_bytes() == before


def test_nothing_of_the_shipped_survey_is_in_a_new_one(folder: Path) -> None:
    descriptor = (folder / "datapackage.json").read_text(encoding="utf-8")
    book = load_codebook()
    words = [book.text(text, "fi") for text in ("name", "question", "publisher")]
    words += [book.word("stage", stage, "fi") for stage in book.stages]
    assert [word for word in [*words, *book.stages, "vocational"] if f'"{word}"' in descriptor] == [
        "Ei lainkaan"
    ]


def test_the_notebooks_have_no_outputs_and_read_the_survey_beside_them(folder: Path) -> None:
    notebooks = list((folder / "notebooks").glob("*.ipynb"))
    assert notebooks
    for notebook in notebooks:
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        code = [cell for cell in cells if cell["cell_type"] == "code"]
        assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
        assert 'load_survey("..")' in "".join(line for cell in code for line in cell["source"])


def test_two_new_folders_have_the_same_bytes(tmp_path: Path) -> None:
    first, second = (make_survey(tmp_path / name, **NAMES) for name in ("first", "second"))
    for path in first.rglob("*"):
        assert path.is_dir() or path.read_bytes() == (second / path.relative_to(first)).read_bytes()


def test_a_folder_with_something_in_it_is_left_alone_and_an_empty_one_filled(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "mine.txt").touch()
    (tmp_path / "empty").mkdir()
    for taken in (tmp_path / "mine", make_survey(tmp_path / "empty", **NAMES)):
        with pytest.raises(RequestError, match="exists already; name a folder"):
            make_survey(taken, **NAMES)
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["mine.txt"]


def test_a_disk_that_is_full_leaves_nothing_and_the_next_try_works(tmp_path: Path, monkeypatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", refuse)
        with pytest.raises(StorageError, match="no space left"):
            make_survey(tmp_path / "new", **NAMES)
    assert list(tmp_path.iterdir()) == []
    make_survey(tmp_path / "new", **NAMES)


@pytest.mark.parametrize(
    "given", [{"stages": ["Usein"]}, {"total": "Muut"}, {"name": "a\x1bb"}, {"lang": "suomi!"}]
)
def test_names_that_make_no_survey_are_refused_and_nothing_is_made(given: dict, tmp_path: Path) -> None:
    with pytest.raises(CodebookError):
        make_survey(tmp_path / "new", **(NAMES | given))
    assert list(tmp_path.iterdir()) == []


def test_the_command_makes_it_from_options_and_says_what_is_next(tmp_path: Path) -> None:
    outcome = maturity("new", tmp_path / "my survey", *OPTIONS, "--total", "Kaikki", "--lang", "fi")
    assert outcome.code == 0, outcome.text
    assert f"maturity append FILE --survey '{tmp_path / 'my survey'}'" in outcome.out
    assert load_codebook(tmp_path / "my survey" / "datapackage.json").total == "kaikki"
    outcome = maturity("new", tmp_path / "other", *OPTIONS, "--json")
    assert json.loads(outcome.out) == {"status": "made", "folder": str(tmp_path / "other")}


def test_the_command_takes_codes_with_labels(tmp_path: Path) -> None:
    outcome = maturity(
        "new", tmp_path / "s", "--name", "x", "--stages", "no=No, never; yes=Yes", "--groups", "all=All"
    )
    assert outcome.code == 0, outcome.text
    codebook = load_codebook(tmp_path / "s" / "datapackage.json")
    assert (codebook.stages, codebook.word("stage", "no", "en")) == (["no", "yes"], "No, never")


def test_what_is_missing_is_asked_for_where_nobody_can_answer(tmp_path: Path) -> None:
    outcome = maturity("new", tmp_path / "new", "--name", "x")
    assert outcome.code == 2
    assert "--stages is missing" in outcome.err
