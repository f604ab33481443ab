"""Differences between published shares; expected values by hand or over every pair of counts."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from builders import codebook_of_codes, survey_frame

from analysis.old.inference.differences import METHODS, Request, build_frame, fisher_p
from analysis.old.inference.leeway import counted_differences, published_differences
from analysis.old.inference.multiplicity import adjust_p
from analysis.old.inference.published import read_published
from analysis.old.inference.spans import Span, wave_spans

WAVE = "2024-spring"
TWO = codebook_of_codes(["no", "yes"], ["a", "b"])
PERCENTS = {(WAVE, "a"): {"no": 60, "yes": 40}, (WAVE, "b"): {"no": 71, "yes": 29}}
SIZES = {(WAVE, "a"): 300, (WAVE, "b"): 250}


def frame_of(blocks):
    return build_frame(blocks, TWO, {})


def sides(percents=PERCENTS, sizes=SIZES):
    survey = survey_frame(percents, sizes, codebook=TWO)
    published = read_published(survey, WAVE)
    return published.take([0]), published.take([1]), wave_spans(survey, WAVE)


def test_published_shares_differ_between_the_bounds_of_both():
    first, second, _ = sides()
    found = frame_of(published_differences(first, second))
    assert found[["measure", "stage"]].to_numpy().tolist() == [
        ["stage", "no"],
        ["stage", "yes"],
        ["at_least", "yes"],
    ]
    assert found[["estimate", "low", "high"]].to_numpy().tolist() == [
        [-0.11, -0.12, -0.1],
        [0.11, 0.1, 0.12],
        [0.11, 0.1, 0.12],
    ]


@pytest.mark.parametrize("method", list(METHODS))
@pytest.mark.parametrize("adjust", ["holm", "bh"])
def test_on_counts_the_bounds_are_those_over_every_pair(method, adjust):
    first, second, spans = sides()
    request = Request(0.9, adjust, method)
    found = frame_of(counted_differences(first, second, [(spans["a"], spans["b"])], request))
    rows = found[found["measure"] == "stage"].reset_index(drop=True)
    least, most = [], []
    for cell, row in rows.iterrows():
        reach = [range(s.low["stage"][cell], s.high["stage"][cell] + 1) for s in (spans["a"], spans["b"])]
        x1, x2 = np.array(list(product(*reach))).T
        assert len(x1) > 4
        low, high = METHODS[method](x1, 300, x2, 250, level=0.9)
        p = fisher_p(x1, np.array(300), x2, np.array(250))
        assert (row["low"], row["high"]) == pytest.approx((low.min(), high.max()), abs=1e-12)
        assert (row["p_low"], row["p_high"]) == pytest.approx((p.min(), p.max()), abs=1e-12)
        least.append(p.min())
        most.append(p.max())
    np.testing.assert_allclose(rows["p_adjusted"], adjust_p(most, method=adjust))


def test_a_group_with_several_tables_has_as_many_and_one_not_listed_has_none():
    first, second, spans = sides()
    request = Request(0.95, "holm", "newcombe")
    both = frame_of(counted_differences(first, second, [(spans["a"], spans["b"])], request))
    assert set(both["n_tables"]) == {spans["a"].n_tables * spans["b"].n_tables}
    pair = (spans["a"]._replace(n_tables=None), spans["b"])
    assert frame_of(counted_differences(first, second, [pair], request))["n_tables"].isna().all()


def test_more_counts_than_can_be_gone_through_give_nothing():
    first, second, spans = sides(sizes={(WAVE, "a"): 10_000, (WAVE, "b"): 10_000})
    pair = [(spans["a"], spans["b"])]
    assert counted_differences(first, second, pair, Request(0.95, "holm", "newcombe")) is None


def test_a_stage_that_one_side_lacks_has_no_row():
    percents = {**PERCENTS, (WAVE, "b"): {"yes": 29}}
    first, second, spans = sides(percents)
    for found in (
        published_differences(first, second),
        counted_differences(first, second, [(spans["a"], spans["b"])], Request(0.95, "holm", "newcombe")),
    ):
        assert frame_of(found)["stage"].tolist() == ["yes", "yes"]


@pytest.mark.parametrize("method", list(METHODS))
def test_the_ends_of_an_interval_rise_with_the_first_count_and_fall_with_the_second(method):
    # the corners of a span bound the interval only because of this
    x1, x2 = np.meshgrid(np.arange(24), np.arange(18), indexing="ij")
    for bound in METHODS[method](x1, 23, x2, 17, level=0.95):
        assert np.all(np.diff(bound, axis=0) >= -1e-12)
        assert np.all(np.diff(bound, axis=1) <= 1e-12)


def test_known_counts_have_one_value():
    known = Span(
        5,
        {"stage": np.array([2, 3]), "at_least": np.array([3])},
        {"stage": np.array([2, 3]), "at_least": np.array([3])},
        "counted",
        1,
    )
    first, second, _ = sides()
    request = Request(0.95, "holm", "newcombe")
    found = frame_of(counted_differences(first, second, [(known, known)], request))
    assert found["estimate"].tolist() == [0, 0, 0]
    assert set(found["basis"]) == {"counted"}
