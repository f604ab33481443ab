"""What a notebook's cells show: a chart with its alt text, a paragraph, the published table.

A notebook narrates any survey without an edit, so what a survey cannot bear is said in its place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from analysis.codebook import codebook_of
from analysis.errors import MaturityError
from analysis.old.charts.drawing.pairs import describe_sizes, draw_sizes
from analysis.old.charts.drawing.vision import simulate_drawing
from analysis.old.charts.files import ShownChart, save_chart, show_chart
from analysis.old.charts.gallery import CHARTS, bears_chart, new_axes
from analysis.old.counts.reasons import explain_rounding
from analysis.old.counts.sizes import consistent_sizes
from analysis.old.report.exports import print_cell, widen_survey
from analysis.old.words.explanations import describe_explanations
from analysis.old.words.wording import source_line

if TYPE_CHECKING:
    import pandas as pd

    from analysis.codebook import Codebook

NOT_BORNE = "This survey cannot bear this part: it needs {needed}."
NEEDED = {
    "shares": "the counts behind the percentages, given or recovered",
    "differences": "a wave with two groups",
    "effects": "a wave with two groups and the counts behind the percentages",
    "diverging": "every stage on one side of the cut, in each group",
    "changes": "two waves that share a group and a stage",
    "tables": "an n for each group and percentages that some counts can have",
}


class ShownText:
    """Paragraphs as a notebook shows them, each in its language; markup stays the characters that it is."""

    def __init__(self, paragraphs: Sequence[str], *langs: str) -> None:
        self.paragraphs = list(paragraphs)
        self.langs = langs or ("en",) * len(self.paragraphs)

    def __repr__(self) -> str:
        return "\n\n".join(self.paragraphs)

    def _repr_html_(self) -> str:
        marked = zip(self.langs, self.paragraphs, strict=True)
        return "\n".join(f'<p lang="{escape(lang)}">{escape(paragraph)}</p>' for lang, paragraph in marked)


def show_figure(
    frames: Mapping[str, pd.DataFrame],
    name: str,
    *,
    lang: str = "en",
    size: str = "wide",
    theme: str = "light",
    eye: str | None = None,
) -> ShownChart | ShownText:
    """The chart of that name with its alt text, from the frames of ``gather_frames``.

    Parameters
    ----------
    frames : mapping of str to DataFrame
        The frames of a survey.
    name : str
        A name in ``charts.CHARTS``: ``stages``, ``cumulative``, ``differences``, ``shares``, ``waves`` or
        ``diverging``.
    lang : {"fi", "sv", "en"}
        Language of the chart.
    size : {"wide", "half", "square", "phone"}
        Shape of the chart, each with type sizes of its own.
    theme : {"light", "dark"}
        Ground and colours.
    eye : {"protanopia", "deuteranopia", "tritanopia", "grey"}, optional
        Show the colours as this eye, or a grey printer, would.

    Returns
    -------
    ShownChart or ShownText
        The chart; where the survey has no frame for it, the sentence that says what it would need.
    """
    chart = CHARTS[name]
    if not bears_chart(frames, name):
        return _not_borne(name if chart.key in frames else chart.key)
    frame = frames[chart.key]
    ax = chart.draw(frame, lang=lang, ax=new_axes(size=size, theme=theme))
    shown = show_chart(ax, alt=chart.describe(frame, lang=lang), lang=lang)
    return shown if eye is None else ShownChart(simulate_drawing(shown.svg, eye), shown.alt)


def save_figure(
    frames: Mapping[str, pd.DataFrame],
    name: str,
    folder: str,
    *,
    lang: str = "en",
    size: str = "wide",
    theme: str = "light",
) -> ShownText:
    """The names of the files that the chart was saved to: SVG, PNG and PDF, in a folder made for it.

    Where the survey has no frame for it, the sentence that says what it would need.
    """
    chart = CHARTS[name]
    if not bears_chart(frames, name):
        return _not_borne(name if chart.key in frames else chart.key)
    frame = frames[chart.key]
    ax = chart.draw(frame, lang=lang, ax=new_axes(size=size, theme=theme))
    stem = f"{folder}/{name}-{lang}-{size}-{theme}"
    files = save_chart(ax, stem, alt=chart.describe(frame, lang=lang), lang=lang)
    return ShownText([file.as_posix() for file in files])


def _not_borne(name: str) -> ShownText:
    """The sentence that says what the frame or the chart of this name would need."""
    return ShownText([NOT_BORNE.format(needed=NEEDED.get(name, "published percentages"))])


def show_frame(frame: pd.DataFrame | None, *columns: str) -> pd.DataFrame | ShownText:
    """Some columns of a frame, to four decimals; the sentence what is missing where there is no frame."""
    if frame is None:
        return _not_borne("effects")
    shown = frame[[column for column in columns if column in frame]].round(4)
    return shown.map(print_cell).set_index(str(shown.columns[0]))


def show_result(
    call: Callable[..., pd.DataFrame], *arguments: Any, **options: Any
) -> pd.DataFrame | ShownText:
    """The frame that a function returns; where the survey cannot bear it, the reason that it gives."""
    try:
        return call(*arguments, **options)
    except MaturityError as error:
        return ShownText([str(error)])


def show_explanations(survey: pd.DataFrame, wave: str, *, lang: str = "en") -> ShownText:
    """For each published figure, the count behind it and how it was rounded; or why none can be told."""
    try:
        told = describe_explanations(explain_rounding(survey, wave), lang=lang).splitlines()
        return ShownText(told, *[lang] * len(told))
    except MaturityError as error:
        return ShownText([str(error)])


def show_sizes(survey: pd.DataFrame, wave: str, *, max_n: int, lang: str = "en") -> ShownChart | ShownText:
    """The chart of the pairs of n up to a bound that could have printed a wave of two groups."""
    try:
        sizes = consistent_sizes(survey, wave, max_n=max_n)
        return show_chart(draw_sizes(sizes, lang=lang), alt=describe_sizes(sizes, lang=lang), lang=lang)
    except MaturityError as error:
        return ShownText([str(error)])


def show_text(*paragraphs: str) -> ShownText:
    """Paragraphs of text."""
    return ShownText(paragraphs)


def show_told(tell: Callable[..., str], frame: pd.DataFrame | None, *, lang: str = "en") -> ShownText:
    """What a ``describe_`` or ``conclude_`` function says of a frame, or that the survey has none."""
    return _not_borne("effects") if frame is None else ShownText([tell(frame, lang=lang)], lang)


def show_question(survey: pd.DataFrame, *, lang: str = "en") -> ShownText:
    """The question as it was asked and in one language, and who answered, wave by wave."""
    codebook = codebook_of(survey)
    asked = codebook.survey.get("officialLanguage", lang)
    told = {codebook.text("question", language): language for language in (asked, lang)}
    waves = [survey[survey["wave"] == wave] for wave in survey["wave"].unique()]
    told |= {source_line(wave, lang=lang): lang for wave in waves}
    return ShownText(list(told), *told.values())


def show_table(survey: pd.DataFrame, *, lang: str = "en") -> pd.DataFrame:
    """The published percentages, a row for each wave and stage, with n and source."""
    wide = widen_survey(survey, lang=lang).map(print_cell)
    return wide.set_index(list(wide.columns[:2]))


def show_background(codebook: Codebook, *, lang: str = "en") -> ShownText:
    """What the publisher told beside the figures, a paragraph for each heading."""
    themes = codebook.survey.get("background", [])
    told = [
        f"{theme['title'][lang]}: {'; '.join(item[lang] for item in theme['items'])}." for theme in themes
    ]
    if not told:
        return ShownText([NOT_BORNE.format(needed="a background in its codebook")])
    return ShownText(told, *[lang] * len(told))
