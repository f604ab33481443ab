"""What a chart is: what it finds in a frame and says of it, its numbers, its form for slides, its drawing."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from analysis.charts.panel import Panel, open_panel
from analysis.codebook import codebook_of
from analysis.errors import RequestError, unknown_code
from analysis.words.language import only_rounding, voice_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from analysis.style import Look
    from analysis.words.figures import Estimate
    from analysis.words.language import Voice


class NativeSeries(NamedTuple):
    """One series of an office program's chart: a value for each category; ``None`` where there is none.

    ``errors`` are the lengths of the error bars below and above each value, in the unit of the values;
    ``labels`` stand in the place of the formatted values; ``colours`` are of single points.
    """

    name: str
    values: list[float | None]
    colour: str
    errors: tuple[list[float], list[float]] | None = None
    labels: list[str] | None = None
    colours: list[str] | None = None


class NativeChart(NamedTuple):
    """What a slide needs to draw a chart by itself; shares and differences are between −1 and 1."""

    kind: Literal["stacked", "bars", "dots", "lines"]
    categories: list[str]
    series: list[NativeSeries]
    number_format: str
    legend: bool


class Options(NamedTuple):
    """What a caller may change: colours, which rows in what order, what is set off."""

    palette: Any = None
    order: Sequence[str] | None = None
    highlight: str | Sequence[str] | None = None

    def ordered(self, items: Sequence[Any], code_of: Callable[[Any], str] = str) -> list[Any]:
        """The items in the order asked for, and only those; all in their own order where none is asked for.

        Raises
        ------
        RequestError
            The order names what is not there.
        """
        if self.order is None:
            return list(items)
        known = {code_of(item): item for item in items}
        for code in self.order:
            if code not in known:
                raise RequestError(unknown_code("order", str(code), list(known)))
        return [known[code] for code in self.order]

    def chosen(self, finding: Sequence[str]) -> frozenset[str]:
        """The codes to set off: those asked for, else those of the finding."""
        if self.highlight is None:
            return frozenset(finding)
        return frozenset([self.highlight] if isinstance(self.highlight, str) else self.highlight)

    def colours(self, codes: Sequence[str], plain: Sequence[str]) -> list[str]:
        """A colour for each code: of a mapping, a seaborn palette or a list, else the plain ones."""
        import seaborn as sns
        from matplotlib.colors import to_hex

        palette = self.palette
        if isinstance(palette, Mapping):
            palette = [palette.get(code, colour) for code, colour in zip(codes, plain, strict=True)]
        return list(map(to_hex, sns.color_palette(plain if palette is None else palette, len(codes))))


PLAIN = Options()


def require_columns(frame: pd.DataFrame, names: Sequence[str], source: str) -> None:
    """Nothing, where a frame has these columns.

    Raises
    ------
    RequestError
        It lacks some; the message says from what the chart is drawn.
    """
    if missing := [name for name in names if name not in frame]:
        raise RequestError(f"this chart is drawn from {source}; the frame has no column {', '.join(missing)}")


class Reading:
    """What a chart finds in a frame and says of it in a voice; a kind of chart is a class of readings.

    Made from a frame that does not have what the chart shows, it raises ``RequestError``.
    """

    form = ""  # which alt text …
    native_form = ""  # … that of its native chart, where it is another …
    under = ""  # … and subtitle among the words of charts

    needed: tuple[str, ...] = ()  # columns of its frame …
    drawn_from = ""  # … and what gives such a frame

    n: Mapping[str, float]  # how many answers each group gave

    def __init__(self, frame: pd.DataFrame, voice: Voice) -> None:
        require_columns(frame, self.needed, self.drawn_from)
        self.frame, self.voice, self.codebook = frame, voice, voice.codebook
        waves = frame["wave"].iloc[:1] if "wave" in frame else [frame.attrs.get("wave", "")]
        self.waves = list(map(str, waves))
        self.only_rounding = only_rounding(frame)

    def title(self) -> str:
        """The finding."""
        raise NotImplementedError

    def unit(self) -> str:
        """What is measured."""
        return self.voice.say("charts.unit_stage")

    def rows(self) -> list[str]:
        """Every figure that is drawn, for the alt text."""
        raise NotImplementedError

    def columns(self) -> dict[str, Any]:
        """The columns of its numbers by their heads."""
        raise NotImplementedError

    def numbers(self) -> pd.DataFrame:
        """The table beside the chart: labelled, in per cent or points, of at most eight columns."""
        import pandas as pd

        return pd.DataFrame(self.columns())

    def native(self) -> NativeChart | None:
        """The chart as an office program draws it; nothing where a slide has the picture."""
        return None

    def draw(self, panel: Panel, options: Options) -> None:
        """The chart on a panel."""
        raise NotImplementedError

    def alt(self, *, native: bool = False) -> str:
        """The kind of chart, drawn here or ``native``, its finding, what is measured, then every figure."""
        form = (native and self.native_form) or self.form
        rows = " ".join([*self.rows(), *self.voice.marks(self.waves)])
        said = self._measured("tables_plain")
        return self.voice.say(f"charts.alt_{form}", title=self.title(), rows=rows, **said)

    def subtitle(self) -> str:
        """What is measured, of whom and when."""
        return self.voice.say(f"charts.subtitle_{self.under}", **self._measured("tables"))

    def _measured(self, tables: str) -> dict[str, str]:
        """The words for what is measured; ``tables`` are those for lines where the tables that fit differ."""
        voice, lines = self.voice, ""
        if "estimate_low" in self.frame:
            differ = (self.frame["estimate_high"] - self.frame["estimate_low"]).abs().max() > 1e-9
            key = "rounding" if self.only_rounding else tables if differ else "interval"
            lines = voice.say(f"charts.lines_{key}", level=self.level)
        said = {"topic": voice.text("topic"), "unit": self.unit(), "wave": voice.wave(self.waves[0])}
        return said | {"cut": voice.quoted(voice.stage(self.codebook.cut)), "lines": lines}

    # words that kinds share

    @property
    def level(self) -> str:
        """The confidence level as an attribute of the interval."""
        return self.voice.of_level(self.frame.attrs.get("level", 0.95))

    @staticmethod
    def error_bars(estimates: Sequence[Estimate | None]) -> tuple[list[float], list[float]]:
        """Shares below and above each middle that the interval reaches; nothing where there is none."""
        known = [None if one is None or math.isnan(one.low) else one for one in estimates]
        below = [(one.middle - one.low) / 100 if one else 0.0 for one in known]
        return below, [(one.high - one.middle) / 100 if one else 0.0 for one in known]

    def head(self, column: str, **values: str) -> str:
        """The head of a column of numbers."""
        return self.voice.say(f"tables.{column}", **values)

    def row(self, name: str, cells: Mapping[str, str], *further: str) -> str:
        """A sentence of an alt text: a name, what was found in each cell, and what else there is."""
        said = [self.voice.say("charts.cell", name=cell, value=value) for cell, value in cells.items()]
        return self.voice.say("charts.row", name=name, cells=", ".join([*said, *further]))

    def group(self, group: str) -> str:
        """A group with its base, where it is known."""
        name, n = self.voice.group(group), self.n.get(group, math.nan)
        return name if math.isnan(n) else self.voice.say("charts.with_n", group=name, n=self.voice.size(n))

    def listed(self, shares: Mapping[str, float], words: Mapping[str, str]) -> str:
        """Groups with the words for their shares; of more than three only the lowest and the highest."""
        voice = self.voice
        if len(shares) == 1:
            return next(iter(words.values()))
        said = {group: (words[group], voice.within(group)) for group in shares}
        if len(shares) <= 3:
            there = [voice.say("phrases.share_there", percent=p, where=where) for p, where in said.values()]
            return voice.listed(there)
        least, *_, most = sorted(shares, key=lambda group: shares[group])
        (low, where_low), (high, where_high) = said[least], said[most]
        ends = {"low": low, "high": high, "where_low": where_low, "where_high": where_high}
        return voice.say("phrases.span_there", **ends)


class Chart(NamedTuple):
    """One kind of chart: its name, its frame among those of ``gather_frames``, and what it reads in that."""

    name: str
    frame: str
    read: type[Reading]

    def bears(self, frames: Mapping[str, pd.DataFrame]) -> bool:
        """Whether these frames of a survey have what the chart shows."""
        frame = frames.get(self.frame)
        if frame is None:
            return False
        try:
            self.read(frame, voice_of(frame, codebook_of(frame).languages[0]))
        except RequestError:
            return False
        return True


def draw_chart(
    chart: Chart,
    frame: pd.DataFrame,
    voice: Voice,
    ax: Axes | None = None,
    options: Options = PLAIN,
    *,
    title: bool | str | None = None,
    look: Look | None = None,
    pyplot: bool = True,
) -> Axes:
    """A chart on Axes, or on a figure of its own: of pyplot, or apart from it in a look."""
    reading = chart.read(frame, voice)
    named = title if isinstance(title, bool) else title is not None or ax is None
    with open_panel(ax, pyplot=pyplot, look=look) as panel:
        panel.title = (title if isinstance(title, str) else reading.title()) if named else ""
        panel.subtitle = reading.subtitle()
        if ax is None:
            panel.source = voice.source_line(frame)
            vars(panel.figure).update(finding=panel.title, alt_text=reading.alt(), lang=voice.lang)
        reading.draw(panel, options)
    return panel.ax
