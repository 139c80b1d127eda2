"""HTTP/1.1 answers, however the network cuts them."""

from __future__ import annotations

import pytest

from colonnade.drill.load.answer import Answer
from colonnade.drill.load.reader import HEAD_LIMIT, Reader

OK = b"HTTP/1.1 200 OK\r\n"
ANSWERS = {
    "length": (OK + b"Content-Length: 5\r\n\r\nhello", "GET", Answer(200, (), b"hello")),
    "empty": (OK + b"content-length:0\r\n\r\n", "GET", Answer(200, (), b"")),
    "chunks": (
        OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;a=b\r\n world\r\n0\r\n\r\n",
        "GET",
        Answer(200, (), b"hello world"),
    ),
    "trailers": (
        OK + b"Transfer-Encoding: chunked\r\n\r\nA\r\n0123456789\r\n0\r\nExpires: 0\r\n\r\n",
        "GET",
        Answer(200, (), b"0123456789"),
    ),
    "interim": (
        b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + OK + b"Content-Length: 1\r\n\r\n!",
        "GET",
        Answer(200, (), b"!"),
    ),
    "no content": (b"HTTP/1.1 204 No Content\r\n\r\n", "GET", Answer(204, (), b"")),
    "head": (OK + b"Content-Length: 999\r\n\r\n", "HEAD", Answer(200, (), b"")),
    "cookies": (
        OK + b"Set-Cookie: a=1; Secure\r\nContent-Length: 0\r\nset-cookie:b=2\r\n\r\n",
        "GET",
        Answer(200, ("a=1; Secure", "b=2"), b""),
    ),
}


@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_answers_in_pieces(name: str, size: int) -> None:
    data, method, expected = ANSWERS[name]
    reader = Reader()
    reader.begin(method)
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    found = [reader.feed(piece) for piece in pieces]
    assert found == [None] * (len(pieces) - 1) + [expected]
    assert reader.keeps


def test_an_answer_without_a_length_ends_with_its_connection() -> None:
    reader = Reader()
    assert reader.feed(OK + b"\r\nhello") is None
    assert reader.end() == Answer(200, (), b"hello")
    assert not reader.keeps


@pytest.mark.parametrize("data", [b"", OK, OK + b"Content-Length: 5\r\n\r\nhell", ANSWERS["chunks"][0][:-3]])
def test_a_cut_answer_is_none(data: bytes) -> None:
    reader = Reader()
    assert reader.feed(data) is None
    assert reader.end() is None


@pytest.mark.parametrize(
    "data",
    [
        OK + b"Content-Length: 0\r\nConnection: close\r\n\r\n",
        b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
        OK + b"Content-Length: 0\r\n\r\nand more",
    ],
    ids=["close", "1.0", "too much"],
)
def test_when_a_connection_must_not_be_used_again(data: bytes) -> None:
    reader = Reader()
    assert reader.feed(data)
    assert not reader.keeps


@pytest.mark.parametrize(
    "data",
    [b"SSH-2.0-OpenSSH\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", OK + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n"],
)
def test_what_is_not_http_is_an_error(data: bytes) -> None:
    with pytest.raises(ValueError):
        Reader().feed(data)


def test_headers_do_not_grow_for_ever() -> None:
    with pytest.raises(ValueError, match="endless"):
        Reader().feed(b"HTTP/1.1 200 OK\r\nX: " + b"x" * HEAD_LIMIT)


def test_begun_says_whether_any_byte_came() -> None:
    reader = Reader()
    assert not reader.begun
    reader.feed(b"H")
    assert reader.begun
    reader.begin("GET")
    assert not reader.begun
