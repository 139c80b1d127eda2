"""Small edits of a TOML text that leave the rest as its writer has it: comments, order, spaces.

Text in, text out. Why no library writes the file anew: docs/decisions/0016-spec-edits.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from tree_sitter import Node

from colonnade.spec.positions import Keys, key_name, key_parts, syntax, without_comments


class Form(Enum):
    """How a value is written."""

    LINE = "a pair on its own line"
    INLINE = "a pair between braces"
    ITEM = "an item of a list"
    TABLE = "a [table]"


@dataclass(frozen=True, slots=True)
class Entry:
    """A place of the text; an item of a list is named by its own text."""

    keys: Keys
    form: Form
    node: Node


def add(text: str, keys: Keys, value: str) -> str | None:
    """The text with one more pair beside its neighbours, in their form; None when it has no place for one.

    In a list of names the last of `keys` becomes an item, and the value plays no part.
    """
    source = text.encode()
    found = list(entries(source))
    neighbours = [entry for entry in found if entry.keys[:-1] == keys[:-1]]
    if not neighbours:
        around = next((e for e in found if e.keys == keys[:-1] and e.form is Form.TABLE), None)
        return _with_line(source, without_comments(around.node)[0], f"{keys[-1]} = {value}") if around else None
    last = neighbours[-1]
    if last.form is Form.TABLE:
        return _with_table(source, last.node, keys, value)
    if last.form is Form.LINE:
        return _with_line(source, last.node, f"{_before_name(source, last.node)}{keys[-1]} = {value}")
    new = f'"{keys[-1]}"' if last.form is Form.ITEM else f"{keys[-1]} = {value}"
    return _spliced(source, last.node.end_byte, last.node.end_byte, f", {new}")


def form(text: str, keys: Keys) -> Form | None:
    """How the value there is written; None when there is none."""
    return next((entry.form for entry in entries(text.encode()) if entry.keys == keys), None)


def remove(text: str, keys: Keys) -> str:
    """The text without a pair, an item or a table that is there."""
    source = text.encode()
    entry = next(entry for entry in entries(source) if entry.keys == keys)
    if entry.form in (Form.LINE, Form.TABLE):
        return (source[: _line_start(source, entry.node)] + source[_rows_end(source, entry) :]).decode()
    return _spliced(source, *_with_comma(entry.node), "")


def replace(text: str, keys: Keys, value: str) -> str | None:
    """The text with another value there; None when there is none."""
    source = text.encode()
    for entry in entries(source):
        if entry.keys == keys and entry.form in (Form.LINE, Form.INLINE):
            old = without_comments(entry.node)[1]
            return _spliced(source, old.start_byte, old.end_byte, value)
    return None


def entries(source: bytes) -> Iterator[Entry]:
    """All pairs, items and tables in the order of the text."""
    for child in syntax(source).named_children:
        if child.type == "pair":
            yield from _pair(child, (), Form.LINE)
        elif child.type == "table":
            header, *pairs = without_comments(child)
            yield Entry(_keys(header), Form.TABLE, child)
            for pair in pairs:
                yield from _pair(pair, _keys(header), Form.LINE)


def _pair(node: Node, prefix: Keys, form: Form) -> Iterator[Entry]:
    key, value = without_comments(node)[:2]
    keys = (*prefix, *_keys(key))
    yield Entry(keys, form, node)
    inside = without_comments(value)
    if value.type == "inline_table":
        for pair in inside:
            yield from _pair(pair, keys, Form.INLINE)
    elif value.type == "array":
        for item in inside:
            yield Entry((*keys, (item.text or b"").decode().strip("\"'")), Form.ITEM, item)


def _keys(node: Node) -> Keys:
    return tuple(key_name(part) for part in key_parts(node))


def _before_name(source: bytes, pair: Node) -> str:
    """Indentation, and `app.` where keys are dotted."""
    name = key_parts(without_comments(pair)[0])[-1]
    return source[_line_start(source, pair) : name.start_byte].decode()


def _with_line(source: bytes, above: Node, line: str) -> str:
    at = _line_end(source, above)
    break_ = b"" if source[at - 1 : at] == b"\n" else b"\n"
    return (source[:at] + break_ + line.encode() + b"\n" + source[at:]).decode()


def _with_table(source: bytes, above: Node, keys: Keys, value: str) -> str:
    """Neighbours are tables of their own: so is what is added, with its address as the first line."""
    header = ".".join(str(key) for key in keys)
    return _with_line(source, without_comments(above)[-1], f"\n[{header}]\naddress = {value}")


def _rows_end(source: bytes, entry: Entry) -> int:
    """The end of the lines of a pair or table, with the empty line below a table."""
    if entry.form is Form.LINE:
        return _line_end(source, entry.node)
    end = _line_end(source, without_comments(entry.node)[-1])
    return end + (source[end : end + 1] == b"\n")


def _with_comma(node: Node) -> tuple[int, int]:
    """From where to where a pair or item goes, its comma included."""
    peers = without_comments(node.parent) if node.parent else [node]
    at = peers.index(node)
    if at:
        return peers[at - 1].end_byte, node.end_byte
    return node.start_byte, peers[1].start_byte if len(peers) > 1 else node.end_byte


def _line_start(source: bytes, node: Node) -> int:
    return source.rfind(b"\n", 0, node.start_byte) + 1


def _line_end(source: bytes, node: Node) -> int:
    """The first byte of the next line. A pair's node may end before the comment behind it."""
    end = source.find(b"\n", node.end_byte)
    return len(source) if end < 0 else end + 1


def _spliced(source: bytes, start: int, end: int, new: str) -> str:
    """Other text within a line. A comment behind it keeps its column as far as there is room."""
    grown = len(new.encode()) - (end - start)
    at = _comment(source, end)
    between = source[end:at]
    code = between.rstrip(b" ")
    spaces = len(between) - len(code)
    kept = (
        b" " * max(1, spaces - grown) if source[at : at + 1] == b"#" and b"\n" not in between else between[len(code) :]
    )
    return (source[:start] + new.encode() + code + kept + source[at:]).decode()


def _comment(source: bytes, after: int) -> int:
    """Where the next comment begins; the end of the text when there is none."""
    found = (node.start_byte for node in _comments(syntax(source)) if node.start_byte >= after)
    return min(found, default=len(source))


def _comments(node: Node) -> Iterator[Node]:
    for child in node.named_children:
        if child.type == "comment":
            yield child
        else:
            yield from _comments(child)
