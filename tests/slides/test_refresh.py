"""A refresh renews what is ours and states a figure, and changes nothing that a presenter made."""

from __future__ import annotations

import copy
import io
import itertools
import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from ooxml import C, breaches, cells_of, change, parts_of
from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.dml import MSO_THEME_COLOR
from pptx.opc.constants import RELATIONSHIP_TYPE
from pptx.util import Inches, Pt
from surveys import shipped_survey

from analysis.codebook import Codebook
from analysis.errors import RequestError, StorageError
from analysis.slides.deck import open_deck
from analysis.slides.native import LIGHT, paint
from analysis.slides.refresh import refresh_slides


def charts_of(deck) -> dict[str, object]:
    shapes = [shape for slide in deck.slides for shape in slide.shapes if shape.has_chart]
    return {shape.name.split(":")[1]: shape for shape in shapes}


def texts_of(path: Path) -> list[list[str]]:
    """What is read on each slide, without its notes, by place."""
    return [
        [shape.text_frame.text for shape in slide.shapes if shape.has_text_frame]
        for slide in Presentation(path).slides
    ]


def restyle(path: Path) -> None:
    """What presenters do: move, colour, change type and number forms, add slides, boxes and titles."""
    deck = Presentation(path)
    shape = charts_of(deck)["stages"]
    shape.left, shape.top, shape.height = Inches(1), Inches(2.5), Inches(3.5)
    series = shape.chart.plots[0].series[0]
    series.format.fill.solid()
    series.format.fill.fore_color.rgb = RGBColor(200, 30, 30)
    series.data_labels.font.size, series.data_labels.number_format = Pt(27), "0.00"
    shape.chart.category_axis.tick_labels.font.name = "Georgia"
    deck.slides[1].shapes.title.text_frame.text = "My own title: 32 % are under way"
    deck.slides[2].shapes.title.text_frame.text = "My own title about 2030"
    box = deck.slides[1].shapes.add_textbox(Inches(1), Inches(6.9), Inches(3), Inches(0.4))
    box.text_frame.text = "A remark of my own"
    own = deck.slides.add_slide(deck.slide_layouts[2])
    own.shapes.title.text = "A slide of my own: 32 % again"
    deck.save(path)


@pytest.fixture
def deck(made: Callable, tmp_path: Path) -> Path:
    return Path(shutil.copy(made(lang="fi").path, tmp_path / "deck.pptx"))


@pytest.fixture
def refresh(made: Callable) -> Callable:
    """A refresh with the figures of another result."""
    later = made("later", "fi")
    return lambda path, **options: refresh_slides(path, later.survey, frames=later.frames, **options)


def test_a_refreshed_deck_is_that_of_a_new_one_and_the_one_before_is_kept(deck, refresh, made):
    before = deck.read_bytes()
    done = refresh(deck)
    new = parts_of(made("later", "fi").path)
    assert {
        name
        for name, blob in parts_of(deck).items()
        if re.search("chart|embed|notesSlide", name) and blob != new[name]
    } == set()
    assert texts_of(deck) == texts_of(made("later", "fi").path)
    assert (done.changed, done.path, done.left.empty) == (True, deck, True)
    assert done.backup.name == "deck.pptx.bak"
    assert done.backup.read_bytes() == before
    assert breaches(deck) == []


def test_an_up_to_date_deck_is_not_written_restyled_or_not(deck, made):
    known = made(lang="fi")
    for _ in range(2):
        before = deck.read_bytes()
        assert not refresh_slides(deck, known.survey, frames=known.frames).changed
        assert deck.read_bytes() == before
        restyle(deck)
    assert not list(deck.parent.glob("*.bak"))


def test_numbers_as_other_programs_write_them_are_the_same(deck, made):
    def rewrite(cell: re.Match) -> bytes:
        return b"<c:v>%s</c:v>" % f"{float(cell[1]):.14E}".encode()

    known = made(lang="fi")
    change(deck, r"ppt/charts/chart\d+\.xml", rb"<c:v>(-?\d*\.\d+)</c:v>", rewrite)
    assert b"E-01</c:v>" in b"".join(parts_of(deck).values())
    assert not refresh_slides(deck, known.survey, frames=known.frames).changed


