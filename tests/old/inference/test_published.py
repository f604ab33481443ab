"""Published shares and what rounding leaves open; expected bounds are worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from builders import codebook_of_codes, survey_frame

from analysis.errors import RequestError
from analysis.old.inference.published import decimals_of_wave, published_upwards, read_published

WAVE = "2024-spring"
SCALE = codebook_of_codes(["none", "some", "much"], ["a", "b"])


def wave_of(percents: list[float | None], **more: object):
    cells = {
        stage: percent for stage, percent in zip(SCALE.stages, percents, strict=True) if percent is not None
    }
    return survey_frame({(WAVE, "a"): cells}, codebook=SCALE, **more)


def bounds(percents: list[float | None]) -> list[tuple[float, float]]:
    published = read_published(wave_of(percents), WAVE)
    return list(zip(published.low[0].tolist(), published.high[0].tolist(), strict=True))


def test_a_printed_figure_leaves_half_a_unit_on_each_side():
    assert bounds([20, 30, 50]) == [(0.195, 0.205), (0.295, 0.305), (0.495, 0.505)]


def test_a_decimal_more_leaves_a_tenth_of_that():
    assert bounds([20.5, 30, 49.5]) == [(0.2045, 0.2055), (0.2995, 0.3005), (0.4945, 0.4955)]


def test_shares_that_add_up_to_one_narrow_the_bounds():
    # 20 + 30 + 49 = 99: the three together must gain a whole unit of the one and a half that they can
    assert bounds([20, 30, 49]) == [(0.2, 0.205), (0.3, 0.305), (0.49, 0.495)]


def test_a_sum_that_rounding_to_the_nearest_cannot_give_widens_to_a_whole_unit():
    # 19 + 29 + 49 = 97, as after rounding down: 19–20, 29–30, 49–50, and 98 still to reach 100
    assert bounds([19, 29, 49]) == [(0.2, 0.2), (0.3, 0.3), (0.5, 0.5)]


def test_a_sum_that_nothing_explains_is_left_alone():
    assert bounds([19, 29, 30]) == [(0.18, 0.2), (0.28, 0.3), (0.29, 0.31)]


def test_an_end_of_the_scale_cuts_the_bounds():
    assert bounds([0, 0, 100])[0] == (0, 0.005)
    assert bounds([0, 0, 100])[2] == (0.995, 1)


def test_an_unpublished_stage_takes_what_the_others_leave():
    assert bounds([None, 54, 8]) == [(0.37, 0.39), (0.535, 0.545), (0.075, 0.085)]


def test_at_least_adds_up_only_what_is_published():
    upper = published_upwards(read_published(wave_of([None, 54, 8]), WAVE))
    assert upper.percent[0].tolist() == [62, 8]
    assert (upper.low[0, 0], upper.high[0, 0]) == (0.61, 0.63)
    middle_only = published_upwards(read_published(wave_of([None, 54, None]), WAVE))
    assert np.isnan(middle_only.estimate).all()


def test_at_least_follows_from_the_stages_below_where_that_is_sharper():
    # at least "some" is 100 minus 20, so 79.5–80.5 and not 79–81
    upper = published_upwards(read_published(wave_of([20, 30, 50]), WAVE))
    assert (upper.low[0, 0], upper.high[0, 0]) == (0.795, 0.805)


def test_a_count_leaves_no_room():
    counts = {(WAVE, "a"): {"none": 1, "some": 2, "much": 5}}
    published = read_published(survey_frame({}, codebook=SCALE, counts=counts), WAVE)
    assert published.estimate[0].tolist() == [0.125, 0.25, 0.625]
    assert published.low.tolist() == published.high.tolist() == published.estimate.tolist()
    assert published.n.tolist() == [8]
    assert published.percent[0].tolist() == [
        13,
        25,
        62,
    ]  # half to even gives 99; the first of the tied 12.5 moves


def test_an_unknown_n_stays_unknown():
    assert np.isnan(read_published(wave_of([20, 30, 50]), WAVE).n).all()


def test_the_declared_decimals_of_a_wave_come_first():
    declared = codebook_of_codes(SCALE.stages, SCALE.groups, waves=[{"id": WAVE, "decimals": 1}])
    survey = survey_frame({(WAVE, "a"): {"none": 20, "some": 30, "much": 50}}, codebook=declared)
    assert decimals_of_wave(survey, WAVE) == 1
    assert decimals_of_wave(wave_of([20, 30, 50]), WAVE) == 0


def test_an_unknown_wave_is_refused_with_those_that_are():
    with pytest.raises(RequestError, match="use one of 2024-spring"):
        read_published(wave_of([20, 30, 50]), "2025-spring")
