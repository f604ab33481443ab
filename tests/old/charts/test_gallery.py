"""Charts by their artists: lengths equal data, nothing cut, nothing overlaps, in every format."""

from __future__ import annotations

import math
import re
from collections import Counter

import pandas as pd
import pytest
from extents import boxes, collisions, outside, smallest_type
from leaves import worked_out
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from surveys import (
    SURVEYS,
    Survey,
    frames_of,
    known_frames,
    large_survey,
    long_survey,
    make_codebook,
    shipped_survey,
    small_survey,
    tiny_survey,
)

from analysis.codebook import LANGUAGES
from analysis.errors import RequestError
from analysis.old.charts.gallery import (
    CHARTS,
    bears_chart,
    draw_differences,
    draw_diverging,
    draw_shares,
    draw_stages,
    draw_waves,
    new_axes,
)
from analysis.old.inference.changes import compare_waves
from analysis.old.style import CONTRAST, SIZES, THEMES, contrast, ramp
from analysis.old.words.telling.courses import time_of
from analysis.old.words.telling.figures import rows_of
from analysis.old.words.wording import rounded

HOSTILE = "a$x^2$ <b>&{x} \\frac%"


def first_wave(survey: str) -> pd.DataFrame:
    rows = SURVEYS[survey]().rows()
    return rows[rows["wave"] == rows["wave"].min()]


def dots(ax: Axes) -> list[Line2D]:
    """Marks that stand at a value, not those of a legend."""
    return [line for line in ax.lines if line.get_marker() != "None" and line.get_transform() == ax.transData]


def lines(ax: Axes) -> list[Line2D]:
    return [line for line in ax.lines if line.get_marker() == "None" and line.get_transform() == ax.transData]


def words(ax: Axes) -> list[str]:
    return [box.words for box in boxes(ax)]


SHARES = {"shares": "stage", "cumulative": "at_least"}
CASES = [
    (survey, name, size, lang)
    for survey in SURVEYS
    for name, chart in CHARTS.items()
    if chart.key in known_frames(survey)
    for size in (SIZES if survey in {"shipped", "large"} else ("wide", "phone"))
    for lang in (LANGUAGES if survey == "shipped" and size in {"wide", "phone"} else ("fi",))
]


@pytest.mark.parametrize(("survey", "name", "size", "lang"), CASES)
def test_no_text_is_cut_overlaps_or_is_too_small_and_every_share_is_there(
    survey: str, name: str, size: str, lang: str
) -> None:
    chart = CHARTS[name]
    frame = known_frames(survey)[chart.key]
    ax = chart.draw(frame, lang=lang, ax=new_axes(size=size))
    assert outside(ax) == []
    assert collisions(ax) == []
    assert not [line for line in words(ax) if line.endswith("…")]
    assert smallest_type(ax) >= (8.64 if size == "phone" else 12)
    if name in SHARES:
        figures = Counter(re.findall(r"\d+(?=\u00a0?%)", "\n".join(words(ax))))
        assert Counter(shares(frame, SHARES[name])) <= figures


def shares(frame: pd.DataFrame, measure: str) -> list[str]:
    return [f"{rounded(cell.printed):.0f}" for row in rows_of(frame, measure) for cell in row.cells]


def test_a_chart_without_room_for_its_figures_says_where_they_are() -> None:
    stages = {f"s{place}": f"Stage {place}" for place in range(6)}
    groups = {f"g{place}": f"Group {place}" for place in range(20)}
    codebook = make_codebook(stages, groups, waves=["2024-autumn"], total=None)
    survey = Survey(codebook, {"2024-autumn": {group: [5, 9, 12, 30, 8, 2] for group in groups}})
    frame = frames_of(survey)["shares"]
    assert "figures are in the chart's table." in " ".join(
        words(draw_shares(frame, ax=new_axes(size="half")))
    )


