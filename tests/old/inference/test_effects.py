"""The comparison over the whole scale: directions, ranges over tables, verdicts, degenerate counts.

R's numbers are in ``oracles.json``, where the second group is set against the first.
"""

from __future__ import annotations

import numpy as np
import pytest
from builders import DECK, codebook_of_codes, counts_frame, tables_frame
from reference import ORACLES

from analysis.errors import RecoveryError, RequestError
from analysis.old.inference.effects import COLUMNS, compare_groups

R = ORACLES["wave1"]["R"]
PYTHON = ORACLES["wave1"]["python"]
TWO_GROUPS = [
    "freeman_halton",
    "pearson",
    "g_test",
    "mann_whitney",
    "linear_by_linear",
    "cochran_armitage",
    "probability_of_superiority",
    "cliffs_delta",
    "common_odds_ratio",
    "common_odds_ratio_wald",
    "proportional_odds",
    "cramers_v",
    "cramers_v_corrected",
]
CODES = codebook_of_codes(["a", "b", "c"], ["x", "y", "z"])
OTHER = {"vocational": [15, 15, 22, 26, 2], "general": [20, 21, 10, 39, 5]}


def effects_of(counts, **options):
    return compare_groups(counts, **options).set_index("measure")


@pytest.fixture(scope="module")
def ours():
    return effects_of(counts_frame(DECK))


def test_there_is_one_row_a_measure_in_the_promised_columns(ours) -> None:
    assert list(ours.index) == TWO_GROUPS
    assert ["measure", *ours.columns] == list(COLUMNS)
    assert ours.attrs["groups"] == ["vocational", "general"]
    assert ours.attrs["n"] == {"vocational": 80, "general": 95}
    assert ours.attrs["wave"] == "2020-autumn"
    assert set(ours["basis"]) == {"counted"}


@pytest.mark.parametrize(
    ("measure", "p"),
    [
        ("freeman_halton", R["fisher_freeman_halton"]["p"]),
        ("pearson", R["pearson"]["p"]),
        ("g_test", R["g_test"]["p"]),
        ("mann_whitney", R["wilcoxon_exact_coin"]["p"]),
        ("linear_by_linear", R["linear_by_linear_exact"]["p"]),
        ("cochran_armitage", R["cochran_armitage"]["p"]),
        ("probability_of_superiority", R["wilcoxon_exact_coin"]["p"]),
        ("cliffs_delta", R["wilcoxon_exact_coin"]["p"]),
        ("proportional_odds", R["proportional_odds_test_nominal"]["p"]),
        ("cramers_v", R["pearson"]["p"]),
        ("cramers_v_corrected", R["pearson"]["p"]),
    ],
)
def test_exact_p_values_are_those_of_r(ours, measure, p) -> None:
    assert ours.loc[measure, ["p_value", "p_low", "p_high"]].tolist() == pytest.approx([p] * 3, rel=1e-9)


@pytest.mark.parametrize(
    ("measure", "p"),
    [("common_odds_ratio", R["polr"]["p_lr"]), ("common_odds_ratio_wald", R["polr"]["p_wald"])],
)
def test_fitted_p_values_are_those_of_r(ours, measure, p) -> None:
    assert ours.loc[measure, "p_value"] == pytest.approx(p, rel=1e-6)


def test_directions_are_first_minus_second(ours) -> None:
    assert ours.loc["cliffs_delta", "estimate"] == pytest.approx(-PYTHON["superiority"]["delta"], rel=1e-9)
    assert ours.loc["probability_of_superiority", "estimate"] == pytest.approx(
        1 - PYTHON["superiority"]["ps"]
    )
    low, high = PYTHON["superiority"]["newcombe2006_method5"]
    assert ours.loc["probability_of_superiority", ["low", "high"]].tolist() == pytest.approx(
        [1 - high, 1 - low]
    )
    assert ours.loc["cliffs_delta", ["low", "high"]].tolist() == pytest.approx([1 - 2 * high, 1 - 2 * low])
    assert ours.loc["common_odds_ratio", "estimate"] == pytest.approx(1 / R["clm_crosscheck"]["OR"], rel=1e-9)
    wald = R["polr"]["ci_wald"][0]
    assert ours.loc["common_odds_ratio_wald", ["low", "high"]].tolist() == pytest.approx(
        [1 / wald[1], 1 / wald[0]], rel=1e-5
    )
    assert ours.loc["linear_by_linear", "statistic"] == pytest.approx(
        R["linear_by_linear_asymptotic"]["Z"], rel=1e-9
    )
    assert ours.loc["mann_whitney", "statistic"] == 80 * 95 - R["wilcoxon_stats_continuity"]["U_group2"]


def test_swapping_groups_turns_every_direction_over(ours) -> None:
    swapped = effects_of(counts_frame(dict(reversed(DECK.items()))))
    assert swapped["p_value"].tolist() == pytest.approx(ours["p_value"].tolist(), rel=1e-9)
    for measure, turned in (
        ("cliffs_delta", lambda value: -value),
        ("probability_of_superiority", lambda value: 1 - value),
        ("common_odds_ratio", lambda value: 1 / value),
        ("common_odds_ratio_wald", lambda value: 1 / value),
    ):
        there = [turned(swapped.loc[measure, name]) for name in ("estimate", "high", "low")]
        assert ours.loc[measure, ["estimate", "low", "high"]].tolist() == pytest.approx(there, rel=1e-9)
    z = [frame.loc["linear_by_linear", "statistic"] for frame in (ours, swapped)]
    assert z[0] == pytest.approx(-z[1], rel=1e-9)


