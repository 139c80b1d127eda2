"""Create the table. Runs once for each release, and changes nothing when there is nothing to change."""

from __future__ import annotations

import os

import psycopg

from notes.store import TABLE, WORDS

LOCK = 0x6E6F7465
"""Any number that nothing else in this database uses ("note")."""


def migrate(url: str) -> None:
    """In one transaction: a lock of the session would stay behind in PgBouncer's connection."""
    with psycopg.connect(url, prepare_threshold=None) as connection:
        connection.execute("select pg_advisory_xact_lock(%s)", (LOCK,))
        connection.execute(TABLE)
        connection.execute(WORDS)


if __name__ == "__main__":
    migrate(os.environ["DATABASE_URL"])
    print("The table is there.")
