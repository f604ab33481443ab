"""The page on which a reader pastes a table and sees the counts behind it, all in the browser."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from analysis.rounding import DEFAULT_RULES, RULES
from analysis.words.language import find_topic, find_words

if TYPE_CHECKING:
    import pandas as pd

    from analysis.words.language import Voice

TEMPLATES = Path(__file__).parent / "templates"


def make_recovery_page(*, lang: str = "en", example: str = "") -> str:
    """A page that recovers counts from a pasted table in the browser; it needs no network and sends nothing.

    Parameters
    ----------
    lang : str
        Language of the page.
    example : str
        What stands in the box at first: a table as text, cells separated by tabs.

    Returns
    -------
    str
        HTML, all in one file.

    Raises
    ------
    RequestError
        The words of the page do not have this language.

    Examples
    --------
    >>> make_recovery_page(lang="sv").splitlines()[1]
    '<html lang="sv">'
    """
    words = find_topic("page", lang)
    script, style = ((TEMPLATES / name).read_text(encoding="utf-8") for name in ("recover.js", "recover.css"))
    in_script = [
        rule for rule in RULES if f"{rule}: {{" in script
    ]  # a rule that only Python has is not offered
    rules = [(" ".join(DEFAULT_RULES), words["rule_default"])]
    rules += [(rule, find_words(f"rules.{rule}", lang)) for rule in in_script]
    page = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)
    return page.get_template("recover.html").render(
        lang=lang,
        words=words,
        rules=rules,
        example=example,
        script=Markup(script),  # noqa: S704  (our own files; all else is escaped by the template)
        style=Markup(style),  # noqa: S704
        script_hash=_hash(script),
        style_hash=_hash(style),
        spoken=Markup(json.dumps(words, ensure_ascii=False).replace("<", "\\u003c")),  # noqa: S704
    )


def table_as_text(rows: pd.DataFrame, voice: Voice) -> str:
    """One wave of a survey as a table that the page reads: answers as rows, groups as columns, a row n."""
    wide = (
        rows.pivot(index="stage", columns="group", values="percent")
        .dropna(how="all")
        .dropna(axis=1, how="all")
    )
    sizes = rows.dropna(subset="n").drop_duplicates("group").set_index("group")["n"]
    head = ["", *(voice.group(str(group), "short") for group in wide)]
    lines = [
        [voice.stage(stage), *("" if figure != figure else f"{figure:g}" for figure in figures)]  # noqa: PLR0124
        for stage, figures in zip(wide.index, wide.to_numpy().tolist(), strict=True)
    ]
    last = ["n", *(str(sizes.get(group, "")) for group in wide)]
    return "\n".join("\t".join(line) for line in [head, *lines, last])


def _hash(source: str) -> str:
    """The hash by which the page's own policy allows a script or style."""
    return f"sha256-{base64.b64encode(hashlib.sha256(source.encode('utf-8')).digest()).decode('ascii')}"
