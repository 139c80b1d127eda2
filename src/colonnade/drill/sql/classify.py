"""What a client knows after its statement: done, not done, or nobody can say. Pure.

A commit that is called failed must not turn up later, so whatever is not certain is unknown.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

import asyncpg  # type: ignore[import-untyped]

from colonnade.drill.history import Result
from colonnade.drill.sql.driver import Message

# PgBouncer says 08P01 for everything; with these words the query waited in its queue and met no server (1.24.1,
# janitor.c `query_wait_timeout`, objects.c `check_fast_fail` and `pause_client`). `server conn crashed?` is not
# among them: that one cut a query short.
NEVER_SENT = ("query_wait_timeout", "server login has been failing", "server shutting down")
# A FATAL came between two messages of asyncpg's: the second, which executes, is refused before a byte of it is written
# (0.32, coreproto.pyx, `_set_state`).
UNSENT = "cannot switch to state"
# The server's words while a commit waits for its standbys: "The transaction has already committed locally, but might
# not have been replicated to the standby" (syncrep.c). An acknowledgement that follows is none.
NOT_REPLICATED = ("canceling wait for synchronous replication", "canceling the wait for synchronous replication")
# Of the FATAL ones the only one that a session begins with: cannot_connect_now. 57P01 and 57P02 come at any moment
# (https://www.postgresql.org/docs/17/errcodes-appendix.html).
REFUSED = "57P03"
# "Reports an error that caused the current session to abort": table 19.2 of
# https://www.postgresql.org/docs/17/runtime-config-logging.html.
FATAL = ("FATAL", "PANIC")


class Stage(Enum):
    """How far the client had come."""

    BEFORE_COMMIT = "before commit"
    """In a transaction whose COMMIT was not sent: without it the server aborts, whatever becomes of the session."""
    COMMITTING = "committing"
    """A statement in autocommit, or COMMIT itself."""


def of_error(error: BaseException, stage: Stage) -> Result:
    """One of driver.ERRORS, raised by a statement."""
    if stage is Stage.BEFORE_COMMIT:
        return Result.FAIL
    said = answer(error)
    certain = _unsent(error) if said is None else _rolled_back(said)
    return Result.FAIL if certain else Result.UNKNOWN


def answer(error: BaseException) -> asyncpg.PostgresError | None:
    """What the server, or PgBouncer, said last; None when the connection ended without a word."""
    for each in (error, error.__cause__):
        # asyncpg makes errors of this class itself, without a severity; the server's own has one.
        if isinstance(each, asyncpg.PostgresError) and _severity(each):
            return each
    return None


def of_acknowledgement(tag: str, notices: Sequence[Message]) -> Result:
    """The server said that it is done. `tag` is the command's: `ROLLBACK` is the answer to a COMMIT that was none."""
    if tag == "ROLLBACK":
        return Result.FAIL
    return Result.UNKNOWN if any(each.message.startswith(NOT_REPLICATED) for each in notices) else Result.OK


def _unsent(error: BaseException) -> bool:
    """asyncpg's own word that it sent nothing: the connection was found closed, or about to be."""
    if isinstance(error, asyncpg.InternalClientError):
        return str(error).startswith(UNSENT)
    return isinstance(error, asyncpg.InterfaceError)


def _rolled_back(said: asyncpg.PostgresError) -> bool:
    """ERROR ends the transaction, and is never raised once a commit is on its way: syncrep.c, SyncRepWaitForLSN.

    FATAL ends the session at whatever it was doing: unless it is known to come first, the commit may have been made.
    """
    if _severity(said) not in FATAL:
        return True
    return str(said.sqlstate) == REFUSED or str(said.args[0]).startswith(NEVER_SENT)


def _severity(said: asyncpg.PostgresError) -> str:
    return str(said.severity_en or said.severity or "")


def words(error: BaseException) -> str:
    """One line for the history: `25006 cannot execute INSERT in a read-only transaction`."""
    said = answer(error)
    if said is not None:
        return f"{said.sqlstate} {said.args[0]}"
    if str(error).startswith(UNSENT):
        return "the server ended the session between two statements"
    return " ".join([f"{type(error).__name__}:", *str(error).splitlines()[:1]]).rstrip(":")
