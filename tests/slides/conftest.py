"""Decks of the shipped and the made-up surveys, each made once."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pytest
from surveys import SURVEYS, shipped_survey

from analysis.inference.findings import gather_frames
from analysis.slides.deck import save_slides
from analysis.survey.table import load_survey


class Made(NamedTuple):
    """A deck, and what it was made from."""

    path: Path
    survey: pd.DataFrame
    frames: dict[str, pd.DataFrame]


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Made]:
    """The deck of a survey in a language: shipped, later (another result), or one that is made up."""
    folder = tmp_path_factory.mktemp("decks")

    @cache
    def frames(name: str) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
        rows = {"shipped": load_survey, "later": later_survey}.get(name) or SURVEYS[name]().rows
        return rows(), gather_frames(rows())

    @cache
    def make(name: str = "shipped", lang: str = "en") -> Made:
        survey, known = frames(name)
        path = save_slides(folder / f"{name}-{lang}.pptx", survey, lang=lang, frames=known)
        return Made(path, survey, known)

    return make


def later_survey() -> pd.DataFrame:
    """The shipped survey with another result: two stages of vocational institutions change places."""
    shipped = shipped_survey()
    answers = {**shipped.answers["2020-autumn"], "vocational": [15, 15, 22, 2, 26]}
    return shipped._replace(answers={**shipped.answers, "2020-autumn": answers}).rows()
