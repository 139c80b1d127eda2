"""A server that is new gets the release that the others serve: from one of them, so that no computer need have it."""

from __future__ import annotations

import shlex

from colonnade.errors import UserError
from colonnade.model.plan import Change
from colonnade.remote.fleet import Fleet

ROOT = "/srv/colonnade"
PACK = "tar -C {root}/{app}/releases -I 'gzip -1' -cf - {release}"
UNPACK = """set -e
cd {root}/{app}/releases
rm -rf .arriving; mkdir .arriving
tar -xzf - -C .arriving
rm -rf {release}; mv .arriving/{release} {release}; rmdir .arriving
cd ..
ln -sfn releases/{release} current.new; mv -T current.new current"""


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
    async with source.connection.create_process(source.command(PACK.format(**words)), encoding=None) as packed:
        script = f"/bin/sh -c {shlex.quote(UNPACK.format(**words))}"
        done = await target.connection.run(target.command(script), stdin=packed.stdout, encoding=None)
        error = await packed.stderr.read()
        await packed.wait_closed()
    if packed.exit_status or done.exit_status:
        name = change.step["source"] if packed.exit_status else change.server
        text = (error + (done.stderr if isinstance(done.stderr, bytes) else b"")).decode(errors="replace")
        raise UserError(name, f"{change.target} could not be copied", "apply again", detail=text)
