"""The frames of a survey: who has which, whether they agree, and what other assumptions leave of them."""

from __future__ import annotations

import json
import time

import numpy as np
import pandas as pd
import pytest
from builders import DECK, codebook_of_codes, counts_frame, survey_frame, tables_frame
from hypothesis import HealthCheck, given, settings, strategies as st

from analysis.errors import RequestError
from analysis.inference.findings import bound_nonresponse, compare_assumptions, gather_frames
from analysis.rounding import DEFAULT_RULES, publish
from analysis.survey.pasted import read_percentages
from analysis.survey.table import load_survey
from analysis.words.language import voice_of


def wave_of(answers, rule="largest_remainder", sizes=None, **facts):
    """One wave of some groups and their total, each printed by a rule."""
    stages = [f"s{number}" for number in range(len(next(iter(answers.values()))))]
    codebook = codebook_of_codes(
        stages, ["all", *answers], total="all", waves=[{"id": "2020-autumn", "decimals": 0, **facts}]
    )
    groups = {"all": np.sum(list(answers.values()), axis=0).tolist(), **answers}
    key = "2020-autumn"
    printed = {(key, group): dict(zip(stages, publish(x, rule), strict=True)) for group, x in groups.items()}
    n = {(key, group): (sizes or {}).get(group, sum(counts)) for group, counts in groups.items()}
    return survey_frame(printed, n, codebook)


def enlarged(n: int, m: int) -> pd.DataFrame:
    """The shipped first wave as if that many had answered."""
    survey = load_survey()
    sizes = {"vocational": n, "general": m, "all": n + m}
    first = survey["wave"] == "2020-autumn"
    for group, size in sizes.items():
        survey.loc[first & (survey["group"] == group), "n"] = size
    return survey


def test_the_shipped_survey_has_every_frame_but_that_of_an_unknown_population():
    frames = gather_frames(load_survey())
    assert list(frames) == ["survey", "counts", "shares", "differences", "effects", "assumptions", "changes"]
    assert all(frame.attrs["codebook"] for frame in frames.values())
    assert "nonresponse" in gather_frames(load_survey(), population={"vocational": 112, "general": 372})


def test_a_population_of_the_codebook_is_used():
    survey = wave_of({"one": [9, 8, 7, 20], "two": [20, 9, 8, 9]}, population={"one": 90, "two": 100})
    frames = gather_frames(survey)
    assert frames["nonresponse"].attrs["population"] == {"one": 90, "two": 100}
    assert frames["differences"].attrs["population"] == {"one": 90, "two": 100}


def test_the_number_of_tables_is_that_of_the_wave_and_they_are_compared():
    """W1: once 585 225 = 765², told as too many to compare; each of the tables is of both groups at once."""
    frames = gather_frames(enlarged(160, 195))
    assert frames["counts"].attrs["n_tables"] == len(frames["counts"]) > 100
    for name in ("shares", "differences", "effects"):
        assert frames[name].attrs["n_tables"] == len(frames["counts"])
    assert list(frames["effects"]["method"]) == ["exact", "brunner_munzel", "noncentral_chi_square"]


def test_a_thousand_tables_are_compared_in_time():
    """D5: once 60 s of 614 tables, and 6 805 without an end."""
    survey = enlarged(160, 200)
    start = time.process_time()
    frames = gather_frames(survey)
    assert time.process_time() - start < 10
    assert frames["counts"].attrs["n_tables"] > 1_000


def test_too_many_tables_are_compared_by_their_bounds():
    frames = gather_frames(enlarged(4_000, 5_000))
    assert frames["counts"].attrs["status"] == "too_many"
    assert frames["counts"].attrs["n_tables"] is None
    piloting = frames["differences"].set_index(["measure", "stage"]).loc[("stage", "piloting")]
    assert piloting["verdict"] == "clear"
    assert 0.15 < piloting["estimate_low"] < piloting["estimate_high"] < 0.21
    assert frames["effects"]["method"].iloc[0] == "bounds"


