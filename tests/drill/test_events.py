"""Lines of journals as the daemons of Debian 13 write them, and what becomes of them on the history's clock."""

from __future__ import annotations

import json

import pytest

from colonnade.drill.events import SOURCES, command, parse
from colonnade.drill.history import Event

LINES = [
    ("patroni.service", "INFO: promoted self to leader by acquiring session lock", "promoted itself"),
    ("patroni.service", "[812] LOG:  received promote request", "PostgreSQL promotes"),
    ("patroni.service", "[812] LOG:  selected new timeline ID: 4", "timeline 4"),
    ("patroni.service", "2026-11-22 20:43:41,064 INFO: Lock owner: db1; I am db2", None),
    ("patroni.service", "INFO: no action. I am (db2), a secondary, and following a leader (db1)", None),
    ("etcd.service", '{"level":"info","msg":"8e9e05c52164694d became leader at term 3"}', "leads, term 3"),
    ("keepalived.service", "(vip1) Entering MASTER STATE", "vip1 enters MASTER"),
    ("haproxy.service", "Server web/web1 is DOWN, reason: Layer4 timeout, check duration: 1001ms.", "web/web1 DOWN"),
    (
        "colonnade-endpoints.service",
        "Server primary/db1 is UP, reason: Layer7 check passed, code: 200",
        "primary/db1 UP",
    ),
    (
        "valkey-sentinel.service",
        "+switch-master colonnade 10.0.0.41 6379 10.0.0.42 6379",
        "switches from 10.0.0.41 to 10.0.0.42",
    ),
    (
        "colonnade-web@1.service",
        "colonnade-web@1.service: Main process exited, code=killed, status=9/KILL",
        "main process killed 9/KILL",
    ),
]


def journal(unit: str, message: object, at: float = 1000.5) -> str:
    return json.dumps({"__REALTIME_TIMESTAMP": str(int(at * 1e6)), "MESSAGE": message, "_SYSTEMD_UNIT": unit})


@pytest.mark.parametrize(("unit", "message", "text"), LINES)
def test_a_line_that_tells_of_a_change_becomes_an_event(unit: str, message: str, text: str | None) -> None:
    found = list(parse("db1", journal(unit, message), 1000.0))
    assert [event.text for event in found] == ([text] if text else [])
    assert all(event.server == "db1" and event.at == 0.5 for event in found)


def test_what_systemd_says_of_a_unit_is_the_units() -> None:
    line = json.dumps(
        {
            "__REALTIME_TIMESTAMP": "1000000000",
            "MESSAGE": "etcd.service: Main process exited, code=killed, status=9/KILL",
            "_SYSTEMD_UNIT": "init.scope",
            "UNIT": "etcd.service",
        }
    )
    assert list(parse("db1", line, 1000.0)) == [Event(0.0, "etcd", "db1", "main process killed 9/KILL")]


def test_bytes_that_are_no_text_and_other_units_are_passed_over() -> None:
    assert list(parse("db1", "\n".join([journal("etcd.service", [255, 0]), journal("ssh.service", "x")]), 0.0)) == []


def test_the_journal_of_every_source_is_asked_for() -> None:
    asked = command(1000.25)
    assert "--since=@1000.250" in asked
    assert all(f"-u '{unit}'" in asked for source in SOURCES for unit in source.units)
