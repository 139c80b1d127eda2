"""Runs the on-host code: its source goes along with the first request, nothing of ours stays on the server."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from colonnade.errors import UserError
from colonnade.remote.connection import Remote, Talk, unreachable

# -I: no user site, no PYTHON* variables; -S: no site-packages: half the start time of a plain python3.
# The first line of standard input is the length of the program, the rest the request.
COMMAND = (
    "/usr/bin/python3 -I -S -c "
    '\'import sys;i=sys.stdin.buffer;exec(compile(i.read(int(i.readline())),"colonnade","exec"))\''
)
BOOT = """
import json, sys, types
for name in ("colonnade", "colonnade.onhost"):
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__path__ = []
while line := sys.stdin.buffer.readline():
    request = json.loads(line)
    for name, source in request["modules"]:
        module = sys.modules["colonnade.onhost." + name] = types.ModuleType("colonnade.onhost." + name)
        exec(compile(source, name + ".py", "exec"), module.__dict__)
    sys.modules["colonnade.onhost." + request["verb"]].main(request)
    if not request["more"]:
        break
"""
# What each verb of the agent needs, the verb's own module last.
MODULES = {
    "read": ("host", "read"),
    "content": ("host", "content"),
    "act": ("host", "waiting", "swap", "units", "act"),
    "probe": ("host", "probe"),
    "lock": ("host", "lock"),
    "fault": ("host", "undoing", "fault"),
    "relay": ("relay",),
    "release": ("host", "layers", "survey", "release"),
    "migrate": ("host", "survey", "waiting", "migrate"),
    "watch": ("host", "watch"),
}


@cache
def _source(name: str) -> str:
    return resources.files("colonnade.onhost").joinpath(f"{name}.py").read_text()


def payload(verb: str, request: Mapping[str, Any]) -> bytes:
    """What goes to standard input of a process for this request alone."""
    return program() + only(verb, request)


def program() -> bytes:
    """What starts the agent: the program's length, the program. A request of one line follows."""
    return b"%d\n%s" % (len(BOOT), BOOT.encode())


def only(verb: str, request: Mapping[str, Any]) -> bytes:
    """A request after which the agent ends."""
    return _line(verb, MODULES[verb], request, more=False)


def _line(verb: str, names: Iterable[str], request: Mapping[str, Any], *, more: bool) -> bytes:
    modules = [(name, _source(name)) for name in names]
    whole = {"modules": modules, "verb": verb, "more": more, **request}
    return json.dumps(whole, separators=(",", ":")).encode() + b"\n"


async def ask(remote: Remote, verb: str, **request: Any) -> Any:
    """One request, one answer, from a process that stays for the next one as long as the connection does."""
    async with remote.lent(COMMAND) as talk:
        lacking = [name for name in MODULES[verb] if name not in talk.known]
        talk.write((b"" if talk.known else program()) + _line(verb, lacking, request, more=True))
        talk.known.update(lacking)
        if not (answer := await talk.line()):
            raise await _ended(remote, verb, talk)
    return json.loads(answer)


async def _ended(remote: Remote, verb: str, talk: Talk) -> UserError:
    error = await talk.process.stderr.read()
    await talk.process.wait_closed()
    if talk.process.exit_status is None:
        return unreachable(remote.server, "the connection was lost", "run the command again")
    return broken(remote, verb, error)


async def follow(remote: Remote, verb: str, each: Callable[[dict[str, Any]], None], **request: Any) -> None:
    """One request, an answer for each step as it is done."""
    status, error = await remote.stream(COMMAND, payload(verb, request), lambda line: each(json.loads(line)))
    if status != 0:
        raise broken(remote, verb, error)


async def send(remote: Remote, verb: str, source: Path, sent: Callable[[int], None], **request: Any) -> Any:
    """One request with a file after it, one answer; `sent` is told the size of each piece."""
    status, output, error = await remote.feed(COMMAND, payload(verb, request), source, sent)
    if status != 0:
        raise broken(remote, verb, error)
    return json.loads(output)


@asynccontextmanager
async def converse(remote: Remote, verb: str, **request: Any) -> AsyncIterator[Talk]:
    """Lines in both directions for as long as the context lasts. Say nothing before the first line came: what reads
    the program would take it too."""
    async with remote.talk(COMMAND) as talk:
        talk.write(payload(verb, request))
        yield talk


def broken(remote: Remote, verb: str, error: bytes) -> UserError:
    text = error.decode(errors="replace").strip()
    hint = "allow it: ALL=(ALL) NOPASSWD: ALL in /etc/sudoers.d" if "sudo" in text else ""
    return UserError(remote.server.name, f"{verb} failed on the server", hint, detail=text[-2000:])
