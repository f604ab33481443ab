"""What survives other assumptions, over every table that fits them."""

from __future__ import annotations

import pytest

from analysis.old.inference.sensitivity import compare_assumptions
from analysis.survey.table import load_survey

# n_tables, then lowest and highest over the tables of: Freeman-Halton p, exact Wilcoxon-Mann-Whitney p,
# Cliff's delta, Fisher's p of the stage with the smallest. The figures are those of the method's
# own table of known results, made by enumerating every table.
KNOWN = {
    "adjust_minimal": (1, (0.0326, 0.0326), (0.533, 0.533), (-0.053, -0.053), (0.0026, 0.0026)),
    "floor_or_ceiling": (4, (0.0196, 0.0556), (0.450, 0.533), (-0.064, -0.053), (0.0014, 0.0055)),
    "within_one": (31, (0.0107, 0.0653), (0.290, 0.615), (-0.090, -0.043), (0.0014, 0.0055)),
}
MEASURES = ("freeman_halton", "mann_whitney", "cliffs_delta", "largest_difference")


@pytest.mark.parametrize("rule", KNOWN)
def test_the_ranges_over_all_tables_are_the_known_ones(rule: str) -> None:
    found = compare_assumptions(load_survey(), "2020-autumn", roundings=[rule]).set_index("measure")
    tables, *ranges = KNOWN[rule]
    assert found["n_tables"].unique() == [tables]
    for measure, known in zip(MEASURES, ranges, strict=True):
        assert found.loc[measure, ["low", "high"]].tolist() == pytest.approx(known, abs=6e-4)


def test_only_piloting_survives_every_assumption() -> None:
    found = compare_assumptions(load_survey(), "2020-autumn")
    verdicts = found.groupby("measure")["verdict"].unique().map(list)
    assert verdicts["largest_difference"] == ["every table"]
    assert set(found["stage"].dropna()) == {"piloting"}
    assert verdicts["freeman_halton"] == ["every table", "undetermined"]
    assert verdicts["mann_whitney"] == ["none"]


def test_the_rival_sizes_make_the_whole_distribution_undetermined() -> None:
    found = compare_assumptions(
        load_survey(),
        "2020-autumn",
        roundings=["nearest"],
        n={"vocational": 80, "general": [96, 97], "all": None},
    ).set_index("measure")
    assert found.loc["freeman_halton", "high"] == pytest.approx(0.0528, abs=6e-5)
    assert found.loc["largest_difference", "verdict"] == "every table"


def test_an_assumption_that_nothing_fits_says_so_in_one_row() -> None:
    found = compare_assumptions(load_survey(), "2020-autumn", roundings=["half_up"])
    assert found[["rounding", "n_tables"]].to_numpy().tolist() == [["half_up", 0]]
    assert found["measure"].isna().all()


def test_an_assumption_with_more_tables_than_asked_for_is_only_counted() -> None:
    found = compare_assumptions(load_survey(), "2020-autumn", roundings=["within_one"], max_tables=30)
    assert found[["rounding", "n_tables"]].to_numpy().tolist() == [["within_one", 31]]
    assert found["measure"].isna().all()
