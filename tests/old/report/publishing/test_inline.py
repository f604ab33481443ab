"""A drawing inside a page has no styles, scripts, addresses or shared identifiers, and follows the theme."""

from __future__ import annotations

import io

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure

from analysis.old.report.publishing.inline import inline_drawing

HOSTILE = b"""<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"
 viewBox="0 0 9 9"
 onload="alert(1)"><title>A &lt;b&gt; $x$</title><desc>All</desc><script>alert(2)</script><style>*{}</style>
<foreignObject><p>x</p></foreignObject><a xlink:href="javascript:alert(3)"><text>x</text></a>
<use xlink:href="https://example.org/x.svg#a"/><image href="data:image/png;base64,AA"/>
<text x="1" y="2" onclick="alert(4)" style="fill: #111111; font: 1px x">=1+1 &lt;script&gt;</text></svg>"""


def draw(ink: str, text: str = "19") -> bytes:
    """An SVG as matplotlib writes it, with text as text and marks that are defined once."""
    content = io.BytesIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "a"}):
        figure = Figure(figsize=(2, 1))
        axes = figure.subplots()
        axes.plot([1, 2], [1, 2], "o", color=ink)
        axes.text(1, 1, text, color=ink)
        figure.savefig(content, format="svg", metadata={"Date": None})
    return content.getvalue()


def test_what_could_run_or_load_is_left_out() -> None:
    markup = inline_drawing(HOSTILE, prefix="a").markup
    for word in (
        "script>",
        "onload",
        "onclick",
        "javascript",
        "https",
        "data:",
        "style",
        "foreignObject",
        "<a ",
    ):
        assert word not in markup


def test_text_stays_the_text_that_it_was() -> None:
    markup = inline_drawing(HOSTILE, prefix="a").markup
    assert "=1+1 &lt;script&gt;</text>" in markup
    assert '<title id="a-title">A &lt;b&gt; $x$</title>' in markup


def test_title_and_description_name_the_drawing() -> None:
    markup = inline_drawing(HOSTILE, prefix="a", css="wide").markup
    assert 'role="img"' in markup
    assert 'aria-labelledby="a-title a-desc"' in markup
    assert 'class="wide"' in markup


def test_two_drawings_on_a_page_share_no_identifier() -> None:
    drawings = [inline_drawing(draw("#111111"), prefix=prefix).markup for prefix in ("one", "two")]
    identifiers = [{part.split('"')[0] for part in markup.split('id="')[1:]} for markup in drawings]
    assert identifiers[0]
    assert identifiers[0] & identifiers[1] == set()
    assert 'href="#one-' in drawings[0]
    assert "url(#one-" in drawings[0]


def test_the_dark_theme_recolours_the_same_drawing() -> None:
    found = inline_drawing(draw("#111111"), prefix="a", dark=draw("#eeeeee"))
    assert ".fill-eeeeee{fill:#eeeeee}" in found.dark
    assert 'fill="#111111"' in found.markup
    assert 'class="fill-eeeeee"' in found.markup
    assert found.markup.count(">19</text>") == 1


def test_a_drawing_of_one_theme_has_no_rules() -> None:
    assert inline_drawing(draw("#111111"), prefix="a").dark == frozenset()


def test_a_dark_drawing_with_other_text_is_refused() -> None:
    with pytest.raises(ValueError, match="the dark drawing has text '20' for text '19'"):
        inline_drawing(draw("#111111"), prefix="a", dark=draw("#eeeeee", "20"))
