"""The parts that decks are made of: packages, workbooks, tints, and text measured before it is set."""

from __future__ import annotations

import io
import zipfile
from colorsys import hls_to_rgb, rgb_to_hls

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import RequestError, StorageError
from analysis.powerpoint.embedded import write_workbook
from analysis.powerpoint.lettering import (
    count_lines,
    fitting_labels,
    fitting_size,
    narrowest,
    text_height,
    text_width,
)
from analysis.powerpoint.native import percent_form, points_form
from analysis.powerpoint.package import inert, pack, put, read_parts, unpack
from analysis.powerpoint.shades import group_shades, stage_shades
from analysis.powerpoint.spreadsheet import Cell, Range, change_cells, read_range
from analysis.style import THEMES, contrast, lightness, parse_hex, ramp

SHEET = pd.DataFrame([[0.19, 8.7], [0.5, float("nan")]], index=["=1+1", "b"], columns=["http://x", "y"])


def book() -> bytes:
    return write_workbook(SHEET, ["0%", "0.0"])


def cells(blob: bytes) -> list[list[object]]:
    page = openpyxl.load_workbook(io.BytesIO(blob))["Sheet1"]
    return [[cell.value for cell in row] for row in page.iter_rows()]


def test_a_workbook_holds_strings_and_numbers_exactly():
    assert cells(book()) == [[None, "http://x", "y"], ["=1+1", 0.19, 8.7], ["b", 0.5, None]]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=5))
def test_any_number_is_read_back_as_it_was(values):
    blob = write_workbook(pd.DataFrame({"x": values}), ["General"])
    assert [row[1] for row in cells(blob)[1:]] == values


def test_a_label_that_looks_like_a_formula_is_a_string():
    page = openpyxl.load_workbook(io.BytesIO(book()))["Sheet1"]
    assert page["A2"].data_type == "s"
    assert page["B1"].hyperlink is None


def test_the_same_sheet_gives_the_same_workbook():
    assert book() == book()


def test_changed_cells_keep_their_styles_and_others_their_values():
    changed = change_cells(
        book(), {Cell("Sheet1", 2, "B"): 0.21, Cell("Sheet1", 3, "A"): "=2", Cell("Sheet1", 4, "A"): "c"}
    )
    assert cells(changed) == [
        [None, "http://x", "y"],
        ["=1+1", 0.21, 8.7],
        ["=2", 0.5, None],
        ["c", None, None],
    ]
    page = openpyxl.load_workbook(io.BytesIO(changed))["Sheet1"]
    assert page["B2"].number_format == "0%"
    assert page["A3"].data_type == "s"


def test_a_cell_can_be_emptied():
    assert cells(change_cells(book(), {Cell("Sheet1", 2, "C"): None}))[1] == ["=1+1", 0.19, None]


def test_cells_that_hold_their_values_already_leave_every_byte():
    held = {Cell("Sheet1", 2, "B"): 0.19, Cell("Sheet1", 2, "A"): "=1+1", Cell("Sheet1", 9, "Z"): None}
    assert change_cells(book(), held) is not None
    assert change_cells(blob := book(), held) == blob


@pytest.mark.parametrize(
    ("formula", "found"),
    [
        ("Sheet1!$B$2:$B$6", Range("Sheet1", "B", 2, 6)),
        ("Sheet1!$B$1", Range("Sheet1", "B", 1, 1)),
        ("'My ''own'' sheet'!$AA$2:$AA$3", Range("My 'own' sheet", "AA", 2, 3)),
        ("Sheet1!$B$2:$C$6", None),
        ("(Sheet1!$B$2,Sheet1!$B$4)", None),
        ("name", None),
    ],
)
def test_references_of_charts_are_read(formula, found):
    assert read_range(formula) == found
    if found:
        assert str(found) == formula


def test_a_package_is_the_same_whenever_it_is_made():
    parts = {"b.xml": b"<b/>", "[Content_Types].xml": b"<Types/>", "a.xml": b"<a/>"}
    blob = pack(parts)
    assert blob == pack(parts)
    assert list(unpack(blob)) == ["[Content_Types].xml", "b.xml", "a.xml"]


