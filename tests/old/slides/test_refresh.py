"""A refresh changes the figures of a deck, and nothing that a presenter made of it."""

from __future__ import annotations

import io
import re
import shutil
import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from leaves import worked_out
from lxml import etree
from ooxml import C, breaches, cells_of, parts_of, words_in
from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.util import Inches, Pt
from surveys import make_codebook, shipped_survey, tiny_survey

from analysis.codebook import Codebook
from analysis.errors import RequestError
from analysis.old.inference.findings import gather_frames
from analysis.old.slides.refresh import outdated_titles, refresh_slides
from analysis.old.slides.story import save_slides

DATA = ("v", "f", "pt", "ptCount")  # what holds data in a chart part


@pytest.fixture(scope="module")
def survey() -> pd.DataFrame:
    return shipped_survey().rows()


@pytest.fixture(scope="module")
def later() -> pd.DataFrame:
    """The survey with another result: the last two stages of vocational institutions change places."""
    made = shipped_survey()
    first = {**made.answers["2020-autumn"], "vocational": [15, 15, 22, 2, 26]}
    return made._replace(answers={**made.answers, "2020-autumn": first}).rows()


@pytest.fixture(scope="module")
def frames(later: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """What is worked out from the later survey, once for all tests."""
    return gather_frames(later)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, survey: pd.DataFrame) -> Path:
    path = tmp_path_factory.mktemp("made") / "deck.pptx"
    return save_slides(path, survey, lang="fi", frames=worked_out("shipped"))


@pytest.fixture(scope="module")
def anew(tmp_path_factory: pytest.TempPathFactory, later: pd.DataFrame, frames: dict) -> Path:
    """A deck made of the later survey from the start."""
    return save_slides(tmp_path_factory.mktemp("anew") / "deck.pptx", later, lang="fi", frames=frames)


@pytest.fixture
def deck(tmp_path: Path, made: Path) -> Path:
    return Path(shutil.copy(made, tmp_path / "deck.pptx"))


@pytest.fixture(scope="module")
def restyled(tmp_path_factory: pytest.TempPathFactory, made: Path) -> Path:
    """A deck after a presenter; not to be changed."""
    path = Path(shutil.copy(made, tmp_path_factory.mktemp("restyled") / "deck.pptx"))
    restyle(path)
    return path


@pytest.fixture(scope="module")
def refreshed(restyled: Path, later: pd.DataFrame, frames: dict) -> Path:
    """The same deck with the later survey; not to be changed."""
    return refresh_slides(restyled, later, out=restyled.parent / "new.pptx", frames=frames)


def restyle(path: Path) -> None:
    """What presenters do: move, colour, change type and number forms, add slides, boxes and sheets."""
    deck = Presentation(path)
    chart_shape = next(s for s in deck.slides[1].shapes if s.has_chart)
    chart_shape.left, chart_shape.top, chart_shape.height = Inches(1), Inches(2.5), Inches(3.5)
    chart = chart_shape.chart
    series = chart.plots[0].series[0]
    series.format.fill.solid()
    series.format.fill.fore_color.rgb = RGBColor(200, 30, 30)
    series.data_labels.font.size = Pt(27)
    series.data_labels.number_format = "0.00"
    chart.category_axis.tick_labels.font.name = "Georgia"
    deck.slides[1].shapes.title.text_frame.text = "My own title"
    box = deck.slides[1].shapes.add_textbox(Inches(1), Inches(6.9), Inches(3), Inches(0.4))
    box.text_frame.text = "A remark of my own"
    own = deck.slides.add_slide(deck.slide_layouts[2])
    own.shapes.title.text = "A slide of my own"
    book = openpyxl.load_workbook(io.BytesIO(chart.part.chart_workbook.xlsx_part.blob))
    book.create_sheet("Mine")["A1"] = "=SUM(Sheet1!B2:B3)"
    book["Sheet1"]["B2"].number_format = "0.000"
    buffer = io.BytesIO()
    book.save(buffer)
    chart.part.chart_workbook.xlsx_part.blob = buffer.getvalue()
    deck.save(path)


def part_of(path: Path, name: str) -> dict[str, str]:
    """The parts of one chart of ours: chart, workbook, drawing, slide."""
    for slide in Presentation(path).slides:
        for shape in slide.shapes:
            if shape.name == f"maturity:{name}":
                chart = shape.chart.part
                found = {
                    "slide": slide.part.partname,
                    "chart": chart.partname,
                    "workbook": chart.chart_workbook.xlsx_part.partname,
                }
                drawings = [
                    r.target_part.partname for r in chart.rels.values() if "drawing" in r.target_part.partname
                ]
                return {
                    k: str(v).lstrip("/") for k, v in (found | {"drawing": (drawings or [""])[0]}).items()
                }
    raise AssertionError(name)


