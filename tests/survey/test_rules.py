"""What the rows of a wave say together."""

import copy

import pytest
from incoming import LINES, STAGES, wave_rows

from analysis.codebook import Codebook, load_codebook
from analysis.survey.rules import find_breaches, split_waves

CODEBOOK = load_codebook()


def changed(rows, *lines, **cells):
    return [row._replace(**cells) if row.line in lines else row for row in rows]


def breaches(rows, codebook=CODEBOOK, **options):
    return [(p.rule, p.line, p.column) for p in find_breaches(split_waves(rows, codebook), **options)]


def words(rows, codebook=CODEBOOK):
    return " ".join(problem.problem for problem in find_breaches(split_waves(rows, codebook)))


def declaring(**declared):
    return CODEBOOK.declare("2022-autumn", declared)


def test_the_made_up_wave_is_the_one_that_files_hold():
    written = [f"{r.wave},{r.group},{r.stage},{r.percent},{r.n},{r.source}" for r in wave_rows()]
    assert written == LINES[1:]


@pytest.mark.parametrize("counted", [True, False])
def test_a_sound_wave_breaks_no_rule(counted):
    assert breaches(wave_rows(counted=counted)) == []


def test_the_order_of_rows_is_nothing():
    assert breaches(wave_rows()[::-1]) == []


def test_a_total_may_be_absent_and_so_may_a_group():
    assert breaches(wave_rows(groups=["vocational", "general"])) == []
    assert breaches(wave_rows(groups=["vocational"])) == []


def test_two_stages_of_five_may_be_all_that_was_published():
    assert breaches([row for row in wave_rows(groups=["all"]) if row.stage in STAGES[3:]]) == []


def test_four_stages_of_five_are_a_lost_row():
    assert breaches(wave_rows(groups=["general"])[:4]) == [("lost-rows", "2-5", "stage")]


def test_groups_with_different_stages_have_lost_rows():
    rows = [row for row in wave_rows() if row.line not in (12, 13)]
    assert breaches(rows) == [("lost-rows", "14-16", "stage")]
    assert "general has 3 of 5 stages, without stage 'not_at_all', 'planned'" in words(rows)


def test_one_of_two_stages_is_the_usual_way_to_publish_them():
    content = copy.deepcopy(dict(CODEBOOK))
    fields = content["resources"][0]["schema"]["fields"]
    fields[2]["categories"] = fields[2]["categories"][:2]
    assert breaches([wave_rows(groups=["all"])[0]], Codebook(content)) == []


@pytest.mark.parametrize(
    ("n", "found"), [(51, "n of 2022-autumn vocational is 51 here and 50"), (None, "is empty here")]
)
def test_a_group_has_one_n(n, found):
    rows = changed(wave_rows(), 9, n=n)
    assert ("n-differs-within-group", "9", "n") in breaches(rows)
    assert found in words(rows)


def test_the_n_of_the_total_is_the_sum_of_its_groups():
    rows = changed(wave_rows(), *range(2, 7), n=91)
    assert ("n-total-is-not-the-sum", "2-6", "n") in breaches(rows)
    assert "91, but the groups' 50 + 40 make 90" in words(rows)


def test_the_n_of_the_total_is_no_less_than_one_of_its_groups():
    rows = changed(wave_rows(groups=["all", "vocational"]), *range(2, 7), n=40)
    assert ("n-total-is-not-the-sum", "2-6", "n") in breaches(rows)


@pytest.mark.parametrize(
    ("percents", "n"),
    [
        (("33", "33", "33", "0", "0"), 3),
        (("13", "13", "13", "13", "50"), 8),
        (("12", "12", "12", "12", "50"), 8),
        (("14.3", "14.3", "28.6", "14.3", "28.6"), 7),
        (("10", "15", "20", "45", "10"), 10**9),
        (("10", "15", "20", "45", "10"), None),
        (("0", "0", "0", "100", "0"), 1),
    ],
)
def test_percentages_that_counts_can_give_are_right_whatever_they_sum_to(percents, n):
    rows = [
        row._replace(percent=p, n=n) for row, p in zip(wave_rows(groups=["general"]), percents, strict=True)
    ]
    assert breaches(rows) == []


