"""Counts that prove at once that percentages may be right."""

from hypothesis import given
from hypothesis import strategies as st

from analysis.feasibility import find_contradictions
from analysis.rounding import print_percentages
from analysis.witness import find_witness


def test_the_counts_of_the_made_up_wave_are_found():
    percents = {"v": ["10", "16", "24", "40", "10"], "g": ["10", "15", "20", "45", "10"]}
    found = find_witness(percents, {"v": 50, "g": 40})
    assert found == {"v": [5, 8, 12, 20, 5], "g": [4, 6, 8, 18, 4]}


def test_no_counts_are_found_where_none_print_the_percentages():
    assert find_witness({"g": ["20", "20", "20", "23", "17"]}, {"g": 5}) is None


def test_what_is_not_published_in_full_has_no_witness():
    assert find_witness({"g": ["20", None]}, {"g": 5}) is None
    assert find_witness({"g": ["20", "80"]}, {"g": None}) is None
    assert find_witness({"g": ["33", "33", "33"]}, {"g": 3}) is None


GROUPS = st.lists(st.lists(st.integers(0, 60), min_size=4, max_size=4).filter(any), min_size=2, max_size=3)


@given(GROUPS, st.integers(0, 1), st.randoms(use_true_random=False))
def test_a_witness_contradicts_no_rounding(groups, decimals, random):
    counts = {str(place): group for place, group in enumerate(groups)}
    counts["total"] = [sum(stage) for stage in zip(*groups, strict=True)]
    percents = {
        group: [f"{percent:.{decimals}f}" for percent in print_percentages(column, decimals=decimals)]
        for group, column in counts.items()
    }
    if random.random() < 0.5:
        random.shuffle(percents["total"])
    sizes = {group: sum(column) for group, column in counts.items()}
    found = find_witness(percents, sizes, total="total", decimals=decimals)
    if found is not None:
        assert find_contradictions(percents, sizes, total="total", decimals=decimals) == []
        assert {group: sum(column) for group, column in found.items()} == sizes
