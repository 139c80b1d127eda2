"""Overlays, and the lab."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from colonnade.components.haproxy.options import HaproxyOptions
from colonnade.errors import Exit, UserError
from colonnade.spec import load
from colonnade.spec.environment import LAB_MEMORY, lab_network
from tests.spec.conftest import ALL, APP, HEAD, Loads, Write


def test_tables_are_merged_and_everything_else_replaced(write: Write) -> None:
    write(
        'domain = "staging.example.com"\nvip = ["10.0.0.20"]\n[servers.all]\nb = "10.0.0.99"\n',
        "colonnade.staging.toml",
    )
    site = load(write(HEAD + ALL + APP), "staging").site
    assert (site.name, site.domain) == ("shop", "staging.example.com")
    assert [vip.address for vip in site.vips] == ["10.0.0.20"]
    assert [server.address for server in site.servers] == ["10.0.0.11", "10.0.0.99", "10.0.0.13"]


def test_an_environment_has_its_own_state_and_secrets(write: Write, tmp_path: Path) -> None:
    write("", "colonnade.staging.toml")
    loaded = load(write(HEAD + ALL + APP), "staging")
    assert loaded.environment == "staging"
    assert loaded.state == tmp_path / ".colonnade" / "staging"
    assert loaded.secrets_path == tmp_path / "colonnade.staging.secrets.age"


def test_an_overlays_errors_point_into_it(write: Write) -> None:
    write('\n[apps.web]\nhealth = "healthz"\nhelth = 1\n', "colonnade.staging.toml")
    with pytest.raises(UserError) as caught:
        load(write(HEAD + ALL + APP), "staging")
    assert caught.value.where == "colonnade.staging.toml:3:10"
    assert "colonnade.staging.toml:4:1: apps.web.helth" in caught.value.detail


def test_what_the_overlay_does_not_say_points_into_the_spec(write: Write) -> None:
    write('[servers.all]\nb = "10.0.0.99"\n', "colonnade.staging.toml")
    with pytest.raises(UserError) as caught:
        load(write(HEAD + ALL.replace("10.0.0.13", "10.0.0.99") + APP), "staging")
    assert caught.value.where == "colonnade.toml:5:47"


def test_a_missing_overlay(write: Write) -> None:
    write("", "colonnade.staging.toml")
    with pytest.raises(UserError) as caught:
        load(write(HEAD + ALL + APP), "stagin")
    assert str(caught.value) == (
        "colonnade.stagin.toml: there is no such file\n"
        "  try: write it beside colonnade.toml, or use -e with one of: lab, staging"
    )


@pytest.mark.parametrize("name", ["production", "../x", "", "Lab"])
def test_names_no_environment_can_have(write: Write, name: str) -> None:
    with pytest.raises(UserError, match="no environment can be called") as caught:
        load(write(HEAD + ALL + APP), name)
    assert caught.value.exit_code is Exit.USAGE


def test_the_lab_replaces_addresses_and_access(loads: Loads, tmp_path: Path) -> None:
    production = loads(ALL.replace('"10.0.0.12"', '{ address = "10.0.0.12", ssh = "b", memory = "2G" }'))
    lab = load(production.path, "lab")
    network = lab_network("shop")
    assert [s.address for s in lab.site.servers] == [network.server(0), network.server(1), network.server(2)]
    assert [s.memory for s in lab.site.servers] == [LAB_MEMORY, 2 << 30, LAB_MEMORY]
    assert [s.ssh for s in lab.site.servers] == [None, None, None]
    assert [s.roles for s in lab.site.servers] == [s.roles for s in production.site.servers]
    assert lab.site.vips[0].address == network.vip(0)
    assert lab.site.operators == (f"{network.gateway}/32",)
    assert lab.site.option(HaproxyOptions).trusted == (f"{network.gateway}/32",)
    assert lab.state == tmp_path / ".colonnade" / "lab"
    assert lab.site.access.key == lab.state / "id_ed25519"
    assert lab.secrets_path.parent == lab.state
    assert lab.notes == ()
    assert (lab.site.name, lab.site.domain) == (production.site.name, production.site.domain)


def test_the_lab_has_an_overlay_of_its_own_when_there_is_one(write: Write) -> None:
    write('domain = "lab.example.com"\n[balance]\ntrusted = ["10.9.0.0/16"]\n', "colonnade.lab.toml")
    site = load(write(HEAD + ALL + APP), "lab").site
    assert site.domain == "lab.example.com"
    assert site.option(HaproxyOptions).trusted == ("10.9.0.0/16", f"{lab_network('shop').gateway}/32")


def test_lab_networks_differ_and_stay() -> None:
    assert lab_network("shop") == lab_network("shop")
    networks = {lab_network(f"site-{i}").prefix for i in range(50)}
    assert len(networks) > 45
    for i in range(50):
        network = lab_network(f"site-{i}")
        assert re.fullmatch(r"10\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.\d+\.1", network.gateway)
        assert re.fullmatch(r"cn-[0-9a-f]{6}", network.bridge)


def test_a_lab_is_full_at_two_hundred_servers() -> None:
    network = lab_network("shop")
    assert network.server(199).endswith(".210")
    assert network.vip(14).endswith(".254")
    with pytest.raises(UserError, match="room for 200 servers"):
        network.server(200)
    with pytest.raises(UserError, match="room for 15 virtual addresses"):
        network.vip(15)
