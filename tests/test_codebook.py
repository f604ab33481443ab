"""The descriptor is the single source of codes, order and words, and says what it lacks."""

from __future__ import annotations

import copy
import json
import os
import pickle
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from analysis.codebook import (
    DESCRIPTOR,
    LABEL_FORMS,
    LANGUAGES,
    SURVEY_VARIABLE,
    TEXTS,
    Codebook,
    codebook_of,
    find_gaps,
    load_codebook,
    locate_survey,
    make_codebook,
    shipped,
)
from analysis.errors import MESSAGE_LIMIT, CodebookError, RequestError

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


def test_a_frame_that_lost_its_codebook_is_refused() -> None:
    with pytest.raises(RequestError, match="lost its codebook"):
        codebook_of(pd.DataFrame())


def test_a_codebook_that_comes_back_from_a_file_is_one() -> None:
    frame = pd.DataFrame()
    frame.attrs["codebook"] = json.loads(json.dumps(load_codebook()))
    assert isinstance(codebook_of(frame), Codebook)


def spoil(content: dict, place: str, value: object) -> None:
    """Put a value in a place such as ``survey.waves.0.id``."""
    *steps, last = [int(step) if step.isdigit() else step for step in place.split(".")]
    for step in steps:
        content = content[step]
    content[last] = value


FIELD = "resources.0.schema.fields"


@pytest.mark.parametrize(
    ("place", "value", "gap"),
    [
        ("survey.total", "everyone", "survey.total is 'everyone', which is not a group; use one of all, voc"),
        ("survey.total", 7, "survey.total: expected `str | null`, got `int`; it is 7"),
        ("survey.question", {"en": 1}, "survey.question.en: expected `str`, got `int`; it is 1"),
        (
            "survey.languages",
            ["suomi!"],
            "survey.languages[0] must name languages by their codes, such as fi",
        ),
        ("survey.waves.1.id", "2021-winter", "survey.waves[1].id must be YYYY, YYYY-spring, "),
        ("survey.waves.1.id", "2020-autumn", "wave 2020-autumn appears twice"),
        ("survey.waves.0.decimals", "1", "survey.waves[0].decimals: expected `int | null`, got `str`"),
        ("survey.waves.0.weighted", "yes", "survey.waves[0].weighted: expected `bool | null`"),
        ("survey.waves.0.withheld", ["versatile"], "survey.waves[0].withheld: expected `object | null`"),
        ("survey.waves.0.withheld", {"minimum": 5}, "survey.waves[0].withheld.stages is missing"),
        (
            "survey.waves.0.withheld",
            {"minimum": 5, "stages": ["veratile"]},
            "'veratile', which is not a stage",
        ),
        (
            "survey.waves.0.population",
            {"general": -1},
            "waves[0].population.general: expected `float`",
        ),
        ("survey.waves.0.population", {"lukio": 1}, "survey.waves[0].population is 'lukio', which is not"),
        (f"{FIELD}.2.categories.1.value", "not_at_all", "stage 'not_at_all' appears twice"),
        (f"{FIELD}.2.categories.1.labels", {"sv": " "}, ""),
        (f"{FIELD}.2.categories.1.labels", ["Planned"], "fields[2].categories[1].labels: expected `object"),
        (
            "resources.0.path",
            "../survey.csv",
            "resources[0].path must be a plain file name in",
        ),
        ("resources.0.path", "/etc/passwd", "resources[0].path must be a plain file name"),
        ("resources.0.path", "C:\\table.csv", "resources[0].path must be a plain file name"),
        ("survey.publisher.en", "OPH\x1b[2J", "survey.publisher.en holds U+001B, a control character"),
        ("description", "a\u202eb", "description holds U+202E RIGHT-TO-LEFT OVERRIDE, which turns"),
        ("survey.rest", "some", "survey.rest: invalid enum value 'some'; it is 'some'"),
        ("survey.waves.0.answers", {"general": 0}, "waves[0].answers.general: expected `int` >= 1; it is 0"),
        ("survey.waves.0.answers", {"lukio": 1}, "survey.waves[0].answers is 'lukio', which is not a group"),
        ("survey.waves.0.n", {"general": 95}, "survey.waves[0].n.general: expected `array"),
        ("sources.0.titles", "x", "sources[0].titles: expected `object"),
        ("licenses", {"name": "x"}, "licenses: expected `array`, got `object`"),
        ("survey.languages", [], "survey.languages: expected `array` of length >= 1; it is []"),
        ("survey.languages", ["no"], "labels of group 'all' lack no, the first language"),
    ],
)
def test_a_fault_is_told_with_its_place(descriptor: dict, place: str, value: object, gap: str) -> None:
    spoil(descriptor, place, value)
    assert [gap in found for found in find_gaps(descriptor)][:1] == [True] * bool(gap)


def test_all_faults_are_told_at_once(descriptor: dict) -> None:
    for place in ("survey.total", "survey.question", "survey.waves.0", f"{FIELD}.1.name", "resources.0.path"):
        spoil(descriptor, place, 7)
    assert len(find_gaps(descriptor)) == 5


ODD = [None, True, 0, -1.5, 1e300, "", "\x00", "x" * 5000, [], {}, [[]], {"": None}]


@pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
def test_no_odd_value_in_any_place_of_the_descriptor_gives_a_traceback(descriptor: dict, odd: object) -> None:
    for inside, step in list(places(descriptor)):
        before, inside[step] = inside[step], odd
        if not find_gaps(descriptor):
            use(Codebook(descriptor))
        inside[step] = before


