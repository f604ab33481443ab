"""A native chart with new data: references and caches change, what a presenter may have set does not.

A merge of three: the chart as it was drawn (``base``), as the presenter left it (``old``), and as it would
be drawn now (``fresh``). What the presenter did not touch follows the data; what was touched stays.
"""

from __future__ import annotations

from collections.abc import Collection
from copy import deepcopy
from typing import Any, NamedTuple

from analysis.old.slides.powerpoint.moves import move_labels
from analysis.old.slides.powerpoint.package import parse, serialize
from analysis.old.slides.powerpoint.spreadsheet import Cell, Range, Value, read_range

CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
SOURCES = ("tx/strRef", "cat/strRef", "val/numRef", "errBars/plus/numRef", "errBars/minus/numRef")


class Data(NamedTuple):
    """What a chart draws: its categories, and each series with its name and values."""

    categories: list[str]
    names: list[str]
    values: list[list[float | None]]


class Recharted(NamedTuple):
    """A chart part with new data, and the cells of its workbook that hold them."""

    xml: bytes
    cells: dict[Cell, Value]


class MovedError(ValueError):
    """A chart takes its data from other cells than it was drawn from."""


def read_data(xml: bytes) -> Data:
    """What a chart draws, from its caches."""
    series = _series(parse(xml))
    return Data(
        [str(label) for label in _cached(_find(series[0], "cat/strRef"))] if series else [],
        [_name(one) for one in series],
        [[None if v is None else float(v) for v in _cached(_find(one, "val/numRef"))] for one in series],
    )


def rechart(
    old: bytes,
    fresh: bytes,
    *,
    base: bytes | None = None,
    known: Collection[str] = (),
    left_out: Collection[str] = (),
) -> Recharted:
    """The old chart with the data of the fresh one.

    ``base`` is what was drawn of the old data, for labels that move with them. ``known`` are the names that
    our series can have: a series with another name is the presenter's own and stays. ``left_out`` are names
    that a presenter took out of the chart: they do not come back.

    Raises
    ------
    MovedError
        The old chart takes its data from other cells than it was drawn from.
    """
    root = parse(old)
    before = serialize(root)
    olds, news = _series(root), _series(parse(fresh))
    bases = _series(parse(base)) if base else []
    partners = _partners(olds, news)
    cells: dict[Cell, Value] = {}
    for position, (mine, new) in enumerate(zip(olds, partners, strict=True)):
        if new is None:
            if _name(mine) in known:
                mine.getparent().remove(mine)
            continue
        for path in SOURCES:
            cells |= _take(_find(mine, path), _find(new, path))
        if position < len(bases):
            move_labels(mine, bases[position], new)
    for new in (one for one in news if one not in partners and _name(one) not in left_out):
        cells |= _add(olds, new)
    if base:
        _add_legend(root, parse(base), parse(fresh))
    xml = serialize(root)
    return Recharted(old if xml == before else xml, cells)


def _add_legend(root: Any, base: Any, fresh: Any) -> None:
    """A legend where the names stood at the bars before and have no room there now, and room for it."""
    legend, *others = (next(one.iter(f"{CHART}legend"), None) for one in (fresh, base, root))
    if legend is None or others != [None, None]:
        return
    area = next(root.iter(f"{CHART}plotArea"))
    area.addnext(deepcopy(legend))
    mine, before, now = (_find(next(one.iter(f"{CHART}plotArea")), "layout") for one in (root, base, fresh))
    if mine is not None and _places(mine) == _places(before):
        area.replace(mine, deepcopy(now))


def _places(layout: Any) -> list[str | None]:
    return [part.get("val") for part in layout.iter()]


def _series(root: Any) -> list[Any]:
    return list(root.iter(f"{CHART}ser"))


def _find(one: Any, path: str) -> Any:
    """A part of a series, where it has one."""
    return one.find("/".join(CHART + tag for tag in path.split("/")))


def _name(one: Any) -> str:
    return "".join(str(words) for words in _cached(_find(one, "tx/strRef")))


def _cached(source: Any) -> list[str | None]:
    """The cached values of a reference, nothing where a point is missing."""
    if source is None:
        return []
    cache = source.find(f"{CHART}strCache")
    cache = source.find(f"{CHART}numCache") if cache is None else cache
    count = cache.find(f"{CHART}ptCount")
    points = {int(point.get("idx")): point.findtext(f"{CHART}v") for point in cache.iterfind(f"{CHART}pt")}
    return [points.get(position) for position in range(0 if count is None else int(count.get("val")))]


