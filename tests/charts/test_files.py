"""Charts as files: the same bytes each time, title and alt text inside, identifiers of their own."""

from __future__ import annotations

import io
import re
from pathlib import Path
from xml.etree.ElementTree import fromstring

import matplotlib.pyplot as plt
import pytest
from drawn import frames
from PIL import Image
from pypdf import PdfReader

from analysis.charts.gallery import CHARTS, chart_files, save_chart
from analysis.charts.stages import draw_stages
from analysis.errors import RequestError
from analysis.words.language import voice_of

SVG = "{http://www.w3.org/2000/svg}"
FORMATS = ("svg", "png", "pdf")


def words(name: str, lang: str) -> tuple[str, str]:
    """Title and alt text of a chart of the shipped survey."""
    frame = frames("shipped")[CHARTS[name].frame]
    voice = voice_of(frame, lang)
    return CHARTS[name].read(frame, voice).title(), CHARTS[name].read(frame, voice).alt()


@pytest.mark.parametrize("name", ["stages", "waves"])
def test_a_chart_has_the_same_bytes_each_time(name: str) -> None:
    first, again = (chart_files(name, frames("shipped"), FORMATS) for _ in range(2))
    assert first == again


def test_an_svg_is_text_named_by_its_title_and_alt_text() -> None:
    root = fromstring(chart_files("differences", frames("shipped"), ("svg",), lang="fi")["svg"])
    title, alt = words("differences", "fi")
    assert [(root[0].tag, root[0].text), (root[1].tag, root[1].text)] == [
        (f"{SVG}title", title),
        (f"{SVG}desc", alt),
    ]
    assert (root.get("role"), root.get("lang")) == ("img", "fi")
    assert root.get("aria-labelledby") == f"{root[0].get('id')} {root[1].get('id')}"
    texts = ["".join(text.itertext()) for text in root.iter(f"{SVG}text")]
    assert {"Suunniteltu", "+18 (+2…+34)"} <= set(texts)
    assert root.get("font-family") == '"Source Sans Pro", "Source Sans 3", Arial, sans-serif'
    assert not list(root.iter(f"{SVG}style"))


def test_two_drawings_on_a_page_share_no_identifier() -> None:
    drawings = [
        chart_files(name, frames("shipped"), ("svg",), size=size)["svg"].decode()
        for name, size in (("stages", "wide"), ("stages", "phone"), ("shares", "wide"))
    ]
    names = [set(re.findall(r'\bid="([^"]+)"', drawing)) for drawing in drawings]
    assert not names[0] & names[1] | names[0] & names[2] | names[1] & names[2]
    for drawing, known in zip(drawings, names, strict=True):
        assert set(re.findall(r"(?:url\(#|href=\"#)([^)\"]+)", drawing)) <= known


def test_png_and_pdf_hold_title_and_alt_text_and_no_date() -> None:
    files = chart_files("stages", frames("shipped"), ("png", "pdf"), lang="sv", size="phone")
    title, alt = words("stages", "sv")
    with Image.open(io.BytesIO(files["png"])) as picture:
        assert (picture.text["Title"], picture.text["Description"]) == (title, alt)
        assert picture.width == 1080
    facts = PdfReader(io.BytesIO(files["pdf"])).metadata
    assert (facts.title, facts.subject, facts.creation_date) == (title, alt, None)


def test_a_chart_of_the_user_is_saved_with_its_words(tmp_path: Path) -> None:
    ax = draw_stages(frames("shipped")["survey"])
    path = save_chart(ax, tmp_path / "new" / "chart.svg")
    assert fromstring(path.read_text(encoding="utf-8"))[1].text == words("stages", "en")[1]
    ax.set_title("Mine")
    save_chart(ax, path, alt="Said by me.")
    assert [part.text for part in fromstring(path.read_text(encoding="utf-8"))[:2]] == ["Mine", "Said by me."]
    finnish = save_chart(draw_stages(frames("shipped")["survey"], lang="fi"), tmp_path / "kuvio.svg")
    assert fromstring(finnish.read_text(encoding="utf-8")).get("lang") == "fi"
    (tmp_path / "mine.png").write_bytes(b"mine")
    with pytest.raises(RequestError):
        save_chart(ax, tmp_path / "mine.png")
    with pytest.raises(RequestError, match="format is 'jpg'; use one of svg, png, pdf"):
        save_chart(ax, tmp_path / "chart.jpg")
    plt.close("all")


@pytest.mark.parametrize(
    "ask", [("pie", "light", "wide"), ("stages", "dim", "wide"), ("stages", "light", "huge")]
)
def test_what_is_not_there_is_refused_by_name(ask: tuple[str, str, str]) -> None:
    name, theme, size = ask
    with pytest.raises(RequestError, match=r"is '(pie|dim|huge)'; use one of"):
        chart_files(name, frames("shipped"), ("svg",), size=size, theme=theme)
