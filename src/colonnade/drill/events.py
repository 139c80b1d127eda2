"""What the daemons themselves say of a fault: lines of their journals that tell of a change, on the history's clock."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from colonnade.drill.history import Event
from colonnade.remote.connection import Remote
from colonnade.remote.fleet import Fleet


@dataclass(frozen=True, slots=True)
class Source:
    """One daemon: its units, and what to make of its lines. The first pattern that is found wins."""

    name: str
    units: tuple[str, ...]
    patterns: tuple[tuple[re.Pattern[str], str], ...]

    def text(self, line: str) -> str | None:
        """The line in a few words; None when it tells of no change."""
        for pattern, words in self.patterns:
            if found := pattern.search(line):
                return found.expand(words)
        return None


def _compiled(*pairs: tuple[str, str]) -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(pattern), words) for pattern, words in pairs)


PATRONI = _compiled(
    (r"promoted self to leader", "promoted itself"),
    (r"received promote request", "PostgreSQL promotes"),
    (r"selected new timeline ID: (\d+)", r"timeline \1"),
    (r"[Dd]emot(?:ing|ed) self", "demotes itself"),
    (r"Leader key released", "released the lease"),
    (r"manual failover: demoting myself", "hands over"),
    (r"[Ll]ost leader|lost the leader lock", "lost the lease"),
    (r"starting after demotion|starting as a secondary", "starts as a replica"),
    (r"started streaming WAL from primary at (\S+) on timeline (\d+)", r"streams on timeline \2"),
    (r"running pg_rewind", "rewinds"),
    (r"failsafe mode", "failsafe mode"),
    (r"was terminated by signal (\d+)", r"a process ended by signal \1"),
    (r"all server processes terminated; reinitializing", "PostgreSQL restarts"),
    (r"database system was not properly shut down", "PostgreSQL recovers from a crash"),
)
ETCD = _compiled(
    (r"became leader at term (\d+)", r"leads, term \1"),
    (r"lost leader \w+ at term", "lost its leader"),
    (r"lost TCP streaming connection with remote peer", "lost a peer"),
)
KEEPALIVED = _compiled(
    (r"\((\w+)\) Entering (\w+) STATE", r"\1 enters \2"),
    (r"Script `?(\w+)`? now returning (\d+)", r"check returns \2"),
)
HAPROXY = _compiled(
    (r"Server (\S+) is (UP|DOWN)[^.]*?(?:, reason: ([^,]+))?(?:,|\.|$)", r"\1 \2"),
    (r"backend (\S+) has no server available", r"\1 has no server"),
)
SENTINEL = _compiled(
    (r"\+(sdown|odown) master", r"+\1"),
    (r"\+switch-master \S+ (\S+) \d+ (\S+) \d+", r"switches from \1 to \2"),
    (r"\+elected-leader master", "leads the failover"),
    (r"-sdown (master|slave|sentinel) (\S+)", r"sees \2 again"),
)
GUARDS = _compiled(
    (r"(\w+) has not answered for \d+ s: shut out", r"shuts \1 out"),
    (r"(\w+) is shut out by ([\w, ]+): its lease is ended", r"ends the lease of \1"),
    (r"sees neither etcd nor a member: closed", "closes itself"),
    (r"no commit for \d+ s", "kills PostgreSQL, which commits no more"),
)
SYSTEMD = _compiled(
    (r"Main process exited, code=(\w+), status=(\S+)", r"main process \1 \2"),
    (r"Scheduled restart job", "restarts it"),
)
SOURCES = (
    Source("patroni", ("patroni.service",), PATRONI + SYSTEMD),
    Source("guards", ("colonnade-canary.service", "colonnade-failover.service"), GUARDS),
    Source("etcd", ("etcd.service",), ETCD + SYSTEMD),
    Source("keepalived", ("keepalived.service",), KEEPALIVED),
    Source("haproxy", ("haproxy.service", "colonnade-endpoints.service"), HAPROXY + SYSTEMD),
    Source("sentinel", ("valkey-sentinel.service", "valkey-server.service"), SENTINEL + SYSTEMD),
    Source("app", ("colonnade-*@*.service", "pgbouncer.service", "nginx.service"), SYSTEMD),
)


def command(since: float) -> str:
    """Prints the journal of every source since a moment of real time (seconds), one JSON object a line."""
    units = " ".join(f"-u '{unit}'" for source in SOURCES for unit in source.units)
    fields = "MESSAGE,_SYSTEMD_UNIT,UNIT"
    return f"journalctl -q --no-pager -o json --output-fields={fields} --since=@{since:.3f} {units}"


def parse(server: str, journal: str, origin: float) -> Iterator[Event]:
    """Events of one server's journal; `origin` is the real time at which the history began."""
    for line in journal.splitlines():
        record = json.loads(line)
        message, unit = record.get("MESSAGE"), record.get("UNIT") or record.get("_SYSTEMD_UNIT") or ""
        source = next((each for each in SOURCES if _of(each, unit)), None)
        if source and isinstance(message, str) and (text := source.text(message)):
            yield Event(int(record["__REALTIME_TIMESTAMP"]) / 1e6 - origin, source.name, server, text)


def _of(source: Source, unit: str) -> bool:
    return any(re.fullmatch(re.escape(each).replace(r"\*", ".*"), unit) for each in source.units)


async def collect(fleet: Fleet, origin: float) -> tuple[Event, ...]:
    """All events since the history began, in the order of time; of the servers that answer."""

    async def one(remote: Remote) -> list[Event]:
        _, output, _ = await remote.run(command(origin))
        return list(parse(remote.server.name, output.decode(errors="replace"), origin))

    answers, _ = await fleet.each(one)
    return tuple(sorted((e for found in answers.values() for e in found), key=lambda e: e.at))