def test_what_a_presenter_made_stays(deck, refresh):
    restyle(deck)
    before = parts_of(deck)
    refresh(deck)
    found = Presentation(deck)
    shape = charts_of(found)["stages"]
    series = shape.chart.plots[0].series[0]
    assert (shape.left, shape.top, shape.height) == (Inches(1), Inches(2.5), Inches(3.5))
    assert series.format.fill.fore_color.rgb == RGBColor(200, 30, 30)
    assert (series.data_labels.font.size, series.data_labels.number_format) == (Pt(27), "0.00")
    assert shape.chart.category_axis.tick_labels.font.name == "Georgia"
    assert "A remark of my own" in texts_of(deck)[1]
    assert found.slides[len(found.slides) - 1].shapes.title.text == "A slide of my own: 32 % again"
    changed = {name for name, blob in parts_of(deck).items() if before.get(name) != blob}
    assert changed
    assert all(
        re.match(r"ppt/(charts|embeddings|slides/slide|notesSlides)|docProps/core", name) for name in changed
    )


def test_own_titles_stay_and_are_listed_where_a_figure_is_no_longer_true(deck, refresh):
    restyle(deck)
    left = refresh(deck).left
    assert [words for words in left["text"] if "own" in words] == [
        "My own title: 32 % are under way",
        "A slide of my own: 32 % again",
    ]
    assert texts_of(deck)[1][0] == "My own title: 32 % are under way"


def test_words_of_ours_that_a_presenter_rewrote_are_listed_where_we_say_something_else_now(deck, refresh):
    presentation = Presentation(deck)
    slide = next(s for s in presentation.slides if ":conclusions:" in s.shapes.title.name)
    box = next(shape for shape in slide.shapes if ":column1:" in shape.name)
    box.text_frame.paragraphs[1].runs[0].text = "As I see it."
    presentation.save(deck)
    left = refresh(deck).left
    assert any("As I see it." in words for words in left["text"])
    assert any("As I see it." in words for words in itertools.chain(*texts_of(deck)))


def test_every_word_of_ours_follows_a_new_wave(deck, tmp_path):
    """As in case 11: charts, conclusions, first slide, sources."""
    made = shipped_survey()
    repeat = {"vocational": [5, 10, 15, 15, 5], "general": [4, 10, 10, 12, 4]}
    codebook = Codebook({**made.codebook, "survey": {**made.codebook.survey, "waves": []}})
    later = made._replace(codebook=codebook, answers={**made.answers, "2022-autumn": repeat}).rows()
    assert refresh_slides(deck, later, out=tmp_path / "new.pptx").left.empty
    words = texts_of(tmp_path / "new.pptx")
    assert "yhteensä 90 (" in words[0][1]
    assert "syksy 2022" in words[0][1]
    for texts in words[1:-3]:
        assert "syksy 2022" in "".join(texts)
    assert not any("175" in text for texts in words for text in texts)
    assert not list(tmp_path.glob("*.bak"))


def test_a_chart_copied_or_grouped_elsewhere_is_refreshed_there(deck, refresh):
    presentation = Presentation(deck)
    slide = presentation.slides[1]
    frame = charts_of(presentation)["stages"]._element
    slide.shapes.add_group_shape()._element.append(frame)
    presentation.save(deck)
    refresh(deck)
    (chart,) = (
        one for shape in Presentation(deck).slides[1].shapes if shape.shape_type == 6 for one in shape.shapes
    )
    assert chart.chart.plots[0].series[4].values[0] == 0.32


def series_of(path: Path, name: str = "stages") -> dict[str, tuple]:
    return {one.name: tuple(one.values) for one in charts_of(Presentation(path))[name].chart.plots[0].series}


def test_a_series_that_the_presenter_took_out_stays_out_and_is_listed(deck, refresh):
    first, *others = series_of(deck)
    presentation = Presentation(deck)
    element = next(charts_of(presentation)["stages"].chart._chartSpace.iter(f"{C}ser"))
    element.getparent().remove(element)
    presentation.save(deck)
    left = refresh(deck).left
    assert list(series_of(deck)) == others
    assert series_of(deck)[others[-1]][0] == 0.32
    assert any(first in words for words in left["now"])


