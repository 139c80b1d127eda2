"""Whose journals are asked for which units, what journalctl is told, what a line says."""

from __future__ import annotations

import json
import shlex
from datetime import datetime

import pytest

from colonnade.errors import Exit, UserError
from colonnade.model.site import Role
from colonnade.observe.logs import Line, Selection, chosen, command, moment, parsed
from tests.sites import designed

NOON = datetime(2026, 1, 15, 12, 0, 0)


def asked(**wanted: object) -> dict[str, tuple[str, ...]]:
    return chosen(designed("guestbook"), Selection(**wanted))  # type: ignore[arg-type]


def test_all_that_the_site_runs() -> None:
    found = asked()
    assert len(found) == 10
    assert {"haproxy.service", "keepalived.service"} <= set(found["lb1"])
    assert "patroni.service" in found["db1"]
    assert "patroni.service" not in found["lb1"]


def test_a_role_means_its_servers_and_its_daemons() -> None:
    assert set(asked(role=Role.WEB)) == {"web1", "web2"}
    assert "nginx.service" in asked(role=Role.WEB)["web1"]
    shared = chosen(designed("trio"), Selection(role=Role.WEB))
    assert set(shared) == {"a", "b", "c"}
    assert "nginx.service" in shared["a"]
    assert "patroni.service" not in shared["a"]


def test_an_app_means_what_runs_its_release() -> None:
    assert asked(app="web") == dict.fromkeys(("app1", "app2"), ("colonnade-web@*", "colonnade-web-*"))


def test_servers_narrow_everything_else() -> None:
    assert set(asked(role=Role.DB, servers=("db2",))) == {"db2"}
    assert asked(unit="ssh", servers=("db2", "lb1")) == {"db2": ("ssh",), "lb1": ("ssh",)}


@pytest.mark.parametrize(
    "wanted", [{"servers": ("db9",)}, {"app": "shop"}, {"role": Role.DB, "servers": ("lb1",)}], ids=str
)
def test_what_the_site_does_not_have(wanted: dict[str, object]) -> None:
    with pytest.raises(UserError) as caught:
        asked(**wanted)
    assert caught.value.exit_code is Exit.USAGE
    assert caught.value.hint


def test_words_for_journalctl() -> None:
    last = shlex.split(command(("a", "b"), lines=9, since=None, follow=False))
    assert {"--unit=a", "--unit=b", "--lines=9", "--output=json"} <= set(last)
    assert "--follow" not in last
    assert {"--since=@5.000000", "--no-tail"} <= set(shlex.split(command(("a",), lines=None, since=5, follow=True)))


def test_a_stream_goes_on_after_its_last_line() -> None:
    words = shlex.split(command(("a",), lines=5, since=5, follow=True, after="s=1;i=2"))
    assert {"--after-cursor=s=1;i=2", "--follow", "--no-tail"} <= set(words)
    assert not [word for word in words if word.startswith(("--lines", "--since"))]


def test_a_unit_is_one_word_of_the_shell() -> None:
    assert "--unit=$(reboot)" in shlex.split(command(("$(reboot)",), lines=1, since=None, follow=False))
    assert "'--unit=$(reboot)'" in command(("$(reboot)",), lines=1, since=None, follow=False)


def entry(**fields: object) -> bytes:
    return json.dumps({"__REALTIME_TIMESTAMP": "1500000", "__CURSOR": "c", **fields}).encode()


def test_a_line_names_the_unit_it_is_about() -> None:
    own = entry(_SYSTEMD_UNIT="nginx.service", MESSAGE="hello", PRIORITY="3")
    assert parsed("web1", own) == Line(1.5, "web1", "nginx", 3, "hello", "c")
    about = parsed("web1", entry(_SYSTEMD_UNIT="init.scope", UNIT="nginx.service", MESSAGE="Started nginx"))
    assert about and about.unit == "nginx"


@pytest.mark.parametrize(("message", "text"), [([104, 255], "h\ufffd"), (None, ""), ("two\nlines", "two\nlines")])
def test_messages_of_every_kind(message: object, text: str) -> None:
    line = parsed("web1", entry(MESSAGE=message))
    assert line and line.message == text


def test_what_is_no_entry_is_left_out() -> None:
    assert parsed("web1", b"-- No entries --") is None


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("30s", datetime(2026, 1, 15, 11, 59, 30)),
        ("10min", datetime(2026, 1, 15, 11, 50)),
        ("2h", datetime(2026, 1, 15, 10, 0)),
        ("1d", datetime(2026, 1, 14, 12, 0)),
        ("06:30", datetime(2026, 1, 15, 6, 30)),
        ("2026-01-02", datetime(2026, 1, 2)),
        ("2026-01-02 03:04", datetime(2026, 1, 2, 3, 4)),
    ],
)
def test_moments(text: str, meant: datetime) -> None:
    assert moment(text, NOON) == meant.timestamp()


@pytest.mark.parametrize("text", ["", "yesterday", "10", "25:00", "10 min"])
def test_what_is_no_moment_is_explained(text: str) -> None:
    with pytest.raises(UserError, match="is no time") as caught:
        moment(text, NOON)
    assert "10min" in caught.value.hint
