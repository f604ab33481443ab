"""Bytes into text: what a file is by its first bytes, and which encoding it has.

UTF-8 first, with or without a byte-order mark; UTF-16 only with one; Windows-1252 only where nothing in
the file speaks against it. One wrong byte in a UTF-8 file is an error at its line, not a reason to read
the whole file otherwise.
"""

from __future__ import annotations

import codecs
import io
import re

from analysis.survey.ledger import Ledger
from analysis.survey.opening import HEAD, name_foreign

MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
NAMES = {"utf-8": "UTF-8", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16", "cp1252": "Windows-1252"}

MULTIBYTE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
# Finnish and Swedish letters that the neighbouring code pages do not use for others, and signs of text.
PLAUSIBLE = frozenset("åäöÅÄÖéÉüÜ\u00a0§°·«»€–—‘’“”…©®±×")
# Signs that are ö, Ä and Ö in the code pages of DOS and old Macs, where a word has them.
MISPLACED = re.compile(r"[^\W\d_][“”](?=[^\W\d_])|[€…](?=[^\W\d_])|^[^“”\n]*[^\W\d_][“”]", re.MULTILINE)


def decode(data: bytes, ledger: Ledger) -> tuple[str, str]:
    """The text of a file and its encoding, without a byte-order mark.

    Raises
    ------
    SurveyDataError
        It is not text, or its encoding cannot be told for sure; every wrong line is named.
    """
    foreign = name_foreign(data[:HEAD])
    if foreign is not None:
        what, advice = foreign
        raise ledger.stop("", "", "", "not-text", f"the file is {what}; {advice}")
    for mark, encoding in MARKS:
        if data.startswith(mark):
            ledger.note(f"the byte-order mark left out; the file is {NAMES[encoding]}")
            return _decode_strictly(data[len(mark) :], encoding, ledger), encoding
    if _looks_like_utf16(data):
        problem = "the file looks like UTF-16 without a byte-order mark; save it as UTF-8"
        raise ledger.stop("", "", "", "encoding", problem)
    if _is_windows_1252(data):
        ledger.note("read as Windows-1252")
        return data.decode("cp1252"), "cp1252"
    return _decode_strictly(data, "utf-8", ledger), "utf-8"


def _decode_strictly(data: bytes, encoding: str, ledger: Ledger) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding != "utf-8":
            number = data[: error.start].decode(encoding, "replace").count("\n") + 1
            problem = f"bytes that are not {NAMES[encoding]}: is the file cut off?"
            raise ledger.stop(number, "", "", "encoding", problem) from error
    unified = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    for number, line in enumerate(io.BytesIO(unified), start=1):
        if ledger.full:
            break
        wrong = None if line.isascii() else _first_wrong_byte(line)
        if wrong is not None:
            ledger.refuse(number, "", f"0x{wrong:02X}", "encoding", _describe_byte(wrong))
    raise ledger.error()


def _first_wrong_byte(line: bytes) -> int | None:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError as error:
        return line[error.start]
    return None


def _describe_byte(wrong: int) -> str:
    as_1252 = bytes([wrong]).decode("cp1252", "replace")
    guess = f" ('{as_1252}' in Windows-1252)" if as_1252 in PLAUSIBLE else ""
    return f"the byte 0x{wrong:02X} is not UTF-8{guess}; save the whole file as UTF-8, or mend this line"


def _looks_like_utf16(data: bytes) -> bool:
    """Every second byte of the start is zero, as Latin letters in UTF-16 have it."""
    start = data[:64]
    return len(start) >= 8 and any(
        all(byte == 0 for byte in start[offset::2]) and all(start[1 - offset :: 2]) for offset in (0, 1)
    )


def _is_windows_1252(data: bytes) -> bool:
    """Whether all speaks for Windows-1252: no UTF-8, and only Finnish or Swedish letters in sound places."""
    if data.isascii() or MULTIBYTE.search(data):
        return False
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        return False
    letters = {character for character in set(text) if not character.isascii()}
    return letters <= PLAUSIBLE and not MISPLACED.search(text)
