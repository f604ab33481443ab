"""The commands ``compare`` and ``waves``: what people read, and the form that other programs build on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from analysis.__main__ import app
from analysis.errors import RequestError

ORACLES = json.loads((Path(__file__).parents[1] / "oracles.json").read_text(encoding="utf-8"))
NEWCOMBE = ORACLES["wave1"]["R"]["stage_differences_newcombe_g2_minus_g1"]  # general minus vocational


def run(*arguments: str) -> str:
    found = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert found.exit_code == 0
    return found.stdout


def read(*arguments: str) -> dict[str, Any]:
    return json.loads(run(*arguments, "--json"))


def cell(records: list[dict[str, Any]], **codes: str) -> dict[str, Any]:
    (found,) = [row for row in records if all(row[key] == code for key, code in codes.items())]
    return found


def test_compare_gives_its_frames_by_name():
    found = read("compare", "2020-autumn")
    assert list(found) == [
        "wave", "status", "n_tables", "shares", "differences", "cumulative", "effects",
    ]  # fmt: skip
    assert (found["wave"], found["status"], found["n_tables"]) == ("2020-autumn", "unique", 1)
    assert [row["stage"] for row in found["differences"]] == [
        "not_at_all", "planned", "piloting", "experiments", "versatile",
    ]  # fmt: skip
    assert [row["stage"] for row in found["cumulative"]] == [
        "planned",
        "piloting",
        "experiments",
        "versatile",
    ]


def test_compare_gives_unrounded_differences_vocational_minus_general():
    piloting = cell(read("compare", "2020-autumn")["differences"], stage="piloting")
    assert (piloting["first"], piloting["second"]) == ("vocational", "general")
    found = [piloting[name] for name in ("estimate", "low", "high")]
    estimate, low, high = NEWCOMBE[2]
    assert found == pytest.approx([-estimate, -high, -low], abs=1e-9)
    assert piloting["verdict"] == "every table"


def test_compare_gives_the_measures_of_the_whole_scale():
    effects = {row["measure"]: row for row in read("compare", "2020-autumn")["effects"]}
    assert effects["freeman_halton"]["p_value"] == pytest.approx(0.0325664143630651, abs=1e-9)
    assert effects["mann_whitney"]["p_value"] == pytest.approx(0.533211945717189, abs=1e-9)


def test_compare_gives_ranges_over_several_tables():
    found = read("compare", "2020-autumn", "--rounding", "floor_or_ceiling")
    assert (found["status"], found["n_tables"]) == ("several", 4)
    piloting = cell(found["differences"], stage="piloting")
    assert piloting["estimate_low"] <= piloting["estimate_high"]
    assert (round(piloting["p_low"], 4), round(piloting["p_high"], 4)) == (0.0014, 0.0055)


def test_a_population_adds_shares_of_the_population():
    found = read("compare", "2020-autumn", "--population", "vocational=112,general=372")
    codes = {"group": "all", "stage": "piloting", "measure": "stage"}
    assert cell(found["shares"], target="answers", **codes)["estimate"] == pytest.approx(31 / 175)
    whole = cell(found["shares"], target="population", **codes)
    assert whole["estimate"] == pytest.approx((112 * 22 / 80 + 372 * 9 / 95) / 484)
    assert whole["standard_error"] > 0
    plain = read("compare", "2020-autumn")
    assert found["differences"] == plain["differences"]


def test_without_counts_the_published_shares_are_compared():
    found = read("compare", "2020-autumn", "--rounding", "half_up")
    assert (found["status"], found["n_tables"], found["effects"]) == ("none", 0, [])
    assert "half_up" in found["reason"]
    piloting = cell(found["differences"], stage="piloting")
    assert (piloting["method"], piloting["low"], piloting["high"]) == ("rounding", 0.17, 0.19)
    assert piloting["p_value"] is None


def test_an_unknown_n_is_named_and_may_be_given(survey_folder):
    table = survey_folder / "survey_2021.csv"
    table.write_text(table.read_text(encoding="utf-8").replace(",175,", ",,").replace(",80,", ",,"), "utf-8")
    arguments = ["compare", "2020-autumn", "--survey", str(survey_folder)]
    found = read(*arguments)
    assert (found["status"], found["n_tables"]) == ("unknown", None)
    assert "vocational" in found["reason"]
    assert read(*arguments, "--n", "vocational=80")["status"] == "unique"


def test_the_latest_complete_wave_is_compared_where_none_is_named():
    assert read("compare") == read("compare", "2020-autumn")


def test_a_wave_with_one_group_has_shares_and_nothing_to_compare():
    found = read("compare", "2021-autumn")
    assert (found["differences"], found["cumulative"], found["effects"]) == ([], [], [])
    assert cell(found["shares"], stage="experiments", measure="at_least")["percent"] == 62
    assert "one group, so there is nothing to compare" in run("compare", "2021-autumn")


def test_compare_says_the_finding_first_and_fits_80_columns():
    lines = run("compare").splitlines()
    assert "18\u00a0percentage points" in lines[0]
    assert max(map(len, lines)) <= 80
    row = next(line for line in lines if line.startswith(" piloting"))
    assert row.split() == ["piloting", "28%", "10%", "+18.0", "+6.6", "to", "+29.5", "0.013"]


def test_compare_says_what_a_population_makes_of_the_shares():
    text = " ".join(run("compare", "--population", "vocational=112,general=372").split())
    assert "Shares of the population are about all who could have answered" in text


def test_several_tables_say_in_how_many_it_holds():
    lines = run("compare", "--rounding", "within_one").splitlines()
    row = next(line for line in lines if line.startswith(" piloting"))
    assert row.split()[-1] == "every"
    assert max(map(len, lines)) <= 80


def test_waves_gives_the_changes():
    found = read("waves")
    assert list(found) == ["changes"]
    known = ORACLES["contrasts"]["all_experiments_plus_versatile_w1_vs_w2_N533"]["R"]["newcombe"]
    row = cell(found["changes"], stage="experiments", measure="at_least")
    assert [row[name] for name in ("estimate", "low", "high")] == pytest.approx(known, abs=1e-9)
    assert (row["group"], row["first"], row["second"]) == ("all", "2021-autumn", "2020-autumn")


def test_waves_says_the_finding_first_and_fits_80_columns():
    lines = run("waves").splitlines()
    assert lines[0].startswith("“Has tried it out” or further rose from 42% to 62%")
    assert max(map(len, lines)) <= 80
    row = next(line for line in lines if line.startswith(" ≥ experiments"))
    assert row.split() == ["≥", "experiments", "42%", "62%", "+20.0", "+8.6", "to", "+30.6", "0.001"]


def test_one_wave_has_no_changes(survey_folder):
    table = survey_folder / "survey_2021.csv"
    lines = table.read_text(encoding="utf-8").splitlines(keepends=True)
    table.write_text("".join(line for line in lines if "2021-autumn" not in line), "utf-8")
    arguments = ["waves", "--survey", str(survey_folder)]
    assert read(*arguments) == {"changes": []}
    assert "no change to show" in run(*arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["compare", "2031-spring"], "2031-spring"),
        (["compare", "--population", "vocational=many"], "--population is 'vocational=many'"),
        (["compare", "--population", "vocational=80-90,general=372"], "one number for each group"),
        (["compare", "--population", "vocational=112"], "give the members of vocational, general"),
        (["compare", "2021-autumn", "--population", "all=533"], "--population needs counts"),
        (["compare", "--level", "95"], "between 0 and 1"),
        (["compare", "--adjust", "sidak"], "holm, bonferroni, bh"),
        (["waves", "--method", "wald"], "newcombe, miettinen_nurminen"),
        (["compare", "--rounding", "half_odd"], "half_odd"),
    ],
)
def test_what_cannot_be_done_is_refused(arguments, message):
    with pytest.raises(RequestError, match=message):
        CliRunner().invoke(app, arguments, catch_exceptions=False)
