"""Saved charts: the same bytes each time, words inside, nothing in them that acts."""

from __future__ import annotations

import re
import shutil
from itertools import combinations
from pathlib import Path
from xml.etree.ElementTree import Element, fromstring

import matplotlib as mpl
import pandas as pd
import pytest
from PIL import Image
from pypdf import PdfReader
from surveys import known_frames, make_codebook, shipped_survey

from analysis.errors import RequestError, StorageError
from analysis.old.charts.files import save_chart, show_chart, write_file
from analysis.old.charts.gallery import CHARTS, draw_stages, new_axes

SVG = "{http://www.w3.org/2000/svg}"
XLINK = "{http://www.w3.org/1999/xlink}href"
HOSTILE = '</text><script>alert(1)</script> onload="x" ]]> javascript:alert(1)'


SHIPPED = known_frames("shipped")


def frame_of(name: str) -> pd.DataFrame:
    return SHIPPED[CHARTS[name].key]


def save(folder: Path, name: str = "stages", lang: str = "fi", **options: object) -> dict[str, Path]:
    chart, frame = CHARTS[name], frame_of(name)
    ax = chart.draw(frame, lang=lang)
    paths = save_chart(ax, folder / name, alt=chart.describe(frame, lang=lang), lang=lang, **options)
    return {path.suffix[1:]: path for path in paths}


def root_of(path: Path) -> Element:
    return fromstring(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("name", "formats"), [("stages", ["png", "pdf"]), *((name, ["svg"]) for name in CHARTS)]
)
def test_a_chart_has_the_same_bytes_each_time(tmp_path: Path, name: str, formats: list[str]) -> None:
    first, again = (save(tmp_path / folder, name, formats=formats) for folder in ("a", "b"))
    for form, path in first.items():
        assert path.read_bytes() == again[form].read_bytes(), form


def test_what_a_user_has_set_in_matplotlib_changes_nothing(tmp_path: Path) -> None:
    plain = save(tmp_path / "a")
    with mpl.rc_context(
        {"savefig.bbox": "tight", "font.family": "serif", "svg.fonttype": "path", "figure.dpi": 50}
    ):
        odd = save(tmp_path / "b")
    assert {form: path.read_bytes() for form, path in plain.items()} == {
        form: path.read_bytes() for form, path in odd.items()
    }


def test_an_svg_is_named_by_its_title_and_alt_text(tmp_path: Path) -> None:
    root = root_of(save(tmp_path, formats=["svg"])["svg"])
    title, description = root[0], root[1]
    assert (title.tag, description.tag) == (f"{SVG}title", f"{SVG}desc")
    assert title.text == CHARTS["stages"].headline(frame_of("stages"), lang="fi")
    assert description.text == CHARTS["stages"].describe(frame_of("stages"), lang="fi")
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
    assert root.get("lang") == root.get("{http://www.w3.org/XML/1998/namespace}lang") == "fi"


def test_text_in_an_svg_is_text_in_the_typefaces_of_the_house(tmp_path: Path) -> None:
    root = root_of(save(tmp_path, formats=["svg"])["svg"])
    texts = ["".join(text.itertext()) for text in root.iter(f"{SVG}text")]
    assert {"19", "28", "Ammatilliset"} <= set(texts)
    assert root.get("font-family") == '"Source Sans Pro", "Source Sans 3", Arial, sans-serif'
    assert not any("font-family" in element.get("style", "") for element in root.iter())


def test_two_drawings_on_a_page_share_no_identifier(tmp_path: Path) -> None:
    roots = [root_of(save(tmp_path, name, formats=["svg"])["svg"]) for name in ("stages", "shares")]
    names = [{element.get("id") for element in root.iter() if element.get("id")} for root in roots]
    assert names[0].isdisjoint(names[1])


def test_every_reference_in_an_svg_leads_somewhere_in_it(tmp_path: Path) -> None:
    root = root_of(save(tmp_path, "shares", formats=["svg"])["svg"])
    names = {element.get("id") for element in root.iter()}
    values = [value for element in root.iter() for value in element.attrib.values()]
    targets = [target for value in values for target in re.findall(r"url\(#([^)]+)\)", value)]
    targets += [element.get(XLINK)[1:] for element in root.iter() if element.get(XLINK)]
    assert targets
    assert set(targets) <= names


def test_an_svg_needs_nothing_from_elsewhere(tmp_path: Path) -> None:
    text = save(tmp_path, formats=["svg"])["svg"].read_text(encoding="utf-8")
    assert set(re.findall(r"https?://[^\"' <]+", text)) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }
    assert "<style" not in text
    assert "<!DOCTYPE" not in text


def test_a_png_and_a_pdf_carry_title_and_alt_text(tmp_path: Path) -> None:
    saved = save(tmp_path)
    alt = CHARTS["stages"].describe(frame_of("stages"), lang="fi")
    with Image.open(saved["png"]) as picture:
        assert picture.size == (1920, 1080)
        assert picture.info["Description"] == alt
        assert "Software" not in picture.info
    pdf = PdfReader(saved["pdf"])
    assert pdf.metadata.subject == alt
    assert pdf.metadata.title == CHARTS["stages"].headline(frame_of("stages"), lang="fi")
    assert pdf.metadata.creation_date is None
    assert "Ammatilliset" in pdf.pages[0].extract_text()


