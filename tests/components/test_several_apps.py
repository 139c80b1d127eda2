"""Several apps on one site: every name is let in and certified, every place leads to its app."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from colonnade.model.app import App
from colonnade.model.resources import File
from tests.sites import design_of, designed, example

WEB = App("web", Path(), asgi="shop.main:app", static="static")
API = App("api", Path(), asgi="shop.api:app", static="static", prefix="/api", position=1)
OTHER = App("other", Path(), asgi="shop.other:app", hosts=("o.example.com", "p.example.com"), prefix="/x", position=2)
LOCATION = re.compile(r"location (=? ?\S+) \{\s+(?:proxy_pass http://|root /srv/colonnade/|return )(\w+)")


def text(path: str, *apps: App) -> str:
    design = design_of(replace(example("trio"), apps=apps)) if apps else designed("pair")
    return next(file.content for _, file in design.servers["a"].all(File) if file.path == path)


def nginx(*apps: App) -> dict[str, dict[str, str]]:
    """Where each location of each server leads."""
    servers = text("/etc/nginx/nginx.conf", *apps).split("    server {\n")[1:]
    names = [re.search(r"server_name (\S+);", server) for server in servers]
    return {name[1]: dict(LOCATION.findall(s)) for name, s in zip(names, servers, strict=True) if name}


def test_a_host_of_its_own() -> None:
    assert nginx()["notes.example.com"] == {"/static/": "notes", "/": "notes"}
    assert nginx()["_"] == {"/static/": "web", "/": "web"}


def test_a_prefix_of_the_domain() -> None:
    places = {"/api/static/": "api", "= /api": "api", "/api/": "api", "/static/": "web", "/": "web"}
    assert nginx(WEB, API) == {"_": places}


def test_where_no_app_is_nothing_is_found() -> None:
    found = nginx(WEB, OTHER)
    assert found["o.example.com"] == found["p.example.com"] == {"= /x": "other", "/x/": "other", "/": "404"}


def test_the_edge_knows_every_name() -> None:
    assert "-i pair.example.com notes.example.com 203.0.113.40" in text("/etc/haproxy/haproxy.cfg")
    names = designed("pair").layout.certificate("haproxy", example("pair").by_name["a"]).names
    assert names[:2] == ("pair.example.com", "notes.example.com")


@pytest.mark.parametrize(("app", "host"), [("web", "pair.example.com"), ("notes", "notes.example.com")])
def test_health_is_asked_by_the_name_that_the_app_knows(app: str, host: str) -> None:
    backend = text("/etc/colonnade/endpoints/haproxy.cfg").partition(f"\nbackend app-{app}\n")[2]
    assert f"hdr Host {host}\n" in backend.partition("\nbackend")[0]


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/static/site.0123456789ab.css", True),
        ("/static/a/app-5f2c8e01.min.js", True),
        ("/static/site.css", False),
        ("/static/report-20260115.pdf", False),
        ("/static/my-settings.js", False),
    ],
)
def test_only_a_name_with_a_digest_is_kept_for_good(path: str, kept: bool) -> None:
    rule = re.search(r'"~(\S+)" "public, max-age=31536000', text("/etc/nginx/nginx.conf"))
    assert rule and bool(re.search(rule[1], path)) is kept
