"""Changes between waves: on counts, also of partly published waves, else between the bounds of rounding."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from builders import codebook_of_codes, survey_frame
from hypothesis import given, settings, strategies as st
from reference import ORACLES

from analysis.inference.differences import compare_waves
from analysis.rounding import DEFAULT_RULES, publish
from analysis.survey.table import load_survey

STAGES = list("abcde")
WAVES = ("2020-autumn", "2021-autumn")


def two_waves(first, second, rules=("largest_remainder",) * 2, shown=STAGES, **facts):
    """A total in two waves, of the second the shown stages alone, each printed by its rule."""
    codebook = codebook_of_codes(
        STAGES, ["all"], waves=[{"id": WAVES[0], "decimals": 0}, {"id": WAVES[1], "decimals": 0, **facts}]
    )
    printed = {
        (wave, "all"): {
            stage: percent
            for stage, percent in zip(STAGES, publish(counts, rule), strict=True)
            if wave == WAVES[0] or stage in shown
        }
        for wave, counts, rule in zip(WAVES, (first, second), rules, strict=True)
    }
    sizes = {(wave, "all"): sum(counts) for wave, counts in zip(WAVES, (first, second), strict=True)}
    return survey_frame(printed, sizes, codebook)


def test_the_shipped_change_is_about_twenty_points_and_clear():
    changes = compare_waves(load_survey())
    assert list(changes["group"].astype(str).unique()) == ["all"]
    row = changes[changes["measure"] == "at_least"].iloc[0]
    assert (row["first"], row["second"], row["stage"]) == ("2021-autumn", "2020-autumn", "experiments")
    known = ORACLES["contrasts"]["all_experiments_plus_versatile_w1_vs_w2_N533"]["R"]["newcombe"][0]
    assert row["estimate_low"] < known < row["estimate_high"]
    assert row["verdict"] == "clear"
    assert changes.attrs["family"] == {"2021-autumn 2020-autumn": 3}


def test_a_partly_published_wave_is_read_under_the_rules_of_the_first():
    """W2: 54 and 8 % of 128 are 68 to 71 and 9 to 12 answers, not 69 and 10 alone."""
    changes = compare_waves(load_survey()).set_index(["measure", "stage"])
    for stage, first, counts in (("experiments", 65, (68, 71)), ("versatile", 8, (9, 12))):
        row = changes.loc[("stage", stage)]
        known = [count / 128 - first / 175 for count in counts]
        assert [row["estimate_low"], row["estimate_high"]] == pytest.approx(known)


def test_a_verdict_on_a_partial_wave_is_one_of_every_table():
    """W2, a false "every table": e fell by 10.9 points, outside the range that was once given."""
    first, second = [25, 51, 7, 115, 83], [1, 35, 22, 38, 22]
    for shown in combinations(STAGES, 2):
        changes = compare_waves(two_waves(first, second, shown=shown), adjust="none")
        for row in changes[changes["measure"] == "stage"].itertuples():
            place = STAGES.index(str(row.stage))
            truth = second[place] / 118 - first[place] / 281
            assert row.estimate_low - 1e-12 <= truth <= row.estimate_high + 1e-12
            assert str(row.stage) != "e" or row.verdict == "open"


answers = st.lists(st.integers(0, 40), min_size=5, max_size=5).filter(lambda counts: sum(counts) > 4)
rules = st.sampled_from(DEFAULT_RULES)
shown_stages = st.sets(st.sampled_from(STAGES), min_size=1, max_size=4).map(sorted)


@given(answers, answers, st.tuples(rules, rules), shown_stages)
@settings(max_examples=30, deadline=None)
def test_the_true_change_is_always_inside(first, second, printed_by, shown):
    changes = compare_waves(two_waves(first, second, printed_by, shown))
    for row in changes.itertuples():
        place = STAGES.index(str(row.stage))
        places = slice(place, place + 1) if row.measure == "stage" else slice(place, None)
        truth = sum(second[places]) / sum(second) - sum(first[places]) / sum(first)
        assert row.estimate_low - 1e-12 <= truth <= row.estimate_high + 1e-12
        assert (row.verdict == "clear") == (row.low > 0 or row.high < 0)


def test_a_wave_without_n_gives_bounds_of_rounding_and_no_verdict():
    survey = two_waves([30, 40, 20, 50, 60], [10, 20, 30, 40, 20])
    survey["n"] = pd.array([None] * len(survey), dtype="Int64")
    changes = compare_waves(survey)
    assert len(changes) == 5 + 2
    assert set(changes["verdict"]) == {""}
    assert (changes["low"] == changes["estimate_low"]).all()


def test_a_declared_break_is_not_compared_across():
    survey = two_waves([30, 40, 20, 50, 60], [10, 20, 30, 40, 20], comparable=False)
    assert compare_waves(survey).empty


def test_a_single_wave_has_no_change_and_all_columns():
    survey = load_survey()
    changes = compare_waves(survey[survey["wave"] == WAVES[0]])
    assert changes.empty
    assert list(changes.columns) == list(compare_waves(survey).columns)


def test_each_group_is_compared_with_its_own_wave_before_in_one_family():
    codebook = codebook_of_codes(
        ["a", "b", "c"], ["all", "one", "two"], total="all", waves=[{"id": w, "decimals": 0} for w in WAVES]
    )
    answers = {
        WAVES[0]: {"one": [10, 20, 10], "two": [20, 20, 20]},
        WAVES[1]: {"one": [5, 15, 30], "two": [9, 9, 9]},
    }
    printed, sizes = {}, {}
    for wave, groups in answers.items():
        for group, counts in {**groups, "all": np.sum(list(groups.values()), axis=0).tolist()}.items():
            printed[wave, group] = dict(zip("abc", publish(counts), strict=True))
            sizes[wave, group] = sum(counts)
    changes = compare_waves(survey_frame(printed, sizes, codebook))
    assert changes["group"].astype(str).value_counts().to_dict() == {"all": 3, "one": 3, "two": 3}
    assert changes.attrs["family"] == {f"{WAVES[1]} {WAVES[0]}": 9}
    known = answers[WAVES[1]]["one"][2] / 50 - answers[WAVES[0]]["one"][2] / 40
    row = changes[(changes["group"] == "one") & (changes["stage"] == "c")].iloc[0]
    assert row["estimate_low"] <= known <= row["estimate_high"]


def test_a_group_is_known_no_worse_beside_others_than_by_itself():
    """Of 300 and 310 answers together there are too many tables; of each group alone there are few."""
    codebook = codebook_of_codes(
        STAGES, ["all", "one", "two"], total="all", waves=[{"id": w, "decimals": 0} for w in WAVES]
    )
    one = {WAVES[0]: [50, 80, 60, 90, 20], WAVES[1]: [31, 62, 75, 101, 31]}
    two = [40, 90, 50, 100, 30]
    printed, sizes = {}, {}
    for wave, counts in one.items():
        groups = {"one": counts, "two": two, "all": np.add(counts, two).tolist()}
        printed |= {(wave, g): dict(zip(STAGES, publish(x), strict=True)) for g, x in groups.items()}
        sizes |= {(wave, g): sum(x) for g, x in groups.items()}
    survey = survey_frame(printed, sizes, codebook)
    beside, alone = (
        compare_waves(rows, adjust="none").query("group == 'one'").reset_index(drop=True)
        for rows in (survey, survey[survey["group"] == "one"])
    )
    assert list(beside["verdict"] != "") == [True] * 7
    assert (beside["estimate_low"] >= alone["estimate_low"]).all()
    assert (beside["estimate_high"] <= alone["estimate_high"]).all()
