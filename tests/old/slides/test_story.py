"""Decks are whole, accessible, editable, inert, and the same each time."""

from __future__ import annotations

import math
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pandas as pd
import pytest
from leaves import worked_out
from lxml import etree
from ooxml import A, C, breaches, cells_of, charts_of, misplaced, parts_of
from pptx import Presentation
from surveys import SURVEYS

from analysis.codebook import LANGUAGES, Codebook
from analysis.errors import RequestError, StorageError
from analysis.old.inference.findings import gather_frames
from analysis.old.rounding import print_percentages
from analysis.old.slides.powerpoint.exhibits import exhibits_of
from analysis.old.slides.powerpoint.native import LOCALES, Size
from analysis.old.slides.story import save_slides
from analysis.old.words.telling.figures import shown_differences
from analysis.survey.table import load_survey

CHARTS = ["stages", "cumulative", "differences", "robust", "waves"]
DECKS = [*(("shipped", lang) for lang in LANGUAGES), ("small", "fi"), ("large", "en"), ("tiny", "en")]
SOURCE_WORDS = {"fi": "Lähde", "sv": "Källa", "en": "Source"}
HOSTILE = [
    "=1+1",
    "http://example.org/x",
    "<script>alert(1)</script>",
    '$x$ & "y"',
    "bell\x07 \x1b[31m",
    "+cmd|' /C calc'!A0",
]


@pytest.fixture(scope="session")
def survey() -> pd.DataFrame:
    return load_survey()


@pytest.fixture(scope="session")
def frames(survey: pd.DataFrame) -> dict[str, pd.DataFrame]:
    return gather_frames(survey)


@pytest.fixture(scope="session")
def decks(tmp_path_factory: pytest.TempPathFactory, survey: pd.DataFrame, frames: dict) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("decks")
    return {
        lang: save_slides(folder / f"{lang}.pptx", survey, lang=lang, frames=frames) for lang in LANGUAGES
    }


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], tuple[Path, dict]]:
    """A made-up survey's deck in a language, and the frames that it was made from."""
    folder = tmp_path_factory.mktemp("surveys")

    @cache
    def make(name: str, lang: str) -> tuple[Path, dict]:
        rows, frames = SURVEYS[name]().rows(), worked_out(name)
        return save_slides(folder / f"{name}-{lang}.pptx", rows, lang=lang, frames=frames), frames

    return make


