"""Mistakes that people and spreadsheets make in a file: the message says where, what and what to do."""

import json
import unicodedata

import pytest
from incoming import HEADER, LINES, PERCENTS, SIZES, STAGES, WAVE, maturity, with_line


def renamed(header):
    return WAVE.replace(HEADER, header)


def moved(*order):
    """The rows with their cells in another order below the same header."""
    return "\n".join([HEADER, *(",".join(line.split(",")[k] for k in order) for line in LINES[1:])]) + "\n"


def rewritten(change):
    """The wave with the percentages of each group changed together."""
    rows = [
        f"2022-autumn,{group},{stage},{percent},{SIZES[group]},made up"
        for group, percents in PERCENTS.items()
        for stage, percent in zip(STAGES, change([int(p) for p in percents]), strict=True)
    ]
    return "\n".join([HEADER, *rows]) + "\n"


MISTAKES = {
    "a number longer than any": (
        with_line(9, ",50,", f",{'9' * 5000},"),
        "line 9: n is '999",
        "between 1 and",
    ),
    "two byte-order marks": ("\ufeff\ufeff" + WAVE, "line 1:", "<U+FEFF>wave"),
    "a form feed in the header": (renamed(HEADER + "\f"), "line 1:", "source<U+000C>"),
    "a share among percentages": (with_line(9, ",24,", ",0.24,"), "lines 7-11:", "only '0.24' on line 9 has"),
    "shares as fractions": (rewritten(lambda p: [x / 100 for x in p]), "lines 7-11:", "multiply them by 100"),
    "per mille": (with_line(9, ",24,", ",240‰,"), "line 9:", "U+2030 PER MILLE SIGN"),
    "an exponent": (with_line(9, ",24,", ",1e2,"), "line 9:", "write it in digits 0-9"),
    "just above 100": (with_line(9, ",24,", ",100.0000001,"), "line 9:", "between 0 and 100"),
    "a header in Finnish": (
        renamed("aalto,joukko,vaihe,percent,n,source"),
        "'joukko' is unknown",
        "use wave, group",
    ),
    "a sum for a stage": (
        rewritten(lambda p: [sum(p[: k + 1]) for k in range(5)]),
        "lines 2-6:",
        "sum to 274",
    ),
    "group and stage exchanged": (moved(0, 2, 1, 3, 4, 5), "line 2: group is 'not_at_all'", "use one of all"),
    "percent and n exchanged": (moved(0, 1, 2, 4, 3, 5), "lines 2-6:", "percentages sum to 450"),
    "a footer": (WAVE + "Source: the agency\n", "line 17:", "1 field, the header 6"),
    "a row of sums": (
        WAVE + "2022-autumn,total,planned,100,90,made up\n",
        "line 17: group is 'total'",
        "all",
    ),
    "a mark in the middle": (with_line(9, "2022-autumn", "\ufeff2022-autumn"), "line 9:", "U+FEFF"),
    "zeros behind the end": (WAVE + "\0" * 9, "line 17:", "U+0000"),
    "a season in words": (WAVE.replace("2022-autumn", "sykysy 2022"), "line 2: wave", "YYYY-autumn"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_refused_where_it_stands_with_the_next_step(mistake, survey_folder, tmp_path):
    text, where, what = MISTAKES[mistake]
    file, table = tmp_path / "wave.csv", survey_folder / "survey_2021.csv"
    file.write_text(text, encoding="utf-8", newline="")
    before, beside = table.read_bytes(), sorted(survey_folder.iterdir())
    outcome = maturity("append", file, "--survey", table, "--yes")
    assert outcome.code == 2
    assert where in outcome.err
    assert what in outcome.err
    assert not [c for c in outcome.err if unicodedata.category(c) in {"Cc", "Cf"} and c != "\n"]
    assert (table.read_bytes(), sorted(survey_folder.iterdir())) == (before, beside)


@pytest.mark.parametrize(
    "header",
    [
        "Wave,Stage,Vocational institutions %,Lukiot %,n: Lukiot,Source",
        "Aineistonkeruu;Vaihe;Ammatilliset oppilaitokset, %;Lukiot, %;Lähde",
        "Vaihe,Lukiot,Ammatilliset",
        'Vaihe,Lukiot (%),"Ammatilliset\noppilaitokset"',
    ],
)
def test_a_wide_table_without_the_option_is_told_of_it_alone(survey_folder, tmp_path, header):
    file = tmp_path / "wide.csv"
    file.write_text(f"{header}\n", encoding="utf-8")
    outcome = maturity("append", file, "--survey", survey_folder)
    assert outcome.err.count("line 1") == 1
    assert "maturity append --wide adds such a table" in outcome.err


def test_a_long_table_with_the_option_of_a_wide_one_is_told_of_it_alone(survey_folder, tmp_path):
    file = tmp_path / "wave.csv"
    file.write_text(renamed("aalto,ryhmä,vaihe,prosentti,n,lähde"), encoding="utf-8")
    outcome = maturity("append", file, "--wide", "--survey", survey_folder)
    assert outcome.code == 2
    assert outcome.err.count("line 1") == 1
    assert "leave --wide out" in outcome.err


def test_a_wrong_stage_of_a_wide_table_is_named_once(survey_folder, tmp_path):
    file = tmp_path / "wide.csv"
    file.write_text("wave,stage,all,vocational,general\n2022-autumn,sum,100,100,100\n", encoding="utf-8")
    outcome = maturity("append", file, "--wide", "--survey", survey_folder)
    assert outcome.err.count("line 2: stage is 'sum'") == 1


@pytest.mark.parametrize(
    "text",
    [
        renamed("aalto,ryhmä,vaihe,prosentti,n,lähde"),
        renamed("Datainsamling,Grupp,Stadium,Procent,n,Källa"),
        renamed("Aineistonkeruu,Ryhmä,Vaihe,%,n,Lähde").replace("2022-autumn", "syksy 2022"),
        renamed("kierros,ryhmä,vaihe,Osuus (%),vastaajia,lähde").replace("2022-autumn", "syksy\xa02022"),
        renamed('"omgång",grupp,steg,"Andel, %",svarande,källa').replace(
            "vocational", "Ammatilliset\xa0oppilaitokset"
        ),
        WAVE.replace("2022-autumn", "hösten 2022"),
        WAVE.replace(",10,", ",9.999999999999998,").replace(",15,", ",15.000000000000002,"),
    ],
)
def test_what_the_program_prints_and_computers_write_is_read(text, survey_folder, tmp_path):
    file = tmp_path / "wave.csv"
    file.write_text(text, encoding="utf-8", newline="")
    assert maturity("append", file, "--survey", survey_folder, "--yes").code == 0
    stored = (survey_folder / "survey_2021.csv").read_text(encoding="utf-8")
    assert stored.replace(",,", ",").endswith(WAVE.partition("\n")[2])


def test_a_year_alone_is_no_wave_beside_seasons_and_the_other_way_round(survey_folder, tmp_path):
    file = tmp_path / "wave.csv"
    file.write_text(WAVE.replace("2022-autumn", "2022"), encoding="utf-8")
    outcome = maturity("append", file, "--survey", survey_folder)
    assert outcome.code == 2
    assert "lines 2-16: wave is '2022', but the table has '2020-autumn'" in outcome.err
    (survey_folder / "survey_2021.csv").write_text(HEADER + "\n", encoding="utf-8")
    assert maturity("append", file, "--survey", survey_folder, "--yes").code == 0
    file.write_text(WAVE, encoding="utf-8")
    assert (
        "wave is '2022-autumn', but the table has '2022'"
        in maturity("append", file, "--survey", survey_folder).err
    )


def test_the_way_out_of_an_unpublished_figure_leads_out(survey_folder, tmp_path):
    """A dash is told to be left out and declared; done so, the wave is stored, as partial."""
    file, descriptor = tmp_path / "wave.csv", survey_folder / "datapackage.json"
    file.write_text(with_line(11, ",10,", ",-,"), encoding="utf-8")
    said = maturity("append", file, "--survey", survey_folder).err
    assert 'leave the row out, and say so in the wave\'s "withheld"' in said
    file.write_text(with_line(11, "2022", "\n2022").replace(LINES[10] + "\n", ""), encoding="utf-8")
    assert '"withheld"' in maturity("append", file, "--survey", survey_folder).err
    content = json.loads(descriptor.read_text(encoding="utf-8"))
    content["survey"]["waves"].append(
        {"id": "2022-autumn", "withheld": {"minimum": 5, "stages": ["versatile"]}}
    )
    descriptor.write_text(json.dumps(content), encoding="utf-8")
    file.write_text("\n".join(line for line in LINES if "versatile" not in line), encoding="utf-8")
    outcome = maturity("append", file, "--survey", survey_folder, "--yes")
    assert outcome.code == 0, outcome.text
    assert "2022-autumn is partial" in outcome.text
