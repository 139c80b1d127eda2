"""What the edge costs: processor time for each request of the real haproxy.cfg against a bare HAProxy with TLS.

Both stand on the loopback of this computer, started from the lab's image without a network of their own, and pass
requests for a file of 1 kB to the same nginx: the bare one as plain HTTP, the edge as it does on a site, over verified
TLS. They are measured in turns, so that whatever else this computer does meets both.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from colonnade.cli.lab import packages
from colonnade.cli.session import Session, open_session
from colonnade.components.haproxy.options import HaproxyOptions
from colonnade.components.tls.leaf import issue
from colonnade.design import design
from colonnade.errors import UserError
from colonnade.lab import image
from colonnade.model.layout import Layout
from colonnade.model.resources import File
from colonnade.model.site import Role, Server, Site

CONNECTIONS = 64
BARE_PORT, EDGE_PORT, PLAIN_PORT = 18440, 18443, 18080
HAPROXY_READS = re.compile("/etc/(haproxy|colonnade/tls)/").match
# One client must not meet the limit of requests from one address: it is checked all the same.
NO_LIMIT = 1_000_000_000
NGINX_CONF = """
user www-data;
worker_processes 1;
error_log stderr error;
pid /run/nginx.pid;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    open_file_cache max=10;
    keepalive_requests 1000000;
    ssl_certificate {folder}/web.crt;
    ssl_certificate_key {folder}/web.key;
    ssl_protocols TLSv1.3;
    server {{
        {listens}
        root {folder}/static;
        location = /-/nginx {{ return 200 "ok\\n"; }}
    }}
}}
"""
BARE_CFG = """
global
    user haproxy
    group haproxy
    chroot /var/lib/haproxy
defaults
    mode http
    timeout connect 1s
    timeout client 30s
    timeout server 30s
frontend https
    bind 127.0.0.1:{port} ssl crt /etc/colonnade/tls/haproxy/server.pem alpn h2,http/1.1
    default_backend web
backend web
{servers}
"""
# journald makes /dev/log itself when systemd does not hand it over. Ends when its standard input does.
START = """
mkdir -p /run/systemd/journal /run/haproxy
ln -sf /run/systemd/journal/dev-log /dev/log
/usr/lib/systemd/systemd-journald 2>/dev/null &
while [ ! -S /run/systemd/journal/dev-log ]; do sleep 0.1; done
# As haproxy.service does it: the socket must be found in HAProxy's own root.
mkdir -p /var/lib/haproxy/dev
touch /var/lib/haproxy/dev/log
mount --bind /run/systemd/journal/dev-log /var/lib/haproxy/dev/log
cp -r {folder}/server/. /
mkdir -p /var/lib/colonnade-drained
touch /var/lib/colonnade-drained/maintenance
nginx -c {folder}/nginx.conf
haproxy -db -f {folder}/bare.cfg &
haproxy -db -f {folder}/edge.cfg &
cat >/dev/null
"""


@dataclass(frozen=True)
class Turn:
    """One run of the client against one HAProxy: microseconds of processor time for each request."""

    haproxy: float
    journald: float


@dataclass(frozen=True)
class Result:
    """Microseconds of processor time for each request, in the least disturbed turn of each."""

    bare: float
    edge: float
    journald: float

    @property
    def ratio(self) -> float:
        return self.edge / self.bare


def measure(spec: Path, rounds: int = 5, seconds: int = 1) -> Result:
    """Bare and edge in turns. UserError when something needed is missing."""
    root = _image(spec)
    with tempfile.TemporaryDirectory(prefix="colonnade-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        domain = _write(spec, folder)
        with _running(root, folder):
            turns = [
                (_turn(folder, "bare", domain, seconds), _turn(folder, "edge", domain, seconds)) for _ in range(rounds)
            ]
    return Result(
        bare=min(bare.haproxy for bare, _ in turns),
        edge=min(edge.haproxy for _, edge in turns),
        journald=min(edge.journald for _, edge in turns),
    )


def _image(spec: Path) -> Path:
    found = image.CACHE / image.key(packages(open_session(spec, "lab")))
    if os.geteuid() != 0:
        raise UserError("edge", "needs root, to start HAProxy from the lab's image", "run it with sudo")
    if not found.is_dir():
        raise UserError("edge", "the lab's image is not there", "colonnade lab up makes it")
    if not shutil.which("wrk"):
        raise UserError("edge", "the client is not installed", "apt-get install wrk")
    return found


def _write(spec: Path, folder: Path) -> str:
    """Every file of the run; the domain that requests must name."""
    session = open_session(spec, "lab")
    site = _on_loopback(session.site)
    made = design(site, session.vault, {})
    balancer, webs = site.having(Role.LB)[0], site.having(Role.WEB)
    texts = {file.path: file.content for _, file in made.servers[balancer.name].all(File)}
    for path in filter(HAPROXY_READS, texts):
        copy = folder / "server" / path.lstrip("/")
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(texts[path])
    _certificate(session, made.layout, webs[0], folder)
    listens = "".join(f"listen {w.address}:8443 ssl; listen {w.address}:{PLAIN_PORT};\n" for w in webs)
    plain = "\n".join(f"    server {w.name} {w.address}:{PLAIN_PORT} check" for w in webs)
    (folder / "nginx.conf").write_text(NGINX_CONF.format(folder=folder, listens=listens))
    (folder / "bare.cfg").write_text(BARE_CFG.format(folder=folder, port=BARE_PORT, servers=plain))
    (folder / "edge.cfg").write_text(_moved(texts["/etc/haproxy/haproxy.cfg"]))
    (folder / "start").write_text(START.format(folder=folder))
    (folder / "static").mkdir()
    (folder / "static/1k").write_bytes(bytes(1024))
    return site.domain


def _on_loopback(site: Site) -> Site:
    """The site with its web servers on 127.0.0.x and limits that one client does not meet."""
    webs = {web.name: f"127.0.0.{11 + i}" for i, web in enumerate(site.having(Role.WEB))}
    servers = tuple(replace(s, address=webs.get(s.name, s.address)) for s in site.servers)
    wide = site.option(HaproxyOptions).model_copy(update={"rate": NO_LIMIT, "connections": NO_LIMIT})
    return replace(site, servers=servers, options=(wide, *site.options))


def _certificate(session: Session, layout: Layout, web: Server, folder: Path) -> None:
    """The web servers' own."""
    origin = issue(session.vault, layout.certificate("nginx", web))
    (folder / "web.crt").write_text(origin.certificate)
    (folder / "web.key").write_text(origin.key)


