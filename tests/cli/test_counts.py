"""The commands on what percentages can mean: their form for machines, what people read, their exit codes."""

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

WAVE = "2020-autumn"
DECK = {
    "vocational": {"not_at_all": 15, "planned": 15, "piloting": 22, "experiments": 26, "versatile": 2},
    "general": {"not_at_all": 20, "planned": 21, "piloting": 9, "experiments": 39, "versatile": 6},
}
NEWCOMBE = ORACLES["wave1"]["R"]["stage_differences_newcombe_g2_minus_g1"]  # general minus vocational
TABLE = """role,vocational (n = 80),general (n = 95),all
no,19,21,20
planned,19,22,20
piloting,28,10,18
some,32,41,37
much,2,6,5
"""


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def run_json(*arguments: str) -> dict[str, Any]:
    content = json.loads(run(*arguments, "--json"))
    assert isinstance(content, dict)
    return content


def test_recover_gives_the_one_table() -> None:
    content = run_json("recover", WAVE)
    assert (content["status"], content["n_tables"]) == ("unique", 1)
    assert content["count_tables"] == [DECK]
    assert content["n"] == {"vocational": 80, "general": 95}
    assert content["rules"] == ["nearest", "largest_remainder", "adjust_minimal"]
    assert content["wave"] == WAVE


def test_recover_takes_n_and_rules() -> None:
    rival = run_json("recover", WAVE, "--n", "vocational=80,general=96", "--rounding", "half_even")
    assert rival["count_tables"][0]["general"]["piloting"] == 10
    several = run_json("recover", WAVE, "--n", "general=95-97")
    assert (several["status"], several["n_tables"]) == ("several", 3)
    assert several["n"]["general"] == [95, 97]
    united = run_json("recover", WAVE, "--rounding", "half_up, within_one")
    assert united["admitted"] == {"half_up": 0, "within_one": 31}
    assert {"group", "stage", "low", "high", "n_values", "method"} == set(united["bounds"][0])


def test_recover_lists_no_part_of_what_is_too_many() -> None:
    content = run_json("recover", WAVE, "--max-n", "150", "--rounding", "largest_remainder")
    assert content["status"] == "several"
    content = run_json("recover", "2021-autumn")
    assert (content["status"], content["n_tables"], content["count_tables"]) == ("too_many", None, [])
    assert content["bounds"][3] == {
        "group": "all",
        "stage": "experiments",
        "low": 68,
        "high": 71,
        "n_values": 4,
        "method": "all tables",
    }


def test_recover_says_why_nothing_fits() -> None:
    content = run_json("recover", WAVE, "--rounding", "half_even")
    assert (content["status"], content["n_tables"], content["count_tables"]) == ("none", 0, [])
    assert "general (n = 95)" in content["reason"]
    printed = " ".join(run("recover", WAVE, "--rounding", "half_even").split())
    assert "No table of counts fits the percentages of 2020-autumn." in printed


def test_sizes_gives_every_pair_and_the_weights() -> None:
    content = run_json("sizes", WAVE, "--max-n", "120", "--rounding", "half_up")
    assert {
        "wave",
        "status",
        "rules",
        "max_n",
        "n_feasible",
        "n_tables",
        "smallest",
        "all_from",
        "sizes",
        "weights",
    } == set(content)
    assert content["smallest"] == {"vocational": 81, "general": 110}
    assert content["sizes"][0] == {"vocational": 81, "general": 110, "n": 191, "n_tables": 1}
    assert content["n_feasible"] == len(content["sizes"])
    assert content["weights"][0]["low"] == pytest.approx(7 / 18)
    assert "weights" not in run_json("sizes", "2021-autumn", "--max-n", "20", "--rounding", "nearest")


def test_audit_gives_a_row_for_each_rule() -> None:
    content = run_json("audit", WAVE)
    rules = {row["rule"]: row for row in content["audit"]}
    assert rules["within_one"]["n_tables"] == 31
    assert rules["half_even"]["nearest"] == {"vocational": 80, "general": 96}
    assert (rules["half_even"]["vocational"], rules["half_even"]["general"]) == (1, 0)


def test_disclose_gives_every_cell() -> None:
    content = run_json("disclose", WAVE)
    assert (content["minimum"], content["n_at_risk"], len(content["risks"])) == (3, 1, 15)
    (risky,) = (row for row in content["risks"] if row["risk"] != "none")
    assert (risky["group"], risky["stage"], risky["low"], risky["high"]) == ("vocational", "versatile", 2, 2)
    assert run_json("disclose", WAVE, "--minimum", "1")["n_at_risk"] == 0