@pytest.fixture(params=LANGUAGES)
def lang(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def slides_of(path: Path) -> list:
    return list(Presentation(path).slides)


def chart_shapes(path: Path) -> dict[str, object]:
    return {
        shape.name.removeprefix("maturity:"): shape
        for slide in slides_of(path)
        for shape in slide.shapes
        if shape.has_chart
    }


def foot_of(slide) -> str:
    boxes = [s for s in slide.shapes if s.name.endswith(":source")]
    return boxes[0].text_frame.text if boxes else slide.placeholders[1].text_frame.text


def test_the_story_is_told_in_its_order(decks):
    names = [
        shape.name.removeprefix("maturity:").removesuffix(":source")
        for slide in slides_of(decks["en"])
        for shape in slide.shapes
        if shape.name.endswith(":source")
    ]
    background = ["background:forms", "background:experiences", "background:tips"]
    assert names == [*CHARTS, "conclusions", *background, "sources"]


def test_slides_are_wide(decks):
    deck = Presentation(decks["en"])
    assert deck.slide_width / deck.slide_height == pytest.approx(16 / 9, abs=1e-3)


def test_every_slide_has_a_title_of_its_own(decks, lang):
    titles = [slide.shapes.title.text_frame.text for slide in slides_of(decks[lang])]
    assert all(titles)
    assert len(set(titles)) == len(titles)


def test_the_title_is_read_first_and_the_source_last(decks, lang):
    for slide in slides_of(decks[lang]):
        shapes = list(slide.shapes)
        assert shapes[0].shape_id == slide.shapes.title.shape_id
        assert shapes[-1].text_frame.text.endswith(foot_of(slide))


def test_no_placeholder_is_left_empty(decks, lang):
    for slide in slides_of(decks[lang]):
        assert all(holder.text_frame.text.strip() for holder in slide.placeholders)
        assert all(
            h.text_frame.text.strip()
            for h in slide.notes_slide.placeholders
            if h.has_text_frame and "Image" not in h.name
        )


def test_every_slide_names_its_source_and_the_answers(decks, lang):
    for slide in slides_of(decks[lang]):
        assert SOURCE_WORDS[lang] in foot_of(slide)
        assert re.search(r"175|\b80\b", foot_of(slide))


def test_every_slide_has_notes(decks, lang):
    assert all(slide.notes_slide.notes_text_frame.text for slide in slides_of(decks[lang]))


def test_the_notes_of_a_chart_end_with_what_does_not_follow(decks):
    for slide in slides_of(decks["en"]):
        if any(shape.has_chart for shape in slide.shapes):
            notes = slide.notes_slide.notes_text_frame.text.split("\n")
            assert notes[-1].startswith("What cannot be concluded:")
            assert notes[0].startswith(slide.shapes.title.text_frame.text)


def test_the_notes_of_a_chart_say_its_finding_once(decks):
    for shape_name, slide in zip(CHARTS, slides_of(decks["en"])[1:], strict=False):
        finding = slide.shapes.title.text_frame.text
        assert slide.notes_slide.notes_text_frame.text.count(finding) == 1, shape_name


def test_charts_are_described_with_every_figure_on_them(decks, frames, lang):
    exhibits = exhibits_of(frames, lang=lang)
    shapes = chart_shapes(decks[lang])
    assert list(shapes) == CHARTS
    for name, shape in shapes.items():
        described = shape._element.nvGraphicFramePr.cNvPr.get("descr")
        assert described == exhibits[name].alt
        assert len(described) > len(exhibits[name].headline)


def test_every_run_knows_its_language(decks, lang):
    parts = parts_of(decks[lang])
    sources = f"lide{len(slides_of(decks[lang]))}.xml"  # and its notes, each in its own, see below
    for name, blob in parts.items():
        if not name.endswith(sources) and re.match(r"ppt/(slides|notesSlides|drawings)/\w+\.xml", name):
            for run in etree.fromstring(blob).iter(f"{A}r"):
                assert run.find(f"{A}rPr").get("lang") == LOCALES[lang], name
    for _, chart in charts_of(parts):
        assert chart.find(f"{C}lang").get("val") == LOCALES[lang]


def test_workbooks_hold_the_figures_as_published(decks, survey):
    published = survey[(survey["wave"] == "2020-autumn") & (survey["group"] != "all")]
    known = published.pivot(index="group", columns="stage", values="percent").dropna().to_numpy() / 100
    cells = cells_of(chart_shapes(decks["en"])["stages"].chart.part.chart_workbook.xlsx_part.blob)
    assert [row[1:] for row in cells[1:]] == known.tolist()
    assert [row[0] for row in cells[1:]] == [
        "Vocational\nn\xa0=\xa080",
        "General upper secondary\nn\xa0=\xa095",
    ]
    assert cells[0][1:] == [
        "Not at all",
        "Planned",
        "Preparing or piloting",
        "Has experiments",
        "Versatile experience",
    ]


@pytest.mark.parametrize(("name", "lang"), DECKS)
def test_workbook_chart_and_frame_hold_the_same(made, name, lang):
    deck, frames = made(name, lang)
    exhibits = exhibits_of(frames, lang=lang)
    for chart, shape in chart_shapes(deck).items():
        sheet = exhibits[chart].plot(Size(12.0, 4.4)).sheet
        cells = cells_of(shape.chart.part.chart_workbook.xlsx_part.blob)
        assert [row[0] for row in cells[1:]] == list(sheet.index)
        assert cells[0][1:] == list(sheet.columns)
        for row, values in zip(cells[1:], sheet.to_numpy(), strict=True):
            assert [math.nan if cell is None else cell for cell in row[1:]] == pytest.approx(
                list(values), nan_ok=True, abs=0
            )
        for series in shape.chart._chartSpace.iter(f"{C}ser"):
            column = sheet.columns.get_loc(series.findtext(f"{C}tx//{C}v"))
            drawn = {int(p.get("idx")): float(p.findtext(f"{C}v")) for p in series.iterfind(f"{C}val//{C}pt")}
            assert drawn == sheet.iloc[:, column].reset_index(drop=True).dropna().to_dict()


def test_differences_and_intervals_are_those_of_the_frame(decks, frames):
    frame = frames["differences"]
    cells = cells_of(chart_shapes(decks["en"])["differences"].chart.part.chart_workbook.xlsx_part.blob)
    rows = [dict(zip(cells[0][1:], row[1:], strict=True)) for row in cells[1:]]
    ends = [(row["Interval, low end"], row["Interval, high end"]) for row in rows]
    assert ends == [
        pytest.approx(pair) for pair in (100 * frame[["low", "high"]]).itertuples(index=False, name=None)
    ]
    clear = [row["Clear difference"] is not None for row in rows]
    assert clear == (frame["verdict"] == "every table").to_list()


def test_a_range_over_tables_is_told_apart_by_whether_it_is_clear(made):
    path, frames = made("large", "en")
    cells = cells_of(chart_shapes(path)["differences"].chart.part.chart_workbook.xlsx_part.blob)
    rows = [dict(zip(cells[0][1:], row[1:], strict=True)) for row in cells[1:]]
    told = [row["Clear, differs between tables, middle"] is not None for row in rows]
    single = [row["Clear difference"] is not None for row in rows]
    shown = shown_differences(frames["differences"])[: len(rows)]
    assert any(told)
    assert [a or b for a, b in zip(told, single, strict=True)] == [found.clear for found in shown]


@pytest.mark.parametrize(("lang", "form"), [("fi", '0"\xa0"%'), ("sv", '0"\xa0"%'), ("en", "0%")])
def test_labels_are_printed_as_the_language_prints_per_cent(decks, lang, form):
    chart = chart_shapes(decks[lang])["stages"].chart._chartSpace
    assert {f.get("formatCode") for f in chart.iter(f"{C}numFmt") if f.getparent().tag != f"{C}valAx"} >= {
        form
    }


def test_differences_between_many_pairs_stand_in_rows(made):
    path, _ = made("large", "en")
    chart = etree.fromstring(chart_shapes(path)["differences"].chart.part.blob)
    assert chart.find(f".//{C}barDir").get("val") == "bar"
    unseen = [one for one in chart.iter(f"{C}ser") if one.find(f"{C}spPr/{A}noFill") is not None]
    assert [one.findtext(f"{C}tx//{C}v") for one in unseen] == ["Interval, low end", "Interval, high end"]


def test_decimals_are_printed_as_published(tmp_path):
    made = SURVEYS["small"]()
    rows = made.rows()
    for wave, groups in made.answers.items():
        for group, answers in groups.items():
            where = (rows["wave"] == wave) & (rows["group"] == group)
            rows.loc[where, "percent"] = print_percentages(answers, decimals=1)
    rows = rows[rows["group"] != "all"]
    codebook = Codebook(rows.attrs["codebook"])
    codebook["survey"] = {**codebook["survey"], "waves": []}
    rows.attrs["codebook"] = codebook
    shape = chart_shapes(save_slides(tmp_path / "deck.pptx", rows))["stages"]
    cells = cells_of(shape.chart.part.chart_workbook.xlsx_part.blob)
    assert cells[1][1:] == [0.082, 0.212, 0.424, 0.282]  # of 7, 18, 36 and 24 of 85
    assert "0.0%" in {f.get("formatCode") for f in shape.chart._chartSpace.iter(f"{C}numFmt")}


def test_a_label_too_wide_for_its_segment_stands_beside_it(decks):
    chart = chart_shapes(decks["en"])["stages"].chart._chartSpace
    moved = [
        (int(label.find(f"{C}idx").get("val")), label.getparent().getparent().findtext(f"{C}tx//{C}v"))
        for label in chart.iter(f"{C}dLbl")
        if float(label.find(f".//{C}x").get("val")) > 0
    ]
    assert (0, "Versatile experience") in moved


def test_charts_take_their_colours_from_the_theme(decks):
    for name, chart in charts_of(parts_of(decks["fi"])):
        assert not list(chart.iter(f"{A}srgbClr")), name
        assert list(chart.iter(f"{A}schemeClr")), name


def test_the_theme_has_the_colours_of_the_house():
    from analysis.old.slides.powerpoint.native import TEMPLATES
    from analysis.old.style import THEMES

    theme = etree.parse(TEMPLATES / "base" / "ppt" / "theme" / "theme1.xml")
    colours = {
        element.tag.removeprefix(A): element[0].get("val") for element in theme.find(f".//{A}clrScheme")
    }
    light = THEMES["light"]
    wanted = {"dk1": light.ink, "lt1": light.ground, "dk2": light.muted, "lt2": light.rule}
    wanted |= {f"accent{n}": colour for n, colour in enumerate(light.groups[:6], 1)}
    assert {name: f"#{colours[name].lower()}" for name in wanted} == wanted


def test_the_same_survey_gives_the_same_bytes(tmp_path, decks, survey):
    again = save_slides(tmp_path / "again.pptx", survey, lang="fi")
    assert again.read_bytes() == decks["fi"].read_bytes()


def test_nothing_in_a_deck_tells_the_clock(decks):
    with zipfile.ZipFile(decks["en"]) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert archive.namelist()[0] == "[Content_Types].xml"
    properties = Presentation(decks["en"]).core_properties
    assert properties.created == properties.modified
    assert properties.created.year == 2021


def test_a_deck_says_what_it_is(decks, survey, lang):
    codebook = survey.attrs["codebook"]
    properties = Presentation(decks[lang]).core_properties
    assert properties.title == codebook.text("title", lang)
    assert properties.author == codebook.text("publisher", lang)
    assert properties.language == LOCALES[lang]


@pytest.mark.parametrize(("name", "lang"), DECKS)
def test_elements_stand_in_the_order_that_powerpoint_wants(made, name, lang):
    parts = parts_of(made(name, lang)[0])
    assert [found for _, chart in charts_of(parts) for found in misplaced(chart)] == []


@pytest.mark.parametrize(("name", "lang"), DECKS)
def test_decks_obey_the_schemas_of_office(made, name, lang):
    assert breaches(made(name, lang)[0]) == []


def test_parts_are_declared_and_ids_are_unique(decks):
    parts = parts_of(decks["en"])
    types = etree.fromstring(parts["[Content_Types].xml"])
    named = {t.get("PartName", "").lstrip("/") for t in types}
    endings = {t.get("Extension") for t in types} - {None, "xml"}
    assert [
        n
        for n in parts
        if n not in named and n.rpartition(".")[2] not in endings and n != "[Content_Types].xml"
    ] == []
    for name, blob in parts.items():
        if name.startswith("ppt/slides/slide"):
            ids = [
                element.get("id")
                for element in etree.fromstring(blob).iter()
                if element.tag.endswith("}cNvPr")
            ]
            assert len(set(ids)) == len(ids), name


def hostile_deck(path: Path) -> Path:
    """A deck of a survey whose labels are hostile, as are those in its frames."""
    rows, codebook = SURVEYS["small"]().rows(), SURVEYS["small"]().codebook
    fields = {field["name"]: field for field in codebook["resources"][0]["schema"]["fields"]}
    parts = [c for c in fields["group"]["categories"] if c["value"] != "all"]
    for category, label in zip([*fields["stage"]["categories"], *parts], HOSTILE, strict=False):
        category["labels"] = dict.fromkeys(LANGUAGES, label)
    frames = {name: frame.copy() for name, frame in worked_out("small").items()}
    for frame in (rows, *frames.values()):
        frame.attrs["codebook"] = codebook
    return save_slides(path, rows, frames=frames)


def test_hostile_labels_do_nothing_and_are_seen(tmp_path):
    deck = hostile_deck(tmp_path / "deck.pptx")
    parts = parts_of(deck)
    for name, blob in parts.items():
        if name.endswith((".xml", ".rels")):
            root = etree.fromstring(blob)
            assert not [
                e for e in root.iter(etree.Element) if etree.QName(e).localname in {"script", "hlinkClick"}
            ], name
            assert not root.findall(".//*[@TargetMode='External']"), name
        if name.endswith(".xlsx"):
            sheet = etree.fromstring(parts_of_blob(blob)["xl/worksheets/sheet1.xml"])
            assert not list(sheet.iter("{*}f")), "a formula cell"
            assert not list(sheet.iter("{*}hyperlink")), "a link"
    shown = {
        cell for name in parts if name.endswith(".xlsx") for row in cells_of(parts[name]) for cell in row
    }
    words = "\n".join(str(cell) for cell in shown)
    for label in HOSTILE:
        assert label.replace("\x07", "<U+0007>").replace("\x1b", "<U+001B>") in words


def parts_of_blob(blob: bytes) -> dict[str, bytes]:
    import io

    with zipfile.ZipFile(io.BytesIO(blob)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def make_template(path: Path, *, accent: str = "117733") -> Path:
    """A presenter's template: 4:3, its own colours, a slide, a section."""
    deck = Presentation()
    for number in range(3):
        slide = deck.slides.add_slide(deck.slide_layouts[5])
        slide.shapes.title.text = f"A slide of the template's own {number}"
    deck.save(path)
    parts = parts_of(path)
    theme = parts["ppt/theme/theme1.xml"]
    parts["ppt/theme/theme1.xml"] = theme.replace(
        b'<a:srgbClr val="4F81BD"/>', f'<a:srgbClr val="{accent}"/>'.encode()
    )
    with zipfile.ZipFile(path, "w") as archive:
        for name, blob in parts.items():
            archive.writestr(name, blob)
    return path


@pytest.fixture(scope="module")
def templated(tmp_path_factory: pytest.TempPathFactory, survey: pd.DataFrame, frames: dict) -> Path:
    """A deck made from a presenter's template."""
    folder = tmp_path_factory.mktemp("templated")
    template = make_template(folder / "template.pptx")
    return save_slides(folder / "deck.pptx", survey, template=template, frames=frames)


def test_a_template_gives_its_look_and_not_its_slides(templated):
    deck, slides = templated, slides_of(templated)
    assert not any("template's own" in slide.shapes.title.text_frame.text for slide in slides)
    assert len([n for n in parts_of(deck) if re.fullmatch(r"ppt/slides/slide\d+\.xml", n)]) == len(slides)
    assert b"117733" in parts_of(deck)["ppt/theme/theme1.xml"]
    assert breaches(deck) == []
    layouts = {s.slide_layout.name for s in slides if any(shape.has_chart for shape in s.shapes)}
    assert layouts == {"Title Only"}
    assert "accent1" in {
        c.get("val") for _, chart in charts_of(parts_of(deck)) for c in chart.iter(f"{A}schemeClr")
    }


def test_everything_stays_on_the_slides_of_a_template(templated):
    deck = Presentation(templated)
    for slide in deck.slides:
        for shape in slide.shapes:
            assert shape.left >= 0
            assert shape.top >= 0
            assert shape.left + shape.width <= deck.slide_width + 1
            assert shape.top + shape.height <= deck.slide_height + 1


def test_a_potx_is_a_template_too(tmp_path, survey, frames):
    parts = parts_of(make_template(tmp_path / "t.pptx"))
    kind = b"presentationml.presentation.main+xml"
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(
        kind, b"presentationml.template.main+xml"
    )
    with zipfile.ZipFile(tmp_path / "t.potx", "w") as archive:
        for name, blob in parts.items():
            archive.writestr(name, blob)
    template = tmp_path / "t.potx"
    assert slides_of(save_slides(tmp_path / "deck.pptx", survey, template=template, frames=frames))


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04 damaged"])
def test_what_is_no_deck_is_refused_as_a_template(tmp_path, survey, content):
    (tmp_path / "template.pptx").write_bytes(content)
    with pytest.raises(
        RequestError, match=r"template .*template\.pptx is not a PowerPoint deck; give a \.pptx"
    ):
        save_slides(tmp_path / "deck.pptx", survey, template=tmp_path / "template.pptx")
    assert not (tmp_path / "deck.pptx").exists()


def test_another_office_file_is_refused_as_a_template(tmp_path, survey, decks):
    book = chart_shapes(decks["en"])["stages"].chart.part.chart_workbook.xlsx_part.blob
    (tmp_path / "book.xlsx").write_bytes(book)
    with pytest.raises(RequestError, match="is not a PowerPoint deck"):
        save_slides(tmp_path / "deck.pptx", survey, template=tmp_path / "book.xlsx")


def test_an_absent_template_is_named(tmp_path, survey):
    with pytest.raises(RequestError, match=r"absent\.pptx cannot be read: No such file"):
        save_slides(tmp_path / "deck.pptx", survey, template=tmp_path / "absent.pptx")


def test_a_folder_that_cannot_be_written_leaves_nothing_behind(tmp_path, survey, frames):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match="was not written"):
        save_slides(tmp_path / "file" / "deck.pptx", survey, frames=frames)
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_slides_that_the_survey_cannot_bear_are_left_out(made):
    assert list(chart_shapes(made("tiny", "en")[0])) == ["stages", "waves"]


def test_a_codebook_without_background_has_no_such_slides(tmp_path, decks, survey, frames):
    def background(deck: Path) -> list[str]:
        return [s.name for slide in slides_of(deck) for s in slide.shapes if "background" in s.name]

    published, codebook = frames["published"].copy(), Codebook(survey.attrs["codebook"])
    codebook["survey"] = {
        k: v for k, v in codebook["survey"].items() if k not in {"background", "backgroundSource"}
    }
    published.attrs["codebook"] = codebook
    bare = save_slides(tmp_path / "deck.pptx", survey, frames=frames | {"published": published})
    assert background(decks["en"])
    assert background(bare) == []


needs_office = pytest.mark.skipif(
    shutil.which("soffice") is None, reason="LibreOffice (soffice) is not installed"
)


@pytest.fixture(scope="session")
def printed(tmp_path_factory: pytest.TempPathFactory, made) -> Path:
    """A folder with the decks of all surveys as LibreOffice prints them; it is started once for all."""
    folder = tmp_path_factory.mktemp("printed")
    decks = [made(name, lang)[0] for name, lang in DECKS]
    profile = f"-env:UserInstallation=file://{folder}/profile"
    subprocess.run(
        ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", folder, *decks],
        check=True,
        capture_output=True,
        timeout=180,
    )
    return folder


@pytest.mark.office
@needs_office
@pytest.mark.parametrize(("name", "lang"), DECKS)
def test_libreoffice_shows_every_slide_with_its_words_inside(printed, made, name, lang):
    from pypdf import PdfReader

    deck, _ = made(name, lang)
    pdf = printed / f"{deck.stem}.pdf"
    pages = PdfReader(pdf).pages
    slides = slides_of(deck)
    assert len(pages) == len(slides)
    boxes = subprocess.run(
        ["pdftotext", "-bbox", pdf, "-"], check=True, capture_output=True, text=True
    ).stdout
    for page in etree.fromstring(boxes.encode()).iter("{*}page"):
        width, height = float(page.get("width")), float(page.get("height"))
        for word in page.iter("{*}word"):
            left, top, right, bottom = (float(word.get(k)) for k in ("xMin", "yMin", "xMax", "yMax"))
            assert left >= -1, word.text
            assert right <= width + 1, word.text
            assert top >= -1, word.text
            assert bottom <= height + 1, word.text
    for page, slide in zip(pages, slides, strict=True):
        assert squeeze(slide.shapes.title.text_frame.text) in squeeze(page.extract_text())


def squeeze(text: str) -> str:
    return re.sub(r"\s+", "", text)


def test_a_source_is_marked_with_the_language_that_it_is_told_in(decks, lang):
    sources = slides_of(decks[lang])[-1]
    runs = [run for shape in sources.shapes if shape.has_text_frame for run in shape._element.iter(f"{A}r")]
    found = {run.findtext(f"{A}t"): run.find(f"{A}rPr").get("lang") for run in runs}
    known = {"muodot ja osaaminen": "fi", "Forms and know-how": "en", "slide deck of a webinar": "en"}
    assert {part: found[next(text for text in found if part in text)] for part in known} == {
        part: LOCALES[language] for part, language in known.items()
    }
