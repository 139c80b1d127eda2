"""Ten real machines: each kind of server is lost in turn, while one client reads and one writes."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.lab.browser import Browser
from tests.lab.machines import on
from tests.lab.sites import LabSite
from tests.lab.traffic import traffic

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]


def holder(site: LabSite) -> str:
    status = site.status()
    return str(next(iter(status["holders"].values()))[0])


# Seconds without a write on a busy computer; drills have the limits of a quiet one. A lost primary's lease alone is 20.
LONGEST = 10
PRIMARY = "the server of the PostgreSQL primary"
CACHE = "the server of the Valkey primary"
VICTIMS: dict[str, Callable[[LabSite], str]] = {
    "the balancer that holds an address": holder,
    "a web server": lambda site: "web1",
    "an app server": lambda site: "app1",
    PRIMARY: lambda site: site.primary("patroni"),
    CACHE: lambda site: site.primary("valkey"),
}


@pytest.mark.parametrize("what", [pytest.param(each, marks=[pytest.mark.long] * (each == CACHE)) for each in VICTIMS])
def test_a_lost_server_costs_no_write_and_rejoins_by_itself(guestbook: LabSite, what: str) -> None:
    guestbook.await_verdict()
    victim = VICTIMS[what](guestbook)
    limit = 60 if victim == VICTIMS[PRIMARY](guestbook) else LONGEST
    with traffic(guestbook) as running:
        guestbook.lab("stop", victim)
        running.await_writes(30)
        assert guestbook.await_verdict("degraded")["tiers"]
        guestbook.lab("start", victim)
        guestbook.await_verdict()
    print(f"{what}: {running.seen.longest_gap:.2f} s without a write, {len(running.seen.failures)} failures")
    assert running.seen.longest_gap < limit, f"{running.seen.longest_gap:.1f} s without a write"
    assert running.seen.slowest_read < limit, f"{running.seen.slowest_read:.1f} s for a read"


KILLS = {
    "HAProxy of the balancer that holds an address": (holder, "pkill -KILL -x haproxy"),
    "one app worker": (lambda site: "app1", "systemctl kill -s KILL colonnade-web@1.service"),
    "PostgreSQL's primary": (
        lambda site: site.primary("patroni"),
        "kill -KILL $(head -n 1 /var/lib/postgresql/17/colonnade/postmaster.pid)",
    ),
    "Valkey's primary": (lambda site: site.primary("valkey"), "systemctl kill -s KILL valkey-server.service"),
}


@pytest.mark.parametrize("what", KILLS)
def test_a_killed_process_costs_no_write_and_comes_back(guestbook: LabSite, what: str) -> None:
    guestbook.await_verdict()
    where, command = KILLS[what]
    victim = where(guestbook)
    with traffic(guestbook) as running:
        on(guestbook, victim, command)
        running.await_writes(30)
        guestbook.await_verdict()
    print(f"{what}: {running.seen.longest_gap:.2f} s without a write, {len(running.seen.failures)} failures")


RELOADS = {
    "the balancer": (holder, "haproxy.service"),
    "its keepalived": (holder, "keepalived.service"),
    "a web server": (lambda site: "web1", "nginx.service"),
    "the endpoints of a web server": (lambda site: "web2", "colonnade-endpoints.service"),
    "PgBouncer": (lambda site: "app1", "pgbouncer.service"),
}


@pytest.mark.parametrize("what", RELOADS)
def test_a_reload_drops_nothing(guestbook: LabSite, what: str) -> None:
    guestbook.await_verdict()
    where, unit = RELOADS[what]
    victim = where(guestbook)
    with traffic(guestbook) as running:
        on(guestbook, victim, f"systemctl reload {unit}")
        running.await_writes(30)
    assert not running.seen.failures


@pytest.mark.parametrize(
    ("where", "socket", "backend"),
    [
        (("web1", "web2"), "/run/colonnade-endpoints/admin.sock", "app-web"),
        (("lb1", "lb2"), "/run/haproxy/admin.sock", "web"),
    ],
    ids=["workers", "web servers"],
)
def test_while_none_is_well_by_its_checks_all_are_tried(
    guestbook: LabSite, where: tuple[str, ...], socket: str, backend: str
) -> None:
    guestbook.await_verdict()
    for server in where:
        tell_each(guestbook, server, socket, backend, "disable health {0}; set server {0} health down")
    try:
        statuses = [Browser(guestbook).get(f"{address}whoami")[0] for address in guestbook.addresses * 2]
    finally:
        for server in where:
            tell_each(guestbook, server, socket, backend, "enable health {0}; set server {0} health up")
    assert statuses == [200] * 4
    guestbook.await_verdict()


def tell_each(site: LabSite, where: str, socket: str, backend: str, words: str) -> None:
    """The same to HAProxy for each server of a backend."""
    rows = on(site, where, f"echo show servers state {backend} | socat stdio {socket}").splitlines()
    names = [row.split()[3] for row in rows if row.split()[1:2] == [backend]]
    assert names
    told = "; ".join(words.format(f"{backend}/{name}") for name in names)
    on(site, where, f"echo '{told}' | socat stdio {socket}")


def test_a_session_lives_on_when_the_cache_loses_its_primary(guestbook: LabSite) -> None:
    guestbook.await_verdict()
    visitor = Browser(guestbook)
    before = [visitor.visits() for _ in range(3)][-1]
    assert before is not None
    visitor.settle()
    victim = guestbook.primary("valkey")
    guestbook.lab("stop", victim)
    after = visitor.await_visits()
    guestbook.lab("start", victim)
    guestbook.await_verdict()
    assert after > before


def test_a_cache_that_is_killed_and_back_before_it_is_missed_has_every_session(guestbook: LabSite) -> None:
    """From its append-only file, alone: as its primary it asks nobody else."""
    guestbook.await_verdict()
    visitor = Browser(guestbook)
    before = [visitor.visits() for _ in range(3)][-1]
    assert before is not None
    victim = guestbook.primary("valkey")
    on(guestbook, victim, "systemctl kill -s KILL valkey-server.service && systemctl restart valkey-server.service")
    after = visitor.await_visits()
    guestbook.await_verdict()
    assert guestbook.primary("valkey") == victim
    assert after > before


def test_applying_again_changes_nothing_and_says_so_in_one_line(guestbook: LabSite) -> None:
    done = guestbook.run("apply", "-e", "lab", "--yes")
    assert done.stdout.count("\n") == 1
    assert done.stdout.rstrip().endswith("nothing to do")


def test_both_addresses_serve_the_page_over_https_with_the_sites_ca(guestbook: LabSite) -> None:
    for address in guestbook.addresses:
        status, page = Browser(guestbook).get(address)
        assert status == 200
        assert "Served by" in page


def test_trace_names_every_hop(guestbook: LabSite) -> None:
    seen = json.loads(guestbook.run("trace", "/entries.json", "-e", "lab", "-o", "json").stdout)
    assert [hop["place"] for hop in seen["hops"]] == ["address", "balancer", "web server", "app server"]


def test_a_file_changed_by_hand_is_shown_and_put_right(guestbook: LabSite) -> None:
    on(guestbook, "web1", "echo '# by hand' >>/etc/nginx/nginx.conf")
    planned = guestbook.run("plan", "-e", "lab", "--exit-code", check=False)
    assert planned.returncode == 2
    assert "-# by hand" in planned.stdout
    guestbook.run("apply", "-e", "lab", "--yes")
    assert guestbook.run("plan", "-e", "lab", "--exit-code").returncode == 0


def test_a_configuration_the_daemon_refuses_leaves_the_old_one_standing(guestbook: LabSite) -> None:
    spec = guestbook.spec.read_text()
    broken = spec.replace("[balance]", "[x-balance]") + '\n[balance]\ntrusted = ["not-an-address"]\n'
    guestbook.spec.write_text(broken)
    try:
        refused = guestbook.run("apply", "-e", "lab", "--yes", check=False)
    finally:
        guestbook.spec.write_text(spec)
    assert refused.returncode == 1
    assert "haproxy.cfg was not accepted; the old one stands" in refused.stderr
    assert guestbook.status()["verdict"] == "serving"


def test_a_change_that_restarts_the_cache_hands_the_primary_over_first(guestbook: LabSite) -> None:
    guestbook.await_verdict()
    visitor = Browser(guestbook)
    before, primary_before = visitor.visits(), guestbook.primary("valkey")
    assert before is not None
    spec = guestbook.spec.read_text()
    guestbook.spec.write_text(spec + '\n[cache]\nmax_memory = "96mb"\n')
    try:
        with traffic(guestbook) as running:
            done = guestbook.run("apply", "-e", "lab", "--yes")
    finally:
        guestbook.spec.write_text(spec)
    assert f"{primary_before} is the cache's primary" in done.stderr
    assert guestbook.primary("valkey") != primary_before
    assert visitor.await_visits() > before
    assert not [what for _, what in running.seen.failures if what.startswith("GET")]
    guestbook.run("apply", "-e", "lab", "--yes")
    guestbook.await_verdict()


def test_a_parameter_that_needs_a_restart_of_postgresql_reaches_every_server(guestbook: LabSite) -> None:
    guestbook.await_verdict()
    spec = guestbook.spec.read_text()
    guestbook.spec.write_text(spec + "\n[postgres]\nsettings = { max_connections = 70 }\n")
    try:
        with traffic(guestbook):
            guestbook.run("apply", "-e", "lab", "--yes")
        guestbook.await_verdict()
        ask = "runuser -u postgres -- psql -AtXc 'SHOW max_connections'"
        assert [on(guestbook, db, ask).strip() for db in ("db1", "db2", "db3")] == ["70"] * 3
    finally:
        guestbook.spec.write_text(spec)
    guestbook.run("apply", "-e", "lab", "--yes")
    guestbook.await_verdict()


def test_a_second_apply_is_told_who_holds_the_lock(guestbook: LabSite) -> None:
    on(guestbook, "web1", "echo '# by hand' >>/etc/nginx/nginx.conf")
    for server in ("db1", "db2"):
        on(guestbook, server, "systemd-run -q --unit=holder flock /run/colonnade.lock sleep 600")
        on(guestbook, server, "echo somebody else >/run/colonnade.lock")
    refused = guestbook.run("apply", "-e", "lab", "--yes", check=False)
    for server in ("db1", "db2"):
        on(guestbook, server, "systemctl stop holder")
    assert refused.returncode == 5
    assert "locked by somebody else" in refused.stderr
    guestbook.run("apply", "-e", "lab", "--yes")


def test_an_unreachable_server_is_named_and_nothing_changes(guestbook: LabSite) -> None:
    guestbook.lab("stop", "mon1")
    refused = guestbook.run("apply", "-e", "lab", "--yes", check=False)
    guestbook.lab("start", "mon1")
    assert refused.returncode == 4
    assert "mon1" in refused.stderr
    assert "nothing was changed" in refused.stderr


def test_a_wrong_host_key_is_refused(guestbook: LabSite) -> None:
    known = guestbook.spec.parent / ".colonnade/lab/known_hosts"
    right = known.read_text()
    lines = right.splitlines()
    # The first server's name with the second one's key.
    lines[0] = " ".join([lines[0].split()[0], *lines[1].split()[1:]])
    known.write_text("\n".join(lines) + "\n")
    try:
        refused = guestbook.run("plan", "-e", "lab", check=False)
    finally:
        known.write_text(right)
    assert refused.returncode == 4
    assert "the host key of" in refused.stderr
