"""Reads HTTP/1.1 answers from bytes. No I/O.

By hand, because the usual answer (one piece, Content-Length) then costs a few microseconds, and because bodies that end
with their connection need no second look.
"""

from __future__ import annotations

from colonnade.drill.load.answer import Answer

END = b"\r\n\r\n"
# HAProxy's and nginx's own limit for headers is 16 to 32 kB.
HEAD_LIMIT = 65536


class Reader:
    """One answer after the other. `begin` before each."""

    def __init__(self) -> None:
        self.begin("GET")

    def begin(self, method: str) -> None:
        self.keeps = True
        """Whether the connection may be used again after the answer."""
        self._bodiless = method == "HEAD"
        self._buffer = bytearray()
        self._body = bytearray()
        self._status = 0
        self._cookies: tuple[str, ...] = ()
        self._length: int | None = None
        self._chunked = False

    @property
    def begun(self) -> bool:
        """Whether any byte of the answer has come."""
        return bool(self._status or self._buffer)

    def feed(self, data: bytes) -> Answer | None:
        """The answer once it is complete. ValueError when this is not HTTP."""
        self._buffer += data
        if not self._status and not self._head():
            return None
        if self._chunked:
            return self._answer() if self._chunks() else None
        if self._length is None or len(self._buffer) < self._length:
            return None
        self._take(self._length)
        return self._answer()

    def end(self) -> Answer | None:
        """The connection has ended: so has a body that nothing else ends."""
        if not self._status or self._chunked or self._length is not None:
            return None
        self._take(len(self._buffer))
        return self._answer()

    def _answer(self) -> Answer:
        if self._buffer:
            self.keeps = False
        return Answer(self._status, self._cookies, bytes(self._body))

    def _head(self) -> bool:
        """Whether the head of the answer proper has come; interim answers (1xx) are skipped."""
        while (end := self._buffer.find(END)) >= 0:
            head = bytes(self._buffer[: end + 2])
            del self._buffer[: end + 4]
            status = _status(head)
            if status >= 200:
                self._read_head(status, head)
                return True
        if len(self._buffer) > HEAD_LIMIT:
            raise ValueError("endless headers")
        return False

    def _read_head(self, status: int, head: bytes) -> None:
        self._status, lower = status, head.lower()
        length = _field(lower, b"content-length")
        self._chunked = b"chunked" in _field(lower, b"transfer-encoding")
        self._length = int(length) if length else None
        if self._bodiless or status in (204, 304):
            self._length, self._chunked = 0, False
        if b"\r\nset-cookie:" in lower:
            lines = head.decode("latin-1").split("\r\n")
            self._cookies = tuple(x[11:].strip() for x in lines if x[:11].lower() == "set-cookie:")
        delimited = self._chunked or self._length is not None
        self.keeps = delimited and head[:8] == b"HTTP/1.1" and b"close" not in _field(lower, b"connection")

    def _chunks(self) -> bool:
        """Whether the last chunk has come."""
        while (end := self._buffer.find(b"\r\n")) >= 0:
            size = int(self._buffer[:end].partition(b";")[0], 16)
            if not size:
                last = self._buffer.find(END, end)
                del self._buffer[: last + 4 if last >= 0 else 0]
                return last >= 0
            if len(self._buffer) < end + 2 + size + 2:
                return False
            del self._buffer[: end + 2]
            self._take(size)
            del self._buffer[:2]
        return False

    def _take(self, size: int) -> None:
        self._body += self._buffer[:size]
        del self._buffer[:size]


def _status(head: bytes) -> int:
    if not head.startswith(b"HTTP/1.") or not head[9:12].isdigit():
        raise ValueError(f"not HTTP: {head[:40]!r}")
    return int(head[9:12])


def _field(lower: bytes, name: bytes) -> bytes:
    """The first value of a header, nothing when it is not there. `lower` ends with CRLF."""
    start = lower.find(b"\r\n%b:" % name)
    if start < 0:
        return b""
    start += len(name) + 3
    return lower[start : lower.index(b"\r\n", start)].strip()
