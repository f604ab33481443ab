"""An executed notebook becomes a page in which nothing runs, and its tables can be read aloud."""

from __future__ import annotations

import json
from typing import Any

import pytest

from analysis.old.report.publishing.transcripts import keep_text, read_transcript

FRAME = """<div><style scoped>.dataframe tbody tr th {vertical-align: middle;}</style>
<table border="1" class="dataframe" onclick="alert(1)">
<thead><tr style="text-align: right;"><th></th><th>percent</th></tr></thead>
<tbody><tr><th>planned</th><td>19</td></tr><tr><th>&lt;script&gt;</th><td><script>alert(2)</script>2</td></tr></tbody>
</table></div>"""
DRAWING = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><text onclick="alert(3)">19</text></svg>'


def notebook(*cells: dict[str, Any]) -> str:
    return json.dumps({"cells": list(cells)})


def prose(source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "source": source.splitlines(keepends=True)}


def code(source: str, *outputs: dict[str, Any]) -> dict[str, Any]:
    return {"cell_type": "code", "source": source, "execution_count": 3, "outputs": list(outputs)}


def result(**data: str) -> dict[str, Any]:
    kinds = {"plain": "text/plain", "html": "text/html", "svg": "image/svg+xml"}
    return {"output_type": "execute_result", "data": {kinds[name]: text for name, text in data.items()}}


def test_the_title_is_the_first_heading() -> None:
    found = read_transcript(notebook(prose("Some words.\n\n# What was asked\n"), prose("# Another")))
    assert found.title == "What was asked"


@pytest.mark.parametrize(
    "source",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        "<img src=x onerror=alert(1)>",
        "<b onclick=x>",
    ],
)
def test_markup_and_scripts_in_prose_do_nothing(source: str) -> None:
    found = read_transcript(notebook(prose(source))).entries[0].prose
    for start in ("<script", "<img", "<b ", 'href="javascript'):
        assert start not in found


def test_notebooks_point_to_each_other_as_pages() -> None:
    found = read_transcript(notebook(prose("See [the next](02_counts.ipynb)."))).entries[0].prose
    assert '<a href="02_counts.html">the next</a>' in found


def test_code_is_shown_as_it_was_written() -> None:
    found = read_transcript(notebook(code("x = '<b>'  # one & two\n"))).entries[0]
    assert found.number == 3
    assert found.code == (
        'x = <span class="s">&#x27;</span><span class="s">&lt;b&gt;</span><span class="s">&#x27;</span>  '
        '<span class="c"># one &amp; two</span>'
    )


def test_a_chart_keeps_its_alt_text_and_nothing_that_runs() -> None:
    found = (
        read_transcript(notebook(code("chart", result(plain="Vocational: 19%.", svg=DRAWING))))
        .entries[0]
        .outputs[0]
    )
    assert ">Vocational: 19%.</desc>" in found
    assert "aria-labelledby" in found
    assert "onclick" not in found


def test_text_is_preferred_to_nothing_and_escaped() -> None:
    stream = {"output_type": "stream", "name": "stdout", "text": ["a < b\n"]}
    found = read_transcript(notebook(code("print()", stream, result(plain="<42>")))).entries[0].outputs
    assert found == ('<pre class="output">a &lt; b</pre>', '<pre class="output">&lt;42&gt;</pre>')


def test_paragraphs_stay_apart_and_keep_their_language() -> None:
    html = "<p lang='fi'>yksi &lt; kaksi</p>\n<p onclick='x()'>three</p>"
    found = read_transcript(notebook(code("text", result(plain="-", html=html)))).entries[0].outputs
    assert found == ('<div class="prose"><p lang="fi">yksi &lt; kaksi</p><p>three</p></div>',)


def test_tables_have_heads_with_a_scope_and_a_caption() -> None:
    found = keep_text(FRAME, caption="Table of cell 3")
    assert '<caption class="unseen">Table of cell 3</caption>' in found
    assert '<th scope="col">percent</th>' in found
    assert '<th scope="row">planned</th><td>19</td>' in found
    assert "<tr><td></td><th" in found  # a corner without words is no head


def test_tables_keep_text_and_lose_what_runs() -> None:
    found = keep_text(FRAME, caption="c")
    assert '<th scope="row">&lt;script&gt;</th>' in found
    for word in ("style", "onclick", "alert", "<script", "dataframe"):
        assert word not in found


def test_spans_are_kept_when_they_are_numbers() -> None:
    found = keep_text(
        '<table><thead><tr><th colspan="2">a</th><th rowspan="x">b</th></tr></thead></table>', caption="c"
    )
    assert '<th scope="col" colspan="2">a</th><th scope="col">b</th>' in found
