"""The examples, designed with fixed secrets for fixed machines: the same design on every computer, every day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from colonnade.design import design
from colonnade.model.design import Design
from colonnade.model.layout import Facts
from colonnade.model.resources import File
from colonnade.model.site import Role, Server, Site
from colonnade.model.vault import Vault
from colonnade.spec import load

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
GOLDEN = Path(__file__).parent / "golden"
NAMES = sorted(path.parent.name for path in EXAMPLES.glob("*/colonnade.toml"))
FACTS = Facts(memory=4 << 30, cpus=2)
TODAY = datetime(2026, 1, 15, tzinfo=UTC)


def _pem(name: str) -> str:
    """A PEM file without the words before it."""
    text = (GOLDEN / name).read_text()
    return text[text.index("-----BEGIN") :]


VAULT = Vault(bytes(range(32)), _pem("test-only-ca.key"), _pem("test-only-ca.pem"), TODAY)


@cache
def example(name: str) -> Site:
    return load(EXAMPLES / name / "colonnade.toml").site


@cache
def designed(name: str) -> Design:
    return design_of(example(name))


def file_of(design: Design, server: str, path: str) -> str:
    """What a server of a design has at a path."""
    return next(file.content for _, file in design.servers[server].all(File) if file.path == path)


def design_of(site: Site, vault: Vault = VAULT) -> Design:
    return design(site, vault, measured(site))


def measured(site: Site) -> Mapping[str, Facts]:
    return {server.name: FACTS for server in site.servers}


def without(site: Site, *names: str) -> Site:
    """The site with some servers gone from its file; the first balancer left owns every virtual address."""
    servers = tuple(server for server in site.servers if server.name not in names)
    owner = next(server.name for server in servers if server.has(Role.LB))
    return replace(site, servers=servers, vips=tuple(replace(vip, owner=owner) for vip in site.vips))


def changed(site: Site, name: str, server: Server) -> Site:
    """The site with one server replaced."""
    return replace(site, servers=tuple(server if each.name == name else each for each in site.servers))


def with_options(site: Site, options: object) -> Site:
    """The site with one table of options replaced."""
    return replace(site, options=(*(o for o in site.options if type(o) is not type(options)), options))
