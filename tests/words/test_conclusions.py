"""What is concluded from the frames: every verdict, in every language, with its numbers."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from builders import counts_frame, tables_frame
from surveys import Survey, make_codebook

from analysis.codebook import LANGUAGES, Codebook, load_codebook
from analysis.inference.differences import compare_stages
from analysis.inference.effects import compare_groups
from analysis.inference.findings import bound_nonresponse, gather_frames
from analysis.survey.table import load_survey
from analysis.words.conclusions import conclude, statements
from analysis.words.figures import Statement
from analysis.words.language import Voice, voice_of
from analysis.words.reservations import describe_recovery

OTHER = {"vocational": [15, 15, 22, 26, 2], "general": [20, 21, 10, 39, 5]}
DECK = {"vocational": [15, 15, 22, 26, 2], "general": [20, 21, 9, 39, 6]}
AHEAD = {"vocational": [5, 10, 20, 40, 20], "general": [30, 25, 15, 8, 2]}
THREE = make_codebook({"a": "A", "b": "B", "c": "C"}, {"x": "X", "y": "Y", "z": "Z"}, waves=["2020-autumn"])


@cache
def shipped() -> dict[str, pd.DataFrame]:
    return gather_frames(load_survey())


def voice(lang: str = "en", codebook: Codebook | None = None) -> Voice:
    return Voice(codebook or load_codebook(), lang)


def of_kind(kind: str, frames: dict[str, pd.DataFrame], lang: str = "en") -> list[Statement]:
    told = statements(frames, voice_of(next(iter(frames.values())), lang))
    return [statement for statement in told if statement.kind == kind]


def frames_of(counts: pd.DataFrame) -> dict[str, pd.DataFrame]:
    return {"differences": compare_stages(counts), "effects": compare_groups(counts)}


def changed(name: str, verdict: str, **values: Any) -> dict[str, pd.DataFrame]:
    """The shipped frames with every verdict of one of them, and other values, set by hand."""
    frame = shipped()[name].copy()
    frame["verdict"] = verdict
    for column, value in values.items():
        frame[column] = value
    frame.attrs = shipped()[name].attrs
    return {name: frame}


def test_the_shipped_survey_is_told_in_order_with_its_verdicts() -> None:
    told = statements(shipped(), voice())
    assert [statement.kind for statement in told if statement.kind != "caution"] == [
        *("stage", "stage", "shape", "shift", "size", "wave", "wave", "wave", "assumption", "assumption")
    ]
    assert [statement.verdict for statement in told][:5] == ["clear", "not clear", "clear", "not clear", ""]
    assert told[0].figure == "+18"
    assert told[0].text == (
        "“Preparing or piloting” is clearly more common in vocational institutions than in general upper "
        "secondary schools: the difference is 18\u00a0percentage points (95% confidence interval +2 to +34)."
    )
    assert conclude(shipped()) == [statement.text for statement in told]


@pytest.mark.parametrize(
    ("lang", "known"),
    [
        ("fi", "ammatillisissa oppilaitoksissa kuin lukioissa: ero on 18\u00a0prosenttiyksikköä"),
        ("sv", "(95-procentigt konfidensintervall +2 till +34)."),
    ],
)
def test_the_first_finding_stands_in_each_language(lang: str, known: str) -> None:
    assert known in statements(shipped(), voice(lang))[0].text


def test_the_figure_of_a_difference_is_that_of_the_group_that_the_sentence_names_first() -> None:
    turned = counts_frame(dict(zip(DECK, list(DECK.values())[::-1], strict=True)))
    told = of_kind("stage", frames_of(turned))[0]
    assert "more common in general upper secondary schools than in vocational" in told.text
    assert (told.figure, "interval +2 to +34" in told.text) == ("+18", True)


def test_what_is_not_clear_is_never_called_alike_but_says_what_is_excluded() -> None:
    text = of_kind("stage", shipped())[1].text
    assert "No clear difference: “Not at all”, “Planned”, " in text
    assert "That does not mean that the groups are alike." in text
    # ends of the simultaneous intervals, rounded away from zero: 18.4, 19.5 and 14.5 points
    assert "“Not at all” 19, “Planned” 20 and " in text
    assert text.endswith(" 15.")


def test_what_holds_in_several_tables_says_so() -> None:
    counts = tables_frame([DECK, OTHER])
    told = of_kind("stage", frames_of(counts))
    assert told[0].text.endswith("This holds in every possible table.")
    assert told[0].figure == "+17 to +18"


def test_an_open_difference_names_the_tables_as_its_reason() -> None:
    for lang, known in (
        ("en", "is open; it depends"),
        ("fi", "Avoimeksi jää, onko"),
        ("sv", "Det är öppet om"),
    ):
        told = of_kind("stage", changed("differences", "open"), lang)
        assert len(told) == 7  # six told, the rest counted
        assert known in told[0].text
    assert (
        of_kind("stage", changed("differences", "open"))[-1].text
        == "Other differences that are clear or open: 1."
    )


def test_published_figures_alone_say_nothing_of_chance() -> None:
    survey = load_survey().assign(n=pd.array([None] * 17, dtype="Int64"))
    survey.attrs = load_survey().attrs
    told = statements(gather_frames(survey), voice())
    assert told[0].verdict == ""
    assert "“Preparing or piloting” is more common in vocational institutions" in told[0].text
    assert "because the counts are not known" in told[0].text
    assert not any("of 100 surveys" in one.text or "intervals" in one.text for one in told)


@pytest.mark.parametrize("verdict", ["clear", "not clear", "open"])
def test_shape_and_shift_are_told_together(verdict: str) -> None:
    for lang in LANGUAGES:
        told = statements(changed("effects", verdict), voice(lang))
        assert [(one.kind, one.verdict) for one in told[:3]] == [
            ("shape", verdict),
            ("shift", verdict),
            ("size", ""),
        ]


def test_the_group_that_is_further_along_is_named_first() -> None:
    ahead = of_kind("shift", frames_of(counts_frame(AHEAD, basis="counted")))[0]
    behind = of_kind(
        "shift", frames_of(counts_frame(dict(zip(AHEAD, list(AHEAD.values())[::-1], strict=True))))
    )[0]
    assert ahead.text.startswith(
        "Answers are clearly further along the scale in vocational institutions than"
    )
    assert behind.text.startswith("Answers are clearly further along the scale in general upper secondary")
    assert ahead.figure == behind.figure == "83%"  # 6,290 of 95 × 80 pairs, ties by half


def test_a_shift_of_few_answers_is_not_judged() -> None:
    few = counts_frame({"vocational": [3, 3, 3, 3, 3], "general": [20, 20, 10, 40, 6]})
    [told] = of_kind("shift", frames_of(few))
    assert told.verdict == ""
    assert told.text.endswith("is not judged: almost all answers are the same, or there are too few answers.")


def test_the_interval_of_the_size_has_its_own_level() -> None:
    [size] = of_kind("size", shipped())
    assert "are 0.25 apart (90% confidence interval 0.05 to 0.34; Cramér’s V" in size.text


def test_three_groups_are_told_together_and_in_pairs() -> None:
    counts = counts_frame({"x": [30, 5, 5], "y": [5, 30, 5], "z": [5, 5, 30]}, THREE, basis="counted")
    for lang in LANGUAGES:
        told = statements(frames_of(counts), voice(lang, THREE))
        assert [one.kind for one in told if one.kind in {"shape", "size"}] == ["shape", "size"] * 4
    assert of_kind("shape", frames_of(counts))[0].text.startswith(
        "As a whole, the distributions of the groups clearly"
    )


def test_a_change_gives_both_shares_and_its_interval() -> None:
    main = of_kind("wave", shipped())[0]
    assert "or further has clearly become more common among all respondents" in main.text
    assert (
        "42% (autumn 2020), 62% (autumn 2021); the change is +18 to +23\u00a0percentage points" in main.text
    )
    fewer = changed("changes", "clear", estimate_low=-0.2, estimate_high=-0.2, low=-0.3, high=-0.1)
    assert "has clearly become less common" in of_kind("wave", fewer)[0].text


@pytest.mark.parametrize(
    ("verdict", "known"),
    [("not clear", "It is not clear that"), ("open", "is open: 42%"), ("", "Published shares: ")],
)
def test_a_change_that_is_not_clear_is_not_told_as_one(verdict: str, known: str) -> None:
    assert known in of_kind("wave", changed("changes", verdict))[0].text
    for lang in LANGUAGES:
        assert of_kind("wave", changed("changes", verdict), lang)


def test_a_changed_mix_of_groups_is_bounded_where_both_n_are_known() -> None:
    wave = {"id": "2021-autumn", "answers": {"vocational": 68, "general": 60}}
    codebook = load_codebook().declare("2021-autumn", wave)
    frames = {name: frame.copy() for name, frame in shipped().items()}
    for frame in frames.values():
        frame.attrs["codebook"] = codebook
    # (68/128 - 80/175) * (28/80 - 45/95) = -0.9 points
    assert any("by −1\u00a0percentage point." in one.text for one in of_kind("caution", frames))
    for frame in frames.values():
        frame.attrs["codebook"] = load_codebook().declare("2021-autumn", {"answers": {}})
    assert any(
        one.text == "Part of the change may come from a different mix of groups; how much is not known."
        for one in of_kind("caution", frames)
    )


def test_the_promise_follows_level_and_adjustment() -> None:
    promise = "All statements of one comparison are right in at least 95 of 100 surveys like this."
    assert promise in [one.text for one in of_kind("caution", shipped())]
    assert any("the distributions as a whole" in one.text for one in of_kind("caution", shipped()))
    counts = counts_frame(DECK)
    strict = {"differences": compare_stages(counts, level=0.975)}
    assert any("at least 97.5 of 100" in one.text for one in of_kind("caution", strict))
    assert not any("the distributions as a whole" in one.text for one in of_kind("caution", strict))
    alone = {"differences": compare_stages(counts, adjust="none")}
    assert any("of one comparison only" in one.text for one in of_kind("caution", alone))


def test_nonresponse_is_told_only_with_a_population() -> None:
    assert of_kind("nonresponse", shipped()) == []
    assert any("How many did not answer is not known" in one.text for one in of_kind("caution", shipped()))
    counts = counts_frame(DECK)
    for members, verdict, known in (
        ({"vocational": 112, "general": 372}, "not clear", "32, General upper secondary 277) could reverse"),
        (
            {"vocational": 84, "general": 99},
            "clear",
            "could not reverse the difference at “Preparing or piloting”",
        ),
    ):
        frames = frames_of(counts) | {"nonresponse": bound_nonresponse(counts, population=members)}
        [told] = of_kind("nonresponse", frames)
        assert (told.verdict, known in told.text) == (verdict, True)
        assert not any("How many did not answer" in one.text for one in of_kind("caution", frames))


def test_assumptions_say_what_stays_and_what_does_not() -> None:
    stays, departs = of_kind("assumption", shipped())
    rules = "with another way of rounding (up or down, sum 100; within one unit)"
    assert stays.text == (
        f"The verdict is the same with another n (Vocational 80 to 82; General upper secondary 95 to 97) and "
        f"{rules}: the difference at “Preparing or piloting”."
    )
    assert departs.text.endswith(
        f"is clear, but open with another n (General upper secondary 95 to 97) and {rules}."
    )


def test_of_assumptions_that_were_not_tried_nothing_is_told() -> None:
    """More groups than are tried have the rows of the first assumption alone."""
    frame = shipped()["assumptions"]
    first = frame[(frame["rounding"] == frame["rounding"].iloc[0]) & (frame["n"] == frame["n"].iloc[0])]
    assert of_kind("assumption", shipped() | {"assumptions": first}) == []


def test_of_many_statements_under_other_assumptions_the_rest_is_counted() -> None:
    frame = shipped()["assumptions"]
    rows = frame[frame["stage"] == "piloting"]
    places = [(measure, stage) for measure in ("stage", "at_least") for stage in load_codebook().stages]
    copies = [rows.assign(statistic=measure, stage=stage) for measure, stage in places[:7]]
    for others, number, known in (
        ("clear", 1, "“Wide-ranging experience” and 2 others."),
        ("open", 6, "Other verdicts that depend on the assumptions: 2."),
    ):
        verdicts = ["clear", *[others] * (len(rows) - 1)]
        many = pd.concat([copy.assign(verdict=verdicts) for copy in copies], ignore_index=True)
        many.attrs = frame.attrs
        told = of_kind("assumption", shipped() | {"assumptions": many})
        assert len(told) == number
        assert told[-1].text.endswith(known)


def test_recovery_says_n_rules_and_what_it_presumes() -> None:
    attrs = {
        "basis": "recovered",
        "n": {"vocational": 80, "general": [95, 97]},
        "rules": ["nearest", "a_new_rule"],
        "admitted": {"nearest": 1200, "a_new_rule": 0},
        "max_tables": 10_000,
    }
    counts = tables_frame([DECK])
    known = {
        "unique": (
            1,
            "Exactly one table of counts is possible with these numbers of answers: Vocational 80, General",
        ),
        "several": (1200, "1,200 tables of counts are possible"),
        "too_many": (None, "More than 10,000 tables of counts are possible, too many to list"),
        "none": (0, "Are the figures weighted, or is a row missing"),
    }
    for status, (tables, text) in known.items():
        counts.attrs |= {**attrs, "status": status, "n_tables": tables}
        told = describe_recovery(counts)
        assert text in told
        assert "95 to 97" in told
        assert (
            "in one of these ways: to the nearest, halves either way (tables: 1,200); a_new_rule (tables: 0)"
            in told
        )
        assert ("unweighted, that all answers are shown and that everyone gave one answer" in told) == (
            status != "none"
        )
    counts.attrs["basis"] = "counted"
    assert describe_recovery(counts, lang="fi") == (
        "Lukumäärät on laskettu vastauksista; mitään ei ole päätelty prosenttiluvuista."
    )


def test_nothing_is_told_where_nothing_can_be_compared() -> None:
    assert conclude({}) == []
    assert conclude({"survey": shipped()["survey"]}) == []


def test_no_text_keeps_an_unfilled_place_or_a_nan() -> None:
    for lang in LANGUAGES:
        for text in conclude(shipped(), lang=lang):
            assert not set("{}") & set(text)
            assert "nan" not in text.lower().split()
    assert not np.isnan(shipped()["differences"]["low"]).any()


def test_a_mix_that_did_not_change_is_not_called_another() -> None:
    frames = {name: frame.copy() for name, frame in shipped().items()}
    alike = {"vocational": 80, "general": 95}
    for answers, known in ((alike, False), ({"vocational": 68, "general": 60}, True)):
        codebook = load_codebook().declare("2021-autumn", {"id": "2021-autumn", "answers": answers})
        for frame in frames.values():
            frame.attrs["codebook"] = codebook
        told = [one.text for one in of_kind("caution", frames)]
        assert any(text.startswith("The mix of groups is not the same") for text in told) == known


def test_of_an_earlier_wave_the_mix_is_told_by_its_published_shares() -> None:
    """Of 160 and 40 answers, then 100 each, 20 and 60 per cent are B: +12 points."""
    survey = Survey(
        make_codebook(
            {"a": "A", "b": "B"}, {"all": "All", "x": "X", "y": "Y"}, waves=["2020-autumn", "2021-autumn"]
        ),
        {"2020-autumn": {"x": [128, 32], "y": [16, 24]}, "2021-autumn": {"x": [80, 20], "y": [40, 60]}},
    )
    told = of_kind("caution", gather_frames(survey.rows()))
    assert any("the share of “B” by +12\u00a0percentage points." in one.text for one in told)
