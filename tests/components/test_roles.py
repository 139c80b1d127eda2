"""SCRAM verifiers, against the example of RFC 7677, section 3."""

from __future__ import annotations

import base64
import hashlib
import hmac

from colonnade.components.databases.roles import fingerprint, roles_sql, scram_verifier, verifier
from tests.sites import VAULT, designed

SALT = "W22ZaJ0SNY7soEsUEjb6gQ=="
NONCE = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
MESSAGE = f"n=user,r=rOprNGfwEbeRWgbNEkqO,r={NONCE},s={SALT},i=4096,c=biws,r={NONCE}".encode()
PROOF = "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
SERVER_SIGNATURE = "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="


def test_the_rfcs_client_is_let_in() -> None:
    stored, _ = keys(scram_verifier("pencil", decoded(SALT)))
    signature = hmac.digest(stored, MESSAGE, "sha256")
    client_key = bytes(a ^ b for a, b in zip(decoded(PROOF), signature, strict=True))
    assert hashlib.sha256(client_key).digest() == stored


def test_the_rfcs_client_knows_the_server() -> None:
    _, server = keys(scram_verifier("pencil", decoded(SALT)))
    assert hmac.digest(server, MESSAGE, "sha256") == decoded(SERVER_SIGNATURE)


def test_another_password_is_not_let_in() -> None:
    stored, server = keys(scram_verifier("pencils", decoded(SALT)))
    assert hmac.digest(server, MESSAGE, "sha256") != decoded(SERVER_SIGNATURE)
    assert stored != keys(scram_verifier("pencil", decoded(SALT)))[0]


def test_the_form_is_postgresqls() -> None:
    assert scram_verifier("pencil", decoded(SALT)).startswith(f"SCRAM-SHA-256$4096:{SALT}$")


def test_each_role_has_a_salt_of_its_own() -> None:
    salts = {verifier(VAULT, f"postgres/app/{name}").split("$")[1] for name in ("one", "two")}
    assert len(salts) == 2


def test_roles_carry_verifiers_and_no_password() -> None:
    sql = roles_sql(designed("guestbook").layout)
    assert f"PASSWORD '{verifier(VAULT, 'postgres/app/web')}'" in sql
    assert VAULT.password("postgres/app/web") not in sql


def test_roles_end_with_their_own_fingerprint() -> None:
    body, mark, rest = roles_sql(designed("guestbook").layout).rpartition("COMMENT ON DATABASE postgres IS ")
    assert mark and rest == f"'colonnade roles {fingerprint(body)}';\n"


def keys(text: str) -> tuple[bytes, bytes]:
    """StoredKey and ServerKey of a verifier."""
    stored, server = text.split("$")[2].split(":")
    return decoded(stored), decoded(server)


def decoded(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
