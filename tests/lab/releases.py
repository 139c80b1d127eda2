"""Releases of the guestbook for tests: good ones and such as fail in every way, made by editing a copy of it."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from tests.lab.sites import COMMAND, LabSite

# At the end of a module of the app. A hang is an import that never comes to its end.
CRASH = '\nraise SystemExit("no such table: visitors")\n'
HANG = "\nimport time\n\ntime.sleep(600)\n"
SICK = """
import time as _time
from starlette.responses import PlainTextResponse as _Text

_born = _time.monotonic()


async def healthz(request):
    late = _time.monotonic() - _born > 5
    return _Text("tired\\n" if late else "ok\\n", 500 if late else 200)
"""
MIGRATION = '\nraise SystemExit("column visitors.age is gone")\n'


@contextmanager
def rewritten(file: Path, text: str) -> Iterator[None]:
    """Another text in a file; afterwards it is as it was."""
    before = file.read_text()
    file.write_text(text)
    try:
        yield
    finally:
        file.write_text(before)


def edited(site: LabSite, module: str, text: str) -> AbstractContextManager[None]:
    """A module of the app with a text at its end."""
    file = site.spec.parent / "guestbook" / module
    return rewritten(file, file.read_text() + text)


def configured(site: LabSite, *lines: str) -> AbstractContextManager[None]:
    """More keys of the app in the spec."""
    text = re.sub(r"^\[apps\.web\]$", "\n".join(("[apps.web]", *lines)), site.spec.read_text(), flags=re.M)
    return rewritten(site.spec, text)


@contextmanager
def applied(site: LabSite, tables: str) -> Iterator[None]:
    """More tables in the spec, and applied; afterwards the site is as it was too."""
    try:
        with rewritten(site.spec, f"{site.spec.read_text()}\n{tables}\n"):
            site.run("apply", "-e", "lab", "--yes")
            yield
    finally:
        site.run("apply", "-e", "lab", "--yes")


def deploy(site: LabSite, check: bool = True) -> subprocess.CompletedProcess[str]:
    return site.run("deploy", "-e", "lab", check=check)


def releases(site: LabSite) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(site.run("releases", "-e", "lab", "-o", "json").stdout)
    return found


def live(site: LabSite) -> str:
    """The one release that runs everywhere; nothing is unfinished."""
    found = releases(site)
    assert found["unfinished"] is None
    (only,) = (each for each in found["releases"] if each["live_on"])
    assert {"app1", "app2", "web1", "web2"} <= set(only["live_on"])
    return str(only["release"])


def killed_at(site: LabSite, words: str) -> None:
    """A deploy whose process is killed once it has said these words."""
    command = [COMMAND, "deploy", "-e", "lab"]
    with subprocess.Popen(command, cwd=site.spec.parent, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        seen = next((line for line in process.stderr if words in line), None)
        process.kill()
    assert seen, f"it never said {words!r}"
