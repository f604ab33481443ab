"""What charts find and say, their numbers and native forms; a new kind stands in the gallery at once."""
# ruff: noqa: E501, PD011  (whole titles; values of a series)

from __future__ import annotations

import math
import re
from pathlib import Path

import pandas as pd
import pytest
import seaborn as sns
from drawn import frames
from matplotlib.text import Text
from surveys import Survey, make_codebook, small_survey, tiny_survey
from typer.testing import CliRunner

import analysis
from analysis.__main__ import app
from analysis.charts import gallery
from analysis.charts.chart import Chart, Reading
from analysis.charts.gallery import CHARTS, charts_of, draw_figure
from analysis.codebook import Codebook
from analysis.errors import RequestError
from analysis.inference.findings import gather_frames
from analysis.words.conclusions import statements
from analysis.words.language import voice_of


def read(name: str, frame: pd.DataFrame, lang: str = "en") -> Reading:
    return CHARTS[name].read(frame, voice_of(frame, lang))


def read_of(survey: str, name: str, lang: str = "en") -> Reading:
    return read(name, frames(survey)[CHARTS[name].frame], lang)


def with_verdicts(frame: pd.DataFrame, verdicts: str | list[str]) -> pd.DataFrame:
    judged = frame.assign(verdict=verdicts)
    judged.attrs = dict(frame.attrs)
    return judged


@pytest.mark.parametrize(
    ("survey", "name", "title"),
    [
        ("shipped", "stages", "The largest gap is at “Preparing or piloting”: 28% in vocational institutions, 10% in general upper secondary schools"),
        ("shipped", "diverging", "Most answers fall short of “Has tried it out”: 66% in vocational institutions and 53% in general upper secondary schools"),
        ("shipped", "cumulative", "“Has tried it out” or further: 35% in vocational institutions and 47% in general upper secondary schools"),
        ("open", "cumulative", "“Often” or further: 55–61% in the group “Northern schools” and 54–60% in the group “Southern schools”"),
        ("shipped", "differences", "Only one stage differs clearly: “Preparing or piloting” is 18\u00a0percentage points more common in vocational institutions"),
        ("shipped", "shares", "The margin of error of each share is at most ±11\u00a0percentage points"),
        ("shipped", "waves", "“Has tried it out” or further rose from 42% to 62% (95% interval of the change: +5 to +36 percentage points)"),
        ("tiny", "stages", "The most common answer is “Yes”: 79%"),
    ],
)  # fmt: skip
def test_a_title_says_what_the_frame_bears(survey: str, name: str, title: str) -> None:
    assert read_of(survey, name).title() == title


@pytest.mark.parametrize(
    ("verdicts", "title"),
    [
        (["not clear"] * 7, "No difference is clear: even the largest (“Preparing or piloting”, 18\u00a0percentage points) could be chance"),
        (["open", *["not clear"] * 6], "No difference is clear in every possible table; still open: 1 of 5"),
        (["clear"] * 7, "5 of 5 differences are clear; the largest: “Preparing or piloting” is 18\u00a0percentage points more common in vocational institutions"),
    ],
)  # fmt: skip
def test_the_title_of_differences_follows_the_verdicts_of_the_frame(verdicts: list[str], title: str) -> None:
    frame = with_verdicts(frames("shipped")["differences"], verdicts)
    assert read("differences", frame).title() == title


def test_a_difference_of_several_pairs_names_both_groups() -> None:
    frame = with_verdicts(frames("small")["differences"], "clear")
    assert re.search(r"more common .+ than .+", read("differences", frame).title())


def test_groups_that_answered_the_same_are_not_called_almost_alike() -> None:
    made = Survey(
        small_survey().codebook, {"2023-autumn": {g: [5, 5, 5, 5] for g in ("north", "south", "islands")}}
    )
    found = gather_frames(made.rows())
    assert read("stages", found["survey"]).title() == "The published shares are the same in all groups"
    none = "No difference is clear: all are smaller than 1\u00a0percentage point"
    assert read("differences", found["differences"]).title() == none


@pytest.mark.parametrize("lang", ["fi", "sv", "en"])
@pytest.mark.parametrize("name", CHARTS)
def test_an_alt_text_has_the_title_and_every_figure(name: str, lang: str) -> None:
    reading = read_of("shipped", name, lang)
    alt = reading.alt()
    assert reading.title() in alt
    assert "{" not in alt
    figures = {"differences": ["+18 (", "−9 ("], "waves": ["62", "54"]}.get(
        name, ["28", "41"] if name != "cumulative" else ["35", "47"]
    )
    assert all(figure in alt for figure in figures)


