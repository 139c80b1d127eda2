"""Every example is a valid spec of an app that can be found, and shows what it is there to show."""

from __future__ import annotations

import pytest

from colonnade.model.site import Role, Site
from colonnade.release import ignore, tree
from colonnade.spec import load
from tests.apps.conftest import EXAMPLES

NAMES = sorted(path.parent.name for path in EXAMPLES.glob("*/colonnade.toml"))


def site(name: str) -> Site:
    return load(EXAMPLES / name / "colonnade.toml").site


@pytest.mark.parametrize("name", NAMES)
def test_app_is_there(name: str) -> None:
    for app in site(name).apps:
        members = tree.read(app.path, ignore.rules(app.path))
        tree.check_entry(app, members, None)
        assert any(member.name.startswith(f"{app.static}/") for member in members)


def test_guestbook_has_ten_servers_and_two_addresses() -> None:
    found = site("guestbook")
    assert (len(found.servers), len(found.vips)) == (10, 2)


def test_trio_has_every_role_on_each() -> None:
    assert [server.roles for server in site("trio").servers] == [frozenset(Role)] * 3


def test_notes_have_a_waiting_web_server_and_weights() -> None:
    found = site("flask-notes")
    assert [server.name for server in found.having(Role.WEB) if server.backup] == ["web2"]
    assert [server.weight for server in found.having(Role.APP)] == [200, 100, 100]
    assert len(found.vips) == 1
