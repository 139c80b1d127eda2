"""The systemd unit of anything that runs a release."""

from __future__ import annotations

from dataclasses import dataclass

from colonnade.components.app.confinement import PATH, SANDBOX, environment_path, root
from colonnade.components.rendering import render
from colonnade.model.app import App

TEMPLATE = "/etc/systemd/system/colonnade-app@.service"


@dataclass(frozen=True, slots=True)
class Program:
    """What differs between a worker, a process and a job."""

    description: str
    start: str
    """ExecStart."""
    runtime: str
    """Folder under /run, its home."""
    own: str = ""
    """Variables of its own, none of them secret."""
    numbered: bool = False
    """Its instance has an environment file."""
    limit: int | None = None
    """Seconds for a program that ends by itself; None for one that does not."""


def unit_file(app: App, program: Program) -> str:
    return render(
        "app",
        TEMPLATE,
        app=app,
        program=program,
        root=root(app),
        shared=environment_path(app),
        programs=PATH,
        sandbox=SANDBOX,
    )
