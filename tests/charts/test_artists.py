"""Charts by their artists: lengths and places are the data, and matplotlib's own calls keep them so."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import seaborn as sns
from drawn import faults, frames, overlaps, words_of
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from surveys import shipped_survey

from analysis.charts.differences import draw_differences
from analysis.charts.shares import draw_cumulative, draw_shares
from analysis.charts.stages import draw_diverging, draw_stages
from analysis.charts.waves import draw_waves, time_of
from analysis.errors import RequestError
from analysis.style import THEMES, chart_style, ramp


@pytest.fixture(autouse=True)
def closed():
    """Figures of pyplot are closed after each test."""
    yield
    plt.close("all")


def survey() -> pd.DataFrame:
    return frames("shipped")["survey"]


def bars(ax: Axes) -> list:
    return [container for container in ax.containers if not container.get_label().startswith("_")]


def marks(ax: Axes) -> list[tuple[float, float]]:
    """Where the marks stand."""
    return [tuple(map(float, line.get_xydata()[0])) for line in ax.lines if len(line.get_xdata()) == 1]


def test_segments_are_as_long_as_their_shares_in_the_order_of_the_stages() -> None:
    ax = draw_stages(survey(), order=["vocational", "general"])
    widths = [[bar.get_width() for bar in stage] for stage in bars(ax)]
    assert widths == [[19, 21], [19, 22], [28, 10], [32, 41], [2, 6]]
    assert [to_hex(stage[0].get_facecolor()) for stage in bars(ax)] == ramp(5, THEMES["light"])
    lefts = [stage[0].get_x() for stage in bars(ax)]
    assert lefts == [0, 19, 38, 66, 98]


def test_a_bar_around_the_cut_has_it_at_zero_and_its_sums_at_the_ends() -> None:
    ax = draw_diverging(survey(), order=["vocational", "general"])
    assert [bars(ax)[stage][0].get_x() for stage in (0, 3)] == [-66, 0]
    assert {"66%", "34%", "53%", "47%"} <= set(words_of(ax.figure))
    second = draw_diverging(shipped_survey().rows(), wave="2021-autumn")  # lacks stages short of the cut
    assert {"38%", "62%"} <= set(words_of(second.figure))


def test_shares_and_differences_stand_at_their_value() -> None:
    shares = frames("shipped")["shares"]
    parts = shares[(shares["measure"] == "stage") & (shares["group"] != "all")]
    drawn = sorted(x for x, _ in marks(draw_shares(shares)))
    assert drawn == pytest.approx(sorted(100 * parts["estimate"]))
    differences = frames("shipped")["differences"]
    stages = differences[differences["measure"] == "stage"]
    ax = draw_differences(differences)
    assert [x for x, _ in marks(ax)] == pytest.approx(list(100 * stages["estimate"]))
    assert [y for _, y in marks(ax)] == list(range(5))
    level = [line.get_xdata() for line in ax.lines if len(set(line.get_ydata())) == 1]
    intervals = np.array([ends for ends in level if len(ends) == 2])
    assert intervals == pytest.approx(100 * stages[["low", "high"]].to_numpy())


def test_waves_stand_at_their_time_and_share_without_the_interval_of_a_change() -> None:
    changes = frames("shipped")["changes"]
    ax = draw_waves(changes)
    lines = {tuple(np.round(line.get_ydata(), 6)) for line in ax.lines}
    assert lines == {(round(100 * 73 / 175, 6), 62), (37, 54), (5, 8)}  # 73 of 175, as in the interval
    times = [time_of("2020-autumn"), time_of("2021-autumn")]
    assert list(ax.lines[0].get_xdata()) == times == [2020.75, 2021.75]
    assert "all respondents" in ax.get_xlabel().replace("\n", " ")


def test_what_is_clear_is_in_colour_and_what_is_open_is_hollow() -> None:
    ax = draw_differences(frames("shipped")["differences"])
    colours = [to_hex(line.get_color()) for line in ax.lines if len(line.get_xdata()) == 1]
    accent, faint = THEMES["light"].accent, THEMES["light"].faint
    assert colours == [faint, faint, accent, faint, faint]
    assert [name.get_fontweight() for name in ax.get_yticklabels()] == [400, 400, 600, 400, 400]
    frame = frames("shipped")["differences"].copy()
    frame["verdict"] = ["open", *frame["verdict"][1:]]
    hollow = next(line for line in draw_differences(frame).lines if len(line.get_xdata()) == 1)
    assert to_hex(hollow.get_markerfacecolor()) == THEMES["light"].ground


def test_the_row_of_the_title_is_set_off_and_another_where_it_is_asked_for() -> None:
    assert [bar.get_width() for bar in outlined(draw_stages(survey()))] == [28, 10]
    assert [bar.get_width() for bar in outlined(draw_stages(survey(), highlight=["planned", "all"]))] == [20]
    assert outlined(draw_stages(survey(), highlight=())) == []


def outlined(ax: Axes) -> list:
    return [bar for container in ax.containers if container.get_label() == "_highlight" for bar in container]


def test_a_zero_has_no_figure_and_what_was_not_published_says_so() -> None:
    rows = survey().copy()
    rows.loc[(rows["group"] == "general") & (rows["stage"] == "versatile"), "percent"] = 0
    assert words_of(draw_stages(rows).figure).count("0") == 0
    second = shipped_survey().rows()
    assert "not published" in words_of(draw_stages(second, wave="2021-autumn").figure)


def test_ticks_and_figures_follow_set_xlim_and_leave_with_their_marks() -> None:
    ax = draw_differences(frames("shipped")["differences"])
    ax.set_xlim(0, 60)
    ax.figure.canvas.draw()
    shown = [tick for tick in ax.xaxis._update_ticks() if tick.label1.get_visible()]
    values = [f"{tick.get_loc():+.0f}".replace("+0", "0") for tick in shown]
    assert [tick.label1.get_text() for tick in shown] == values
    stages = draw_stages(survey())
    stages.set_xlim(50, 100)
    seen = words_of(stages.figure)
    assert "28" in seen
    assert seen.count("19") == 0  # its segment is out of view


def test_rows_keep_their_names_and_figures_when_the_axis_is_turned() -> None:
    ax = draw_differences(frames("shipped")["differences"])
    before = places(ax)
    ax.invert_yaxis()
    after = places(ax)
    assert list(before) == list(after)[::-1]
    assert all(abs(name - figure) < 6 for name, figure in (*before.values(), *after.values()))


@pytest.mark.parametrize("turn", [Axes.invert_yaxis, Axes.invert_xaxis])
def test_words_keep_to_their_side_when_an_axis_is_turned(turn) -> None:
    for draw in (draw_stages, draw_diverging):
        ax = draw(survey())
        turn(ax)
        assert faults(ax.figure) == []
        beneath = next(text.get_window_extent() for text in ax.texts if text.get_text() == "2")
        assert not any(overlaps(bar.get_window_extent(), beneath) for bar in ax.patches)
    sides = {
        text.get_text(): text.get_window_extent().x0 for text in ax.texts if "further" in text.get_text()
    }
    arrow = "←" if turn is Axes.invert_xaxis else "→"
    assert all(name.endswith(arrow) for name in sides)
    zero = ax.transData.transform((0, 0))[0]
    assert all((x < zero) == (arrow == "←") for x in sides.values())


def test_figures_are_pickled_with_their_words() -> None:
    for name, draw in (("survey", draw_stages), ("differences", draw_differences), ("changes", draw_waves)):
        figure = draw(frames("shipped")[name]).figure
        copied = pickle.loads(pickle.dumps(figure))
        assert words_of(copied) == words_of(figure)
        assert copied.alt_text == figure.alt_text


def places(ax: Axes) -> dict[str, tuple[float, float]]:
    """Each row's name from the top, with the heights of the name and of its figure in pixels."""
    ax.figure.canvas.draw()
    rows = zip(ax.yaxis.get_major_ticks(), ax.yaxis.get_minor_ticks(), strict=True)
    middles = {}
    for major, minor in rows:
        extents = [label.get_window_extent() for label in (major.label1, minor.label2)]
        middles[major.label1.get_text()] = tuple((extent.y0 + extent.y1) / 2 for extent in extents)
    return dict(sorted(middles.items(), key=lambda row: -row[1][0]))


