"""How each application server is started: one process, one port, TLS by the site's certificate."""

from __future__ import annotations

from colonnade.model.app import App
from colonnade.model.layout import Certificate
from colonnade.model.site import Server, is_ipv6

PYTHON = "/usr/bin/python3"
# Seconds for which an idle connection stays open, longer than HAProxy keeps one: the side that sends requests ends
# it, so that none is sent into one that is just being ended. gunicorn's own is 2 s, uvicorn's 5.
IDLE = 75
# In a quoted word systemd undoes C escapes, and replaces what begins with % and $; the shell is to see all of them.
ESCAPED = str.maketrans({"\\": "\\\\", "'": "\\'", "%": "%%", "$": "$$"})


def shell(command: str) -> str:
    """A user's command as ExecStart has it: in a shell, so that it may use $PORT; exec, so that signals reach it."""
    return f"/bin/sh -c 'exec {command.translate(ESCAPED)}'"


def command_line(app: App, server: Server, tls: Certificate) -> str:
    """ExecStart of one worker; `${PORT}` comes from the worker's own environment file."""
    if app.command is not None:
        return shell(app.command)
    interface, target = ("asgi", app.asgi) if app.asgi else ("wsgi", app.wsgi)
    start = {"granian": _granian, "gunicorn": _gunicorn, "uvicorn": _uvicorn}[app.server]
    return f"{PYTHON} -m {start(interface, server.address, tls)} {_target(app.server, str(target))}"


def _target(server: str, entry: str) -> str:
    """gunicorn calls what makes the application as it is written, the others want to be told."""
    if not entry.endswith("()"):
        return entry
    return f"'{entry}'" if server == "gunicorn" else f"--factory {entry.removesuffix('()')}"


def _granian(interface: str, address: str, tls: Certificate) -> str:
    return (
        f"granian --interface {interface} --host {address} --port ${{PORT}} --workers 1 --no-access-log "
        f"--ssl-certificate {tls.certificate_path} --ssl-keyfile {tls.key_path} --http 1"
    )


def _gunicorn(interface: str, address: str, tls: Certificate) -> str:
    host = f"[{address}]" if is_ipv6(address) else address
    worker = "-k uvicorn_worker.UvicornWorker" if interface == "asgi" else "-k gthread --threads 8"
    return (
        f"gunicorn {worker} --workers 1 --bind {host}:${{PORT}} --no-control-socket --keep-alive {IDLE} "
        f"--certfile {tls.certificate_path} --keyfile {tls.key_path} --forwarded-allow-ips '*'"
    )


def _uvicorn(interface: str, address: str, tls: Certificate) -> str:
    return (
        f"uvicorn --host {address} --port ${{PORT}} --no-access-log --timeout-keep-alive {IDLE} --proxy-headers "
        f"--forwarded-allow-ips '*' --ssl-certfile {tls.certificate_path} --ssl-keyfile {tls.key_path}"
    )
