"""The spec as a whole: the site's name and addresses, and the tables in it that are no component's."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from colonnade.spec.app_tables import AppTable
from colonnade.spec.server_tables import ServersTable
from colonnade.spec.values import (
    APP_NAME,
    HOSTNAME,
    LOGIN,
    NAME,
    Address,
    Line,
    Network,
    Table,
    one_or_more,
)


class SshTable(Table):
    """How the operator logs in; what is not set is left to ssh_config and the agent."""

    user: str = Field(default="root", pattern=LOGIN, description="login name on the servers")
    key: Line | None = Field(default=None, description="private key file, relative to the spec")
    known_hosts: Line | None = Field(default=None, description="file of host keys, relative to the spec")
    allow: Annotated[tuple[Network, ...], Field(min_length=1)] | None = Field(
        default=None, description="networks that may open SSH; everybody when not set"
    )


class SpecTable(Table):
    """A site: its name, its servers, its applications."""

    name: str = Field(
        pattern=NAME,
        examples=["shop"],
        description="name of the site: in its certificates, files and host names",
    )
    domain: str = Field(
        pattern=HOSTNAME,
        max_length=253,
        examples=["shop.example.com"],
        description="host name of the site",
    )
    vip: Annotated[
        tuple[Address, ...],
        Field(min_length=1),
        BeforeValidator(one_or_more, json_schema_input_type=str | list[str]),
    ] = Field(
        examples=["203.0.113.10"],
        description="addresses that some balancer always holds: one for active-passive, more for active-active",
    )
    servers: ServersTable = Field(description="servers by role and name")
    ssh: SshTable = Field(default_factory=SshTable, description="how the operator logs in, and who may")
    apps: Annotated[dict[Annotated[str, Field(pattern=APP_NAME)], AppTable], Field(min_length=1)] = Field(
        description="applications by name"
    )
