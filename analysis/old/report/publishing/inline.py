"""A saved drawing as part of a page: nothing in it runs, its colours follow the reader's theme.

A style attribute or a style element inside a page would need a weaker content policy, and two drawings on
one page would share identifiers; so styles become attributes and every identifier gets a prefix.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from xml.etree.ElementTree import Element, fromstring, tostring

TAGS = frozenset(
    {"svg", "g", "path", "text", "tspan", "title", "desc", "defs", "clipPath", "use", "rect", "circle"}
)
ATTRIBUTES = frozenset(
    {
        "d",
        "x",
        "y",
        "dx",
        "dy",
        "width",
        "height",
        "r",
        "cx",
        "cy",
        "transform",
        "clip-path",
        "href",
        "id",
        "viewBox",
    }
    | {
        "fill",
        "fill-opacity",
        "stroke",
        "stroke-width",
        "stroke-opacity",
        "stroke-dasharray",
        "stroke-dashoffset",
    }
    | {
        "stroke-linejoin",
        "stroke-linecap",
        "opacity",
        "font-size",
        "font-weight",
        "font-style",
        "text-anchor",
    }
)
DEFAULTS = {"stroke-linejoin": "round", "stroke-linecap": "butt"}  # what matplotlib's style element says
REFERENCE = re.compile(r"url\(#([^)]+)\)")
NO_TURN = re.compile(r"rotate\(-?0 [-0-9. ]+\)$")
LONG_NUMBER = re.compile(r"-?\d+\.\d{3,}")


class Drawing(NamedTuple):
    """Markup of one drawing, and the rules of a style sheet that recolour it for the dark theme."""

    markup: str
    dark: frozenset[str]


def inline_drawing(
    light: bytes, *, prefix: str, dark: bytes | None = None, alt: str = "", css: str = ""
) -> Drawing:
    """An SVG file as it may stand inside a page.

    Parameters
    ----------
    light : bytes
        The SVG file.
    prefix : str
        Put before every identifier, so that two drawings on a page share none.
    dark : bytes, optional
        The same drawing in the dark theme. What differs from ``light`` becomes a class, and a rule for it.
    alt : str
        The description, where the file has none.
    css : str
        Class of the drawing.

    Returns
    -------
    Drawing
        Markup without styles, scripts, links and addresses; its title and description name it.

    Raises
    ------
    ValueError
        The two drawings differ in more than their attributes.
    """
    root = _parse(light)
    rules = _recolour(root, _parse(dark)) if dark else frozenset[str]()
    if alt and root.find("desc") is None:
        description = Element("desc")
        description.text = alt
        root.insert(0, description)
    _name(root, prefix)
    root.attrib = {**root.attrib, **DEFAULTS, "role": "img", "focusable": "false"} | (
        {"class": css} if css else {}
    )
    return Drawing(tostring(root, encoding="unicode"), rules)


def _parse(content: bytes) -> Element:
    root = fromstring(content)  # noqa: S314  (expat 2.4 and newer refuses entity bombs)
    _clean(root)
    root.attrib = {"viewBox": root.get("viewBox", "")}
    return root


def _clean(element: Element) -> None:
    element.tag = _bare(element.tag)
    given = {_bare(name): value for name, value in element.attrib.items()}
    given |= dict(_declarations(given.pop("style", "")))
    element.attrib = {name: _short(name, value) for name, value in given.items() if _allowed(name, value)}
    element.tail = None
    if element.tag not in {"text", "tspan", "title", "desc"}:
        element.text = None
    for child in list(element):
        if _bare(child.tag) in TAGS:
            _clean(child)
        else:
            element.remove(child)


def _bare(name: str) -> str:
    return name.rpartition("}")[2]


def _declarations(style: str) -> list[tuple[str, str]]:
    pairs = (declaration.partition(":") for declaration in style.split(";") if ":" in declaration)
    return [(name.strip(), value.strip()) for name, _, value in pairs]


def _allowed(name: str, value: str) -> bool:
    if name == "transform" and NO_TURN.match(value):
        return False
    return name in ATTRIBUTES and (name != "href" or value.startswith("#"))


def _short(name: str, value: str) -> str:
    if name in {"d", "transform", "x", "y"}:
        value = " ".join(value.split())
        return LONG_NUMBER.sub(lambda number: f"{float(number[0]):.2f}".rstrip("0").rstrip("."), value)
    return value


def _recolour(light: Element, dark: Element) -> frozenset[str]:
    rules = set()
    for one, other in zip(light.iter(), dark.iter(), strict=True):
        if one.tag != other.tag or one.text != other.text:
            raise ValueError(f"the dark drawing has {other.tag} {other.text!r} for {one.tag} {one.text!r}")
        changed = {
            name: value
            for name, value in sorted(other.attrib.items())
            if name not in {"id", "href", "clip-path"} and one.get(name) != value
        }
        classes = {
            f"{name}-{re.sub('[^a-z0-9]', '', value)}": f"{name}:{value}" for name, value in changed.items()
        }
        rules |= {f".{css}{{{declaration}}}" for css, declaration in classes.items()}
        if classes:
            one.set("class", " ".join(classes))
    return frozenset(rules)


def _name(root: Element, prefix: str) -> None:
    used = {reference for element in root.iter() for reference in _references(element)}
    for element in root.iter():
        if element.tag in {"title", "desc"}:
            element.set("id", f"{prefix}-{element.tag}")
        elif element.get("id") in used:
            element.set("id", f"{prefix}-{element.get('id')}")
        else:
            element.attrib.pop("id", None)
        if "href" in element.attrib:
            element.set("href", f"#{prefix}-{element.attrib['href'][1:]}")
        if "clip-path" in element.attrib:
            element.set("clip-path", REFERENCE.sub(rf"url(#{prefix}-\1)", element.attrib["clip-path"]))
    named = [f"{prefix}-{child.tag}" for child in root if child.tag in {"title", "desc"}]
    if named:
        root.set("aria-labelledby", " ".join(named))


def _references(element: Element) -> list[str]:
    return [element.get("href", "#")[1:], *REFERENCE.findall(element.get("clip-path", ""))]
