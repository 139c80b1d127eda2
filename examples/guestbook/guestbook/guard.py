"""What a browser may be believed: signed values, and where a request comes from."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Mapping
from urllib.parse import urlsplit

FRESH = 10
"""Seconds for which a visitor who wrote reads from the primary: far above a replica's usual delay of milliseconds."""


def sign(key: bytes, value: str) -> str:
    """The value with a signature that only the key gives."""
    digest = hmac.digest(key, value.encode(), hashlib.sha256)[:16]
    return f"{value}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


def verified(key: bytes, signed: str | None) -> str | None:
    """The value, or None when the signature is not ours."""
    value = (signed or "").rpartition(".")[0]
    return value if value and hmac.compare_digest(sign(key, value).encode(), (signed or "").encode()) else None


def fresh_marker(key: bytes) -> str:
    """Says: this visitor has just written, and must see it."""
    return sign(key, f"fresh-{int(time.time()) + FRESH}")


def is_fresh(key: bytes, marker: str | None) -> bool:
    value = verified(key, marker)
    return value is not None and value.startswith("fresh-") and int(value[6:]) > time.time()


def same_origin(headers: Mapping[str, str]) -> bool:
    """Whether a write comes from our own page. Programs other than browsers send neither header, nor cookies of others.

    Host names are compared without ports: a proxy may pass the host with or without one.
    """
    origin = headers.get("origin")
    if origin is not None:
        host = urlsplit(f"//{headers.get('host', '')}").hostname
        return host is not None and urlsplit(origin).hostname == host
    return headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")
