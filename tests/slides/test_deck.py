"""Decks are whole, accessible, editable, inert, and the same each time."""

from __future__ import annotations

import copy
import itertools
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from lxml import etree
from ooxml import A, C, breaches, cells_of, change, charts_of, misplaced, parts_of
from pptx import Presentation
from pptx.util import Pt
from surveys import SURVEYS

from analysis.charts.chart import NativeChart, NativeSeries
from analysis.charts.gallery import CHARTS
from analysis.codebook import LANGUAGES, Codebook
from analysis.errors import RequestError, StorageError
from analysis.slides.deck import save_slides
from analysis.slides.native import LOCALES, chart_data, draw_native, settle, theme_fill
from analysis.slides.story import pages_of, told, unheld
from analysis.style import THEMES, parse_hex, ramp
from analysis.words.language import hold_ranges, voice_of

DECKS = [*(("shipped", lang) for lang in LANGUAGES), ("small", "fi"), ("large", "en"), ("tiny", "sv")]
HOSTILE = [
    "=1+1",
    "http://example.org/x",
    "<script>alert(1)</script>",
    '$x$ & "y"',
    "turned \u202e round \x07 \u2066 it",
    "+cmd|' /C calc'!A0",
    "@a",
    "-2",
]


def slides_of(path: Path) -> list:
    return list(Presentation(path).slides)


def words_on(slide, role: str) -> str:
    named = [shape for shape in slide.shapes if f":{role}:" in shape.name]
    return named[0].text_frame.text if named else ""


def charts_in(path: Path) -> dict[str, object]:
    """The charts of a deck by name, native ones and pictures."""
    shapes = [shape for slide in slides_of(path) for shape in slide.shapes]
    return {
        shape.name.split(":")[1]: shape for shape in shapes if re.fullmatch(r"maturity:\w+:\w+", shape.name)
    }