def test_the_describe_functions_say_the_alt_texts() -> None:
    for name, chart in CHARTS.items():
        describe = getattr(analysis, f"describe_{name}")
        assert describe(frames("shipped")[chart.frame]) == read_of("shipped", name).alt()


@pytest.mark.parametrize("survey", ["shipped", "large", "long", "twelve"])
def test_numbers_have_at_most_eight_columns_and_words_for_codes(survey: str) -> None:
    for name in charts_of(frames(survey)):
        reading = read_of(survey, name)
        numbers = reading.numbers()
        assert 3 <= len(numbers.columns) <= 8
        assert len(set(numbers.columns)) == len(numbers.columns)
        texts = numbers.select_dtypes(exclude="number").to_numpy().ravel()
        assert not set(texts) & set(reading.codebook.stages + reading.codebook.groups)


@pytest.mark.parametrize("survey", ["shipped", "small", "large"])
def test_native_forms_hold_the_numbers_of_the_frame(survey: str) -> None:
    for name in charts_of(frames(survey)):
        chart = read_of(survey, name, "fi").native()
        for series in chart.series if chart else ():
            assert len(series.values) == len(chart.categories)
            assert all(value is None or -1 <= value <= 1 for value in series.values)
            assert series.labels is None or len(series.labels) == len(series.values)


def test_a_native_difference_has_its_interval_as_error_bars() -> None:
    native = read_of("shipped", "differences").native()
    assert (native.kind, native.series[0].values[2]) == ("dots", pytest.approx(0.180263, abs=1e-6))
    assert native.series[0].errors[0][2] == pytest.approx(0.180263 - 0.019935, abs=1e-6)


def test_a_survey_bears_what_it_has() -> None:
    assert charts_of(frames("shipped")) == list(CHARTS)
    rows = frames("shipped")["survey"]
    gaps = {"survey": rows[~rows["stage"].isin(["planned", "versatile"])]}
    assert charts_of(gaps) == ["stages"]
    with pytest.raises(
        RequestError, match="this survey has no figures for the chart 'waves'; it has figures for stages"
    ):
        draw_figure("waves", gaps)
    with pytest.raises(RequestError, match="'vocational' lacks stages on both sides of the cut"):
        draw_figure("diverging", gaps)


def test_a_wave_of_counts_alone_is_drawn() -> None:
    rows = frames("large")["survey"]
    bare = rows.assign(percent=math.nan)
    bare.attrs = dict(rows.attrs)
    widths = [bar.get_width() for bar in draw_figure("stages", {"survey": bare}).axes[0].containers[0]]
    answers = rows[rows["stage"] == "s1"]
    assert widths == pytest.approx(list(100 * answers["count"].astype(float) / answers["n"].astype(float)))


def test_a_made_up_kind_is_one_class_and_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    class Heat(Reading):
        under = "stages"

        def title(self) -> str:
            return "A heat table"

        def alt(self) -> str:
            return "Heat table of stage and group."

        def columns(self) -> pd.DataFrame:
            return self.frame[["group", "stage", "percent"]]

        def draw(self, panel, options) -> None:
            panel.arrange(0)
            table = self.frame.pivot(index="group", columns="stage", values="percent")
            sns.heatmap(table, ax=panel.ax, cbar=False, annot=True)

    kind = Chart("heat", "survey", Heat)
    monkeypatch.setitem(gallery.CHARTS, "heat", kind)
    assert "heat" in charts_of(frames("shipped"))
    figure = draw_figure("heat", frames("shipped"), size="half")
    assert figure.alt_text == "Heat table of stage and group."
    asked = ["charts", "--only", "heat", "--format", "svg", "--size", "half", "--out", str(tmp_path)]
    assert CliRunner().invoke(app, asked, catch_exceptions=False).exit_code == 0
    names = {path.name for path in (tmp_path / "en").iterdir() if path.name[0] != "."}
    assert names == {"heat-half.svg", "heat.txt", "heat.csv"}
    assert read("heat", frames("shipped")["survey"]).native() is None


