"""Spec → site: what becomes of each part."""

from __future__ import annotations

from pathlib import Path

from colonnade.components.haproxy.options import HaproxyOptions
from colonnade.components.patroni.options import PatroniOptions
from colonnade.model.app import Process
from colonnade.model.site import Access, Role
from colonnade.spec import load, starter
from tests.spec.conftest import ALL, APP, HEAD, Loads, Write


def test_the_starter_is_a_valid_spec(write: Write) -> None:
    site = load(write(starter())).site
    assert [s.name for s in site.having(Role.DB)] == ["db1", "db2", "db3"]
    assert site.vips[0].owner == "lb1"


def test_the_starters_commented_lines_are_valid_too(write: Write) -> None:
    lines = (line.removeprefix("# ") for line in starter().splitlines())
    text = "\n".join(line for line in lines if "=" in line or line.startswith("[")).replace("`", "")
    commented = [line for line in text.splitlines() if not line.startswith(("A server", "Three", "cache"))]
    site = load(write("\n".join(commented))).site
    assert site.operators == ("198.51.100.0/24",)
    assert site.apps[0].secrets == ("STRIPE_KEY",)
    assert site.option(HaproxyOptions).algorithm == "leastconn"


def test_all_is_every_role(loads: Loads) -> None:
    loaded = loads(ALL)
    assert all(server.roles == frozenset(Role) for server in loaded.site.servers)
    assert not any("rides" in note.text for note in loaded.notes)


def test_a_name_may_stand_under_several_roles(loads: Loads) -> None:
    site = loads(
        '[servers]\nlb = { a = "10.0.0.11" }\nweb = { a = { weight = 50 }, b = "10.0.0.12" }\n'
        'app = ["a", "b"]\ndb = { b = "10.0.0.12", c = { address = "10.0.0.13", zone = "r1" } }\n'
    ).site
    a, b, c = site.servers
    assert (a.name, a.weight, a.has(Role.LB), a.has(Role.APP), a.has(Role.WEB)) == ("a", 50, True, True, True)
    assert b.has(Role.WEB) and b.has(Role.DB) and not b.has(Role.LB)
    assert (c.zone, c.domain) == ("r1", "r1")


def test_servers_stand_in_the_order_of_the_file(loads: Loads) -> None:
    site = loads(
        '[servers]\ndb = { z = "10.0.0.13", y = "10.0.0.14" }\nweb = ["z"]\napp = ["y"]\nlb = { a = "10.0.0.11" }\n'
    ).site
    assert [server.name for server in site.servers] == ["z", "y", "a"]


def test_a_server_as_a_table(loads: Loads) -> None:
    table = '{ address = "fd00::11", ssh = "alias", zone = "r1", weight = 7, backup = true, memory = "768M" }'
    server = loads(ALL.replace('"10.0.0.11"', table)).site.by_name["a"]
    assert (server.address, server.ssh, server.zone, server.weight) == ("fd00::11", "alias", "r1", 7)
    assert server.backup
    assert server.memory == 768 * 1024 * 1024


def test_virtual_addresses_go_round_the_active_balancers(loads: Loads) -> None:
    vips = '["10.0.0.1", "10.0.0.2", "10.0.0.3"]'
    servers = ALL.replace('"10.0.0.12"', '{ address = "10.0.0.12", backup = true }')
    site = loads(HEAD.replace('"10.0.0.10"', vips) + servers + APP).site
    assert [(vip.address, vip.owner) for vip in site.vips] == [("10.0.0.1", "a"), ("10.0.0.2", "c"), ("10.0.0.3", "a")]


