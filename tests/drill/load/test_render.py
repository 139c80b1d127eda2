"""Requests as bytes and as HTTP/2 header lists."""

from __future__ import annotations

from uuid import uuid4

from colonnade.drill.load.load import Request
from colonnade.drill.load.render import Rendered

KEY = str(uuid4())


def test_a_get() -> None:
    rendered = Rendered(Request(kind="http.get", path="/a?b=c"), "site.test", "keep-alive")
    head, _, body = rendered.http1("", "").partition(b"\r\n\r\n")
    assert head.split(b"\r\n")[0] == b"GET /a?b=c HTTP/1.1"
    assert {b"host: site.test", b"connection: keep-alive"} <= set(head.split(b"\r\n"))
    assert body == b"" and b"content-length" not in head


def test_the_key_goes_everywhere_and_the_length_is_right() -> None:
    request = Request(
        kind="http.post",
        method="POST",
        path="/{key}",
        headers=(("Idempotency-Key", "{key}"),),
        body_template='{"key": "{key}", "again": "{key}", "ü": 1}',
    )
    rendered = Rendered(request, "site.test", "close")
    assert rendered.keyed
    head, _, body = rendered.http1(KEY, "").partition(b"\r\n\r\n")
    assert body.decode() == f'{{"key": "{KEY}", "again": "{KEY}", "ü": 1}}'
    lines = head.decode().split("\r\n")
    assert lines[0] == f"POST /{KEY} HTTP/1.1"
    assert {f"content-length: {len(body)}", f"idempotency-key: {KEY}", "content-type: application/json"} <= set(lines)
    fields, same = rendered.http2(KEY, "")
    assert same == body
    assert {(":path", f"/{KEY}"), ("idempotency-key", KEY), ("content-length", str(len(body)))} <= set(fields)


def test_cookies() -> None:
    rendered = Rendered(Request(kind="session.write"), "site.test", "keep-alive")
    assert b"\r\ncookie: a=1; b=2\r\n\r\n" in rendered.http1("", "a=1; b=2")
    assert ("cookie", "a=1; b=2") in rendered.http2("", "a=1; b=2")[0]
    assert "cookie" not in dict(rendered.http2("", "")[0])


def test_http2_has_no_connection_header() -> None:
    fields, _ = Rendered(Request(kind="http.get"), "site.test", "close").http2("", "")
    assert fields[:4] == [(":method", "GET"), (":scheme", "https"), (":authority", "site.test"), (":path", "/")]
    assert not {"connection", "host"} & set(dict(fields))


def test_a_post_without_a_body_says_so() -> None:
    assert b"\r\ncontent-length: 0\r\n" in Rendered(Request(kind="x", method="POST"), "s", "close").http1("", "")