def _moved(config: str) -> str:
    """The real configuration, listening on loopback alone."""
    changes = {
        r"bind :::80 v4v6": "bind 127.0.0.1:18081",
        r"bind :::443 v4v6": f"bind 127.0.0.1:{EDGE_PORT}",
        r"bind 127\.0\.0\.1:8405": "bind 127.0.0.1:18405",
        r"bind :::(91\d\d) v4v6": r"bind 127.0.0.1:1\1",
    }
    for pattern, text in changes.items():
        config, count = re.subn(pattern, text, config)
        if not count:
            raise UserError("edge", f"haproxy.cfg has no {pattern} any more", "mend bench/edge.py")
    return config


@contextmanager
def _running(root: Path, folder: Path) -> Iterator[None]:
    command = [
        *("systemd-nspawn", "--quiet", f"--directory={root}", "--volatile=overlay", f"--bind-ro={folder}"),
        *("--machine=colonnade-bench", "--register=no", "--keep-unit", "--as-pid2", "--console=pipe"),
        *("--resolv-conf=off", "--timezone=off", "sh", f"{folder}/start"),
    ]
    # systemd-nspawn would filter every system call; on a server nobody does.
    environment = {**os.environ, "SYSTEMD_SECCOMP": "0"}
    with (
        tempfile.TemporaryFile("w+") as log,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=log, stderr=log, env=environment) as process,
    ):
        try:
            if not all(_listens(port, process) for port in (BARE_PORT, EDGE_PORT)):
                log.seek(0)
                raise UserError("edge", "HAProxy did not start", "read what it says", detail=log.read())
            # Backends count as up after their second check.
            time.sleep(1.5)
            yield
        finally:
            process.communicate(b"", timeout=20)


def _listens(port: int, process: subprocess.Popen[bytes]) -> bool:
    """Whether somebody listens on the port within ten seconds."""
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return True
        if process.poll() is not None:
            return False
        time.sleep(0.1)
    return False


def _turn(folder: Path, kind: str, domain: str, seconds: int) -> Turn:
    port = {"bare": BARE_PORT, "edge": EDGE_PORT}[kind]
    haproxy = _process(f"{folder}/{kind}.cfg")
    journald = _process("/usr/lib/systemd/systemd-journald", beside=haproxy)
    before = _used(haproxy), _used(journald)
    requests = _wrk(f"https://127.0.0.1:{port}/1k", domain, seconds)
    return Turn(*(1e6 * (_used(p) - b) / requests for p, b in zip((haproxy, journald), before, strict=True)))


def _wrk(url: str, domain: str, seconds: int) -> int:
    """Requests answered well within the time, over connections that stay open."""
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-H", f"Host: {domain}", url]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in said or not (found := re.search(r"([1-9]\d*) requests in", said)):
        raise UserError("edge", f"{url} is not answered well", "read what the client says", detail=said)
    return int(found[1])


def _process(word: str, beside: int | None = None) -> int:
    """The process with this word in its command line, in the same process namespace as another one."""
    for path in Path("/proc").glob("[0-9]*"):
        try:
            words = (path / "cmdline").read_bytes().decode(errors="replace").split("\0")
            near = beside is None or (path / "ns/pid").readlink() == Path(f"/proc/{beside}/ns/pid").readlink()
        except OSError:
            continue
        if word in words and near:
            return int(path.name)
    raise UserError("edge", f"no process with {word}", "start the image by hand and read what HAProxy says")


def _used(pid: int) -> float:
    """Seconds of processor time of a process with all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
