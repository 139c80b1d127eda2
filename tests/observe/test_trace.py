"""The way of a request, from what each hop has written down."""

from __future__ import annotations

import json
import shlex
from typing import Any

from colonnade.components.haproxy import RECENT
from colonnade.model.site import Role, Server
from colonnade.observe.trace import Hop, hops, parsed, search

ID = "0ea4cf7c-9f5f-4a2b-8a0e-5ad1c2d3e4f5"
# As the daemons write them with the log formats of their templates.
EDGE = (
    f'{{"id":"{ID}","client":"203.0.113.99","frontend":"https","server":"web2","method":"GET","path":"/entries",'
    '"status":200,"bytes":812,"tls":"TLSv1.3","request_ms":0,"queue_ms":0,"connect_ms":1,"response_ms":9,"total_ms":11,'
    '"retries":"0","state":"----"}'
)
WEB = (
    f'{{"id":"{ID}","server":"web2","client":"203.0.113.99","method":"GET","path":"/entries","status":200,"bytes":700,'
    '"seconds":0.008,"app_seconds":"0.007","app_header_seconds":"0.007"}'
)
ENDPOINT = (
    f'{{"id":"{ID}","frontend":"app-web","server":"app1-2","status":200,"queue_ms":0,"connect_ms":1,"response_ms":6,'
    '"total_ms":7,"retries":"0","state":"--"}'
)


def test_hops_come_in_the_order_of_the_way_whatever_the_order_of_the_answers() -> None:
    assert hops([seen("web2", ENDPOINT), seen("web2", WEB), seen("lb1", EDGE)]) == (
        Hop("balancer", "lb1", "chose web2", 11.0),
        Hop("web server", "web2", "asked the application", 8.0),
        Hop("app server", "app1", "worker 2, waited 0 ms, connected in 1 ms", 6.0),
    )


def test_a_static_file_ends_at_the_web_server() -> None:
    static = json.loads(WEB) | {"path": "/static/site.css", "app_seconds": ""}
    found = hops([seen("lb1", EDGE), {**static, "at": "web2"}])
    assert [(hop.place, hop.detail) for hop in found] == [
        ("balancer", "chose web2"),
        ("web server", "answered from its own files"),
    ]


def test_a_server_with_hyphens_in_its_name_is_told_from_its_worker() -> None:
    (hop,) = hops([seen("web2", ENDPOINT.replace("app1-2", "app-east-1-3"))])
    assert (hop.name, hop.detail.partition(",")[0]) == ("app-east-1", "worker 3")


def test_a_second_try_is_a_second_hop() -> None:
    first, second = WEB, WEB.replace("web2", "web1")
    found = hops([seen("lb1", EDGE), seen("web2", first), seen("web1", second)])
    assert [hop.name for hop in found] == ["lb1", "web2", "web1"]


def test_other_records_are_no_hops() -> None:
    redirect = EDGE.replace('"frontend":"https"', '"frontend":"http"')
    assert hops([seen("lb1", redirect), {"at": "lb1", "message": "something else"}]) == ()


def test_a_balancers_memory_is_asked_beside_its_journal() -> None:
    balancer, both, web = (
        search(Server("s", "10.0.0.1", frozenset(roles)), ID, 1000.0)
        for roles in ({Role.LB}, {Role.LB, Role.WEB}, {Role.WEB})
    )
    assert balancer == both
    assert web.startswith("journalctl --since=@1000 ")
    assert RECENT not in web
    # One command for sudo, which would otherwise begin and end with its first part.
    shell, _, script = shlex.split(balancer)
    assert shell == "sh"
    assert script == f"{web}; {RECENT} | grep -F {ID}"


def test_a_failure_that_was_written_down_twice_is_one_record() -> None:
    assert parsed(f"{EDGE}\n-- No entries --\n{EDGE}\n{WEB}\n") == [json.loads(EDGE), json.loads(WEB)]


def test_an_applications_own_words_are_no_hops() -> None:
    own = [{"id": ID, "seconds": 1, "at": "app1"}, {"frontend": 7, "at": "app1"}]
    assert hops([*parsed(f'{{"id": {ID}\n{{not json\n[1]\n'), *own]) == ()


def seen(at: str, line: str) -> dict[str, Any]:
    return {**json.loads(line), "at": at}
