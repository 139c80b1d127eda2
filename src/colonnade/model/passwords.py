"""Passwords of people, as a server may keep them."""

from __future__ import annotations

import hashlib

# OWASP's parameters of scrypt for 16 MB of memory: 0.2 s of one core for each attempt.
COST, BLOCK, LANES = 1 << 14, 8, 5


def hashed(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=COST, r=BLOCK, p=LANES, dklen=32)
