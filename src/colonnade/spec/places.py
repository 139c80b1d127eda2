"""Where each app of a site answers: no two at one place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from colonnade.spec.app_tables import AppTable
from colonnade.spec.problems import Problem

OWN = "/-"
"""Where the site's own pages begin: nginx's health page."""


def problems(apps: Mapping[str, AppTable], domain: str) -> Iterator[Problem]:
    """Apps that answer where another does, or where the site itself does."""
    taken: dict[tuple[str, str], str] = {}
    for name, app in apps.items():
        yield from _own(name, app)
        yield from _pages(name, app)
        for host in dict.fromkeys(app.host or (domain,)):
            before = taken.setdefault((host, app.prefix), name)
            if before != name:
                yield _clash(name, app, f"{host}{app.prefix}", before)
            elif hidden := _hidden_by(apps, host, app.prefix, domain):
                text = f"{app.prefix} is where the static files of {hidden} are"
                yield Problem(("apps", name, "prefix"), text, "take another prefix")


def _own(name: str, app: AppTable) -> Iterator[Problem]:
    if app.prefix == OWN or app.prefix.startswith(f"{OWN}/"):
        yield Problem(("apps", name, "prefix"), f"{OWN} is kept for the site's own pages", "take another prefix")


def _pages(name: str, app: AppTable) -> Iterator[Problem]:
    """Pages for which visitors would come to another app."""
    drill = ((("drill", key), getattr(app.drill, key)) for key in ("read", "write", "session"))
    for keys, page in ((("health",), app.health), *((("warm",), page) for page in app.warm), *drill):
        if page and not _below(app.prefix, page):
            hint = f"name a page that begins with {app.prefix}: the app sees whole paths"
            yield Problem(("apps", name, *keys), f"{page} is not below the app's prefix {app.prefix}", hint)


def _below(prefix: str, page: str) -> bool:
    place = prefix.rstrip("/")
    return page == place or page.startswith((f"{place}/", f"{place}?"))


def _clash(name: str, app: AppTable, place: str, before: str) -> Problem:
    key = next((key for key in ("prefix", "host") if key in app.model_fields_set), None)
    hint = f'give {name} a host = "…" or a prefix = "/…" of its own'
    keys = ("apps", name, key) if key else ("apps", name)
    return Problem(keys, f"{before} answers at {place} already", hint, at_key=key is None)


def _hidden_by(apps: Mapping[str, AppTable], host: str, prefix: str, domain: str) -> str | None:
    """The app whose static files nginx would serve in its place."""
    for name, other in apps.items():
        inside = f"{prefix}/".startswith(f"{other.prefix.rstrip('/')}/static/")
        if other.static and inside and host in (other.host or (domain,)):
            return name
    return None
