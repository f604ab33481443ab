"""The typeface without what no chart and no page of ours needs: its Latin letters, our signs, its kerning.

Both a PDF and a page embed a part of a typeface; taking that part from the whole Source Sans costs 0.2 s a
time, five times as much as from these letters.
"""

from __future__ import annotations

import base64
import hashlib
import io
import os
from functools import cache
from importlib.metadata import version
from pathlib import Path
from tempfile import mkstemp

FAMILY = "Source Sans Pro"
FACES = {"Regular": "400", "Semibold": "600 700"}  # weights that each stands for in a page
FEATURES = [
    "ccmp",
    "kern",
    "liga",
    "lnum",
    "locl",
    "mark",
    "tnum",
]  # kerning, ligatures, figures of one width
SIGNS = (*range(0x20, 0x7F), *range(0xA0, 0x180), *map(ord, "–—‘’‚“”„•…‹›€←→−≈≠≤≥\u202f"))


def whole_face(name: str) -> Path:
    """The file of a face (``Regular``, ``Semibold``) as its package has it."""
    import font_source_sans_pro

    return Path(font_source_sans_pro.font_directory) / f"SourceSansPro-{name}.ttf"


@cache
def light_face(name: str) -> Path:
    """The file of a face with our letters only."""
    return _kept(name, hinting=True, flavor=None)


@cache
def font_faces() -> str:
    """The ``@font-face`` rules of a page, with the typeface in them.

    Its licence (OFL) stands in its name table, as it asks for.
    """
    files = {name: _kept(name, hinting=False, flavor="woff") for name in FACES}
    sources = {name: base64.b64encode(path.read_bytes()).decode() for name, path in files.items()}
    return "".join(
        f'@font-face{{font-family:"{FAMILY}";font-weight:{weight};font-style:normal;font-display:swap;'
        f'src:url(data:font/woff;base64,{sources[name]}) format("woff")}}'
        for name, weight in FACES.items()
    )


def _kept(name: str, *, hinting: bool, flavor: str | None) -> Path:
    """The file of a part of a face, made once a machine, in matplotlib's folder for such files."""
    import matplotlib as mpl

    made_from = whole_face(name).read_bytes() + f"{version('fonttools')} {FEATURES} {SIGNS}".encode()
    key = hashlib.sha256(made_from).hexdigest()[:16]
    target = Path(mpl.get_cachedir()) / f"maturity-{name}-{key}.{flavor or 'ttf'}"
    if not target.exists():
        descriptor, beside = mkstemp(dir=target.parent)
        with os.fdopen(descriptor, "wb") as file:
            file.write(_take(name, hinting=hinting, flavor=flavor))
        Path(beside).replace(target)
    return target


def _take(name: str, *, hinting: bool, flavor: str | None) -> bytes:
    from fontTools import subset
    from fontTools.ttLib import TTFont

    options = subset.Options(
        layout_features=FEATURES, hinting=hinting, name_IDs=["*"], glyph_names=True, recalc_timestamp=False
    )
    with TTFont(whole_face(name), recalcTimestamp=False) as font:
        subsetter = subset.Subsetter(options)
        subsetter.populate(unicodes=SIGNS)
        subsetter.subset(font)
        font.flavor = flavor
        content = io.BytesIO()
        font.save(content)
    return content.getvalue()
