"""Holds the site's lock as long as this process lives; the connection's end is its end."""

from __future__ import annotations

import sys

from colonnade.onhost.host import exclusive, say

PATH = "/run/colonnade.lock"


def main(request: dict) -> None:  # type: ignore[type-arg]
    try:
        file = exclusive(PATH, request["wait"])
    except BlockingIOError:
        with open(PATH) as held:
            say({"held": False, "holder": held.read().strip()})
        return
    file.truncate(0)
    file.write(request["holder"] + "\n")
    file.flush()
    say({"held": True, "holder": request["holder"]})
    sys.stdin.buffer.read()
