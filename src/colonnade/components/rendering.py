"""Jinja2 for the text configuration of components: `files/PATH.j2` under a component is rendered to `/PATH`."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from colonnade.model.site import host_port

MANAGED = "managed by colonnade: change colonnade.toml and apply, not this file"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - configuration files, not HTML
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals["managed"] = MANAGED
    environment.filters["host_port"] = lambda server, port: host_port(server.address, port)
    return environment


@cache
def _template(name: str) -> Template:
    return _environment().get_template(name)


def render(component: str, path: str, **context: Any) -> str:
    """The text of `/PATH` for one server. An undefined variable in a template is an error, never an empty string."""
    return _template(f"{component}/files{path}.j2").render(**context)
