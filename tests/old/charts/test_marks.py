"""Withheld stages and weights are marked and explained wherever a wave is shown, in every language."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from ooxml import cells_of, parts_of, words_in

from analysis.codebook import LANGUAGES, load_codebook
from analysis.errors import RecoveryError
from analysis.old.charts.gallery import CHARTS, bears_chart
from analysis.old.counts.recovery import recover_counts
from analysis.old.counts.suppression import withhold_small_cells
from analysis.old.inference.findings import gather_frames, main_wave
from analysis.old.report.publishing.cards import find_cards
from analysis.old.report.publishing.datasheets import write_numbers
from analysis.old.report.publishing.grids import chart_grid
from analysis.old.report.publishing.provenance import basis_notes
from analysis.old.slides.powerpoint.exhibits import exhibits_of
from analysis.old.slides.story import chart_notes, save_slides
from analysis.old.words.wording import describe_marks, source_line
from analysis.survey.respondents import tabulate_responses
from analysis.survey.table import load_survey

CODEBOOK = load_codebook()
COUNTS = {"vocational": [15, 15, 22, 26, 2], "general": [20, 21, 9, 39, 6]}  # survey-facts: the deck
HIDDEN = ["experiments", "versatile"]
WITHHELD = {
    "fi": "Salattu, jotta alle 5 vastauksen lukumääriä ei voisi lukea eikä päätellä: "
    "”Kokeiluja” ja ”Monipuolisia kokemuksia”.",
    "sv": "Sekretess, så att antal under 5 varken kan läsas eller räknas fram: "
    "”Försök” och ”Mångsidiga erfarenheter”.",
    "en": "Withheld, so that no count below 5 can be read or worked out: "
    "“Has experiments” and “Versatile experience”.",
}
MARK = {"fi": "salattu", "sv": "sekretess", "en": "withheld"}
SIZES = (
    150,
    69,
    81,
)  # Kish's effective n of weights 1, 2, 3 in turn: the squared sum over the sum of squares
WEIGHTED = {
    "fi": "Prosenttiluvut ovat painotettuja, joten niistä ei voi laskea vastausten lukumääriä; n on "
    "vastausten määrä ilman painoja. Tehollinen n: Kaikki vastanneet {}, Ammatilliset oppilaitokset {}, "
    "Lukiot {}.".format(*SIZES),
    "sv": "Procenttalen är viktade, så antalet svar kan inte räknas fram ur dem; n är antalet svar utan "
    "vikter. Effektivt n: Alla som svarade {}, Yrkesläroanstalter {}, Gymnasier {}.".format(*SIZES),
    "en": "The percentages are weighted, so numbers of answers cannot be worked out from them; n counts "
    "answers without weights. Effective n: All who answered {}, Vocational institutions {}, General upper "
    "secondary schools {}.".format(*SIZES),
}
SAID = {"withheld": WITHHELD, "weighted": WEIGHTED}
KINDS = pytest.mark.parametrize("kind", SAID)
IN_EVERY_LANGUAGE = pytest.mark.parametrize("lang", LANGUAGES)


@cache
def wave(kind: str) -> pd.DataFrame:
    cells = [(g, s, c) for g, column in COUNTS.items() for s, c in zip(CODEBOOK.stages, column, strict=True)]
    answers = pd.DataFrame([(g, s) for g, s, count in cells for _ in range(count)], columns=["g", "s"])
    answers["w"] = 1.0 + np.arange(len(answers)) % 3
    weight = "w" if kind == "weighted" else None
    rows = tabulate_responses(answers, wave="2022-autumn", group="g", stage="s", weight=weight)
    return withhold_small_cells(rows, minimum=5) if kind == "withheld" else rows


@cache
def frames(kind: str) -> dict[str, pd.DataFrame]:
    return gather_frames(wave(kind))


def with_earlier_waves(kind: str) -> pd.DataFrame:
    survey = pd.concat([load_survey().astype({"wave": str}), wave(kind).astype({"wave": str})])
    survey = survey.assign(wave=pd.Categorical(survey["wave"], ordered=True)).reset_index(drop=True)
    survey.attrs["codebook"] = wave(kind).attrs["codebook"]
    return survey


def charts_of(kind: str) -> list[str]:
    return [name for name in CHARTS if bears_chart(frames(kind), name)]


@IN_EVERY_LANGUAGE
@KINDS
def test_the_foot_of_every_chart_says_it(kind: str, lang: str) -> None:
    assert len(charts_of(kind)) >= 3
    for name in charts_of(kind):
        assert source_line(frames(kind)[CHARTS[name].key], lang=lang).endswith(SAID[kind][lang])


@IN_EVERY_LANGUAGE
@KINDS
def test_every_alt_text_says_it(kind: str, lang: str) -> None:
    for name in charts_of(kind):
        assert CHARTS[name].describe(frames(kind)[CHARTS[name].key], lang=lang).endswith(SAID[kind][lang])


@IN_EVERY_LANGUAGE
@pytest.mark.parametrize("name", ["stages", "diverging"])
def test_the_gap_in_a_bar_is_labelled(name: str, lang: str) -> None:
    ax = CHARTS[name].draw(frames("withheld")["stages"], lang=lang)
    texts = [text.get_text() for text in ax.figure.findobj(lambda artist: hasattr(artist, "get_text"))]
    assert texts.count(MARK[lang]) == 2


@IN_EVERY_LANGUAGE
@KINDS
def test_the_caption_of_every_table_says_it(kind: str, lang: str) -> None:
    for name in charts_of(kind):
        assert chart_grid(name, frames(kind), lang=lang).caption.endswith(SAID[kind][lang])


@IN_EVERY_LANGUAGE
def test_withheld_cells_are_marked_in_the_table(lang: str) -> None:
    grid = chart_grid("stages", frames("withheld"), lang=lang)
    rows = {line.cells[0]: line.cells[1:] for line in grid.rows}
    for stage in HIDDEN:
        assert rows[CODEBOOK.word("stage", stage, lang)] == (MARK[lang],) * 3
    assert MARK[lang] not in rows[CODEBOOK.word("stage", "planned", lang)]


@IN_EVERY_LANGUAGE
def test_the_numbers_of_a_chart_have_withheld_rows_without_a_figure(lang: str) -> None:
    lines = write_numbers(frames("withheld")["stages"], lang=lang).splitlines()
    hidden = [line for line in lines if ",withheld," in line]
    assert len(hidden) == 4
    assert not any(re.search(r",[\d.]+,", line.removeprefix("2022-autumn")) for line in hidden)
    assert len(lines) == 1 + 6 + 4


@IN_EVERY_LANGUAGE
@KINDS
def test_every_slide_with_a_chart_says_it_and_its_notes_do(kind: str, lang: str) -> None:
    exhibits = exhibits_of(frames(kind), lang=lang)
    assert len(exhibits) >= 2
    for exhibit in exhibits.values():
        assert exhibit.source.endswith(SAID[kind][lang])
        assert SAID[kind][lang] in " ".join(chart_notes(exhibit, lang))


@IN_EVERY_LANGUAGE
def test_a_deck_marks_withheld_stages_and_holds_no_figure_of_them(lang: str, tmp_path: Path) -> None:
    parts = parts_of(save_slides(tmp_path / "deck.pptx", wave("withheld"), lang=lang))
    sheets = [cells_of(parts[name]) for name in parts if name.endswith(".xlsx")]
    names = [f"{CODEBOOK.word('stage', stage, lang)} ({MARK[lang]})" for stage in HIDDEN]
    (stages,) = [rows for rows in sheets if names[0] in rows[0]]
    assert [rows[4:] for rows in stages] == [names, [None, None], [None, None]]
    assert any(WITHHELD[lang] in " ".join(words_in(blob)) for blob in parts.values() if blob[:1] == b"<")


@IN_EVERY_LANGUAGE
@KINDS
def test_the_page_says_it_under_what_the_numbers_rest_on(kind: str, lang: str) -> None:
    assert SAID[kind][lang] in " ".join(basis_notes(wave(kind), frames(kind), lang=lang))


@IN_EVERY_LANGUAGE
@KINDS
def test_of_several_waves_the_marked_one_is_named(kind: str, lang: str) -> None:
    told = describe_marks(with_earlier_waves(kind), lang=lang)
    label = {"fi": "Syksy 2022: ", "sv": "Hösten 2022: ", "en": "Autumn 2022: "}[lang]
    assert all(sentence.startswith(label) for sentence in told)
    assert " ".join(sentence.removeprefix(label) for sentence in told) == SAID[kind][lang]


@KINDS
def test_a_change_to_a_marked_wave_says_it(kind: str) -> None:
    changes = gather_frames(with_earlier_waves(kind))["changes"]
    sentence = f"Autumn 2022: {SAID[kind]['en'].split('. ')[0]}"
    assert sentence in CHARTS["waves"].describe(changes)
    assert sentence in source_line(changes)


def test_what_was_not_touched_needs_no_sentence() -> None:
    assert describe_marks(load_survey()) == describe_marks(wave("plain")) == []


@KINDS
def test_counts_of_marked_waves_are_not_recovered(kind: str) -> None:
    with pytest.raises(RecoveryError, match=kind):
        recover_counts(wave(kind), "2022-autumn")
    assert not {"tables", "shares", "effects", "nonresponse"} & frames(kind).keys()


def test_withheld_stages_are_in_no_frame() -> None:
    assert not any(set(HIDDEN) & set(frame["stage"]) for frame in frames("withheld").values())


def test_weighted_shares_are_called_apart_only_as_published() -> None:
    frame = frames("weighted")["stages"]
    assert "more common" not in CHARTS["stages"].headline(frame)
    assert "could be chance" not in CHARTS["cumulative"].headline(frames("weighted")["cumulative"])
    assert frames("weighted")["differences"]["p_value"].isna().all()


def test_a_withheld_wave_is_as_good_as_complete() -> None:
    assert main_wave(with_earlier_waves("withheld")) == "2022-autumn"


def test_no_card_calls_a_stage_the_most_common_while_a_withheld_one_may_be() -> None:
    cards = find_cards(frames("withheld"), lang="en")
    assert not any("the most common" in card.sentence for card in cards)
