"""What is shown of an upload: on a terminal a line for each server, elsewhere a line now and then."""

from __future__ import annotations

import io
import sys

import pytest
from rich.console import Console

from colonnade.cli import sending
from colonnade.cli.sending import Sending, as_line, as_table

HALF = {"app1": (7_300_000, 15_100_000), "app2": (15_100_000, 15_100_000), "web1": (800, 2_100)}


def test_in_words() -> None:
    assert as_line(HALF) == "sent: app1 7.3 MB of 15.1 MB, app2 15.1 MB, web1 0.8 kB of 2.1 kB"


def test_on_a_terminal_each_server_has_its_line() -> None:
    screen = Console(file=io.StringIO(), width=60)
    screen.print(as_table(HALF))
    assert isinstance(screen.file, io.StringIO)
    rows = [line.split() for line in screen.file.getvalue().splitlines()]
    assert rows == [
        ["…", "app1", "7.3", "MB", "of", "15.1", "MB"],
        ["✓", "app2", "15.1", "MB"],
        ["…", "web1", "0.8", "kB", "of", "2.1", "kB"],
    ]


def test_in_a_pipe_the_end_is_told_and_a_long_upload_now_and_then(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = 100.0
    monkeypatch.setattr(sending, "monotonic", lambda: clock)
    with Sending() as sent:
        for has in range(0, 1_000_000, 1000):
            sent("app1", has, 1_000_000)
        assert capsys.readouterr().err == ""
        clock += 10
        sent("app1", 500_000, 1_000_000)
        sent("app1", 600_000, 1_000_000)
        assert capsys.readouterr().err == "sent: app1 500.0 kB of 1.0 MB\n"
        sent("app1", 1_000_000, 1_000_000)
    assert capsys.readouterr() == ("", "sent: app1 1.0 MB\n")


def test_nothing_is_told_of_servers_that_have_it_all(capsys: pytest.CaptureFixture[str]) -> None:
    with Sending():
        pass
    assert capsys.readouterr() == ("", "")


def test_a_terminal_sees_the_same_line_again(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with Sending() as sent:
        sent("app1", 500_000, 1_000_000)
        sent("app1", 1_000_000, 1_000_000)
    assert terminal.getvalue().rstrip("\x1b[?25h\n ").endswith("✓ app1  1.0 MB")
