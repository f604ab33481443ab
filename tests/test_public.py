"""The public names: each is there, tells what it gives, and costs nothing until it is used."""

from __future__ import annotations

import inspect
import subprocess
import sys

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
    with pytest.raises(AttributeError, match="module 'analysis' has no attribute 'draw_nothing'"):
        _ = analysis.draw_nothing