@pytest.mark.parametrize(
    ("percents", "n", "lines", "word"),
    [
        (("20", "20", "20", "22", "17"), 5, "5-6", "22 % or 17 %"),
        (("10", "15", "20", "35", "10"), 40, "2-6", "sum to 90"),
        (("10", "15", "20", "35", "10"), None, "2-6", "sum to 90"),
        (("0.1", "0.15", "0.2", "0.45", "0.1"), 40, "2-6", "fractions"),
    ],
)
def test_percentages_that_no_counts_give_are_refused(percents, n, lines, word):
    rows = [
        row._replace(percent=p, n=n) for row, p in zip(wave_rows(groups=["general"]), percents, strict=True)
    ]
    assert breaches(rows) == [("no-consistent-counts", lines, "percent")]
    assert word in words(rows)


def test_a_total_must_be_one_that_its_groups_can_make():
    rows = changed(wave_rows(), 4, percent="24")
    rows = changed(rows, 5, percent="40")
    assert breaches(rows) == [("no-consistent-counts", "4-5", "percent")]
    assert "all piloting, experiments" in words(rows)


def test_percentages_of_weighted_answers_have_no_counts_behind_them():
    rows = changed(wave_rows(groups=["general"]), 2, percent="11")
    rows = changed(rows, 3, percent="14")
    assert breaches(rows) == [("no-consistent-counts", "2-3", "percent")]
    assert breaches(rows, declaring(weighted=True)) == []
    assert breaches(changed(rows, 4, percent="10"), declaring(weighted=True)) == [
        ("no-consistent-counts", "2-6", "percent")
    ]


def test_a_wave_has_the_decimals_that_the_codebook_declares():
    rows = changed(wave_rows(groups=["vocational"]), 4, percent="24.5")
    assert ("decimals", "4", "percent") in breaches(rows, declaring(decimals=0))


def test_counts_add_up_to_n():
    rows = [row._replace(n=51) for row in wave_rows(groups=["vocational"], counted=True)]
    assert ("counts-do-not-add-up", "2-6", "count") in breaches(rows)
    assert "adds up to 50, but n is 51" in words(rows)


def test_a_count_gives_its_percentage():
    rows = changed(wave_rows(groups=["vocational"], counted=True), 3, count=12)
    rows = changed(rows, 4, count=8)
    assert breaches(rows) == [
        ("count-contradicts-percent", "3", "count"),
        ("count-contradicts-percent", "4", "count"),
    ]
    assert "12 of 50, which is 24.0 %, but percent is 16" in words(rows)


def test_counts_are_judged_by_their_sum_where_n_is_unknown():
    rows = [row._replace(n=None) for row in wave_rows(counted=True)]
    assert breaches(rows) == []
    rows = changed(changed(rows, 8, count=12), 9, count=8)
    assert ("count-contradicts-percent", "8", "count") in breaches(rows)


def test_one_count_may_be_missing_since_it_follows():
    assert breaches(changed(wave_rows(groups=["vocational"], counted=True), 6, count=None)) == []


def test_counts_of_the_total_are_the_sum_of_its_groups():
    rows = [row._replace(percent="") for row in wave_rows(counted=True)]
    rows = changed(changed(rows, 2, count=10), 3, count=13)
    assert breaches(rows) == [
        ("count-total-is-not-the-sum", "2", "count"),
        ("count-total-is-not-the-sum", "3", "count"),
    ]


def test_where_rows_were_refused_only_whole_groups_are_judged():
    rows = [row for row in changed(wave_rows(), 3, percent="26") if row.line != 9]
    assert breaches(rows, some_lost=True) == [("no-consistent-counts", "2-6", "percent")]


def test_a_wave_of_the_stored_table_has_no_lines_in_the_file_at_hand():
    stored = [row._replace(line=0) for row in wave_rows() if row.group == "all"]
    rows = stored + [row for row in changed(wave_rows(), 9, percent="90") if row.group != "all"]
    assert all(problem.line for problem in find_breaches(split_waves(rows, CODEBOOK)))


def test_percentages_that_no_counts_print_may_be_weighted_as_the_source_says():
    rows = [row._replace(source="painotettu") for row in changed(wave_rows(), 3, percent="27")]
    problem = next(find_breaches(split_waves(rows, CODEBOOK)))
    assert "the source says 'painotettu'" in problem.problem
    assert "survey.waves of datapackage.json" in problem.problem


def test_waves_come_in_the_order_of_time():
    rows = [row for name in ("2023-spring", "2022-autumn", "2022-spring") for row in wave_rows(name)]
    assert [wave.name for wave in split_waves(rows, CODEBOOK)] == [
        "2022-spring",
        "2022-autumn",
        "2023-spring",
    ]