@pytest.mark.parametrize("text", ["a\x00b", "\x1b[0m", "\ud800", "\ufffe", "\r"])
def test_what_xml_forbids_is_named_by_code_point(text):
    assert "<U+" in inert(text)


def test_what_xml_allows_is_left_alone():
    text = "Äö ”x” <b> & $x$ \t\n 🙂 =1+1"
    assert inert(text) == text


def test_a_zip_bomb_is_not_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr("analysis.powerpoint.package.LARGEST", 1000)
    with zipfile.ZipFile(tmp_path / "large.pptx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", b" " * 2000)
    with pytest.raises(RequestError, match="give a smaller one"):
        read_parts(tmp_path / "large.pptx", what="template")


def test_a_failed_write_leaves_what_stood_there(tmp_path, monkeypatch):
    target = tmp_path / "deck.pptx"
    target.write_bytes(b"old")

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", refuse)
    with pytest.raises(StorageError, match="No space left on device"):
        put(target, b"new")
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def shown(shade) -> str:
    """The colour that our theme gives a tint: the changes applied in the order of the file."""
    hue, light, saturation = rgb_to_hls(*parse_hex(THEMES["light"].accent))
    for name, amount in shade.shifts:
        share = amount / 100_000
        hue += amount / 60_000 / 360 if name == "hueOff" else 0
        saturation *= share if name == "satMod" else 1
        light = light * share if name == "lumMod" else light + share if name == "lumOff" else light
    channels = hls_to_rgb(hue, light, saturation)
    return "#" + "".join(f"{round(255 * channel):02x}" for channel in channels)


@pytest.mark.parametrize("stages", range(2, 13))
def test_tints_of_the_accent_are_the_ramp_of_the_house(stages):
    tints = [shown(shade) for shade, _ in stage_shades(stages)]
    for found, known in zip(tints, ramp(stages, THEMES["light"]), strict=True):
        assert parse_hex(found) == pytest.approx(parse_hex(known), abs=0.01)
    assert [lightness(tint) for tint in tints] == sorted((lightness(tint) for tint in tints), reverse=True)


@pytest.mark.parametrize("stages", range(2, 13))
def test_figures_on_a_tint_have_contrast(stages):
    for shade, ink in stage_shades(stages):
        colour = {"tx1": THEMES["light"].ink, "bg1": THEMES["light"].ground}[ink.name]
        assert contrast(shown(shade), colour) >= 3.9, shade  # WCAG asks 3 of text that is large and bold


def test_groups_have_colours_of_their_own():
    assert len(set(group_shades(8))) == 8


def test_number_forms_print_as_the_words_do():
    assert percent_form("fi", 0) == '0"\xa0"%'
    assert percent_form("en", 1) == "0.0%"
    assert points_form(0) == '"+"0;"−"0;""0'


def test_wider_boxes_never_take_more_lines():
    text = "Preparing or piloting with partners in other countries"
    lines = [count_lines(text, width / 4, 16) for width in range(4, 40)]
    assert lines == sorted(lines, reverse=True)
    assert lines[-1] == 1


@pytest.mark.parametrize("lines", [1, 2, 3])
def test_the_narrowest_box_has_the_lines_that_were_asked_for(lines):
    text = "Preparing or piloting with partners"
    width = narrowest(text, 16, lines=lines)
    assert count_lines(text, width + 1e-6, 16) <= lines
    assert count_lines(text, width - 0.05, 16) > lines or width == max(
        text_width(w, 16) for w in text.split()
    )


def test_type_shrinks_until_it_fits():
    assert fitting_size(["short"], 5, 1, (40, 20, 10)) == 40
    assert fitting_size(["a long sentence that needs room " * 9], 5, 1, (40, 20, 10)) == 10


def test_labels_beside_rows_are_no_taller_than_a_row():
    labels = ["Adult education centres and folk high schools\nn = 111", "Lukiot\nn = 95"]
    size, width = fitting_labels(labels, (18, 16, 14, 12), pitch=0.6, most=4.2)
    assert max(text_height(count_lines(label, width + 1e-6, size), size) for label in labels) <= 0.6


def test_signs_that_the_measure_lacks_do_no_harm():
    assert text_width("漢字\x07", 16) > 0