def test_a_wave_that_no_rule_explains_is_told_as_published():
    survey = load_survey()
    place = survey.index[(survey["group"] == "general") & (survey["stage"] == "piloting")][0]
    survey.loc[place, "percent"] = 34.0
    frames = gather_frames(survey)
    assert not {"counts", "effects", "assumptions"} & set(frames)
    assert frames["shares"].attrs["basis"] == frames["differences"].attrs["basis"] == "published"
    told = frames["shares"].set_index(["measure", "group", "stage"]).loc[("stage", "general", "piloting")]
    assert told["estimate_low"] < 0.34 < told["estimate_high"]


def test_an_assumption_reaches_every_frame_and_is_told():
    frames = gather_frames(
        load_survey(), n={"general": range(95, 98)}, rounding="within_one", level=0.9, adjust="none"
    )
    assumed = frames["differences"].attrs["assumed"]
    assert assumed == {"n": {"general": [95, 97]}, "rounding": ["within_one"], "level": 0.9, "adjust": "none"}
    assert frames["changes"].attrs["assumed"] == {"rounding": ["within_one"], "level": 0.9, "adjust": "none"}
    assert frames["effects"].attrs["level"] == 0.9
    assert gather_frames(load_survey())["differences"].attrs["assumed"] == {}


@pytest.mark.parametrize(("size", "known", "said"), [(30, 30, "30"), (range(30, 32), [30, 31], "30 to 31")])
def test_an_n_that_no_table_fits_is_told_beside_the_published_shares(size, known, said):
    frames = gather_frames(load_survey(), n={"vocational": size})
    assert "counts" not in frames
    for name in ("shares", "differences"):
        frame = frames[name]
        assert frame.attrs["assumed"] == {"n": {"vocational": known}}
        assert frame.attrs["n"] == {"vocational": known, "general": 95}
        line = voice_of(frame, "en").source_line(frame).replace("\N{NO-BREAK SPACE}", " ")
        assert f"Vocational {said}, General" in line
        assert "The numbers of answers (n) are assumed." in line
    shares = frames["shares"].set_index("group")
    assert set(shares.loc["vocational", "n"].dropna()) == ({30} if known == 30 else set())


def test_a_population_of_answers_that_cannot_be_told_is_refused():
    with pytest.raises(RequestError, match="population needs counts: no table"):
        gather_frames(load_survey(), n={"vocational": 30}, population={"vocational": 112, "general": 372})


def test_what_a_frame_carries_is_plain():
    for frame in gather_frames(load_survey(), population={"vocational": 112, "general": 372}).values():
        facts = {name: value for name, value in frame.attrs.items() if name != "codebook"}
        json.dumps(facts)


groups = st.lists(st.integers(0, 25), min_size=4, max_size=4).filter(lambda counts: sum(counts) > 2)


@given(groups, groups, st.sampled_from(DEFAULT_RULES), st.sampled_from([0.8, 0.95]))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_frame_contradicts_another_about_what_is_clear(first, second, rule, level):
    answers = {"one": first, "two": second}
    frames = gather_frames(wave_of(answers, rule), level=level)
    differences, effects = frames["differences"], frames["effects"]
    for row in differences.itertuples():
        assert (row.verdict == "clear") == (row.low > 0 or row.high < 0)
        place = int(str(row.stage)[1:])
        places = slice(place, place + 1) if row.measure == "stage" else slice(place, None)
        truth = sum(first[places]) / sum(first) - sum(second[places]) / sum(second)
        assert row.estimate_low - 1e-12 <= truth <= row.estimate_high + 1e-12
    by_name = effects.set_index("statistic")
    shift, size = by_name.loc["shift"], by_name.loc["size"]
    assert shift["verdict"] == "" or (shift["verdict"] == "clear") == (
        shift["low"] > 0.5 or shift["high"] < 0.5
    )
    if not np.isnan(size["low"]):
        assert (size["low"] > 0) == (by_name.loc["shape", "verdict"] == "clear")
    assumed = frames["assumptions"]
    main = assumed[assumed["rounding"] == ", ".join(DEFAULT_RULES)]
    main = main[main["n"] == f"one {sum(first)}, two {sum(second)}"]
    for row in main.itertuples():
        if row.statistic in {"shape", "shift"}:
            assert row.verdict == by_name.loc[row.statistic, "verdict"]
        else:
            same = (differences["measure"] == row.statistic) & (differences["stage"] == row.stage)
            assert row.verdict == differences.loc[same, "verdict"].iloc[0]
    clear = differences.loc[differences["verdict"] == "clear", ["measure", "stage"]].astype(str)
    assert set(map(tuple, clear.to_numpy())) <= set(
        map(tuple, main[["statistic", "stage"]].astype(str).to_numpy())
    )


