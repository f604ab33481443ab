"""A language that the package does not know: word files in a folder and a codebook; no code is touched."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from matplotlib.text import Text

from analysis.charts.gallery import CHARTS, charts_of, draw_figure
from analysis.codebook import Codebook, load_codebook
from analysis.errors import RequestError
from analysis.inference.findings import gather_frames
from analysis.survey.table import load_survey
from analysis.words.conclusions import conclude
from analysis.words.language import WORDS, Voice, find_topic, voice_of

NORWEGIAN = {" och ": " og ", " inte ": " ikke ", "skillnaden": "forskjellen"}


def to_norwegian(text: str) -> str:
    """Swedish with some words exchanged: enough to tell it from every language of the package."""
    for swedish, norwegian in NORWEGIAN.items():
        text = text.replace(swedish, norwegian)
    return text


def only_norwegian(node: Any) -> Any:
    """A descriptor whose texts are in Norwegian alone."""
    if isinstance(node, dict):
        if isinstance(node.get("sv"), str):
            return {"nb": to_norwegian(node["sv"])}
        return {key: only_norwegian(value) for key, value in node.items()}
    return [only_norwegian(value) for value in node] if isinstance(node, list) else node


@pytest.fixture
def codebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Codebook:
    for path in WORDS.glob("*.toml"):
        keys = {key: to_norwegian(text) for key, text in find_topic(path.stem, "sv").items()}
        lines = [f"[{json.dumps(key)}]\nnb = {json.dumps(text)}\n" for key, text in keys.items()]
        (tmp_path / path.name).write_text("\n".join(lines), encoding="utf-8")
    monkeypatch.setenv("MATURITY_WORDS", str(tmp_path))
    described = only_norwegian(json.loads(json.dumps(load_codebook())))
    described["survey"] |= {"languages": ["nb"], "officialLanguage": "nb"}
    return Codebook(described)


def test_charts_and_conclusions_speak_a_language_of_word_files(codebook: Codebook) -> None:
    survey = load_survey()
    survey.attrs["codebook"] = codebook
    frames = gather_frames(survey)
    assert list(CHARTS) == charts_of(frames)
    for name in CHARTS:
        figure = draw_figure(name, frames, lang="nb")
        shown = " ".join(text.get_text() for text in figure.findobj(Text))
        assert "Källa: Utbildningsstyrelsen" in shown
        assert " och " not in shown
    told = " ".join(conclude(frames, lang="nb"))
    assert "forskjellen är 18\u00a0procentenheter" in told
    assert "ikke tydlig" in told


def test_where_no_language_is_asked_for_a_survey_without_english_speaks_its_own(codebook: Codebook) -> None:
    survey = load_survey()
    survey.attrs["codebook"] = codebook
    assert voice_of(survey).lang == "nb"
    assert conclude(gather_frames(survey)) == conclude(gather_frames(survey), lang="nb")


def test_a_survey_in_one_language_refuses_another_and_names_its_own(codebook: Codebook) -> None:
    with pytest.raises(RequestError, match="lang is 'en'; use one of nb"):
        Voice(codebook, "en")
