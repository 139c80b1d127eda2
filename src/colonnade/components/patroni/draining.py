"""A database server that is drained: Patroni promotes it no more. It still acknowledges commits, as the last resort.

Patroni reads a folder of links, of which the later ones add to the first: the server's configuration, and while it is
drained a second one. So it stays drained over restarts, and an apply neither undoes it nor takes it for a change.
"""

from __future__ import annotations

from collections.abc import Iterable

from colonnade.components.rendering import as_yaml, render
from colonnade.model.drain import Drain
from colonnade.model.layout import Layout
from colonnade.model.resources import Directory, File, Resource
from colonnade.model.site import Role, Server

FOLDER = "/etc/colonnade/patroni/conf.d"
DRAINED = "/etc/colonnade/patroni/drained.yml"
LINK = f"{FOLDER}/drained.yml"
HEED = "/etc/colonnade/patroni/heed"


def files(rest: str, ca: str) -> Iterable[Resource]:
    yield Directory(FOLDER)
    # A link appears whole or not at all: half a file would keep Patroni from starting.
    yield File(DRAINED, as_yaml({"tags": {"nofailover": True}}))
    yield File(HEED, render("patroni", HEED, folder=FOLDER, link=LINK, rest=rest, ca=ca), mode=0o755)


def drains(layout: Layout, server: Server) -> Iterable[Drain]:
    """Reads are kept away from it by those who send them; this is the server's own part."""
    if server.has(Role.DB):
        yield Drain(
            "patroni",
            server.name,
            server.name,
            out=f"ln -sfn {DRAINED} {LINK} && {HEED}",
            # Whoever brings it back may come when the server has left the site.
            back=f"rm -f {LINK} && {{ test ! -e {HEED} || {HEED}; }}",
            empty="true",
            is_out=f"test -L {LINK}",
        )
