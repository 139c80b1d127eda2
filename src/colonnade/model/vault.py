"""The site's secrets. Passwords are derived, not stored: see docs/decisions/0002-derived-secrets.md."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Vault:
    """One random key from which every generated secret follows, the CA, and the values the user has set."""

    site_key: bytes = field(repr=False)
    """32 random bytes."""
    ca_key: str = field(repr=False)
    """PEM, PKCS #8."""
    ca_cert: str
    """PEM."""
    today: datetime
    """The moment of this design, UTC; decides which leaf certificates are current."""
    values: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    def derive(self, purpose: str, length: int = 32) -> bytes:
        """`length` bytes that only this site's key and this purpose give (HMAC-SHA256 in counter mode)."""
        blocks = (
            hmac.digest(self.site_key, f"{purpose}/{counter}".encode(), hashlib.sha256)
            for counter in range(-(-length // 32))
        )
        return b"".join(blocks)[:length]

    def password(self, purpose: str) -> str:
        """A generated password of 192 bits, safe in URLs and in every configuration language used here."""
        text = base64.urlsafe_b64encode(self.derive(f"password/{purpose}", 24)).decode()
        # To HAProxy and to every command line a hyphen in front would be an option.
        return f"A{text[1:]}" if text.startswith("-") else text

    def value(self, name: str) -> str | None:
        """A secret that the user has set, or None."""
        return dict(self.values).get(name)
