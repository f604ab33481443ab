"""A deck as a file: opened within limits, refused where it is none, written to the same bytes each time."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pptx.opc.constants import CONTENT_TYPE
from pptx.opc.package import PartFactory
from pptx.package import Package
from pptx.parts.presentation import PresentationPart
from pptx.presentation import Presentation

from analysis.errors import MaturityError, RequestError, quote, show

TEMPLATE = Path(__file__).with_name("template.pptx")
EPOCH = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip archive can name
DECK_BYTES = 500 * 2**20  # bytes of a deck, unpacked
LARGEST_XML = 64 * 2**20  # bytes of all its XML, which takes ten times as much memory when it is read
MOST_PARTS = 10_000
SECTIONS = "{521415D9-36F7-43E2-AB2F-B90AF26B5E84}"  # the list of sections, which names slides


def open_template(template: str | Path | None = None) -> Presentation:
    """A deck without slides: our template, or the master, theme and layouts of a presenter's.

    A file that is no deck or template, has macros, or links to something outside itself is refused.
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

    A file that is absent, too large, damaged, no PowerPoint deck, or has macros is refused.
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
    place = f"{what} {show(str(path))}"
    try:
        if not path.is_file():  # a pipe would never end
            path.stat()
            raise RequestError(f"{place} is not a file; give a .pptx that PowerPoint saved")
        with path.open("rb") as file, damage(path, what=what), zipfile.ZipFile(file) as archive:
            sizes = [(entry.filename.lower(), entry.file_size) for entry in archive.infolist()]
            whole = max(path.stat().st_size, sum(size for _, size in sizes))
            markup = sum(size for name, size in sizes if name.endswith((".xml", ".rels", ".vml")))
            if whole > DECK_BYTES or markup > LARGEST_XML or len(sizes) > MOST_PARTS:
                raise RequestError(
                    f"{place} unpacks to more than {DECK_BYTES >> 20} MB, or {LARGEST_XML >> 20} MB of XML; "
                    "give a smaller one"
                )
            file.seek(0)
            return file.read()
    except (OSError, ValueError) as error:  # a path with a NUL or a surrogate
        reason = getattr(error, "strerror", None) or "a file cannot have that name"
        raise RequestError(f"{place} cannot be read: {reason}") from error


@contextmanager
def damage(path: Path, *, what: str) -> Iterator[None]:
    """What python-pptx and its parsers stumble over in a damaged file, as a refusal that says so."""
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


def deck_bytes(deck: Presentation) -> bytes:
    """A deck as a file: the same deck, the same bytes; python-pptx puts the clock into it."""
    saved, packed = io.BytesIO(), io.BytesIO()
    deck.save(saved)
    with (
        zipfile.ZipFile(saved) as parts,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive,
    ):
        for name in parts.namelist():
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type, entry.create_system = zipfile.ZIP_DEFLATED, 0  # the same on every system
            archive.writestr(entry, parts.read(name))
    return packed.getvalue()
