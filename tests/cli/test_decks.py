"""The command that makes decks and refreshes them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from pptx import Presentation
from surveys import shipped_survey
from typer.testing import CliRunner

from analysis.__main__ import app
from analysis.errors import RequestError

runner = CliRunner()
CASES = Path(__file__).parents[1] / "slides" / "cases"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder of decks in all languages, and what the command that made them said."""
    folder = tmp_path_factory.mktemp("decks")
    result = runner.invoke(app, ["slides", "--out", str(folder), "--lang", "all"])
    assert result.exit_code == 0
    return folder, result.stdout


@pytest.fixture
def deck(made: tuple[Path, str], tmp_path: Path) -> Path:
    return Path(shutil.copy(made[0] / "slides-en.pptx", tmp_path / "deck.pptx"))


@pytest.fixture
def later(tmp_path: Path) -> str:
    """The folder of the shipped survey with another result."""
    shipped = shipped_survey()
    answers = {**shipped.answers["2020-autumn"], "vocational": [15, 15, 22, 2, 26]}
    survey = shipped._replace(answers={**shipped.answers, "2020-autumn": answers})
    return str(survey.save(tmp_path / "survey"))


def test_decks_are_made_and_their_places_are_told(made):
    folder, said = made
    names = [folder / f"slides-{lang}.pptx" for lang in ("fi", "sv", "en")]
    assert said.split("\n")[0] == "Slides with native charts, to be edited in PowerPoint:"
    assert said.split("\n")[1:4] == [f"  {name}" for name in names]
    assert all(name.is_file() for name in names)


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A deck under assumptions of one's own, and what the command says to programs."""
    out = tmp_path_factory.mktemp("talk") / "talk.pptx"
    asked = ["slides", "--out", str(out), "--n", "general=95-97", "--level", "90", "--json"]
    return out, runner.invoke(app, asked, catch_exceptions=False).stdout


def test_json_names_the_files(talk):
    assert json.loads(talk[1]) == {"status": "made", "files": [str(talk[0])]}


def test_what_is_assumed_reaches_the_deck(talk):
    slides = Presentation(talk[0]).slides
    text = " ".join(s.text_frame.text for slide in slides for s in slide.shapes if s.has_text_frame)
    assert "90%" in text
    assert "95\N{NO-BREAK SPACE}to\N{NO-BREAK SPACE}97" in text


def test_a_deck_is_replaced_unless_somebody_changed_it(made, tmp_path):
    mine, asked = tmp_path / "slides-en.pptx", ["slides", "--out", str(tmp_path)]
    shutil.copy(made[0] / mine.name, mine)
    assert runner.invoke(app, asked).exit_code == 0  # the very same bytes
    presentation = Presentation(mine)
    presentation.slides[1].shapes.title.text_frame.text = "Mine"
    presentation.save(mine)
    assert isinstance(runner.invoke(app, asked).exception, RequestError)
    assert Presentation(mine).slides[1].shapes.title.text_frame.text == "Mine"
    assert runner.invoke(app, [*asked, "--force"]).exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--lang", "all", "--out", "talk.pptx"], "give a folder"),
        (["--refresh", "a.pptx", "--template", "b.pptx"], "leave out --template"),
        (["--refresh", "absent.pptx"], "cannot be read"),
        (["--template", "absent.pptx"], "cannot be read"),
        (["--lang", "de"], "lang is 'de'"),
        (["--level", "2000"], "level is 2000"),
    ],
)
def test_what_cannot_be_done_is_refused(arguments, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = runner.invoke(app, ["slides", *arguments])
    assert isinstance(result.exception, RequestError)
    assert said in str(result.exception)
    assert list(tmp_path.iterdir()) == []


def test_a_refresh_tells_what_it_did_where_the_old_deck_is_and_what_is_left(deck, later):
    presentation = Presentation(deck)
    presentation.slides[1].shapes.title.text_frame.text = "Only 2% are versatile"
    presentation.save(deck)
    result = runner.invoke(app, ["slides", "--survey", later, "--refresh", str(deck)])
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[:3] == [
        "The deck has the figures of the survey now:",
        f"  {deck}",
        f"The deck before is {deck}.bak",
    ]
    assert lines[3].startswith("Left to you")
    assert "  slide 2: Only 2% are versatile" in lines
    again = runner.invoke(app, ["slides", "--survey", later, "--refresh", str(deck), "--json"])
    content = json.loads(again.stdout)
    assert (content["status"], content["backup"]) == ("unchanged", None)


def test_a_deck_of_the_first_edition_with_a_missing_value_is_taken(tmp_path):
    """Found in use: ``=NA()`` in a cell of a chart ended in a traceback."""
    out = tmp_path / "new.pptx"
    arguments = ["slides", "--refresh", str(CASES / "na.pptx"), "--out", str(out), "--json"]
    content = json.loads(runner.invoke(app, arguments).stdout)
    assert content["status"] == "refreshed"
    series = next(s for s in Presentation(out).slides[1].shapes if s.has_chart).chart.plots[0].series
    assert [one.values[0] for one in series] == [0.19, 0.19, 0.28, 0.32, 0.02]
    assert {row["shape"] for row in content["left"]} >= {"maturity:differences", "maturity:robust"}
