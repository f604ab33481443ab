"""The numbers of a chart as CSV have every column of the frame, unrounded, with words beside the codes."""

from __future__ import annotations

import csv
import io

import pandas as pd

from analysis.codebook import Codebook, load_codebook
from analysis.old.report.publishing.datasheets import write_numbers


def frame(codebook: Codebook, **columns: list[object]) -> pd.DataFrame:
    made = pd.DataFrame({"wave": ["2020-autumn"] * 2, "stage": ["planned", "piloting"], **columns})
    made.attrs["codebook"] = codebook
    return made


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_numbers_are_unrounded_and_missing_ones_empty() -> None:
    values = {"estimate": [0.1 + 0.2, float("nan")], "n": pd.array([80, pd.NA], dtype="Int64")}
    rows = read(write_numbers(frame(load_codebook(), group=["vocational"] * 2, **values), lang="en"))
    assert [row["estimate"] for row in rows] == ["0.30000000000000004", ""]
    assert [row["n"] for row in rows] == ["80", ""]


def test_codes_come_with_their_words() -> None:
    row = read(write_numbers(frame(load_codebook(), group=["general"] * 2), lang="fi"))[0]
    assert (row["wave"], row["group"], row["stage"]) == ("2020-autumn", "general", "planned")
    assert (row["wave_fi"], row["group_fi"], row["stage_fi"]) == ("syksy 2020", "Lukiot", "Suunniteltu")


def test_what_is_compared_are_groups_or_waves() -> None:
    groups = frame(load_codebook(), first=["vocational"] * 2, second=["general"] * 2)
    waves = frame(load_codebook(), group=["all"] * 2, first=["2021-autumn"] * 2, second=["2020-autumn"] * 2)
    assert read(write_numbers(groups, lang="en"))[0]["first_en"] == "Vocational institutions"
    assert read(write_numbers(waves, lang="en"))[0]["first_en"] == "autumn 2021"


def test_no_cell_is_a_formula_in_a_spreadsheet() -> None:
    codebook = load_codebook()
    stages = codebook["resources"][0]["schema"]["fields"][2]["categories"]
    stages[1]["labels"]["en"] = '=HYPERLINK("x")'
    rows = read(write_numbers(frame(codebook, source=["@SUM(A1)", "-3"]), lang="en"))
    assert rows[0]["stage_en"] == '\'=HYPERLINK("x")'
    assert [row["source"] for row in rows] == ["'@SUM(A1)", "'-3"]


def test_the_same_bytes_on_every_system() -> None:
    assert "\r" not in write_numbers(frame(load_codebook(), group=["all"] * 2), lang="sv")
