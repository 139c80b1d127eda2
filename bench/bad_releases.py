"""Releases that are no good, as visitors see them: 200 requests a second through the addresses all the while.

On the lab of the spec, which must run; its app is an ASGI program. The fleet is on its old release at the end.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from pathlib import Path

from bench.deploy import Seen, append, copied, under_load
from bench.lab_site import why_not
from bench.row import Row, skipped
from colonnade.cli.session import open_session
from colonnade.errors import UserError
from colonnade.model.app import App

# At the end of the module that Python imports first. A hang is an import that never comes to its end.
CRASHES = 'raise SystemExit("no such table: visitors")'
HANGS = """
import time
time.sleep(600)
"""
# {name}: of the ASGI application in that module; {health}: its health page.
FALLS_ILL = """
import time as _time
_born, _well = _time.monotonic(), {name}

async def {name}(scope, receive, send):
    if scope.get("path") != "{health}" or _time.monotonic() - _born < 5:
        return await _well(scope, receive, send)
    await send({{"type": "http.response.start", "status": 500, "headers": []}})
    await send({{"type": "http.response.body", "body": b"tired"}})
"""
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
        for what in ("crashes at start", "hangs", "falls ill after 5 s", "fails its migration"):
            yield _row(what, _deployed(spec, what, rate))
    except UserError as error:
        yield skipped(name, f"{error.problem}; try: {error.hint}")


def _deployed(spec: Path, what: str, rate: int) -> Seen:
    with copied(spec) as copy:
        text = re.sub(r"^\[apps\.\w+\]$", rf"\g<0>\nstart = {START}", copy.read_text(), count=1, flags=re.MULTILINE)
        copy.write_text(MIGRATE.sub(FAILS, text) if what == "fails its migration" else text)
        session = open_session(copy, "lab")
        append(session, _spoilt(session.site.apps[0], what))
        return asyncio.run(under_load(session, "deploy", copy, rate))


def _spoilt(app: App, what: str) -> str:
    """What is appended to the app's module."""
    ill = FALLS_ILL.format(name=(app.asgi or "").rpartition(":")[2], health=app.health)
    return {"crashes at start": CRASHES, "hangs": HANGS, "falls ill after 5 s": ill}.get(what, f"# {what}")


def _row(what: str, seen: Seen) -> Row:
    reason = next((line for line in seen.errors.splitlines() if line.startswith("error: ")), "no reason")
    took = f"exit {seen.code} after {seen.ended - seen.began:.0f} s"
    told = f"{len(seen.failed)} of {len(seen.operations)}; {took}, {reason}"
    return Row(f"a release that {what}: failed requests", told, "0, exit 1", not seen.failed and seen.code == 1)
