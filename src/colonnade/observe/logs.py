"""Which journals to ask for which lines, and what a line says. Pure."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from colonnade.components import discover
from colonnade.errors import Exit, UserError
from colonnade.model.design import Design, ServerDesign
from colonnade.model.resources import Unit
from colonnade.model.site import Role

FIELDS = "MESSAGE,PRIORITY,UNIT,_SYSTEMD_UNIT,SYSLOG_IDENTIFIER"
SPAN = re.compile(r"(\d+)(s|min|h|d)")
SECONDS = {"s": 1, "min": 60, "h": 3600, "d": 86400}


@dataclass(frozen=True, slots=True)
class Selection:
    """Whose lines are wanted; nothing named means all that the site runs."""

    role: Role | None = None
    app: str | None = None
    unit: str | None = None
    """A unit's name or part of it, as journalctl takes them: `patroni`, `colonnade-web@1`, `ssh*`."""
    servers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One entry of a server's journal."""

    time: float
    """Seconds since 1970, by that server's clock."""
    server: str
    unit: str
    priority: int
    """As syslog has it: 0 emergency … 3 error, 4 warning, 6 information, 7 debug."""
    message: str
    cursor: str = ""
    """Where to go on reading after this line."""


def chosen(design: Design, selection: Selection) -> dict[str, tuple[str, ...]]:
    """Units by server; servers with none of them are not asked. UserError for names that the site does not have."""
    _require_known(design, selection)
    found = {name: _units(server, selection) for name, server in design.servers.items()}
    wanted = {n: units for n, units in found.items() if units and (not selection.servers or n in selection.servers)}
    if not wanted:
        raise UserError("", "no server has such logs", "colonnade check lists servers and roles", exit_code=Exit.USAGE)
    return wanted


def _require_known(design: Design, selection: Selection) -> None:
    site = design.layout.site
    for name in selection.servers:
        if name not in site.by_name:
            known = ", ".join(site.by_name)
            raise UserError(name, "there is no such server", f"one of {known}", exit_code=Exit.USAGE)
    if selection.app and selection.app not in {app.name for app in site.apps}:
        known = ", ".join(app.name for app in site.apps)
        raise UserError(selection.app, "there is no such app", f"one of {known}", exit_code=Exit.USAGE)


def _units(server: ServerDesign, selection: Selection) -> tuple[str, ...]:
    if selection.role and not server.server.has(selection.role):
        return ()
    if selection.unit:
        return (selection.unit,)
    if selection.app:
        # A worker is an instance of the app's own template, what else belongs to it has a name of its own.
        own = (f"colonnade-{selection.app}@*", f"colonnade-{selection.app}-*")
        return own if server.server.has(Role.APP) else ()
    return tuple(_of_role(server, selection.role))


def _of_role(server: ServerDesign, role: Role | None) -> Iterable[str]:
    for component, resources in server.components:
        if role is None or role in discover()[component].roles:
            yield from (each.name for each in resources if isinstance(each, Unit) and each.running)
    if role in (None, Role.APP):
        # What runs only now and then: jobs, migrations, commands by hand.
        yield "colonnade-*-*"


def command(units: Iterable[str], *, lines: int | None, since: float | None, follow: bool, after: str = "") -> str:
    """journalctl on one server. It ends by itself once nobody reads any more."""
    words = ["journalctl", "--quiet", "--no-pager", "--output=json", f"--output-fields={FIELDS}"]
    words += [f"--unit={unit}" for unit in units]
    if after:
        words.append(f"--after-cursor={after}")
    elif since is not None:
        words.append(f"--since=@{since:.6f}")
    if lines is not None and not after:
        words.append(f"--lines={lines}")
    if follow:
        words.append("--follow" if lines is not None and not after else "--follow --no-tail")
    return " ".join(word if word.startswith("--follow") else shlex.quote(word) for word in words)


def parsed(server: str, raw: bytes) -> Line | None:
    """None for what is no entry."""
    try:
        entry = json.loads(raw)
    except ValueError:
        return None
    unit = entry.get("UNIT") or entry.get("_SYSTEMD_UNIT") or entry.get("SYSLOG_IDENTIFIER") or ""
    return Line(
        time=int(entry["__REALTIME_TIMESTAMP"]) / 1e6,
        server=server,
        unit=str(unit).removesuffix(".service"),
        priority=int(entry.get("PRIORITY", 6)),
        message=_text(entry.get("MESSAGE")),
        cursor=str(entry["__CURSOR"]),
    )


def _text(message: object) -> str:
    """journalctl writes what is not UTF-8 as a list of bytes, and what is too long as null."""
    if isinstance(message, list):
        return bytes(message).decode(errors="replace")
    return "" if message is None else str(message)


def moment(text: str, now: datetime) -> float:
    """`10min`, `2h`, or a time of the operator's clock: `06:30`, `2026-11-26`, `2026-11-26 06:30`."""
    if span := SPAN.fullmatch(text):
        return (now - timedelta(seconds=int(span[1]) * SECONDS[span[2]])).timestamp()
    full = f"{now.date().isoformat()} {text}" if re.fullmatch(r"\d{2}:\d{2}(:\d{2})?", text) else text
    try:
        return datetime.fromisoformat(full).timestamp()
    except ValueError:
        hint = 'write 30s, 10min, 2h or 1d, or a time: "06:30", "2026-11-26 06:30"'
        raise UserError("--since", f'"{text}" is no time', hint, exit_code=Exit.USAGE) from None
