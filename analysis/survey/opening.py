"""What a file from outside is, by its first bytes, and its bytes into text.

``append`` and ``tabulate`` open alike: nothing but a regular file, and what no command reads is named for
what it is, with a way out. Text is UTF-8 first; UTF-16 only with a byte-order mark; Windows-1252 only where
nothing in the file speaks against it. One wrong byte in a UTF-8 file is an error at its line, not a reason to
read the whole file otherwise.
"""

from __future__ import annotations

import codecs
import io
import os
import re
import stat
import zipfile
from collections.abc import Collection
from pathlib import Path
from typing import IO

from analysis.survey.ledger import Ledger

ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")
PLACES = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
HEAD = 600  # bytes by which a file is known

AS_CSV = "save it in Excel as 'CSV UTF-8' and give that file"
AS_XLSX = "save it as .xlsx ('Excel Workbook') or as 'CSV UTF-8', and give that file"
AS_ROWS = "write the table as CSV first"
AS_TABLE = "give the table as CSV or .xlsx"
UNPACK = "unpack it first"
READ = {  # what is read: what a message calls it, its first bytes, the endings of its names
    "text": ("text", rb"(?!)", ("csv",)),  # whatever is nothing else
    "xlsx": ("an Excel workbook (.xlsx)", rb"(?!)", ("xlsx", "xlsm")),  # one of the zip archives
    "parquet": ("a Parquet file", rb"PAR1", ("parquet", "pq")),
    "sav": ("an SPSS file (.sav)", rb"\$FL[23]", ("sav", "zsav")),
    "por": ("a portable SPSS file (.por)", rb"(?s:.{0,480})SPSS PORT FILE", ("por",)),
    "dta": ("a Stata file (.dta)", rb"<stata_dta>|[\x69-\x73][\x01\x02]\x01\x00", ("dta",)),
    "xpt": ("a SAS transport file (.xpt)", rb"HEADER RECORD\*{7}LIB", ("xpt",)),
    "sas7bdat": ("a SAS file (.sas7bdat)", rb"\x00{12}\xc2\xea\x81\x60", ("sas7bdat",)),
}
ANSWERS = list(READ)[2:]  # one row per respondent: ``maturity tabulate`` reads it, ``append`` says so
ENDINGS = {ending: kind for kind, (_, _, endings) in READ.items() for ending in endings}
FOREIGN: tuple[tuple[bytes, str, str], ...] = (  # what starts so, what it is, what to do
    (rb"\x1f\x8b", "compressed (gzip)", UNPACK),
    (rb"BZh[1-9]", "compressed (bzip2)", UNPACK),
    (rb"\xfd7zXZ\x00", "compressed (xz)", UNPACK),
    (rb"7z\xbc\xaf\x27\x1c", "compressed (7-Zip)", UNPACK),
    (rb"Rar!\x1a", "compressed (RAR)", UNPACK),
    (rb"\x28\xb5\x2f\xfd", "compressed (Zstandard)", UNPACK),
    (rb"\x04\x22\x4d\x18", "compressed (LZ4)", UNPACK),
    (rb"(?s:.{257})ustar", "a tar archive", UNPACK),
    (rb"%PDF", "a PDF document", AS_TABLE),
    (rb"\{\\rtf", "an RTF document", AS_TABLE),
    (rb"ARROW1|FEA1", "an Arrow file", "write it as Parquet or CSV first"),
    (rb"SQLite format 3\x00", "an SQLite database", AS_ROWS),
    (rb"\x89HDF", "an HDF5 file", AS_ROWS),
    (rb"RDX[23]|X\n\x00\x00\x00", "an R file", AS_ROWS),
    (rb"\x93NUMPY", "a numpy file", AS_ROWS),
    (rb"\x89PNG|GIF8|\xff\xd8\xff", "a picture", AS_TABLE),
    (rb"\x7fELF|MZ\x90\x00", "a program", AS_TABLE),
    (rb"\xff\xfe\x00\x00|\x00\x00\xfe\xff", "text in UTF-32", "save it as UTF-8"),
    (rb"\x80[\x02-\x05](?s:.)", "a Python pickle, which may hold a program", AS_ROWS),
    (rb"(\xef\xbb\xbf)?\s*<(?i:!doctype|html|head|body|table|meta|\?xml|!--|svg)", "HTML or XML", AS_CSV),
    (rb"(\xef\xbb\xbf)?\s*[\[{]\s*[\"\[{\]}]", "JSON", AS_ROWS),
)
ZIPPED = {  # what a zip archive is by a file in it
    "xl/workbook.bin": ("a binary Excel workbook (.xlsb)", AS_XLSX),
    "word/document.xml": ("a Word document", AS_TABLE),
    "ppt/presentation.xml": ("a PowerPoint file", AS_TABLE),
    "Index/Document.iwa": ("an Apple Numbers file", AS_XLSX),
}
COMPOUND = {  # what an OLE file is by the name of a stream in it
    "EncryptedPackage": (
        "an Excel workbook with a password",
        "save it without one (File, Info, Protect Workbook, Encrypt with Password: empty the field)",
    ),
    "WordDocument": ("an old Word document (.doc)", AS_TABLE),
    "Workbook": ("an old Excel workbook (.xls)", AS_XLSX),
    "Book": ("an old Excel workbook (.xls)", AS_XLSX),
    "": ("an old Office document", AS_TABLE),  # any other
}
STRICT = b"http://purl.oclc.org/ooxml/spreadsheetml/main"
BYTE_ORDER_MARKS = {
    "utf-8": codecs.BOM_UTF8,
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
}
WRONG = re.compile("[\udc80-\udcff\ufffd]")  # where bytes were no text
MULTIBYTE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
# Finnish and Swedish letters that the neighbouring code pages do not use for others, and signs of text.
PLAUSIBLE = frozenset("åäöÅÄÖéÉüÜ\u00a0§°·«»€–—‘’“”…©®±×")
# Signs that are ö, Ä and Ö in the code pages of DOS and old Macs, where a word has them.
MISPLACED = re.compile(r"[^\W\d_][“”](?=[^\W\d_])|[€…](?=[^\W\d_])|^[^“”\n]*[^\W\d_][“”]", re.MULTILINE)


