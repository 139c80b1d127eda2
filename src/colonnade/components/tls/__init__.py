"""An internal CA for the site; a short-lived leaf for each daemon that speaks TLS, readable by that daemon alone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache

from colonnade.components.tls.alerts import METRIC, alerts
from colonnade.components.tls.leaf import end, issue
from colonnade.model.component import Component
from colonnade.model.layout import Certificate, Layout
from colonnade.model.observation import Output, Probe, Status
from colonnade.model.resources import Directory, File, Package, Resource
from colonnade.model.site import Server
from colonnade.model.textfile import FOLDER, Sample, as_text, path_of

ROOT = "/etc/colonnade/tls"
CA = f"{ROOT}/ca.crt"
# A leaf lives 90 days and every apply in a new 30-day window renews it: less than 30 left means nobody applied.
RENEW_BELOW = 30


def resources(layout: Layout, server: Server) -> Iterable[Resource]:
    yield Package("openssl")
    yield Directory(ROOT)
    # For programs that only verify: they need no folder of their own.
    yield File(CA, layout.vault.ca_cert)
    for certificate in layout.certificates_on[server.name]:
        yield from files(layout, certificate)
    yield from metrics(layout, server)


def metrics(layout: Layout, server: Server) -> Iterable[Resource]:
    """The days that are left are known here: nothing need look at certificates on the server."""
    names = tuple(certificate.component for certificate in layout.certificates_on[server.name])
    yield Directory(FOLDER)
    yield File(path_of("certificates"), ends(names, end(layout.vault).timestamp()))


@lru_cache(maxsize=64)
def ends(daemons: tuple[str, ...], last: float) -> str:
    """The same on all servers with the same daemons."""
    samples = [Sample(METRIC, last, (("daemon", name),)) for name in daemons]
    return as_text(samples, {METRIC: "When the daemon's certificate ends."})


def files(layout: Layout, wanted: Certificate) -> Iterable[Resource]:
    leaf = issue(layout.vault, wanted)
    group = wanted.group
    yield Directory(wanted.directory, group=group, mode=0o750)
    yield File(wanted.ca_path, layout.vault.ca_cert)
    if wanted.bundle:
        yield File(wanted.bundle_path, leaf.certificate + leaf.key, group=group, mode=0o640, secret=True)
    else:
        yield File(wanted.certificate_path, leaf.certificate)
        yield File(wanted.key_path, leaf.key, owner=wanted.owner, group=group, mode=0o640, secret=True)


def read_expiry(output: Output) -> tuple[Status, str, dict[str, str]]:
    """Days until the first certificate on the server ends, from `openssl x509 -enddate` lines."""
    ends = [line.partition("=")[2] for line in output.text.splitlines() if line.startswith("notAfter=")]
    if not ends:
        return Status.UNKNOWN, "no certificate could be read", {}
    first = min(datetime.strptime(end, "%b %d %H:%M:%S %Y GMT").replace(tzinfo=UTC) for end in ends)
    days = (first - datetime.now(UTC)).days
    status = Status.DOWN if days < 0 else Status.DEGRADED if days < RENEW_BELOW else Status.OK
    return status, f"certificates end in {days} days", {"certificate_days": str(days)}


def probes(layout: Layout, server: Server) -> Iterable[Probe]:
    paths = [c.bundle_path if c.bundle else c.certificate_path for c in layout.certificates_on[server.name]]
    if paths:
        command = f"for f in {' '.join(paths)}; do openssl x509 -enddate -noout -in $f; done"
        yield Probe("tls", "certificates", command, read_expiry)


COMPONENT = Component(name="tls", after=("base",), resources=resources, probes=probes, alerts=alerts)
