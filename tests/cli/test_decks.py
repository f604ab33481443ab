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
from analysis.old.slides.powerpoint.deck import is_ours

runner = CliRunner()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder of decks in all languages, and what the command that made them said."""
    folder = tmp_path_factory.mktemp("decks")
    result = runner.invoke(app, ["slides", "--out", str(folder), "--lang", "all"])
    assert result.exit_code == 0
    return folder, result.stdout


@pytest.fixture
def deck(made: tuple[Path, str]) -> Path:
    return made[0] / "slides-en.pptx"


def test_decks_are_made_and_their_places_are_told(made):
    folder, said = made
    names = [folder / f"slides-{lang}.pptx" for lang in ("fi", "sv", "en")]
    assert said.split("\n")[0] == "Slides with native charts, to be edited in PowerPoint:"
    assert said.split("\n")[1:4] == [f"  {name}" for name in names]
    assert all(is_ours(name) for name in names)


def test_json_names_the_files(tmp_path):
    result = runner.invoke(app, ["slides", "--out", str(tmp_path / "talk.pptx"), "--lang", "sv", "--json"])
    assert json.loads(result.stdout) == {"status": "made", "files": [str(tmp_path / "talk.pptx")]}


def test_a_deck_that_nobody_changed_is_replaced(deck):
    assert runner.invoke(app, ["slides", "--out", str(deck.parent)]).exit_code == 0


def test_a_deck_that_somebody_changed_is_not_replaced(deck, tmp_path):
    deck = Presentation(deck)
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


def test_a_refresh_tells_what_it_did_and_which_titles_no_longer_hold(deck, tmp_path):
    shipped = shipped_survey()
    answers = {**shipped.answers["2020-autumn"], "vocational": [15, 15, 22, 2, 26]}
    folder = shipped._replace(answers={**shipped.answers, "2020-autumn": answers}).save(tmp_path / "survey")
    survey, new = ["slides", "--survey", str(folder)], str(tmp_path / "new.pptx")
    result = runner.invoke(app, [*survey, "--refresh", str(deck), "--out", new])
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[:2] == ["The charts have the figures of the survey now:", f"  {new}"]
    assert lines[2].startswith("Titles that the figures no longer bear")
    assert lines[3].startswith("  slide ")
    again = runner.invoke(app, [*survey, "--refresh", new, "--json"])
    content = json.loads(again.stdout)
    assert content["status"] == "unchanged"
    assert content["outdated_titles"][0].keys() == {"slide", "chart", "title", "finding"}


def test_a_refresh_with_a_template_is_refused(deck):
    result = runner.invoke(app, ["slides", "--refresh", str(deck), "--template", str(deck)])
    assert "leave out --template" in str(result.exception)


def test_the_help_names_the_options():
    result = runner.invoke(app, ["slides", "--help"])
    assert result.exit_code == 0
    assert "--refresh" in result.stdout
