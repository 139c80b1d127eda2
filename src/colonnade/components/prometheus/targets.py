"""Scrape jobs from the layout: every listener with a metrics path is a target."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

from colonnade.model.layout import Certificate, Layout, Listener

# Every ten seconds: a lost server is known after two of them, and all of it costs a server less than 5 % of a core.
INTERVAL = "10s"
TIMEOUT = "5s"


def job(component: str, name: str) -> str:
    """`patroni/rest`: the value of the label `job`."""
    return f"{component}/{name}"


def client(certificate: Certificate) -> dict[str, str]:
    """A monitor shows its certificate, and asks for the site's own CA."""
    return {
        "ca_file": certificate.ca_path,
        "cert_file": certificate.certificate_path,
        "key_file": certificate.key_path,
        "min_version": "TLS13",
    }


def scrape_configs(layout: Layout, certificate: Certificate) -> list[dict[str, Any]]:
    """One job for each component and listener."""
    found: dict[str, list[Listener]] = {}
    for listener in layout.listeners:
        if listener.metrics is not None:
            found.setdefault(job(listener.component, listener.name), []).append(listener)
    return [_config(layout, name, found[name], certificate) for name in sorted(found)]


def _config(layout: Layout, name: str, listeners: list[Listener], certificate: Certificate) -> dict[str, Any]:
    path = urlsplit(listeners[0].metrics or "")
    config: dict[str, Any] = {
        "job_name": name,
        "scheme": "https",
        "metrics_path": path.path,
        "tls_config": client(certificate),
        "static_configs": [_target(layout, listener) for listener in listeners],
    }
    if path.query:
        config["params"] = parse_qs(path.query)
    return config


def _target(layout: Layout, listener: Listener) -> dict[str, Any]:
    # By name: the hosts file has it, and so has the certificate.
    roles = ", ".join(sorted(layout.site.by_name[listener.server].roles))
    labels = {"server": listener.server, "component": listener.component, "roles": roles}
    return {"targets": [f"{listener.server}:{listener.port}"], "labels": labels}


def alertmanagers(layout: Layout, certificate: Certificate) -> list[dict[str, Any]]:
    """Every Alertmanager hears every alert; they agree among each other who sends it."""
    names = [f"{one.server}:{one.port}" for one in layout.offers("alertmanager", "web")]
    return [{"scheme": "https", "tls_config": client(certificate), "static_configs": [{"targets": names}]}]