@pytest.mark.parametrize("name", CHARTS)
@pytest.mark.parametrize("theme", THEMES)
def test_text_is_clear_on_what_is_behind_it(name: str, theme: str) -> None:
    chart = CHARTS[name]
    ax = chart.draw(known_frames("shipped")[chart.key], ax=new_axes(theme=theme))
    ax.figure.draw_without_rendering()
    grounds = [(bar.get_window_extent(), to_hex(bar.get_facecolor())) for bar in ax.patches]
    for text in ax.texts:
        x, y = text.get_transform().transform(text.get_position())
        behind = [colour for extent, colour in grounds if extent.contains(x, y)]
        ground = behind[-1] if behind else THEMES[theme].ground
        assert contrast(to_hex(text.get_color()), ground) >= CONTRAST, text.get_text()


@pytest.mark.parametrize("survey", ["shipped", "small", "large"])
def test_segments_are_as_wide_as_their_shares(survey: str) -> None:
    rows = first_wave(survey)
    ax = draw_stages(rows)
    known = [cell.share for row in rows_of(rows) for cell in row.cells]
    assert [bar.get_width() for bar in ax.patches] == pytest.approx(known)


def test_segments_follow_each_other_in_the_order_of_the_stages() -> None:
    survey = shipped_survey()
    ax = draw_stages(first_wave("shipped"))
    colours = ramp(5, THEMES["light"])
    for place, segment in enumerate(ax.patches):
        assert segment.get_label() == survey.codebook.stages[place % 5]
        assert to_hex(segment.get_facecolor()) == colours[place % 5]
    ends = [bar.get_x() + bar.get_width() for bar in ax.patches]
    assert [bar.get_x() for bar in ax.patches[1:5]] == pytest.approx(ends[:4])


def test_every_figure_stands_on_the_chart_the_small_ones_outside() -> None:
    ax = draw_stages(first_wave("shipped")[lambda rows: rows["group"] != "all"])
    figures = [line for line in words(ax) if line.isdigit()]
    assert figures == ["19", "19", "28", "32", "2", "21", "22", "10", "41", "6"]
    small = next(box for box in boxes(ax) if box.words == "2")
    ax.figure.draw_without_rendering()
    assert small.left > ax.patches[4].get_window_extent().x1


def test_a_group_has_its_name_and_its_base() -> None:
    found = words(draw_stages(first_wave("shipped")))
    assert {"Vocational", "n\u00a0=\u00a080", "n\u00a0=\u00a095", "n\u00a0=\u00a0175"} <= set(found)


def test_what_was_not_published_is_neither_nought_nor_left_out() -> None:
    rows = shipped_survey().rows()
    ax = draw_stages(rows[rows["wave"] == "2021-autumn"])
    assert [bar.get_width() for bar in ax.patches] == [38, 54, 8]
    assert "not published" in words(ax)


def test_the_cut_is_at_zero() -> None:
    ax = draw_diverging(first_wave("shipped")[lambda rows: rows["group"] != "all"])
    vocational = ax.patches[:5]
    assert vocational[0].get_x() == pytest.approx(-66)
    assert vocational[3].get_x() == pytest.approx(0)
    assert {"66%", "34%", "53%", "47%"} <= set(words(ax))


def test_a_bar_with_gaps_on_both_sides_of_the_cut_is_refused() -> None:
    rows = first_wave("shipped")
    with pytest.raises(RequestError, match="group 'all' lacks stages on both sides of the cut 'experiments'"):
        draw_diverging(rows[~rows["stage"].isin(["planned", "versatile"])])


def test_gaps_on_both_sides_of_the_cut_leave_out_the_chart_around_it_alone() -> None:
    rows = first_wave("shipped")
    gaps = {"stages": rows[~rows["stage"].isin(["planned", "versatile"])]}
    assert [name for name in CHARTS if bears_chart(gaps, name)] == ["stages"]


def test_shares_stand_at_their_value_with_their_interval() -> None:
    frame = known_frames("shipped")["shares"]
    ax = draw_shares(frame)
    values = frame.sort_values(["stage", "group"])
    assert [dot.get_xdata()[0] for dot in dots(ax)] == pytest.approx(list(100 * values["estimate"]))
    known = [100 * end for row in values.itertuples() for end in (row.low, row.high)]
    assert [end for line in lines(ax) for end in line.get_xdata()] == pytest.approx(known)


