"""The pairs of n that could have printed a wave, as dots on a plane."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.codebook import Codebook, codebook_of
from analysis.errors import RequestError
from analysis.old.charts.drawing.canvas import Canvas, Head, new_axes
from analysis.old.charts.drawing.placing import round_ticks
from analysis.old.words.wording import format_count, join_words, say, source_line, wave_label

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

DOT = 5.0  # places across


def draw_sizes(sizes: pd.DataFrame, *, lang: str = "en", ax: Axes | None = None) -> Axes:
    """Every pair of n that fits, the first group across and the second up.

    Parameters
    ----------
    sizes : DataFrame
        From ``consistent_sizes``, of a wave with two groups.
    lang : str
        fi, sv or en.
    ax : Axes, optional
        Where to draw; left out, new Axes (square, light).

    Returns
    -------
    Axes
        One dot per pair; the artists are at their n in data coordinates of the inner Axes.

    Raises
    ------
    RequestError
        The wave has not two groups.
    """
    across, up = _groups(sizes)
    codebook, most = codebook_of(sizes), int(sizes.attrs["max_n"])
    canvas = Canvas(ax or new_axes(size="square"))
    label = canvas.style("small", colour="muted")
    subtitle = say(
        "sizes.subtitle",
        lang,
        max_n=format_count(most, lang),
        wave=wave_label(sizes.attrs["wave"], lang),
    )
    head = Head(headline_sizes(sizes, lang=lang), subtitle, _source(sizes, lang))
    canvas.frame(head, needed=canvas.room * 0.8, least=[0.0])
    top, bottom = canvas.body[0] + 2.2 * label.leading, canvas.body[1] - 3.4 * label.leading
    left = canvas.margin + 2.2 * label.leading
    side = min(bottom - top, canvas.right - left)
    canvas.scale(left, left + side, (0, most))
    for tick in round_ticks(0, most, at_most=6):
        place, figure = canvas.x(tick), format_count(tick, lang)
        height = bottom - tick / most * side
        canvas.line([place, place], [bottom - side, bottom], canvas.theme.rule, 1)
        canvas.line([left, left + side], [height, height], canvas.theme.rule, 1)
        canvas.text(place, bottom + 1.3 * label.leading, figure, label, ha="center")
        canvas.text(left - 0.5 * label.leading, height + label.capital / 2, figure, label, ha="right")
    for first, second in zip(sizes[across], sizes[up], strict=True):
        canvas.mark(canvas.x(first), bottom - second / most * side, "o", DOT, canvas.theme.accent)
    canvas.text(canvas.margin, bottom - side - 0.8 * label.leading, _axis(codebook, up, lang), label)
    across_name = _axis(codebook, across, lang)
    canvas.text(left + side, bottom + 2.6 * label.leading, across_name, label, ha="right")
    return canvas.ax


def headline_sizes(sizes: pd.DataFrame, *, lang: str = "en") -> str:
    """How many pairs of n fit, and the smallest."""
    most = format_count(int(sizes.attrs["max_n"]), lang)
    if not len(sizes):
        return say("sizes.headline_none", lang, max_n=most)
    smallest = join_words([format_count(sizes[group].iloc[0], lang) for group in _groups(sizes)], lang)
    return say("sizes.headline", lang, count=format_count(len(sizes), lang), smallest=smallest)


def describe_sizes(sizes: pd.DataFrame, *, lang: str = "en") -> str:
    """The alt text of the chart: what it is, its finding, its axes."""
    codebook = codebook_of(sizes)
    across, up = (_axis(codebook, group, lang) for group in _groups(sizes))
    return say(
        "sizes.described",
        lang,
        headline=headline_sizes(sizes, lang=lang),
        across=across,
        up=up,
        max_n=format_count(int(sizes.attrs["max_n"]), lang),
    )


def _groups(sizes: pd.DataFrame) -> tuple[str, str]:
    groups = [str(column) for column in sizes.columns if column not in {"n", "n_tables"}]
    if len(groups) != 2:
        raise RequestError(f"a chart of pairs of n needs two groups; the wave has {len(groups)}")
    return groups[0], groups[1]


def _axis(codebook: Codebook, group: str, lang: str) -> str:
    return say("sizes.axis", lang, group=codebook.word("group", group, lang))


def _source(sizes: pd.DataFrame, lang: str) -> str:
    frame = sizes.assign(wave=sizes.attrs["wave"], group="", n=float("nan"))
    frame.attrs = dict(sizes.attrs)
    return source_line(frame, lang=lang)
