"""The JSON Schema and the explanations."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from colonnade.errors import Exit, UserError
from colonnade.spec.keys import children, find
from colonnade.spec.model import sections
from colonnade.spec.schema import explain, json_schema
from colonnade.spec.tables import SpecTable
from colonnade.spec.values import RULES


def test_the_schema_knows_every_table() -> None:
    schema = json_schema()
    assert {"name", "domain", "vip", "servers", "ssh", "apps", *sections()} == set(schema["properties"])
    assert set(schema["required"]) == {"name", "domain", "vip", "servers", "apps"}
    assert json.loads(json.dumps(schema)) == schema


def test_the_schema_lets_x_keys_pass() -> None:
    schema = json_schema()
    closed = [table for table in (schema, *schema["$defs"].values()) if table.get("additionalProperties") is False]
    assert len(closed) > 5
    assert all(table["patternProperties"] == {"^x-": {}} for table in closed)


def test_every_key_has_a_description() -> None:
    tables = [(), ("servers",), ("ssh",), ("apps", "web"), ("servers", "db", "db1"), *((name,) for name in sections())]
    bare = [(*table, name) for table in tables for name, node in children(table).items() if "description" not in node]
    assert bare == []


def test_every_pattern_of_the_specs_own_tables_has_words() -> None:
    assert set(patterns(SpecTable.model_json_schema())) == set(RULES)


def patterns(node: object) -> Iterator[str]:
    if isinstance(node, list):
        for item in node:
            yield from patterns(item)
    elif isinstance(node, dict):
        yield from [node["pattern"]] if isinstance(node.get("pattern"), str) else []
        yield from node.get("patternProperties", {})
        yield from patterns(list(node.values()))


@pytest.mark.parametrize(
    ("key", "lines"),
    [
        (
            "balance.algorithm",
            [
                "  how the balancers choose a web server",
                '  type     one of "roundrobin", "leastconn", "random", "source", "uri", "first"',
                '  default  "roundrobin"',
            ],
        ),
        (
            "apps.web.workers",
            ["  instances on each app server", "  type     a whole number from 1 to 64", "  default  2"],
        ),
        ("servers.db.db1.backup", ["  type     true or false", "  default  false"]),
        ("ssh.allow", ["  type     a list of text in quotes", "  default  not set"]),
        ("vip", ['  example  "203.0.113.10"']),
        ("apps", ["  NAME.health        path that answers 200 while the application is well; its prefix when not set"]),
        ("", ["  balance            how the edge spreads requests and what it refuses"]),
    ],
)
def test_explanations(key: str, lines: list[str]) -> None:
    text = explain(key).splitlines()
    assert text[0] == (key or "colonnade.toml")
    assert [line for line in lines if line not in text] == []


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("apps.web.helth", 'apps.web.helth: unknown key\n  did you mean "apps.web.health"?'),
        ("balence.algorithm", 'balence: unknown key\n  did you mean "balance"?'),
        ("name.first", "name.first: unknown key\n  try: `colonnade explain name` shows what is known"),
    ],
)
def test_an_unknown_key_names_its_neighbour(key: str, message: str) -> None:
    with pytest.raises(UserError) as caught:
        explain(key)
    assert str(caught.value) == message
    assert caught.value.exit_code is Exit.USAGE


def test_nothing_stands_below_a_value() -> None:
    assert find(("name", "x")) is None
    assert find(("apps", "web", "secrets", 0)) is not None
