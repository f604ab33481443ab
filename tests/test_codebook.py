"""The descriptor is the single source of codes, order and words, and says what it lacks."""

from __future__ import annotations

import copy
import json
import pickle
from pathlib import Path

import pandas as pd
import pytest

from analysis.codebook import (
    DESCRIPTOR,
    LANGUAGES,
    SURVEY_VARIABLE,
    Codebook,
    codebook_of,
    find_gaps,
    load_codebook,
    locate_survey,
    shipped,
)
from analysis.errors import CodebookError

DECK = {
    # survey-facts: the table of the slide deck of spring 2021, per cent
    "all": [20, 20, 18, 37, 5],
    "vocational": [19, 19, 28, 32, 2],
    "general": [21, 22, 10, 41, 6],
}


@pytest.fixture
def descriptor() -> dict:
    return json.loads((shipped("data") / "datapackage.json").read_text(encoding="utf-8"))


def test_the_shipped_table_equals_the_deck_to_the_digit() -> None:
    table = pd.read_csv(shipped("data") / "survey_2021.csv", dtype=str, keep_default_na=False)
    first = table[table["wave"] == "2020-autumn"]
    found = {group: rows["percent"].tolist() for group, rows in first.groupby("group", sort=False)}
    assert found == {group: [str(value) for value in values] for group, values in DECK.items()}


def test_the_second_wave_is_its_two_known_cells() -> None:
    table = pd.read_csv(shipped("data") / "survey_2021.csv", dtype=str, keep_default_na=False)
    second = table[table["wave"] == "2021-autumn"]
    known = second[["group", "stage", "percent", "n"]].to_numpy().tolist()
    assert known == [["all", "experiments", "54", "128"], ["all", "versatile", "8", "128"]]


def test_every_code_has_a_word_in_each_language() -> None:
    codebook = load_codebook()
    for column, codes in (("group", codebook.groups), ("stage", codebook.stages)):
        for code in codes:
            assert all(codebook.word(column, code, lang) for lang in LANGUAGES)


def test_every_code_of_the_codebook_is_used_in_the_table_and_the_other_way_round() -> None:
    table = pd.read_csv(shipped("data") / "survey_2021.csv", dtype=str)
    codebook = load_codebook()
    assert set(table["group"]) == set(codebook.groups)
    assert set(table["stage"]) == set(codebook.stages)
    assert set(table["wave"]) == {wave["id"] for wave in codebook.survey["waves"]}


def test_categories_are_repeated_as_constraints_for_other_programs(descriptor: dict) -> None:
    for field in descriptor["resources"][0]["schema"]["fields"]:
        if "categories" in field:
            assert field["constraints"]["enum"] == [c["value"] for c in field["categories"]]


def test_the_parts_are_the_groups_without_the_total() -> None:
    codebook = load_codebook()
    assert codebook.total == "all"
    assert codebook.parts == ["vocational", "general"]


def test_a_frame_carries_its_codebook_through_pandas() -> None:
    frame = pd.DataFrame({"a": [1, 2]})
    codebook = load_codebook()
    frame.attrs["codebook"] = codebook
    assert codebook_of(frame[frame["a"] > 1].copy()) is codebook
    assert copy.deepcopy(codebook) is codebook
    assert pickle.loads(pickle.dumps(codebook)) == codebook


def test_a_frame_that_lost_its_codebook_has_the_shipped_one() -> None:
    assert codebook_of(pd.DataFrame()) == load_codebook()


def test_a_sound_descriptor_has_no_gaps(descriptor: dict) -> None:
    assert find_gaps(descriptor) == []


@pytest.mark.parametrize(
    "withheld",
    [["versatile"], {"stages": ["versatile"]}, {"minimum": 5}, {"minimum": 5, "stages": ["veratile"]}],
)
def test_what_was_withheld_is_declared_in_full(descriptor: dict, withheld: object) -> None:
    descriptor["survey"]["waves"][0]["withheld"] = withheld
    (gap,) = find_gaps(descriptor)
    assert gap.startswith("withheld of wave '2020-autumn' must be")
    descriptor["survey"]["waves"][0]["withheld"] = {"minimum": 5, "stages": ["versatile"]}
    assert find_gaps(descriptor) == []


def test_all_gaps_are_told_at_once(descriptor: dict) -> None:
    fields = descriptor["resources"][0]["schema"]["fields"]
    stage = next(field for field in fields if field["name"] == "stage")
    stage["categories"][1]["labels"]["sv"] = " "
    descriptor["survey"]["question"]["fi"] = ""
    descriptor["survey"]["total"] = "everyone"
    gaps = find_gaps(descriptor)
    assert len(gaps) == 3
    assert "labels of stage 'planned' lacks sv" in gaps
    assert "survey.question lacks fi" in gaps
    assert "everyone" in gaps[2]


@pytest.mark.parametrize("content", [[], {}, {"resources": []}, {"resources": [{"path": "a.csv"}]}, 7, None])
def test_a_descriptor_of_another_shape_has_gaps_and_no_traceback(content: object) -> None:
    assert find_gaps(content)


def test_a_descriptor_that_is_not_json_is_refused(tmp_path: Path) -> None:
    (tmp_path / "datapackage.json").write_text("{", encoding="utf-8")
    with pytest.raises(CodebookError, match="not JSON"):
        load_codebook(tmp_path / "datapackage.json")


def test_a_survey_is_its_folder_or_its_table(survey_folder: Path) -> None:
    by_folder = locate_survey(survey_folder)
    assert by_folder == locate_survey(survey_folder / "survey_2021.csv")
    assert not by_folder.shared


def test_a_table_without_a_descriptor_beside_it_uses_the_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("wave\n", encoding="utf-8")
    found = locate_survey(tmp_path / "t.csv")
    assert found.shared
    assert found.descriptor == shipped("data") / "datapackage.json"


def test_the_environment_names_the_survey_when_no_path_does(
    survey_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SURVEY_VARIABLE, str(survey_folder))
    assert locate_survey().descriptor.parent == survey_folder


@pytest.mark.parametrize("name", ["absent", "absent.csv"])
def test_an_absent_survey_is_refused_by_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(CodebookError, match=name):
        locate_survey(tmp_path / name)


def test_a_folder_without_a_descriptor_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(CodebookError, match="maturity new"):
        locate_survey(tmp_path)


def test_a_wave_without_a_declaration_is_empty() -> None:
    assert load_codebook().wave("2031-spring") == {}


def test_a_codebook_can_be_written_as_json() -> None:
    assert json.loads(json.dumps(load_codebook())) == Codebook(load_codebook())


def test_a_declared_fact_of_a_wave_leaves_the_codebook_as_it_was() -> None:
    codebook = load_codebook()
    declared = codebook.declare("2020-autumn", {"weighted": True}).declare("2031-spring", {"weighted": True})
    assert declared.wave("2020-autumn") == {**codebook.wave("2020-autumn"), "weighted": True}
    assert [wave["id"] for wave in declared.survey["waves"]] == ["2020-autumn", "2021-autumn", "2031-spring"]
    assert "weighted" not in load_codebook().wave("2020-autumn")
    assert "weighted" not in codebook.wave("2020-autumn")


def test_other_programs_read_the_data_package_and_its_table(survey_folder: Path) -> None:
    frictionless = pytest.importorskip("frictionless")
    assert frictionless.validate(str(survey_folder / DESCRIPTOR)).valid
    table = survey_folder / "survey_2021.csv"
    table.write_text(table.read_text(encoding="utf-8").replace("piloting", "pilot", 1), encoding="utf-8")
    assert not frictionless.validate(str(survey_folder / DESCRIPTOR)).valid
