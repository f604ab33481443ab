"""The command that makes decks and refreshes them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pptx import Presentation
from surveys import shipped_survey
from typer.testing import CliRunner

from analysis.__main__ import app
from analysis.errors import RequestError
from analysis.powerpoint.deck import is_ours

runner = CliRunner()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("decks")
    assert runner.invoke(app, ["slides", "--out", str(folder)]).exit_code == 0
    return folder / "slides-en.pptx"


def test_a_deck_is_made_and_its_place_is_told(tmp_path):
    result = runner.invoke(app, ["slides", "--out", str(tmp_path), "--lang", "all"])
    names = [tmp_path / f"slides-{lang}.pptx" for lang in ("fi", "sv", "en")]
    assert result.exit_code == 0
    assert result.stdout.splitlines()[0] == "Slides with native charts, to be edited in PowerPoint:"
    assert result.stdout.split("\n")[1:4] == [f"  {name}" for name in names]
    assert all(is_ours(name) for name in names)


def test_json_names_the_files(tmp_path):
    result = runner.invoke(app, ["slides", "--out", str(tmp_path / "talk.pptx"), "--lang", "sv", "--json"])
    assert json.loads(result.stdout) == {"status": "made", "files": [str(tmp_path / "talk.pptx")]}


def test_a_deck_that_nobody_changed_is_replaced(made):
    assert runner.invoke(app, ["slides", "--out", str(made.parent)]).exit_code == 0


def test_a_deck_that_somebody_changed_is_not_replaced(made, tmp_path):
    deck = Presentation(made)
    deck.slides[1].shapes.title.text_frame.text = "Mine"
    deck.save(tmp_path / "slides-en.pptx")
    result = runner.invoke(app, ["slides", "--out", str(tmp_path)])
    assert isinstance(result.exception, RequestError)
    assert "is not a deck as maturity slides left it" in str(result.exception)
    assert Presentation(tmp_path / "slides-en.pptx").slides[1].shapes.title.text_frame.text == "Mine"


def test_what_is_no_deck_is_not_replaced(tmp_path):
    (tmp_path / "talk.pptx").write_text("notes of my own")
    result = runner.invoke(app, ["slides", "--out", str(tmp_path / "talk.pptx")])
    assert isinstance(result.exception, RequestError)
    assert result.exception.exit_code == 2
    assert (tmp_path / "talk.pptx").read_text() == "notes of my own"


def test_three_languages_do_not_go_into_one_file(tmp_path):
    result = runner.invoke(app, ["slides", "--out", str(tmp_path / "talk.pptx"), "--lang", "all"])
    assert "give a folder" in str(result.exception)


def test_a_template_that_is_no_deck_is_refused(tmp_path):
    (tmp_path / "logo.png").write_bytes(b"\x89PNG")
    arguments = ["slides", "--out", str(tmp_path), "--template", str(tmp_path / "logo.png")]
    result = runner.invoke(app, arguments)
    assert "logo.png is not a PowerPoint deck" in str(result.exception)
    assert not (tmp_path / "slides-en.pptx").exists()


def test_a_refresh_tells_what_it_did_and_which_titles_no_longer_hold(made, tmp_path):
    survey = shipped_survey()
    answers = {**survey.answers["2020-autumn"], "vocational": [15, 15, 22, 2, 26]}
    folder = survey._replace(answers={**survey.answers, "2020-autumn": answers}).save(tmp_path / "survey")
    arguments = [
        "slides",
        "--survey",
        str(folder),
        "--refresh",
        str(made),
        "--out",
        str(tmp_path / "new.pptx"),
    ]
    result = runner.invoke(app, arguments)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[:2] == ["The charts have the figures of the survey now:", f"  {tmp_path / 'new.pptx'}"]
    assert lines[2].startswith("Titles that the figures no longer bear")
    assert lines[3].startswith("  slide ")
    again = runner.invoke(app, [*arguments[:4], str(tmp_path / "new.pptx"), "--json"])
    content = json.loads(again.stdout)
    assert content["status"] == "unchanged"
    assert content["outdated_titles"][0].keys() == {"slide", "chart", "title", "finding"}


def test_a_refresh_with_a_template_is_refused(made):
    result = runner.invoke(app, ["slides", "--refresh", str(made), "--template", str(made)])
    assert "leave out --template" in str(result.exception)


def test_the_help_names_the_options():
    result = runner.invoke(app, ["slides", "--help"])
    assert result.exit_code == 0
    assert "--refresh" in result.stdout
