"""The typeface in a page is small, complete for three languages, and the same each time."""

from __future__ import annotations

import base64
import io
import re

from fontTools.ttLib import TTFont

from analysis.typeface import font_faces


def faces() -> list[TTFont]:
    sources = re.findall(r"base64,([^)]+)\)", font_faces())
    return [TTFont(io.BytesIO(base64.b64decode(source))) for source in sources]


def test_every_letter_and_sign_of_the_pages_is_there() -> None:
    for face in faces():
        missing = [
            sign for sign in "äöåÄÖÅéüšž0123456789 %–−”“’…→\u00a0" if ord(sign) not in face.getBestCmap()
        ]
        assert missing == []


def test_the_faces_keep_the_licence_and_are_small() -> None:
    assert len(font_faces()) < 60_000
    for face in faces():
        assert "Open Font License" in face["name"].getDebugName(13)


def test_the_same_bytes_each_time() -> None:
    once = font_faces()
    font_faces.cache_clear()
    assert font_faces() == once