def _partners(olds: list[Any], news: list[Any]) -> list[Any]:
    """For each old series the new one in its place, or nothing.

    Where all names are there still, a series goes by its name, even if its cells were moved; where names
    are new, as of a new wave, by its column of the workbook.
    """
    left = list(news)
    found: list[Any] = [None] * len(olds)
    all_there = {_name(new) for new in news} <= {_name(mine) for mine in olds}
    for alike in (_name,) if all_there else (_name_and_column, _column):
        for position, mine in enumerate(olds):
            if found[position] is None:
                found[position] = next((new for new in left if alike(new) == alike(mine)), None)
                left = [new for new in left if new is not found[position]]
    return found


def _name_and_column(one: Any) -> tuple[str, str]:
    return _name(one), _column(one)


def _column(one: Any) -> str:
    return _cells(_find(one, "val/numRef")).column


def _cells(source: Any) -> Range:
    """The cells that a reference takes its values from."""
    formula = "" if source is None else source.findtext(f"{CHART}f") or ""
    cells = read_range(formula)
    if cells is None:
        raise MovedError(formula)
    return cells


def _take(mine: Any, new: Any) -> dict[Cell, Value]:
    """Give a reference the values of another; the cells that hold them, emptied where there are fewer now."""
    if mine is None or new is None:
        return {}
    cells, values = _cells(mine), _cached(new)
    now = cells._replace(last=cells.first + len(values) - 1)
    mine.find(f"{CHART}f").text = str(now)
    cache = next(iter(mine.iterchildren(f"{CHART}strCache", f"{CHART}numCache")))
    _fill(cache, values)
    emptied = range(now.last + 1, cells.last + 1)
    return {Cell(cells.sheet, row, cells.column): None for row in emptied} | _held(mine)


def _held(source: Any) -> dict[Cell, Value]:
    """The cells of a reference and what they hold."""
    cells, number = _cells(source), source.find(f"{CHART}numCache") is not None
    return {
        Cell(cells.sheet, row, cells.column): float(value) if number and value else value
        for row, value in enumerate(_cached(source), cells.first)
    }


def _fill(cache: Any, values: list[str | None]) -> None:
    """New values into a cache; number formats, of all and of single points, stay."""
    points = {int(point.get("idx")): point for point in cache.iterfind(f"{CHART}pt")}
    cache.find(f"{CHART}ptCount").set("val", str(len(values)))
    for point in points.values():
        cache.remove(point)
    end = cache.find(f"{CHART}extLst")
    for position, value in enumerate(values):
        if value is None:
            continue
        point = points.get(position, cache.makeelement(f"{CHART}pt", idx=str(position)))
        _say(point, value)
        if end is None:
            cache.append(point)
        else:
            end.addprevious(point)


def _say(point: Any, value: str) -> None:
    """The value of a cached point, left as it is written where it is the same."""
    held = point.find(f"{CHART}v")
    if held is None:
        held = point.makeelement(f"{CHART}v")
        point.append(held)
    if held.text != value and not _same(held.text, value):
        held.text = value


def _same(held: str | None, value: str) -> bool:
    try:
        return float(held or "") == float(value)
    except ValueError:
        return False


def _add(olds: list[Any], new: Any) -> dict[Cell, Value]:
    """A series that the chart did not have, behind its last one."""
    last = olds[-1]
    sheet = _cells(_find(last, "val/numRef")).sheet
    taken = {_column(mine): _name(mine) for mine in olds if mine.getparent() is not None}
    if last.getparent().tag != new.getparent().tag or taken.get(_column(new), _name(new)) != _name(new):
        raise MovedError(_name(new))
    twin = deepcopy(new)
    for tag in ("idx", "order"):
        used = [int(mine.find(f"{CHART}{tag}").get("val")) for mine in olds]
        twin.find(f"{CHART}{tag}").set("val", str(max(used) + 1))
    cells: dict[Cell, Value] = {}
    sources = [_find(twin, path) for path in SOURCES]
    for source in (one for one in sources if one is not None):
        source.find(f"{CHART}f").text = str(_cells(source)._replace(sheet=sheet))
        cells |= _held(source)
    last.addnext(twin)
    olds.append(twin)
    return cells