def test_a_series_of_the_presenters_own_keeps_its_values_and_is_listed(deck, refresh):
    presentation = Presentation(deck)
    last = list(charts_of(presentation)["stages"].chart._chartSpace.iter(f"{C}ser"))[-1]
    own = copy.deepcopy(last)
    own.find(f"{C}tx//{C}v").text = "Goal"
    for tag in ("idx", "order"):
        own.find(C + tag).set("val", "7")
    last.addnext(own)
    presentation.save(deck)
    goal = series_of(deck)["Goal"]
    left = refresh(deck).left
    assert series_of(deck)["Goal"] == goal
    assert any("Goal" in words for words in left["now"])


def test_a_label_that_the_presenter_moved_stays_there_and_ours_follow_the_values(deck, refresh, made):
    chart = r"ppt/charts/chart\d+\.xml"
    change(deck, chart, r'<c:x val="0\.035"/><c:y val="0\.0001"/>', '<c:x val="0.2"/><c:y val="0"/>')
    refresh(deck)
    moves = {
        x.get("val")
        for one in charts_of(Presentation(deck))["stages"].chart._chartSpace.iter(f"{C}dLbl")
        for x in one.iter(f"{C}x")
    }
    assert moves == {"0.2", "0.0001"}  # the new one stands within, the old one behind the last


def test_own_sheets_of_a_workbook_are_told(deck, refresh):
    presentation = Presentation(deck)
    part = charts_of(presentation)["stages"].chart.part.chart_workbook.xlsx_part
    book = openpyxl.load_workbook(io.BytesIO(part.blob))
    book.create_sheet("Mine")
    buffer = io.BytesIO()
    book.save(buffer)
    part._blob = buffer.getvalue()
    presentation.save(deck)
    assert any("more than one sheet" in words for words in refresh(deck).left["now"])


def test_colours_of_verdicts_follow_them_and_those_of_a_presenter_stay(deck, refresh):
    presentation = Presentation(deck)
    lines = list(charts_of(presentation)["waves"].chart.plots[0].series)
    paint(lines[0].format.line.fill, LIGHT.faint)  # as if it had not been clear
    lines[1].format.line.color.theme_color = MSO_THEME_COLOR.ACCENT_2
    presentation.save(deck)
    refresh(deck)
    found = charts_of(Presentation(deck))["waves"].chart.plots[0].series
    colours = [one._element.xpath("c:spPr/a:ln/a:solidFill/a:schemeClr/@val")[0] for one in found]
    assert colours[:2] == ["accent1", "accent2"]


# What PowerPoint, LibreOffice and others write.

CACHE = rb"<c:(str|num)Cache>.*?</c:(str|num)Cache>"
ODD = {
    "no value": (r"ppt/charts/chart.*\.xml", rb"<c:v>0\.\d+</c:v>", rb"<c:v>#N/A</c:v>"),
    "no cache": (r"ppt/charts/chart.*\.xml", CACHE, b""),
    "a bomb of points": (
        r"ppt/charts/chart.*\.xml",
        rb'<c:ptCount val="\d+"/>',
        b'<c:ptCount val="1000000000"/>',
    ),
    "a huge range": (r"ppt/charts/chart.*\.xml", rb"Sheet1!\$B\$2:\$B\$\d+", b"Sheet1!$A$1:$XFD$1048576"),
    "numeric categories": (
        r"ppt/charts/chart.*\.xml",
        rb"<c:cat>.*?</c:cat>",
        (
            b"<c:cat><c:numRef><c:f>Sheet1!$A$2</c:f><c:numCache><c:ptCount val='1'/>"
            b"<c:pt idx='0'><c:v>2020</c:v></c:pt></c:numCache></c:numRef></c:cat>"
        ),
    ),
    "categories of several levels": (
        r"ppt/charts/chart.*\.xml",
        rb"<c:cat>.*?</c:cat>",
        (
            b"<c:cat><c:multiLvlStrRef><c:f>Sheet1!$A$2</c:f><c:multiLvlStrCache><c:ptCount val='1'/>"
            b"<c:lvl><c:pt idx='0'><c:v>x</c:v></c:pt></c:lvl>"
            b"<c:lvl><c:pt idx='0'><c:v>y</c:v></c:pt></c:lvl>"
            b"</c:multiLvlStrCache></c:multiLvlStrRef></c:cat>"
        ),
    ),
    "no workbook": (
        r"ppt/charts/chart.*\.xml",
        rb"<c:externalData.*?</c:externalData>|<c:externalData[^>]*/>",
        b"",
    ),
    "a damaged workbook": (r"ppt/embeddings/.*", rb"(?s).*", b"PK\x03\x04 torn"),
    "a binary workbook": (
        r"\[Content_Types\]\.xml",
        rb'Extension="xlsx" ContentType="[^"]*"',
        b'Extension="xlsx" ContentType="application/vnd.ms-excel.sheet.binary.macroEnabled.12"',
    ),
    "a linked workbook": (
        r"ppt/charts/_rels/.*",
        rb'Target="[^"]*"',
        b'Target="file:///C:/secret.xlsx" TargetMode="External"',
    ),
}


