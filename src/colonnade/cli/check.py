"""`colonnade check`: is the file right, and what would it mean? Touches no server."""

from __future__ import annotations

from colonnade.cli.options import DEFAULT_FILE, EnvironmentOption, FileOption
from colonnade.cli.session import open_session


def check(file: FileOption = DEFAULT_FILE, environment: EnvironmentOption = None) -> None:
    """Check the spec and say what it means, without touching a server."""
    session = open_session(file, environment)
    made = session.remembered_design()
    for note in (*session.loaded.notes, *made.notes):
        print(f"{note.severity}: {note.text}")
    for server in session.site.servers:
        roles = ", ".join(sorted(server.roles))
        print(f"{server.name:<12} {server.address:<16} {roles}")
    print(f"{session.site.name}: the file is right; {len(session.site.servers)} servers")
