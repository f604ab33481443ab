"""The commands ``compare`` and ``waves``: what people read, and the form that other programs build on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from reference import ORACLES
from typer.testing import CliRunner

from analysis.__main__ import app
from analysis.cli.options import assuming, read_sizes
from analysis.errors import RequestError

NEWCOMBE = ORACLES["wave1"]["R"]["stage_differences_newcombe_g2_minus_g1"]  # general minus vocational


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def read(*arguments: str) -> dict[str, Any]:
    return json.loads(run(*arguments, "--json"))


def cell(records: list[dict[str, Any]], **codes: str) -> dict[str, Any]:
    (row,) = [row for row in records if all(row[key] == code for key, code in codes.items())]
    return row


def test_compare_gives_its_frames_by_name():
    content = read("compare", "2020-autumn")
    assert list(content) == ["wave", "status", "n_tables", "shares", "differences", "effects"]
    assert (content["wave"], content["status"], content["n_tables"]) == ("2020-autumn", "unique", 1)
    assert [(row["measure"], row["stage"]) for row in content["differences"]] == [
        *(("stage", stage) for stage in ("not_at_all", "planned", "piloting", "experiments", "versatile")),
        ("at_least", "piloting"),
        ("at_least", "experiments"),
    ]


def test_compare_gives_unrounded_differences_vocational_minus_general():
    piloting = cell(read("compare", "--adjust", "none")["differences"], stage="piloting", measure="stage")
    assert (piloting["first"], piloting["second"], piloting["verdict"]) == ("vocational", "general", "clear")
    estimate, low, high = NEWCOMBE[2]
    assert [piloting[name] for name in ("estimate", "low", "high")] == pytest.approx(
        [-estimate, -high, -low], abs=1e-9
    )


def test_compare_gives_shape_shift_and_size():
    effects = {row["statistic"]: row for row in read("compare")["effects"]}
    assert effects["shape"]["p_value"] == pytest.approx(0.0325664143630651, abs=1e-9)
    assert effects["shift"]["p_value"] == pytest.approx(0.533715395296562, abs=1e-9)
    assert (effects["shape"]["verdict"], effects["shift"]["verdict"]) == ("clear", "not clear")


def test_other_rules_and_n_give_ranges_over_their_tables():
    content = read("compare", "--rounding", "floor_or_ceiling", "--level", "90")
    assert (content["status"], content["n_tables"]) == ("several", 4)
    rival = read("compare", "--n", "vocational=80", "--n", "general=95-97")
    assert rival["n_tables"] == 3
    assert cell(rival["effects"], statistic="shape")["verdict"] == "open"


def test_a_population_gives_its_shares_and_what_the_missing_could_do():
    content = read("compare", "--population", "vocational=112,general=372")
    whole = cell(content["shares"], group="all", stage="piloting", measure="stage")
    assert whole["estimate"] == pytest.approx((112 * 22 / 80 + 372 * 9 / 95) / 484)
    assert cell(content["nonresponse"], stage="piloting", measure="stage")["missing_first"] == 32
    assert "Shares of the population" in run("compare", "--population", "vocational=112,general=372")


def test_without_counts_the_published_shares_are_compared_and_not_judged():
    content = read("compare", "--rounding", "half_up")
    assert (content["status"], content["n_tables"]) == ("none", 0)
    assert "half_up" in content["reason"]
    piloting = cell(content["differences"], stage="piloting", measure="stage")
    ends = piloting["low"], piloting["high"]
    assert ends == (0.17, 0.19)  # 28 ± .5 less 10 ± .5, of the rule that was asked for
    assert (piloting["p_value"], piloting["verdict"]) == (None, "")
    assert "rounding leaves" in run("compare", "--rounding", "half_up")


def test_an_unknown_n_is_named_and_may_be_given(survey_folder):
    table = survey_folder / "survey_2021.csv"
    table.write_text(table.read_text(encoding="utf-8").replace(",175,", ",,").replace(",80,", ",,"), "utf-8")
    arguments = ["compare", "2020-autumn", "--survey", str(survey_folder)]
    content = read(*arguments)
    assert (content["status"], content["n_tables"]) == ("unknown", None)
    assert "vocational" in content["reason"]
    assert read(*arguments, "--n", "vocational=80")["status"] == "unique"


def test_the_latest_complete_wave_is_compared_where_none_is_named():
    assert read("compare") == read("compare", "2020-autumn")


def test_a_wave_with_one_group_has_shares_and_nothing_to_compare():
    content = read("compare", "2021-autumn")
    assert (content["differences"], content["effects"]) == ([], [])
    assert cell(content["shares"], stage="experiments", measure="at_least")["percent"] == 62
    assert "one group, so there is nothing to compare" in run("compare", "2021-autumn")


@pytest.mark.parametrize("arguments", [["compare"], ["compare", "--rounding", "within_one"], ["waves"]])
def test_the_finding_comes_first_and_all_fits_80_columns(arguments):
    lines = run(*arguments).splitlines()
    assert lines[0].startswith("“")
    assert "clearly" in lines[0]
    assert max(map(len, lines)) <= 80
    assert not [line for line in lines if "…" in line]


def test_a_row_says_shares_difference_interval_p_and_verdict():
    row = next(line for line in run("compare").splitlines() if line.startswith(" Preparing or"))
    assert row.split() == ["Preparing", "or", "28%", "10%", "+18.0", "+2", "to", "+34", "0.021", "clear"]


def test_a_bare_table_is_compared_from_a_file_or_piped_in(tmp_path):
    text = """role,vocational (n = 80),general (n = 95),all
