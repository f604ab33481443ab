"""Counts that prove at once that percentages may be right."""

from hypothesis import given
from hypothesis import strategies as st

from analysis.feasibility import find_contradictions
from analysis.rounding import print_percentages
from analysis.solving.witness import has_witness


def printed(counts, decimals=0):
    return [f"{percent:.{decimals}f}" for percent in print_percentages(counts, decimals=decimals)]


def test_a_table_that_largest_remainders_print_has_a_witness():
    counts = {"v": [5, 8, 12, 20, 5], "g": [4, 6, 8, 18, 4], "all": [9, 14, 20, 38, 9]}
    percents = {group: printed(column) for group, column in counts.items()}
    assert has_witness(percents, {"v": 50, "g": 40, "all": 90}, total="all")


def test_the_total_of_large_groups_may_need_other_counts_than_the_first_found():
    counts = {"v": [101, 199, 303], "g": [205, 99, 104]}
    counts["all"] = [sum(stage) for stage in zip(*counts.values(), strict=True)]
    percents = {group: printed(column) for group, column in counts.items()}
    assert has_witness(percents, {group: sum(column) for group, column in counts.items()}, total="all")


def test_there_is_none_where_no_counts_print_the_percentages():
    assert not has_witness({"g": ["20", "20", "20", "23", "17"]}, {"g": 5})


def test_what_is_not_published_in_full_has_none():
    assert not has_witness({"g": ["20", None]}, {"g": 5})
    assert not has_witness({"g": ["20", "80"]}, {"g": None})
    assert not has_witness({"g": ["33", "33", "33"]}, {"g": 3})


GROUPS = st.lists(st.lists(st.integers(0, 300), min_size=4, max_size=4).filter(any), min_size=2, max_size=3)


@given(GROUPS, st.integers(0, 1), st.randoms(use_true_random=False))
def test_a_witness_contradicts_no_rounding(groups, decimals, random):
    counts = {str(place): group for place, group in enumerate(groups)}
    counts["total"] = [sum(stage) for stage in zip(*groups, strict=True)]
    percents = {group: printed(column, decimals) for group, column in counts.items()}
    if random.random() < 0.5:
        random.shuffle(percents["total"])
    sizes = {group: sum(column) for group, column in counts.items()}
    if has_witness(percents, sizes, total="total", decimals=decimals):
        assert find_contradictions(percents, sizes, total="total", decimals=decimals) == []