def test_a_title_that_is_set_takes_the_place_of_the_finding() -> None:
    ax = draw_stages(survey())
    finding = ax.get_title()
    ax.set_title("Mine")
    ax.figure.canvas.draw()
    assert "Mine" in words_of(ax.figure)
    assert finding not in words_of(ax.figure)
    top = ax.xaxis.label.get_window_extent().y1
    assert ax.title.get_window_extent().y0 >= top - 1


def test_on_given_axes_only_the_chart_is_drawn_unless_a_title_is_asked_for() -> None:
    figure, (left, right) = plt.subplots(1, 2, figsize=(12, 4))
    assert draw_stages(survey(), ax=left) is left
    draw_stages(survey(), ax=right, title=True)
    assert left.get_title() == ""
    assert right.get_title().startswith("The largest gap is at")
    assert figure._supxlabel is None


def test_several_axes_are_refused_where_one_is_drawn_in() -> None:
    figure, several = plt.subplots(1, 2)
    for given in (several, figure):
        with pytest.raises(RequestError, match="give one Axes"):
            draw_stages(survey(), ax=given)


def test_palettes_are_names_lists_and_mappings() -> None:
    first = to_hex(bars(draw_stages(survey(), palette="viridis"))[0][0].get_facecolor())
    assert first == to_hex(sns.color_palette("viridis", 5)[0])
    ax = draw_stages(survey(), palette={"piloting": "#ff0000"})
    assert to_hex(bars(ax)[2][0].get_facecolor()) == "#ff0000"
    lines = draw_shares(frames("shipped")["shares"], palette=["#123456", "#654321"]).lines
    assert {"#123456", "#654321"} <= {to_hex(line.get_color()) for line in lines}


