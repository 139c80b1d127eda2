"""What the guestbook believes and what it refuses."""

from __future__ import annotations

import time
import uuid

import pytest

from tests.apps.conftest import Load

KEY = b"a key"
GOOD = {"key": str(uuid.uuid4()), "name": "Ada", "message": "Hello"}


def test_signature_is_ours_or_nothing(guestbook: Load) -> None:
    guard = guestbook("guard")
    signed = guard.sign(KEY, "value.with.dots")
    assert guard.verified(KEY, signed) == "value.with.dots"
    assert guard.verified(b"another", signed) is None
    assert guard.verified(KEY, "x" + signed) is None


@pytest.mark.parametrize("signed", [None, "", ".", "value", "value.", "wért.é"])
def test_garbage_is_not_verified(guestbook: Load, signed: str | None) -> None:
    assert guestbook("guard").verified(KEY, signed) is None


def test_marker_is_fresh_for_some_seconds(guestbook: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    guard, now = guestbook("guard"), time.time()
    marker = guard.fresh_marker(KEY)
    assert guard.is_fresh(KEY, marker)
    monkeypatch.setattr(time, "time", lambda: now + guard.FRESH + 1)
    assert not guard.is_fresh(KEY, marker)


def test_other_signed_values_are_no_marker(guestbook: Load) -> None:
    guard = guestbook("guard")
    assert not guard.is_fresh(KEY, guard.sign(KEY, "9999999999"))
    assert not guard.is_fresh(KEY, None)


@pytest.mark.parametrize(
    ("headers", "ours"),
    [
        ({"host": "book.example", "origin": "https://book.example"}, True),
        ({"host": "book.example:8443", "origin": "https://book.example:8443"}, True),
        ({"host": "book.example", "origin": "https://BOOK.example:8443"}, True),
        ({"host": "[fd00::1]:443", "origin": "https://[fd00::1]"}, True),
        ({"host": "book.example", "origin": "https://evil.example"}, False),
        ({"host": "book.example", "origin": "https://book.example.evil.example"}, False),
        ({"host": "book.example", "origin": "null"}, False),
        ({"origin": "null"}, False),
        ({"host": "book.example", "sec-fetch-site": "cross-site"}, False),
        ({"host": "book.example", "sec-fetch-site": "same-origin"}, True),
        ({"host": "book.example"}, True),
    ],
)
def test_origin(guestbook: Load, headers: dict[str, str], ours: bool) -> None:
    assert guestbook("guard").same_origin(headers) is ours


def test_draft_is_cleaned(guestbook: Load) -> None:
    draft = guestbook("entry").draft({**GOOD, "name": " A\0da ", "message": "one\r\ntwo\n"})
    assert (draft.name, draft.message, str(draft.key)) == ("Ada", "one\ntwo", GOOD["key"])


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("key", "7", "must be a UUID"),
        ("key", None, "must be a UUID"),
        ("name", " \0 ", "write a name"),
        ("name", 7, "write a name"),
        ("name", "x" * 61, "longer than 60"),
        ("message", "", "write a message"),
        ("message", "x" * 1001, "longer than 1000"),
    ],
)
def test_draft_is_refused(guestbook: Load, field: str, value: object, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        guestbook("entry").draft({**GOOD, field: value})


def test_longest_draft_is_taken(guestbook: Load) -> None:
    """A browser counts a line break once and sends it as two characters."""
    guestbook("entry").draft({**GOOD, "name": "x" * 60, "message": "\r\n".join("x" * 500) + "x"})


@pytest.mark.parametrize(
    ("asked", "given"), [(None, 50), ("", 50), ("7", 7), ("0", 1), ("-1", 1), ("99999", 1000), ("many", 50)]
)
def test_limit(guestbook: Load, asked: str | None, given: int) -> None:
    assert guestbook("entry").limit(asked) == given


def test_settings(guestbook: Load) -> None:
    env = {"DATABASE_URL": "postgresql://db/book", "VALKEY_URL": "valkey://cache", "SECRET_KEY": "k"}
    settings = guestbook("settings").from_environment(env)
    assert settings.replica_url == settings.primary_url
    assert "postgresql" not in repr(settings)
    with pytest.raises(KeyError, match="SECRET_KEY"):
        guestbook("settings").from_environment({name: env[name] for name in env if name != "SECRET_KEY"})