@pytest.mark.parametrize(
    ("size", "pixels"), [("half", (1152, 1125)), ("square", (1080, 1080)), ("phone", (1080, None))]
)
def test_a_picture_has_the_pixels_of_its_size(
    tmp_path: Path, size: str, pixels: tuple[int, int | None]
) -> None:
    ax = draw_stages(frame_of("stages"), ax=new_axes(size=size))
    (path,) = save_chart(ax, tmp_path / size, alt="alt", formats=["png"])
    with Image.open(path) as picture:
        assert picture.width == pixels[0]
        assert pixels[1] in {None, picture.height}


def test_hostile_labels_stay_the_signs_they_are(tmp_path: Path) -> None:
    codebook = make_codebook(
        {"s1": HOSTILE, "s2": "two"}, {"g1": "=1+1", "g2": "g"}, waves=["2020-autumn"], total=None
    )
    frame = shipped_survey().rows()
    rows = frame[(frame["wave"] == "2020-autumn") & (frame["group"] != "all")]
    rows = rows[rows["stage"].isin(["not_at_all", "planned"])].astype({"group": str, "stage": str})
    rows = rows.replace(
        {"group": {"vocational": "g1", "general": "g2"}, "stage": {"not_at_all": "s1", "planned": "s2"}}
    )
    rows.attrs["codebook"] = codebook
    chart = CHARTS["stages"]
    (path,) = save_chart(chart.draw(rows), tmp_path / "hostile", alt=chart.describe(rows), formats=["svg"])
    root = root_of(path)
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
        "svg",
        "title",
        "desc",
        "defs",
        "g",
        "path",
        "text",
        "clipPath",
        "rect",
        "use",
    }
    assert not any(name.startswith("on") for element in root.iter() for name in element.attrib)
    drawn = " ".join("".join(text.itertext()) for text in root.iter(f"{SVG}text"))
    assert "</text><script>alert(1)</script>" in drawn
    assert HOSTILE in root[1].text


def test_only_the_formats_asked_for_are_saved(tmp_path: Path) -> None:
    save(tmp_path / "new" / "folder", formats=["pdf"])
    assert [path.name for path in (tmp_path / "new" / "folder").iterdir()] == ["stages.pdf"]


def test_an_unknown_format_or_language_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="format is 'jpg'; use one of svg, png, pdf"):
        save(tmp_path, formats=["jpg"])
    with pytest.raises(RequestError, match="lang is 'de'"):
        save_chart(draw_stages(frame_of("stages")), tmp_path / "x", alt="", lang="de")


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = write_file(tmp_path / "a.txt", "before")

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(StorageError, match=r"a\.txt cannot be written: No space left on device"):
        write_file(target, "after")
    assert target.read_text() == "before"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot be written"):
        write_file(tmp_path / "file" / "a.txt", b"")


def test_a_notebook_shows_the_drawing_and_its_alt_text() -> None:
    frame = frame_of("stages")
    alt = CHARTS["stages"].describe(frame)
    shown, again = (show_chart(draw_stages(frame), alt=alt) for _ in range(2))
    bundle = shown._repr_mimebundle_()
    assert bundle["text/plain"] == repr(shown) == alt
    assert fromstring(bundle["image/svg+xml"])[1].text == alt
    assert bundle == again._repr_mimebundle_()
    other = show_chart(draw_stages(frame), alt="another")._repr_mimebundle_()
    assert set(re.findall(r' id="[^"]+"', other["image/svg+xml"])).isdisjoint(
        re.findall(r' id="[^"]+"', bundle["image/svg+xml"])
    )


CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
MEASURE = """() => {
    const texts = [...document.querySelectorAll('text')].map(text => [text.textContent, text.getBBox()]);
    return [document.documentElement.viewBox.baseVal.width,
            texts.map(([words, box]) => [words, box.x, box.y, box.width, box.height])];
}"""


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here")
@pytest.mark.parametrize("size", ["wide", "phone"])
def test_no_text_is_cut_or_overlaps_where_the_typeface_is_missing(tmp_path: Path, size: str) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        for name in CHARTS:
            ax = CHARTS[name].draw(frame_of(name), ax=new_axes(size=size))
            (path,) = save_chart(ax, tmp_path / name, alt="alt", formats=["svg"])
            page.goto(path.as_uri())
            width, texts = page.evaluate(MEASURE)
            assert [words for words, x, _, wide, _ in texts if x < 0 or x + wide > width] == []
            inks = [(words, x, y + high / 4, x + wide, y + 0.8 * high) for words, x, y, wide, high in texts]
            meeting = [(a[0], b[0]) for a, b in combinations(inks, 2) if _meet(a[1:], b[1:])]
            assert meeting == []
        browser.close()


def _meet(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return min(a[2], b[2]) - max(a[0], b[0]) > 1 and min(a[3], b[3]) - max(a[1], b[1]) > 1
