"""Requests as they go over the wire. All that does not change from one to the next is made once."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from colonnade.drill.load.load import SAFE_METHODS, Request

AGENT = "colonnade"
PLACE = b"{key}"
# Every UUID in text is as long.
KEY_LENGTH = len(str(UUID(int=0)))
Fields = list[tuple[str, str]]


class Rendered:
    """One kind of request to one site."""

    def __init__(self, request: Request, domain: str, connection: str) -> None:
        """`connection` is the header of that name in HTTP/1.1: `keep-alive` or `close`."""
        self.request = request
        self.keyed = request.keyed
        self._body = (request.body_template or "").encode()
        fields = [("host", domain), ("connection", connection), *self._fields()]
        lines = [f"{request.method} {request.path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields)]
        self._head = "\r\n".join(lines).encode() + b"\r\n"
        pseudo = [(":method", request.method), (":scheme", "https"), (":authority", domain), (":path", request.path)]
        self._list = [*pseudo, *self._fields()]

    def http1(self, key: str, cookie: str) -> bytes:
        extra = f"cookie: {cookie}\r\n".encode() if cookie else b""
        text = b"%b%b\r\n%b" % (self._head, extra, self._body)
        return text.replace(PLACE, key.encode()) if self.keyed else text

    def http2(self, key: str, cookie: str) -> tuple[Fields, bytes]:
        """The header list and the body."""
        fields = self._list + [("cookie", cookie)] * bool(cookie)
        if not self.keyed:
            return fields, self._body
        keyed = [(name, value.replace("{key}", key)) for name, value in fields]
        return keyed, self._body.replace(PLACE, key.encode())

    def _fields(self) -> Iterator[tuple[str, str]]:
        yield "user-agent", AGENT
        yield "accept", "*/*"
        if self.request.body_template is not None:
            yield "content-type", self.request.content_type
        if self.request.method not in SAFE_METHODS:
            grown = self._body.count(PLACE) * (KEY_LENGTH - len(PLACE))
            yield "content-length", str(len(self._body) + grown)
        yield from ((name.lower(), value) for name, value in self.request.headers)
