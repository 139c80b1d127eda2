"""What most verbs begin with: the spec and its secrets. Asks no server."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from colonnade.apply.facts import known_facts
from colonnade.design import design, lay_out
from colonnade.model.design import Design
from colonnade.model.layout import Layout
from colonnade.model.site import Site
from colonnade.model.vault import Vault
from colonnade.spec import Loaded, load
from colonnade.spec.environment import LAB, remember_lab_seats
from colonnade.spec.secrets import open_vault

# Of 19; the servers' processes have 0.
NICENESS = 10


@dataclass(frozen=True)
class Session:
    """A spec with its secrets opened."""

    loaded: Loaded
    vault: Vault

    @property
    def site(self) -> Site:
        return self.loaded.site

    @property
    def ca_path(self) -> Path:
        return self.loaded.state / "ca.crt"

    def layout(self) -> Layout:
        """Who offers what to whom, with what was measured last; asks no server."""
        return lay_out(self.site, self.vault, known_facts(self.loaded.state, {}))

    def remembered_design(self) -> Design:
        """The design with what was measured last; asks no server."""
        return design(self.site, self.vault, known_facts(self.loaded.state, {}))


def open_session(file: Path, environment: str | None) -> Session:
    """Loads the spec and opens its secrets, made on first use; leaves the CA's certificate for curl and browsers."""
    loaded = load(file, environment)
    if environment == LAB:
        remember_lab_seats(loaded.state, loaded.site)
    session = Session(loaded, open_vault(loaded, datetime.now(UTC)))
    if not session.ca_path.exists() or session.ca_path.read_text() != session.vault.ca_cert:
        session.ca_path.parent.mkdir(parents=True, exist_ok=True)
        session.ca_path.write_text(session.vault.ca_cert)
    return session


def give_way(session: Session) -> None:
    """In the lab this computer is the site's as well: its visitors come before what is done for its operator."""
    if session.loaded.environment == LAB:
        os.nice(max(0, NICENESS - os.nice(0)))


def say(text: str) -> None:
    """Progress and remarks go to standard error; data alone goes to standard output."""
    print(text, file=sys.stderr, flush=True)


def print_json(document: Any) -> None:
    print(json.dumps(document, indent=2, ensure_ascii=False))
