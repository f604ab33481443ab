"""The commands on counts: their form for machines, their first line for people, their exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from analysis.__main__ import app

WAVE = "2020-autumn"
DECK = {
    "vocational": {"not_at_all": 15, "planned": 15, "piloting": 22, "experiments": 26, "versatile": 2},
    "general": {"not_at_all": 20, "planned": 21, "piloting": 9, "experiments": 39, "versatile": 6},
}


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


TABLE = """role,vocational (n = 80),general (n = 95),all
no,19,21,20
planned,19,22,20
piloting,28,10,18
some,32,41,37
much,2,6,5
"""


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
