"""What may be right but deserves a look."""

import pytest
from incoming import wave_rows

from analysis.codebook import load_codebook
from analysis.survey.rules import find_cautions, list_waves, split_waves
from analysis.survey.table import read_table

CODEBOOK = load_codebook()
STRONG = {  # the contrast of the first wave: vocational, general
    "vocational": ("19", "19", "28", "32", "2"),
    "general": ("21", "22", "10", "41", "6"),
}


def wave(name, percents=None):
    rows = wave_rows(name, groups=["vocational", "general"])
    if percents:
        cells = [percent for group in ("vocational", "general") for percent in percents[group]]
        rows = [row._replace(percent=cell) for row, cell in zip(rows, cells, strict=True)]
    return rows


def cautions(*waves, names=None):
    return list(find_cautions(split_waves([row for rows in waves for row in rows], CODEBOOK), names))


def test_a_whole_wave_with_or_without_total_is_nothing_to_warn_of():
    assert cautions(wave_rows()) == []
    assert cautions(wave("2022-autumn")) == []


def test_a_partial_wave_says_what_it_lacks():
    partial = [row for row in wave_rows(groups=["all"]) if row.stage in {"experiments", "versatile"}]
    assert cautions(partial) == ["2022-autumn is partial: all: 2 of 5 stages; no rows of vocational, general"]


def test_a_partial_wave_says_what_was_withheld():
    partial = [row for row in wave_rows(groups=["vocational", "general"]) if row.stage != "versatile"]
    declared = CODEBOOK.declare("2022-autumn", {"withheld": {"minimum": 5, "stages": ["versatile"]}})
    (found,) = find_cautions(split_waves(partial, declared))
    assert found.endswith("general: 4 of 5 stages; withheld: versatile")


@pytest.mark.parametrize(
    "source",
    ["weighted by size", "painotettu osuus", "viktade andelar", "Vägt efter storlek", "painokertoimin"],
)
def test_a_source_that_says_weighted_without_counts_is_named_with_the_next_step(source):
    (found,) = cautions([row._replace(source=source) for row in wave_rows()])
    assert "counts cannot be recovered from weighted percentages" in found
    assert '"weighted": true' in found


@pytest.mark.parametrize("source", ["unweighted", "painottamaton osuus", "oviktad", "vägen till webben"])
def test_a_source_that_denies_weights_is_nothing_to_warn_of(source):
    assert cautions([row._replace(source=source) for row in wave_rows()]) == []


def test_counts_beside_weighted_percentages_are_nothing_to_warn_of():
    assert cautions([row._replace(source="weighted") for row in wave_rows(counted=True)]) == []


def test_exchanged_groups_are_suspected():
    swapped = {"vocational": STRONG["general"], "general": STRONG["vocational"]}
    found = cautions(wave("2020-autumn", STRONG), wave("2022-autumn", swapped))
    assert len(found) == 1
    assert "vocational and general exchanged" in found[0]


def test_a_reversed_scale_is_suspected():
    turned = {group: percents[::-1] for group, percents in STRONG.items()}
    found = cautions(wave("2020-autumn", STRONG), wave("2022-autumn", turned))
    assert any("the scale reversed" in caution for caution in found)


def test_a_partial_wave_between_does_not_hide_it():
    turned = {group: percents[::-1] for group, percents in STRONG.items()}
    partial = [row for row in wave_rows("2021-autumn", groups=["all"]) if row.stage == "versatile"]
    found = cautions(wave("2020-autumn", STRONG), partial, wave("2022-autumn", turned), names={"2022-autumn"})
    assert any("the scale reversed" in caution for caution in found)


def test_a_change_of_the_usual_size_is_not_suspected():
    assert cautions(wave("2020-autumn", STRONG), wave("2022-autumn")) == []


def test_a_year_far_from_the_others_is_suspected():
    assert "180 years" in cautions(wave("2022-autumn"), wave("2202-autumn"))[0]


def test_only_waves_that_are_asked_for_are_warned_of():
    partial = [row for row in wave_rows(groups=["all"]) if row.stage == "versatile"]
    assert cautions(wave("2020-autumn", STRONG), partial, names={"2020-autumn"}) == []


@pytest.mark.parametrize(
    ("group", "stages", "percent_sum", "n", "partial"),
    [("all", 2, 62, 128, True)],
)
def test_the_second_wave_of_the_shipped_survey_is_partial(group, stages, percent_sum, n, partial):
    table = read_table()
    found = list_waves(table.waves)[-1]
    assert found == {
        "wave": "2021-autumn",
        "group": group,
        "stages": stages,
        "stages_in_codebook": 5,
        "percent_sum": percent_sum,
        "count_sum": None,
        "n": n,
        "partial": partial,
    }
