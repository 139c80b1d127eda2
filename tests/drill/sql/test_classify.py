"""What an error means: only what certainly was not done has failed."""

from __future__ import annotations

import asyncpg  # type: ignore[import-untyped]
import pytest

from colonnade.drill.history import Result
from colonnade.drill.sql.classify import Stage, of_acknowledgement, of_error, words

GONE = asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")


def said(sqlstate: str, message: str, severity: str = "ERROR") -> asyncpg.PostgresError:
    """What the server answered."""
    return asyncpg.PostgresError.new({"S": severity, "V": severity, "C": sqlstate, "M": message})


def then_hung_up(answer: asyncpg.PostgresError) -> asyncpg.PostgresError:
    """As asyncpg tells of an answer that ends the session."""
    error = asyncpg.ConnectionDoesNotExistError(f"connection was closed in the middle of operation: {answer.args[0]}")
    error.__cause__ = answer
    return error


ROLLED_BACK = {
    "a constraint": said("23505", "duplicate key value violates unique constraint"),
    "a standby": said("25006", "cannot execute INSERT in a read-only transaction"),
    "a conflict": said("40001", "could not serialize access due to concurrent update"),
    "a deadlock": said("40P01", "deadlock detected"),
    "a table that is gone": said("42P01", 'relation "colonnade_drill.ledger" does not exist'),
    "a server that starts": then_hung_up(said("57P03", "the database system is starting up", "FATAL")),
    "PgBouncer's queue": then_hung_up(said("08P01", "query_wait_timeout", "FATAL")),
    "a PgBouncer without a server": then_hung_up(
        said("08P01", "server login has been failing, cached error: connect failed (server_login_retry)", "FATAL")
    ),
    "a connection that was found closed": asyncpg.InterfaceError("connection is closed"),
    "a connection that was about to close": asyncpg.InternalClientError(
        "cannot switch to state 12; another operation (2) is in progress"
    ),
}
NOBODY_KNOWS = {
    "a lost connection": GONE,
    "a reset connection": ConnectionResetError(104, "Connection reset by peer"),
    "no answer": TimeoutError(),
    "a server shut down": then_hung_up(said("57P01", "terminating connection due to administrator command", "FATAL")),
    "another backend's crash": then_hung_up(said("57P02", "terminating connection because of crash", "FATAL")),
    "PgBouncer's server connection": then_hung_up(said("08P01", "server conn crashed?", "FATAL")),
    "PgBouncer's own end": then_hung_up(said("08P01", "client_idle_timeout", "FATAL")),
    "an answer that cannot be read": asyncpg.InternalClientError("got result for unknown protocol state 3"),
}


@pytest.mark.parametrize("what", ROLLED_BACK)
def test_what_was_refused_has_failed(what: str) -> None:
    assert of_error(ROLLED_BACK[what], Stage.COMMITTING) is Result.FAIL


@pytest.mark.parametrize("what", NOBODY_KNOWS)
def test_a_commit_without_an_answer_is_unknown(what: str) -> None:
    assert of_error(NOBODY_KNOWS[what], Stage.COMMITTING) is Result.UNKNOWN


@pytest.mark.parametrize("what", [*ROLLED_BACK, *NOBODY_KNOWS])
def test_nothing_is_done_before_commit_is_sent(what: str) -> None:
    assert of_error((ROLLED_BACK | NOBODY_KNOWS)[what], Stage.BEFORE_COMMIT) is Result.FAIL


@pytest.mark.parametrize(
    ("sqlstate", "text", "severity"),
    [
        ("01000", "canceling wait for synchronous replication due to user request", "WARNING"),
        ("57P01", "canceling the wait for synchronous replication and terminating connection due to …", "WARNING"),
    ],
)
def test_an_acknowledgement_without_a_standby_is_none(sqlstate: str, text: str, severity: str) -> None:
    notice = said(sqlstate, text, severity)
    assert of_acknowledgement("COMMIT", [notice]) is Result.UNKNOWN


def test_other_notices_change_nothing() -> None:
    assert of_acknowledgement("INSERT 0 1", [said("00000", "identifier will be truncated", "NOTICE")]) is Result.OK


def test_a_commit_answered_with_rollback_has_failed() -> None:
    assert of_acknowledgement("ROLLBACK", []) is Result.FAIL


def test_the_servers_own_words_are_told() -> None:
    assert words(then_hung_up(said("08P01", "query_wait_timeout", "FATAL"))) == "08P01 query_wait_timeout"
    assert words(GONE) == "ConnectionDoesNotExistError: connection was closed in the middle of operation"
    assert words(TimeoutError()) == "TimeoutError"
    ended = ROLLED_BACK["a connection that was about to close"]
    assert words(ended) == "the server ended the session between two statements"