@pytest.fixture(params=LANGUAGES)
def lang(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_the_story_is_told_in_its_order(made):
    deck = made()
    titles = [slide.shapes.title.name.split(":")[1] for slide in slides_of(deck.path)]
    found = [
        hold_ranges(chart.read(deck.frames[chart.frame], voice_of(deck.survey)).title())
        for chart in CHARTS.values()
        if chart.bears(deck.frames)
    ]
    assert titles == ["opening", *charts_in(deck.path), "conclusions", "background", "sources"]
    assert [slide.shapes.title.text_frame.text for slide in slides_of(deck.path)][1:-3] == list(
        dict.fromkeys(found)
    )


def test_every_slide_has_title_source_number_and_notes(made, lang):
    slides = slides_of(made(lang=lang).path)
    assert len({slide.shapes.title.text_frame.text for slide in slides}) == len(slides)
    for number, slide in enumerate(slides):
        assert slide.notes_slide.notes_text_frame.text
        assert all(holder.text_frame.text.strip() for holder in slide.placeholders if holder.has_text_frame)
        if number:
            assert words_on(slide, "source").startswith({"fi": "Lähde", "sv": "Källa", "en": "Source"}[lang])
            assert b'type="slidenum"' in etree.tostring(slide._element)


def test_who_answered_stands_on_the_first_slide(made):
    told = "Fieldwork: September 2020. Answers: 175 in all (Vocational 80, General"
    words = words_on(slides_of(made().path)[0], "body")
    assert told in words
    assert words.count("Fieldwork") == 1


def test_a_survey_without_a_question_has_no_word_of_one(made):
    frames = {name: frame.copy() for name, frame in made().frames.items()}
    content = copy.deepcopy(dict(frames["survey"].attrs["codebook"]))
    assert "Question" in told(pages_of(frames, voice_of(frames["survey"], "en"))["opening"].shapes["body"])
    del content["survey"]["question"]
    for frame in frames.values():
        frame.attrs["codebook"] = Codebook(content)
    opening = pages_of(frames, voice_of(frames["survey"], "en"))["opening"]
    assert "Question" not in told(opening.shapes["body"])


def test_titles_with_long_names_end_above_what_follows(made, tmp_path):
    survey = made().survey.copy()
    content = copy.deepcopy(dict(survey.attrs["codebook"]))
    groups = content["resources"][0]["schema"]["fields"][1]["categories"]
    for at, group in enumerate(groups):
        label = f"{group['value']} schools of municipalities in the far north with fewer than 200 pupils"
        groups[at] = {"value": group["value"], "labels": {"en": label}}
    survey.attrs["codebook"] = Codebook(content)
    for slide in slides_of(save_slides(tmp_path / "deck.pptx", survey, lang="en"))[1:]:
        title = slide.shapes.title
        size = title.text_frame.paragraphs[0].runs[0].font.size
        lines = -(-0.55 * size * len(title.text_frame.text) // title.width)
        assert 1.2 * size * lines <= title.height, title.text_frame.text


def test_the_description_of_a_native_chart_names_what_stands_on_the_slide(made):
    kinds = {
        "en": ("Bar chart.", "Bar chart of differences"),
        "sv": ("Liggande stapeldiagram.", "Liggande stapeldiagram över skillnader"),
        "fi": ("Palkkikaavio.", "Palkkikaavio ryhmien eroista"),
    }
    for lang, (shares, differences) in kinds.items():
        described = {
            name: shape._element.xpath(".//p:cNvPr")[0].get("descr")
            for name, shape in charts_in(made(lang=lang).path).items()
        }
        assert described["shares"].startswith(shares)
        assert described["cumulative"].startswith(shares)
        assert described["differences"].startswith(differences)


def test_a_long_source_line_leaves_out_n_and_nothing_else(made):
    frame = made().frames["differences"]
    for lang in LANGUAGES:
        voice = voice_of(frame, lang)
        whole, short = voice.source_line(frame), voice.source_line(frame, sizes=False)
        assert re.sub(r" \(n: [^()]+\)", "", whole, count=1) == short
        assert "95" in short


@pytest.mark.parametrize("kind", ["ours", "4:3"])
def test_a_chart_gives_way_to_a_source_of_many_lines(kind, made, tmp_path):
    survey, template = made().survey.copy(), None if kind == "ours" else make_template(tmp_path / "t.pptx")
    content = copy.deepcopy(dict(survey.attrs["codebook"]))
    content["survey"]["publisher"] = {"en": "An agency with a long name, " * 25}
    bottoms = []
    for codebook in (survey.attrs["codebook"], Codebook(content)):
        survey.attrs["codebook"] = codebook
        path = save_slides(tmp_path / f"{len(bottoms)}.pptx", survey, lang="en", template=template)
        charts = [charts_in(path)[name] for name in ("stages", "diverging")]
        bottoms.append([chart.top + chart.height for chart in charts])
    lines_less = [(before - after) / Pt(12 * 1.2) for before, after in zip(*bottoms, strict=True)]
    assert all(3 <= lines <= 8 for lines in lines_less), lines_less


def test_a_range_is_held_together_in_a_line(made):
    slides = [one for one in slides_of(made(lang="fi").path) if ":conclusions:" in one.shapes.title.name]
    said = words_on(slides[0], "column1")
    assert "+2…\u2060+34" in said
    assert not re.search(r"…[+−]", said)
    assert hold_ranges("15–21 %, 2020–2021, 1 – 2") == "15–\u206021 %, 2020–\u20602021, 1 – 2"
    assert hold_ranges("+5 till +36, 18 answers") == "+5\u00a0till\u00a0+36, 18 answers"


def test_what_is_measured_without_a_verdict_is_no_limit(made):
    frames = {name: frame for name, frame in made().frames.items() if name != "changes"}
    page = pages_of(frames, voice_of(made().survey))["conclusions"]
    effect = "Cramér’s V"
    assert effect in told(page.shapes["column1"])
    assert effect not in told(page.shapes["column2"])
    assert "Counts worked out" in told(page.shapes["source"])


def test_a_verdict_is_not_told_where_none_was_made(made):
    frames = {
        name: frame.copy() for name, frame in made().frames.items() if name in {"survey", "differences"}
    }
    frames["differences"]["verdict"] = ""
    frames["differences"].attrs["basis"] = "published"
    said = told(pages_of(frames, voice_of(made().survey))["conclusions"].shapes["column1"])
    assert "In the published figures" in said
    assert "No difference is clear" not in said


def test_background_stands_on_one_slide_and_goes_with_its_words(made, tmp_path):
    deck = made()
    slide = next(one for one in slides_of(deck.path) if ":background:" in one.shapes.title.name)
    assert {"column1", "column2", "column3"} <= {
        shape.name.split(":")[2] for shape in slide.shapes if shape.name.count(":") == 4
    }
    frames = {**deck.frames, "survey": deck.frames["survey"].copy()}
    codebook = deck.survey.attrs["codebook"]
    facts = {key: value for key, value in codebook.survey.items() if key != "background"}
    bare = Codebook({**codebook, "survey": facts})
    survey = deck.survey.copy()
    survey.attrs["codebook"] = frames["survey"].attrs["codebook"] = bare
    path = save_slides(tmp_path / "deck.pptx", survey, frames=frames)
    assert len(slides_of(path)) == len(slides_of(deck.path)) - 1


def test_background_in_one_language_stands_on_the_slides_of_all(made):
    rows = made().survey.copy()
    rows.attrs["codebook"] = bare = Codebook(copy.deepcopy(dict(rows.attrs["codebook"])))
    bare["survey"]["background"] = [{"title": {"fi": "Taustaa"}, "items": [{"fi": "Kevätkysely"}]}]
    page = pages_of({**made().frames, "survey": rows}, voice_of(rows))["background"]
    assert told(page.shapes["column1"]) == "Taustaa\nKevätkysely"


def test_the_notes_of_a_chart_say_finding_figures_and_what_does_not_follow(made):
    for slide in slides_of(made().path)[1:-3]:
        finding, figures, caution = slide.notes_slide.notes_text_frame.text.split("\n")
        assert finding == f"{slide.shapes.title.text_frame.text}."
        assert re.search(r"\d%|points", figures)
        assert caution.startswith("Bear in mind:")


def test_where_counts_are_not_known_the_notes_say_that_chance_is_not_judged(made):
    deck = made()
    frames = {name: frame.copy() for name, frame in deck.frames.items()}
    for name in ("shares", "differences", "changes"):
        frames[name].attrs["basis"] = "published"
    for page in pages_of(frames, voice_of(deck.survey)).values():
        if page.name in CHARTS and CHARTS[page.name].frame != "survey":
            caution = told(page.shapes["notes"]).split("\n")[-1]
            assert "how much may be chance cannot be judged" in caution
            assert ("Different respondents" in caution) == (page.name == "waves")


def test_charts_are_described_and_speak_their_language(made, lang):
    deck = made(lang=lang)
    for name, shape in charts_in(deck.path).items():
        frame = deck.frames[CHARTS[name].frame]
        assert shape._element.xpath(".//p:cNvPr")[0].get("descr") == CHARTS[name].read(
            frame, voice_of(frame, lang)
        ).alt(native=True)
        assert shape.name == f"maturity:{name}:{lang}"
    for part, blob in parts_of(deck.path).items():
        if re.match(r"ppt/(slides|notesSlides)/\w+\.xml", part):
            tags = {run.find(f"{A}rPr").get("lang") for run in etree.fromstring(blob).iter(f"{A}r")}
            assert LOCALES[lang] in tags, part
    assert all(
        chart.find(f"{C}lang").get("val") == LOCALES[lang] for _, chart in charts_of(parts_of(deck.path))
    )


def test_nothing_is_set_too_small_to_read(made, lang):
    for slide in slides_of(made(lang=lang).path):
        for shape in slide.shapes:
            runs = (
                [run for paragraph in shape.text_frame.paragraphs for run in paragraph.runs]
                if shape.has_text_frame
                else []
            )
            least = Pt(12 if ":source:" in shape.name else 14)
            assert all(run.font.size >= least for run in runs if run.font.size), shape.name
    for _, chart in charts_of(parts_of(made(lang=lang).path)):
        assert all(int(run.get("sz")) >= 1400 for run in chart.iter(f"{A}defRPr", f"{A}rPr") if run.get("sz"))


def test_a_publication_is_marked_with_its_own_language(made):
    runs = [
        run for shape in slides_of(made(lang="sv").path)[-1].shapes for run in shape._element.iter(f"{A}r")
    ]
    tongues = {run.findtext(f"{A}t")[:20]: run.find(f"{A}rPr").get("lang") for run in runs}
    assert tongues["S. Korkala, Virtuaal"] == "fi-FI"
    assert tongues["S. Korkala, Forms an"] == "en-GB"


def test_workbooks_hold_the_figures_as_published(made):
    deck, codebook = made(), made().survey.attrs["codebook"]
    cells = cells_of(charts_in(deck.path)["stages"].chart.part.chart_workbook.xlsx_part.blob)
    rows = {row[0]: row[1:] for row in cells}
    names = {code: codebook.word("group", code, "en", "short") for code in codebook.parts}
    assert rows[f"{names['vocational']}\nn\xa0=\xa080"] == [0.19, 0.19, 0.28, 0.32, 0.02]
    assert rows[f"{names['general']}\nn\xa0=\xa095"] == [0.21, 0.22, 0.1, 0.41, 0.06]
    assert cells[0][1:] == [codebook.word("stage", code, "en") for code in codebook.stages]


@pytest.mark.parametrize(("name", "lang"), DECKS)
def test_workbook_chart_and_gallery_hold_the_same(made, name, lang):
    deck = made(name, lang)
    for chart, shape in charts_in(deck.path).items():
        frame = deck.frames[CHARTS[chart].frame]
        native = CHARTS[chart].read(frame, voice_of(frame, lang)).native()
        assert (native is not None) == shape.has_chart
        if native is not None:
            cells = cells_of(shape.chart.part.chart_workbook.xlsx_part.blob)
            known = [list(row) for row in zip(*(one.values for one in native.series), strict=True)]
            assert [row[1:] for row in cells[1:]] == [pytest.approx(row, abs=1e-15) for row in known]
            assert cells[0][1:] == [one.name for one in native.series]
            drawn = [
                [v.text for v in one.iterfind(f"{C}val//{C}v")]
                for one in shape.chart._chartSpace.iter(f"{C}ser")
            ]
            assert drawn == [
                [repr(value) for value in one.values if value is not None] for one in native.series
            ]


@pytest.mark.parametrize(("lang", "form"), [("fi", '0"\xa0"%'), ("sv", '0"\xa0"%'), ("en", "0%")])
def test_labels_are_printed_as_the_language_prints_per_cent(made, lang, form):
    chart = charts_in(made(lang=lang).path)["stages"].chart
    assert {one.data_labels.number_format for one in chart.plots[0].series} == {f"{form};{form};"}


def test_a_label_too_wide_for_its_segment_stands_beside_it(made):
    chart = charts_in(made().path)["stages"].chart._chartSpace
    moved = [
        [float(label.find(f".//{C}x").get("val")) > 0.01 for label in one.iter(f"{C}dLbl")]
        for one in chart.iter(f"{C}ser")
    ]
    assert moved == [[], [], [], [], [True]]


def whiskers() -> NativeChart:
    """Two differences with their intervals, one of them clear."""
    errors = ([0.1, 0.12], [0.11, 0.13])
    series = NativeSeries(
        "Difference", [0.18, -0.09], "#86909c", errors, ["+18", "−9"], ["#0b3c6f", "#86909c"]
    )
    return NativeChart("dots", ["Piloting", "Experiments"], [series], "+0;−0", legend=False)


def drawn(native: NativeChart):
    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    kind, data = chart_data(native)
    chart = slide.shapes.add_chart(kind, 0, 0, Pt(600), Pt(300), data).chart
    draw_native(chart, native, 300, "en")
    return chart


def test_lines_of_uncertainty_are_those_of_the_chart_and_its_figures_stand_in_the_names(made):
    native = settle(whiskers(), voice_of(made().survey))
    chart = drawn(native)
    ends = {
        end: [float(v.text) for v in chart._chartSpace.iterfind(f".//{C}{end}//{C}v")]
        for end in ("minus", "plus")
    }
    assert ends == {"minus": [0.1, 0.12], "plus": [0.11, 0.13]}
    assert list(chart.plots[0].categories) == ["Piloting\n+18", "Experiments\n−9"]
    assert (chart.value_axis.minimum_scale, chart.value_axis.maximum_scale) == (-0.3, 0.4)
    assert misplaced(chart._chartSpace) == []
    fills = [point.format.fill.fore_color for point in chart.plots[0].series[0].points]
    assert (str(fills[0].theme_color), fills[0].brightness) == ("ACCENT_1 (5)", 0)


@pytest.mark.parametrize("kind", ["bars", "lines"])
def test_every_form_can_be_drawn_with_several_series(made, kind):
    series = [
        NativeSeries(name, [0.2, None], colour, ([0.1, 0], [0.2, 0]))
        for name, colour in zip("ab", THEMES["light"].groups, strict=False)
    ]
    chart = drawn(settle(NativeChart(kind, ["x", "y"], series, "0%", legend=True), voice_of(made().survey)))
    assert misplaced(chart._chartSpace) == []
    assert [one.values for one in chart.plots[0].series] == [(0.2, None)] * 2


def test_the_key_of_a_chart_around_a_cut_reads_in_the_order_of_the_scale(made):
    deck, codebook = made(), made().survey.attrs["codebook"]
    slide = next(one for one in slides_of(deck.path) if ":diverging:" in one.shapes.title.name)
    names = [codebook.word("stage", code, "en") for code in codebook.stages]
    assert re.split(r"\s*■\s", words_on(slide, "key").strip())[1:] == names
    chart = charts_in(deck.path)["diverging"].chart
    assert not chart.has_legend
    key = next(shape for shape in slide.shapes if ":key:" in shape.name)
    squares = [run for run in key._element.iter(f"{A}r") if run.findtext(f"{A}t") == "■\u00a0"]
    fills = {one.name: one._element.find(f"{C}spPr/{A}solidFill") for one in chart.plots[0].series}
    for name, square in zip(names, squares, strict=True):
        found = square.find(f"{A}rPr/{A}solidFill")
        assert [e.attrib for e in found.iter()] == [e.attrib for e in fills[name].iter()]


def test_figures_at_the_ends_of_lines_stand_apart(made):
    lines = [NativeSeries(name, [0.1, 0.3, 0.5 + at / 1000], "#0b3c6f") for at, name in enumerate("abc")]
    native = NativeChart("lines", ["2020", "2021", "2022"], lines, "0%", legend=True)
    chart = drawn(settle(native, voice_of(made().survey)))
    moves = {}
    for place, one in enumerate(chart._chartSpace.iter(f"{C}ser")):
        for label in one.iter(f"{C}dLbl"):
            moves[place, label.idx.val] = float(label.find(f".//{C}y").get("val"))
    assert {at for _, at in moves} == {0, 2}
    for at in (0, 2):
        places = sorted(0.75 * -lines[place].values[at] / 0.6 + moves[place, at] for place in range(3))
        assert min(low - high for high, low in itertools.pairwise(places)) >= 0.06


@pytest.mark.parametrize("stages", [2, 5, 12])
def test_shades_of_the_theme_are_the_colours_of_the_house(stages):
    from colorsys import hls_to_rgb, rgb_to_hls

    for colour in ramp(stages, THEMES["light"]):
        hue, light, strength = rgb_to_hls(*parse_hex(THEMES["light"].accent))
        for shift in etree.fromstring(theme_fill(colour))[0]:
            share = int(shift.get("val")) / 100_000
            name = etree.QName(shift).localname
            hue += int(shift.get("val")) / 60_000 / 360 if name == "hueOff" else 0
            strength *= share if name == "satMod" else 1
            light = light * share if name == "lumMod" else light + share if name == "lumOff" else light
        assert hls_to_rgb(hue, light, strength) == pytest.approx(parse_hex(colour), abs=0.01)


def test_charts_take_their_colours_from_the_theme(made):
    for name, chart in charts_of(parts_of(made().path)):
        assert not list(chart.iter(f"{A}srgbClr")), name
        assert list(chart.iter(f"{A}schemeClr")), name


def test_the_theme_has_the_colours_of_the_house_in_arial(made):
    theme = etree.fromstring(parts_of(made().path)["ppt/theme/theme1.xml"])
    colours = {
        element.tag.removeprefix(A): f"#{element[0].get('val').lower()}"
        for element in theme.find(f".//{A}clrScheme")
    }
    light = THEMES["light"]
    wanted = {"dk1": light.ink, "lt1": light.ground, "dk2": light.muted, "lt2": light.rule}
    wanted |= {f"accent{n}": colour for n, colour in enumerate(light.groups[:6], 1)}
    assert colours | wanted == colours
    assert {face.get("typeface") for face in theme.iter(f"{A}latin")} == {"Arial"}


def test_the_same_survey_gives_the_same_bytes_and_no_clock(made, tmp_path):
    deck = made(lang="fi")
    again = save_slides(tmp_path / "again.pptx", deck.survey, lang="fi")
    assert again.read_bytes() == deck.path.read_bytes()
    with zipfile.ZipFile(again) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_a_deck_says_what_it_is_and_of_which_survey(made, lang):
    deck = made(lang=lang)
    codebook, properties = deck.survey.attrs["codebook"], Presentation(deck.path).core_properties
    assert properties.title == codebook.text("title", lang)
    assert properties.author == properties.last_modified_by == codebook.text("publisher", lang)
    assert properties.language == LOCALES[lang]
    assert properties.keywords == f"maturity-survey {codebook['name']} {codebook['version']}"
    assert properties.created == properties.modified


@pytest.mark.parametrize(("name", "lang"), DECKS)
def test_decks_obey_the_schemas_of_office(made, name, lang):
    path = made(name, lang).path
    assert breaches(path) == []
    assert [found for _, chart in charts_of(parts_of(path)) for found in misplaced(chart)] == []


def hostile_deck(path: Path, made) -> Path:
    """A deck of a survey whose labels are hostile."""
    codebook, deck = SURVEYS["small"]().codebook, made("small", "fi")
    fields = {field["name"]: field for field in codebook["resources"][0]["schema"]["fields"]}
    for category, label in zip(
        [*fields["stage"]["categories"], *fields["group"]["categories"]], HOSTILE, strict=False
    ):
        category["labels"] = dict.fromkeys(LANGUAGES, label)
    frames = {name: frame.copy() for name, frame in deck.frames.items()}
    survey = deck.survey.copy()
    for frame in (survey, *frames.values()):
        frame.attrs["codebook"] = codebook
    return save_slides(path, survey, frames=frames)


def test_hostile_labels_do_nothing_and_are_seen(made, tmp_path):
    parts = parts_of(hostile_deck(tmp_path / "deck.pptx", made))
    cells = []
    for name, blob in parts.items():
        if name.endswith((".xml", ".rels")):
            root = etree.fromstring(blob)
            assert not [
                e for e in root.iter(etree.Element) if etree.QName(e).localname in {"script", "hlinkClick"}
            ]
            assert not root.findall(".//*[@TargetMode='External']"), name
        if name.endswith(".xlsx"):
            (tmp_path / "book.xlsx").write_bytes(blob)
            sheet = etree.fromstring(parts_of(tmp_path / "book.xlsx")["xl/worksheets/sheet1.xml"])
            assert not [*sheet.iter("{*}f"), *sheet.iter("{*}hyperlink")]
            cells += [str(cell) for row in cells_of(blob) for cell in row]
    assert all(any(label in cell for cell in cells) for label in HOSTILE[:4])
    raw = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
    spoken = [blob.decode() for name, blob in parts.items() if name.endswith((".xml", ".rels"))]
    assert not [text for text in [*spoken, *cells] if raw.search(text)]
    assert any("turned U+202E round U+0007 U+2066 it" in re.sub(r"[<>()\[\]]", "", cell) for cell in cells)


def make_template(path: Path) -> Path:
    """A presenter's template: 4:3, its own colours, slides of its own."""
    deck = Presentation()
    deck.slides.add_slide(deck.slide_layouts[5]).shapes.title.text = "A slide of the template's own"
    theme = next(rel.target_part for rel in deck.slide_master.part.rels.values() if "theme" in rel.reltype)
    theme._blob = theme.blob.replace(b"4F81BD", b"117733")
    deck.save(path)
    return path


def test_a_template_gives_its_look_and_not_its_slides(made, tmp_path):
    deck = made()
    path = save_slides(
        tmp_path / "deck.pptx", deck.survey, template=make_template(tmp_path / "t.pptx"), frames=deck.frames
    )
    found = Presentation(path)
    assert len(found.slides) == len(slides_of(deck.path))
    assert b"117733" in parts_of(path)["ppt/theme/theme1.xml"]
    assert breaches(path) == []
    for slide in found.slides:
        assert "own" not in slide.shapes.title.text_frame.text
        for shape in slide.shapes:
            assert 0 <= shape.left <= shape.left + shape.width <= found.slide_width + 1
            assert 0 <= shape.top <= shape.top + shape.height <= found.slide_height + 1, shape.name


def test_a_potx_is_a_template_too(made, tmp_path):
    template, deck = make_template(tmp_path / "t.potx"), made()
    change(template, r"\[Content_Types\]\.xml", r"presentation\.main\+xml", "template.main+xml")
    path = save_slides(tmp_path / "deck.pptx", deck.survey, template=template, frames=deck.frames)
    assert breaches(path) == []


def test_a_folder_that_cannot_be_written_leaves_nothing_behind(made, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises((StorageError, RequestError)):
        save_slides(tmp_path / "file" / "deck.pptx", made().survey, frames=made().frames)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.office
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice (soffice) is not installed")
def test_libreoffice_shows_every_slide_with_its_words_inside(made, tmp_path):
    from pypdf import PdfReader

    paths = [made(name, lang).path for name, lang in DECKS]
    command = [
        "soffice",
        f"-env:UserInstallation=file://{tmp_path}/profile",
        "--headless",
        "--convert-to",
        "pdf",
    ]
    subprocess.run([*command, "--outdir", tmp_path, *paths], check=True, capture_output=True, timeout=180)
    for path in paths:
        pdf = tmp_path / f"{path.stem}.pdf"
        for page, slide in zip(PdfReader(pdf).pages, slides_of(path), strict=True):
            assert "".join(unheld(slide.shapes.title.text_frame.text).split()) in "".join(
                page.extract_text().split()
            )
        boxes = subprocess.run(["pdftotext", "-bbox", pdf, "-"], check=True, capture_output=True).stdout
        for page in etree.fromstring(boxes).iter("{*}page"):
            width, height = float(page.get("width")), float(page.get("height"))
            for word in page.iter("{*}word"):
                left, top, right, bottom = (float(word.get(end)) for end in ("xMin", "yMin", "xMax", "yMax"))
                assert -1 <= left <= right <= width + 1, word.text
                assert -1 <= top <= bottom <= height + 1, word.text
