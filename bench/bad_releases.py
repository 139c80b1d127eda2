"""Releases that are no good, as visitors see them: 200 requests a second through the addresses all the while.

On the lab of the spec, which must run; its app is an ASGI program. The fleet is on its old release at the end.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from pathlib import Path
from string import Template

from tests.lab.releases import CRASH, HANG

from bench.deploy import Seen, append, copied, under_load
from bench.lab_site import why_not
from bench.row import Row, skipped
from colonnade.cli.session import open_session
from colonnade.errors import UserError

# $name: the ASGI application of the module that this is appended to; $health: its health page.
FALLS_ILL = """
import time as _time
_born, _well = _time.monotonic(), $name

async def $name(scope, receive, send):
    if scope.get("path") != "$health" or _time.monotonic() - _born < 5:
        return await _well(scope, receive, send)
    await send({"type": "http.response.start", "status": 500, "headers": []})
    await send({"type": "http.response.body", "body": b"tired"})
"""
MIGRATION = "fails its migration"
APPENDED = {"crashes at start": CRASH, "hangs": HANG, "falls ill after 5 s": FALLS_ILL, MIGRATION: "# no good"}
MIGRATE = re.compile(r"^migrate = .*$", re.MULTILINE)
FAILS = 'migrate = "echo column visitors.age is gone; false"'
# Seconds that a release has for its first good answer: what hangs is to be over soon.
START = 12


def bad_releases(spec: Path, rate: int) -> Iterable[Row]:
    name = f"bad releases under {rate} a second"
    if why := why_not(spec):
        yield skipped(name, why)
        return
    try:
        for what in APPENDED:
            yield _row(what, _deployed(spec, what, rate))
    except UserError as error:
        yield skipped(name, f"{error.problem}; try: {error.hint}")


def _deployed(spec: Path, what: str, rate: int) -> Seen:
    with copied(spec) as copy:
        text = re.sub(r"^\[apps\.\w+\]$", rf"\g<0>\nstart = {START}", copy.read_text(), count=1, flags=re.MULTILINE)
        copy.write_text(MIGRATE.sub(FAILS, text) if what == MIGRATION else text)
        session = open_session(copy, "lab")
        app = session.site.apps[0]
        name = (app.asgi or "").rpartition(":")[2]
        append(session, Template(APPENDED[what]).substitute(name=name, health=app.health))
        return asyncio.run(under_load(session, "deploy", copy, rate))


def _row(what: str, seen: Seen) -> Row:
    reason = next((line for line in seen.errors.splitlines() if line.startswith("error: ")), "no reason")
    took = f"exit {seen.code} after {seen.ended - seen.began:.0f} s"
    told = f"{len(seen.failed)} of {len(seen.operations)}; {took}, {reason}"
    return Row(f"a release that {what}: failed requests", told, "0, exit 1", not seen.failed and seen.code == 1)
