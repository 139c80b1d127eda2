"""Texts of files, for the diff of a plan. Never asked for secret ones."""

from __future__ import annotations

from colonnade.onhost.host import say


def main(request: dict) -> None:  # type: ignore[type-arg]
    say({path: text(path) for path in request["paths"]})


def text(path: str) -> str | None:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return None
