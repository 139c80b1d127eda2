"""Runs the probes of one server side by side: one round trip, as long as its slowest probe."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from colonnade.onhost.host import say, shell


def main(request: dict) -> None:  # type: ignore[type-arg]
    commands = request["commands"]
    with ThreadPoolExecutor(max_workers=max(1, len(commands))) as pool:
        say(list(pool.map(lambda command: shell(command, request["timeout"]), commands)))
