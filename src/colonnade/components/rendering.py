"""Configuration files of components: Jinja2 for text, `files/PATH.j2` rendered to `/PATH`; YAML from dictionaries."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, FileSystemBytecodeCache, FileSystemLoader, StrictUndefined, Template
from jinja2.bccache import Bucket
from platformdirs import user_cache_path

from colonnade.model.site import host_port

MANAGED = "managed by colonnade: change colonnade.toml and apply, not this file"
# libyaml gives the same text in a fraction of the time; PyYAML's wheels have it, other builds may not.
DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class _Compiled(FileSystemBytecodeCache):
    """Templates as bytecode, which saves every verb a tenth of a second. What cannot be kept is compiled each time."""

    def dump_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError):
            super().dump_bytecode(bucket)


def _kept() -> _Compiled | None:
    # By this file's digest: with other settings below, a template compiles to something else.
    settings = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:16]
    folder = user_cache_path("colonnade") / "templates" / settings
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return _Compiled(str(folder))


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        bytecode_cache=_kept(),
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
    name = f"{component}/files{path}.j2"
    return _template(name).render(**context) if context else _constant(name)


@cache
def _constant(name: str) -> str:
    """A file without variables, the same everywhere: rendered once for a thousand servers."""
    return _template(name).render()


def as_yaml(tree: Any) -> str:
    """A configuration file made of dictionaries and lists, in the order that they have."""
    return f"# {MANAGED}\n" + yaml.dump(tree, Dumper=DUMPER, sort_keys=False, width=120)