@pytest.mark.parametrize("kind", ODD)
def test_what_other_programs_write_is_taken(deck, refresh, made, kind):
    part, old, new = ODD[kind]
    change(deck, part, re.compile(old, re.DOTALL), new)
    left = refresh(deck).left
    found, known = (charts_of(Presentation(path)) for path in (deck, made("later", "fi").path))
    for name, shape in found.items():
        mine, theirs = (one.chart.part.chart_workbook.xlsx_part.blob for one in (shape, known[name]))
        assert cells_of(mine) == cells_of(theirs)
        assert list(shape.chart.plots[0].categories) == list(known[name].chart.plots[0].categories)
    assert ("secret" in " ".join(left["now"])) == (kind == "a linked workbook")
    assert b"secret" not in b"".join(parts_of(deck).values())


def test_a_chart_without_series_or_of_another_form_is_left_and_listed(deck, refresh):
    change(deck, r"ppt/charts/chart.*\.xml", re.compile(rb"<c:ser>.*</c:ser>", re.DOTALL), b"")
    left = refresh(deck).left
    assert set(left["now"]) == {"it can no longer take data; copy this chart from a new deck"}


@pytest.mark.parametrize(
    ("part", "old", "new"),
    [
        (r"ppt/slides/slide2\.xml", rb"</p:cSld>", b""),
        (r"ppt/charts/chart.*\.xml", rb"<c:plotArea>", b"<c:plotArea"),
        (r"ppt/presentation\.xml", rb'r:id="rId\d+"', b'r:id="rId999"'),
        (r"ppt/slides/_rels/slide2\.xml\.rels", rb"charts/", b"absent/"),
        (r"\[Content_Types\]\.xml", rb".*", b""),
        (r"ppt/charts/chart.*\.xml", rb'<c:externalData r:id="[^"]*"', b'<c:externalData r:id="rId77"'),
        (r"ppt/slides/slide2\.xml", rb"<p:spTree>", b"<p:spTree>" + b"<p:grpSp>" * 400),
    ],
)
def test_damaged_parts_are_refused_with_a_sentence_or_taken(deck, refresh, part, old, new):
    change(deck, part, re.compile(old, re.DOTALL), new)
    before, found = deck.read_bytes(), ""
    try:
        refresh(deck)
    except RequestError as error:
        found = str(error)
    assert not found or re.search(r"deck .*deck\.pptx is not a PowerPoint deck, or is damaged", found)
    assert not found or deck.read_bytes() == before


def test_a_deck_of_the_first_edition_is_taken_as_far_as_its_charts_are_the_same(refresh, made, deck):
    change(deck, r"ppt/slides/.*\.xml", rb'name="maturity:(\w+):fi"', rb'name="maturity:\1"')
    change(deck, r"ppt/slides/.*\.xml", rb'name="maturity:(\w+):source:[^"]*"', rb'name="maturity:\1:source"')
    refresh(deck)
    assert list(series_of(deck).values())[-1][0] == 0.32


def test_a_deck_of_another_survey_is_refused(deck, made):
    small, before = made("small", "fi"), deck.read_bytes()
    other = copy.deepcopy(dict(small.survey.attrs["codebook"]))
    other["name"] = "another-survey"
    survey = small.survey.copy()
    survey.attrs["codebook"] = Codebook(other)
    with pytest.raises(
        RequestError, match=r"made from another survey, 'virtual-internationalisation-survey [0-9.]+'"
    ):
        refresh_slides(deck, survey)
    with pytest.raises(RequestError, match=r"show no answer of this survey"):
        refresh_slides(deck, small.survey)
    assert deck.read_bytes() == before


