"""Leaf certificates: the same every time, trusted by the site's CA alone, renewed before they end."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from colonnade.components.tls import RENEW_BELOW, read_expiry
from colonnade.components.tls.leaf import LIFETIME, WINDOW, Leaf, issue, window
from colonnade.model.layout import Certificate
from colonnade.model.observation import Output
from colonnade.model.resources import File
from colonnade.model.textfile import path_of
from colonnade.model.vault import Vault
from colonnade.spec.authority import authority
from tests.sites import NAMES, TODAY, VAULT, design_of, designed, example

WANTED = Certificate(
    component="nginx",
    server="web1",
    directory="/etc/colonnade/tls/nginx",
    owner="root",
    group="root",
    names=("web.shop.internal", "web1", "10.0.0.21", "fd00::21"),
    common_name="web1",
)


def test_the_same_day_gives_the_same_certificate_and_key() -> None:
    assert issue(VAULT, WANTED) == issue(replace(VAULT, today=TODAY + timedelta(hours=1)), WANTED)


def test_names_are_the_wanted_ones_and_no_others() -> None:
    names = parsed(issue(VAULT, WANTED)).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["web.shop.internal", "web1"]
    assert names.get_values_for_type(x509.IPAddress) == [ip_address("10.0.0.21"), ip_address("fd00::21")]


@pytest.mark.parametrize("name", [x509.DNSName("web1"), x509.IPAddress(ip_address("10.0.0.21"))])
def test_servers_and_clients_verify_it(name: x509.DNSName | x509.IPAddress) -> None:
    policy = PolicyBuilder().store(Store([x509.load_pem_x509_certificate(VAULT.ca_cert.encode())])).time(TODAY)
    leaf = parsed(issue(VAULT, WANTED))
    assert policy.build_server_verifier(name).verify(leaf, [])[0] == leaf
    assert policy.build_client_verifier().verify(leaf, []).chain[0] == leaf


def test_another_name_is_refused() -> None:
    with pytest.raises(VerificationError):
        verify(issue(VAULT, WANTED), VAULT, TODAY, "web2")


def test_another_authority_is_refused() -> None:
    key, certificate = authority("golden", TODAY)
    with pytest.raises(VerificationError):
        verify(issue(VAULT, WANTED), replace(VAULT, ca_key=key, ca_cert=certificate), TODAY)


def test_the_key_belongs_to_the_certificate() -> None:
    leaf = issue(VAULT, WANTED)
    key = load_pem_private_key(leaf.key.encode(), None)
    assert key.public_key() == parsed(leaf).public_key()


@pytest.mark.parametrize(
    "other",
    [
        replace(WANTED, server="web2"),
        replace(WANTED, component="app"),
    ],
)
def test_no_two_daemons_share_a_key(other: Certificate) -> None:
    assert issue(VAULT, WANTED).key != issue(VAULT, other).key


def test_another_site_has_other_keys() -> None:
    assert issue(VAULT, WANTED).key != issue(replace(VAULT, site_key=bytes(32)), WANTED).key


def test_new_names_give_another_certificate_with_another_serial_number() -> None:
    one, other = (parsed(issue(VAULT, wanted)) for wanted in (WANTED, replace(WANTED, names=("web1",))))
    assert one.serial_number != other.serial_number


def test_each_window_renews_it() -> None:
    start = TODAY - (TODAY - datetime(2024, 1, 1, tzinfo=UTC)) % WINDOW
    last, first = start + WINDOW - timedelta(seconds=1), start + WINDOW
    assert window(first) == window(last) + 1 == window(TODAY) + 1
    assert on(last) == on(TODAY)
    assert on(first).key != on(TODAY).key
    assert parsed(on(first)).serial_number != parsed(on(TODAY)).serial_number


@pytest.mark.parametrize("days", range(0, 60, 7))
def test_it_is_valid_on_every_day_and_for_a_month_after(days: int) -> None:
    """Whoever applies once in each window never sees one with less than a month left."""
    now = TODAY + timedelta(days=days)
    leaf = parsed(on(now))
    assert leaf.not_valid_before_utc <= now - timedelta(hours=23)
    assert leaf.not_valid_after_utc - now > timedelta(days=RENEW_BELOW)
    assert leaf.not_valid_after_utc - leaf.not_valid_before_utc == LIFETIME


@pytest.mark.parametrize("name", NAMES)
def test_every_certificate_of_a_site_is_valid_for_its_names(name: str) -> None:
    design = designed(name)
    for server, certificates in design.layout.certificates_on.items():
        files = {file.path: file.content for _, file in design.servers[server].all(File)}
        for wanted in certificates:
            own = files[wanted.bundle_path if wanted.bundle else wanted.certificate_path]
            for each in wanted.names:
                verify(Leaf(own, ""), VAULT, TODAY, each)
            assert files[wanted.ca_path] == VAULT.ca_cert


def test_a_new_window_changes_every_certificate_and_what_tells_of_their_ends() -> None:
    later = design_of(example("trio"), replace(VAULT, today=TODAY + WINDOW))
    for name, server in designed("trio").servers.items():
        before = {file.path: file.content for _, file in server.all(File)}
        changed = {f.path for _, f in later.servers[name].all(File) if before[f.path] != f.content}
        own = later.layout.certificates_on[name]
        renewed = {path for certificate in own for path in certificate.paths} - {c.ca_path for c in own}
        assert changed == {*renewed, path_of("certificates")}


@pytest.mark.parametrize(
    ("days", "status"), [(60, "ok"), (RENEW_BELOW, "ok"), (RENEW_BELOW - 1, "degraded"), (0, "degraded"), (-1, "down")]
)
def test_the_probe_warns_in_time(days: int, status: str) -> None:
    far = "notAfter=Jan  1 00:00:00 2099 GMT\n"
    end = datetime.now(UTC) + timedelta(days=days, minutes=5)
    near = end.strftime("notAfter=%b %d %H:%M:%S %Y GMT\n")
    assert read_expiry(Output(0, far + near))[0] == status


def on(day: datetime) -> Leaf:
    return issue(replace(VAULT, today=day), WANTED)


def parsed(leaf: Leaf) -> x509.Certificate:
    return x509.load_pem_x509_certificate(leaf.certificate.encode())


def verify(leaf: Leaf, vault: Vault, now: datetime, name: str = "web1") -> None:
    """As a client that connects to the name would. Raises VerificationError."""
    policy = PolicyBuilder().store(Store([x509.load_pem_x509_certificate(vault.ca_cert.encode())])).time(now)
    try:
        subject: x509.DNSName | x509.IPAddress = x509.IPAddress(ip_address(name))
    except ValueError:
        subject = x509.DNSName(name)
    policy.build_server_verifier(subject).verify(parsed(leaf), [])