def identify(path: str | Path, ledger: Ledger, readable: Collection[str]) -> str:
    """Which of the ``readable`` kinds a file is: ``text``, ``xlsx``, ``parquet``, ``sav`` …

    Raises SurveyDataError for no regular file, or something else, which is named with a way out.
    """
    with open_plain(path, ledger) as file:
        kind, foreign = _content_of(file)
    ending = Path(path).suffix.lower().removeprefix(".")
    problem = "the file is {}; {}".format(*foreign)
    if kind and kind not in readable:
        advice = "count the answers in it first: maturity tabulate" if kind in ANSWERS else AS_TABLE
        problem = f"the file is {READ[kind][0]}, not a table of percentages; {advice}"
    elif kind and ENDINGS.get(ending, kind) == kind:
        return kind
    elif kind:
        problem = f"the file is {READ[kind][0]}, but its name ends in .{ending}; give it its right name"
    raise ledger.stop("", "", "", "not-text", problem)


def open_plain(path: str | Path, ledger: Ledger, most: int | None = None) -> IO[bytes]:
    """A regular file of at most ``most`` bytes, open to be read; SurveyDataError for anything else."""
    rule, problem = "not-a-file", "this is an address; download the file and give its path"
    if not ADDRESS.match(str(path)):
        try:
            status = os.stat(path)  # noqa: PTH116  (a path may be text)
            kind = PLACES.get(stat.S_IFMT(status.st_mode))
            if kind is None and (most is None or status.st_size <= most):
                return Path(path).open("rb")
            problem = f"it is {kind}, not a file"
            if kind is None:
                rule, problem = "too-large", f"the file is larger than {(most or 0) // 10**6} MB"
        except FileNotFoundError:
            problem = "there is no such file"
        except (OSError, ValueError) as error:
            problem = f"the file cannot be read: {(getattr(error, 'strerror', '') or str(error)).lower()}"
    raise ledger.stop("", "", "", rule, problem)


