"""Who holds a virtual address, and who follows."""

from __future__ import annotations

import re
import socket
import subprocess
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest

from colonnade.components.keepalived import CHECK, CONFIG, RELEASED, others, priority
from colonnade.design import lay_out
from colonnade.model.resources import File
from colonnade.model.site import Role, Server, Site, VirtualAddress
from tests.sites import NAMES, VAULT, designed, example, file_of, measured, without

each_example = pytest.mark.parametrize("name", NAMES)


SESSIONS = """\
0x7f01: proto=tcpv6 src=::ffff:192.0.2.7:5555 fe=https be=web srv=web1 ts=04
0x7f02: proto=tcpv6 src=198.51.100.9:5556 fe=https be=web srv=web2 ts=04
0x7f03: proto=tcpv6 src=2001:db8::1:5557 fe=http be=<NONE> srv=<none> ts=04
0x7f04: proto=tcpv6 src=::ffff:192.0.2.8:5558 fe=metrics be=<NONE> srv=<none> ts=04
0x7f05: proto=unix_stream src=unix:1 fe=GLOBAL be=<NONE> srv=<none> ts=04
"""


def test_of_an_address_that_went_only_connections_with_a_request_in_flight_stay(tmp_path: Path) -> None:
    """As HAProxy names them, to ss in its own words; the real ones do it in tests/lab, without IPv6."""
    (tmp_path / "sessions").write_text(SESSIONS)
    # Two rounds: after the first the requests have their answers.
    left = f"echo ESTAB; >{tmp_path}/sessions"
    killed = f"printf '%s|' \"$@\" >>{tmp_path}/asked; echo >>{tmp_path}/asked"
    commands = {
        "socat": f"cat {tmp_path}/sessions",
        "ss": f"if [ $1 = --kill ]; then {killed}; elif [ -s {tmp_path}/sessions ]; then {left}; fi",
        "ip": "exit",
    }
    for name, text in commands.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / name).chmod(0o755)
    script = file_of(designed("guestbook"), "lb1", RELEASED)
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    subprocess.run(["/bin/sh", "-c", script, "released", "203.0.113.10"], env=environment, check=True)
    kill = "--kill|--tcp|--numeric|state|established|src|203.0.113.10|and|not|"
    stay = "dst 192.0.2.7:5555 or dst 198.51.100.9:5556 or dst [2001:db8::1]:5557"
    # One line each: ss takes a filter of several lines for none, and keeps everything.
    assert (tmp_path / "asked").read_text().splitlines() == [
        f"{kill}( dport = :0 or {stay}  )|",
        f"{kill}( dport = :0  )|",
    ]


@pytest.mark.parametrize(
    ("status", "heard", "well"),
    [
        (200, "", True),
        (503, "", False),
        # Daemons that are down elsewhere are no reason to give up what this one serves.
        (503, "web2", True),
        (503, "lb2", True),
        # Not its own voice.
        (503, "lb1", False),
        (500, "web1", False),
    ],
)
def test_a_balancer_that_hears_nobody_gives_its_address_up(tmp_path: Path, status: int, heard: str, well: bool) -> None:
    address = example("guestbook").by_name[heard].address if heard else "none"
    (tmp_path / "ping").write_text(f'#!/bin/sh\n[ "$3" = {address} ]\n')
    (tmp_path / "ping").chmod(0o755)
    with socket.create_server(("127.0.0.1", 0)) as haproxy:
        answering = Thread(target=answer, args=(haproxy, status), daemon=True)
        answering.start()
        script = file_of(designed("guestbook"), "lb1", CHECK).replace("8405", str(haproxy.getsockname()[1]))
        # The others are asked when the first has answered already.
        script = script.replace("null &", "null & /bin/sleep 0.05")
        ended = subprocess.run(["/bin/bash", "-c", script], env={"PATH": str(tmp_path)}, check=False, timeout=10)
        answering.join(10)
    assert (ended.returncode == 0) is well


def test_nobody_gives_up_an_address_for_want_of_one_other_server() -> None:
    """With one it would be one loss; and without a second balancer nobody could take over."""
    assert asked(example("guestbook")) == {"lb2", "web1", "web2"}
    assert asked(without(example("guestbook"), "web2")) == {"lb2", "web1"}
    assert asked(without(example("guestbook"), "lb2")) == set()
    assert asked(example("trio")) == {"b", "c"}
    assert asked(without(example("trio"), "c")) == set()


