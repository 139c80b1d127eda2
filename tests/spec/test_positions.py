"""Positions as editors count them."""

from __future__ import annotations

import tomllib

import pytest

from colonnade.spec.positions import Keys, index

TEXT = """\
# café
name = "é" # é
list = [ 1, # one
  [2, { z = 3 }],
]
a."b c".d = 1
[servers.db]
db1 = { "ü" = 1, address = "x", in.ner = 2 }
[servers]
[x.y] # note
[[apps]]
name = 1
"""


@pytest.mark.parametrize(
    ("keys", "key", "value"),
    [
        (("name",), "2:1", "2:8"),
        (("list",), "3:1", "3:8"),
        (("list", 0), "3:10", "3:10"),
        (("list", 1, 1, "z"), "4:9", "4:13"),
        (("a", "b c"), "6:3", "6:3"),
        (("a", "b c", "d"), "6:9", "6:13"),
        (("servers",), "7:2", "7:2"),
        (("servers", "db", "db1"), "8:1", "8:7"),
        (("servers", "db", "db1", "ü"), "8:9", "8:15"),
        (("servers", "db", "db1", "address"), "8:18", "8:28"),
        (("servers", "db", "db1", "in", "ner"), "8:36", "8:42"),
        (("x", "y"), "10:4", "10:4"),
        (("apps",), "11:3", "11:3"),
        (("servers", "db", "db1", "nowhere"), "8:1", "8:7"),
        (("nowhere",), "1:1", "1:1"),
    ],
)
def test_places(keys: Keys, key: str, value: str) -> None:
    positions = index("s.toml", TEXT)
    assert (str(positions.key(keys)), str(positions.value(keys))) == (f"s.toml:{key}", f"s.toml:{value}")


def test_an_overlay_wins_where_it_speaks() -> None:
    both = index("a.toml", "x = 1\ny = 2\n").under(index("b.toml", "\n\ny = 3\n"))
    assert str(both.value(("x",))) == "a.toml:1:5"
    assert str(both.value(("y",))) == "b.toml:3:5"


def test_every_key_of_a_document_has_a_place() -> None:
    positions = index("s.toml", TEXT)

    def check(value: object, keys: Keys) -> None:
        if isinstance(value, dict):
            for key, item in value.items():
                assert (*keys, key) in positions.keys
                check(item, (*keys, key))

    check({key: item for key, item in tomllib.loads(TEXT).items() if key != "apps"}, ())


def test_the_first_repeated_key() -> None:
    found = index("s.toml", "a = 1\n[b]\nc = 1\n[d]\n[b]\n").repeated
    assert found is not None
    assert (found[0], str(found[1])) == (("b",), "s.toml:5:2")
