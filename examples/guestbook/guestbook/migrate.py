"""Create the tables. Runs once for each release, and changes nothing when there is nothing to change."""

from __future__ import annotations

import psycopg

from guestbook.settings import from_environment
from guestbook.store import PATIENCE, TABLE

LOCK = 0x67756573
"""Any number that nothing else in this database uses ("gues")."""


def migrate(url: str) -> None:
    """In one transaction: a lock of the session would stay behind in PgBouncer's connection."""
    with psycopg.connect(url, connect_timeout=PATIENCE, prepare_threshold=None) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
        connection.execute(TABLE)


if __name__ == "__main__":
    migrate(from_environment().primary_url)
    print("The tables are there.")
