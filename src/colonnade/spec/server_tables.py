"""Servers in a spec: by role, then by name, one table for each."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Discriminator, Field, Tag

from colonnade.spec.values import (
    NAME,
    SIZE,
    Address,
    Line,
    Table,
    address_or_table,
    names_or_servers,
)


class ServerTable(Table):
    """One server: its address in quotes, or a table."""

    address: Address | None = Field(
        default=None, description="IP address by which the other servers and the operator reach it"
    )
    ssh: Line | None = Field(default=None, description="host name or alias for ssh; the address when not set")
    zone: Line | None = Field(
        default=None, description="rack, room or hypervisor, lost as one; the server by itself when not set"
    )
    weight: int = Field(default=100, ge=1, le=256, description="share of the requests, beside its neighbours' weights")
    backup: bool = Field(default=False, description="serves only while no other server of its role does")
    memory: str | None = Field(
        default=None, pattern=SIZE, examples=["768M"], description="what the site may use of a shared server"
    )


Entry = Annotated[ServerTable, BeforeValidator(address_or_table, json_schema_input_type=str | ServerTable)]
Servers = Annotated[dict[Annotated[str, Field(pattern=NAME)], Entry], Field(min_length=1)]
Names = Annotated[tuple[str, ...], Field(min_length=1)]
RoleTable = Annotated[
    Annotated[Servers, Tag("<servers>")] | Annotated[Names, Tag("<names>")], Discriminator(names_or_servers)
]


class ServersTable(Table):
    """Servers by role, then by name. A role may also be a list of names that stand under other roles."""

    all: RoleTable | None = Field(
        default=None, description="every role; but etcd, cache and monitor only where not listed"
    )
    lb: RoleTable | None = Field(default=None, description="load balancers: HAProxy, keepalived, the virtual addresses")
    web: RoleTable | None = Field(default=None, description="web servers: nginx, static files")
    app: RoleTable | None = Field(default=None, description="the applications, PgBouncer")
    db: RoleTable | None = Field(default=None, description="PostgreSQL under Patroni")
    etcd: RoleTable | None = Field(
        default=None, description="the vote on the primary; three of the db servers when left out"
    )
    cache: RoleTable | None = Field(
        default=None, description="Valkey and Sentinel; three of the db servers when left out"
    )
    monitor: RoleTable | None = Field(
        default=None, description="Prometheus and Alertmanager; two web servers when left out"
    )
