"""Takes down notes that are older than NOTES_DAYS. Runs now and then, once for the site."""

from __future__ import annotations

import os

import psycopg

OLD = "delete from notes where created_at < now() - make_interval(days => %s)"


def tidy(url: str, days: int) -> int:
    """How many notes it took down."""
    with psycopg.connect(url, prepare_threshold=None) as connection:
        return connection.execute(OLD, (days,)).rowcount


if __name__ == "__main__":
    print(f"{tidy(os.environ['DATABASE_URL'], int(os.environ.get('NOTES_DAYS', '365')))} notes taken down")