@pytest.mark.parametrize(
    ("arguments", "finding"),
    [
        (["recover", WAVE], "Exactly one table of counts fits the percentages of 2020-autumn"),
        (
            ["recover", WAVE, "--rounding", "within_one"],
            "31 tables of counts fit the percentages of 2020",
        ),
        (["recover", "2021-autumn"], "Too many tables of counts fit the percentages of 2021-autumn to list."),
        (["sizes", WAVE, "--max-n", "120", "--rounding", "half_up"], "3 combinations of n up to 120 fit"),
        (
            ["sizes", WAVE, "--max-n", "50", "--rounding", "floor"],
            "No n up to 50 fits 2020-autumn under floor",
        ),
        (["audit", WAVE], "5 of 11 rounding rules could have printed 2020-autumn"),
        (["disclose", WAVE], "Cells of 2020-autumn at risk with a minimum of 3 answers: 1 of 15."),
    ],
)
def test_the_first_line_says_the_finding_and_all_fits_80_columns(arguments: list[str], finding: str) -> None:
    printed = run(*arguments)
    assert " ".join(printed.split()).startswith(finding)
    assert max(map(len, printed.splitlines())) <= 80
    assert "…" not in printed.replace("… and", "")


@pytest.mark.parametrize("command", ["recover", "audit", "sizes"])
def test_what_the_figures_are_taken_as_stands_beside_the_tables(command: str) -> None:
    printed = " ".join(run(command).split())
    assert "Taken as unweighted, all answers shown, one answer each." in printed


