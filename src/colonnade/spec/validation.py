"""Fits a document into the model; what does not fit becomes problems in plain words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from colonnade.spec import keys as known
from colonnade.spec.document import Document
from colonnade.spec.model import spec_model
from colonnade.spec.positions import Keys
from colonnade.spec.problems import Problem, dotted, fail_on, nearest
from colonnade.spec.tables import SpecTable
from colonnade.spec.values import RULES

LONGEST = 60
"""Characters of a wrong value that a message repeats."""


def validate(document: Document) -> SpecTable:
    """The document as a model. Raises UserError with every problem of its keys and values."""
    try:
        # through JSON, because pydantic's strict mode takes a list for a tuple only there
        return spec_model().model_validate_json(json.dumps(document.data), strict=True)
    except ValidationError as error:
        fail_on(_problems(error, document.data), document.positions)
        raise


def _problems(error: ValidationError, data: Mapping[str, Any]) -> Iterator[Problem]:
    errors = [(found, _keys(found, data)) for found in error.errors(include_url=False)]
    meant = {_meant(keys) for found, keys in errors if found["type"] == "extra_forbidden"}
    seen: set[Keys] = set()
    for found, keys in errors:
        # a misspelt key is not missing too; a choice of types that fails is one error for each type
        if keys not in seen and not (found["type"] == "missing" and keys in meant) and not _emptied(found):
            seen.add(keys)
            yield _problem(found, keys)


def _emptied(found: ErrorDetails) -> bool:
    """Whether a list is too short only because its items are errors themselves."""
    return bool(found["type"] == "too_short" and found["input"])


def _keys(found: ErrorDetails, data: Any) -> Keys:
    """The way through the document; pydantic's has the names of types in between."""
    keys: list[str | int] = []
    for part in found["loc"]:
        if _holds(data, part):
            keys.append(part)
            data = data[part]
    return (*keys, found["loc"][-1]) if found["type"] == "missing" else tuple(keys)


def _holds(data: Any, part: str | int) -> bool:
    if isinstance(data, list):
        return isinstance(part, int) and part < len(data)
    return isinstance(data, dict) and part in data


def _problem(found: ErrorDetails, keys: Keys) -> Problem:
    if found["loc"][-1] == "[key]":
        rule = RULES.get(found["ctx"]["pattern"], "a shorter name")
        return Problem(keys, f"expected a name of {rule}", "give it another name", at_key=True)
    match found["type"]:
        case "extra_forbidden":
            return _unknown(keys)
        case "missing":
            return _missing(keys)
        case "spec":
            return Problem(keys, found["ctx"]["problem"], found["ctx"]["hint"])
        case "value_error":
            return Problem(keys, str(found["ctx"]["error"]), _explain(keys))
    return _unfit(found, keys)


def _meant(keys: Keys) -> Keys | None:
    """The key that an unknown one was meant to be."""
    *around, name = keys
    if around and name in known.children(()):
        return (name,)
    close = get_close_matches(str(name), known.children(tuple(around)), n=1)
    return (*around, close[0]) if close else None


def _unknown(keys: Keys) -> Problem:
    if len(meant := _meant(keys) or keys) < len(keys):  # in TOML a key belongs to the [table] above it
        hint = f"move {keys[-1]} above the first [table]"
    else:
        hint = nearest(str(keys[-1]), known.children(meant[:-1]))
    return Problem(keys, "unknown key", hint, at_key=True)


def _missing(keys: Keys) -> Problem:
    node = known.find(keys) or {}
    table = dotted(keys) if known.children(keys) else f"{dotted(keys)}.NAME"
    hint = f"add a table [{table}]" if known.is_table(node) else f"add {keys[-1]} = {json.dumps(known.example(node))}"
    return Problem(keys, "missing", hint, at_key=True)


def _unfit(found: ErrorDetails, keys: Keys) -> Problem:
    node = known.find(keys)
    expected = known.words(node) if node else found["msg"]
    text = f"expected {expected}, got {shown(found['input'])}"
    if found["type"] == "too_short":
        return Problem(keys, f"empty, expected {expected}", "give at least one")
    if found["type"] == "literal_error":
        return Problem(keys, text, nearest(str(found["input"]), _choices(node)))
    return Problem(keys, text, _explain(keys))


def _choices(node: Mapping[str, Any] | None) -> list[str]:
    return [str(value) for form in known.forms(node or {}) for value in form.get("enum", ())]


def _explain(keys: Keys) -> str:
    return f"colonnade explain {dotted(keys)}"


def shown(value: object) -> str:
    """A wrong value as the file has it, shortened."""
    if isinstance(value, dict | list):
        return "a table" if isinstance(value, dict) else "a list"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
