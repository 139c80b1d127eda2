"""The secrets file and the operator's key."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyrage
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from colonnade.errors import UserError
from colonnade.spec import Loaded, load
from colonnade.spec.keyring import identity, key_path
from colonnade.spec.secrets import list_names, open_vault, require_secrets, set_secret, unset_secret
from tests.spec.conftest import ALL, APP, HEAD, Loads, Write

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def loaded(loads: Loads) -> Loaded:
    return loads(ALL)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_first_use_makes_a_private_key_and_file(loaded: Loaded, key_folder: Path) -> None:
    vault = open_vault(loaded, NOW)
    assert key_path() == key_folder / "key.txt"
    assert (mode(key_path()), mode(key_folder), mode(loaded.secrets_path)) == (0o600, 0o700, 0o600)
    assert loaded.secrets_path.read_bytes().startswith(b"age-encryption.org/v1\n")
    assert (len(vault.site_key), vault.today, vault.values) == (32, NOW, ())
    assert sorted(path.name for path in loaded.path.parent.iterdir()) == [
        "colonnade.secrets.age",
        "colonnade.toml",
        "config",
    ]


def test_later_uses_open_the_same(loaded: Loaded) -> None:
    later = NOW + timedelta(days=1)
    first, second = open_vault(loaded, NOW), open_vault(loaded, later)
    assert (second.site_key, second.ca_key, second.ca_cert) == (first.site_key, first.ca_key, first.ca_cert)
    assert second.today == later


def test_the_lab_keeps_its_secrets_in_its_state(loaded: Loaded) -> None:
    lab = load(loaded.path, "lab")
    assert open_vault(lab, NOW).site_key != open_vault(loaded, NOW).site_key
    assert mode(lab.state) == 0o700


def test_the_authority(loaded: Loaded) -> None:
    vault = open_vault(loaded, NOW)
    key = load_pem_private_key(vault.ca_key.encode(), None)
    certificate = x509.load_pem_x509_certificate(vault.ca_cert.encode())
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    assert key.curve.name == "secp256r1"
    assert certificate.public_key() == key.public_key()
    assert certificate.subject.rfc4514_string() == "CN=colonnade shop CA"
    certificate.verify_directly_issued_by(certificate)
    assert certificate.not_valid_before_utc < NOW
    assert certificate.not_valid_after_utc - NOW == timedelta(days=3652)


def test_the_authority_signs_leaves_and_nothing_else(loaded: Loaded) -> None:
    extensions = x509.load_pem_x509_certificate(open_vault(loaded, NOW).ca_cert.encode()).extensions
    constraints = extensions.get_extension_for_class(x509.BasicConstraints)
    usage = extensions.get_extension_for_class(x509.KeyUsage)
    assert (constraints.critical, constraints.value.ca, constraints.value.path_length) == (True, True, 0)
    assert (usage.critical, usage.value.key_cert_sign, usage.value.crl_sign) == (True, True, True)
    assert not usage.value.digital_signature
    assert extensions.get_extension_for_class(x509.SubjectKeyIdentifier)


def test_values_go_round(loaded: Loaded) -> None:
    set_secret(loaded, "STRIPE_KEY", "sk_1\nline two é")
    set_secret(loaded, "API_KEY", "a")
    set_secret(loaded, "API_KEY", "b")
    vault = open_vault(loaded, NOW)
    assert list_names(loaded) == ("API_KEY", "STRIPE_KEY")
    assert (vault.value("STRIPE_KEY"), vault.value("API_KEY")) == ("sk_1\nline two é", "b")
    unset_secret(loaded, "API_KEY")
    assert list_names(loaded) == ("STRIPE_KEY",)
    assert open_vault(loaded, NOW).site_key == vault.site_key
    assert mode(loaded.secrets_path) == 0o600


def test_no_generated_password_looks_like_an_option(loaded: Loaded) -> None:
    """One site in 64 had HAProxy refuse its configuration for that."""
    vault = open_vault(loaded, NOW)
    passwords = {vault.password(str(n)) for n in range(1000)}
    assert len(passwords) == 1000
    assert {len(each) for each in passwords} == {32}
    assert any("-" in each for each in passwords)
    assert [each for each in passwords if each.startswith("-")] == []


def test_asking_for_names_makes_nothing(loaded: Loaded, key_folder: Path) -> None:
    assert list_names(loaded) == ()
    assert not loaded.secrets_path.exists()
    assert not key_folder.exists()


def test_nothing_secret_shows(loaded: Loaded) -> None:
    set_secret(loaded, "API_KEY", "hunter2")
    vault = open_vault(loaded, NOW)
    shown = f"{vault!r} {loaded!r} {loaded.site!r}"
    for secret in ("hunter2", "PRIVATE KEY", repr(vault.site_key)):
        assert secret not in shown
    assert "hunter2" in repr(vault.values)  # the alarm can ring


@pytest.mark.parametrize("name", ["", "1A", "A B", "A=B", "é"])
def test_names_no_variable_can_have(loaded: Loaded, name: str) -> None:
    with pytest.raises(UserError, match="cannot be a secret's name"):
        set_secret(loaded, name, "x")


@pytest.mark.parametrize("value", ["", "a\0b"])
def test_values_no_variable_can_have(loaded: Loaded, value: str) -> None:
    with pytest.raises(UserError, match="empty or has a zero byte"):
        set_secret(loaded, "API_KEY", value)


def test_forgetting_what_is_not_set(loaded: Loaded) -> None:
    set_secret(loaded, "API_KEY", "a")
    with pytest.raises(UserError) as caught:
        unset_secret(loaded, "API_KEI")
    assert caught.value.hint == 'did you mean "API_KEY"?'


def test_a_secret_that_is_not_set_is_named_where_it_stands(loads: Loads) -> None:
    loaded = loads(HEAD + ALL + APP + 'secrets = ["API_KEY", "STRIPE_KEY"]\n')
    set_secret(loaded, "API_KEY", "a")
    with pytest.raises(UserError) as caught:
        open_vault(loaded, NOW)
    assert str(caught.value) == (
        "colonnade.toml:9:23: apps.web.secrets: the secret STRIPE_KEY is not set\n"
        "  try: colonnade secrets set STRIPE_KEY"
    )
    set_secret(loaded, "STRIPE_KEY", "b")
    require_secrets(loaded, open_vault(loaded, NOW))


def test_the_hint_names_the_environment(write: Write) -> None:
    write('[apps.web]\nsecrets = ["API_KEY"]\n', "colonnade.staging.toml")
    with pytest.raises(UserError) as caught:
        open_vault(load(write(HEAD + ALL + APP), "staging"), NOW)
    assert caught.value.where == "colonnade.staging.toml:2:12"
    assert caught.value.hint == "colonnade secrets set -e staging API_KEY"


def test_a_missing_key_is_not_replaced(loaded: Loaded) -> None:
    open_vault(loaded, NOW)
    key_path().unlink()
    with pytest.raises(UserError, match="its key is missing") as caught:
        open_vault(loaded, NOW)
    assert caught.value.where == "colonnade.secrets.age"
    assert "restore the key" in caught.value.hint
    assert not key_path().exists()


def test_another_key_is_named(loaded: Loaded) -> None:
    open_vault(loaded, NOW)
    key_path().write_text(str(pyrage.x25519.Identity.generate()))
    with pytest.raises(UserError, match="encrypted for another key than"):
        open_vault(loaded, NOW)


@pytest.mark.parametrize("bits", [0o640, 0o604, 0o660])
def test_a_key_that_others_can_read_is_refused(loaded: Loaded, bits: int) -> None:
    open_vault(loaded, NOW)
    key_path().chmod(bits)
    with pytest.raises(UserError, match="others may use this key") as caught:
        open_vault(loaded, NOW)
    assert caught.value.hint == f"chmod 600 {key_path()}"


def test_a_damaged_key_is_named(loaded: Loaded) -> None:
    open_vault(loaded, NOW)
    key_path().write_text("AGE-SECRET-KEY-1\n")
    with pytest.raises(UserError, match="no age key"):
        open_vault(loaded, NOW)


def sealed(content: bytes) -> bytes:
    encrypted: bytes = pyrage.encrypt(content, [identity().to_public()])
    return encrypted


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda old: old[:-1], "damaged"),
        (lambda old: b"", "damaged"),
        (lambda old: b"hello", "damaged"),
        (lambda old: sealed(b"hello"), "damaged"),
        (lambda old: sealed(b'{"version": 1}'), "damaged"),
        (lambda old: sealed(json.dumps({**plain(old), "site_key": "YQ=="}).encode()), "damaged"),
        (lambda old: sealed(b'{"version": 2, "keys": {}}'), "has form 2"),
    ],
)
def test_a_damaged_file_is_named(loaded: Loaded, damage: Callable[[bytes], bytes], message: str) -> None:
    open_vault(loaded, NOW)
    loaded.secrets_path.write_bytes(damage(loaded.secrets_path.read_bytes()))
    with pytest.raises(UserError, match=message) as caught:
        open_vault(loaded, NOW)
    assert caught.value.where == "colonnade.secrets.age"
    assert caught.value.__suppress_context__ or not caught.value.__context__  # its text could hold a secret


def plain(content: bytes) -> dict[str, object]:
    opened: dict[str, object] = json.loads(pyrage.decrypt(content, [identity()]))
    return opened


def test_a_folder_that_cannot_be_written(loaded: Loaded, key_folder: Path) -> None:
    key_folder.parent.mkdir()
    key_folder.write_text("a file in the way")
    with pytest.raises(UserError, match="cannot be"):
        open_vault(loaded, NOW)
    assert not loaded.secrets_path.exists()
