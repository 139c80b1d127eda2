"""How application servers are started: the user's own command too reaches the shell as it was written."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example as also
from hypothesis import given, settings
from hypothesis import strategies as st

from colonnade.components.app.servers import command_line
from colonnade.model.app import App
from colonnade.model.site import Role, Server
from tests.sites import designed

APP = App("shop", Path(), asgi="shop.main:app")
one_line = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1)


@settings(deadline=None)
@given(command=one_line)
@also("python -m shop --port $PORT")
@also("sh -c 'echo it is \"${PORT:-8000}\"'")
@also("gunicorn --access-logformat '%(h)s %%' app")
@also("run C:\\new\\'s")
def test_a_command_reaches_the_shell_as_it_stands_in_the_spec(command: str) -> None:
    app = replace(APP, asgi=None, command=command)
    assert words_of_systemd(start(app, "10.0.0.31")) == ["/bin/sh", "-c", f"exec {command}"]


@pytest.mark.parametrize(
    ("server", "address", "listens"),
    [
        ("granian", "10.0.0.31", "--host 10.0.0.31 --port ${PORT}"),
        ("granian", "fd00::31", "--host fd00::31 --port ${PORT}"),
        ("uvicorn", "fd00::31", "--host fd00::31 --port ${PORT}"),
        ("gunicorn", "10.0.0.31", "--bind 10.0.0.31:${PORT}"),
        ("gunicorn", "fd00::31", "--bind [fd00::31]:${PORT}"),
    ],
)
def test_application_servers_listen_on_the_servers_own_address(server: str, address: str, listens: str) -> None:
    assert listens in start(replace(APP, server=server), address)


@pytest.mark.parametrize("server", ["granian", "gunicorn", "uvicorn"])
def test_application_servers_speak_tls_by_the_certificate_of_the_app(server: str) -> None:
    line = start(replace(APP, server=server), "10.0.0.31")
    assert "/etc/colonnade/tls/app/server.crt" in line
    assert "/etc/colonnade/tls/app/server.key" in line
    assert line.startswith(f"/usr/bin/python3 -m {server} ")
    assert line.endswith(" shop.main:app")


@pytest.mark.parametrize("server", ["gunicorn", "uvicorn"])
def test_whoever_sends_requests_ends_an_idle_connection(server: str) -> None:
    """HAProxy halves its idle connections every 5 s; granian's own 30 s are enough."""
    assert re.search(r" --(timeout-)?keep-alive 75 ", start(replace(APP, server=server), "10.0.0.31"))


def test_granian_is_told_the_interface() -> None:
    assert "--interface asgi" in start(App("shop", Path(), asgi="shop:app"), "10.0.0.31")
    assert "--interface wsgi" in start(App("shop", Path(), wsgi="shop:app"), "10.0.0.31")


@pytest.mark.parametrize(
    ("server", "end"),
    [
        ("granian", " --factory shop.main:create_app"),
        ("uvicorn", " --factory shop.main:create_app"),
        ("gunicorn", " 'shop.main:create_app()'"),
    ],
)
def test_a_function_that_makes_the_application_is_called(server: str, end: str) -> None:
    assert start(replace(APP, asgi="shop.main:create_app()", server=server), "10.0.0.31").endswith(end)


def start(app: App, address: str) -> str:
    certificate = designed("trio").layout.certificate("app", designed("trio").layout.site.servers[0])
    return command_line(app, Server("app1", address, frozenset({Role.APP})), certificate)


def words_of_systemd(line: str) -> list[str]:
    """A command line by systemd.service(5): words in single quotes have C escapes, %% and $$ stand for % and $."""
    words = [quoted or plain for quoted, plain in re.findall(r"(?:^| )(?:'((?:[^'\\]|\\.)*)'|([^' ]+))(?= |$)", line)]
    assert not re.search(r"(?<!%)%(?:%%)*(?!%)", " ".join(words)), "a specifier"
    assert not re.search(r"(?<!\$)\$(?:\$\$)*(?!\$)", " ".join(words)), "a variable that systemd expands"
    return [re.sub(r"\\(.)", r"\1", word).replace("%%", "%").replace("$$", "$") for word in words]
