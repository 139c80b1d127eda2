"""The schema in the app's own database that all workloads share: made before a drill, removed after it."""

from __future__ import annotations

from collections.abc import Iterable

from colonnade.drill.sql.classify import words
from colonnade.drill.sql.driver import ERRORS
from colonnade.drill.sql.routes import Routes
from colonnade.errors import UserError

SCHEMA = "colonnade_drill"
# A statement of unknown result may still hold its table, until its server notices that nobody waits for it.
DROP = f"SET LOCAL lock_timeout = '20s'; DROP SCHEMA IF EXISTS {SCHEMA} CASCADE;"
CREATE = f"CREATE SCHEMA {SCHEMA}; COMMENT ON SCHEMA {SCHEMA} IS 'made by colonnade drill, removed when it ends';"


async def prepare(routes: Routes, tables: Iterable[str]) -> None:
    """Makes the schema and the tables anew, as the app's own role, which owns its database. UserError."""
    await _run(routes, " ".join([DROP, CREATE, *tables]), "the drill's tables could not be made")


async def remove(routes: Routes) -> None:
    """Leaves nothing of it; at any time, more than once. UserError tells how to do it by hand."""
    await _run(
        routes, DROP, "the drill's tables could not be removed", f"in the app's database: DROP SCHEMA {SCHEMA} CASCADE"
    )


async def _run(routes: Routes, script: str, problem: str, by_hand: str = "colonnade status") -> None:
    """By the first app server that does it; all or nothing."""
    failures: list[str] = []
    for route in routes.up:
        try:
            connection = await route.connect()
            try:
                await connection.execute(f"BEGIN; {script} COMMIT")
                return
            finally:
                connection.terminate()
        except ERRORS as error:
            failures.append(f"{route.server}: {words(error)}")
    raise UserError(SCHEMA, problem, by_hand, detail="\n".join(failures) or "no app server can be reached")