def test_a_rival_n_leaves_open_whether_the_distributions_differ():
    """W4, and the p of recovery.md section 5."""
    assumptions = compare_assumptions(load_survey())
    shapes = assumptions[assumptions["statistic"] == "shape"].set_index(["rounding", "n"])
    default = ", ".join(DEFAULT_RULES)
    known = {
        (default, "vocational 80, general 95"): (1, 0.0326, 0.0326, "clear"),
        (default, "vocational 80, general 95–97"): (3, 0.0326, 0.0528, "open"),
        ("floor_or_ceiling", "vocational 80, general 95"): (4, 0.0196, 0.0556, "open"),
        ("within_one", "vocational 80, general 95"): (31, 0.0107, 0.0653, "open"),
    }
    for assumption, (tables, p_low, p_high, verdict) in known.items():
        row = shapes.loc[assumption]
        assert (row["n_tables"], row["verdict"]) == (tables, verdict)
        assert [row["p_low"], row["p_value"]] == pytest.approx([p_low, p_high], abs=5e-5)


def test_what_is_clear_in_the_shipped_survey_is_so_under_every_assumption():
    piloting = compare_assumptions(load_survey()).query("statistic == 'stage' and stage == 'piloting'")
    assert len(piloting) == 5
    assert set(piloting["verdict"]) == {"clear"}
    assert (piloting["estimate_low"].min(), piloting["estimate_high"].max()) == pytest.approx(
        (0.1697, 0.1928), abs=1e-4
    )


def test_an_assumption_that_fits_nothing_has_one_row_that_says_so():
    assumptions = compare_assumptions(load_survey(), rounding="half_up")
    first = assumptions.iloc[0]
    assert (first["rounding"], first["n_tables"]) == ("half_up", 0)
    assert pd.isna(first["statistic"])


def test_assumptions_about_a_table_of_unknown_n_have_one_row_each_without_a_statement():
    assumptions = compare_assumptions(read_percentages("a,g,h\nx,30,60\ny,70,40\n"))
    assert assumptions["statistic"].isna().all()
    assert len(assumptions) == assumptions["rounding"].nunique()


def test_nonresponse_bounds_every_difference_whatever_the_missing_would_have_answered():
    """W6: with 32 of 112 and 277 of 372 silent, +18 among the answers is −57 to +46 among all."""
    bounds = bound_nonresponse(counts_frame(DECK), population={"vocational": 112, "general": 372})
    row = bounds[bounds["stage"] == "piloting"].iloc[0]
    assert [row["low"], row["high"]] == pytest.approx([22 / 112 - (9 + 277) / 372, (22 + 32) / 112 - 9 / 372])
    assert (row["missing_first"], row["missing_second"], row["verdict"]) == (32, 277, "not clear")


def test_nonresponse_is_certain_where_nobody_is_missing():
    bounds = bound_nonresponse(counts_frame(DECK), population={"vocational": 80, "general": 95})
    assert set(bounds["verdict"]) == {"clear"}
    np.testing.assert_allclose(bounds["low"], bounds["high"])


def test_nonresponse_is_open_where_it_depends_on_the_table():
    """Of 20 answers and 24 members each: 12 − 6 − 4 missing is above 0, 4 − 8 − 4 below."""
    codebook = codebook_of_codes(["a", "b"], ["one", "two"])
    low, high = {"one": [4, 8], "two": [6, 12]}, {"one": [12, 16], "two": [8, 14]}
    frame = tables_frame([low, high], codebook).set_axis(["low", "high"], axis=0)
    frame.attrs |= {"status": "too_many", "n_tables": None, "n": {"one": 20, "two": 20}}
    bounds = bound_nonresponse(frame, population={"one": 24, "two": 24})
    assert list(bounds["verdict"]) == ["open", "open"]


def test_nonresponse_of_an_unknown_population_is_refused():
    with pytest.raises(RequestError, match="vocational"):
        bound_nonresponse(counts_frame(DECK))
    with pytest.raises(RequestError, match="95 answered"):
        bound_nonresponse(counts_frame(DECK), population={"vocational": 80, "general": 90})