def name_foreign(start: bytes) -> tuple[str, str] | None:
    """What a file is that no command reads, by its first bytes, and what to do; None when it may be read."""
    return next(((what, advice) for mark, what, advice in FOREIGN if re.match(mark, start)), None)


def _content_of(file: IO[bytes]) -> tuple[str, tuple[str, str]]:
    """The kind of an open file by its content; where it is empty, what the file is and what to do."""
    start = file.read(HEAD)
    if start.startswith(b"PK"):
        found = _zip_content(file)
        return ("", found) if found else ("xlsx", ("", ""))
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        data = start + file.read(50_000_000)
        return "", next(what for name, what in COMPOUND.items() if name.encode("utf-16-le") in data)
    if foreign := name_foreign(start):
        return "", foreign
    return next((kind for kind, (_, mark, _) in READ.items() if re.match(mark, start)), "text"), ("", "")


def _zip_content(file: IO[bytes]) -> tuple[str, str] | None:
    """What a zip archive is and what to do; None for a workbook that can be read."""
    try:
        with zipfile.ZipFile(file) as parts:
            names = set(parts.namelist())
            if "xl/workbook.xml" in names:
                with parts.open("xl/workbook.xml") as workbook:
                    strict = STRICT in workbook.read(4000)
                return ("a workbook in the form 'Strict Open XML'", AS_XLSX) if strict else None
            if "mimetype" in names:
                with parts.open("mimetype") as mimetype:
                    kind = mimetype.read(200).decode("ascii", "replace")
                if "opendocument" in kind:
                    kind = "spreadsheet (.ods)" if "spreadsheet" in kind else "file"
                    return f"an OpenDocument {kind}", AS_XLSX.replace("'Excel Workbook'", "Excel 2007-365")
            return next((what for name, what in ZIPPED.items() if name in names), ("a zip archive", UNPACK))
    except Exception:  # noqa: BLE001  (zipfile raises many kinds on damaged archives)
        return "a damaged zip file, such as an Excel workbook (.xlsx) cut off", "save it again in Excel"


def decode(data: bytes, ledger: Ledger) -> tuple[str, str]:
    """The text of a file and its encoding, without a byte-order mark.

    Raises SurveyDataError where it is no text, or its encoding is not sure; every wrong line is named.
    """
    if foreign := name_foreign(data[:HEAD]):
        raise ledger.stop("", "", "", "not-text", "the file is {}; {}".format(*foreign))
    for encoding, mark in BYTE_ORDER_MARKS.items():
        if data.startswith(mark):
            ledger.note(f"the byte-order mark left out; the file is {encoding[:6].upper()}")
            return _decode_strictly(data[len(mark) :], encoding, ledger), encoding
    start = data[:64]
    if len(start) >= 8 and any(not any(start[at::2]) and all(start[1 - at :: 2]) for at in (0, 1)):
        problem = "the file looks like UTF-16 without a byte-order mark; save it as UTF-8"
        raise ledger.stop("", "", "", "encoding", problem)
    if _is_windows_1252(data):
        ledger.note("read as Windows-1252")
        return data.decode("cp1252"), "cp1252"
    return _decode_strictly(data, "utf-8", ledger), "utf-8"


def _decode_strictly(data: bytes, encoding: str, ledger: Ledger) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        text = data.decode(encoding, "surrogateescape" if encoding == "utf-8" else "replace")
    lines = io.StringIO(text, newline=None)  # which ends lines as files do
    for number, line in enumerate(lines, start=1):
        if ledger.full:
            break
        if wrong := WRONG.search(line):
            byte, advice = wrong[0].encode("utf-8", "surrogateescape"), "save the whole file as UTF-8"
            problem = f"bytes that are not {encoding[:6].upper()}: is the file cut off? {advice}"
            if len(byte) == 1:
                letter = byte.decode("cp1252", "replace")
                guess = f" ('{letter}' in Windows-1252)" if letter in PLAUSIBLE else ""
                problem = f"the byte 0x{byte[0]:02X} is not UTF-8{guess}; {advice}, or mend this line"
            ledger.refuse(number, "", "", "encoding", problem)
    raise ledger.error()


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