def test_over_several_tables_the_ranges_are_those_of_each() -> None:
    together = effects_of(tables_frame([DECK, OTHER]))
    alone = [effects_of(tables_frame([table])) for table in (DECK, OTHER)]
    assert set(together["n_tables"]) == {2}
    for measure in TWO_GROUPS:
        row, rows = together.loc[measure], [one.loc[measure] for one in alone]
        assert np.isnan(row["estimate"])
        for name, end in (("estimate_low", min), ("estimate_high", max), ("low", min), ("high", max)):
            values = [one[name] for one in rows]
            assert row[name] == pytest.approx(end(values), nan_ok=True)
        assert row["p_value"] == row["p_high"] == pytest.approx(max(one["p_value"] for one in rows))
        assert row["p_low"] == pytest.approx(min(one["p_value"] for one in rows))


def test_the_verdict_has_three_values() -> None:
    one = tables_frame([DECK])
    p = effects_of(one).loc["freeman_halton", "p_value"]
    other = effects_of(tables_frame([OTHER])).loc["freeman_halton", "p_value"]
    assert p < 0.05 < other
    both = tables_frame([DECK, OTHER])
    for level, verdict in ((0.95, "undetermined"), (0.9, "every table"), (0.99, "none")):
        assert effects_of(both, level=level).loc["freeman_halton", "verdict"] == verdict


def test_the_level_widens_intervals(ours) -> None:
    wider = effects_of(counts_frame(DECK), level=0.99)
    for measure in ("cliffs_delta", "common_odds_ratio", "common_odds_ratio_wald"):
        assert wider.loc[measure, "low"] < ours.loc[measure, "low"]
        assert wider.loc[measure, "high"] > ours.loc[measure, "high"]
    assert set(wider["level"]) == {0.99}


def test_three_groups_have_no_direction() -> None:
    found = effects_of(counts_frame({"x": [5, 2, 1], "y": [2, 3, 4], "z": [0, 3, 6]}, CODES))
    assert list(found.index) == [
        "freeman_halton",
        "pearson",
        "g_test",
        "kruskal_wallis",
        "cramers_v",
        "cramers_v_corrected",
    ]
    assert found.loc["freeman_halton", "method"] == "exact"
    assert found.loc["kruskal_wallis", "df"] == 2


def test_a_sampled_p_is_widened_by_its_error() -> None:
    rng = np.random.default_rng(0)
    groups = [f"g{number}" for number in range(8)]
    codes = codebook_of_codes(["a", "b", "c", "d", "e"], groups)
    counts = {group: rng.multinomial(40, [0.2] * 5).tolist() for group in groups}
    row = effects_of(counts_frame(counts, codes)).loc["freeman_halton"]
    assert row["method"] == "monte_carlo"
    assert row["p_low"] < row["p_value"] < row["p_high"]


def test_a_single_group_has_nothing_to_compare() -> None:
    found = compare_groups(counts_frame({"x": [1, 2, 3]}, CODES))
    assert found.empty
    assert list(found.columns) == list(COLUMNS)


@pytest.mark.parametrize("counts", [{"x": [0, 0, 0], "y": [1, 2, 3]}, {"x": [0, 0, 0], "y": [0, 0, 0]}])
def test_an_empty_group_leaves_every_measure_unknown(counts) -> None:
    found = effects_of(counts_frame(counts, CODES))
    assert found[["estimate", "low", "high", "p_value"]].isna().all(axis=None)
    assert set(found["verdict"]) == {"undetermined"}


def test_a_third_empty_group_is_left_out() -> None:
    two = effects_of(counts_frame({"x": [1, 4, 3], "y": [4, 1, 1]}, CODES))
    three = effects_of(counts_frame({"x": [1, 4, 3], "y": [4, 1, 1], "z": [0, 0, 0]}, CODES))
    for measure in ("freeman_halton", "pearson", "cramers_v"):
        assert three.loc[measure, "p_value"] == pytest.approx(two.loc[measure, "p_value"], rel=1e-12)


def test_one_answer_a_group_and_one_stage_still_work() -> None:
    single = effects_of(counts_frame({"x": [1, 0, 0], "y": [0, 0, 1]}, CODES))
    assert single.loc["cliffs_delta", "estimate"] == -1
    assert single.loc["mann_whitney", "p_value"] == 1
    assert single.loc["common_odds_ratio", ["estimate", "low"]].tolist() == [0, 0]
    stage = effects_of(counts_frame({"x": [3, 0, 0], "y": [4, 0, 0]}, CODES))
    assert stage.loc["cliffs_delta", "estimate"] == 0
    assert stage.loc["freeman_halton", "p_value"] == 1
    assert stage.loc[["pearson", "common_odds_ratio", "cramers_v"], "p_value"].isna().all()


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(RequestError, match="level is 95"):
        compare_groups(counts_frame(DECK), level=95)
    with pytest.raises(RequestError, match="whole numbers"):
        compare_groups(counts_frame({"x": [0.5, 1, 1], "y": [1, 1, 1]}, CODES))
    with pytest.raises(RecoveryError, match="no table"):
        compare_groups(tables_frame([DECK]).iloc[:0])
