"""Where every key and value of a TOML file stands: tomllib does not say."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import tree_sitter_toml
from tree_sitter import Language, Node, Parser

Keys = tuple[str | int, ...]
"""The way to a value: table keys, and indexes into lists."""


@dataclass(frozen=True, slots=True)
class Place:
    """A position as editors count it: lines and columns from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True)
class Positions:
    """Places by the way to them; `repeated` is the first key that stands twice, and where it stands again."""

    file: str
    keys: Mapping[Keys, Place] = field(repr=False)
    values: Mapping[Keys, Place] = field(repr=False)
    repeated: tuple[Keys, Place] | None = None

    def key(self, keys: Keys) -> Place:
        """Where a key stands, or the nearest table around it."""
        keys = self.stated(keys)
        return self.keys.get(keys) or self.values.get(keys) or Place(self.file, 1, 1)

    def value(self, keys: Keys) -> Place:
        """Where a value stands, or the nearest table or list around it."""
        keys = self.stated(keys)
        return self.values.get(keys) or self.key(keys)

    def stated(self, keys: Keys) -> Keys:
        """As much of the way as the file has: a server's address may be all that is said of the server."""
        while keys and keys not in self.keys and keys not in self.values:
            keys = keys[:-1]
        return keys

    def under(self, overlay: Positions) -> Positions:
        """These positions, but for what the overlay says anew."""
        return Positions(self.file, {**self.keys, **overlay.keys}, {**self.values, **overlay.values})


def index(file: str, text: str) -> Positions:
    """The places of a TOML text; `file` is its name in messages."""
    source = text.encode()
    walker = _Walker(file, source)
    walker.document(syntax(source))
    return Positions(file, walker.keys, walker.values, walker.repeated)


def syntax(source: bytes) -> Node:
    """The syntax tree of a TOML text, comments and all."""
    return Parser(Language(tree_sitter_toml.language())).parse(source).root_node


class _Walker:
    def __init__(self, file: str, source: bytes) -> None:
        self.file = file
        self.lines = () if source.isascii() else source.split(b"\n")
        self.keys: dict[Keys, Place] = {}
        self.values: dict[Keys, Place] = {}
        self.stated: set[Keys] = set()
        self.repeated: tuple[Keys, Place] | None = None

    def document(self, root: Node) -> None:
        for child in root.named_children:
            if child.type == "pair":
                self.pair(child, ())
            elif child.type in ("table", "table_array_element"):
                self.table(child)

    def table(self, node: Node) -> None:
        header, *pairs = without_comments(node)
        prefix = self.key(header, ())
        if node.type == "table":  # a spec has no lists of tables; to know where one begins is enough
            self.state(prefix, header)
            self.pairs(pairs, prefix)

    def pairs(self, nodes: Iterable[Node], prefix: Keys) -> None:
        for node in nodes:
            if node.type == "pair":
                self.pair(node, prefix)

    def pair(self, node: Node, prefix: Keys) -> None:
        key, *values = without_comments(node)
        keys = self.key(key, prefix)
        self.state(keys, key)
        for value in values:
            self.value(value, keys)

    def key(self, node: Node, prefix: Keys) -> Keys:
        for part in key_parts(node):
            prefix = (*prefix, key_name(part))
            self.keys.setdefault(prefix, self.place(part))
        return prefix

    def state(self, keys: Keys, node: Node) -> None:
        if keys in self.stated and not self.repeated:
            self.repeated = keys, self.place(node)
        self.stated.add(keys)

    def value(self, node: Node, keys: Keys) -> None:
        self.values.setdefault(keys, self.place(node))
        if node.type == "inline_table":
            self.pairs(node.named_children, keys)
        elif node.type == "array":
            for i, item in enumerate(without_comments(node)):
                self.value(item, (*keys, i))

    def place(self, node: Node) -> Place:
        row, column = node.start_point
        if self.lines:  # the parser counts bytes, editors count characters
            column = len(self.lines[row][:column].decode())
        return Place(self.file, row + 1, column + 1)


def without_comments(node: Node) -> list[Node]:
    return [child for child in node.named_children if child.type != "comment"]


def key_parts(node: Node) -> list[Node]:
    """The parts of `a.b.c`, which the grammar nests to the left."""
    parts = []
    while node.type == "dotted_key":
        node, last = node.named_children[0], node.named_children[-1]
        parts.append(last)
    return [node, *reversed(parts)]


def key_name(node: Node) -> str:
    text = (node.text or b"").decode()
    try:
        return next(iter(tomllib.loads(f"{text} = 0"))) if node.type == "quoted_key" else text
    except tomllib.TOMLDecodeError:  # looked at for a repeated key, before all of the text is known to be TOML
        return text