def asked(site: Site) -> set[str]:
    """Whom the first balancer asks before it gives up."""
    layout = lay_out(site, VAULT, measured(site))
    return {other.name for other in others(layout, layout.having(Role.LB)[0])}


def answer(haproxy: socket.socket, status: int) -> None:
    connection, _ = haproxy.accept()
    with connection:
        assert connection.recv(1024).startswith(b"GET /neighbours ")
        connection.sendall(f"HTTP/1.0 {status} As Asked\r\n\r\n".encode())


@each_example
def test_the_owner_has_the_highest_priority_and_all_differ(name: str) -> None:
    assert_ranked(example(name))


@pytest.mark.parametrize("count", [2, 3, 5, 20])
@pytest.mark.parametrize("backups", [0, 1, 2])
def test_many_balancers_are_ranked_too(count: int, backups: int) -> None:
    site = balancers(count, max(0, min(backups, count - 1)))
    assert_ranked(site)
    for vip in site.vips:
        active = [priority(site, vip, server) for server in site.servers if not server.backup]
        waiting = [priority(site, vip, server) for server in site.servers if server.backup]
        assert min(active) > max(waiting, default=0)


def test_addresses_of_a_lost_balancer_go_to_the_next_ones() -> None:
    """Two addresses of one owner may move together; those of two owners do not all end on one server."""
    site = balancers(3, 0)
    heirs = {max((s for s in site.servers if s.name != "lb0"), key=lambda s: priority(site, vip, s)).name: vip.owner
             for vip in site.vips}  # fmt: skip
    assert heirs["lb1"] in ("lb0", "lb1")
    assert len(heirs) == 2


@each_example
def test_router_ids_are_the_same_everywhere_and_unique_for_each_address(name: str) -> None:
    pairs = [tuple(instances(text)) for text in texts(name)]
    assert len({tuple((address, router) for address, router, _ in each) for each in pairs}) == 1
    routers = [router for _, router, _ in pairs[0]]
    assert len(set(routers)) == len(example(name).vips)


@each_example
def test_each_address_has_one_highest_priority_in_the_files(name: str) -> None:
    for vip in example(name).vips:
        found = sorted(int(p) for text in texts(name) for address, _, p in instances(text) if address == vip.address)
        assert len(found) == len(set(found)) == len(example(name).having(Role.LB))
        assert found[-1] <= 254


def test_one_address_stays_where_it_is_and_two_return_to_their_owners() -> None:
    assert all("nopreempt" in text and "preempt_delay" not in text for text in texts("flask-notes"))
    assert all("preempt_delay 10" in text and "nopreempt" not in text for text in texts("guestbook"))


def test_balancers_speak_to_each_other_and_to_nobody_else() -> None:
    lb1, lb2 = texts("guestbook")
    assert "unicast_src_ip 203.0.113.2" in lb1
    assert re.findall(r"unicast_peer \{\s*(\S+)\s*\}", lb1) == ["203.0.113.3"] * 2
    assert re.findall(r"unicast_peer \{\s*(\S+)\s*\}", lb2) == ["203.0.113.2"] * 2


def assert_ranked(site: Site) -> None:
    for vip in site.vips:
        ranks = {server.name: priority(site, vip, server) for server in site.having(Role.LB)}
        assert len(set(ranks.values())) == len(ranks), vip
        assert max(ranks, key=lambda name: ranks[name]) == vip.owner
        # 255 is kept for who owns the address for good, 0 says that one gives up.
        assert all(0 < rank < 255 for rank in ranks.values())


def balancers(count: int, backups: int) -> Site:
    """Balancers alone, the last ones backups; an address for each of the others."""
    lb = frozenset({Role.LB})
    servers = tuple(Server(f"lb{i}", f"10.0.0.{i + 1}", lb, backup=i >= count - backups) for i in range(count))
    vips = tuple(VirtualAddress(f"10.0.0.{200 + i}", s.name) for i, s in enumerate(servers) if not s.backup)
    return replace(example("guestbook"), servers=servers, vips=vips)


def texts(name: str) -> list[str]:
    servers = designed(name).servers.values()
    return [file.content for server in servers for _, file in server.all(File) if file.path == CONFIG]


def instances(text: str) -> list[tuple[str, str, str]]:
    """(address, router id, priority) of each."""
    found = re.findall(r"virtual_router_id (\d+)\s+priority (\d+).*?virtual_ipaddress \{\s*(\S+)/32", text, re.DOTALL)
    return [(address, router, priority) for router, priority, address in found]
