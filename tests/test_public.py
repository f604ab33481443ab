"""The public names: each is there, tells what it gives, and costs nothing until it is used."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import jedi
import mypy.api
import pytest

import analysis

HEAVY = ("pandas", "numpy", "matplotlib", "scipy", "duckdb", "pptx", "typer")


@pytest.mark.parametrize("name", analysis.__all__)
def test_a_public_name_is_a_documented_function(name: str) -> None:
    function = getattr(analysis, name)
    assert inspect.isfunction(function)
    assert inspect.getdoc(function)
    annotation = str(inspect.signature(function).return_annotation)
    assert annotation not in {"", "Any"}
    if "DataFrame" in annotation:
        assert "Returns\n-------\n" in inspect.getdoc(function)


@pytest.mark.parametrize("name", analysis.__all__)
def test_all_but_the_subjects_are_keywords(name: str) -> None:
    kinds = [parameter.kind for parameter in inspect.signature(getattr(analysis, name)).parameters.values()]
    assert inspect.Parameter.VAR_KEYWORD not in kinds
    assert kinds.count(inspect.Parameter.POSITIONAL_OR_KEYWORD) <= 3


def test_the_package_loads_nothing_heavy_by_itself() -> None:
    script = f"import sys, analysis; print([name for name in {HEAVY} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert found.stdout == "[]\n"


def test_the_names_are_listed_and_others_refused() -> None:
    assert dir(analysis) == sorted(analysis.__all__)
    with pytest.raises(AttributeError, match="draw_nothing"):
        _ = analysis.draw_nothing


@pytest.mark.slow
def test_a_type_checker_knows_the_names(tmp_path: Path) -> None:
    script = tmp_path / "asks.py"
    script.write_text(
        "from analysis import load_survey, no_such_thing\nload_survey(lang=1)\n", encoding="utf-8"
    )
    cache = Path(analysis.__file__).parents[1] / ".mypy_cache"  # that of the linter, warm in CI
    told, _, _ = mypy.api.run(["--cache-dir", str(cache), str(script)])
    assert 'Module "analysis" has no attribute "no_such_thing"' in told
    assert 'Unexpected keyword argument "lang" for "load_survey"' in told


def test_an_editor_shows_signature_and_documentation() -> None:
    [shown] = jedi.Script("from analysis import load_survey\nload_survey").help(2, 0)
    assert next(iter(shown.get_signatures())).to_string().startswith("load_survey(path")
    assert "Returns" in shown.docstring()