def test_of_many_groups_no_intervals_are_promised_that_have_no_room() -> None:
    stages = {"none": "None", "some": "Some", "all": "All"}
    groups = {f"g{place}": f"Group {place}" for place in range(9)}
    answers = {"2024-autumn": {group: [9, 5 + place, 8] for place, group in enumerate(groups)}}
    many = Survey(make_codebook(stages, groups, waves=["2024-autumn"], total=None), answers)
    reading = read("shares", gather_frames(many.rows())["shares"])
    assert reading.subtitle().endswith("% of answers, autumn 2024")
    assert "95% interval" in reading.alt()


def test_a_heat_table_says_where_its_intervals_stand_and_only_where_it_has_them() -> None:
    made = frames("large")
    assert read_of("large", "shares").subtitle().endswith("; below each share its 95% interval")
    shown = {}
    for size in ("wide", "phone"):
        texts = draw_figure("shares", made, size=size).findobj(Text)
        shown[size] = " ".join(" ".join(text.get_text() for text in texts).split())
    assert "below each share its 95% interval" in shown["wide"]
    assert "below each share" not in shown["phone"]


def test_of_weighted_figures_the_ends_are_those_of_rounding_and_chance_is_not_spoken_of() -> None:
    made = small_survey()
    facts = dict(made.codebook["survey"])
    facts["waves"] = [{**wave, "weighted": True} for wave in facts["waves"]]
    found = gather_frames(made._replace(codebook=Codebook({**made.codebook, "survey": facts})).rows())
    reading = read("differences", found["differences"])
    known = "The largest difference as published: “Leading the way” is 16 to 22\u00a0percentage points more common"
    assert reading.title().startswith(known)
    alt = reading.alt()
    assert "+16 to +22, its direction is certain." in alt
    assert "chance" not in alt
    shares = found["shares"]
    published = shares[(shares["measure"] == "stage") & (shares["group"] != "all")]
    ends = pd.concat(
        [published["high"] * 100 - published["percent"], published["percent"] - published["low"] * 100]
    )
    most = math.ceil(ends.max() - 1e-9)
    known = f"Rounding may have moved each share by up to ±{most}\u00a0percentage points"
    assert read("shares", shares).title() == known
    for name in ("shares", "differences", "changes"):
        assert "The range is what rounding leaves open." in reading.voice.source_line(found[name])
    assert "95%" not in read("shares", shares).subtitle()


@pytest.mark.parametrize(
    ("survey", "cut"), [(tiny_survey(), "yes"), (small_survey(), "leading"), (small_survey(), "steady")]
)
def test_chart_and_sentences_tell_of_the_same_change(survey: Survey, cut: str) -> None:
    """Also where the cut is the highest stage, which has no "or further"."""
    codebook = Codebook({**survey.codebook, "survey": {**survey.codebook.survey, "cut": cut}})
    frames_of_cut = gather_frames(survey._replace(codebook=codebook).rows())
    voice = voice_of(frames_of_cut["survey"])
    told = next(one.text for one in statements(frames_of_cut, voice) if one.kind == "wave")
    quoted = voice.quoted(voice.stage(cut))
    assert quoted in told
    assert read("waves", frames_of_cut["changes"]).title().startswith(quoted)


def test_a_difference_on_both_sides_of_zero_keeps_its_signs() -> None:
    """Tables that fit may differ in which group has more."""
    frame = frames("shipped")["differences"].assign(
        verdict="not clear", estimate_low=-0.02, estimate_high=0.03
    )
    assert "−2 to +3\u00a0percentage points" in read("differences", frame).title()


def test_a_change_to_a_wave_whose_counts_are_not_told_is_never_called_clear() -> None:
    """The counts of the first wave are known; of the second two stages were withheld."""
    made = small_survey()
    told = {"withheld": {"minimum": 5, "stages": ["starting", "leading"]}}
    rows = made._replace(codebook=made.codebook.declare("2023-autumn", told)).rows()
    attrs = rows.attrs
    rows = rows[(rows["wave"] != "2023-autumn") | ~rows["stage"].isin(["starting", "leading"])]
    rows.attrs = attrs
    changes = gather_frames(rows)["changes"]
    assert (changes.attrs["basis"], set(changes["verdict"])) == ("published", {""})
    alt = read("waves", changes).alt()
    assert "“Steady” in the group “Everyone”: published as 31%, then as 43%" in alt
    assert "its direction is certain" in alt
    assert not [word for word in ("interval", "chance", " clear") if word in alt]
