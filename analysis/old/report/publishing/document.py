"""One HTML document that needs no network: style, type and script inside, a policy against all else."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from analysis.old.charts.drawing.typeface import font_faces
from analysis.old.words.wording import say

if TYPE_CHECKING:
    from analysis.codebook import Codebook

TEMPLATES = Path(__file__).parents[1] / "templates"
DARK = "@media screen and (prefers-color-scheme:dark)"


def fill_template(
    template: str,
    context: Mapping[str, Any],
    *,
    lang: str,
    codebook: Codebook,
    languages: Sequence[Mapping[str, object]],
    rules: Iterable[str] = (),
    script: bool = True,
) -> str:
    """A page made from a template, with its style, its type, its script and its policy inside.

    Parameters
    ----------
    template : str
        Name of the template.
    context : mapping
        What this template names, ``title`` among it.
    lang : {"fi", "sv", "en"}
        Language of the page.
    codebook : Codebook
        The survey's words.
    languages : sequence of mapping
        Links to the same page in each language: ``lang``, ``href``, ``name``, ``current``.
    rules : iterable of str
        Rules of style that recolour the page's drawings in the dark theme.
    script : bool
        Whether the page has buttons that copy.

    Returns
    -------
    str
        One HTML document.
    """
    style = _style(frozenset(rules))
    code = _read("page.js") if script else ""
    words = {"name": codebook.text("name", lang), "publisher": codebook.text("publisher", lang)}
    return (
        _environment()
        .get_template(template)
        .render(
            lang=lang,
            say=partial(_say, lang),
            policy=_policy(style, code),
            style=Markup(style),  # noqa: S704  (our own style sheet)
            script=Markup(code),  # noqa: S704  (our own script)
            version=version("maturity-survey"),
            site=codebook.text("name", lang),
            languages=languages,
            footer=say("report.footer", lang, version=version("maturity-survey"), **words),
            description=codebook.text("topic", lang),
            **context,
        )
    )


def _say(lang: str, key: str) -> str:
    return say(key, lang)


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _read(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


@cache
def _style(rules: frozenset[str]) -> str:
    dark = f"{DARK}{{{''.join(sorted(rules))}}}" if rules else ""
    return font_faces() + re.sub(r"\n\s*", "\n", _read("style.css")) + dark


def _policy(style: str, code: str) -> str:
    """The content policy: this style and this script by their hashes, pictures and type from here."""
    script = f"script-src {_hash(code)}; " if code else ""
    return (
        f"default-src 'none'; style-src {_hash(style)}; {script}img-src 'self' file: data:; font-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
