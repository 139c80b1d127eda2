"""A server that is new gets the release that the others serve: from one of them, so that no computer need have it."""

from __future__ import annotations

import shlex

from colonnade.errors import UserError
from colonnade.model.plan import Change
from colonnade.remote.agent import ask
from colonnade.remote.connection import Remote
from colonnade.remote.fleet import Fleet

ROOT = "/srv/colonnade"
# A release is a folder of links to layers: both travel.
PACK = """cd {root}/{app}
{{ echo releases/{release}
for part in releases/{release}/*; do [ ! -L $part ] || readlink $part | sed 's,^../../,,'; done
}} | tar -I 'gzip -1' -cf - -T -"""
UNPACK = """set -e
cd {root}/{app}
rm -rf .arriving; mkdir -p .arriving/layers layers releases
tar -xzf - -C .arriving
for layer in $(ls .arriving/layers); do [ -d layers/$layer ] || mv .arriving/layers/$layer layers/$layer; done
rm -rf releases/{release}; mv .arriving/releases/{release} releases/{release}; rm -rf .arriving"""


async def ship(fleet: Fleet, change: Change) -> None:
    await (copy_release if change.step["op"] == "ship" else copy_marks)(fleet, change)


async def copy_marks(fleet: Fleet, change: Change) -> None:
    """Small text files, which the source may not have."""
    source, target = fleet.remotes[change.step["source"]], fleet.remotes[change.server]
    for path in change.step["paths"]:
        status, text, _ = await source.run(f"cat {path}")
        if status == 0:
            await target.run(f"/bin/sh -c 'cat >{path}'", text)


async def copy_release(fleet: Fleet, change: Change) -> None:
    """UserError names the server that did not give or take it."""
    source, target = fleet.remotes[change.step["source"]], fleet.remotes[change.server]
    words = {"root": ROOT, "app": change.step["app"], "release": change.step["release"]}
    give, take = (f"/bin/sh -c {shlex.quote(script.format(**words))}" for script in (PACK, UNPACK))
    async with source.connection.create_process(source.command(give), encoding=None) as packed:
        done = await target.connection.run(target.command(take), stdin=packed.stdout, encoding=None)
        error = await packed.stderr.read()
        await packed.wait_closed()
    if packed.exit_status or done.exit_status:
        name = change.step["source"] if packed.exit_status else change.server
        text = (error + (done.stderr if isinstance(done.stderr, bytes) else b"")).decode(errors="replace")
        raise UserError(name, f"{change.target} could not be copied", "apply again", detail=text)
    await make_current(target, change.step["app"], change.step["release"])


async def make_current(target: Remote, app: str, release: str) -> None:
    """As a deploy does it: the monitors are told which release is here."""
    said = await ask(target, "release", op="point", app=app, links={"current": release})
    if "problem" in said:
        raise UserError(target.server.name, said["problem"], "apply again", detail=said["detail"])
