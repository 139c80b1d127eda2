"""Spec file → site."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from colonnade.components.patroni.options import PatroniOptions
from colonnade.errors import UserError
from colonnade.model.design import Note
from colonnade.model.site import Access, Server, Site
from colonnade.spec import addresses, apps, hosts, server_checks, servers
from colonnade.spec.document import Document
from colonnade.spec.environment import LAB, PRODUCTION, document, to_lab
from colonnade.spec.model import sections
from colonnade.spec.paths import resolved
from colonnade.spec.placement import place
from colonnade.spec.positions import Positions
from colonnade.spec.problems import fail_on
from colonnade.spec.servers import Mentions
from colonnade.spec.tables import SpecTable, SshTable
from colonnade.spec.validation import validate

EVERYBODY = ("0.0.0.0/0", "::/0")
OPEN = Note("warning", "SSH is open to everybody: list your own networks under allow in [ssh]")


@dataclass(frozen=True)
class Loaded:
    """A spec resolved, and what belongs to it on the operator's side."""

    site: Site
    notes: tuple[Note, ...]
    """Where roles were placed that the spec leaves out, and what the user should reconsider."""
    path: Path
    environment: str | None
    state: Path
    """Folder of what colonnade keeps beside the spec for this environment."""
    secrets_path: Path
    """The age-encrypted file of this environment's secrets."""
    listed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Names by role, as the file lists them: `all` is a role here, and a role that is placed is missing."""
    positions: Positions = field(default=Positions("", {}, {}), repr=False, compare=False)


NO_DRAFTS: Mapping[str, str] = {}


def load(path: Path, environment: str | None = None, drafts: Mapping[str, str] = NO_DRAFTS) -> Loaded:
    """Reads a spec and its environment's overlay, and places every role. `drafts`: texts in place of files, by name.

    Raises UserError with the position of the first problem, the others in its detail.
    """
    path = path.absolute()
    found = document(path, environment, drafts)
    if not found.data:
        hint = f"remove it, and `colonnade init {path.name}` writes one to begin with"
        raise UserError(path.name, "the file is empty", hint)
    site, notes, listed = _site(validate(found), found, path.parent)
    state = path.parent / ".colonnade" / (environment or PRODUCTION)
    if environment == LAB:
        site = to_lab(site, state)
    notes = (*notes, OPEN) if site.operators == EVERYBODY else notes
    secrets_path = _secrets_path(path, environment, state)
    return Loaded(site, notes, path, environment, state, secrets_path, listed, found.positions)


def _secrets_path(path: Path, environment: str | None, state: Path) -> Path:
    """Beside the spec; the lab's goes when the lab goes."""
    if environment == LAB:
        return state / f"{path.stem}.secrets.age"
    return path.with_name(f"{path.stem}.{environment}.secrets.age" if environment else f"{path.stem}.secrets.age")


Listed = dict[str, tuple[str, ...]]


def _site(spec: SpecTable, found: Document, folder: Path) -> tuple[Site, tuple[Note, ...], Listed]:
    stated, mentions = _servers(spec, found, folder)
    placed, notes = place(stated, mentions.listed)
    asked = next(table.fast_failover for table in _options(spec) if isinstance(table, PatroniOptions))
    fail_on(server_checks.fast_failover(placed, asked), found.positions)
    site = Site(
        name=spec.name,
        domain=spec.domain,
        vips=addresses.owned(spec.vip, stated),
        servers=placed,
        apps=apps.build(spec.apps, folder),
        operators=spec.ssh.allow or EVERYBODY,
        access=_access(spec.ssh, folder),
        options=_options(spec),
    )
    fail_on(hosts.problems(site), found.positions)
    return site, notes, {role: tuple(dict.fromkeys(names)) for role, names in mentions.roles.items()}


def _options(spec: SpecTable) -> tuple[Any, ...]:
    return tuple(getattr(spec, section) for section in sections())


def _servers(spec: SpecTable, found: Document, folder: Path) -> tuple[tuple[Server, ...], Mentions]:
    """The servers as the spec has them, once nothing in it is wrong."""
    mentions = servers.mentions(spec.servers, found.data["servers"])
    fail_on([*server_checks.problems(mentions), *apps.problems(spec.apps, folder, spec.domain)], found.positions)
    stated = servers.build(mentions)
    fail_on(addresses.problems(spec.vip, stated), found.positions)
    return stated, mentions


def _access(ssh: SshTable, folder: Path) -> Access:
    key, known_hosts = (resolved(path, folder) if path else None for path in (ssh.key, ssh.known_hosts))
    return Access(ssh.user, key, known_hosts)
