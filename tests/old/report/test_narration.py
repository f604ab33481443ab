"""What the cells of a notebook show, of a survey that can bear it and of one that cannot."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from surveys import large_survey, small_survey, tiny_survey

from analysis import conclude_waves, weight_bounds
from analysis.old.charts.files import ShownChart
from analysis.old.charts.gallery import CHARTS
from analysis.old.inference.findings import gather_frames
from analysis.old.report.narration import (
    ShownText,
    save_figure,
    show_background,
    show_explanations,
    show_figure,
    show_frame,
    show_question,
    show_result,
    show_sizes,
    show_table,
    show_told,
)
from analysis.survey.table import load_survey

NOT_BORNE = "This survey cannot bear this part: it needs "


@pytest.fixture(scope="module")
def frames() -> dict[str, pd.DataFrame]:
    return gather_frames(load_survey())


@pytest.mark.parametrize("name", CHARTS)
def test_a_figure_is_a_drawing_with_its_alt_text(frames: dict[str, pd.DataFrame], name: str) -> None:
    shown = show_figure(frames, name, lang="sv", size="half")
    assert isinstance(shown, ShownChart)
    assert shown.alt == CHARTS[name].describe(frames[CHARTS[name].key], lang="sv")
    assert shown.svg.lstrip().startswith("<?xml") or shown.svg.startswith("<svg")


@pytest.mark.parametrize("name", CHARTS)
def test_a_figure_that_a_survey_cannot_bear_says_what_it_needs(name: str) -> None:
    shown = show_figure({}, name)
    assert isinstance(shown, ShownText)
    assert repr(shown).startswith(NOT_BORNE)
    assert repr(shown).endswith(".")


def test_a_figure_in_grey_has_no_colour(frames: dict[str, pd.DataFrame]) -> None:
    from analysis.old.charts.drawing.vision import COLOUR

    shown = show_figure(frames, "stages", size="half", eye="grey")
    colours = {colour.lower() for colour in COLOUR.findall(shown.svg)}
    assert len(colours) > 3
    assert {(colour[1:3], colour[3:5]) for colour in colours} == {
        (colour[3:5], colour[5:7]) for colour in colours
    }


def test_the_files_of_a_saved_figure_are_named(
    frames: dict[str, pd.DataFrame], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shown = save_figure(frames, "stages", "charts", lang="fi", size="half")
    names = [f"charts/stages-fi-half-light.{ending}" for ending in ("svg", "png", "pdf")]
    assert sorted(repr(shown).split("\n\n")) == sorted(names)
    assert all(Path(name).is_file() for name in names)


def test_a_saved_figure_that_a_survey_cannot_bear_says_what_it_needs(tmp_path: Path) -> None:
    assert repr(save_figure({}, "shares", str(tmp_path))).startswith(NOT_BORNE)
    assert not list(tmp_path.iterdir())


def test_a_frame_is_shown_with_the_columns_that_it_has(frames: dict[str, pd.DataFrame]) -> None:
    shown = show_frame(frames["differences"], "stage", "estimate", "no such column")
    assert (shown.index.name, shown.columns.tolist()) == ("stage", ["estimate"])
    # 22 of 80 less 9 of 95 in the one table that fits, at four digits
    assert shown.loc["piloting", "estimate"] == "0.1803"
    assert repr(show_frame(None, "stage")).startswith(NOT_BORNE)


def test_what_a_frame_lacks_is_shown_as_nothing(frames: dict[str, pd.DataFrame]) -> None:
    assert show_frame(frames["effects"], "measure", "estimate").loc["pearson", "estimate"] == ""


def test_a_result_or_the_reason_why_there_is_none() -> None:
    assert isinstance(show_result(weight_bounds, load_survey(), "2020-autumn"), pd.DataFrame)
    reason = show_result(weight_bounds, load_survey(), "1999-autumn")
    assert "2020-autumn, 2021-autumn" in repr(reason)


@pytest.mark.parametrize("make", [small_survey, large_survey, tiny_survey])
def test_explanations_and_sizes_never_fail(make) -> None:
    rows = make().rows()
    wave = next(iter(make().answers))
    assert repr(show_explanations(rows, wave))
    assert repr(show_sizes(rows, wave, max_n=60))


def test_a_cut_with_gaps_on_both_sides_is_told_in_the_place_of_its_chart() -> None:
    rows = small_survey().rows()
    gaps = rows[(rows["wave"] == "2022-spring") & ~rows["stage"].isin(["none", "leading"])]
    said = f"{NOT_BORNE}every stage on one side of the cut, in each group."
    assert str(show_figure({"stages": gaps}, "diverging")) == said


def test_a_survey_that_lacks_something_is_told_so() -> None:
    assert repr(show_told(conclude_waves, None)).startswith(NOT_BORNE)
    codebook = load_survey().attrs["codebook"]
    bare = type(codebook)({**codebook, "survey": {**codebook["survey"], "background": []}})
    assert repr(show_background(bare)).startswith(NOT_BORNE)
    assert repr(show_background(codebook, lang="fi")).startswith("Toiminnan muodot: ")


def test_the_question_stands_in_the_language_it_was_asked_in_and_in_the_readers() -> None:
    survey = load_survey()
    book = survey.attrs["codebook"]
    paragraphs = show_question(survey, lang="en").paragraphs
    assert paragraphs[:2] == [book.text("question", "fi"), book.text("question", "en")]
    assert len(paragraphs) == 4  # and who answered, for each of the two waves
    assert len(show_question(survey, lang="fi").paragraphs) == 3


def test_the_table_shows_figures_as_published() -> None:
    shown = show_table(load_survey())
    assert shown.shape == (7, 7)
    assert shown.iloc[4, :3].tolist() == ["5", "2", "6"]
    assert shown.iloc[6, 1:3].tolist() == ["", ""]


def test_markup_in_text_stays_text() -> None:
    assert ShownText(["a < b", "<script>"])._repr_html_() == (
        '<p lang="en">a &lt; b</p>\n<p lang="en">&lt;script&gt;</p>'
    )


def test_the_question_is_marked_with_the_language_in_which_it_was_asked() -> None:
    found = show_question(load_survey())._repr_html_()
    assert '<p lang="fi">Millaisessa roolissa' in found
    assert '<p lang="en">What role' in found
