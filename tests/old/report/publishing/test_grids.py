"""The table beside a chart has every number of it, printed as the chart prints it."""

from __future__ import annotations

import pandas as pd
import pytest
from leaves import worked_out
from surveys import SURVEYS

from analysis.codebook import LANGUAGES
from analysis.old.report.publishing.grids import GRIDS, chart_grid

KEYS = {"waves": "changes", "diverging": "stages"}


@pytest.fixture(scope="module")
def frames() -> dict[str, pd.DataFrame]:
    return worked_out("shipped")


def test_the_published_table_is_shown_to_the_digit(frames: dict[str, pd.DataFrame]) -> None:
    grid = chart_grid("stages", frames, lang="fi")
    # the deck's table, read back; survey-facts.md
    assert grid.heads == ("Vaihe", "Kaikki, %", "Ammatilliset, %", "Lukiot, %")
    assert [line.cells for line in grid.rows] == [
        ("Ei lainkaan", "20", "19", "21"),
        ("Suunniteltu", "20", "19", "22"),
        ("Valmisteilla tai pilotoidaan", "18", "28", "10"),
        ("Kokeiluja", "37", "32", "41"),
        ("Monipuolisia kokemuksia", "5", "2", "6"),
        ("Vastauksia (n)", "175", "80", "95"),
    ]


def test_the_one_clear_difference_is_strong_and_said_to_be(frames: dict[str, pd.DataFrame]) -> None:
    grid = chart_grid("differences", frames, lang="en")
    strong = [line.cells for line in grid.rows if line.strong]
    # Newcombe's interval of 22/80 − 9/95 and Holm's p from Fisher's .0026 × 5; recovery.md section 5
    assert strong == [
        ("Preparing or piloting", "28", "10", "+18", "+7 to +30", "p\u00a0=\u00a00.013", "Clear")
    ]
    assert {line.cells[-1] for line in grid.rows if not line.strong} == {"Could be chance"}


def test_the_earlier_survey_stands_before_the_later(frames: dict[str, pd.DataFrame]) -> None:
    grid = chart_grid("waves", frames, lang="sv")
    assert grid.heads[1:4] == ("hösten 2020, %", "hösten 2021, %", "Förändring, %-enheter")
    row = next(line.cells for line in grid.rows if line.cells[0].startswith("Minst"))
    assert row[1:4] == ("42", "62", "+20")  # 37 + 5 and 54 + 8 per cent, as published


def test_the_last_stage_or_further_is_not_said_twice(frames: dict[str, pd.DataFrame]) -> None:
    heads = [line.cells[0] for line in chart_grid("waves", frames, lang="en").rows]
    assert heads == ["Has experiments", "Versatile experience", "Has experiments or further"]


def test_the_sides_of_the_cut_are_sums_of_printed_figures(frames: dict[str, pd.DataFrame]) -> None:
    grid = chart_grid("diverging", frames, lang="en")
    assert [line.cells for line in grid.rows] == [
        ("Vocational", "66", "34"),
        ("General upper secondary", "53", "47"),
    ]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", SURVEYS)
def test_any_survey_has_whole_tables(name: str, lang: str) -> None:
    survey = worked_out(name)
    for chart in GRIDS:
        if KEYS.get(chart, chart) in survey:
            grid = chart_grid(chart, survey, lang=lang)
            assert grid.rows
            assert {len(line.cells) for line in grid.rows} == {len(grid.heads)}
            assert all(cell.strip() and "nan" not in cell for line in grid.rows for cell in line.cells)
