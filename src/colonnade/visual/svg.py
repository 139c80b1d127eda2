"""SVG as elements: what is written is well-formed and escaped, whatever a server is called.

A figure stretches to the width of its place while its text keeps its size: across it everything is placed in percent,
down it in pixels. Shapes of many points lie in a `sheet`, whose own coordinates are stretched.
"""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree.ElementTree import Element, tostring

from markupsafe import Markup

from colonnade.visual.words import clean

# Across a sheet; the widest screens show about one pixel for each.
ACROSS = 1000


def node(tag: str, *inside: Element | str, **attributes: object) -> Element:
    """`class_`, `stroke_width` for `class`, `stroke-width`; what is None is left out."""
    named = {key.rstrip("_").replace("_", "-"): value for key, value in attributes.items() if value is not None}
    made = Element(tag, {key: clean(str(value)) for key, value in named.items()})
    for each in inside:
        if isinstance(each, str):
            made.text = clean(each)
        else:
            made.append(each)
    return made


def text(words: str, x: object, y: object, class_: str = "", anchor: str | None = None) -> Element:
    return node("text", words, x=x, y=y, class_=class_ or None, text_anchor=anchor)


def moved(down: float, inside: Iterable[Element]) -> Element:
    return node("g", *inside, transform=f"translate(0 {down:g})")


def sheet(top: float, height: float, *inside: Element) -> Element:
    """A part as wide as the figure, `ACROSS` by `height` units, stretched across."""
    return node(
        "svg", *inside, x=0, y=f"{top:g}", width="100%", height=f"{height:g}",
        viewBox=f"0 0 {ACROSS} {height:g}", preserveAspectRatio="none",
    )  # fmt: skip


def picture(
    id_: str, title: str, words: str, inside: Iterable[Element], role: str = "img", **attributes: object
) -> Markup:
    """An image with a name and a description for those who cannot see it; a group where parts of it are links."""
    named = node("title", title, id=f"{id_}-title"), node("desc", words, id=f"{id_}-desc")
    whole = node(
        "svg", *named, *inside, id=id_, role=role, aria_labelledby=f"{id_}-title", aria_describedby=f"{id_}-desc",
        **attributes,
    )  # fmt: skip
    return Markup(tostring(whole, encoding="unicode"))  # noqa: S704  escaped by ElementTree