def frame_of(blob: bytes) -> bytes:
    """A chart part without its data and without the places of labels, which move with them."""
    root = etree.fromstring(blob)
    for tag in DATA:
        for element in list(root.iter(C + tag)):
            element.getparent().remove(element)
    for label in list(root.iter(f"{C}dLbl")):
        label.getparent().remove(label)
    return etree.tostring(root, method="c14n")


def test_an_up_to_date_deck_is_left_byte_for_byte(deck, survey):
    before = deck.read_bytes()
    assert refresh_slides(deck, survey) == deck
    assert deck.read_bytes() == before


def test_a_restyled_deck_that_is_up_to_date_is_not_written(restyled, survey, tmp_path):
    deck = Path(shutil.copy(restyled, tmp_path / "deck.pptx"))
    before = deck.read_bytes()
    refresh_slides(deck, survey, frames=worked_out("shipped"))
    assert deck.read_bytes() == before


def test_only_parts_of_our_charts_change(restyled, refreshed):
    before, after = parts_of(restyled), parts_of(refreshed)
    assert list(after) == list(before)
    changed = {name for name in before if before[name] != after[name]}
    assert changed
    assert all(
        re.match(r"ppt/(charts/chart|embeddings/|drawings/|slides/slide)[^/]*$", name) for name in changed
    )


def test_the_figures_are_those_of_a_deck_made_anew(refreshed, anew):
    for name in ("stages", "cumulative", "differences", "waves"):
        mine, theirs = (parts_of(path)[part_of(path, name)["workbook"]] for path in (refreshed, anew))
        assert cells_of(mine) == cells_of(theirs)
        mine, theirs = (caches(parts_of(path)[part_of(path, name)["chart"]]) for path in (refreshed, anew))
        assert mine == theirs


def caches(blob: bytes) -> list[list[str]]:
    return [[v.text for v in one.iter(f"{C}v", f"{C}f")] for one in etree.fromstring(blob).iter(f"{C}ser")]


def test_the_look_of_a_chart_stays(restyled, refreshed):
    before, after = parts_of(restyled), parts_of(refreshed)
    for name in ("stages", "cumulative", "differences", "waves"):
        chart = part_of(refreshed, name)["chart"]
        assert frame_of(after[chart]) == frame_of(before[chart])


def test_other_sheets_and_cell_styles_of_a_workbook_stay(refreshed):
    book = openpyxl.load_workbook(io.BytesIO(parts_of(refreshed)[part_of(refreshed, "stages")["workbook"]]))
    assert book["Mine"]["A1"].value == "=SUM(Sheet1!B2:B3)"
    assert book["Sheet1"]["B2"].number_format == "0.000"
    assert book["Sheet1"]["E2"].value == 0.02


def test_on_a_slide_only_alt_text_and_source_change(restyled, refreshed):
    slide = part_of(restyled, "stages")["slide"]
    before, after = (etree.fromstring(parts_of(path)[slide]) for path in (restyled, refreshed))
    changed = []
    for old, new in zip(before.iter(), after.iter(), strict=True):
        if dict(old.attrib) != dict(new.attrib) or old.text != new.text:
            changed.append(new)
    assert [etree.QName(e).localname for e in changed] == ["cNvPr"]  # the source line is the same here
    assert changed[0].get("name") == "maturity:stages"
    assert "32\xa0%" in changed[0].get("descr")


def test_the_line_under_a_title_names_the_new_wave_unless_it_was_rewritten(deck, tmp_path):
    made = shipped_survey()
    repeat = {"vocational": [10, 12, 20, 30, 8], "general": [12, 14, 9, 40, 20]}
    codebook = Codebook(made.codebook)
    codebook["survey"] = {**codebook["survey"], "waves": []}
    later = made._replace(codebook=codebook, answers={**made.answers, "2022-autumn": repeat}).rows()
    presentation = Presentation(deck)
    own = next(s for s in presentation.slides[2].shapes if s.name == "maturity:cumulative:subtitle")
    own.text_frame.paragraphs[0].runs[0].text = "My own line"
    presentation.save(deck)
    refresh_slides(deck, later)
    lines = {
        s.name: s.text_frame.text for p in Presentation(deck).slides for s in p.shapes if s.has_text_frame
    }
    assert lines["maturity:stages:subtitle"].endswith("syksy 2022")
    assert lines["maturity:cumulative:subtitle"] == "My own line"
    assert "syksy 2022" in lines["maturity:stages:source"]
    waves = cells_of(parts_of(deck)[part_of(deck, "waves")["workbook"]])
    assert waves[0][1:] == ["syksy 2021", "syksy 2022"]


