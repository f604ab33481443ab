"""Rooms: a room imports only what stands below it, and files inside a room go one way."""

from __future__ import annotations

import ast
from collections import defaultdict
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import analysis

HOME = Path(analysis.__file__).parent
FLOORS = (  # from the ground up; rooms of one floor do not import each other
    ("errors",),
    ("style",),
    ("rounding",),
    ("codebook",),
    ("survey", "counts", "words"),
    ("inference",),
    ("charts",),
    ("slides",),
    ("report",),
    ("cli",),
    ("__main__",),
)
FLOOR = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
SOURCES = [path for path in sorted(HOME.rglob("*.py")) if (path.parent != HOME or path.stem != "__init__")]


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(HOME).with_suffix("").parts).removesuffix(".__init__")


def imports_of(path: Path) -> set[str]:
    """What a file imports of the package, by its name below ``analysis``."""
    named = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "analysis":
            parent = (node.module or "").partition(".")[2]
            named |= {f"{parent}.{name.name}".strip(".") for name in node.names}
        elif isinstance(node, ast.Import):
            named |= {name.name.partition(".")[2] for name in node.names if name.name.startswith("analysis.")}
    files = {name_of(source) for source in SOURCES}
    return {name if name in files else name.rpartition(".")[0] for name in named} - {""}


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_a_room_imports_only_what_stands_below_it(path: Path) -> None:
    here = name_of(path).partition(".")[0]
    rooms = {name.partition(".")[0] for name in imports_of(path)} - {here}
    upwards = {room for room in rooms if FLOOR[room] >= FLOOR[here]}
    assert upwards == set()


def test_files_inside_a_room_go_one_way() -> None:
    graph = defaultdict(set)
    for path in SOURCES:
        here = name_of(path)
        graph[here] |= {name for name in imports_of(path) if name.partition(".")[0] == here.partition(".")[0]}
        graph[here].discard(here)
    TopologicalSorter(graph).prepare()  # raises at a circle


def test_a_public_name_means_one_thing() -> None:
    """No two functions, classes or constants are named alike."""
    places = defaultdict(set)
    for path in SOURCES:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            named = [node.name] if isinstance(node, ast.FunctionDef | ast.ClassDef) else []
            targets = node.targets if isinstance(node, ast.Assign) else []
            targets = [node.target] if isinstance(node, ast.AnnAssign) else targets
            named += [
                name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)
            ]
            for name in named:
                if not name.startswith("_"):
                    places[name].add(name_of(path))
    twice = {name: where for name, where in places.items() if len(where) > 1}
    assert twice == {}