def test_groups_are_told_apart_by_shape_as_well() -> None:
    markers = [dot.get_marker() for dot in dots(draw_shares(known_frames("shipped")["shares"]))]
    assert markers[:2] == ["o", "s"]


def test_differences_stand_at_their_value_the_clear_one_in_colour() -> None:
    frame = known_frames("shipped")["differences"]
    ax = draw_differences(frame)
    assert [dot.get_xdata()[0] for dot in dots(ax)] == pytest.approx(list(100 * frame["estimate"]))
    theme = THEMES["light"]
    assert [dot.get_color() for dot in dots(ax)] == [theme.faint] * 2 + [theme.accent] + [theme.faint] * 2
    bold = [text.get_text() for text in ax.texts if text.get_weight() == 600]
    assert {"Preparing or piloting", "+18"} <= set(bold)
    assert "−9" not in bold


def test_the_range_over_tables_is_drawn_apart_from_the_interval() -> None:
    frame = known_frames("shipped")["differences"].assign(estimate=math.nan)
    frame["estimate_low"] -= 0.02
    ax = draw_differences(frame)
    assert dots(ax) == []
    pale, strong = lines(ax)[4:6]
    assert list(strong.get_xdata()) == pytest.approx(
        list(100 * frame.loc[2, ["estimate_low", "estimate_high"]])
    )
    assert list(pale.get_xdata()) == pytest.approx(list(100 * frame.loc[2, ["low", "high"]]))
    assert strong.get_linewidth() > pale.get_linewidth()
    assert strong.get_color() != pale.get_color()
    assert "+16 to +18" in words(ax)


def test_as_published_the_largest_difference_alone_is_stressed() -> None:
    frame = known_frames("shipped")["differences"].assign(
        level=math.nan, method="rounding", verdict="every table"
    )
    frame["estimate_low"], frame["estimate_high"] = frame["estimate"] - 0.01, frame["estimate"] + 0.01
    colours = [line.get_color() for line in lines(draw_differences(frame))]
    assert colours.count(THEMES["light"].accent) == 1


def test_the_two_shares_behind_a_difference_stand_beside_it_where_there_is_room() -> None:
    frame = known_frames("shipped")["differences"]
    assert {"28", "10", "32", "41"} <= set(words(draw_differences(frame)))
    assert "41" not in words(draw_differences(frame, ax=new_axes(size="half")))


def test_waves_stand_at_their_time_and_share() -> None:
    ax = draw_waves(known_frames("tiny")["changes"])
    points = {(dot.get_xdata()[0], dot.get_ydata()[0]) for dot in dots(ax)}
    assert {
        (time_of("2020-spring"), 80),
        (time_of("2020-autumn"), 62),
        (time_of("2022-autumn"), 21),
    } <= points
    left, *_, right = sorted({x for x, _ in points})
    assert (right - left) == 2.5


def test_a_gap_in_time_is_a_gap_in_the_line() -> None:
    changes = known_frames("tiny")["changes"]
    later = changes[changes["first"] == "2022-autumn"].assign(second="2021-autumn")
    frame = pd.DataFrame(
        [*changes[changes["first"] == "2020-autumn"].to_dict("records"), *later.to_dict("records")]
    )
    frame.attrs = changes.attrs
    joined = [tuple(line.get_xdata()) for line in lines(draw_waves(frame))]
    assert (time_of("2020-autumn"), time_of("2021-autumn")) not in joined
    assert (time_of("2021-autumn"), time_of("2022-autumn")) in joined


@pytest.mark.parametrize("size", SIZES)
def test_figures_of_waves_stand_before_their_points_or_in_the_table(size: str) -> None:
    ax = draw_waves(known_frames("tiny")["changes"], ax=new_axes(size=size))
    assert ({"62%", "38%"} <= set(words(ax))) != ("the chart's table." in " ".join(words(ax)))
    assert {"80%", "20%", "21%", "79%"} <= set(words(ax))


