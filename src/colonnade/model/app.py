"""One web application of a site: how it is started, what runs beside it, what a drill asks it for."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Pages:
    """What a drill asks an application for. Paths; without one, that load is left out."""

    read: str | None = None
    """Page that only reads; the health page when None."""
    write: str | None = None
    body: str = ""
    """JSON that is posted to `write`; `{key}` stands for a UUID, new for each request."""
    session: str | None = None
    """Page that counts in the visitor's session and answers JSON."""
    counter: str = "visits"
    """Where that count stands in the answer."""
    rate: int = 30
    """Reads per second; a fifth as many writes."""


@dataclass(frozen=True, slots=True)
class Process:
    """A command of an application that runs all the time beside its workers and serves no HTTP: a queue's consumer."""

    name: str
    command: str
    count: int = 1
    """Instances on each app server."""


@dataclass(frozen=True, slots=True)
class Job:
    """A command of an application that runs at points in time, once for the site."""

    name: str
    command: str
    at: str
    """systemd's calendar expression, its time zone included."""
    limit: int = 86400
    """Seconds after which a run is ended."""


@dataclass(frozen=True, slots=True)
class App:
    """One web application. Exactly one of `asgi`, `wsgi`, `command` is set."""

    name: str
    path: Path
    asgi: str | None = None
    wsgi: str | None = None
    command: str | None = None
    hosts: tuple[str, ...] = ()
    """Host names that it answers to; the site's domain when empty."""
    prefix: str = "/"
    """Where its paths begin; the application sees them whole."""
    server: str = "granian"
    """granian, gunicorn or uvicorn; unused with `command`."""
    static: str | None = None
    collect: str | None = None
    """Command that makes the static folder, on the operator's computer."""
    health: str = "/"
    warm: tuple[str, ...] = ("/",)
    """Pages that a new worker is asked for before visitors come to it."""
    migrate: str | None = None
    maintenance: str | None = field(default=None, repr=False)
    """The page that visitors get during maintenance; a page of ours when None."""
    workers: int = 2
    """Instances on each app server."""
    drain: int = 30
    """Seconds a stopping worker has to finish what it has begun."""
    start: int = 30
    """Seconds until a new release's first healthy answer."""
    canary: int = 5
    """Seconds that it has to stay healthy on the first server before another gets it."""
    migrate_limit: int = 600
    """Seconds after which a migration is ended."""
    keep: int = 5
    """Releases kept on the servers, the live one among them."""
    env: tuple[tuple[str, str], ...] = ()
    secrets: tuple[str, ...] = ()
    processes: tuple[Process, ...] = ()
    jobs: tuple[Job, ...] = ()
    drill: Pages = field(default_factory=Pages)
    position: int = 0
    """Rank among the apps of the site; ports are derived from it."""

    @property
    def tls(self) -> bool:
        """Its workers show the site's certificate; a command of the user's own speaks plain HTTP."""
        return self.command is None