@pytest.mark.parametrize("command", ["recover", "audit", "sizes", "disclose"])
def test_a_bare_table_is_read_from_a_file_or_piped_in(command: str, tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text(TABLE, encoding="utf-8")
    options = ["--total", "all", "--json", *(["--max-n", "60"] if command == "sizes" else [])]
    from_file = run(command, str(path), *options)
    piped = CliRunner().invoke(app, [command, "-", *options], input=TABLE, catch_exceptions=False)
    assert piped.stdout == from_file
    content = json.loads(from_file)
    if command == "recover":
        assert content["count_tables"][0]["general"] == {
            "no": 20, "planned": 21, "piloting": 9, "some": 39, "much": 6
        }  # fmt: skip


def test_n_may_be_given_for_a_group_whose_name_has_spaces(tmp_path: Path) -> None:
    path = tmp_path / "table.md"
    path.write_text(
        "| a | adult men | all |\n|---|---|---|\n| x | 40 | 40 |\n| y | 60 | 60 |\n", encoding="utf-8"
    )
    content = run_json("recover", str(path), "--n", "adult men=5", "--total", "all")
    assert content["count_tables"] == [{"adult men": {"x": 2, "y": 3}}]


def test_many_groups_stand_one_below_the_other(tmp_path: Path) -> None:
    groups = [f"A group with a name of its own {place} (n = 10)" for place in range(6)]
    rows = [["a", *groups], ["x", *["40"] * 6], ["y", *["60"] * 6]]
    path = tmp_path / "table.csv"
    path.write_text("\n".join(map(",".join, rows)) + "\n", encoding="utf-8")
    printed = run("recover", str(path))
    assert "…" not in printed
    assert max(map(len, printed.splitlines())) <= 80
    assert printed.count("A group with a name of its own 3") == 3


def test_sums_that_rounding_seldom_makes_are_asked_about_beside_the_tables(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("a,Men (n = 80),Women (n = 95)\nx,60,55\ny,25,30\nz,14,14\n", encoding="utf-8")
    printed = " ".join(run("recover", str(path)).split())
    assert "Taken as unweighted, one answer each, with or without answers that have no row." in printed
    assert "add up to less than 100 (Men 99; Women 99)" in printed
    assert "say so: --rest-none." in printed
    assert "No table of counts fits" in run("recover", str(path), "--rest-none")
    path.write_text("a,Men (n = 800)\nv,30\nw,30\nx,20\ny,10\nz,9\n", encoding="utf-8")
    printed = " ".join(run("recover", str(path)).split())
    assert "Taken as unweighted, all answers shown, one answer each." in printed
    assert "more tables are possible; then say so: --rest-unknown." in printed


def test_what_holds_in_every_table_and_for_the_differences_is_said() -> None:
    printed = " ".join(run("recover", WAVE, "--rounding", "within_one").split())
    assert "The same in all of them: 0 of 15 cells." in printed
    assert "This holds in every possible table." in printed


@pytest.mark.parametrize("command", ["recover", "compare", "disclose"])
def test_what_is_said_of_a_table_reaches_each_command(command: str) -> None:
    text = "a,Men (n = 20),Women (n = 20),All (n = 60)\nx,60,50,57\ny,40,50,43\nData are weighted.\n"
    told = CliRunner().invoke(
        app, [command, "-", "--total", "All", "--unweighted", "--other-groups"], input=text
    )
    assert told.exit_code == 0
    refused = CliRunner().invoke(app, ["recover", "-", "--total", "All", "--other-groups"], input=text)
    assert "weighted" in str(refused.exception)


def cell(records: list[dict[str, Any]], **codes: str) -> dict[str, Any]:
    (row,) = [row for row in records if all(row[key] == code for key, code in codes.items())]
    return row


def test_compare_gives_its_frames_by_name():
    content = run_json("compare", "2020-autumn")
    assert list(content) == ["wave", "status", "n_tables", "shares", "differences", "effects"]
    assert (content["wave"], content["status"], content["n_tables"]) == ("2020-autumn", "unique", 1)
    assert [(row["measure"], row["stage"]) for row in content["differences"]] == [
        *(("stage", stage) for stage in ("not_at_all", "planned", "piloting", "experiments", "versatile")),
        ("at_least", "piloting"),
        ("at_least", "experiments"),
    ]


def test_compare_gives_unrounded_differences_vocational_minus_general():
    piloting = cell(run_json("compare", "--adjust", "none")["differences"], stage="piloting", measure="stage")
    assert (piloting["first"], piloting["second"], piloting["verdict"]) == ("vocational", "general", "clear")
    estimate, low, high = NEWCOMBE[2]
    assert [piloting[name] for name in ("estimate", "low", "high")] == pytest.approx(
        [-estimate, -high, -low], abs=1e-9
    )


def test_compare_gives_shape_shift_and_size():
    effects = {row["statistic"]: row for row in run_json("compare")["effects"]}
    assert effects["shape"]["p_value"] == pytest.approx(0.0325664143630651, abs=1e-9)
    assert effects["shift"]["p_value"] == pytest.approx(0.533715395296562, abs=1e-9)
    assert (effects["shape"]["verdict"], effects["shift"]["verdict"]) == ("clear", "not clear")


def test_other_rules_and_n_give_ranges_over_their_tables():
    content = run_json("compare", "--rounding", "floor_or_ceiling", "--level", "90")
    assert (content["status"], content["n_tables"]) == ("several", 4)
    rival = run_json("compare", "--n", "vocational=80", "--n", "general=95-97")
    assert rival["n_tables"] == 3
    assert cell(rival["effects"], statistic="shape")["verdict"] == "open"


def test_a_population_gives_its_shares_and_what_the_missing_could_do():
    content = run_json("compare", "--population", "vocational=112,general=372")
    whole = cell(content["shares"], group="all", stage="piloting", measure="stage")
    assert whole["estimate"] == pytest.approx((112 * 22 / 80 + 372 * 9 / 95) / 484)
    assert cell(content["nonresponse"], stage="piloting", measure="stage")["missing_first"] == 32
    assert "Shares of the population" in run("compare", "--population", "vocational=112,general=372")


def test_without_counts_the_published_shares_are_compared_and_not_judged():
    content = run_json("compare", "--rounding", "half_up")
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
    content = run_json(*arguments)
    assert (content["status"], content["n_tables"]) == ("unknown", None)
    assert "vocational" in content["reason"]
    assert run_json(*arguments, "--n", "vocational=80")["status"] == "unique"


def test_the_latest_complete_wave_is_compared_where_none_is_named():
    assert run_json("compare") == run_json("compare", "2020-autumn")


def test_a_wave_with_one_group_has_shares_and_nothing_to_compare():
    content = run_json("compare", "2021-autumn")
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
    path = tmp_path / "table.csv"
    path.write_text(TABLE, encoding="utf-8")
    content = run_json("compare", str(path), "--total", "all")
    assert (content["status"], content["n_tables"]) == ("unique", 1)
    assert cell(content["differences"], stage="piloting", measure="stage")["verdict"] == "clear"
    without = TABLE.replace(" (n = 80)", "").replace(" (n = 95)", "")
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
    changes = run_json("waves")["changes"]
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