def test_a_deck_that_libreoffice_saved_keeps_its_properties_and_its_survey(deck, made):
    """LibreOffice 7 names the relation to the properties by an address of its own."""
    wrong = "http://schemas.openxmlformats.org/officedocument/2006/relationships/metadata/core-properties"
    change(deck, "_rels/.rels", RELATIONSHIP_TYPE.CORE_PROPERTIES, wrong)
    other = copy.deepcopy(dict(made("later").survey.attrs["codebook"]))
    other["name"] = "another-survey"
    survey = made("later").survey.copy()
    survey.attrs["codebook"] = Codebook(other)
    with pytest.raises(RequestError, match="made from another survey"):
        refresh_slides(deck, survey)
    refresh_slides(deck, made("later").survey)
    with zipfile.ZipFile(deck) as archive:
        assert len(archive.namelist()) == len(set(archive.namelist()))


def test_who_answered_before_is_listed_also_where_libreoffice_renamed_our_places(deck):
    own = Presentation(deck)
    opening = own.slides[0]
    for at, shape in enumerate([*opening.placeholders, *opening.notes_slide.placeholders]):
        shape.name = f"PlaceHolder {at + 1}"
    own.slides.add_slide(own.slide_layouts[0]).shapes.title.text = "80 ideas"
    own.save(deck)
    shipped = shipped_survey()
    first = shipped.answers["2020-autumn"]
    doubled = {group: [2 * count for count in counts] for group, counts in first.items()}
    survey = shipped._replace(answers={**shipped.answers, "2020-autumn": doubled}).rows()
    left = refresh_slides(deck, survey).left
    assert left.loc[left["slide"] == 1, "text"].str.contains("175").any()
    assert not left["text"].str.contains("80 ideas").any()


def test_a_deck_without_our_charts_is_refused(tmp_path, made):
    deck = Presentation()
    deck.slides.add_slide(deck.slide_layouts[5]).shapes.title.text = "Nothing of ours"
    deck.save(tmp_path / "other.pptx")
    with pytest.raises(RequestError, match=r"other\.pptx has no chart made by maturity slides"):
        refresh_slides(tmp_path / "other.pptx", made().survey)


@pytest.mark.parametrize("content", [b"", b"wave,group", b"PK\x03\x04 damaged"])
def test_what_is_no_deck_is_refused(tmp_path, content):
    (tmp_path / "table.pptx").write_bytes(content)
    for what in ("deck", "template"):
        with pytest.raises(RequestError, match=rf"{what} .*table\.pptx is not a PowerPoint deck"):
            open_deck(tmp_path / "table.pptx", what=what)


@pytest.mark.parametrize("name", ["absent.pptx", "nul\0.pptx", "\udcff.pptx"])
def test_a_file_that_cannot_be_read_is_named(tmp_path, name):
    with pytest.raises(RequestError, match="cannot be read"):
        open_deck(tmp_path / name)
    with pytest.raises(RequestError, match="is not a file"):
        open_deck(tmp_path)


def test_bombs_are_refused_by_size_before_they_are_read(tmp_path):
    with (
        zipfile.ZipFile(tmp_path / "bomb.pptx", "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("ppt/a.xml", "w") as part,
    ):
        for _ in range(70):
            part.write(b" " * 2**20)
    with pytest.raises(RequestError, match="unpacks to more than"):
        open_deck(tmp_path / "bomb.pptx")


def test_macros_are_refused_and_links_of_a_template_too(deck, made, tmp_path):
    from analysis.slides.deck import open_template

    presentation = Presentation(deck)
    presentation.slide_master.part.relate_to(
        "https://example.org/", RELATIONSHIP_TYPE.HYPERLINK, is_external=True
    )
    presentation.save(tmp_path / "linked.pptx")
    with pytest.raises(RequestError, match=r"links to 'https://example\.org/'"):
        open_template(tmp_path / "linked.pptx")
    change(
        deck,
        r"\[Content_Types\]\.xml",
        rb"presentationml\.presentation\.main",
        b"ms-powerpoint.presentation.macroEnabled.main",
    )
    with pytest.raises(RequestError, match=r"deck\.pptx (has macros|is not a PowerPoint deck)"):
        open_deck(deck)


def test_a_backup_of_others_is_not_overwritten(deck, refresh):
    Path(f"{deck}.bak").write_text("mine")
    before = deck.read_bytes()
    with pytest.raises((RequestError, StorageError), match="bak"):
        refresh(deck)
    assert deck.read_bytes() == before
    assert Path(f"{deck}.bak").read_text() == "mine"
