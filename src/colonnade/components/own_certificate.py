"""A daemon's certificate under the names of its server: how most components offer theirs, and ask by it."""

from __future__ import annotations

from colonnade.model.layout import Certificate, Layout
from colonnade.model.site import Role, Server, Site, host_port


def own_certificate(
    component: str,
    site: Site,
    server: Server,
    group: str,
    *,
    role: Role | None = None,
    loopback: bool = False,
    bundle: bool = False,
) -> Certificate:
    """For the server's name and address; `role` adds the name of all that have it, `loopback` 127.0.0.1."""
    first = () if role is None else (site.role_name(role),)
    last = ("127.0.0.1",) if loopback else ()
    return Certificate(
        component=component,
        server=server.name,
        directory=f"/etc/colonnade/tls/{component}",
        owner="root",
        group=group,
        names=(*first, server.name, f"{server.name}.{site.internal}", server.address, *last),
        common_name=server.name,
        bundle=bundle,
    )


def ask_itself(component: str, layout: Layout, server: Server, port: int, path: str) -> str:
    """A shell command on the server that asks its own daemon, which answers only who shows a certificate."""
    tls = layout.certificate(component, server)
    show = f"--cacert {tls.ca_path} --cert {tls.certificate_path} --key {tls.key_path}"
    return f"curl -sf -m 2 {show} https://{host_port(server.address, port)}{path}"
