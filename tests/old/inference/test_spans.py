"""The counts that published shares can stand for; expected counts are worked out by hand or by listing."""

from __future__ import annotations

from itertools import product

import pytest
from builders import codebook_of_codes, survey_frame

from analysis.errors import RequestError
from analysis.old.inference.spans import wave_spans
from analysis.old.rounding import DEFAULT_RULES, could_print
from analysis.survey.table import load_survey

WAVE = "2024-spring"
ABC = codebook_of_codes(["none", "some", "much"], ["all", "a", "b"], "all")


def test_the_first_wave_has_one_count_for_each_cell():
    spans = wave_spans(load_survey(), "2020-autumn")
    known = {"all": [35, 36, 31, 65, 8], "vocational": [15, 15, 22, 26, 2], "general": [20, 21, 9, 39, 6]}
    for group, counts in known.items():
        assert spans[group].low["stage"].tolist() == spans[group].high["stage"].tolist() == counts
        assert (spans[group].n, spans[group].n_tables, spans[group].basis) == (sum(counts), 1, "recovered")


def test_a_partial_column_is_read_as_rounded_to_the_nearest():
    # 54 % and 8 % of 128: 68.5–69.8 and 9.6–10.9
    span = wave_spans(load_survey(), "2021-autumn")["all"]
    assert span.low["stage"].tolist()[3:] == span.high["stage"].tolist()[3:] == [69, 10]
    assert span.low["at_least"].tolist()[2:] == span.high["at_least"].tolist()[2:] == [79, 10]
    assert span.n_tables == 1


def test_an_unpublished_stage_is_bounded_by_what_is_left():
    span = wave_spans(load_survey(), "2021-autumn")["all"]
    assert (span.low["stage"][0], span.high["stage"][0]) == (0, 49)


def test_several_tables_span_all_their_counts():
    # every split of 300 answers that some default rule prints as 20, 30 and 50
    survey = survey_frame(
        {(WAVE, "a"): {"none": 20, "some": 30, "much": 50}}, {(WAVE, "a"): 300}, codebook=ABC
    )
    fits = [
        (x, y, 300 - x - y)
        for x, y in product(range(50, 71), range(80, 101))
        if any(could_print((x, y, 300 - x - y), (20, 30, 50), rule) for rule in DEFAULT_RULES)
    ]
    span = wave_spans(survey, WAVE)["a"]
    assert span.low["stage"].tolist() == [min(column) for column in zip(*fits, strict=True)]
    assert span.high["stage"].tolist() == [max(column) for column in zip(*fits, strict=True)]
    assert span.low["at_least"].tolist() == [min(300 - x for x, _, _ in fits), min(z for _, _, z in fits)]
    assert span.n_tables == len(fits)


def test_too_many_tables_are_spanned_by_group():
    percents = {"none": 20, "some": 30, "much": 50}
    survey = survey_frame({(WAVE, "a"): percents}, {(WAVE, "a"): 20_000}, codebook=ABC)
    span = wave_spans(survey, WAVE)["a"]
    assert span.low["stage"][0] <= 3_900
    assert span.high["stage"][0] >= 4_100
    # all that is not "none" is at least "some"; the sum of the other two stages would bound it less
    assert span.low["at_least"][0] == 20_000 - span.high["stage"][0]
    assert span.high["at_least"][0] == 20_000 - span.low["stage"][0]
    assert span.n_tables is None


def test_groups_are_told_apart_where_a_part_is_missing():
    counts = {(WAVE, "a"): {"none": 1, "some": 2, "much": 5}}
    survey = survey_frame({(WAVE, "all"): {"much": 50}}, {(WAVE, "all"): 20}, codebook=ABC, counts=counts)
    spans = wave_spans(survey, WAVE)
    assert (spans["a"].low["stage"].tolist(), spans["a"].basis) == ([1, 2, 5], "counted")
    assert (spans["all"].low["stage"][2], spans["all"].high["stage"][2]) == (10, 10)


@pytest.mark.parametrize(
    "percents", [{"none": 20, "some": 30, "much": 50}, {"none": 20, "some": 30, "much": 60}]
)
def test_a_group_whose_counts_cannot_be_told_is_left_out(percents):
    sizes = {(WAVE, "a"): 20} if sum(percents.values()) > 100 else {}
    assert wave_spans(survey_frame({(WAVE, "a"): percents}, sizes, codebook=ABC), WAVE) == {}


def test_an_unknown_wave_is_refused():
    with pytest.raises(RequestError, match="use one of"):
        wave_spans(load_survey(), "2031-spring")
