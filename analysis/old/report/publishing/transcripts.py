"""An executed notebook as parts of a page: prose, code and outputs, none of which runs or loads anything."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from html import escape
from html.parser import HTMLParser
from typing import Any, NamedTuple

from analysis.old.report.publishing.inline import inline_drawing

KEPT_TAGS = frozenset({"p", "table", "thead", "tbody", "tfoot", "tr", "th", "td"})
SILENT_TAGS = frozenset({"style", "script"})
TOKENS = {"Keyword": "k", "Name.Builtin": "b", "Literal.String": "s", "Literal.Number": "n", "Comment": "c"}


class Entry(NamedTuple):
    """One cell of a notebook as markup: prose, or code with its number and its outputs."""

    prose: str = ""
    code: str = ""
    number: int = 0
    outputs: tuple[str, ...] = ()


class Transcript(NamedTuple):
    """A notebook's title and its cells, in order."""

    title: str
    entries: tuple[Entry, ...]


def read_transcript(notebook: str) -> Transcript:
    """The cells of an executed notebook as markup that may stand in a page.

    Parameters
    ----------
    notebook : str
        The notebook's file, as JSON of nbformat 4.

    Returns
    -------
    Transcript
        Its first heading, then one entry per cell that is not empty. Markup in prose is shown as text; of
        HTML outputs only tables and paragraphs are kept, of SVG outputs only what draws.
    """
    cells = json.loads(notebook)["cells"]
    entries = (
        _read_cell(cell, position) for position, cell in enumerate(cells) if _joined(cell["source"]).strip()
    )
    return Transcript(_title(cells), tuple(entries))


def _title(cells: Sequence[Mapping[str, Any]]) -> str:
    lines = (
        line
        for cell in cells
        if cell["cell_type"] == "markdown"
        for line in _joined(cell["source"]).splitlines()
    )
    return next((line.removeprefix("# ").strip() for line in lines if line.startswith("# ")), "")


def _joined(text: str | Sequence[str]) -> str:
    return text if isinstance(text, str) else "".join(text)


def _read_cell(cell: Mapping[str, Any], position: int) -> Entry:
    source = _joined(cell["source"])
    if cell["cell_type"] != "code":
        return Entry(prose=_render_prose(source))
    number = cell["execution_count"] or 0
    outputs = (
        _render_output(output, f"cell{position}-{i}", number) for i, output in enumerate(cell["outputs"])
    )
    return Entry(
        code=_highlight(source), number=number, outputs=tuple(output for output in outputs if output)
    )


def _render_prose(source: str) -> str:
    import mistune

    text = str(mistune.create_markdown(escape=True, plugins=["table"])(source))
    return text.replace('.ipynb">', '.html">')  # notebooks that point to each other, as pages


def _highlight(source: str) -> str:
    from pygments.lexers.python import PythonLexer  # type: ignore[import-untyped]

    pieces = []
    for token, text in PythonLexer(stripnl=False).get_tokens(source.rstrip("\n")):
        css = next((css for name, css in TOKENS.items() if str(token).startswith(f"Token.{name}")), "")
        pieces.append(f'<span class="{css}">{escape(text)}</span>' if css else escape(text))
    return "".join(pieces).rstrip("\n")


def _render_output(output: Mapping[str, Any], name: str, number: int) -> str:
    if output["output_type"] == "stream":
        return _preformatted(_joined(output["text"]))
    data = {
        kind: _joined(value) for kind, value in output.get("data", {}).items() if not isinstance(value, dict)
    }
    if "image/svg+xml" in data:
        alt = data.get("text/plain", "")
        drawing = inline_drawing(data["image/svg+xml"].encode(), prefix=name, alt=alt, css="wide")
        return f'<div class="paper">{drawing.markup}</div>'
    if "text/html" in data:
        return _render_html(data["text/html"], f"Table of cell {number}")
    return _preformatted(data.get("text/plain", ""))


def _render_html(markup: str, caption: str) -> str:
    kept = keep_text(markup, caption=caption)
    if "<table" not in kept:
        return f'<div class="prose">{kept}</div>'
    return f'<div class="scroll" role="group" tabindex="0" aria-label="{caption}">{kept}</div>'


def _preformatted(text: str) -> str:
    return f'<pre class="output">{escape(text.rstrip())}</pre>' if text.strip() else ""


def keep_text(markup: str, *, caption: str) -> str:
    """The tables and paragraphs of an HTML text, heads with a scope; all else is left out or plain text."""
    reader = _TextReader(caption)
    reader.feed(markup)
    reader.close()
    return "".join(reader.pieces)


class _TextReader(HTMLParser):
    """Writes down again, in clean form, the tables and paragraphs that it reads."""

    def __init__(self, caption: str) -> None:
        super().__init__(convert_charrefs=True)
        self.caption = caption
        self.pieces: list[str] = []
        self.silent = False
        self.scope = "row"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent = self.silent or tag in SILENT_TAGS
        if tag not in KEPT_TAGS:
            return
        if tag in {"thead", "tbody"}:
            self.scope = "col" if tag == "thead" else "row"
        kept = "".join(
            f' {name}="{escape(value)}"' for name, value in attrs if value and _is_kept(name, value)
        )
        scope = f' scope="{self.scope}"' if tag == "th" else ""
        self.pieces.append(f"<{tag}{scope}{kept}>")
        if tag == "table":
            self.pieces.append(f'<caption class="unseen">{escape(self.caption)}</caption>')

    def handle_endtag(self, tag: str) -> None:
        self.silent = self.silent and tag not in SILENT_TAGS
        if tag in KEPT_TAGS:
            empty = tag == "th" and self.pieces and self.pieces[-1].startswith("<th")
            if empty:  # a head without words is no head
                self.pieces[-1] = self.pieces[-1].replace(f'<th scope="{self.scope}"', "<td")
            self.pieces.append("</td>" if empty else f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if data.strip() and not self.silent:
            self.pieces.append(escape(data))


def _is_kept(attribute: str, value: str) -> bool:
    """Whether it is a language, or a span that is a number."""
    whole = value.isascii() and value.isdigit()
    return attribute == "lang" or (attribute in {"colspan", "rowspan"} and whole)
