"""Leaf certificates as a pure function of the site's key, the names and the month.

Key and certificate follow from the vault, so a second plan finds the very same files: the private key is derived,
and the signature is deterministic (RFC 6979). Each window of 30 days has a leaf of its own, valid for 90.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from colonnade.model.layout import Certificate
from colonnade.model.vault import Vault

WINDOW = timedelta(days=30)
LIFETIME = timedelta(days=90)
# Servers whose clock is a little behind must accept a certificate made this minute.
BACKDATED = timedelta(days=1)
EPOCH = datetime(2024, 1, 1, tzinfo=UTC)
USAGE = x509.KeyUsage(True, False, False, False, False, False, False, False, False)
PURPOSES = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
# Order of the P-256 group, SEC 2.
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@dataclass(frozen=True)
class Leaf:
    """PEM texts."""

    certificate: str
    key: str


def window(now: datetime) -> int:
    """Number of the 30-day window; an apply in a new one renews every leaf."""
    return (now - EPOCH) // WINDOW


def end(vault: Vault) -> datetime:
    """When today's leaves end, all of them."""
    return EPOCH + window(vault.today) * WINDOW - BACKDATED + LIFETIME


def issue(vault: Vault, wanted: Certificate) -> Leaf:
    """The leaf that is current today."""
    number = window(vault.today)
    key = _private_key(vault, f"{wanted.component}@{wanted.server}/{number}")
    certificate = _sign(vault, wanted, key.public_key(), number)
    return Leaf(
        certificate.public_bytes(serialization.Encoding.PEM).decode(),
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode(),
    )


def _private_key(vault: Vault, purpose: str) -> ec.EllipticCurvePrivateKey:
    # 48 bytes: reducing 384 bits to 256 leaves a bias below 2^-128 (FIPS 186-5, A.2.1).
    number = int.from_bytes(vault.derive(f"tls/{purpose}", 48), "big")
    return ec.derive_private_key(number % (P256_ORDER - 1) + 1, ec.SECP256R1())


@dataclass(frozen=True)
class _Authority:
    """The CA's key, what points to it from a leaf, and the beginning of every leaf of a window."""

    key: ec.EllipticCurvePrivateKey
    identifier: x509.AuthorityKeyIdentifier
    blank: x509.CertificateBuilder


@lru_cache(maxsize=4)
def _authority(ca_cert: str, ca_key: str, number: int) -> _Authority:
    key = serialization.load_pem_private_key(ca_key.encode(), password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)  # noqa: S101 - this tool made it
    issuer = x509.load_pem_x509_certificate(ca_cert.encode()).subject
    start = EPOCH + number * WINDOW - BACKDATED
    blank = x509.CertificateBuilder().issuer_name(issuer).not_valid_before(start).not_valid_after(start + LIFETIME)
    return _Authority(key, x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), blank)


def _sign(vault: Vault, wanted: Certificate, public: ec.EllipticCurvePublicKey, number: int) -> x509.Certificate:
    authority = _authority(vault.ca_cert, vault.ca_key, number)
    serial = int.from_bytes(
        vault.derive(f"serial/{wanted.component}@{wanted.server}/{wanted.names}/{number}", 16), "big"
    )
    builder = (
        authority.blank.subject_name(_subject(wanted.common_name)).public_key(public).serial_number(serial >> 1 | 1)
    )
    for extension, critical in _extensions(wanted, public, authority):
        builder = builder.add_extension(extension, critical)
    return builder.sign(authority.key, hashes.SHA256(), ecdsa_deterministic=True)


def _extensions(
    wanted: Certificate, public: ec.EllipticCurvePublicKey, authority: _Authority
) -> list[tuple[x509.ExtensionType, bool]]:
    return [
        (x509.SubjectAlternativeName([_name(n) for n in wanted.names]), False),
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (USAGE, True),
        (PURPOSES, False),
        (authority.identifier, False),
        (x509.SubjectKeyIdentifier.from_public_key(public), False),
    ]


# Certificates of one server share their subject and most of their names.
@lru_cache(maxsize=4096)
def _subject(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


@lru_cache(maxsize=4096)
def _name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)
