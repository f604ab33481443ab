"""Every branch of the conclusions, in three languages: what is said, with which numbers, and what is not."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from builders import DECK, counts_frame, survey_frame, tables_frame
from surveys import large_survey, make_codebook, small_survey

import analysis
from analysis.codebook import LANGUAGES
from analysis.old.inference.changes import compare_waves
from analysis.old.inference.comparisons import compare_published, compare_stages
from analysis.old.inference.effects import compare_groups
from analysis.old.inference.estimates import estimate_shares
from analysis.old.inference.nonresponse import bound_nonresponse
from analysis.old.words import conclusions, reservations
from analysis.old.words.conclusions import conclude, conclude_groups, conclude_stages, conclude_waves
from analysis.old.words.reservations import (
    conclude_assumptions,
    conclude_nonresponse,
    conclude_population,
    conclude_sampling,
)
from analysis.old.words.wording import words_of
from analysis.survey.table import load_survey

OTHER = {"vocational": [15, 15, 22, 26, 2], "general": [20, 21, 10, 39, 5]}  # its p lies on the other side
SHIFTED = {"vocational": [30, 25, 15, 8, 2], "general": [5, 10, 20, 40, 20]}
ALIKE = {"vocational": [16, 16, 16, 16, 16], "general": [19, 19, 19, 19, 19]}
APART = {"vocational": [80, 0, 0, 0, 0], "general": [0, 95, 0, 0, 0]}
NOBODY = {"vocational": [0, 0, 0, 0, 0], "general": [20, 21, 9, 39, 6]}
POPULATION = {"vocational": 112, "general": 372}
THREE = make_codebook(
    {"a": "A", "b": "B", "c": "C"}, {"x": "X", "y": "Y", "z": "Z"}, waves=["2020-autumn"], total=None
)


def recovered(*tables):
    return tables_frame(list(tables))


def counted(table):
    return counts_frame(table, basis="counted")


def three_groups(x, y, z):
    return counts_frame({"x": x, "y": y, "z": z}, THREE)


def changed(**values):
    """The changes of the shipped survey with some columns set, to reach verdicts it does not have."""
    return with_values(compare_waves(load_survey()), **values)


def with_values(frame, **values):
    replaced = frame.assign(**values)
    replaced.attrs = frame.attrs
    return replaced


def effects_with(counts, measure, **values):
    """Effects with some fields of one measure set, to reach what only huge surveys have."""
    effects = compare_groups(counts)
    for name, value in values.items():
        effects.loc[effects["measure"] == measure, name] = value
    return effects


def assumptions(whole: str, largest: str):
    columns = ["rounding", "n_tables", "measure", "stage", "low", "high", "verdict"]
    rows = [
        ("within_one", 31, "freeman_halton", None, 0.0107, 0.0653, whole),
        ("within_one", 31, "largest_difference", "piloting", 0.0014, 0.0055, largest),
    ]
    frame = pd.DataFrame(rows, columns=columns)
    frame.attrs["codebook"] = load_survey().attrs["codebook"]
    return frame


def of_waves(frame):
    return lambda lang: conclude_waves(frame, lang=lang)


@cache
def scenarios() -> dict[str, Callable[[str], str]]:
    """A name for each situation, and what is said of it in a language."""
    stages = {
        "one table": compare_stages(recovered(DECK)),
        "counted": compare_stages(counted(DECK)),
        "several tables": compare_stages(recovered(DECK, {**OTHER, "vocational": [17, 17, 18, 26, 2]})),
        "many groups": compare_stages(large_survey().counts("2024-autumn")),
        "published": compare_published(load_survey(), "2020-autumn"),
        "published alike": compare_published(
            survey_frame({("2020-autumn", group): dict.fromkeys(DECK_STAGES, 20.0) for group in DECK}),
            "2020-autumn",
        ),
    }
    groups = {
        "shape": compare_groups(recovered(DECK)),
        "no shape": compare_groups(recovered(ALIKE)),
        "open shape": compare_groups(recovered(DECK, OTHER)),
        "shift": compare_groups(recovered(SHIFTED)),
        "open shift": compare_groups(recovered(SHIFTED, ALIKE)),
        "sampled": effects_with(
            three_groups([9, 2, 1], [2, 9, 3], [1, 3, 9]),
            "freeman_halton",
            method="monte_carlo",
            p_high=0.004,
        ),
        "close": effects_with(
            recovered(DECK), "freeman_halton", method="monte_carlo", p_high=0.06, verdict="undetermined"
        ),
        "approximate": with_values(compare_groups(recovered(DECK)), method="contour"),
        "ranks": compare_groups(three_groups([9, 2, 1], [2, 9, 3], [1, 3, 9])),
        "no ranks": compare_groups(three_groups([4, 4, 4], [4, 4, 4], [4, 4, 4])),
        "open ranks": effects_with(
            three_groups([9, 2, 1], [2, 9, 3], [1, 3, 9]), "kruskal_wallis", verdict="undetermined"
        ),
    }
    waves = {
        "changed": changed(verdict="every table"),
        "changed, counted": changed(verdict="every table", basis="counted"),
        "not changed": changed(verdict="none"),
        "perhaps changed": changed(verdict="undetermined"),
        "changed as published": changed(method="rounding", level=np.nan),
    }
    bounds = {
        "answers": bound_nonresponse(recovered(DECK)),
        "answers of one": bound_nonresponse(
            recovered({"vocational": [0, 0, 0, 0, 80], "general": [0, 0, 0, 45, 50]})
        ),
        "answers of none": bound_nonresponse(recovered(APART)),
        "missing": bound_nonresponse(recovered(DECK), population=POPULATION),
        "missing, several tables": bound_nonresponse(
            recovered(DECK, OTHER), population={**POPULATION, "vocational": 80}
        ),
        "nobody missing": bound_nonresponse(recovered(DECK), population={"vocational": 80, "general": 95}),
        "neither": bound_nonresponse(
            recovered({"vocational": [40, 40, 0, 0, 0], "general": [80, 20, 0, 0, 0]}),
            population={"vocational": 130, "general": 150},
        ),
    }
    shares = estimate_shares(recovered(DECK), population=POPULATION)
    return (
        {f"stages: {name}": said(conclude_stages, frame) for name, frame in stages.items()}
        | {f"groups: {name}": said(conclude_groups, frame) for name, frame in groups.items()}
        | {f"waves: {name}": said(conclude_waves, frame) for name, frame in waves.items()}
        | {f"missing: {name}": said(conclude_nonresponse, frame) for name, frame in bounds.items()}
        | {"assumptions": said(conclude_assumptions, assumptions("undetermined", "every table"))}
        | {"population": lambda lang: conclude_population(shares, POPULATION, lang=lang)}
        | {"sampling": lambda lang: conclude_sampling(lang=lang)}
    )


def said(tell: Any, frame: pd.DataFrame) -> Callable[[str], str]:
    return lambda lang: tell(frame, lang=lang)


DECK_STAGES = ("not_at_all", "planned", "piloting", "experiments", "versatile")


@pytest.fixture(scope="module", params=LANGUAGES)
def told(request) -> dict[str, str]:
    return {name: tell(request.param) for name, tell in scenarios().items()}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_sentence_is_said_somewhere(monkeypatch, lang) -> None:
    used: set[str] = set()
    for module in (conclusions, reservations):
        say = module.say
        monkeypatch.setattr(
            module, "say", lambda key, *rest, say=say, **values: (used.add(key), say(key, *rest, **values))[1]
        )
    for tell in scenarios().values():
        tell(lang)
    assert {f"conclusions.{key}" for key in words_of("conclusions")} == {
        key for key in used if key.startswith("conclusions.")
    }


def test_every_paragraph_is_whole(told) -> None:
    for name, text in told.items():
        assert text, name
        assert not re.search(r"[{}]|\bnan\b|None|  |\(\)|, \)", text), (name, text)
        assert text.endswith("."), (name, text)


def test_nothing_is_called_significant_and_no_p_is_zero(told) -> None:
    for text in told.values():
        assert not re.search(r"signifi|merkitsev", text, re.IGNORECASE)
        assert not re.search(r"p\s*=\s*0[.,]0+\b", text)


def test_what_is_concluded_has_its_interval(told) -> None:
    interval = re.compile(r"interval|luottamusväli|konfidensintervall")
    for name in ("stages: one table", "stages: counted", "groups: shape", "groups: shift", "waves: changed"):
        assert interval.search(told[name]), name


def test_the_numbers_of_our_survey_are_said() -> None:
    stages, groups = (scenarios()[name]("en") for name in ("stages: one table", "groups: shape"))
    assert "“Preparing or piloting” is more common in vocational institutions" in stages
    assert (
        "The difference is 18 percentage points (95% interval +6 to +30)" in stages or "+7 to +30" in stages
    )
    assert "p\u00a0=\u00a00.033" in groups
    assert "Cramér’s V is 0.25, 95% interval up to 0.36" in groups
    assert "probability 47% (95% interval 39–56%; ties count half)" in groups
    missing = scenarios()["missing: missing"]("en")
    assert "153 in vocational institutions, or 24 in general upper secondary schools" in missing
    assert "from −57 to +46 percentage points" in missing
    assert "34% of those who did not answer in general upper secondary schools" in missing


def test_counts_of_ones_own_are_not_said_to_fit_anything() -> None:
    assert "fits the published" in scenarios()["stages: one table"]("en")
    assert "fits" not in scenarios()["stages: counted"]("en")


def test_a_range_over_tables_is_said_as_a_range() -> None:
    text = scenarios()["groups: open shape"]("en")
    effects = compare_groups(recovered(DECK, OTHER)).set_index("measure")
    low, high = effects.loc["freeman_halton", ["p_low", "p_high"]]
    assert f"{low:.3f} to {high:.3f}" in text
    assert "stays open" in text


def test_a_tiny_p_is_bounded_not_rounded_to_zero() -> None:
    assert "p\u00a0<\u00a00.001" in scenarios()["groups: shift"]("en")
    assert "<0.001 to 1" in scenarios()["groups: open shift"]("en")


def test_many_clear_differences_are_told_up_to_a_number() -> None:
    text = scenarios()["stages: many groups"]("en")
    assert text.count("It can be concluded that") == conclusions.MOST_TOLD
    assert re.search(r"\d+ more differences are clear or open", text)


def test_a_stage_at_which_one_pair_differs_is_not_said_to_show_none() -> None:
    counts = three_groups([30, 10, 10], [10, 30, 10], [20, 20, 10])
    text = conclude_stages(compare_stages(counts))
    none = text.split("It cannot be concluded", 1)[1]
    assert "“A” or further" not in none
    assert "“A”" not in none
    assert "“C”" in none


def test_direction_is_that_of_the_larger_share() -> None:
    swapped = conclude_stages(compare_stages(counted(dict(reversed(DECK.items())))))
    assert "more common in vocational institutions than in general" in swapped


def test_an_empty_group_is_passed_over() -> None:
    assert conclude_groups(compare_groups(counted(NOBODY))) == ""
    assert conclude_groups(compare_groups(three_groups([0, 0, 0], [0, 0, 0], [0, 0, 0]))) == ""
    assert conclude_nonresponse(bound_nonresponse(counted(NOBODY))) == ""


def test_assumptions_that_change_nothing_are_not_told() -> None:
    assert conclude_assumptions(assumptions("none", "none")) == ""
    assert "stays clear" not in conclude_assumptions(assumptions("undetermined", "undetermined"))


def test_a_survey_without_a_total_has_no_total_to_explain() -> None:
    shares = estimate_shares(three_groups([1, 2, 3], [3, 2, 1], [2, 2, 2]))
    assert conclude_population(shares, {"x": 9, "y": 9, "z": 9}) == ""


def test_the_whole_survey_is_one_paragraph_a_comparison_and_what_they_rest_on() -> None:
    frames = {
        "differences": compare_stages(recovered(DECK)),
        "effects": compare_groups(recovered(DECK)),
        "nonresponse": bound_nonresponse(recovered(DECK)),
        "changes": compare_waves(load_survey()),
    }
    paragraphs = conclude(frames)
    assert len(paragraphs) == 5
    assert paragraphs[-1] == conclude_sampling()
    assert conclude({}) == []
    rounding = {"differences": compare_published(load_survey(), "2020-autumn")}
    assert len(conclude(rounding)) == 1  # nothing was sampled, so nothing is assumed of a sample


def test_labels_of_another_survey_stand_in_quotation_marks() -> None:
    survey = small_survey()
    for lang, tag in (("fi", "ä”"), ("sv", "å”"), ("en", "”")):
        text = conclude_stages(compare_stages(survey.counts("2022-spring")), lang=lang)
        assert f"South{tag}" in text or f"North{tag}" in text


def test_no_conclusion_is_written_in_code() -> None:
    for name in ("conclusions.py", "reservations.py"):
        source = (Path(analysis.__file__).parent / "old" / "words" / name).read_text(encoding="utf-8")
        assert "vocational" not in source
        assert "piloting" not in source
