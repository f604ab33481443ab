"""A deck as a file: opened within limits, refused where it is none, written to the same bytes each time."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from pptx.opc.constants import CONTENT_TYPE
from pptx.opc.oxml import serialize_part_xml
from pptx.opc.package import PartFactory
from pptx.oxml import parse_xml
from pptx.package import Package
from pptx.parts.presentation import PresentationPart
from pptx.presentation import Presentation

from analysis.errors import MaturityError, RequestError, quote, show

TEMPLATE = Path(__file__).with_name("template.pptx")
EPOCH = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip archive can name
FIXED_DATE = datetime(2021, 1, 1)  # noqa: DTZ001  (a deck has a date; ours must not depend on the clock)
LARGEST = 500 * 2**20  # bytes of a deck, unpacked
LARGEST_XML = 64 * 2**20  # bytes of all its XML, which takes ten times as much memory when it is read
MOST_PARTS = 10_000
SECTIONS = "{521415D9-36F7-43E2-AB2F-B90AF26B5E84}"  # the list of sections, which names slides


def open_template(template: str | Path | None = None) -> Presentation:
    """A deck without slides: our template, or the master, theme and layouts of a presenter's.

    Raises
    ------
    RequestError
        The file is no PowerPoint deck or template, has macros, or links to something outside itself.
    """
    path = Path(template or TEMPLATE)
    deck, _ = open_deck(path, what="template")
    with damage(path, what="template"):
        _remove_slides(deck)
        outside = [rel.target_ref for rel in deck.part.package.iter_rels() if rel.is_external]
    if outside:
        raise RequestError(
            f"template {show(str(path))} links to {quote(outside[0])}; every deck made from it would do so: "
            "take the link out of its master and layouts first"
        )
    return deck


def open_deck(path: Path, *, what: str = "deck") -> tuple[Presentation, bytes]:
    """A deck as python-pptx reads it, and its bytes; ``what`` says in whose place the file was given.

    Raises
    ------
    RequestError
        The file is absent, too large, damaged, no PowerPoint deck, or has macros.
    """
    blob = _read(path, what)
    PartFactory.part_type_for[CONTENT_TYPE.PML_TEMPLATE_MAIN] = PresentationPart
    with damage(path, what=what):
        package: Any = Package.open(io.BytesIO(blob))
        main = package.main_document_part
        if main._content_type == CONTENT_TYPE.PML_TEMPLATE_MAIN:  # the rest of a .potx is as in a deck
            main._content_type = CONTENT_TYPE.PML_PRESENTATION_MAIN
        types = " ".join(part.content_type for part in package.iter_parts())
        if re.search("vbaProject|macroEnabled.main|activeX", types):
            raise RequestError(
                f"{what} {show(str(path))} has macros, which are not taken over; save it as .pptx first"
            )
        if main.content_type != CONTENT_TYPE.PML_PRESENTATION_MAIN:
            raise ValueError(main.content_type)
        deck: Presentation = main.presentation
        _ = [slide.shapes for slide in deck.slides], [layout.name for layout in deck.slide_layouts]
    return deck, blob


def _read(path: Path, what: str) -> bytes:
    """The bytes of a zip file that unpacks to no more than can be read."""
    try:
        if not path.is_file():  # a pipe would never end
            path.stat()
            raise RequestError(f"{what} {show(str(path))} is no file; give a .pptx that PowerPoint saved")
        if path.stat().st_size > LARGEST:
            raise _too_large(path, what)
        blob = path.read_bytes()
    except (OSError, ValueError) as error:  # a path with a NUL or a surrogate
        reason = getattr(error, "strerror", None) or "that is no name of a file"
        raise RequestError(f"{what} {show(str(path))} cannot be read: {reason}") from error
    with damage(path, what=what), zipfile.ZipFile(io.BytesIO(blob)) as archive:
        sizes = [(entry.filename.lower(), entry.file_size) for entry in archive.infolist()]
    markup = sum(size for name, size in sizes if name.endswith((".xml", ".rels", ".vml")))
    if sum(size for _, size in sizes) > LARGEST or markup > LARGEST_XML or len(sizes) > MOST_PARTS:
        raise _too_large(path, what)
    return blob


def _too_large(path: Path, what: str) -> RequestError:
    return RequestError(
        f"{what} {show(str(path))} unpacks to more than {LARGEST >> 20} MB, or {LARGEST_XML >> 20} MB of "
        "XML; give a smaller one"
    )


@contextmanager
def damage(path: Path, *, what: str) -> Iterator[None]:
    """What python-pptx and its parsers stumble over in a damaged file, as a refusal that says so.

    Raises
    ------
    RequestError
        The file is damaged, or no deck.
    """
    try:
        yield
    except MaturityError:
        raise
    except Exception as error:  # zipfile, lxml and python-pptx raise many kinds on damaged files
        raise RequestError(
            f"{what} {show(str(path))} is not a PowerPoint deck, or is damaged; give a .pptx or .potx file "
            "that PowerPoint can open and has saved"
        ) from error


def _remove_slides(deck: Presentation) -> None:
    """Take out the slides of a template, and what names them."""
    entries = deck.slides._sldIdLst
    for entry in list(entries):
        deck.part.drop_rel(entry.rId)
        entries.remove(entry)
    root: Any = deck.element
    for gone in [*root.iterfind("{*}custShowLst"), *root.iterfind(f".//*[@uri='{SECTIONS}']")]:
        gone.getparent().remove(gone)


def deck_bytes(deck: Presentation, before: bytes = b"") -> bytes:
    """A deck as a file: the same deck, the same bytes.

    Parts that say what they said in the file ``before`` keep its bytes; where all do, it is that file.
    """
    buffer, packed = io.BytesIO(), io.BytesIO()
    deck.save(buffer)
    old = _parts(before) if before else {}
    parts = {name: _kept(blob, old.get(name)) for name, blob in _parts(buffer.getvalue()).items()}
    told = {blob for name, blob in parts.items() if not name.endswith((".rels", "[Content_Types].xml"))}
    if told <= set(old.values()):  # python-pptx lists parts in its own order
        return before
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, blob in parts.items():
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type, entry.create_system = zipfile.ZIP_DEFLATED, 0  # the same on every system
            archive.writestr(entry, blob)
    return packed.getvalue()


def _parts(blob: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(blob)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _kept(blob: bytes, old: bytes | None) -> bytes:
    """The bytes of before where python-pptx only writes the same XML in its own way."""
    if old is None or old == blob or not old.lstrip(b"\xef\xbb\xbf").startswith(b"<"):
        return blob
    return old if serialize_part_xml(parse_xml(old)) == blob else blob
