"""`--app`: which of the site's apps a verb means."""

from __future__ import annotations

from typing import Annotated

import typer

from colonnade.errors import Exit, UserError
from colonnade.model.app import App
from colonnade.model.site import Site
from colonnade.spec.problems import nearest

OneOption = Annotated[
    str | None, typer.Option("--app", metavar="NAME", help="which app, where the site has several", show_default=False)
]
EachOption = Annotated[
    str | None,
    typer.Option("--app", metavar="NAME", help="only this app; all of them when not set", show_default=False),
]


def one(site: Site, name: str | None) -> App:
    """The named one, or the only one."""
    apps = each(site, name)
    if len(apps) > 1:
        names = " or ".join(app.name for app in apps)
        raise UserError("--app", "the site has several apps", f"--app {names}", exit_code=Exit.USAGE)
    return apps[0]


def each(site: Site, name: str | None) -> tuple[App, ...]:
    """The named one, or all; at least one."""
    if not site.apps:
        raise UserError(site.name, "there is no app", "add [apps.NAME] with a path and asgi or wsgi")
    apps = {app.name: app for app in site.apps}
    if name is None:
        return site.apps
    if name not in apps:
        raise UserError(name, "there is no such app", nearest(name, apps), exit_code=Exit.USAGE)
    return (apps[name],)
