"""Each app's role and database in PostgreSQL.

Apart from `patroni`, because all servers do this at once: the primary runs the SQL while replicas wait for its result.
Within a component whose servers take turns, a replica whose turn comes first would wait for a primary that waits for
its own turn.
"""

from __future__ import annotations

from collections.abc import Iterable

from colonnade.components.databases.roles import SQL, roles_sql
from colonnade.components.rendering import render
from colonnade.model.component import Component
from colonnade.model.layout import Layout
from colonnade.model.resources import Directory, File, Resource, Task
from colonnade.model.site import Role, Server

APPLY = "/etc/colonnade/databases/apply-roles"
# Where Debian's PostgreSQL has its sockets.
SOCKETS = "/var/run/postgresql"


def resources(layout: Layout, server: Server) -> Iterable[Resource]:
    yield Directory("/etc/colonnade/databases")
    yield File(SQL, roles_sql(layout), mode=0o600, secret=True)
    yield File(APPLY, render("databases", APPLY, sql=SQL, sockets=SOCKETS), mode=0o755)
    yield Task("roles and databases", APPLY, on=(SQL, APPLY))


COMPONENT = Component(name="databases", roles=frozenset({Role.DB}), after=("patroni",), resources=resources)