def test_an_order_that_names_what_is_not_there_is_refused() -> None:
    with pytest.raises(RequestError, match=r"order is 'vocationl'.*did you mean 'vocational'"):
        draw_stages(survey(), order=["vocationl"])


@pytest.mark.parametrize("draw", [draw_stages, draw_shares, draw_cumulative, draw_differences, draw_waves])
def test_a_frame_of_another_kind_is_refused_in_words(draw) -> None:
    with pytest.raises(RequestError, match="this chart is drawn from"):
        draw(pd.DataFrame({"x": [1]}).pipe(with_codebook))


def with_codebook(frame: pd.DataFrame) -> pd.DataFrame:
    frame.attrs["codebook"] = survey().attrs["codebook"]
    return frame


def test_more_than_three_groups_are_a_heat_table_of_their_shares() -> None:
    shares = frames("large")["shares"]
    ax = draw_shares(shares)
    stages = shares[(shares["measure"] == "stage")]
    assert list(ax.collections[0].get_array().ravel()) == pytest.approx(list(100 * stages["estimate"]))


def test_a_style_gives_size_and_ground_and_ends() -> None:
    before = dict(mpl.rcParams)
    with chart_style("half", theme="dark"):
        figure = draw_stages(survey()).figure
        assert to_hex(plt.subplots()[0].get_facecolor()) == THEMES["dark"].ground
    assert tuple(figure.get_size_inches()) == (6.4, 6.25)
    assert dict(mpl.rcParams) == before


def test_what_the_user_has_set_in_matplotlib_changes_nothing() -> None:
    plain = draw_stages(survey())
    odd_settings = {"font.family": "serif", "axes.facecolor": "red", "text.usetex": True, "font.size": 40}
    with mpl.rc_context(odd_settings):
        odd = draw_stages(survey())
    assert to_hex(odd.get_facecolor()) == "#ffffff"
    assert words_of(odd.figure) == words_of(plain.figure)
    assert odd.title.get_fontname() == "Source Sans Pro"


def test_a_notebook_keeps_the_words_beside_the_picture() -> None:
    figure = draw_stages(survey()).figure
    data, metadata = figure._repr_mimebundle_()
    assert data["text/plain"].startswith("Stacked bar chart. The largest gap is at")
    assert metadata["image/png"]["alt"] == data["text/plain"] == figure.alt_text


def test_code_and_settings_of_the_working_folder_are_not_run(tmp_path: Path) -> None:
    (tmp_path / "matplotlibrc").write_text("text.usetex: True\nfigure.facecolor: red\nfont.size: 90\n")
    script = (
        "from analysis import draw_stages, load_survey; "
        "print(draw_stages(load_survey()).figure.get_facecolor())"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout == "(1.0, 1.0, 1.0, 1.0)\n"
