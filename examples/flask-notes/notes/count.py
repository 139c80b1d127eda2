"""Counts the words of each new note: a process beside the workers, with the table itself as its queue.

Runs on every app server. `skip locked` gives each note to one of them, and a note whose counter was lost in between
waits for the next.
"""

from __future__ import annotations

import os
import signal
import time

import psycopg

PAUSE = 1.0
"""Seconds between looks when there is nothing to do."""
AWAY = 5.0
"""Seconds until the database is asked again after an error."""
NEXT = "select id, text from notes where words is null order by id limit 1 for update skip locked"
DONE = "update notes set words = %s where id = %s"


def count_one(connection: psycopg.Connection) -> bool:
    """False when no note waits."""
    with connection.transaction():
        row = connection.execute(NEXT).fetchone()
        if row:
            connection.execute(DONE, (len(row[1].split()), row[0]))
            print(f"note {row[0]} has {len(row[1].split())} words", flush=True)
        return row is not None


def run(url: str) -> None:
    """Until it is asked to stop, which it does between two notes."""
    stopped: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, frame: stopped.append(number))
    while not stopped:
        try:
            with psycopg.connect(url, prepare_threshold=None) as connection:
                while not stopped:
                    if not count_one(connection):
                        time.sleep(PAUSE)
        except psycopg.Error as error:
            print(f"the database is away: {error}", flush=True)
            time.sleep(AWAY)


if __name__ == "__main__":
    run(os.environ["DATABASE_URL"])