no,19,21,20
planned,19,22,20
piloting,28,10,18
some,32,41,37
much,2,6,5
"""
    path = tmp_path / "table.csv"
    path.write_text(text, encoding="utf-8")
    content = read("compare", str(path), "--total", "all")
    assert (content["status"], content["n_tables"]) == ("unique", 1)
    assert cell(content["differences"], stage="piloting", measure="stage")["verdict"] == "clear"
    without = text.replace(" (n = 80)", "").replace(" (n = 95)", "")
    arguments = ["compare", "-", "--total", "all", "--n", "vocational=80,general=95", "--json"]
    piped = CliRunner().invoke(app, arguments, input=without, catch_exceptions=False)
    known, found = content["differences"], json.loads(piped.stdout)["differences"]
    assert found == known


def test_what_is_assumed_of_the_intervals_is_said():
    result = CliRunner().invoke(app, ["compare"])
    assert (
        "One or more of the 8 statements of the comparison are wrong in at most 5 of 100"
        in result.stderr.replace("\n", " ")
    )
    alone = CliRunner().invoke(app, ["compare", "--adjust", "none", "--level", "0.9"])
    assert "Each interval by itself is wrong in about 10 of 100" in alone.stderr.replace("\n", " ")


def test_the_n_and_the_rules_that_are_compared_under_are_printed():
    asked = ["compare", "--n", "general=95-97", "--rounding", "within_one"]
    told = " ".join(CliRunner().invoke(app, asked).stderr.split())
    assert told.endswith("n: vocational 80, general 95-97. Rounding: within_one.")


def test_waves_gives_the_changes():
    changes = read("waves")["changes"]
    row = cell(changes, stage="experiments", measure="at_least")
    known = ORACLES["contrasts"]["all_experiments_plus_versatile_w1_vs_w2_N533"]["R"]["newcombe"][0]
    assert row["estimate_low"] < known < row["estimate_high"]
    assert (row["group"], row["first"], row["second"]) == ("all", "2021-autumn", "2020-autumn")


def test_sizes_may_be_given_at_once_or_one_by_one():
    known = {"vocational": 80, "general": range(95, 98)}
    assert (
        read_sizes("vocational=80,general=95-97") == read_sizes(["vocational=80", "general = 95–97"]) == known
    )
    assert read_sizes(None) is read_sizes([]) is None
    assert read_sizes("Upper secondary=7") == {"Upper secondary": 7}


@pytest.mark.parametrize("text", ["vocational", "vocational=", "=80", "a=1,a=2", "a=9-3", "a=1.5"])
def test_sizes_that_are_none_are_refused(text):
    with pytest.raises(RequestError, match="give each group once"):
        read_sizes(text)


def assumed(**given: Any) -> dict[str, Any]:
    return assuming(*given)(**given)


def test_members_are_one_number_each():
    assert assumed(population=["a=1", "b=2"]) == {"population": {"a": 1, "b": 2}}
    with pytest.raises(RequestError, match="one number"):
        assumed(population=["a=1-3"])


def test_rules_are_united_and_a_level_may_be_in_per_cent():
    assert assumed(rounding=["nearest,webster", "nearest"]) == {"rounding": ["nearest", "webster"]}
    assert (assumed(level=0.9), assumed(level=95.0)) == ({"level": 0.9}, {"level": 0.95})
    with pytest.raises(RequestError, match=r"level is 100\.0; use a number between 0 and 1"):
        run("compare", "--level", "100")


def test_what_is_left_out_is_not_assumed():
    assert assumed(n=None, max_n=None, rounding=[], population=[""]) == {}
    assert assumed(n=["a=5"], rounding=["webster"]) == {"n": {"a": 5}, "rounding": ["webster"]}


def test_long_names_of_groups_stand_in_the_headline_and_no_word_is_cut(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    names = (
        "Comprehensive school teachers in grades 7 to 9",
        "Providers of vocational upper secondary education",
    )
    path.write_text(f"a,{names[0]} (n = 20),{names[1]} (n = 40)\nx,60,45\ny,40,55\n", encoding="utf-8")
    printed = run("compare", str(path))
    assert max(map(len, printed.splitlines())) <= 80
    assert "…" not in printed
    assert " first  second " in printed
    assert f"{names[0]} minus {names[1]}:" in " ".join(printed.split())