def use(codebook: Codebook) -> None:
    """Read all that a program may ask of a codebook that has no gaps."""
    for column, codes in (("group", codebook.groups), ("stage", codebook.stages)):
        for code in codes:
            assert all(isinstance(codebook.word(column, code, "fi", form), str) for form in LABEL_FORMS)
    assert all(isinstance(codebook.text(key, "en"), str) for key in ("name", *TEXTS))
    assert codebook.languages
    assert codebook.cut in codebook.stages
    for wave in ("2020-autumn", "2021-autumn"):
        assert isinstance(codebook.withheld(wave), list)
        assert isinstance(codebook.population(wave), dict)


def places(content: object) -> Iterator[tuple]:
    """Each object or list in a descriptor with each of its names; of long lists the first two."""
    steps = list(content) if isinstance(content, dict) else range(len(content[:2]))
    for step in steps:
        yield content, step
        if isinstance(content[step], dict | list):
            yield from places(content[step])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not JSON"),
        ('{"survey": ' + "[" * 100_000, "not JSON in UTF-8: .*recursion"),
        ('{"a": ' * 40 + "1" + "}" * 40, "levels deep"),
        (" " * 3_000_000, "larger than 2 MB"),
        ('{"survey": NaN, "\\ud800": 1}', r"holds U\+D800"),
    ],
)
def test_a_descriptor_that_is_no_descriptor_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / DESCRIPTOR).write_text(text, encoding="utf-8")
    with pytest.raises(CodebookError, match=message):
        load_codebook(tmp_path / DESCRIPTOR)
    (tmp_path / DESCRIPTOR).unlink()
    os.mkfifo(tmp_path / DESCRIPTOR)
    with pytest.raises(CodebookError):
        load_codebook(tmp_path / DESCRIPTOR)


def test_a_thousand_faults_make_a_short_message(tmp_path: Path, descriptor: dict) -> None:
    descriptor["survey"]["waves"] = [{"id": "x" * 1000}] * 1000
    (tmp_path / DESCRIPTOR).write_text(json.dumps(descriptor), encoding="utf-8")
    with pytest.raises(CodebookError, match="1000 in all") as caught:
        load_codebook(tmp_path / DESCRIPTOR)
    assert len(str(caught.value)) <= MESSAGE_LIMIT


def test_one_language_is_enough_and_stands_in_for_the_others(descriptor: dict) -> None:
    for field in descriptor["resources"][0]["schema"]["fields"]:
        for category in field.get("categories", []):
            category["labels"].pop("sv")
    descriptor["survey"]["question"].pop("sv")
    codebook = Codebook(descriptor)
    assert find_gaps(descriptor) == []
    assert codebook.languages == ["fi", "en"]
    assert codebook.word("stage", "planned", "sv") == "Suunniteltu"
    assert codebook.text("question", "sv").startswith("Millaisessa")


def test_what_is_null_is_not_given(tmp_path: Path, descriptor: dict) -> None:
    descriptor["survey"]["background"] = descriptor["survey"]["waves"][0]["source"] = None
    (tmp_path / DESCRIPTOR).write_text(json.dumps(descriptor), encoding="utf-8")
    codebook = load_codebook(tmp_path / DESCRIPTOR)
    assert "background" not in codebook.survey
    assert "source" not in codebook.wave("2020-autumn")


def test_what_a_survey_is_like_is_declared_and_else_as_usual(descriptor: dict) -> None:
    codebook = load_codebook()
    assert (codebook.ordered, codebook.exhaustive, codebook.multiple) == (True, True, False)
    assert codebook.population("2020-autumn") == {}
    descriptor["survey"] |= {"ordered": False, "exhaustive": False, "multiple": True}
    descriptor["survey"]["waves"][0]["population"] = {"general": 372}
    codebook = Codebook(descriptor)
    assert (codebook.ordered, codebook.exhaustive, codebook.multiple) == (False, False, True)
    assert codebook.population("2020-autumn") == {"general": 372}


def test_a_codebook_is_made_from_plain_names() -> None:
    codebook = make_codebook(
        "Ohjauksen kysely",
        ["Ei lainkaan", "Ei-lainkaan", "Usein"],
        {"all": "Kaikki", "lukiot": "Lukiot"},
        total="Kaikki",
        lang="fi",
        waves=["2022-Q3"],
        question="Kuinka usein?",
    )
    assert codebook.stages == ["ei_lainkaan", "ei_lainkaan_2", "usein"]
    assert (codebook.groups, codebook.total, codebook.parts) == (["all", "lukiot"], "all", ["lukiot"])
    assert codebook.languages == ["fi"]
    assert codebook.word("group", "lukiot", "en", "short") == "Lukiot"
    assert (codebook.text("topic", "en"), codebook.text("publisher", "fi")) == ("Ohjauksen kysely", "")
    assert make_codebook("x", ["日本", "中国"], ["all"]).stages == ["stage_1", "stage_2"]


@pytest.mark.parametrize(
    ("given", "gap"),
    [
        ({"stages": ["one"]}, "needs 2 categories or more"),
        ({"total": "everyone"}, "survey.total is 'everyone'"),
        ({"groups": ["a\u202eb"]}, "U\\+202E"),
        ({"waves": ["20-22"]}, "must be YYYY"),
        ({"ordered": "yes"}, "survey.ordered"),
    ],
)
def test_names_that_make_no_codebook_are_refused(given: dict, gap: str) -> None:
    with pytest.raises(CodebookError, match=gap):
        make_codebook(**({"name": "x", "stages": ["a", "b"], "groups": ["all"]} | given))


@pytest.mark.parametrize("content", [[], {}, {"resources": []}, {"resources": [{"path": "a.csv"}]}, 7, None])
def test_a_descriptor_of_another_shape_has_gaps_and_no_traceback(content: object) -> None:
    assert find_gaps(content)


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
