"""The wide layout, one column a group."""

import pytest
from incoming import PERCENTS, SIZES, STAGES, WAVE

from analysis.codebook import load_codebook
from analysis.errors import RequestError
from analysis.survey.appending import plan_append
from analysis.survey.table import judge_table, read_rows, read_wide

CODEBOOK = load_codebook()
GIVEN = {
    "wave": "2022-autumn",
    "sizes": {group: str(n) for group, n in SIZES.items()},
    "source": "made up",
}


def wide_text(heads=("stage", "all", "vocational", "general"), stages=STAGES):
    rows = zip(stages, *PERCENTS.values(), strict=True)
    return "\n".join(",".join(row) for row in [heads, *rows]) + "\n"


def read(tmp_path, text, given=GIVEN):
    path = tmp_path / "wide.csv"
    path.write_text(text, encoding="utf-8")
    return judge_table(read_wide(path, CODEBOOK, **given))


def key(rows):
    return sorted(row[1:] for row in rows)


@pytest.fixture
def long_rows(tmp_path):
    """The made-up wave in the long layout."""
    (tmp_path / "long.csv").write_text(WAVE, encoding="utf-8")
    return key(read_rows(tmp_path / "long.csv", CODEBOOK).rows)


def test_a_wide_table_reads_as_the_long_one(tmp_path, long_rows):
    table = read(tmp_path, wide_text())
    assert table.problems == ()
    assert key(table.rows) == long_rows


@pytest.mark.parametrize(
    "heads",
    [
        ("Stage", "Kaikki %", "Ammatilliset oppilaitokset %", "Lukiot %"),
        ("stage", "All respondents, %", "VOCATIONAL", "Gymnasier"),
        ("vaihe", "all", "vocational", "general"),
    ],
)
def test_groups_are_known_by_code_or_label(heads, tmp_path, long_rows):
    text = wide_text(heads).replace("All respondents, %", '"All respondents, %"')
    assert key(read(tmp_path, text).rows) == long_rows


def test_stages_are_known_by_label(tmp_path, long_rows):
    labels = [
        "Ei lainkaan",
        "Suunniteltu",
        "Valmisteilla tai pilotoidaan",
        "Kokeiluja",
        "Monipuolisia kokemuksia",
    ]
    assert key(read(tmp_path, wide_text(stages=labels)).rows) == long_rows


def test_the_file_may_say_wave_sizes_and_source_itself(tmp_path, long_rows):
    heads = "wave,stage,all,vocational,general,n_all,n_vocational,n_general,source"
    rows = zip(STAGES, *PERCENTS.values(), strict=True)
    text = "\n".join([heads, *(f"2022-autumn,{','.join(row)},90,50,40,made up" for row in rows)])
    assert key(read(tmp_path, text, {}).rows) == long_rows


def test_an_empty_cell_is_not_published(tmp_path):
    text = wide_text().replace("all,10,10,10", "all,,,").replace("16,16,15", ",,").replace("22,24,20", ",,")
    table = read(tmp_path, text)
    assert len(table.rows) == 6
    assert "partial" in table.warnings[0]


def test_a_hidden_character_is_one_problem(tmp_path):
    found = read(tmp_path, wide_text().replace("22,24,20", "22,2\u200b4,20")).problems
    assert [(problem.line, problem.rule) for problem in found] == [
        ("4", "invisible-character"),
        ("4", "not-a-number"),
    ]


def test_a_source_given_for_all_rows_is_stored_as_a_cell_would_be(tmp_path, survey_folder, long_rows):
    (tmp_path / "wide.csv").write_text(wide_text(), encoding="utf-8")
    rows = read_wide(tmp_path / "wide.csv", CODEBOOK, **GIVEN | {"source": " made up\u00a0"})
    assert key(plan_append(rows, survey_folder / "survey_2021.csv").new) == long_rows


def test_a_letter_that_looks_alike_in_a_head_is_named(tmp_path):
    [problem, *_] = read(tmp_path, wide_text(("stage", "all", "v\u043ecational", "general"))).problems
    assert "U+043E" in problem.problem


def test_problems_have_the_lines_of_the_wide_file(tmp_path):
    table = read(tmp_path, wide_text().replace("22,24,20", "22,x,20"))
    assert [(problem.line, problem.column) for problem in table.problems] == [("4", "percent")]


@pytest.mark.parametrize(
    ("text", "given", "column", "rule"),
    [
        (wide_text(("stage", "all", "vocational", "universities")), GIVEN, "universities", "unknown-column"),
        (wide_text(("stage", "all", "general", "Lukiot")), GIVEN, "general", "repeated-column"),
        (wide_text(), GIVEN | {"wave": ""}, "wave", "missing-column"),
        (wide_text().replace("stage,all", "wave,all"), GIVEN | {"wave": ""}, "stage", "missing-column"),
        (wide_text(("stage", "all", "vocational", "wave")), GIVEN, "wave", "given-twice"),
        (wide_text(("stage", "all", "vocational", "n_all")), GIVEN, "n_all", "given-twice"),
    ],
)
def test_a_column_that_says_too_much_or_too_little_is_named(text, given, column, rule, tmp_path):
    found = [(problem.column, problem.rule) for problem in read(tmp_path, text, given).problems]
    assert (column, rule) in found


@pytest.mark.parametrize(
    "given",
    [
        GIVEN | {"wave": "2022-winter"},
        GIVEN | {"sizes": {"universities": "5"}},
        *(
            GIVEN | {"source": source}
            for source in (" ", "made\r\nup", "made\udce4up", "\u3000=1", "x" * 1001)
        ),
    ],
)
def test_a_wrong_option_is_a_wrong_request(given, tmp_path):
    with pytest.raises(RequestError):
        read(tmp_path, wide_text(), given)
