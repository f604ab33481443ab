"""What is declared is imported, and what is imported is declared."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import analysis

HOME = Path(analysis.__file__).parent
PROJECT = tomllib.loads((HOME.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
STARTED = {"jupyter", "pyspark"}  # by the user; its frames come to us


def declared() -> set[str]:
    optional = PROJECT["optional-dependencies"]
    listed = [*PROJECT["dependencies"], *optional["io"], *optional["spark"]]
    return {re.split(r"[<>=~ ]", line)[0].lower().replace("_", "-") for line in listed}


def imported() -> set[str]:
    modules = set()
    for path in HOME.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                modules |= {name.name.split(".")[0] for name in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                modules.add((node.module or "").split(".")[0])
    known = packages_distributions()
    foreign = modules - set(sys.stdlib_module_names) - {"analysis"}
    return {known[module][0].lower().replace("_", "-") for module in foreign}


def test_every_import_is_declared_and_every_dependency_imported() -> None:
    assert imported() == declared() - STARTED
