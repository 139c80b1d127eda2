"""Which of a site's apps a verb means."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from colonnade.cli.which_app import each, one
from colonnade.errors import UserError
from colonnade.model.site import Site
from tests.sites import designed

ONE = designed("guestbook").layout.site
TWO = designed("pair").layout.site
NONE = replace(ONE, apps=())


def test_the_only_one_needs_no_name() -> None:
    assert one(ONE, None) is ONE.apps[0]


def test_one_of_several_and_all_of_them() -> None:
    assert one(TWO, "notes") is TWO.apps[1]
    assert [app.name for app in each(TWO, None)] == ["web", "notes"]
    assert [app.name for app in each(TWO, "notes")] == ["notes"]


@pytest.mark.parametrize(
    ("which", "site", "name", "said"),
    [
        (one, TWO, None, "--app: the site has several apps\n  try: --app web or notes"),
        (one, TWO, "note", 'note: there is no such app\n  did you mean "notes"?'),
        (each, TWO, "shop", "shop: there is no such app\n  try: one of notes, web"),
        (each, NONE, None, "guestbook: there is no app\n  try: add [apps.NAME] with a path and asgi or wsgi"),
    ],
)
def test_what_cannot_be_meant(which: Callable[..., object], site: Site, name: str | None, said: str) -> None:
    with pytest.raises(UserError) as refused:
        which(site, name)
    assert str(refused.value) == said
