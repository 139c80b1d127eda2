"""How the edge spreads requests: each choice of the spec, in HAProxy's words."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from colonnade.components.haproxy import CONFIG, RECENT, read_stat
from colonnade.components.haproxy.options import HaproxyOptions
from colonnade.model.observation import Output
from colonnade.model.resources import File
from colonnade.model.site import Role, Site
from tests.sites import changed, design_of, example, with_options


@pytest.mark.parametrize(
    ("algorithm", "words"),
    [
        ("roundrobin", "roundrobin"),
        ("leastconn", "leastconn"),
        ("random", "random(2)"),
        ("source", "source"),
        ("uri", "uri whole"),
        ("first", "first"),
    ],
)
def test_each_algorithm_in_haproxys_words(algorithm: str, words: str) -> None:
    text = config(balanced(algorithm=algorithm))
    # When none is well all are tried in turns, whatever is asked for.
    assert re.findall(r"^    balance (.*)$", text, re.MULTILINE) == [words, "roundrobin"]


def test_every_web_server_stands_in_the_backend() -> None:
    assert servers(config(example("guestbook"))) == {
        "web1": "10.0.0.21:8443 weight 100 tcp-ut 1s",
        "web2": "10.0.0.22:8443 weight 100 tcp-ut 1s",
    }


def test_when_none_is_well_every_web_server_is_tried_without_a_check() -> None:
    text = config(example("guestbook"))
    assert "    use_backend any if { nbsrv(web) eq 0 }\n" in text
    backend = text.partition("\nbackend any\n")[2]
    assert re.findall(r"^    server (\S+) ", backend, re.MULTILINE) == ["web1", "web2"]
    assert "check" not in backend and " ssl verify required " in backend


def test_a_backup_and_a_weight_are_said() -> None:
    site = example("guestbook")
    site = changed(site, "web1", replace(site.by_name["web1"], weight=200))
    site = changed(site, "web2", replace(site.by_name["web2"], backup=True))
    assert servers(config(site)) == {
        "web1": "10.0.0.21:8443 weight 200 tcp-ut 1s",
        "web2": "10.0.0.22:8443 weight 100 tcp-ut 1s backup",
    }


def test_visitors_stay_on_one_server_only_when_asked() -> None:
    assert "cookie" not in config(balanced(sticky=False))
    text = config(balanced(sticky=True))
    assert "    cookie colonnade insert indirect nocache httponly secure attr SameSite=Lax\n" in text
    assert servers(text)["web2"] == "10.0.0.22:8443 weight 100 tcp-ut 1s cookie web2"


def test_limits_are_the_ones_asked_for() -> None:
    text = config(balanced(rate=77, connections=9, trusted=("192.0.2.0/24", "2001:db8::/32")))
    assert "{ sc_http_req_rate(0) gt 77 }" in text
    assert "{ sc_conn_cur(0) gt 9 }" in text
    assert "    acl trusted src 192.0.2.0/24 2001:db8::/32\n" in text
    assert "table per_address unless trusted\n" in text


def test_without_limits_nobody_is_counted() -> None:
    text = config(balanced(rate=0, connections=0))
    assert not re.search("429|track-sc0|per_address", text)


def test_one_limit_needs_no_other() -> None:
    assert "sc_conn_cur(0) gt" not in config(balanced(connections=0))
    assert "sc_http_req_rate(0) gt" not in config(balanced(rate=0))
    for options in ({"connections": 0}, {"rate": 0}):
        assert "stick-table type ipv6" in config(balanced(**options))


def test_web_servers_are_verified_by_the_name_of_their_role() -> None:
    text = config(example("guestbook"))
    assert "ssl verify required ca-file /etc/colonnade/tls/haproxy/ca.crt verifyhost web.guestbook.internal" in text


def test_only_the_sites_own_names_are_answered() -> None:
    text = config(example("guestbook"))
    assert "{ req.hdr(Host),host_only -i guestbook.example.com 203.0.113.10 203.0.113.11 }" in text


def test_every_line_is_in_memory_and_what_went_wrong_in_the_journal_too() -> None:
    text = config(example("guestbook"))
    targets = re.findall(r"^    log (?!global)(\S+) .*?(\S+)$", text, re.MULTILINE)
    assert targets == [("ring@requests", "info"), ("/dev/log", "notice")]
    assert "\nring requests\n" in text
    assert RECENT.startswith("echo show events requests |")
    # A refusal is answered here and never reaches a web server's log.
    raised = re.findall(r"^    (\S+) set-log-level notice if (.*)$", text, re.MULTILINE)
    assert raised == [("http-after-response", "{ status ge 400 } || { res.timer.hdr gt 1000 }")]
    assert "    option log-separate-errors\n" in text


def test_connections_to_web_servers_are_not_shared_by_several_requests_at_once() -> None:
    # HTTP/2 there lets a few slow downloads hold up everybody: docs/decisions/0008-edge-cost.md.
    assert " alpn http/1.1 check " in config(example("guestbook"))


def test_ipv6_addresses_stand_in_brackets() -> None:
    site = example("guestbook")
    site = changed(site, "web1", replace(site.by_name["web1"], address="fd00::21"))
    assert servers(config(site))["web1"] == "[fd00::21]:8443 weight 100 tcp-ut 1s"


def test_every_balancer_has_the_same_configuration() -> None:
    design = design_of(example("guestbook"))
    texts = {f.content for s in design.layout.having(Role.LB) for _, f in design.servers[s.name].all(File)
             if f.path == CONFIG}  # fmt: skip
    assert len(texts) == 1


@pytest.mark.parametrize(
    ("states", "status", "text"),
    [
        (("UP", "UP"), "ok", "2 of 2 web servers up"),
        (("UP 1/2", "DOWN"), "degraded", "1 of 2 web servers up"),
        (("DOWN", "MAINT"), "down", "0 of 2 web servers up"),
        ((), "down", "haproxy does not answer"),
    ],
)
def test_the_probe_counts_web_servers(states: tuple[str, ...], status: str, text: str) -> None:
    rows = [f"web,web{rank},{',' * 14},{state},100\n" for rank, state in enumerate(states, start=1)]
    answer = "".join(["# pxname,svname,…\n", *rows, f"web,BACKEND,{',' * 14},UP,\n"] if states else [])
    assert read_stat(Output(0, answer))[:2] == (status, text)


def balanced(**options: object) -> Site:
    return with_options(example("guestbook"), HaproxyOptions.model_validate(options))


def config(site: Site) -> str:
    return next(file.content for _, file in design_of(site).servers["lb1"].all(File) if file.path == CONFIG)


def servers(text: str) -> dict[str, str]:
    """Name: the rest of its line, of the web servers that are checked."""
    backend = text.partition("\nbackend web\n")[2].partition("\nbackend ")[0]
    return {name: rest.rstrip() for name, rest in re.findall(r"^    server (\S+) (.*)$", backend, re.MULTILINE)}
