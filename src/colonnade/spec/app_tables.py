"""An application in a spec, what runs beside it, and what a drill asks it for."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from colonnade.spec.values import (
    APP_NAME,
    CALENDAR,
    CALLABLE,
    FOLDER,
    PREFIX,
    URL_PATH,
    Host,
    Line,
    Page,
    Table,
    Text,
    Variable,
    command_or_table,
    one_or_more,
)


class DrillTable(Table):
    """Pages that a drill's load asks for, so that it can tell what visitors would have seen."""

    read: str | None = Field(default=None, pattern=URL_PATH, description="page that only reads; health when not set")
    write: str | None = Field(default=None, pattern=URL_PATH, description="page that takes a POST of `body`")
    body: Text = Field(
        default="",
        examples=['{"key": "{key}", "name": "drill"}'],
        description="JSON to post; {key} becomes a UUID, new for each request",
    )
    session: str | None = Field(
        default=None, pattern=URL_PATH, description="page that counts in the session and answers JSON"
    )
    counter: str = Field(default="visits", description="where the count stands in that answer")
    rate: int = Field(default=30, ge=1, le=5000, description="reads per second; a fifth as many writes")


class ProcessTable(Table):
    """A process beside the workers: its command in quotes, or a table."""

    command: Line = Field(examples=["celery -A shop worker"], description="command that runs all the time")
    count: int = Field(default=1, ge=1, le=64, description="instances on each app server")


class JobTable(Table):
    """A command that runs at points in time, once for the site."""

    command: Line = Field(examples=["python -m shop.cleanup"], description="command that runs and ends")
    at: str = Field(
        pattern=CALENDAR,
        examples=["*-*-* 03:00"],
        description="when, as systemd.time(7) has it; UTC where it names no other zone",
    )
    limit: int = Field(default=86400, ge=1, le=31 * 86400, description="seconds after which a run is ended")


ProcessEntry = Annotated[ProcessTable, BeforeValidator(command_or_table, json_schema_input_type=str | ProcessTable)]


class AppTable(Table):
    """One application. Exactly one of asgi, wsgi and command starts it."""

    path: Line = Field(examples=["."], description="folder of the application, relative to the spec")
    asgi: str | None = Field(default=None, pattern=CALLABLE, examples=["shop.main:app"], description="ASGI application")
    wsgi: str | None = Field(default=None, pattern=CALLABLE, examples=["shop.wsgi:app"], description="WSGI application")
    command: Line | None = Field(default=None, description="any command that serves HTTP on $PORT")
    host: Annotated[tuple[Host, ...], BeforeValidator(one_or_more, json_schema_input_type=str | list[str])] = Field(
        default=(), description="host names it answers to; the domain when not set"
    )
    prefix: str = Field(
        default="/", pattern=PREFIX, examples=["/api"], description="where its paths begin; it sees them whole"
    )
    server: Literal["granian", "gunicorn", "uvicorn"] = Field(default="granian", description="what runs asgi or wsgi")
    static: str | None = Field(
        default=None, pattern=FOLDER, examples=["static"], description="folder that nginx serves"
    )
    collect: Line | None = Field(
        default=None,
        examples=["python manage.py collectstatic --noinput"],
        description="command that makes the static folder, on this computer, for each release",
    )
    health: str | None = Field(
        default=None,
        pattern=URL_PATH,
        description="path that answers 200 while the application is well; its prefix when not set",
    )
    warm: Annotated[tuple[Page, ...], BeforeValidator(one_or_more, json_schema_input_type=str | list[str])] = Field(
        default=(),
        examples=["/", "/search?q=a"],
        description="pages asked of each new instance before visitors come; its prefix when not set",
    )
    migrate: Line | None = Field(default=None, description="command that runs once for each release, before it serves")
    maintenance: str | None = Field(
        default=None,
        pattern=FOLDER,
        examples=["maintenance.html"],
        description="page in the application's folder that visitors get during `colonnade maintenance`",
    )
    workers: int = Field(default=2, ge=1, le=64, description="instances on each app server")
    drain: int = Field(
        default=30, ge=1, le=600, description="seconds a stopping instance has to finish what it has begun"
    )
    start: int = Field(default=30, ge=1, le=600, description="seconds until the first healthy answer of a release")
    canary: int = Field(
        default=5, ge=0, le=3600, description="seconds a release is watched on the first server before the next gets it"
    )
    migrate_limit: int = Field(default=600, ge=1, le=86400, description="seconds after which a migration is ended")
    keep: int = Field(default=5, ge=2, le=100, description="releases kept on the servers to go back to")
    env: dict[Variable, Text] = Field(default_factory=dict, description="environment variables")
    secrets: tuple[Variable, ...] = Field(
        default=(), description="names set with `colonnade secrets set`, given as variables"
    )
    processes: dict[Annotated[str, Field(pattern=APP_NAME)], ProcessEntry] = Field(
        default_factory=dict, description="what runs beside the workers and serves no HTTP, by name"
    )
    jobs: dict[Annotated[str, Field(pattern=APP_NAME)], JobTable] = Field(
        default_factory=dict, description="what runs at points in time, once for the site, by name"
    )
    drill: DrillTable = Field(default_factory=DrillTable, description="pages that drills ask for")
