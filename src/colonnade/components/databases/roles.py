"""SQL that makes each app's role and database, and nothing more; run by whichever server is the primary."""

from __future__ import annotations

import base64
import hashlib
import hmac
from functools import lru_cache

from colonnade.components.rendering import render
from colonnade.model.layout import Layout
from colonnade.model.vault import Vault

# RFC 7677 asks for at least 4096; PostgreSQL's scram_iterations default is the same.
ITERATIONS = 4096
SQL = "/etc/colonnade/databases/roles.sql"


@lru_cache(maxsize=256)
def scram_verifier(password: str, salt: bytes) -> str:
    """A SCRAM-SHA-256 verifier as PostgreSQL stores it, so that the password never reaches the server's log."""
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, ITERATIONS)
    client = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    parts = [base64.b64encode(part).decode() for part in (salt, client, server)]
    return f"SCRAM-SHA-256${ITERATIONS}:{parts[0]}${parts[1]}:{parts[2]}"


def verifier(vault: Vault, purpose: str) -> str:
    return scram_verifier(vault.password(purpose), vault.derive(f"salt/{purpose}", 16))


@lru_cache(maxsize=16)
def roles_sql(layout: Layout) -> str:
    """Idempotent; ends by leaving its own fingerprint as a comment, which replicates with the rest."""
    apps = [(app.name, verifier(layout.vault, f"postgres/app/{app.name}")) for app in layout.site.apps]
    body = render("databases", SQL, apps=apps)
    return body + f"COMMENT ON DATABASE postgres IS 'colonnade roles {fingerprint(body)}';\n"


def fingerprint(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()[:16]
