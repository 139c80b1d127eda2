"""Texts of others on a page of ours."""

from __future__ import annotations

from colonnade.visual.words import clean


def test_control_characters_reach_neither_terminal_nor_page() -> None:
    assert clean("a\x1b[31mb\x00\x9b\ud800c\td\n") == "a\ufffd[31mb\ufffd\ufffd\ufffdc\td\n"
