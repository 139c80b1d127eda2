"""Looks for secrets where anybody may read."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields, replace

from colonnade.model.design import Design
from colonnade.model.resources import File
from colonnade.model.site import Site
from colonnade.model.vault import Vault
from colonnade.observe.probing import probes_of
from tests.sites import VAULT

# Values that a user has set, of the kind that a careless template mangles.
VALUES = (("PAYMENT_KEY", 'sk_"live"$8c2f\\x'), ("SENTRY", "https://c0ffee@example.com/1"))


@dataclass(frozen=True)
class TellingVault(Vault):
    """Remembers every secret that it has given away."""

    told: set[str] = field(default_factory=set, compare=False, repr=False)

    def password(self, purpose: str) -> str:
        self.told.add(given := super().password(purpose))
        return given

    def value(self, name: str) -> str | None:
        if given := super().value(name):
            self.told.add(given)
        return given


def telling_vault() -> TellingVault:
    own = {each.name: getattr(VAULT, each.name) for each in fields(VAULT)}
    return TellingVault(**{**own, "values": VALUES})


def with_secrets(site: Site) -> Site:
    """The site whose apps have secrets of their own."""
    names = tuple(name for name, _ in VALUES)
    return replace(site, apps=tuple(replace(app, secrets=names) for app in site.apps))


def secrets_of(vault: TellingVault, design: Design) -> frozenset[str]:
    """Every text that must stay secret: passwords, the user's values, private keys, the key of the site."""
    keys = [file.content for server in design.servers.values() for _, file in server.all(File)]
    lines = {line for text in (*keys, vault.ca_key) for line in _private_lines(text)}
    site_key = {vault.site_key.hex(), base64.b64encode(vault.site_key).decode(), repr(vault.site_key)}
    encoded = {base64.b64encode(each.encode()).decode() for each in vault.told}
    return frozenset(vault.told | lines | site_key | encoded)


def _private_lines(text: str) -> Iterator[str]:
    """The two lines of each P-256 key in a text that hold its private half; the third is in its certificate too."""
    for body in re.findall(r"-----BEGIN [A-Z ]*PRIVATE KEY-----\n(.*?)-----END", text, re.DOTALL):
        yield from body.splitlines()[:2]


def leaks(design: Design, secrets: Iterable[str]) -> list[str]:
    """Where a design shows a secret to somebody who may not read it."""
    wanted = frozenset(secrets)
    return sorted({where for where, text in public_texts(design) if found(wanted, text)})


def found(secrets: Iterable[str], text: str) -> list[str]:
    return [secret for secret in secrets if secret in text]


def public_texts(design: Design) -> Iterator[tuple[str, str]]:
    """(where, text) of everything but the contents of secret files."""
    for name, server in design.servers.items():
        for component, resources in server.components:
            for resource in resources:
                yield f"{name}: {component}: {resource}", str(resource)
                if isinstance(resource, File) and not resource.secret:
                    yield f"{name}: {component}: {resource.path}", resource.content
        for probe in probes_of(design.layout, server.server):
            yield f"{name}: {probe.component}: the probe {probe.name}", probe.command