def test_of_several_courses_the_latest_change_alone_has_its_interval() -> None:
    ax = draw_waves(known_frames("tiny")["changes"])
    upright = [line for line in lines(ax) if len(set(line.get_xdata())) == 1]
    assert [round(line.get_xdata()[0], 1) for line in upright] == [2022.7, 2022.8]


@pytest.mark.parametrize("size", SIZES)
def test_many_waves_keep_clear_of_each_other(size: str) -> None:
    ax = draw_waves(compare_waves(long_survey().rows()), lang="fi", ax=new_axes(size=size))
    assert outside(ax) == []
    assert collisions(ax) == []


def test_the_whole_headline_can_be_asked_of_the_axes() -> None:
    for chart in CHARTS.values():
        frame = known_frames("shipped")[chart.key]
        assert chart.draw(frame).get_title(loc="left") == chart.headline(frame)


@pytest.mark.parametrize("name", CHARTS)
def test_labels_are_never_mathematics_or_markup(name: str) -> None:
    codebook = make_codebook(
        {f"s{n}": f"{HOSTILE} {n}" for n in range(4)},
        {
            "all": f"All {HOSTILE}",
            "north": f"N {HOSTILE}",
            "south": f"S {HOSTILE}",
            "islands": f"I {HOSTILE}",
        },
        waves=["2022-spring", "2023-autumn"],
    )
    renamed = dict(zip([f"s{n}" for n in range(4)], small_survey().codebook.stages, strict=True))
    for category in codebook["resources"][0]["schema"]["fields"][2]["categories"]:
        category["value"] = renamed[category["value"]]
    codebook["survey"]["cut"] = "steady"
    frame = known_frames("small")[CHARTS[name].key].copy()
    frame.attrs = {**frame.attrs, "codebook": type(codebook)(dict(codebook))}
    ax = CHARTS[name].draw(frame)
    assert any("$x^2$" in line and "<b>&{x}" in line for line in words(ax))
    assert not any(text.get_parse_math() for text in ax.texts)


def test_control_characters_are_named() -> None:
    survey = tiny_survey()
    category = survey.codebook["resources"][0]["schema"]["fields"][2]["categories"][0]
    category["labels"]["en"] = "No\x07\u202e"
    rows = survey.rows()
    assert "No<U+0007><U+202E>" in words(draw_stages(rows[rows["wave"] == "2020-spring"]))


def test_a_chart_draws_on_axes_that_are_given_and_leaves_others_alone() -> None:
    figure = Figure((13, 7))
    left, right = figure.subplots(1, 2)
    assert draw_stages(first_wave("shipped"), ax=left) is left
    assert list(right.texts) == []
    middle = 0.5 * 13 * figure.dpi
    assert all(box.right <= middle for box in boxes(left))


def test_a_phones_picture_grows_with_its_rows() -> None:
    heights = [
        draw_stages(first_wave(survey), ax=new_axes(size="phone")).figure.get_size_inches()
        for survey in ("shipped", "large")
    ]
    assert [width for width, _ in heights] == [3.6, 3.6]
    assert heights[1][1] > heights[0][1]


@pytest.mark.parametrize(("name", "value"), [("size", "huge"), ("theme", "blue")])
def test_an_unknown_format_is_refused(name: str, value: str) -> None:
    with pytest.raises(RequestError, match=f"{name} is '{value}'; use one of"):
        new_axes(**{name: value})


def test_a_survey_of_many_groups_names_them_all() -> None:
    survey = large_survey()
    found = " ".join(words(draw_stages(survey.rows())))
    for group in survey.codebook.groups:
        assert survey.codebook.word("group", group, "en").split()[0] in found


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("size", SIZES)
def test_ranges_over_tables_leave_no_line_cut(size: str, lang: str) -> None:
    ax = CHARTS["differences"].draw(
        worked_out("large")["differences"], lang=lang, ax=new_axes(size=size, theme="light")
    )
    assert collisions(ax) == []
    assert not [line for line in words(ax) if line.endswith("…")]
