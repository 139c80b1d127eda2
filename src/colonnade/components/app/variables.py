"""What an application finds in its environment, and what its own variables may refer to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from colonnade.model.app import App
from colonnade.model.layout import Layout

# PgBouncer and the cache's endpoint, beside the application.
DATABASE_HOST, DATABASE_PORT = "127.0.0.1", "6432"
CACHE_HOST, CACHE_PORT = "127.0.0.1", "16379"
REFERENCE = re.compile(r"\$(\$?)\{([A-Za-z_][A-Za-z0-9_]*)\}")

REFERENCES = MappingProxyType(
    {
        "DOMAIN": "the app's first host name",
        "SECRET_KEY": "a random key of the app's own",
        "DATABASE_URL": "the primary",
        "DATABASE_REPLICA_URL": "replicas within the lag limit, else the primary",
        "DATABASE_HOST": "parts of DATABASE_URL, for programs that want them one by one",
        "DATABASE_PORT": "",
        "DATABASE_NAME": "",
        "DATABASE_USER": "",
        "DATABASE_PASSWORD": "",
        "VALKEY_URL": "the cache",
        "REDIS_URL": "the same, as clients of Redis write it",
        "VALKEY_HOST": "parts of VALKEY_URL",
        "VALKEY_PORT": "",
        "VALKEY_USER": "",
        "VALKEY_PASSWORD": "",
    }
)
"""Names that a value of `env` may hold as `${NAME}`, besides the app's secrets."""

SET = ("DATABASE_URL", "DATABASE_REPLICA_URL", "VALKEY_URL", "REDIS_URL", "SECRET_KEY")
"""Those that are variables of the application too."""


def values(app: App, host: str, passwords: Mapping[str, str]) -> dict[str, str]:
    """Every reference's value. `passwords` are those of the database, the cache and `secret_key`."""
    name = app.name
    database = f"{name}:{passwords['database']}@{DATABASE_HOST}:{DATABASE_PORT}"
    cache = f"{name}:{passwords['cache']}@{CACHE_HOST}:{CACHE_PORT}/0"
    return {
        "DOMAIN": host,
        "SECRET_KEY": passwords["secret_key"],
        "DATABASE_URL": f"postgresql://{database}/{name}",
        "DATABASE_REPLICA_URL": f"postgresql://{database}/{name}_replica",
        "DATABASE_HOST": DATABASE_HOST,
        "DATABASE_PORT": DATABASE_PORT,
        "DATABASE_NAME": name,
        "DATABASE_USER": name,
        "DATABASE_PASSWORD": passwords["database"],
        "VALKEY_URL": f"valkey://{cache}",
        "REDIS_URL": f"redis://{cache}",
        "VALKEY_HOST": CACHE_HOST,
        "VALKEY_PORT": CACHE_PORT,
        "VALKEY_USER": name,
        "VALKEY_PASSWORD": passwords["cache"],
    }


def environment(layout: Layout, app: App) -> list[tuple[str, str]]:
    """What the app gets. Its own values come last and win."""
    vault = layout.vault
    passwords = {
        "database": vault.password(f"postgres/app/{app.name}"),
        "cache": vault.password(f"valkey/{app.name}"),
        "secret_key": vault.password(f"app/{app.name}/secret_key"),
    }
    known = values(app, layout.site.hosts_of(app)[0], passwords)
    own = {name: vault.value(name) or "" for name in app.secrets}
    # Where jobs of the site agree on who runs them, whatever database the application itself is told to use.
    record = [("COLONNADE_RUNS_URL", known["DATABASE_URL"])] if app.jobs else []
    return [*((name, known[name]) for name in SET), *record, *expanded(app, {**known, **own}), *own.items()]


def expanded(app: App, known: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The app's own variables with what they refer to. `$${NAME}` stands for `${NAME}` itself."""

    def meant(found: re.Match[str]) -> str:
        return f"${{{found[2]}}}" if found[1] else known[found[2]]

    for name, value in app.env:
        yield name, REFERENCE.sub(meant, value)


def unknown(value: str, secrets: tuple[str, ...]) -> str | None:
    """The first reference of a value that leads nowhere."""
    names = (found[2] for found in REFERENCE.finditer(value) if not found[1])
    return next((name for name in names if name not in REFERENCES and name not in secrets), None)
