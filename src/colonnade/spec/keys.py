"""What a spec may hold at a place, in words: found by walking the JSON Schema."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from colonnade.spec.model import spec_model
from colonnade.spec.positions import Keys
from colonnade.spec.values import RULES

Node = Mapping[str, Any]


@cache
def bare_schema() -> dict[str, Any]:
    """pydantic's schema of a spec; not to be changed."""
    return spec_model().model_json_schema()


def find(keys: Keys) -> Node | None:
    """The schema at a place, or None where nothing may stand."""
    node: Node | None = bare_schema()
    for key in keys:
        node = next((found for form in forms(node) if (found := _step(form, key))), None) if node else None
    return node


def forms(node: Node) -> Iterator[Node]:
    """The forms that a value may have: one, or several where a choice is allowed."""
    if reference := node.get("$ref"):
        target = bare_schema()["$defs"][reference.rsplit("/", 1)[-1]]
        yield {**target, **{key: value for key, value in node.items() if key != "$ref"}}
        return
    choices = node.get("anyOf") or node.get("oneOf")
    for choice in choices or ():
        yield from (form for form in forms(choice) if form.get("type") != "null")
    if not choices:
        yield node


def children(keys: Keys) -> dict[str, Node]:
    """The known keys of a table, by name."""
    node = find(keys)
    return {name: child for form in forms(node) for name, child in form.get("properties", {}).items()} if node else {}


def is_table(node: Node) -> bool:
    """Whether a value there is a table first of all."""
    return any(form.get("type") == "object" for form in forms(node))


def _step(form: Node, key: str | int) -> Node | None:
    if isinstance(key, int):
        return form.get("items")
    other = form.get("additionalProperties") or next(iter(form.get("patternProperties", {}).values()), None)
    return form.get("properties", {}).get(key) or other


def words(node: Node) -> str:
    """What is expected there: `a whole number from 1 to 64`, `one of "sync", "quorum"`."""
    return " or ".join(dict.fromkeys(_words(form, example(node)) for form in forms(node)))


def _words(form: Node, sample: object) -> str:
    if "enum" in form or "const" in form:
        return "one of " + ", ".join(json.dumps(value) for value in form.get("enum", [form.get("const")]))
    match form.get("type"):
        case "string":
            return _text(form, sample)
        case "integer":
            return "a whole number" + _range(form)
        case "number":
            return "a number" + _range(form)
        case "boolean":
            return "true or false"
        case "array":
            return f"a list of {words(form['items'])}"
    return "a table"


def _text(form: Node, sample: object) -> str:
    pattern = form.get("pattern")
    if pattern in RULES:
        return RULES[pattern]
    if isinstance(sample, str) and sample:
        return f"text like {json.dumps(sample)}"
    return f"text of the form {pattern}" if pattern else "text in quotes"


def _range(form: Node) -> str:
    low, high = form.get("minimum"), form.get("maximum")
    if low is None:
        return "" if high is None else f" of at most {high}"
    return f" of at least {low}" if high is None else f" from {low} to {high}"


def example(node: Node) -> object:
    """A value that fits: the model's own example, else its default."""
    return next(iter(node.get("examples", ())), node.get("default"))
