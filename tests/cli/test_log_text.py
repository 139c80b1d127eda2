"""What a line looks like."""

from __future__ import annotations

from datetime import datetime

from colonnade.cli.log_text import as_document, as_text
from colonnade.observe.logs import Line

LINE = Line(datetime(2026, 1, 15, 12, 0, 0, 7000).timestamp(), "web1", "nginx", 6, "hello")


def test_plain() -> None:
    assert as_text(LINE, 5) == "2026-01-15 12:00:00.007 web1  nginx: hello"


def test_colours_stand_around_the_prefix_and_errors() -> None:
    failed = Line(LINE.time, "web1", "nginx", 3, "broken")
    assert as_text(LINE, 4, 36) == "\x1b[36m2026-01-15 12:00:00.007 web1 nginx:\x1b[0m hello"
    assert as_text(failed, 4, 36).endswith("\x1b[31mbroken\x1b[0m")


def test_a_visitors_text_cannot_drive_the_terminal() -> None:
    nasty = Line(LINE.time, "web1", "nginx", 6, "a\x1b[2J\rb\x07\u202e")
    assert all(each.isprintable() for each in as_text(nasty, 4).splitlines())
    assert "\\x1b[2J" in as_text(nasty, 4)


def test_each_line_of_a_message_has_its_prefix() -> None:
    long = Line(LINE.time, "web1", "nginx", 6, "one\ntwo")
    assert [each.split()[2:] for each in as_text(long, 4).splitlines()] == [
        ["web1", "nginx:", "one"],
        ["web1", "nginx:", "two"],
    ]


def test_a_document_is_versioned_and_in_utc() -> None:
    assert as_document(Line(1.5, "web1", "nginx", 6, "hello")) == {
        "version": 1,
        "time": "1970-01-01T00:00:01.500000+00:00",
        "server": "web1",
        "unit": "nginx",
        "priority": 6,
        "message": "hello",
    }
