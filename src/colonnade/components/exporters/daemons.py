"""Which exporters there are, and for whom."""

from __future__ import annotations

from dataclasses import dataclass

from colonnade.model.site import Role

ROOT = "/etc/colonnade/exporters"
WEB = f"{ROOT}/web.yml"


@dataclass(frozen=True, slots=True)
class Exporter:
    """One of Debian's exporters; it stands on servers with the role, on every server without one."""

    name: str
    package: str
    port: int
    role: Role | None = None
    secret: bool = False
    """Its settings hold a password."""

    @property
    def unit(self) -> str:
        return f"{self.package}.service"

    @property
    def defaults(self) -> str:
        return f"/etc/default/{self.package}"

    @property
    def drop_in(self) -> str:
        return f"/etc/systemd/system/{self.unit}.d/50-colonnade.conf"


# Ports are each exporter's own default.
EXPORTERS = (
    Exporter("node", "prometheus-node-exporter", 9100),
    Exporter("nginx", "prometheus-nginx-exporter", 9113, Role.WEB),
    Exporter("pgbouncer", "prometheus-pgbouncer-exporter", 9127, Role.APP, secret=True),
    Exporter("postgres", "prometheus-postgres-exporter", 9187, Role.DB),
    Exporter("valkey", "prometheus-redis-exporter", 9121, Role.CACHE, secret=True),
)
