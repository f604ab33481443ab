"""Words of a native chart that move with its data, unless a presenter moved them: labels and callouts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from copy import deepcopy
from typing import Any

from analysis.old.slides.powerpoint.package import parse, serialize

CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
PLACE = "{http://schemas.openxmlformats.org/drawingml/2006/chartDrawing}"
DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
UNTOUCHED = 0.002  # of a chart; PowerPoint may write a place anew in other digits


def move_labels(mine: Any, was: Any, new: Any) -> None:
    """Labels that stand outside their marks follow the data, where the presenter did not move them."""
    places = {one: _label_places(one) for one in (was, new)}
    labels = mine.find(f"{CHART}dLbls")
    for position in sorted(places[was].keys() | places[new].keys()):
        before, after = places[was].get(position), places[new].get(position)
        if before == after or labels is None:
            continue
        held = next((one for one in labels.iterfind(f"{CHART}dLbl") if _index(one) == position), None)
        if held is None and before is None:
            _insert_label(labels, _label(new, position))
        elif held is not None and near(_offset(held), before):
            for layout in held.findall(f"{CHART}layout"):
                held.remove(layout)
            if after is None:
                labels.remove(held)
            else:
                layout = _label(new, position).find(f"{CHART}layout")
                held.find(f"{CHART}idx").addnext(deepcopy(layout))


def _label_places(one: Any) -> dict[int, tuple[float, float]]:
    found = {_index(label): _offset(label) for label in one.iterfind(f"{CHART}dLbls/{CHART}dLbl")}
    return {position: place for position, place in found.items() if place is not None}


def _label(one: Any, position: int) -> Any:
    labels = one.iterfind(f"{CHART}dLbls/{CHART}dLbl")
    return next(label for label in labels if _index(label) == position)


def _index(label: Any) -> int:
    return int(label.find(f"{CHART}idx").get("val"))


def _offset(label: Any) -> tuple[float, float] | None:
    """How far a label was moved, in shares of the chart."""
    layout = label.find(f"{CHART}layout/{CHART}manualLayout")
    if layout is None:
        return None
    x, y = (layout.find(f"{CHART}{axis}") for axis in "xy")
    return (0 if x is None else float(x.get("val"))), (0 if y is None else float(y.get("val")))


def near(one: Sequence[float] | None, other: Sequence[float] | None) -> bool:
    """Whether two places in a chart are the same but for the digits they are written in."""
    if one is None or other is None:
        return one is other
    return all(abs(a - b) < UNTOUCHED for a, b in zip(one, other, strict=True))


def _insert_label(labels: Any, label: Any) -> None:
    """A label of its own for one mark, in the type and number format that the presenter gave the series."""
    twin = deepcopy(label)
    fill = twin.find(f"{CHART}txPr//{DRAWING}solidFill")
    for tag in ("numFmt", "txPr"):
        theirs = labels.find(f"{CHART}{tag}")
        if theirs is not None:
            twin.replace(twin.find(f"{CHART}{tag}"), deepcopy(theirs))
    for inside in twin.iterfind(f"{CHART}txPr//{DRAWING}solidFill"):
        inside.getparent().replace(inside, deepcopy(fill))  # a figure inside a mark may be white
    later = [one for one in labels.iterfind(f"{CHART}dLbl") if _index(one) > _index(twin)]
    others = [one for one in labels if one.tag != f"{CHART}dLbl"]
    (later or others)[0].addprevious(twin)


def recall(old: bytes, fresh: bytes, *, base: bytes | None = None, known: Collection[str] = ()) -> bytes:
    """The words drawn inside a chart, where the fresh chart has them.

    Words that the presenter moved stay where they are, those that were rewritten (not ``known``) stay as
    they are, and those that were taken out stay out.
    """
    root = parse(old)
    before = serialize(root)
    mine, news, bases = _callouts(root), _callouts(parse(fresh)), _callouts(parse(base or fresh))
    for name, held in mine.items():
        new, was = news.get(name), bases.get(name)
        if new is None:
            if was is not None and near(_corners(held), _corners(was)):
                root.remove(held)
            continue
        if was is not None and near(_corners(held), _corners(was)):
            _move(held, new)
        _reword(held, new, known)
    for name, new in news.items():
        if name not in mine and name not in bases:
            root.append(deepcopy(new))
    return old if serialize(root) == before else serialize(root)


def _callouts(root: Any) -> dict[str, Any]:
    """The anchored shapes of a chart by name."""
    found = {}
    for anchor in root:
        names = list(anchor.iter(f"{PLACE}cNvPr"))
        if names:
            found[names[0].get("name")] = anchor
    return found


def _ends(anchor: Any) -> list[Any]:
    ends = (anchor.find(f"{PLACE}{end}/{PLACE}{axis}") for end in ("from", "to") for axis in "xy")
    return [end for end in ends if end is not None]


def _corners(anchor: Any) -> list[float]:
    return [float(end.text) for end in _ends(anchor)]


def _move(held: Any, new: Any) -> None:
    if not near(_corners(held), _corners(new)):
        for mine, theirs in zip(_ends(held), _ends(new), strict=True):
            mine.text = theirs.text


def _reword(held: Any, new: Any, known: Collection[str]) -> None:
    texts = list(held.iter(f"{DRAWING}t"))
    words = "".join(new.itertext(f"{DRAWING}t"))
    said = "".join(text.text or "" for text in texts)
    if texts and said != words and said in known:
        for text in texts:
            text.text = ""
        texts[0].text = words
