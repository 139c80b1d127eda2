"""What a spec may hold, for editors (JSON Schema) and for people."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

from colonnade.errors import Exit, UserError
from colonnade.spec.keys import Node, bare_schema, children, find, words
from colonnade.spec.problems import nearest


def json_schema() -> dict[str, Any]:
    """The JSON Schema of colonnade.toml, with the `x-` keys that every table may have."""
    schema = deepcopy(bare_schema())
    for table in (schema, *schema["$defs"].values()):
        if table.get("additionalProperties") is False:
            table["patternProperties"] = {"^x-": {}}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "colonnade.toml"}


def explain(key: str) -> str:
    """What a dotted key means, its type and default; of a table, its keys too.

    Names that the user gives may stand in the way, as in `apps.web.health` and `servers.db.db1.zone`; the empty
    key is the whole spec. Raises UserError for a key that a spec cannot have.
    """
    keys = tuple(key.split(".")) if key else ()
    node = find(keys)
    if node is None:
        raise _unknown(keys)
    inner = [_line(name, child) for name, child in _inner(keys).items()]
    return "\n".join([key or "colonnade.toml", *_about(node), *([""] if inner else []), *inner])


def _about(node: Node) -> list[str]:
    lines = [f"  {node['description']}"] if "description" in node else []
    lines.append(f"  type     {words(node)}")
    if "default" in node:
        lines.append(f"  default  {_shown(node['default'])}")
    if "examples" in node:
        lines.append(f"  example  {_shown(node['examples'][0])}")
    return lines


def _shown(value: object) -> str:
    return "not set" if value is None else json.dumps(value, ensure_ascii=False)


def _inner(keys: tuple[str, ...]) -> dict[str, Node]:
    """The keys of a table, or of the tables in it whose names the user gives."""
    entries = {f"NAME.{name}": child for name, child in children((*keys, "NAME")).items()}
    return children(keys) or entries


def _line(name: str, node: Node) -> str:
    return f"  {name:<17}  {node.get('description', '')}".rstrip()


def _unknown(keys: tuple[str, ...]) -> UserError:
    """Names the first part that nothing answers to, and its nearest neighbour there."""
    end = next(end for end in range(1, len(keys) + 1) if find(keys[:end]) is None)
    around, wrong = keys[: end - 1], keys[end - 1]
    prefix = "".join(f"{key}." for key in around)
    known = {f"{prefix}{name}" for name in children(around)}
    hint = nearest(prefix + wrong, known) or f"`colonnade explain {'.'.join(around)}` shows what is known"
    return UserError("", f"{prefix}{wrong}: unknown key", hint, exit_code=Exit.USAGE)
