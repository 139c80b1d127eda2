"""The page as a tree, read by a strict parser."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element, fromstring

from colonnade.drill.outcome import Campaign
from colonnade.drill.report.html import as_html


def parse(text: str) -> Element:
    return fromstring(text)  # noqa: S314  our own


def page(campaign: Campaign) -> Element:
    return parse(as_html(campaign))


def words_of(element: Element) -> str:
    """Its text, with single spaces."""
    return " ".join("".join(element.itertext()).split())


def one(tree: Element, path: str) -> Element:
    (found,) = tree.findall(path)
    return found


def parents(tree: Element) -> dict[Element, Element]:
    return {child: parent for parent in tree.iter() for child in parent}


def ancestors(element: Element, up: dict[Element, Element]) -> Iterator[Element]:
    while element in up:
        element = up[element]
        yield element


def tables(tree: Element, caption: str) -> list[list[list[str]]]:
    """The cells of every table whose caption begins so."""
    return [
        [[words_of(cell) for cell in row] for row in table.iter("tr")]
        for table in tree.iter("table")
        if words_of(one(table, "caption")).startswith(caption)
    ]
