"""The typeface inside a page: a subset of Source Sans, so that it looks the same with no network."""

from __future__ import annotations

import base64
import io
from functools import cache
from pathlib import Path

from analysis.style import FAMILY

WEIGHTS = {"Regular": "400", "Semibold": "600 700"}  # one face stands for semibold and bold
SIGNS = (*range(0x20, 0x7F), *range(0xA0, 0x180), *map(ord, "–—‘’‚“”„•…‹›€←→−≈≠≤≥\u202f"))


@cache
def font_faces() -> str:
    """The ``@font-face`` rules of a page, the letters of Latin scripts and the signs of this package in them.

    The licence of the typeface (OFL) stands in its name table, as it asks for.
    """
    return "".join(
        f'@font-face{{font-family:"{FAMILY}";font-weight:{weight};font-style:normal;font-display:swap;'
        f'src:url(data:font/woff;base64,{_subset(name)}) format("woff")}}'
        for name, weight in WEIGHTS.items()
    )


def _subset(name: str) -> str:
    import font_source_sans_pro
    from fontTools import subset
    from fontTools.ttLib import TTFont

    source = Path(font_source_sans_pro.font_directory) / f"SourceSansPro-{name}.ttf"
    options = subset.Options(
        layout_features=["kern", "tnum", "lnum", "ccmp"],
        hinting=False,
        recalc_timestamp=False,
        name_IDs=[0, 1, 2, 13, 14],
    )
    with TTFont(source, recalcTimestamp=False) as font:
        subsetter = subset.Subsetter(options)
        subsetter.populate(unicodes=SIGNS)
        subsetter.subset(font)
        font.flavor = "woff"
        content = io.BytesIO()
        font.save(content)
    return base64.b64encode(content.getvalue()).decode("ascii")
