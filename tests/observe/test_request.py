"""Lines of applications about a request, apart from the hops that are known already."""

from __future__ import annotations

from colonnade.observe.request import _is_hop, search
from tests.observe.test_trace import EDGE, ENDPOINT, ID, WEB


def test_hops_are_not_told_twice() -> None:
    assert all(_is_hop(message) for message in (EDGE, WEB, ENDPOINT))


def test_an_applications_line_is_kept() -> None:
    assert not any(_is_hop(text) for text in (f"request {ID} took long", f'{{"request": "{ID}"}}', "{broken", ""))


def test_every_unit_is_searched() -> None:
    words = search(ID, 1000.0)
    assert "--unit" not in words
    assert words.endswith(f"--since=@1000.000000 -g {ID}")