def test_titles_stay_and_those_that_no_longer_hold_are_told(refreshed, later, frames):
    titles = [slide.shapes.title.text_frame.text for slide in Presentation(refreshed).slides]
    assert titles[1] == "My own title"
    told = outdated_titles(refreshed, later, frames=frames)
    assert told.loc[told["chart"] == "stages", "title"].to_list() == ["My own title"]
    assert set(told["slide"]) <= set(range(2, 7))
    assert "differences" in set(told["chart"])


def test_a_deck_that_says_what_the_survey_says_has_no_outdated_title(deck, survey):
    assert outdated_titles(deck, survey, frames=worked_out("shipped")).empty


def test_labels_follow_the_segment_that_became_too_narrow(deck, later, frames):
    refresh_slides(deck, later, frames=frames)
    chart = etree.fromstring(parts_of(deck)[part_of(deck, "stages")["chart"]])
    outside = {
        (one.findtext(f"{C}tx//{C}v"), int(label.find(f"{C}idx").get("val")))
        for one in chart.iter(f"{C}ser")
        for label in one.iter(f"{C}dLbl")
    }
    assert ("Kokeiluja", 0) in outside
    assert ("Monipuolisia kokemuksia", 0) not in outside


def test_a_label_that_the_presenter_moved_stays_there(deck, later, frames):
    parts = parts_of(deck)
    name = part_of(deck, "stages")["chart"]
    chart = etree.fromstring(parts[name])
    label = next(x for x in chart.iter(f"{C}dLbl") if x.find(f"{C}idx").get("val") == "0")
    label.find(f".//{C}x").set("val", "0.2")
    write(deck, parts | {name: etree.tostring(chart)})
    refresh_slides(deck, later, frames=frames)
    found = etree.fromstring(parts_of(deck)[name])
    assert "0.2" in {x.get("val") for x in found.iter(f"{C}x")}


