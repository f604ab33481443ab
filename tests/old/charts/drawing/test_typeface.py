"""The typeface of charts and pages is small, complete for three languages, and the same each time."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path

import matplotlib as mpl
import pytest
from fontTools.ttLib import TTFont

from analysis.old.charts.drawing.typeface import FACES, font_faces, light_face, whole_face


def page_faces() -> list[TTFont]:
    sources = re.findall(r"base64,([^)]+)\)", font_faces())
    return [TTFont(io.BytesIO(base64.b64decode(source))) for source in sources]


def test_every_letter_and_sign_of_ours_is_there() -> None:
    for face in (*page_faces(), *(TTFont(light_face(name)) for name in FACES)):
        missing = [
            sign for sign in "äöåÄÖÅéüšž0123456789 %–−”“’…→\u00a0" if ord(sign) not in face.getBestCmap()
        ]
        assert missing == []


def test_the_letters_are_those_of_the_whole_typeface() -> None:
    for name in FACES:
        light, whole = TTFont(light_face(name)), TTFont(whole_face(name))
        for sign in "aÄ0%":
            glyph = light.getBestCmap()[ord(sign)]
            assert light["hmtx"][glyph] == whole["hmtx"][glyph]
            assert light["glyf"][glyph] == whole["glyf"][glyph]


def test_the_faces_keep_the_licence_and_are_small() -> None:
    assert len(font_faces()) < 60_000
    for face in page_faces():
        assert "Open Font License" in face["name"].getDebugName(13)


def test_the_same_bytes_each_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page, file = font_faces(), light_face("Regular").read_bytes()
    font_faces.cache_clear()
    light_face.cache_clear()
    monkeypatch.setattr(mpl, "get_cachedir", lambda: str(tmp_path))
    try:
        assert font_faces() == page
        assert light_face("Regular").read_bytes() == file
        assert len(list(tmp_path.iterdir())) == 3  # a face for charts, two for pages; nothing half made
    finally:
        light_face.cache_clear()
