"""Every chart in every language, size and theme on one page, to be looked at.

``python tests/contact.py FOLDER`` draws the shipped survey and the one of seven stages and six groups.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from html import escape
from itertools import product
from pathlib import Path

from surveys import known_frames

from analysis.codebook import LANGUAGES
from analysis.old.charts.gallery import CHARTS, bears_chart
from analysis.old.report.publishing.batches import Job, draw_all
from analysis.old.style import SIZES, THEMES

STYLE = "body{font-family:sans-serif;background:#888}img{height:20rem;margin:.2rem}"


def write_sheet(
    folder: Path,
    *,
    surveys: Iterable[str] = ("shipped", "large"),
    sizes: Iterable[str] = tuple(SIZES),
    themes: Iterable[str] = tuple(THEMES),
) -> Path:
    """The page, with the pictures beside it; a heading for each survey and chart."""
    drawn = {name: known_frames(name) for name in surveys}
    charts = [(name, chart) for name in drawn for chart in CHARTS if bears_chart(drawn[name], chart)]
    looks = list(product(sizes, themes, LANGUAGES))
    jobs = {
        (name, chart): [
            Job(chart, drawn[name][CHARTS[chart].key], lang, size, theme, folder / name / lang, ("png",))
            for size, theme, lang in looks
        ]
        for name, chart in charts
    }
    draw_all([job for several in jobs.values() for job in several])
    page = folder / "index.html"
    page.write_text(_page(folder, jobs), encoding="utf-8")
    return page


def _page(folder: Path, jobs: dict[tuple[str, str], list[Job]]) -> str:
    lines = [f"<!doctype html><meta charset=utf-8><title>Charts</title><style>{STYLE}</style>"]
    for (name, chart), several in jobs.items():
        lines.append(f"<h2>{chart}, {name} survey</h2>")
        for job in several:
            source = job.stem.relative_to(folder).as_posix() + ".png"
            alt = escape(CHARTS[chart].describe(job.frame, lang=job.lang), quote=True)
            lines.append(f'<img src="{source}" lang="{job.lang}" alt="{alt}" title="{alt}">')
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    write_sheet(Path(sys.argv[1]))
