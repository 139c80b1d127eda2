"""Create the tables. Runs once for each release, and changes nothing when there is nothing to change."""

from __future__ import annotations

import psycopg

from guestbook.settings import from_environment

LOCK = 0x67756573
"""Any number that nothing else in this database uses ("gues")."""
ENTRIES = """
CREATE TABLE IF NOT EXISTS entries (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key UUID NOT NULL UNIQUE,
    name TEXT NOT NULL,
    message TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
)
"""


def migrate(url: str) -> None:
    """In one transaction: a lock of the session would stay behind in PgBouncer's connection."""
    with psycopg.connect(url, prepare_threshold=None, connect_timeout=40) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
        connection.execute(ENTRIES)


if __name__ == "__main__":
    migrate(from_environment().primary_url)
    print("The tables are there.")