def test_applications(loads: Loads, tmp_path: Path) -> None:
    (tmp_path / "api").mkdir()
    apps = (
        '[apps.web]\npath = "."\ncommand = "serve"\nenv = { B = "2", A = "1" }\nsecrets = ["KEY"]\n'
        '[apps.api]\npath = "api"\nwsgi = "api:app"\nserver = "gunicorn"\nworkers = 8\ndrain = 5\n'
        'host = "api.example.com"\nprefix = "/v1"\nprocesses = { queue = "q", mail = { command = "m", count = 3 } }\n'
        'jobs = { a = { command = "j", at = "hourly" }, b = { command = "j", at = "*-*-* 3:0 Europe/Vienna" } }\n'
    )
    web, api = loads(HEAD + ALL + apps).site.apps
    assert (web.command, web.env, web.secrets, web.position) == ("serve", (("B", "2"), ("A", "1")), ("KEY",), 0)
    assert (web.server, web.workers, web.drain, web.health) == ("granian", 2, 30, "/")
    assert (api.path, api.wsgi, api.server) == (tmp_path / "api", "api:app", "gunicorn")
    assert (api.workers, api.drain, api.position) == (8, 5, 1)
    assert (web.warm, api.health, api.warm) == (("/",), "/v1", ("/v1",))
    assert (web.hosts, web.prefix, api.hosts, api.prefix) == ((), "/", ("api.example.com",), "/v1")
    assert api.processes == (Process("queue", "q"), Process("mail", "m", 3))
    assert [job.at for job in api.jobs] == ["hourly UTC", "*-*-* 3:0 Europe/Vienna"]


def test_options_of_components(loads: Loads) -> None:
    text = HEAD + ALL + APP + '[postgres]\nsettings = { work_mem = "8MB", max_connections = 200, jit = false }\n'
    site = loads(text).site
    assert site.option(HaproxyOptions).algorithm == "roundrobin"
    settings = site.option(PatroniOptions).settings
    assert settings == {"work_mem": "8MB", "max_connections": 200, "jit": False}
    assert settings["jit"] is False


def test_ssh(loads: Loads, tmp_path: Path) -> None:
    ssh = '[ssh]\nuser = "deploy"\nkey = "keys/id"\nknown_hosts = "/etc/known"\n'
    loaded = loads(HEAD + ALL + APP + ssh + 'allow = ["198.51.100.0/24", "2001:db8::1"]\n')
    assert loaded.site.access == Access("deploy", tmp_path / "keys/id", Path("/etc/known"))
    assert loaded.site.operators == ("198.51.100.0/24", "2001:db8::1/128")
    assert not [note for note in loaded.notes if "SSH" in note.text]


def test_ssh_open_to_everybody_is_a_warning(loads: Loads) -> None:
    loaded = loads(ALL)
    assert loaded.site.operators == ("0.0.0.0/0", "::/0")
    assert [note.severity for note in loaded.notes if "SSH" in note.text] == ["warning"]


def test_x_keys_are_ignored_everywhere(loads: Loads) -> None:
    text = (
        'x-owner = "ops"\n'
        + HEAD
        + ALL
        + "x-rack = [1, 2026-01-01]\n"
        + APP
        + "x-note = 1\n[x-more]\na = 1\n[balance]\nx-y = 1\n"
    )
    assert loads(text).site == loads(HEAD + ALL + APP).site


def test_a_byte_order_mark_and_windows_lines_are_fine(tmp_path: Path) -> None:
    path = tmp_path / "colonnade.toml"
    path.write_bytes(b"\xef\xbb\xbf" + (HEAD + ALL + APP).replace("\n", "\r\n").encode())
    assert load(path).site.name == "shop"


def test_paths_beside_the_spec(loads: Loads, tmp_path: Path) -> None:
    loaded = loads(ALL)
    assert loaded.path == tmp_path / "colonnade.toml"
    assert loaded.state == tmp_path / ".colonnade" / "production"
    assert loaded.secrets_path == tmp_path / "colonnade.secrets.age"


def test_a_thousand_servers(loads: Loads) -> None:
    names = ", ".join(f's{i} = "10.{i // 250}.0.{i % 250 + 1}"' for i in range(1000))
    vip = HEAD.replace("10.0.0.10", "10.0.0.254")
    site = loads(f"{vip}[servers]\nall = {{ {names} }}\n{APP}").site
    assert len(site.servers) == 1000
    assert len(site.having(Role.ETCD)) == 3