def write(path: Path, parts: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, blob in parts.items():
            archive.writestr(name, blob)


def test_names_above_the_bars_move_with_their_segments_unless_they_were_moved(deck, later, anew, frames):
    drawing = part_of(deck, "stages")["drawing"]
    parts = parts_of(deck)
    root = etree.fromstring(parts[drawing])
    root[0].find("{*}from/{*}x").text = "0.9"
    write(deck, parts | {drawing: etree.tostring(root)})
    refresh_slides(deck, later, frames=frames)
    mine, theirs = (
        etree.fromstring(parts_of(path)[part_of(path, "stages")["drawing"]]) for path in (deck, anew)
    )
    places = [[anchor.find("{*}from/{*}x").text for anchor in root] for root in (mine, theirs)]
    assert places[0][0] == "0.9"
    assert places[0][1:] == places[1][1:]


def test_names_that_lose_their_room_above_the_bars_get_a_legend(tmp_path):
    survey = tiny_survey()
    path = save_slides(tmp_path / "deck.pptx", survey.rows(), lang="en")
    chart = part_of(path, "stages")["chart"]
    before = etree.fromstring(parts_of(path)[chart])
    assert before.find(f".//{C}legend") is None
    stages = {code: f"{code} and {'many words ' * 20}about it" for code in survey.codebook.stages}
    groups = {code: survey.codebook.word("group", code, "en") for code in survey.codebook.groups}
    renamed = make_codebook(stages, groups, waves=list(survey.answers))
    refresh_slides(path, survey._replace(codebook=renamed).rows(), lang="en")
    after = etree.fromstring(parts_of(path)[chart])
    order = [etree.QName(child).localname for child in after.find(f"{C}chart")]
    assert order[order.index("plotArea") + 1] == "legend"
    tops = [root.find(f".//{C}plotArea/{C}layout//{C}y").get("val") for root in (before, after)]
    assert float(tops[0]) < float(tops[1])
    assert breaches(path) == []


def test_a_chart_copied_to_another_slide_is_refreshed_there(deck, later, frames):
    presentation = Presentation(deck)
    order = presentation.slides._sldIdLst
    order.append(order[1])
    presentation.save(deck)
    refresh_slides(deck, later, frames=frames)
    stage_cells = cells_of(parts_of(deck)[part_of(deck, "stages")["workbook"]])
    assert stage_cells[1][4:] == [0.02, 0.32]


def test_a_series_of_the_presenters_own_stays(deck, later, frames):
    parts = parts_of(deck)
    name = part_of(deck, "cumulative")["chart"]
    chart = etree.fromstring(parts[name])
    last = list(chart.iter(f"{C}ser"))[-1]
    own = etree.fromstring(etree.tostring(last))
    for tag in ("idx", "order"):
        own.find(C + tag).set("val", "7")
    own.find(f"{C}tx//{C}v").text = "Goal"
    for formula in own.iter(f"{C}f"):
        formula.text = formula.text.replace("$C$", "$G$")
    last.addnext(own)
    write(deck, parts | {name: etree.tostring(chart)})
    goal = etree.tostring(own, method="c14n")
    refresh_slides(deck, later, frames=frames)
    kept = list(etree.fromstring(parts_of(deck)[name]).iter(f"{C}ser"))[-1]
    assert kept.findtext(f"{C}tx//{C}v") == "Goal"
    values = [v.text for v in kept.find(f"{C}val").iter(f"{C}v")]
    assert values == [v.text for v in etree.fromstring(goal).find(f"{C}val").iter(f"{C}v")]


def test_a_series_that_the_presenter_took_out_does_not_come_back(deck, later, frames):
    parts = parts_of(deck)
    name = part_of(deck, "stages")["chart"]
    chart = etree.fromstring(parts[name])
    first = next(chart.iter(f"{C}ser"))
    first.getparent().remove(first)
    write(deck, parts | {name: etree.tostring(chart)})
    refresh_slides(deck, later, frames=frames)
    series = [one.findtext(f"{C}tx//{C}v") for one in etree.fromstring(parts_of(deck)[name]).iter(f"{C}ser")]
    assert series == ["Suunniteltu", "Valmisteilla tai pilotoidaan", "Kokeiluja", "Monipuolisia kokemuksia"]


@pytest.mark.parametrize("lang", ["fi", "sv", "en"])
def test_the_language_of_a_deck_is_that_of_its_charts(tmp_path, survey, later, lang, frames):
    deck = save_slides(tmp_path / "deck.pptx", survey, lang=lang, frames=worked_out("shipped"))
    refresh_slides(deck, later, frames=frames)
    head = {"fi": "Lähde", "sv": "Källa", "en": "Source"}[lang]
    words = words_in(parts_of(deck)["ppt/slides/slide2.xml"])
    assert any(word.startswith(head) for word in words)
    assert "Vocational" not in "".join(words) or lang == "en"


def test_the_result_may_go_to_another_file(deck, later, frames, tmp_path):
    before, target = deck.read_bytes(), tmp_path / "new.pptx"
    assert refresh_slides(deck, later, out=target, frames=frames) == target
    assert deck.read_bytes() == before
    assert target.read_bytes() != before


def test_a_deck_without_our_charts_is_refused(tmp_path, survey):
    deck = Presentation()
    deck.slides.add_slide(deck.slide_layouts[5]).shapes.title.text = "Nothing of ours"
    deck.save(tmp_path / "other.pptx")
    with pytest.raises(RequestError, match=r"other\.pptx has no chart made by maturity slides"):
        refresh_slides(tmp_path / "other.pptx", survey)


def test_what_is_no_deck_is_refused(tmp_path, survey):
    (tmp_path / "table.pptx").write_text("wave,group")
    with pytest.raises(RequestError, match=r"deck .*table\.pptx is not a PowerPoint deck"):
        refresh_slides(tmp_path / "table.pptx", survey)


def test_a_chart_with_moved_cells_is_refused_by_its_slide(deck, later, frames):
    parts = parts_of(deck)
    name = part_of(deck, "stages")["chart"]
    parts[name] = parts[name].replace(b"Sheet1!$B$2:$B$3", b"(Sheet1!$B$2,Sheet1!$B$9)")
    write(deck, parts)
    before = deck.read_bytes()
    with pytest.raises(RequestError, match="slide 2: the chart stages takes its data from other cells"):
        refresh_slides(deck, later, frames=frames)
    assert deck.read_bytes() == before


def test_a_refreshed_deck_opens_and_obeys_the_schemas(refreshed):
    assert len(Presentation(refreshed).slides) == len(
        re.findall(rb"<p:sldId ", parts_of(refreshed)["ppt/presentation.xml"])
    )
    assert breaches(refreshed) == []
